"""The session of injections: everything that one physician does to one participant at one visit, entered in one act."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Protocol as Shape

import polars as pl

from calcitrial.lesions import Injection, state_on, states_of
from calcitrial.pharmacy.limit import UNITS, Judgement
from calcitrial.protocol import Protocol
from calcitrial.record import Author, Draft, Gateway, Place, Receipt, tabulate

GONE = ("excised", "extruded")


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


def session_drafts(session: Session) -> list[Draft]:
    """Return the forms of a session, to be entered in one act."""
    return [Draft(place, values) for place, values in _contents(session)]


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
    told: Counter[str] = Counter()
    for one in session.reactions:
        told[one.lesion] += 1
        said = {"reaction_lesion": one.lesion, "reaction": one.reaction, "minutes_after": one.minutes}
        yield Place(person, "injection_reaction", visit, repeat=f"{one.lesion}-{told[one.lesion]}"), said


def inject_session(gateway: Gateway, session: Session, by: Author) -> Receipt:
    """Enter a session as one submission; RefusedError with every problem of every lesion and of the session."""
    return gateway.enter(session_drafts(session), by)


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


def injectable(known: Known, participant: str, lesion: str, day: date | None = None) -> str:
    """Return why a lesion may not be injected on a day (now without one), as a sentence; '' when it may.

    The participant must be enrolled, and the lesion there and in an arm that is injected. Holds are for the safety
    room to say.
    """
    protocol, rows = known.protocol, known.rows.filter(pl.col("participant") == participant)
    if not tabulate(protocol, rows, "enrolment").height:
        return f"{participant} is not enrolled."
    state = state_on(states_of(protocol, rows).get(lesion, ()), day)
    if state is not None and state.state in GONE:
        return f"{lesion} was {state.state} on {state.on}."
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
    visits = tabulate(known.protocol, known.rows, "visit").iter_rows(named=True)
    days = {(row["participant"], row["visit"]): row["visit_date"] for row in visits}
    for row in tabulate(known.protocol, known.rows, "injection").iter_rows(named=True):
        if row["injected"] != "true":
            continue
        place = Place(row["participant"], "injection", row["visit"], row["lesion"])
        on = days.get((row["participant"], row["visit"]))
        why = injectable(known, row["participant"], row["lesion"], date.fromisoformat(on) if on else None)
        if why or row.get("deviation"):
            found.append((place, " ".join(filter(None, (why, row.get("deviation"))))))
    return found
