"""The outbox of messages about events: queued with the event in one submission, sent after it, sent again until taken.

`queue_notices` rides with the gateway, so whoever enters an event by whatever door queues its message. `deliver` sends
what waits: the entry that a message was sent is made first, the message handed over then, and both stand or fall
together. So two who deliver at once send it once. Should the process die after the server took the message and before
the entry is committed, it is sent again: SMTP cannot promise more than once or never. Both have the same Message-ID,
by which a mailbox knows the second as the first. Until a server took it, it is never lost.
"""

import hashlib
import os
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

import polars as pl

from calcitrial.mail import Post, can_send, opened
from calcitrial.people import site_of
from calcitrial.protocol import Problem, Protocol, RefusedError, refuse
from calcitrial.quality import locks
from calcitrial.record import Author, Draft, Entry, Gateway, Place, Receipt, current_rows, in_turn, stamp, tabulate
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
    if "queued" in results:
        deliver(gateway)


def deliver(gateway: Gateway) -> tuple[int, str]:
    """Send everything that waits in the outbox of a study; return how many were sent, and '' or what went wrong.

    What fails is entered once as failed with its sentence, and tried again at the next delivery.
    """
    found = tuple(_deliverable(gateway))
    sent, wrong = 0, list[str]()
    if not found:
        return 0, ""
    try:
        with opened() as post:
            for one in found:
                done, problem = _tried(gateway, one, post)
                sent, wrong = sent + done, [*wrong, *([problem] if problem else [])]
    except RefusedError as error:
        wrong.append(_sentence(error))
        for one in found:
            _failed(gateway, one, wrong[-1])
    return sent, " ".join(dict.fromkeys(wrong))


def _tried(gateway: Gateway, one: Waiting, post: Post) -> tuple[int, str]:
    """Try one message; return whether it was sent, and '' or why not, which is entered."""
    try:
        if not told_of(gateway, one.kind):
            refuse([NOBODY])
        return _send(gateway, one, post), ""
    except RefusedError as error:
        _failed(gateway, one, _sentence(error))
        return 0, _sentence(error)


def _sentence(error: RefusedError) -> str:
    return " ".join(f"{one.what} {one.instead}" for one in error.problems)


def _deliverable(gateway: Gateway) -> Iterator[Waiting]:
    """Yield what waits, but of locked sites: what became of it could not be entered."""
    shut = {site for site, one in locks(gateway.study).items() if one.locked}
    for one in waiting(gateway.protocol, current_rows(gateway.study, forms=(NOTICE,))):
        if not shut or not shut & {"", site_of(gateway.protocol, one.place.participant)}:
            yield one


def _send(gateway: Gateway, one: Waiting, post: Post) -> int:
    """Enter that a message was sent and hand it over, both or neither; nothing when somebody else was quicker."""
    with in_turn(gateway.study):
        rows = current_rows(gateway.study, one.place.participant, (NOTICE,))
        if one not in waiting(gateway.protocol, rows):
            return 0
        people = told_of(gateway, one.kind)
        link = link_to(gateway.study, one.place.participant, one.event)
        subject, text = message(gateway.study, one.place.participant, one.event, one.kind, link)
        values = {
            "notice_at": stamp(gateway.clock()),
            "notice_to": ", ".join(sorted({each.role for each in people})),
            "notice_result": "sent",
            "notice_problem": None,
            "notice_sha256": hashlib.sha256(text.encode()).hexdigest(),
        }
        _enter(gateway, one, values, "The mail server took the message.")
        post.send([each.email for each in people], subject, text, message_id(gateway.study, one.place))
        return 1


def message_id(study: str, place: Place) -> str:
    """Return the Message-ID of a message: always the same for the same one, so that a mailbox knows it again."""
    return f"<{hashlib.sha256(f'{study} {place}'.encode()).hexdigest()[:32]}@calcitrial.invalid>"


def _failed(gateway: Gateway, one: Waiting, problem: str) -> None:
    if (one.result, one.problem) != ("failed", problem) and not _taken(gateway, one):
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
