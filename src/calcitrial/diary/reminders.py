"""Reminders by e-mail: one a day and participant at most, with a link and plain words, and no address in the record.

Each reminder brings a link of its own, because of earlier ones only the digest is kept. A reminder is entered when the
server has taken it; if the server fails, nothing is entered, nothing is lost, and the next run tries again.

If the program dies while a mail is under way, nobody can know whether the server has taken it. Then none at all is
preferred to two: what was under way is written down before (`HOME/reminders`), and the next run enters it, so that
the link in the mail opens and that person gets no second mail that day; the next day brings another one.
"""

import fcntl
import os
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import NamedTuple

import orjson

from calcitrial.diary.book import Book, Standing, read_book
from calcitrial.diary.links import LinkOffer, keep_link, link_draft
from calcitrial.diary.words import words
from calcitrial.mail import send as send_mail
from calcitrial.protocol import Problem, RefusedError, refuse
from calcitrial.record import Author, Draft, Gateway, Place, tabulate
from calcitrial.whole_file import write_whole

SENDER = Author("calcitrial remind", "program")
GOOD_FOR = 3


class Contact(NamedTuple):
    """Where a participant is written to, and in which language ('' when not known)."""

    address: str
    language: str = ""


Contacts = Callable[[str, str], Contact | None]
Send = Callable[[Sequence[str], str, str], None]


@dataclass(frozen=True)
class Reminded:
    """What a run did: who was written to, and why others were not, by participant code."""

    sent: tuple[str, ...]
    left: dict[str, str]
    failed: str = ""


def remind(gateway: Gateway, contacts: Contacts, pages: str, send: Send = send_mail) -> Reminded:
    """Write to every participant with a questionnaire that is due today; see the module for what is entered.

    `pages` is the address at which participants find these pages, such as https://diary.example.org. RefusedError
    when it is missing, or when another run is under way.
    """
    if not pages.startswith(("https://", "http://127.0.0.1", "http://localhost")):
        what = f"The address of the participants' pages is {pages!r}."
        refuse([Problem("address", what, "Set CALCITRIAL_ADDRESS to one such as https://diary.example.org.")])
    with _alone():
        left = dict.fromkeys(_entered_under_way(gateway), "a run ended while the mail was under way; it was entered")
        book = read_book(gateway.study)
        sent: list[str] = []
        for participant, due in _waiting(book, gateway.clock(), left):
            try:
                reached = _write_to(gateway, book, participant, due, (contacts, pages.rstrip("/"), send))
            except RefusedError as error:
                return Reminded(tuple(sent), left, str(error))
            if reached:
                sent.append(participant)
            else:
                left[participant] = "no address is known"
        return Reminded(tuple(sent), left)


def _waiting(book: Book, now: datetime, left: dict[str, str]) -> Iterator[tuple[str, list[Standing]]]:
    """Yield each participant with what is due today; write down why one with something due gets no reminder."""
    locked = {
        row["repeat"]
        for row in tabulate(book.protocol, book.rows, "lock").iter_rows(named=True)
        if row["locked"] == "true"
    }
    for participant in book.participants:
        today = book.day(participant, now)
        standings = book.standings(participant, today)
        due = [one for one in standings if one.is_open and one.occasion.due <= today and _for_home(one)]
        if not due:
            continue
        if {"", book.site(participant)} & locked:
            left[participant] = "the study or the site is locked"
        elif not book.wants_reminders(participant):
            left[participant] = "no reminders are wanted"
        elif Place(participant, "reminder", repeat=today.isoformat()) in book.versions:
            left.setdefault(participant, "a reminder was sent today")
        else:
            yield participant, due


def _for_home(one: Standing) -> bool:
    return one.occasion.instrument.answered_by == "participant"


def _write_to(
    gateway: Gateway, book: Book, participant: str, due: list[Standing], how: tuple[Contacts, str, Send]
) -> bool:
    """Send one reminder and enter it with its link; return False when no address is known."""
    contacts, pages, send = how
    contact = contacts(gateway.study, participant)
    if contact is None or not contact.address:
        return False
    links = book.of(participant, "diary_link")
    language = contact.language or next((row["link_language"] for row in reversed(links)), "en")
    zone = book.zone(participant).key
    offer = LinkOffer(*_holder(links), language=language, zone=zone, days=GOOD_FOR, purpose="reminder")
    repeat = f"L{len(links) + 1}"
    token, link = link_draft(participant, repeat, offer, gateway.clock())
    about = " ".join(one.occasion.place.repeat for one in due)
    values = {"reminded_about": about, "reminder_language": language, "reminder_link": repeat}
    drafts = [link, Draft(Place(participant, "reminder", repeat=due[0].today.isoformat()), values)]
    path, journal = keep_link(gateway.study, participant, repeat, token), _under_way(gateway.study, participant)
    try:
        # Written down before the mail goes out: see the module for why.
        write_whole(journal, orjson.dumps([[*one.place, dict(one.values)] for one in drafts]), 0o600)
        texts = words(language)
        minutes = sum(one.occasion.instrument.minutes for one in due)
        address = f"{pages}/d/{token}/"
        text = texts["mail_text"].format(link=address, minutes=minutes, days=GOOD_FOR)
        send([contact.address], texts["mail_subject"], text)
    except BaseException:
        path.unlink(missing_ok=True)
        journal.unlink(missing_ok=True)
        raise
    gateway.enter(drafts, SENDER)
    journal.unlink()
    return True


def _under_way(study: str, participant: str = "") -> Path:
    """Return where it is written down that a mail to a participant is under way; without one, the folder."""
    folder = Path(os.environ["CALCITRIAL_HOME"]) / "reminders" / study
    return folder / f"{participant}.json" if participant else folder


def _entered_under_way(gateway: Gateway) -> list[str]:
    """Enter the reminders that were under way when an earlier run ended, and return whose they are."""
    found = []
    for path in sorted(_under_way(gateway.study).glob("*.json")):
        drafts = [Draft(Place(*place), values) for *place, values in orjson.loads(path.read_bytes())]
        # What stands in the record already makes no entry; who withdrew meanwhile gets none.
        with suppress(RefusedError):
            gateway.enter(drafts, SENDER)
            found.append(drafts[0].place.participant)
        path.unlink()
    return found


def _holder(links: Sequence[object]) -> tuple[str, str]:
    """Return who answers: as the last link that was handed over says, else the participant."""
    given = [row for row in links if isinstance(row, dict) and row["link_purpose"] == "handed over"]
    return (given[-1]["link_holder"], given[-1]["link_relation"] or "") if given else ("participant", "")


@contextmanager
def _alone() -> Iterator[None]:
    """Let one run at a time send reminders in this home: two would each send the same."""
    path = Path(os.environ["CALCITRIAL_HOME"]) / "remind.lock"
    with path.open("w") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            refuse([Problem("remind", "Another run is under way in this home.", "Wait until it has ended.")])
        yield
