"""Messages about events: queued with the event by every door, sent once, and again when something broke."""

import socket
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Event, Thread
from typing import Any

import pytest
from django.urls import reverse
from typer.testing import CliRunner

from calcitrial import mail, verbs
from calcitrial.commands import app
from calcitrial.mail import Post
from calcitrial.protocol import RefusedError
from calcitrial.quality import lock, unlock
from calcitrial.record import Draft, Gateway, Place, acts_of, close, current_rows, read_head, tabulate
from calcitrial.vigilance import deliver, enter_contact, link_to, outbox, waiting
from tests.clinic.safety_study import NURSE, begun, browser, event_values, posted, sink

MAIL = {"contact_email": "safety@example.org", "contact_role": "sponsor", "contact_active": "true"}
MAIL |= {"contact_for": "serious events, special interest and holds"}
SERIOUS = {"serious": "true", "serious_important": "true"}


@pytest.fixture
def door(home: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Gateway]:
    """A study with somebody who is told, on both databases; no mail server yet."""
    monkeypatch.delenv("CALCITRIAL_MAIL", raising=False)
    here = begun()
    enter_contact(here, "C1", MAIL, 0, "", NURSE)
    yield here


def event(name: str = "AE1", **more: object) -> Draft:
    return Draft(Place("PIT-001", "adverse_event", repeat=name), event_values(**more))


def notices(door: Gateway) -> list[tuple[str, str, str]]:
    table = tabulate(door.protocol, current_rows("stsinj", "PIT-001", ("event_notice",)), "event_notice")
    return sorted(table.select("repeat", "notice_kind", "notice_result").iter_rows())


@pytest.mark.requirement("ICH E6(R3) 4.2.2a")
def test_event_hold_and_message_are_one_submission_of_the_person(door: Gateway) -> None:
    before = read_head("stsinj").sequence
    verbs.enter("stsinj", [event(term="Skin infection")], NURSE)
    assert read_head("stsinj").sequence == before + 1
    (act, *_) = acts_of("stsinj", NURSE.name, "")
    assert {place.form for place in act.places} == {"adverse_event", "hold", "event_notice"}
    assert notices(door) == [("AE1.1", "hold", "failed")]  # no server is named: said at once


def test_every_door_tells_and_each_once(door: Gateway, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    with sink(monkeypatch) as messages:
        verbs.enter("stsinj", [event("AE1", **SERIOUS)], NURSE)  # a script
        page = "/stsinj/participants/PIT-001/events/new/"
        browser("study_nurse").post(page, posted(event_values(**SERIOUS), "AE2"))
        browser("study_nurse").post(page, posted(event_values(**SERIOUS), "AE2"))  # sent twice
        form = {"form": "adverse_event", "participant": "PIT-001", "repeat": "AE3", "values": event_values(**SERIOUS)}
        answer = browser("study_nurse").post(
            "/api/v1/stsinj/entries", {"drafts": [form]}, content_type="application/json"
        )
        assert answer.status_code == 200, answer.content
        verbs.enter("stsinj", [event("AE4", term="Headache", grade=1)], NURSE)  # nothing that anybody must know
    assert [m["Subject"].split(":")[0] for m in messages] == [f"stsinj PIT-001 AE{n}" for n in (1, 2, 3)]
    assert len({m["Message-ID"] for m in messages}) == 3
    assert [one[1:] for one in notices(door)] == [("first report", "sent")] * 3
    assert deliver(door) == (0, "")


def test_a_follow_up_is_told_as_such_and_the_same_again_is_not(door: Gateway, monkeypatch: pytest.MonkeyPatch) -> None:
    with sink(monkeypatch) as messages:
        verbs.enter("stsinj", [event(**SERIOUS)], NURSE)
        worse = event_values(grade="3", **SERIOUS)
        verbs.enter("stsinj", [Draft(event().place, worse, 1, "looked again")], NURSE)
        verbs.enter("stsinj", [Draft(event().place, worse, 2, "looked again")], NURSE)
    assert [m["Subject"].rpartition(": ")[2] for m in messages] == ["first report", "follow-up report"]


@pytest.mark.requirement("ICH E6(R3) 4.3.6")
def test_what_was_queued_when_the_process_died_is_sent_by_the_next(
    door: Gateway, monkeypatch: pytest.MonkeyPatch
) -> None:
    with sink(monkeypatch) as messages:
        monkeypatch.setattr(outbox, "deliver", lambda _door: 1 / 0)  # dies after the event is committed
        verbs.enter("stsinj", [event(**SERIOUS)], NURSE)
        monkeypatch.undo()
    assert messages == [] and [one[2] for one in notices(door)] == ["queued"]
    with sink(monkeypatch) as messages:
        assert verbs.deliver("stsinj") == (1, "")
        assert verbs.deliver("stsinj") == (0, "")
    assert len(messages) == 1 and [one[2] for one in notices(door)] == ["sent"]


def test_what_the_server_took_before_the_entry_was_committed_is_sent_again_under_its_number(
    door: Gateway, monkeypatch: pytest.MonkeyPatch
) -> None:
    verbs.enter("stsinj", [event(**SERIOUS)], NURSE)
    send = Post.send

    def dies(post: Post, *told: Any) -> None:
        send(post, *told)
        raise KeyboardInterrupt

    with sink(monkeypatch) as messages:
        monkeypatch.setattr(Post, "send", dies)
        with pytest.raises(KeyboardInterrupt):
            deliver(door)
        assert [one[2] for one in notices(door)] == ["failed"]  # the entry went with the process
        monkeypatch.setattr(Post, "send", send)
        assert deliver(door) == (1, "")
    assert len(messages) == 2 and messages[0]["Message-ID"] == messages[1]["Message-ID"]


def test_two_who_deliver_at_once_send_once(door: Gateway, monkeypatch: pytest.MonkeyPatch) -> None:
    verbs.enter("stsinj", [event(**SERIOUS)], NURSE)

    def post() -> None:
        deliver(door)
        close()

    with sink(monkeypatch) as messages:
        threads = [Thread(target=post) for _ in range(4)]
        for one in threads:
            one.start()
        for one in threads:
            one.join()
    assert len(messages) == 1 and [one[2] for one in notices(door)] == ["sent"]


def test_a_dead_server_is_entered_once_shown_and_tried_again(door: Gateway, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CALCITRIAL_MAIL", "smtp://127.0.0.1:9")
    verbs.enter("stsinj", [event(**SERIOUS)], NURSE)
    before = read_head("stsinj").sequence
    for _ in range(3):
        sent, wrong = deliver(door)
        assert sent == 0 and "The mail server at 127.0.0.1 did not take the message" in wrong
    assert read_head("stsinj").sequence == before
    nurse = browser("study_nurse")
    for page in ("/stsinj/today/", "/stsinj/safety/"):
        assert "The mail server at 127.0.0.1 did not take the message" in nurse.get(page).content.decode()
    assert "did not take" not in browser("assessor").get("/stsinj/safety/").content.decode()
    with sink(monkeypatch) as messages:
        assert deliver(door) == (1, "")
    assert len(messages) == 1 and not waiting(door.protocol, current_rows("stsinj"))
    assert "did not take" not in nurse.get("/stsinj/safety/").content.decode()


def test_a_locked_study_keeps_its_messages_and_nothing_is_sent_that_cannot_be_entered(
    door: Gateway, monkeypatch: pytest.MonkeyPatch
) -> None:
    verbs.enter("stsinj", [event(**SERIOUS)], NURSE)
    with pytest.raises(RefusedError, match="1 message about an event is not sent: PIT-001 AE1"):
        lock(door, "", "clean", NURSE, "Nora", 0)
    lock(door, "", "clean", NURSE, "Nora", 0, "open points are known")
    with sink(monkeypatch) as messages:
        assert deliver(door) == (0, "")
        assert messages == []
        assert "message about an event is not sent" in browser("study_nurse").get("/stsinj/today/").content.decode()
        unlock(door, "", "the message must go out", NURSE, "Nora", 1)
        assert deliver(door) == (1, "") and len(messages) == 1


@contextmanager
def hanging(monkeypatch: pytest.MonkeyPatch) -> Iterator[tuple[Event, Event]]:
    """A mail server that takes a connection and never says a word; yields what it sets then, and what ends it."""
    came, over = Event(), Event()
    with socket.create_server(("127.0.0.1", 0)) as server:
        monkeypatch.setenv("CALCITRIAL_MAIL", f"smtp://127.0.0.1:{server.getsockname()[1]}")
        server.settimeout(30)

        def take() -> None:
            held, _address = server.accept()
            came.set()
            over.wait(60)
            server.close()
            held.close()

        thread = Thread(target=take)
        thread.start()
        try:
            yield came, over
        finally:
            over.set()
            thread.join()


def test_a_mail_server_that_hangs_keeps_no_writer_waiting(door: Gateway, monkeypatch: pytest.MonkeyPatch) -> None:
    verbs.enter("stsinj", [event(**SERIOUS)], NURSE)
    monkeypatch.setattr(mail, "SECONDS", 60)
    told: list[tuple[int, str]] = []

    def post() -> None:
        told.append(deliver(door))
        close()

    with hanging(monkeypatch) as (came, over):
        postman = Thread(target=post)
        postman.start()
        assert came.wait(20)
        # Another event comes in while the first message hangs; its own delivery is left to who delivers already.
        verbs.enter("stsinj", [event("AE2", **SERIOUS)], NURSE)
        assert postman.is_alive() and told == []
        assert [one[0] for one in notices(door)] == ["AE1.1", "AE2.1"]
        over.set()
        postman.join()
    assert told[0][0] == 0 and "did not take the message" in told[0][1]
    with sink(monkeypatch) as messages:
        assert deliver(door) == (2, "")
    assert len(messages) == 2


def test_where_pages_are_served_the_writer_only_rings(door: Gateway, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(mail, "_ATTENDED", Event())
    monkeypatch.setattr(mail, "_BELL", Event())
    mail.attend(0)
    with sink(monkeypatch) as messages:
        verbs.enter("stsinj", [event(**SERIOUS)], NURSE)
        assert messages == [] and [one[2] for one in notices(door)] == ["queued"]
        mail.attend(60)  # returns at once: somebody rang
        assert deliver(door) == (1, "") and len(messages) == 1


def test_what_is_queued_while_another_delivers_is_found_when_they_look_again(
    door: Gateway, monkeypatch: pytest.MonkeyPatch
) -> None:
    verbs.enter("stsinj", [event(**SERIOUS)], NURSE)
    send, more = Post.send, [event("AE2", **SERIOUS)]

    def meanwhile(post: Post, *told: Any) -> None:
        while more:
            verbs.enter("stsinj", [more.pop()], NURSE)
        send(post, *told)

    with sink(monkeypatch) as messages:
        monkeypatch.setattr(Post, "send", meanwhile)
        assert deliver(door) == (2, "")
    assert len(messages) == 2 and {one[2] for one in notices(door)} == {"sent"}


def test_a_site_locked_while_its_message_is_under_way_gets_it_again_under_the_same_number(
    door: Gateway, monkeypatch: pytest.MonkeyPatch
) -> None:
    verbs.enter("stsinj", [event(**SERIOUS)], NURSE)
    send = Post.send

    def locked_meanwhile(post: Post, *told: Any) -> None:
        send(post, *told)
        lock(door, "", "clean", NURSE, "Nora", 0, "known")

    with sink(monkeypatch) as messages:
        monkeypatch.setattr(Post, "send", locked_meanwhile)
        sent, wrong = deliver(door)
        assert sent == 1 and "is locked" in wrong
        monkeypatch.setattr(Post, "send", send)
        unlock(door, "", "again", NURSE, "Nora", 1)
        assert deliver(door) == (1, "")
    assert len({m["Message-ID"] for m in messages}) == 1 and len(messages) == 2


def test_the_command_sends_what_waits_or_says_why_not(
    door: Gateway, monkeypatch: pytest.MonkeyPatch, home: Path
) -> None:
    verbs.enter("stsinj", [event(**SERIOUS)], NURSE)
    monkeypatch.setenv("CALCITRIAL_HOME", str(home))
    assert "No mail server is named" in str(CliRunner().invoke(app, ["send-notices", "stsinj"]).exception)
    with sink(monkeypatch) as messages:
        result = CliRunner().invoke(app, ["send-notices", "stsinj"])
    assert result.exit_code == 0 and "sent: 1" in result.output and len(messages) == 1


def test_the_link_is_the_page_of_the_event(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CALCITRIAL_ADDRESS", "https://trial.example/")
    assert link_to("stsinj", "PIT 1", "AE1") == "https://trial.example" + reverse(
        "event", args=["stsinj", "PIT 1", "AE1"]
    )
