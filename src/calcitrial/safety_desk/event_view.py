"""Adverse events as the pages show them: the report, what follows from it, what was judged, sent and held."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from functools import cached_property
from typing import Any

from django.utils.translation import gettext

from calcitrial.record import Place
from calcitrial.safety import Standing, Step, entered_holds, grade_text, special_interest, steps_for
from calcitrial.vigilance import Deadline, criteria_of, deadlines, expected
from calcitrial.web import Reading

Row = Mapping[str, Any]

FORM = "adverse_event"
LASTING = ("", "recovering", "not recovered", "unknown")
WITH_END = ("recovered", "recovered with sequelae", "fatal")


@dataclass(frozen=True)
class EventView:
    """One adverse event with everything the pages say about it.

    `days` counts from the injection that it followed to its onset, None where that is not known or must not be;
    `held` are the holds that it stands behind.
    """

    row: Row
    now: datetime
    days: int | None
    judgement: Row | None
    notices: tuple[Row, ...]
    held: tuple[Standing, ...]
    blinded: bool = False

    @property
    def participant(self) -> str:
        """Return the code of the person."""
        return str(self.row["participant"])

    @property
    def name(self) -> str:
        """Return the name of the event within the person."""
        return str(self.row["repeat"])

    @property
    def term(self) -> str:
        """Return the term with what was specified, or that it is not shown."""
        said = self.row["term"] or ("(not shown to the blinded)" if self.blinded else "(redacted)")
        return f"{said}: {self.row['other_specify']}" if self.row["other_specify"] else str(said)

    @property
    def grade(self) -> int | None:
        """Return the grade; None when it was redacted."""
        return int(self.row["grade"]) if self.row["grade"] else None

    @property
    def grade_words(self) -> str:
        """Return what CTCAE says of this grade of this term."""
        return grade_text(self.row["term"] or "", self.grade or 0) or ""

    @property
    def serious(self) -> bool:
        """Return whether the event is serious as it was reported."""
        return bool(self.row["serious"] == "true")

    @property
    def criteria(self) -> tuple[str, ...]:
        """Return why it is serious."""
        return criteria_of(self.row)

    @property
    def special(self) -> str:
        """Return the kind of special interest, '' for none."""
        return special_interest(self.row["term"] or "", self.grade or 5)

    @property
    def steps(self) -> tuple[Step, ...]:
        """Return what to do about an event of special interest."""
        return steps_for(self.special)

    @property
    def proposed(self) -> str:
        """Return in words what the reference list says of it."""
        listed = expected(self.row["term"] or "", self.grade or 5)
        if listed is None:
            return "unexpected: the reference list does not name it at this grade"
        return f"expected up to grade {listed.max_grade}: {listed.basis} ({listed.route})"

    @property
    def unfinished(self) -> str:
        """Return what is still missing of a reported event; '' when it has ended and says when."""
        outcome = self.row["outcome"] or ""
        if not outcome:
            return gettext("no outcome")
        if outcome in LASTING:
            return gettext("%(outcome)s, no end") % {"outcome": gettext(outcome)}
        return gettext("no date of its end") if outcome in WITH_END and not self.row["ae_end_date"] else ""

    @cached_property
    def clocks(self) -> tuple[Deadline, ...]:
        """Return the clocks of a serious event."""
        return deadlines(self.row, self.judgement, self.notices)

    @property
    def clock_words(self) -> list[tuple[Deadline, str, bool]]:
        """Return each clock with its words, and whether it has run out."""
        return [(c, c.words(self.now), not c.done and c.until < self.now) for c in self.clocks]

    @property
    def overdue(self) -> bool:
        """Return whether a clock has run out."""
        return any(late for _clock, _words, late in self.clock_words)

    @property
    def place(self) -> Place:
        """Return where the report was entered."""
        return Place(self.participant, FORM, repeat=self.name)

    @property
    def open_holds(self) -> tuple[Standing, ...]:
        """Return the holds of this event that are in force."""
        return tuple(one for one in self.held if one.in_force)


def event_views(reading: Reading, now: datetime, *, blinded: bool) -> list[EventView]:
    """Return every event of a reading, newest onset first; without injection and hold for the blinded."""
    held: dict[str, tuple[Standing, ...]] = {}
    for one in () if blinded else entered_holds(reading.protocol, reading.rows):
        for event in one.events:
            held[event] = (*held.get(event, ()), one)
    found = [view for mine in bare_views(reading, blinded=blinded).values() for view in mine]
    found.sort(key=lambda one: (one.row["onset_date"] or "", one.participant, one.name), reverse=True)
    return [replace(one, now=now, held=held.get(f"{one.participant} {one.name}", ())) for one in found]


def bare_views(reading: Reading, *, blinded: bool) -> dict[str, list[EventView]]:
    """Return the events of each participant, by code, without the holds and clocks of this moment."""
    return reading.each("events", lambda some: _bare(some, blinded=blinded), blinded)


def _bare(reading: Reading, *, blinded: bool) -> dict[str, list[EventView]]:
    judged = {(row["participant"], row["repeat"]): row for row in reading.table("event_assessment")}
    sent: dict[tuple[str, str], list[Row]] = {}
    for row in reading.table("event_notice"):
        sent.setdefault((row["participant"], _about(row["repeat"])), []).append(row)
    given = {} if blinded else injection_days(reading)
    found: dict[str, list[EventView]] = {code: [] for code in reading.sites}
    for row in reading.table(FORM):
        key = row["participant"], row["repeat"]
        days = None if blinded else days_since(row, given, reading.visit_dates)
        view = EventView(row, datetime.min, days, judged.get(key), tuple(sent.get(key, ())), (), blinded)
        found[key[0]].append(view)
    return found


def _about(repeat: str) -> str:
    return repeat.rpartition(".")[0]


def injection_days(reading: Reading) -> dict[str, list[date]]:
    """Return the days on which each lesion was injected."""
    found: dict[str, list[date]] = {}
    for row in reading.table("injection"):
        on = reading.visit_dates.get((row["participant"], row["visit"]))
        if row["injected"] == "true" and on:
            found.setdefault(row["lesion"], []).append(on)
    return found


def days_since(row: Row, given: dict[str, list[date]], visits: dict[tuple[str, str], date]) -> int | None:
    """Return the days from the injection that an event followed to its onset.

    That injection is the one that was named, else the last of its lesion on or before the onset.
    """
    if not row["onset_date"]:
        return None
    onset = date.fromisoformat(row["onset_date"])
    if row["ae_visit"]:
        on = visits.get((row["participant"], row["ae_visit"]))
        return (onset - on).days if on else None
    before = [on for on in given.get(row["ae_lesion"] or "", []) if on <= onset]
    return (onset - max(before)).days if before else None


def lesion_options(reading: Reading) -> list[tuple[str, str]]:
    """Return the lesions of a participant as answers of a list."""
    return [(row["lesion"], f"{row['lesion']}: {row['body_site']}, {row['side']}") for row in reading.table("lesion")]


def visit_options(reading: Reading) -> list[tuple[str, str]]:
    """Return the visits at which something was injected as answers of a list, each with its day."""
    given = {row["visit"] for row in reading.table("injection") if row["injected"] == "true"}
    days = {visit: on for (_code, visit), on in reading.visit_dates.items()}
    return [(v.id, f"{v.label}, {days.get(v.id, '')}") for v in reading.protocol.visits if v.id in given]


def chosen(views: Iterable[EventView], wanted: Mapping[str, str]) -> list[EventView]:
    """Return the events that the filters of the page ask for; a filter that cannot be read asks for nothing."""
    return [one for one in views if all(_fits(one, name, value) for name, value in wanted.items() if value)]


def _fits(one: EventView, name: str, value: str) -> bool:
    match name, value:
        case "grade", _ if value.isdecimal():
            return (one.grade or 5) >= int(value)
        case "related", _:
            return bool((one.row["related"] or "unknown") == value)
        case "kind", "serious":
            return one.serious
        case "kind", "special":
            return bool(one.special)
        case "state", "open" | "ended":
            return bool(one.unfinished) == (value == "open")
        case "q", _:
            return value.casefold() in f"{one.participant} {one.term} {one.row['ae_lesion']}".casefold()
    return True


def next_event(views: Sequence[Row]) -> str:
    """Return the name of the next event of a participant: AE1, AE2 …."""
    taken = [int(row["repeat"][2:]) for row in views if row["repeat"][:2] == "AE" and row["repeat"][2:].isdecimal()]
    return f"AE{max(taken, default=0) + 1}"
