"""The participants of a study as one row each, searched and sorted; and what one person's page opens with."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from functools import cached_property

from calcitrial.participants import Assessment, screening_of
from calcitrial.protocol import Protocol, names_in
from calcitrial.record import Place, gateway
from calcitrial.version import __version__
from calcitrial.web.reading import (
    Reading,
    VisitMark,
    history_link,
    marks_from,
    next_visit,
    simulated,
    standing,
    written,
)
from calcitrial.web.saying import spoken
from calcitrial.web.timeline import Value

SORTS = ("code", "site", "diagnosis", "age", "arm", "lesions", "last", "due", "events", "status")


@dataclass(frozen=True)
class ParticipantRow:
    """One participant as the list shows them; visits are worked out when they are asked for."""

    code: str
    site: str
    diagnosis: str
    age: int | None
    arm: str
    lesions: int
    last: date | None
    events: int
    status: str
    since: date | None
    protocol: Protocol = field(repr=False, compare=False)
    held: Mapping[str, date] = field(repr=False, compare=False)
    end: date | None = field(repr=False, compare=False)

    @cached_property
    def visits(self) -> tuple[VisitMark, ...]:
        """Return every planned visit, in the order of the protocol."""
        return tuple(marks_from(self.protocol, self.held, self.end))

    @property
    def next(self) -> VisitMark | None:
        """Return the visit that is due next, or None."""
        return next_visit(self.visits)

    @property
    def due(self) -> date | None:
        """Return the first day of the window of the next visit; None without one, or before baseline."""
        return self.next.window.earliest if self.next and self.next.window else None

    @property
    def simulated(self) -> bool:
        """Return whether the person is made up."""
        return simulated(self.site)


# What the list shows of each form; thousands of participants are listed without reading the rest.
LISTED = {
    "registration": ("site", "registered_on"),
    "screening": ("site", "diagnosis", "age_years", "screening_date"),
    "enrolment": ("enrolment_date",),
    "end_of_study": ("end_date", "end_reason"),
}


def participant_rows(reading: Reading) -> list[ParticipantRow]:
    """Return every participant of the study in the order of their codes."""
    return [row for _code, row in sorted(reading.each("list", _rows).items())]


def _rows(reading: Reading) -> dict[str, ParticipantRow]:
    registered, screened, enrolled, ended = (reading.said(form, *items) for form, items in LISTED.items())
    lesions, events = reading.counts("lesion", "lesion"), reading.counts("adverse_event", "repeat")
    held: dict[str, dict[str, date]] = {}
    for (code, visit), on in reading.visit_dates.items():
        held.setdefault(code, {})[visit] = on
    found = {}
    for code in sorted(code for code in reading.rows["participant"].unique() if code):
        said = screened.get(code) or registered.get(code, {})
        stands = standing(screened.get(code), enrolled.get(code), ended.get(code), registered.get(code))
        age = said.get("age_years")
        mine = held.get(code, {})
        found[code] = ParticipantRow(
            code,
            said.get("site") or "",
            said.get("diagnosis") or "",
            int(age) if age else None,
            arm_label(reading, code),
            lesions.get(code, 0),
            max(mine.values(), default=None),
            events.get(code, 0),
            *stands,
            reading.protocol,
            mine,
            reading.ends.get(code),
        )
    return found


def arm_label(reading: Reading, participant: str) -> str:
    """Return the arm of a participant in words; 'by lesion' where lesions are allocated, '' before."""
    if reading.protocol.allocation.unit == "lesion":
        return "by lesion"
    arm = reading.protocol.arm(reading.arms.get(participant, ""))
    return arm.label if arm else ""


def chosen(rows: Sequence[ParticipantRow], wanted: Mapping[str, str]) -> list[ParticipantRow]:
    """Return the rows that hold the text `q` and have this `site` and `status`, in the order of `sort`.

    `sort` is one of SORTS, falling with '-' before it; rows that lack the value come last.
    """
    text = wanted.get("q", "").strip().casefold()
    found = [
        row
        for row in rows
        if (not text or text in f"{row.code} {row.site} {row.diagnosis} {row.arm} {row.status}".casefold())
        and wanted.get("site", "") in ("", row.site)
        and wanted.get("status", "") in ("", row.status)
    ]
    name = wanted.get("sort", "code")
    key, falling = name.lstrip("-"), name.startswith("-")
    if key not in SORTS:
        return found
    known = [row for row in found if getattr(row, key) not in (None, "")]
    unknown = [row for row in found if getattr(row, key) in (None, "")]
    return sorted(known, key=lambda row: getattr(row, key), reverse=falling) + unknown


@dataclass(frozen=True)
class Criterion:
    """One criterion for one person: the assessment, the values behind it, and its history ('' when not entered)."""

    assessment: Assessment
    values: tuple[Value, ...]
    link: str


def criteria(reading: Reading, participant: str, changed: frozenset[tuple[Place, str]]) -> list[Criterion]:
    """Return every criterion of the protocol with its recorded result and the current values it asks for."""
    answers = _answers(reading, participant, changed)
    screening = screening_of(gateway(reading.study, __version__), participant)
    recorded = {row["repeat"] for row in reading.table("criterion")}
    found = []
    for assessment in screening.assessments:
        names = sorted(names_in(assessment.criterion.expression)) if assessment.criterion.expression else ()
        place = Place(participant, "criterion", repeat=assessment.criterion.id)
        values = tuple(answers[name] for name in names if name in answers)
        link = history_link(reading.study, place) if assessment.criterion.id in recorded else ""
        found.append(Criterion(assessment, values, link))
    return found


def _answers(reading: Reading, participant: str, changed: frozenset[tuple[Place, str]]) -> dict[str, Value]:
    """Return the values of the participant's own forms by item; 'not known' where there is none."""
    found = {}
    for form in reading.protocol.forms:
        if form.level == "participant":
            row = next(iter(reading.table(form.id)), {})
            place = Place(participant, form.id)
            for item in form.items:
                text = written(row.get(item.id), item.unit, item) or spoken("not known")
                link = history_link(reading.study, place, item.id) if row.get(item.id) else ""
                found[item.id] = Value(item.label, text, link, (place, item.id) in changed)
    return found


def opening_facts(
    reading: Reading, participant: str, changed: frozenset[tuple[Place, str]]
) -> tuple[ParticipantRow, list[Value]]:
    """Return a participant as in the list, and the known answers of the screening form."""
    (row,) = participant_rows(reading)
    form = reading.protocol.form("screening")
    answers = _answers(reading, participant, changed)
    wanted = ("site", "age_years", "sex", "diagnosis", "lesion_type", "screening_date")
    known = [answers[item.id] for item in form.items if item.id in wanted] if form else []
    return row, [value for value in known if value.text != "not known"]
