"""What happened to one participant, in the order of the days: visits with their forms, events, milestones."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import date
from urllib.parse import urlencode

from django.urls import reverse

from calcitrial.protocol import Form, Item, is_unscheduled
from calcitrial.record import Place
from calcitrial.web.reading import Reading, Row, VisitMark, day_of, history_link, visit_marks, written
from calcitrial.web.saying import spoken

# Of a measurement on pictures the page shows what is read by people; the rest is one click away.
SHOWN = {
    "ct_measurement": ("mass", "mass_se", "volume_threshold", "hu_mean", "hu_max", "flags"),
    "film_measurement": ("area", "area_se", "scale_source", "flags"),
    "ultrasound_measurement": ("length", "width", "depth", "volume_ellipsoid", "flags"),
}

# So many lines stand open at once; of a longer timeline only one moment does.
ALL_OPEN = 60
VISIT_LEVELS = ("visit", "lesion_visit", "visit_event")
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
    """One entered form: what it is about (a lesion, or nothing), its values, its history, and its own page."""

    about: str
    values: tuple[Value, ...]
    link: str
    form_link: str


@dataclass(frozen=True)
class Block:
    """The forms of one kind at one moment, as a table: headings and lines, and what each line is about."""

    title: str
    headings: tuple[str, ...]
    lines: tuple[Line, ...]
    of: str


@dataclass(frozen=True)
class Moment:
    """One point of the timeline; `key` names it in addresses.

    Of a long timeline only one moment is open: the others have no blocks, and `folded` says what they hold.
    """

    key: str
    on: date | None
    day: int | None
    kind: str
    title: str
    note: str
    blocks: tuple[Block, ...] = ()
    folded: str = ""


Parts = list[tuple[Form, list[Row]]]


def timeline(
    reading: Reading, participant: str, changed: frozenset[tuple[Place, str]], opened: str = ""
) -> list[Moment]:
    """Return the moments of a participant by date, then the visits still to come in planned order.

    `changed` holds the places and items whose value replaced an earlier one. `opened` is the key of the moment that
    is shown whole where all of them would be too much; the last visit that took place when it names none.
    """
    start = reading.baseline(participant)
    marks = visit_marks(reading, participant)
    found = [_visit(reading, mark) for mark in marks]
    found += [*_unscheduled(reading, participant, start), *_events(reading, start), *_milestones(reading, start)]
    order = {"screening": 0, "enrolment": 1, "visit outside": 2, "visit done": 2, "event": 3, "end": 4}
    past = sorted(
        (one for one in found if one[0].on), key=lambda one: (one[0].on or date.min, order.get(one[0].kind, 2))
    )
    return _opened(past + [one for one in found if one[0].on is None], opened, changed, reading.study)


def _opened(
    found: list[tuple[Moment, Parts]], opened: str, changed: frozenset[tuple[Place, str]], study: str
) -> list[Moment]:
    """Return the moments with their blocks while these are few, else with those of one moment."""
    many = sum(len(rows) for _moment, parts in found for _form, rows in parts) > ALL_OPEN
    if many and opened not in [moment.key for moment, _parts in found]:
        past = [moment.key for moment, _parts in found if moment.on and moment.kind.startswith("visit")]
        opened = past[-1] if past else ""
    moments = []
    for moment, parts in found:
        if many and moment.key != opened:
            held = (f"{form.label} ({len(rows)})" if len(rows) > 1 else form.label for form, rows in parts)
            moments.append(replace(moment, folded=", ".join(held)))
        else:
            blocks = tuple(_block(form, rows, changed, study) for form, rows in parts)
            moments.append(replace(moment, blocks=blocks))
    return moments


def _visit(reading: Reading, mark: VisitMark) -> tuple[Moment, Parts]:
    note = mark.words.split(": ", 1)[1]
    moment = Moment(mark.id, mark.on, mark.day, f"visit {mark.state}", mark.label, note)
    return moment, _parts(reading, mark.id)


def _unscheduled(reading: Reading, participant: str, start: date | None) -> Iterator[tuple[Moment, Parts]]:
    """Yield the visits that no protocol plans, with their reasons."""
    for row in reading.table("visit"):
        if row["participant"] == participant and is_unscheduled(row["visit"]):
            on = day_of(row["visit_date"])
            day = (on - start).days if on and start else None
            title, why = f"Unscheduled visit {row['visit']}", row.get("visit_reason") or ""
            yield Moment(row["visit"], on, day, "visit done", title, why), _parts(reading, row["visit"])


def _parts(reading: Reading, visit: str) -> Parts:
    """Return the entered forms of a visit with their rows."""
    forms = [form for form in reading.protocol.forms if form.level in VISIT_LEVELS and not form.opens]
    parts = [(form, reading.at_visit(form.id, visit)) for form in forms]
    return [(form, rows) for form, rows in parts if rows]


def _events(reading: Reading, start: date | None) -> Iterator[tuple[Moment, Parts]]:
    form = reading.protocol.form("adverse_event")
    for row in reading.table("adverse_event") if form else ():
        on = day_of(row["onset_date"])
        serious = f"{spoken('SERIOUS')}, " if row["serious"] == "true" else ""
        title = f"Adverse event {row['repeat']}: {row['term'] or GONE}, grade {row['grade'] or GONE}"
        related = {"related": "related to the treatment", "not related": "not related to the treatment"}
        note = f"{serious}{spoken(related.get(row['related'], 'relation to the treatment unknown'))}."
        day = (on - start).days if on and start else None
        yield Moment(row["repeat"], on, day, "event", title, note), [(form, [row])] if form else []


def _milestones(reading: Reading, start: date | None) -> Iterator[tuple[Moment, Parts]]:
    for form_id, item, kind in (("enrolment", "enrolment_date", "enrolment"), ("end_of_study", "end_date", "end")):
        form = reading.protocol.form(form_id)
        for row in reading.table(form_id) if form else ():
            on = day_of(row[item])
            note = row.get("end_reason") or ""
            day = (on - start).days if on and start else None
            yield Moment(form_id, on, day, kind, form.label if form else "", note), [(form, [row])] if form else []


def _block(form: Form, rows: Iterable[Row], changed: frozenset[tuple[Place, str]], study: str) -> Block:
    found = sorted(rows, key=lambda row: (len(row["lesion"]), row["lesion"], row["repeat"]))
    wanted = SHOWN.get(form.id, tuple(item.id for item in form.items))
    items = [item for item in form.items if item.id in wanted and any(row[item.id] for row in found)]
    lines = tuple(_line(form, row, items, changed, study) for row in found)
    of = "Lesion" if "lesion" in form.level else "Number"
    return Block(form.label, tuple(item.label for item in items), lines, of)


def _line(form: Form, row: Row, items: list[Item], changed: frozenset[tuple[Place, str]], study: str) -> Line:
    place = Place(row["participant"], form.id, row["visit"], row["lesion"], row["repeat"])
    values = tuple(
        Value(
            item.label,
            written(row[item.id], item.unit, item),
            history_link(study, place, item.id) if row[item.id] else "",
            (place, item.id) in changed,
        )
        for item in items
    )
    about = row["lesion"] or (row["repeat"] if row["visit"] else "")
    return Line(about, values, history_link(study, place), form_link(study, place))


def form_link(study: str, place: Place) -> str:
    """Return the address of the page on which a form is read, gone on with or corrected."""
    keys = {key: value for key, value in place._asdict().items() if value and key in ("visit", "lesion", "repeat")}
    address = reverse("form", args=[study, place.participant, place.form])
    return f"{address}?{urlencode(keys)}" if keys else address
