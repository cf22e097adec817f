"""Where a form is to be entered, as an address of the browser says, held against what the participant has."""

import re
from collections.abc import Iterator, Mapping
from contextlib import suppress
from urllib.parse import urlencode

from django.http import Http404
from django.urls import NoReverseMatch, reverse

from calcitrial.desk import Options
from calcitrial.protocol import Form, Protocol
from calcitrial.record import KEYS, Place
from calcitrial.web import Reading

NAME = re.compile(r"([A-Za-z]+)([0-9]+)")
# Forms with a page of their own, which knows more than the form: (form, new): name of the page, what its address holds.
OWN_PAGES = {
    ("screening", False): ("person_screening", ("participant",)),
    ("enrolment", False): ("person_screening", ("participant",)),
    ("injection", False): ("injection_session", ("participant", "visit")),
    ("adverse_event", False): ("event", ("participant", "repeat")),
    ("adverse_event", True): ("new_event", ("participant",)),
}


# Forms of the house that are entered on a page of their own, and corrected on the page of any form.
OF_THE_HOUSE = frozenset({"body_size", "injection_reaction", "dose_judgement"})


def form_or_404(protocol: Protocol, name: str) -> Form:
    """Return a form of the protocol; Http404 with its sentence when it has none of this name."""
    found = next((form for form in protocol.forms if form.id == name), None)
    if found is None and name in OF_THE_HOUSE:
        found = protocol.form(name)
    if found is None or "participant" not in KEYS[found.level]:
        raise Http404(f"Study {protocol.id} has no form {name!r} that is filled in for a participant.")
    return found


def place_of(reading: Reading, code: str, form: Form, asked: Mapping[str, str]) -> Place:
    """Return the place that an address names; Http404 with a sentence when the participant has no such place.

    A form of which there may be several gets the next free name when none is given.
    """
    keys = {key: asked.get(key, "").strip() for key in ("visit", "lesion", "repeat")}
    place = Place(code, form.id, **{key: value for key, value in keys.items() if key in KEYS[form.level]})
    if "repeat" in KEYS[form.level] and not place.repeat:
        place = place._replace(repeat=next_repeat(reading, place, form))
    for sentence in _missing(reading, place, form):
        raise Http404(sentence)
    return place


def site_of(reading: Reading, code: str) -> str:
    """Return the site of a participant, as the form says that brought them into the study; '' when it says none."""
    openers = [form for form in reading.protocol.forms if form.opens == "participant" and form.item("site")]
    rows = (row for form in openers for row in reading.table(form.id) if row["participant"] == code)
    return next((str(row["site"]) for row in rows if row["site"]), "")


def _missing(reading: Reading, place: Place, form: Form) -> Iterator[str]:
    keys = KEYS[form.level]
    there = bool(values_in(reading, place))
    if form.id in OF_THE_HOUSE and not there:
        yield f"{place.participant} has no {form.label} at this place. It is entered with the injections of a visit."
    if form.opens in ("visit", "lesion") and not there:
        yield f"{place.participant} has no {form.opens} {getattr(place, form.opens)!r}. Begin it on its own page first."
    if place.repeat and not there and not re.fullmatch(f"{prefix_of(form)}[1-9][0-9]{{0,3}}", place.repeat):
        yield f"{place.participant} has no {form.label} {place.repeat[:80]!r}. Choose one from the list of forms."
    if "visit" in keys and place.visit not in visits_of(reading, place.participant):
        yield f"Visit {place.visit!r} of {place.participant} has not begun. Enter the date of the visit first."
    if "lesion" in keys and place.lesion not in lesions_of(reading, place.participant):
        yield f"{place.participant} has no lesion {place.lesion!r}. Choose one of the participant's own."


def visits_of(reading: Reading, code: str) -> dict[str, str]:
    """Return the visits of a participant that have begun, with their dates, by id."""
    rows = [row for row in reading.table("visit") if row["participant"] == code]
    return {row["visit"]: row["visit_date"] or "" for row in rows}


def lesions_of(reading: Reading, code: str) -> dict[str, str]:
    """Return the lesions of a participant in words, by id, in the order of their numbers."""
    rows = [row for row in reading.table("lesion") if row["participant"] == code]
    rows.sort(key=lambda row: (len(row["lesion"]), row["lesion"]))
    return {row["lesion"]: f"{row['body_site'] or ''}, {row['side'] or ''}".strip(", ") for row in rows}


def options_for(reading: Reading, code: str, form: Form) -> dict[str, Options]:
    """Return the answers of the items that name a lesion or a visit of the participant."""
    visits = [(visit, f"{visit}, {on}") for visit, on in visits_of(reading, code).items()]
    lesions = [(lesion, f"{lesion}, {where}") for lesion, where in lesions_of(reading, code).items()]
    kinds: dict[str, Options] = {"visit": visits, "lesion": lesions}
    return {item.id: kinds[item.type] for item in form.items if item.type in kinds}


def prefix_of(form: Form) -> str:
    """Return how the repeats of a form begin: as the protocol says, else by its initials (adverse_event: AE)."""
    return form.repeats or "".join(word[0] for word in form.id.split("_")).upper()


def next_repeat(reading: Reading, place: Place, form: Form) -> str:
    """Return the first free name for one more of this form, such as CM4."""
    prefix = prefix_of(form)
    taken = [NAME.fullmatch(row["repeat"]) for row in reading.table(form.id) if row["participant"] == place.participant]
    numbers = [int(match[2]) for match in taken if match and match[1] == prefix]
    return f"{prefix}{max(numbers, default=0) + 1}"


def values_in(reading: Reading, place: Place) -> dict[str, str]:
    """Return the current values at a place that the person who asks may read."""
    rows = reading.rows.iter_rows(named=True)
    return {row["item"]: row["value"] for row in rows if Place(*(row[key] for key in Place._fields)) == place}


def own_page(study: str, place: Place, *, new: bool = False) -> str:
    """Return the address of the page that a form has for itself (an adverse event, an injection), else of its form.

    `new` asks for the page on which one more is begun.
    """
    page, keys = OWN_PAGES.get((place.form, new), ("", ()))
    with suppress(NoReverseMatch):
        return reverse(page, args=[study, *(getattr(place, key) for key in keys)])
    return address_of(study, place)


def address_of(study: str, place: Place) -> str:
    """Return the address of the page on which a form is entered at a place."""
    wanted = {key: getattr(place, key) for key in ("visit", "lesion", "repeat") if getattr(place, key)}
    return reverse("form", args=[study, place.participant, place.form]) + (f"?{urlencode(wanted)}" if wanted else "")
