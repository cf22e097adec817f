"""The outbox of messages about events: queued with the event in one submission, sent after it, sent again until taken.

`queue_notices` rides with the gateway, so whoever enters an event by whatever door queues its message. Where pages are
served a thread sends it (`mail.ring`); elsewhere who entered it does, once it is committed. `deliver` hands a message
over while nothing of the record is held, and enters then that it was taken: a server that hangs keeps no writer
waiting. One at a time delivers in a home, so two who do so at once send once. Should the process die after the server
took the message and before that is entered, it is sent again: SMTP cannot promise more than once or never. Both have
the same Message-ID, by which a mailbox knows the second as the first. Until a server took it, it is never lost.

Under a lock messages wait, because what became of them could not be entered: a lock has no door for them. So whoever
locks is told of those that wait, and must say why the lock may be set all the same.
"""

import fcntl
import hashlib
import os
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import quote

import polars as pl

from calcitrial.mail import Post, can_send, opened, ring
from calcitrial.people import site_of
from calcitrial.protocol import Problem, Protocol, RefusedError, refuse
from calcitrial.quality import locks
from calcitrial.record import Author, Draft, Entry, Gateway, Place, Receipt, current_rows, stamp, tabulate
from calcitrial.safety import EVENT_FORM, HOLD_FORMS, YES, special_interest
from calcitrial.vigilance.notices import NOTICE, PROGRAM, Kind, message, notice_draft, told_of

ADDRESS = "CALCITRIAL_ADDRESS"
NOBODY = Problem("safety_contact", "Nobody is on the list of those who are told.", "Enter an address.")
NO_SERVER = Problem("mail", "No mail server is named.", "Set CALCITRIAL_MAIL to smtp://host:port.")


@dataclass(frozen=True)
class Waiting:
    """A message that nobody got yet: its place, kind and version, and what went wrong."""

    place: Place
    kind: Kind
    version: int
    result: str
    problem: str

    @property
    def event(self) -> str:
        """Return the name of the event that it is about."""
        return self.place.repeat.rpartition(".")[0]


def queue_notices(gateway: Gateway) -> list[Draft]:
    """Return the messages that the entries of this act call for: at most one per event, the most urgent one."""
    touched = dict.fromkeys(one.place for one in gateway.made if one.place.form == EVENT_FORM)
    whole = {one.place: one.values for one in gateway.entering}
    found = []
    for place in touched:
        kind = _kind(place, whole.get(place, {}), gateway.made)
        if kind:
            found.append(queued(gateway, place.participant, place.repeat, kind))
    return found


def _kind(place: Place, values: Mapping[str, object], made: Sequence[Entry]) -> Kind | None:
    """Return the kind of message that an entered or changed event calls for; None for none."""
    new = all(one.version == 1 for one in made if one.place == place)
    if str(values.get("serious") or "").strip().lower() in YES:
        return "first report" if new else "follow-up report"
    forms = {one.place.form for one in made if one.place.participant in ("", place.participant)}
    if forms & set(HOLD_FORMS[:2]):
        return "hold"
    grade = str(values.get("grade") or "")
    special = special_interest(str(values.get("term") or ""), int(grade) if grade.isdecimal() else 5)
    return "special interest" if special and new else None


def queued(gateway: Gateway, participant: str, event: str, kind: Kind) -> Draft:
    """Return the form of a message that waits; with what is missing where nobody can be told as things stand."""
    people = told_of(gateway, kind)
    lack = NOBODY if not people else None if can_send() else NO_SERVER
    problem = f"{lack.what} {lack.instead}" if lack else ""
    to = ", ".join(sorted({one.role for one in people})) or "nobody"
    _subject, text = message(gateway.study, participant, event, kind, link_to(gateway.study, participant, event))
    result = "failed" if problem else "queued"
    return notice_draft(gateway, (participant, event), (kind, "e-mail", to), result, problem, text)


def link_to(study: str, participant: str, event: str) -> str:
    """Return the address of the page of an event; CALCITRIAL_ADDRESS names where these pages are."""
    path = f"/{study}/participants/{quote(participant)}/events/{quote(event)}/"
    return os.environ.get(ADDRESS, "").rstrip("/") + path


def waiting(protocol: Protocol, rows: pl.DataFrame) -> tuple[Waiting, ...]:
    """Return the messages that nobody got yet: of each event the last one, unless it was sent."""
    own = rows.filter(form=NOTICE)
    versions: dict[tuple[str, str], int] = {}
    for code, repeat, version in own.select("participant", "repeat", "version").iter_rows():
        versions[code, repeat] = max(version, versions.get((code, repeat), 0))
    last: dict[tuple[str, str], dict[str, Any]] = {}
    for row in tabulate(protocol, own, NOTICE).iter_rows(named=True):
        key = row["participant"], row["repeat"].rpartition(".")[0]
        if row["notice_way"] == "e-mail" and _number(row) >= (_number(last[key]) if key in last else 0):
            last[key] = row
    return tuple(
        Waiting(
            Place(code, NOTICE, repeat=row["repeat"]),
            row["notice_kind"],
            versions[code, row["repeat"]],
            row["notice_result"] or "",
            row["notice_problem"] or "",
        )
        for (code, _event), row in sorted(last.items())
        if row["notice_result"] != "sent"
    )


def _number(row: Mapping[str, Any]) -> int:
    tail = str(row["repeat"]).rpartition(".")[2]
    return int(tail) if tail.isdecimal() else 0


def send_queued(gateway: Gateway) -> None:
    """Send what an act has just queued; called when the act is committed. What fails stays in the outbox."""
    results = {one.value for one in gateway.made if one.place.form == NOTICE and one.item == "notice_result"}
    if "queued" in results and not ring():
        deliver(gateway)


def deliver(gateway: Gateway) -> tuple[int, str]:
    """Send everything that waits in the outbox of a study; return how many were sent, and '' or what went wrong.

    What fails is entered once as failed with its sentence, and tried again at the next delivery. While another
    delivers in this home nothing is done: what was queued meanwhile the other finds when they look again.
    """
    sent, wrong, tried = 0, list[str](), set[Place]()
    with _alone(gateway.study) as mine:
        while mine and (found := [one for one in _deliverable(gateway) if one.place not in tried]):
            tried |= {one.place for one in found}
            done, problems = _deliver(gateway, found)
            sent, wrong = sent + done, [*wrong, *problems]
    return sent, " ".join(dict.fromkeys(wrong))


@contextmanager
def _alone(study: str) -> Iterator[bool]:
    """Let one deliver at a time; yield whether it is us."""
    with Path(os.environ["CALCITRIAL_HOME"], f"outbox.{study}.lock").open("w") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            yield False
        else:
            yield True


def _deliver(gateway: Gateway, found: Sequence[Waiting]) -> tuple[int, list[str]]:
    """Try these messages over one connection; return how many were sent, and what went wrong."""
    try:
        with opened() as post:
            tried = [_tried(gateway, one, post) for one in found]
        return sum(done for done, _ in tried), [problem for _, problem in tried if problem]
    except RefusedError as error:
        for one in found:
            _failed(gateway, one, _sentence(error))
        return 0, [_sentence(error)]


def _tried(gateway: Gateway, one: Waiting, post: Post) -> tuple[int, str]:
    """Try one message; return whether it was sent, and '' or why not, which is entered."""
    try:
        values = _handed_over(gateway, one, post)
    except RefusedError as error:
        _failed(gateway, one, _sentence(error))
        return 0, _sentence(error)
    try:
        _enter(gateway, one, values, "The mail server took the message.")
    except RefusedError as error:  # the site was locked meanwhile: it waits, and goes out again under the same number
        return 1, _sentence(error)
    return 1, ""


def _sentence(error: RefusedError) -> str:
    return " ".join(f"{one.what} {one.instead}" for one in error.problems)


def _deliverable(gateway: Gateway) -> Iterator[Waiting]:
    """Yield what waits, but of locked sites: what became of it could not be entered."""
    shut = {site for site, one in locks(gateway.study).items() if one.locked}
    for one in waiting(gateway.protocol, current_rows(gateway.study, forms=(NOTICE,))):
        if not shut or not shut & {"", site_of(gateway.protocol, one.place.participant)}:
            yield one


def _handed_over(gateway: Gateway, one: Waiting, post: Post) -> dict[str, object]:
    """Hand a message over to the mail server and return what is to be entered of it; nothing of the record is held."""
    people = told_of(gateway, one.kind)
    if not people:
        refuse([NOBODY])
    link = link_to(gateway.study, one.place.participant, one.event)
    subject, text = message(gateway.study, one.place.participant, one.event, one.kind, link)
    post.send([each.email for each in people], subject, text, message_id(gateway.study, one.place))
    return {
        "notice_at": stamp(gateway.clock()),
        "notice_to": ", ".join(sorted({each.role for each in people})),
        "notice_result": "sent",
        "notice_problem": None,
        "notice_sha256": hashlib.sha256(text.encode()).hexdigest(),
    }


def message_id(study: str, place: Place) -> str:
    """Return the Message-ID of a message: always the same for the same one, so that a mailbox knows it again."""
    return f"<{hashlib.sha256(f'{study} {place}'.encode()).hexdigest()[:32]}@calcitrial.invalid>"


def _failed(gateway: Gateway, one: Waiting, problem: str) -> None:
    if (one.result, one.problem) == ("failed", problem) or _taken(gateway, one):
        return
    with suppress(RefusedError):  # the site was locked meanwhile: then it waits, and is shown as waiting
        _enter(gateway, one, {"notice_result": "failed", "notice_problem": problem}, "The message could not be sent.")


def _taken(gateway: Gateway, one: Waiting) -> bool:
    """Return whether somebody else dealt with it meanwhile."""
    rows = current_rows(gateway.study, one.place.participant, (NOTICE,))
    return one not in waiting(gateway.protocol, rows)


def _enter(gateway: Gateway, one: Waiting, values: Mapping[str, object], reason: str) -> None:
    here = Gateway(gateway.study, gateway.protocol, gateway.code_version, gateway.clock, gateway.salt, gateway.rules)
    here.enter([Draft(one.place, dict(values), one.version, reason)], PROGRAM)


def tell_again(gateway: Gateway, participant: str, event: str, kind: Kind, by: Author) -> Receipt:
    """Queue a message about an event anew, in the name of who asks for it; return the receipt."""
    return gateway.enter([queued(gateway, participant, event, kind)], by)
