"""What the pages read: the values current now of one study, as plain rows by form, and what follows from them."""

from collections import Counter
from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from functools import cached_property
from typing import Any, TypeVar
from urllib.parse import urlencode

import polars as pl
from django.http import Http404
from django.urls import reverse

from calcitrial.participants import Window, windows
from calcitrial.protocol import Form, Item, Protocol, RefusedError
from calcitrial.quality import sites_of
from calcitrial.record import (
    LONG,
    EnteredUnder,
    Place,
    current_rows,
    each,
    entered_under,
    forms_in,
    protocol_for,
    rows_of,
)
from calcitrial.web.saying import number, spoken

Row = Mapping[str, Any]
T = TypeVar("T")
FEW_ROWS = 2_000
CODE, FORM, VISIT, ITEM, VALUE = (LONG.index(name) for name in ("participant", "form", "visit", "item", "value"))


@dataclass(frozen=True)
class Reading:
    """The values current now of one study, or of one participant of it.

    `marks` has the mark of each participant's values (`record.Known`), None where nobody knows them; `seen` is the
    study's definition, and whether a blinded person reads.
    """

    study: str
    protocol: Protocol
    rows: pl.DataFrame
    marks: Mapping[str, int] | None = field(default=None, repr=False, compare=False)
    seen: tuple[Hashable, ...] = ()

    def each(self, name: str, make: Callable[["Reading"], Mapping[str, T]], *also: Hashable) -> dict[str, T]:
        """Return what `make` says of every participant, by code; of those whose values are as before, what it said.

        `make` is given the reading of some participants, says one thing of each, and rests on nothing but that and
        `also`: not on other participants, forms of the study itself, the clock or the language. `name` is its own.
        """
        if self.marks is None:
            return dict(sorted(make(replace(self, rows=self.rows.filter(pl.col("participant") != ""))).items()))
        made = lambda rows: make(Reading(self.study, self.protocol, rows))  # noqa: E731
        return each(self.study, self.rows, self.marks, name, made, *self.seen, *also)

    @property
    def codes(self) -> list[str]:
        """Return the codes of the participants, sorted."""
        return sorted(self.sites)

    @cached_property
    def sites(self) -> dict[str, str]:
        """Return the site of every participant; '' where none is entered."""
        return self.each("sites", lambda some: sites_of(some.protocol, some.rows))

    def table(self, form: str) -> list[Row]:
        """Return the entered forms of one kind as rows; none when the protocol does not have the form."""
        if form not in self._made:
            known = self.protocol.form(form) is not None
            self._made[form] = list(forms_in(self.protocol, self._lines(form), form)) if known else []
        return self._made[form]

    @cached_property
    def _made(self) -> dict[str, list[Row]]:
        # A page asks for the same table once per visit or lesion.
        return {}

    def _lines(self, form: str, *items: str) -> Sequence[tuple[Any, ...]]:
        """Return the long lines of one form, perhaps of some items only.

        Few rows are taken apart by form once, because a search in a table takes longer than reading a few lines.
        """
        if self.rows.height > FEW_ROWS:
            wanted = (pl.col("form") == form, *([pl.col("item").is_in(items)] if items else ()))
            return self.rows.filter(*wanted).rows()
        lines = self._by_form.get(form, ())
        return [line for line in lines if line[ITEM] in items] if items else lines

    @cached_property
    def _by_form(self) -> dict[str, list[tuple[Any, ...]]]:
        found: dict[str, list[tuple[Any, ...]]] = {}
        for line in self.rows.iter_rows():
            found.setdefault(line[FORM], []).append(line)
        return found

    def at_visit(self, form: str, visit: str) -> list[Row]:
        """Return the rows of a form at one visit."""
        if form not in self._by_visit:
            here: dict[str, list[Row]] = {}
            for row in self.table(form):
                here.setdefault(row["visit"], []).append(row)
            self._by_visit[form] = here
        return self._by_visit[form].get(visit, [])

    @cached_property
    def _by_visit(self) -> dict[str, dict[str, list[Row]]]:
        return {}

    def said(self, form: str, *items: str) -> dict[str, dict[str, str]]:
        """Return these items of a form that each participant has once, by participant; without the rest of it."""
        found: dict[str, dict[str, str]] = {}
        for code, _form, _visit, _lesion, _repeat, item, _version, value, *_rest in self._lines(form, *items):
            found.setdefault(code, dict.fromkeys(items, ""))[item] = value
        return found

    def counts(self, form: str, key: str) -> dict[str, int]:
        """Return how many lesions, repeats or visits (`key`) of a form each participant has."""
        if self.rows.height > FEW_ROWS:
            pairs = self.rows.filter(pl.col("form") == form).select("participant", key).unique()
            return dict(pairs.group_by("participant").len().iter_rows())
        where = LONG.index(key)
        return dict(Counter(code for code, _key in {(line[CODE], line[where]) for line in self._lines(form)}))

    def among(self, participants: Iterable[str]) -> "Reading":
        """Return the same of some participants only."""
        wanted = sorted(participants)
        marks = None if self.marks is None else {code: self.marks[code] for code in wanted if code in self.marks}
        return replace(self, rows=rows_of(self.rows, wanted), marks=marks)

    def by_participant(self, form: str) -> dict[str, Row]:
        """Return the rows of a form that each participant has once, by participant."""
        return {row["participant"]: row for row in self.table(form)}

    def asked(self, place: Place, form: Form) -> Form:
        """Return a form of which nothing is required that an amendment asks only since it was entered at a place."""
        return self._under.form(form, self._numbers.get(place, ())) if self._under else form

    @cached_property
    def _under(self) -> EnteredUnder | None:
        return entered_under(self.study)

    @cached_property
    def _numbers(self) -> dict[Place, list[int]]:
        found: dict[Place, list[int]] = {}
        for *place, entry in self.rows.select(*Place._fields, "number").iter_rows():
            found.setdefault(Place(*place), []).append(entry)
        return found

    @cached_property
    def arms(self) -> dict[str, str]:
        """Return the arm id by participant, and by lesion where lesions are allocated."""
        plan = self.protocol.allocation
        if plan.unit == "none":
            only = self.protocol.arms[0].id if self.protocol.arms else ""
            return dict.fromkeys(self.by_participant("enrolment"), only)
        if plan.unit == "lesion":
            return {row["lesion"]: row["lesion_arm"] for row in self.table("lesion_allocation")}
        return {code: row["arm"] for code, row in self.said("allocation", "arm").items()}

    def arm_of(self, participant: str, lesion: str) -> str:
        """Return the arm of a lesion, its own or its participant's; '' when there is none yet."""
        return self.arms.get(lesion) or self.arms.get(participant) or ""

    @cached_property
    def visit_dates(self) -> dict[tuple[str, str], date]:
        """Return when each visit took place, by participant and visit; a screening counts as its visit."""
        screenings = [visit.id for visit in self.protocol.visits if visit.kind == "screening"]
        found = {
            (code, visit): date.fromisoformat(row["screening_date"])
            for code, row in self.said("screening", "screening_date").items()
            for visit in screenings
        }
        dated = self._lines("visit", "visit_date")
        return found | {(line[CODE], line[VISIT]): date.fromisoformat(line[VALUE]) for line in dated}

    @cached_property
    def ends(self) -> dict[str, date]:
        """Return the day on which the study ended for each participant for whom it has."""
        return {
            code: date.fromisoformat(row["end_date"]) for code, row in self.said("end_of_study", "end_date").items()
        }

    def baseline(self, participant: str) -> date | None:
        """Return the day that the visits of a participant count from, or None before baseline."""
        first = next((visit.id for visit in self.protocol.visits if visit.kind == "baseline"), "")
        return self.visit_dates.get((participant, first))


@dataclass(frozen=True)
class VisitMark:
    """One planned visit of one participant: when it was, and whether that lies in its window.

    `passed` says why a visit that did not take place is not to come either; '' while it is.
    """

    id: str
    label: str
    on: date | None
    day: int | None
    window: Window | None
    passed: str = ""

    @property
    def state(self) -> str:
        """Return 'open', 'missed', 'done' (in its window, or no window is known yet) or 'outside'."""
        if self.on is None:
            return "missed" if self.passed else "open"
        return "done" if self.window is None or self.window.holds(self.on) else "outside"

    @property
    def words(self) -> str:
        """Return the state as a sentence."""
        window = f"window {self.window.earliest} to {self.window.latest}" if self.window else "window not known yet"
        if self.on is None:
            return f"{self.label}: not done{self.passed and ', '}{self.passed}; {window}."
        held = {"done": "in its window", "outside": "OUTSIDE its window"}[self.state] if self.window else "done"
        return f"{self.label}: {self.on}, {held} ({window})."


def visit_marks(reading: Reading, participant: str) -> list[VisitMark]:
    """Return every planned visit of a participant, in the order of the protocol."""
    held = {visit.id: reading.visit_dates.get((participant, visit.id)) for visit in reading.protocol.visits}
    return marks_from(reading.protocol, {visit: on for visit, on in held.items() if on}, reading.ends.get(participant))


def marks_from(protocol: Protocol, held: Mapping[str, date], end: date | None) -> list[VisitMark]:
    """Return every planned visit from the days on which visits took place, and when the study ended for the person."""
    baseline = next((held.get(visit.id) for visit in protocol.visits if visit.kind == "baseline"), None)
    known = {window.visit.id: window for window in windows(protocol, baseline)} if baseline else {}
    dates, marks = [held.get(visit.id) for visit in protocol.visits], []
    for place, (visit, on) in enumerate(zip(protocol.visits, dates, strict=True)):
        day = (on - baseline).days if on and baseline else None
        passed = f"the study ended on {end}" if end else "a later visit took place" if any(dates[place:]) else ""
        marks.append(VisitMark(visit.id, visit.label, on, day, known.get(visit.id), passed))
    return marks


def next_visit(marks: Sequence[VisitMark]) -> VisitMark | None:
    """Return the first visit that is still to come, or None."""
    return next((mark for mark in marks if mark.state == "open"), None)


def read(study: str, participant: str = "") -> Reading:
    """Return what is known now; Http404 with a sentence when the study or the participant is not there."""
    protocol = protocol_or_404(study, participant)
    rows = current_rows(study, participant)
    if participant and rows.is_empty():
        raise Http404(f"Participant {participant!r} is not known in study {study}. Choose one from its list.")
    return Reading(study, protocol, rows)


def protocol_or_404(study: str, participant: str = "") -> Protocol:
    """Return the definition that a study runs under, or the one in force for a participant: that of their site.

    Http404 with its sentence when the study is not open here.
    """
    try:
        return protocol_for(study, participant)
    except RefusedError as error:
        raise Http404(str(error)) from None


def standing(
    screened: Row | None, enrolled: Row | None, ended: Row | None, registered: Row | None = None
) -> tuple[str, date | None]:
    """Return where a participant stands (registered, screened, enrolled, or ended and why), and since when."""
    if ended:
        return f"ended: {ended['end_reason']}", day_of(ended["end_date"])
    if enrolled:
        return "enrolled", day_of(enrolled["enrolment_date"])
    if screened:
        return "screened", day_of(screened["screening_date"])
    return ("registered", day_of(registered["registered_on"])) if registered else ("entered", None)


def day_of(text: str | None) -> date | None:
    """Return the date of a canonical text; None where its value was redacted."""
    return date.fromisoformat(text) if text else None


def simulated(site: str | None) -> bool:
    """Return whether a site name says that its participants are made up."""
    return (site or "").upper().startswith("SIMULATED")


def history_link(study: str, place: Place, item: str = "") -> str:
    """Return the address of everything ever entered at a place, or for one item of it."""
    wanted = {name: value for name, value in place._asdict().items() if value}
    return f"{reverse('history', args=[study])}?{urlencode(wanted | ({'item': item} if item else {}))}"


# Texts that the program itself enters; all others are shown as they were typed.
BY_PROGRAM = ("body_site", "basis", "calibration_source", "limit_unit")


def written(value: str | None, unit: str = "", item: Item | None = None) -> str:
    """Return a value as people read it: yes and no for truth values, the unit behind numbers, both as the page speaks.

    Choices of `item` are said in the language of the page; what somebody typed stays as it was typed.
    """
    if not value:
        return ""
    if value in ("true", "false"):
        return spoken("yes" if value == "true" else "no")
    if item and (value in item.choices or item.id in BY_PROGRAM):
        return spoken(value)
    return number(f"{value} {spoken(unit)}".strip()) if unit or (item and item.type == "decimal") else value
