"""What the figures of monitoring count of one participant; kept until the participant's values change."""

from collections import Counter, defaultdict
from dataclasses import dataclass, field
from datetime import date

import polars as pl

from calcitrial.participants import windows
from calcitrial.quality import ABOUT_DATA
from calcitrial.record import entry_counts, first_entered
from calcitrial.web import Reading


@dataclass(frozen=True)
class Counts:
    """What is counted of one participant.

    `lags` are the days from each visit to the first entry of each of its forms; `typed` holds (item, text) of every
    number that people type.
    """

    screened: bool
    failed: bool
    enrolled: bool
    since: date | None
    until: date | None
    outside: int
    held: int
    missing: int
    asked: int
    values: int
    queries: int
    entered: int
    corrected: int
    events: int
    lags: tuple[int, ...] = field(repr=False)
    typed: tuple[tuple[str, str], ...] = field(repr=False)


def counts(reading: Reading) -> dict[str, Counts]:
    """Return what is counted of every participant, by code."""
    return reading.each("monitoring", _counts)


def _counts(reading: Reading) -> dict[str, Counts]:
    enrolled, ended = reading.by_participant("enrolment"), reading.by_participant("end_of_study")
    screened = reading.by_participant("screening")
    outside, held = _visits(reading)
    missing, asked = _forms(reading)
    about_data = pl.col("form").is_in(ABOUT_DATA)
    values = _number_of(reading.rows.filter(~about_data))
    queries = _number_of(reading.rows.filter((pl.col("form") == "query") & (pl.col("item") == "about")))
    events = Counter(row["participant"] for row in reading.table("adverse_event"))
    entries = entry_counts(reading.study, ABOUT_DATA, reading.sites)
    lags, typed = _lags(reading), _typed(reading)
    found = {}
    for code in reading.sites:
        day = enrolled.get(code, {}).get("enrolment_date")
        found[code] = Counts(
            code in screened,
            code in ended and code not in enrolled,
            code in enrolled,
            date.fromisoformat(day) if day else None,
            reading.ends.get(code),
            outside[code],
            held[code],
            missing[code],
            asked[code],
            values[code],
            queries[code],
            *entries.get(code, (0, 0)),
            events[code],
            tuple(lags[code]),
            tuple(typed[code]),
        )
    return found


def _number_of(rows: pl.DataFrame) -> Counter[str]:
    return Counter(dict(rows.group_by("participant").len().iter_rows()))


def _visits(reading: Reading) -> tuple[Counter[str], Counter[str]]:
    """Return how many visits took place outside their window, and how many of those with a window took place."""
    outside, held = Counter[str](), Counter[str]()
    starts = {code: reading.baseline(code) for code in reading.sites}
    plans = {
        start: {w.visit.id: w for w in windows(reading.protocol, start)} for start in set(starts.values()) if start
    }
    for (code, visit), on in reading.visit_dates.items():
        start = starts.get(code)
        window = plans[start].get(visit) if start else None
        if window:
            outside[code] += not window.holds(on)
            held[code] += 1
    return outside, held


def _forms(reading: Reading) -> tuple[Counter[str], Counter[str]]:
    """Return how many forms that held visits ask for are missing, and how many they ask for."""
    missing, asked = Counter[str](), Counter[str]()
    there = set(reading.rows.select("participant", "visit", "form").unique().iter_rows())
    planned = {visit.id: visit.forms for visit in reading.protocol.visits}
    for code, visit in reading.visit_dates:
        for form in planned.get(visit, ()):
            missing[code] += (code, visit, form) not in there
            asked[code] += 1
    return missing, asked


def _lags(reading: Reading) -> dict[str, list[int]]:
    found: dict[str, list[int]] = defaultdict(list)
    for (code, visit), moments in first_entered(reading.study, reading.sites).items():
        on = reading.visit_dates.get((code, visit))
        if on:
            found[code] += [(date.fromisoformat(at[:10]) - on).days for at in moments]
    return found


def _typed(reading: Reading) -> dict[str, list[tuple[str, str]]]:
    """Return (item, text) of every number that people type; what the program measures is left out."""
    items = {
        (form.id, item.id): f"{form.id}.{item.id}"
        for form in reading.protocol.forms
        if not any(one.id in ("software", "series_uid") for one in form.items)
        for item in form.items
        if item.type in ("integer", "decimal") and not item.id.startswith(("map_", "image_"))
    }
    rows = reading.rows.filter(pl.col("form").is_in(sorted({form for form, _item in items})))
    found: dict[str, list[tuple[str, str]]] = defaultdict(list)
    for code, form, item, value in rows.select("participant", "form", "item", "value").iter_rows():
        if (form, item) in items:
            found[code].append((items[form, item], value))
    return found
