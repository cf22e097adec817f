"""Adverse events as they stand in the record now, and as they would stand with forms that are being entered."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from typing import Any

import polars as pl

from calcitrial.protocol import Protocol
from calcitrial.record import Draft, Place, tabulate
from calcitrial.safety.events import HIGHEST, REDACTED
from calcitrial.safety.special_interest import special_interest

FORM, STATE = "adverse_event", "lesion_state"
# The states of a lesion that are events of special interest, as the form of states names them.
STATE_KINDS = {"infected": "infection", "necrotic": "necrosis", "necrosis": "necrosis", "ulcerated": "ulcer"}
YES = {"true", "yes", "y", "1"}
# What makes an event serious, by the item that says so.
CRITERIA = {
    "serious_death": "death",
    "serious_life_threatening": "life-threatening",
    "serious_hospitalisation": "hospital admission or a longer stay",
    "serious_disability": "lasting or significant disability",
    "serious_congenital": "congenital anomaly",
    "serious_important": "medically important",
}


def events_now(protocol: Protocol, rows: pl.DataFrame, drafts: Iterable[Draft] = ()) -> list[dict[str, Any]]:
    """Return the events of these rows with the forms laid over them, sorted by participant and repeat.

    Each has participant, repeat, term, grade, related, serious, onset_date, lesion, visit, aware_date,
    special_interest, outcome and entries; a lesion that is entered as infected or necrotic counts as one. Values that
    cannot be read are left out, because the door refuses them anyway.
    """
    found: dict[Place, dict[str, str]] = {}
    numbers: dict[Place, tuple[int, ...]] = {}
    for form in (FORM, STATE):
        if protocol.form(form) is None:
            continue
        for row in tabulate(protocol, rows, form).iter_rows(named=True):
            place = Place(row["participant"], form, row["visit"], row["lesion"], row["repeat"])
            found[place] = {name: value for name, value in row.items() if isinstance(value, str)}
            numbers[place] = tuple(row["entries"])
    for draft in drafts:
        if draft.place.form in (FORM, STATE):
            found[draft.place] = found.get(draft.place, {}) | _texts(draft.values)
    made = (_event(place, values, numbers.get(place, ())) for place, values in found.items())
    return sorted((one for one in made if one), key=lambda one: (one["participant"], one["repeat"]))


def next_name(names: Iterable[str], stem: str) -> str:
    """Return the first free name of a series: AE1, AE2 …; names of another kind are passed over."""
    taken = [int(name.removeprefix(stem)) for name in names if name.removeprefix(stem).isdecimal()]
    return f"{stem}{max(taken, default=0) + 1}"


def _texts(values: Mapping[str, object]) -> dict[str, str]:
    return {name: "" if value is None else str(value).strip() for name, value in values.items()}


def _event(place: Place, values: Mapping[str, str], entries: Sequence[int]) -> dict[str, Any] | None:
    if place.form == STATE:
        return _state(place, values, entries)
    term = values.get("term") or REDACTED
    grade = int(values["grade"]) if values.get("grade", "").isdecimal() else None
    serious = values.get("serious", "").lower()
    return {
        "participant": place.participant,
        "repeat": place.repeat,
        "term": term,
        "grade": grade,
        "related": values.get("related") or "unknown",
        "serious": serious in YES if serious else None,
        "onset_date": day(values.get("onset_date")),
        "lesion": values.get("ae_lesion") or "",
        "visit": values.get("ae_visit") or "",
        "aware_date": day(values.get("aware_date")),
        "special_interest": special_interest(term, grade or HIGHEST),
        "outcome": values.get("outcome") or "",
        "entries": tuple(entries),
    }


def _state(place: Place, values: Mapping[str, str], entries: Sequence[int]) -> dict[str, Any] | None:
    state = next((value for name, value in values.items() if name.endswith("state") and value in STATE_KINDS), "")
    if not state:
        return None
    on = next((day(value) for name, value in values.items() if name.endswith("date")), None)
    return {
        "participant": place.participant,
        "repeat": f"state of {place.lesion} {place.repeat}".strip(),
        "term": f"lesion {state}",
        "grade": 0,
        "related": "not related",
        "serious": False,
        "onset_date": on,
        "lesion": place.lesion,
        "visit": "",
        "aware_date": None,
        "special_interest": STATE_KINDS[state],
        "outcome": "",
        "entries": tuple(entries),
    }


def day(text: str | None) -> date | None:
    """Return the date of a text, or None for none and for what is no date."""
    try:
        return date.fromisoformat(text) if text else None
    except ValueError:
        return None
