"""The session of injections: everything that one physician does to one participant at one visit, entered in one act."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Protocol as Shape

import polars as pl

from calcitrial.lesions import Injection
from calcitrial.pharmacy.limit import UNITS, Judgement
from calcitrial.protocol import Protocol
from calcitrial.record import Author, Draft, Gateway, Place, Receipt, current_rows, tabulate


@dataclass(frozen=True)
class Reaction:
    """What somebody had within the first hours of an injection, and how many minutes after it."""

    lesion: str
    reaction: str
    minutes: int


@dataclass(frozen=True)
class Session:
    """One session: injections by lesion, limits that the physician judged by name, body size, reactions.

    `injections` holds an `Injection`, or plain values of the form (one that was not given has its reason).
    """

    participant: str
    visit: str
    injections: Mapping[str, Injection | Mapping[str, object]]
    judged: Mapping[str, Judgement] = field(default_factory=dict)
    body: tuple[Decimal, Decimal] | None = None
    reactions: Sequence[Reaction] = ()


def session_drafts(session: Session, expected: Mapping[Place, int], reason: str = "") -> list[Draft]:
    """Return the forms of a session; `expected` holds the version of each form that was seen already."""
    contents = dict(_contents(session))
    return [Draft(place, values, expected.get(place, 0), reason) for place, values in contents.items()]


def _contents(session: Session) -> Iterator[tuple[Place, Mapping[str, object]]]:
    person, visit = session.participant, session.visit
    if session.body:
        weight, height = session.body
        yield Place(person, "body_size", visit), {"weight": weight, "height": height}
    for name, judgement in session.judged.items():
        values = {"limit_value": judgement.value, "limit_unit": UNITS[name], "limit_reason": judgement.reason}
        yield Place(person, "dose_judgement", visit, repeat=name), values
    for lesion, shot in session.injections.items():
        given = {**vars(shot), "injected": True} if isinstance(shot, Injection) else shot
        yield Place(person, "injection", visit, lesion), given
    for number, one in enumerate(session.reactions, 1):
        said = {"reaction_lesion": one.lesion, "reaction": one.reaction, "minutes_after": one.minutes}
        yield Place(person, "injection_reaction", visit, repeat=f"R{number}"), said


def inject_session(gateway: Gateway, session: Session, by: Author) -> Receipt:
    """Enter a session as one submission; RefusedError with every problem of every lesion and of the session."""
    return gateway.enter(session_drafts(session, {}), by)


class Known(Shape):
    """What is known of a study or a participant: its protocol and current values."""

    @property
    def protocol(self) -> Protocol:
        """Return the protocol."""
        ...

    @property
    def rows(self) -> pl.DataFrame:
        """Return the current values as long rows."""
        ...


def injectable(known: Known, participant: str, lesion: str) -> str:
    """Return why a lesion may not be injected now, as a sentence; '' when it may.

    The participant must be enrolled, and the lesion in an arm that is injected. Holds are for the safety room to say.
    """
    protocol, rows = known.protocol, known.rows.filter(pl.col("participant") == participant)
    if not tabulate(protocol, rows, "enrolment").height:
        return f"{participant} is not enrolled."
    arm = protocol.arm(_arm(protocol, rows, lesion))
    if arm is None:
        return f"{lesion} is not allocated yet."
    return "" if arm.treated else f"{lesion} is in the arm {arm.label}, which is not injected."


def _arm(protocol: Protocol, rows: pl.DataFrame, lesion: str) -> str:
    unit = protocol.allocation.unit
    if unit == "none":
        return protocol.arms[0].id if protocol.arms else ""
    if unit == "participant":
        table = tabulate(protocol, rows, "allocation")
        return str(table["arm"][0] or "") if table.height else ""
    table = tabulate(protocol, rows, "lesion_allocation").filter(pl.col("lesion") == lesion)
    return str(table["lesion_arm"][0] or "") if table.height else ""


def deviations(known: Known) -> list[tuple[Place, str]]:
    """Return the injections that went against the protocol, with what was said: they stay in the record as they are."""
    found = []
    rows = known.rows.filter(pl.col("form").is_in(["injection", "enrolment", "allocation", "lesion_allocation"]))
    for row in tabulate(known.protocol, rows, "injection").iter_rows(named=True):
        if row["injected"] != "true":
            continue
        place = Place(row["participant"], "injection", row["visit"], row["lesion"])
        why = injectable(known, row["participant"], row["lesion"])
        if why or row.get("deviation"):
            found.append((place, " ".join(filter(None, (why, row.get("deviation"))))))
    return found


def versions(gateway: Gateway, participant: str, visit: str) -> dict[Place, int]:
    """Return the version of every form of a session that is in the record."""
    found: dict[Place, int] = {}
    for line in current_rows(gateway.study, participant).iter_rows():
        place = Place(*line[:5])
        if place.visit == visit:
            found[place] = max(found.get(place, 0), line[6])
    return found
