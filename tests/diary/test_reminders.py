"""Reminders through a real mail server on loopback: one a day, a link and plain words, no address in the record."""

import re
import socket
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from email import message_from_bytes
from email.policy import default
from pathlib import Path

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.handlers import Message

from calcitrial.commands.diary import address_book
from calcitrial.commands.diary import remind as remind_command
from calcitrial.diary import Contact, answer, open_link, remind
from calcitrial.identity import Identity, Looker, open_vault
from calcitrial.protocol import Protocol, RefusedError
from calcitrial.record import Author, Draft, Place, history, now, participant_trail, read_head, studies

from .diary_home import BY_LINK, CODE, ME, NOON, NURSE, OTHER, Clock, begin, given, link

PAGES = "https://diary.example.org"
ADDRESS = "anne.dupont@example.org"
EVENING = datetime(2026, 1, 13, 22, tzinfo=UTC)


class Sink(Message):
    """A mail server's handler that keeps what it takes, or refuses it."""

    def __init__(self) -> None:
        super().__init__()
        self.taken: list[tuple[str, str, str]] = []
        self.refuses = False

    async def handle_RCPT(self, server, session, envelope, address, options):  # type: ignore[no-untyped-def]
        if self.refuses:
            return "451 not now"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    def handle_message(self, message) -> None:  # type: ignore[no-untyped-def]
        found = message_from_bytes(message.as_bytes(), policy=default)
        self.taken.append((str(found["X-RcptTo"] or found["To"]), str(found["Subject"]), found.get_content()))


@pytest.fixture
def sink(monkeypatch: pytest.MonkeyPatch) -> Iterator[Sink]:
    """A mail server on loopback."""
    with socket.socket() as trial:
        trial.bind(("127.0.0.1", 0))
        port = trial.getsockname()[1]
    handler = Sink()
    controller = Controller(handler, hostname="127.0.0.1", port=port)
    controller.start()
    monkeypatch.setenv("CALCITRIAL_MAIL", f"smtp://127.0.0.1:{port}")
    yield handler
    controller.stop()


def contacts(study: str, code: str) -> Contact | None:
    return {CODE: Contact(ADDRESS, "fr"), OTHER: Contact("bob@example.org", "en")}.get(code)


@pytest.mark.requirement("GDPR/HIPAA")
def test_a_reminder_holds_a_link_and_plain_words_and_nothing_about_the_person(
    home: Path, stsinj: Protocol, sink: Sink
) -> None:
    gateway = begin(stsinj, Clock(EVENING), (CODE, OTHER))
    done = remind(gateway, contacts, PAGES)
    assert (done.sent, done.left, done.failed) == ((CODE, OTHER), {}, "")
    (to, subject, text), (_to, english, _text) = sink.taken
    assert (to, subject, english) == (ADDRESS, "Quelques questions pour vous", "A few questions for you")
    (token,) = re.findall(rf"{PAGES}/d/([\w-]+)/", text)
    holder = open_link(token, EVENING)
    assert holder and holder.participant == CODE and holder.language == "fr"
    assert open_link(token, EVENING + timedelta(days=3)) is None
    seen = subject + text.replace(token, "")
    assert not re.search(r"PIT|stsinj|calcin|scl[eé]ro|thiosulf|dupont|pain|douleur|injection", seen, re.I)


@pytest.mark.requirement("GDPR/HIPAA")
def test_every_sending_is_an_entry_and_no_address_is_in_the_record(home: Path, stsinj: Protocol, sink: Sink) -> None:
    gateway = begin(stsinj, Clock(EVENING))
    before = read_head("stsinj").sequence
    remind(gateway, contacts, PAGES)
    steps = history("stsinj", Place(CODE, "reminder", repeat="2026-01-13"))
    values = {step.item: step.value for step in steps}
    assert values["reminder_language"] == "fr" and values["reminder_link"] == "L1"
    assert "injection_diary:2026-01-13" in values["reminded_about"]
    assert {(step.author, step.role) for step in steps} == {("calcitrial remind", "program")}
    assert read_head("stsinj").sequence == before + 1
    assert "@" not in "".join(step.value + step.author for step in participant_trail("stsinj", CODE))
    for path in home.rglob("*"):
        assert not path.is_file() or ADDRESS.encode() not in path.read_bytes()


def test_a_second_run_on_the_same_day_sends_nothing_and_the_next_day_one_more(
    home: Path, stsinj: Protocol, sink: Sink
) -> None:
    clock = Clock(EVENING)
    gateway = begin(stsinj, clock)
    remind(gateway, contacts, PAGES)
    again = remind(gateway, contacts, PAGES)
    assert again.sent == () and again.left == {CODE: "a reminder was sent today"} and len(sink.taken) == 1
    clock.moment += timedelta(days=1)
    assert remind(gateway, contacts, PAGES).sent == (CODE,) and len(sink.taken) == 2


def test_who_has_answered_everything_gets_no_reminder(home: Path, stsinj: Protocol, sink: Sink) -> None:
    gateway = begin(stsinj, Clock(EVENING))
    plain = {"pain_worst": "3", "swelling": "1", "redness": "0", "skin_opened": "no", "medicine": "no"}
    for day in ("12", "13"):
        answer(gateway, (CODE, f"injection_diary:2026-01-{day}"), given(**plain), BY_LINK, ME)
    answer(gateway, (CODE, "pain_nrs:BL"), given(pain_now="1", pain_worst_week="2"), BY_LINK, ME)
    answer(gateway, (CODE, "patient_global:BL"), given(**{"global": ""}), BY_LINK, ME)
    assert remind(gateway, contacts, PAGES).sent == () and sink.taken == []


def test_who_wants_no_reminders_or_has_no_address_gets_none(home: Path, stsinj: Protocol, sink: Sink) -> None:
    gateway = begin(stsinj, Clock(EVENING), (CODE, OTHER))
    gateway.enter([Draft(Place(CODE, "diary_choice"), {"reminders_wanted": False})], ME)
    done = remind(gateway, lambda study, code: None, PAGES)
    assert done.left == {CODE: "no reminders are wanted", OTHER: "no address is known"} and sink.taken == []


def test_a_server_that_fails_is_a_sentence_and_the_next_run_tries_again(
    home: Path, stsinj: Protocol, sink: Sink
) -> None:
    gateway = begin(stsinj, Clock(EVENING), (CODE, OTHER))
    sink.refuses = True
    head = read_head("stsinj").sequence
    done = remind(gateway, contacts, PAGES)
    assert done.sent == () and "did not take the message" in done.failed and ADDRESS not in done.failed
    assert read_head("stsinj").sequence == head and not list((home / "diary-links").iterdir())
    sink.refuses = False
    assert remind(gateway, contacts, PAGES).sent == (CODE, OTHER)


def test_no_server_no_address_of_the_pages_and_a_locked_study(
    home: Path, stsinj: Protocol, monkeypatch: pytest.MonkeyPatch
) -> None:
    gateway = begin(stsinj, Clock(EVENING))
    monkeypatch.delenv("CALCITRIAL_MAIL", raising=False)
    assert "No mail server is named" in remind(gateway, contacts, PAGES).failed
    for pages in ("", "http://diary.example.org", "ftp://x"):
        with pytest.raises(RefusedError, match="CALCITRIAL_ADDRESS"):
            remind(gateway, contacts, pages)
    gateway.enter([Draft(Place("", "lock"), {"locked": True, "lock_reason": "done"})], NURSE)
    assert remind(gateway, contacts, PAGES).left == {CODE: "the study or the site is locked"}


def test_a_reminder_is_for_whom_the_last_link_was_handed_to(home: Path, stsinj: Protocol, sink: Sink) -> None:
    gateway = begin(stsinj, Clock(EVENING))
    link(gateway, holder="proxy", relation="parent")
    remind(gateway, contacts, PAGES)
    (token,) = re.findall(r"/d/([\w-]+)/", sink.taken[0][2])
    holder = open_link(token, EVENING)
    assert holder and holder.author == Author("parent of PIT-001", "proxy")
    assert studies() == ("stsinj",) and NOON < EVENING


@pytest.mark.requirement("GDPR/HIPAA")
def test_the_command_takes_the_address_from_the_vault_whose_log_tells_so(
    home: Path, stsinj: Protocol, sink: Sink, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    begin(stsinj, now, (CODE, OTHER), now().date() - timedelta(days=1))
    vault = open_vault(home)
    looker = Looker("nora", "study_nurse", "to enter or correct the details")
    vault.keep("stsinj", CODE, Identity("Anne", "Dupont", email=ADDRESS, language="fr"), looker)
    remind_command("stsinj", PAGES, home)
    said = capsys.readouterr()
    assert "Reminders sent: 1." in said.out and f"{OTHER}: none, because no address is known." in said.out
    assert ADDRESS not in said.out + said.err and "Dupont" not in said.out + said.err
    ((to, _subject, text),) = sink.taken
    assert to == ADDRESS and "Bonjour" in text and "Dupont" not in text and "Anne" not in text
    looks = [(look.who, look.why) for look in vault.log("stsinj", CODE)]
    assert looks[-1] == ("calcitrial remind", "to send a reminder")


def test_without_a_vault_nobody_is_written_to_and_none_is_made(home: Path, stsinj: Protocol) -> None:
    begin(stsinj, Clock())
    assert address_book(home)("stsinj", CODE) is None and not (home / "vault").exists()
