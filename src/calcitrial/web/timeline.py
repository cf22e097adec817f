"""What happened to one participant, in the order of the days: visits with their forms, events, milestones."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date

from calcitrial.protocol import Form, Item
from calcitrial.record import Place
from calcitrial.web.reading import Reading, Row, VisitMark, day_of, history_link, visit_marks, written

# Of a CT measurement the page shows what is read by people; the rest is one click away.
SHOWN = {"ct_measurement": ("mass", "mass_se", "volume_threshold", "hu_mean", "hu_max", "flags")}

# What stands for a required value that was taken out of the record.
GONE = "redacted"


@dataclass(frozen=True)
class Value:
    """One value as it is shown, with the address of its history and whether it was ever changed."""

    label: str
    text: str
    link: str
    changed: bool


@dataclass(frozen=True)
class Line:
    """One entered form: what it is about (a lesion, or nothing), its values, and its history."""

    about: str
    values: tuple[Value, ...]
    link: str


@dataclass(frozen=True)
class Block:
    """The forms of one kind at one moment, as a table: headings and lines."""

    title: str
    headings: tuple[str, ...]
    lines: tuple[Line, ...]


@dataclass(frozen=True)
class Moment:
    """One point of the timeline."""

    on: date | None
    day: int | None
    kind: str
    title: str
    note: str
    blocks: tuple[Block, ...] = ()


def timeline(reading: Reading, participant: str, changed: frozenset[tuple[Place, str]]) -> list[Moment]:
    """Return the moments of a participant by date, then the visits still to come in planned order.

    `changed` holds the places and items whose value replaced an earlier one.
    """
    start = reading.baseline(participant)
    marks = visit_marks(reading, participant)
    moments = [_visit(reading, mark, changed) for mark in marks]
    moments += _events(reading, start, changed)
    moments += _milestones(reading, start, changed)
    order = {"screening": 0, "enrolment": 1, "visit outside": 2, "visit done": 2, "event": 3, "end": 4}
    past = sorted((m for m in moments if m.on), key=lambda m: (m.on or date.min, order.get(m.kind, 2)))
    return past + [moment for moment in moments if moment.on is None]


def _visit(reading: Reading, mark: VisitMark, changed: frozenset[tuple[Place, str]]) -> Moment:
    forms = [form for form in reading.protocol.forms if form.level in ("visit", "lesion_visit") and not form.opens]
    blocks = [_block(form, _rows(reading, form, mark.id), changed, reading.study) for form in forms]
    filled = tuple(block for block in blocks if block.lines)
    return Moment(mark.on, mark.day, f"visit {mark.state}", mark.label, mark.words.split(": ", 1)[1], filled)


def _rows(reading: Reading, form: Form, visit: str) -> list[Row]:
    return [row for row in reading.table(form.id) if row["visit"] == visit]


def _events(reading: Reading, start: date | None, changed: frozenset[tuple[Place, str]]) -> Iterator[Moment]:
    form = reading.protocol.form("adverse_event")
    for row in reading.table("adverse_event") if form else ():
        on = day_of(row["onset_date"])
        serious = "SERIOUS, " if row["serious"] == "true" else ""
        title = f"Adverse event {row['repeat']}: {row['term'] or GONE}, grade {row['grade'] or GONE}"
        related = {"related": "related to the treatment", "not related": "not related to the treatment"}
        note = f"{serious}{related.get(row['related'], 'relation to the treatment unknown')}."
        day = (on - start).days if on and start else None
        blocks = (_block(form, [row], changed, reading.study),) if form else ()
        yield Moment(on, day, "event", title, note, blocks)


def _milestones(reading: Reading, start: date | None, changed: frozenset[tuple[Place, str]]) -> Iterator[Moment]:
    for form_id, item, kind in (("enrolment", "enrolment_date", "enrolment"), ("end_of_study", "end_date", "end")):
        form = reading.protocol.form(form_id)
        for row in reading.table(form_id) if form else ():
            on = day_of(row[item])
            note = row.get("end_reason") or ""
            block = _block(form, [row], changed, reading.study) if form else None
            day = (on - start).days if on and start else None
            yield Moment(on, day, kind, form.label if form else "", note, (block,) if block else ())


def _block(form: Form, rows: Iterable[Row], changed: frozenset[tuple[Place, str]], study: str) -> Block:
    found = sorted(rows, key=lambda row: (len(row["lesion"]), row["lesion"], row["repeat"]))
    wanted = SHOWN.get(form.id, tuple(item.id for item in form.items))
    items = [item for item in form.items if item.id in wanted and any(row[item.id] for row in found)]
    lines = tuple(_line(form, row, items, changed, study) for row in found)
    return Block(form.label, tuple(item.label for item in items), lines)


def _line(form: Form, row: Row, items: list[Item], changed: frozenset[tuple[Place, str]], study: str) -> Line:
    place = Place(row["participant"], form.id, row["visit"], row["lesion"], row["repeat"])
    values = tuple(
        Value(
            item.label,
            written(row[item.id], item.unit),
            history_link(study, place, item.id) if row[item.id] else "",
            (place, item.id) in changed,
        )
        for item in items
    )
    return Line(row["lesion"], values, history_link(study, place))
