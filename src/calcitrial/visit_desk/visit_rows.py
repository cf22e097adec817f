"""The visits and forms of one participant as they stand, for the page that lists them."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date

from calcitrial.participants import VisitStanding, visit_standings
from calcitrial.protocol import Form, Protocol, State, completeness
from calcitrial.record import KEYS, Place
from calcitrial.visit_desk.form_places import lesions_of, next_repeat, own_page
from calcitrial.visit_desk.form_rights import BY_VERB
from calcitrial.web import Reading

Values = Mapping[Place, Mapping[str, str]]
Asked = tuple[Form, Place]
OWN = ("participant", "visit")


@dataclass(frozen=True)
class FormRow:
    """One form at one place: its label, what it is about (a lesion, a number), how far it is, and its address."""

    label: str
    about: str
    state: State
    link: str
    first: str = ""


@dataclass(frozen=True)
class VisitRow:
    """One visit with its forms; `filled` of them are complete."""

    visit: VisitStanding
    forms: tuple[FormRow, ...]
    begun: bool
    reason: str = ""

    @property
    def filled(self) -> int:
        """Return how many of the forms are complete."""
        return sum(row.state == "complete" for row in self.forms)


@dataclass(frozen=True)
class Section:
    """The forms of one kind that belong to no visit; `add` is where one more is begun, '' where there is just one."""

    form: Form
    rows: tuple[FormRow, ...]
    add: str


def values_by_place(reading: Reading) -> dict[Place, dict[str, str]]:
    """Return the current values of every form that may be read, by place."""
    found: dict[Place, dict[str, str]] = {}
    for participant, form, visit, lesion, repeat, item, _version, value, *_rest in reading.rows.iter_rows():
        found.setdefault(Place(participant, form, visit, lesion, repeat), {})[item] = value
    return found


def standings_of(reading: Reading, code: str, today: date) -> tuple[VisitStanding, ...]:
    """Return how every visit of a participant stands today."""
    return all_standings(reading, [code], today)[code]


def all_standings(reading: Reading, codes: Iterable[str], today: date) -> dict[str, tuple[VisitStanding, ...]]:
    """Return how every visit of these participants stands today, by participant."""
    dates: dict[str, dict[str, date]] = {}
    missed: dict[str, dict[str, str]] = {}
    for (code, visit), on in reading.visit_dates.items():
        dates.setdefault(code, {})[visit] = on
    for row in reading.table("missed_visit"):
        if row["missed"] == "true":
            why = ": ".join(filter(None, (row["missed_reason"], row["missed_text"])))
            missed.setdefault(row["participant"], {})[row["repeat"]] = why
    ended = reading.ends
    return {
        code: visit_standings(reading.protocol, dates.get(code, {}), missed.get(code, {}), ended.get(code), today)
        for code in codes
    }


def visit_rows(reading: Reading, code: str, today: date) -> list[VisitRow]:
    """Return every visit of a participant with its forms; those of a visit that has not begun have no address."""
    values = values_by_place(reading)
    lesions = list(lesions_of(reading, code))
    found = []
    for visit in standings_of(reading, code, today):
        begun = Place(code, "visit", visit.id) in values
        asked = asked_at(reading.protocol, code, visit.id, lesions, values) if begun else ()
        forms = tuple(_row(reading, place, form, values) for form, place in asked)
        reason = values.get(Place(code, "visit", visit.id), {}).get("visit_reason", "")
        found.append(VisitRow(visit, forms, begun, reason))
    return found


def asked_at(protocol: Protocol, code: str, visit: str, lesions: Iterable[str], values: Values) -> Iterable[Asked]:
    """Yield each form that a visit of a participant asks for, or that is there, with its place."""
    planned = protocol.visit(visit)
    there = {place.form for place in values if place.visit == visit}
    for form in protocol.forms:
        keys = KEYS[form.level]
        asked = planned is None or form.id in planned.forms or form.id in there
        if "visit" not in keys or form.id in BY_VERB or not asked:
            continue
        if "repeat" in keys:
            yield from ((form, place) for place in _repeats(Place(code, form.id, visit), values))
        elif "lesion" in keys:
            yield from ((form, Place(code, form.id, visit, lesion)) for lesion in lesions)
        else:
            yield form, Place(code, form.id, visit)


def _repeats(place: Place, values: Values) -> Iterable[Place]:
    there = [one for one in values if (one.form, one.visit, one.lesion) == (place.form, place.visit, place.lesion)]
    return sorted(there, key=lambda one: (len(one.repeat), one.repeat))


def sections(reading: Reading, code: str) -> list[Section]:
    """Return the forms that belong to no visit: those of the person, then those of which there may be several."""
    values = values_by_place(reading)
    found = []
    for form in reading.protocol.forms:
        keys = KEYS[form.level]
        if "participant" not in keys or "visit" in keys or "lesion" in keys or form.id in BY_VERB:
            continue
        place = Place(code, form.id)
        if "repeat" not in keys:
            found.append(Section(form, (_row(reading, place, form, values),), ""))
            continue
        free = place._replace(repeat=next_repeat(reading, place, form))
        rows = tuple(_row(reading, one, form, values) for one in _repeats(place, values))
        found.append(Section(form, rows, own_page(reading.study, free, new=True)))
    return found


def _row(reading: Reading, place: Place, form: Form, values: Values) -> FormRow:
    here = values.get(place, {})
    first = next((here[item.id] for item in form.items if here.get(item.id)), "") if place.repeat else ""
    about = " ".join(part for part in (place.lesion, place.repeat) if part)
    return FormRow(
        form.label, about, completeness(reading.asked(place, form), here), own_page(reading.study, place), first[:80]
    )
