"""Adverse events as a tidy table, each with its arm and the days since the injections of its lesion."""

from datetime import date
from typing import Any

import polars as pl

from calcitrial.record import Cut
from calcitrial.safety.exposure import Exposure, Injection, exposure
from calcitrial.safety.special_interest import special_interest

REDACTED = "(term redacted)"
HIGHEST = 5  # a grade that was taken out of the record may have been any; the watch for harm assumes the worst
EVENTS = {
    "participant": pl.String(),
    "arm": pl.String(),
    "repeat": pl.String(),
    "term": pl.String(),
    "grade": pl.Int64(),
    "serious": pl.Boolean(),
    "related": pl.String(),
    "onset_date": pl.Date(),
    "lesion": pl.String(),
    "days_since_first_injection": pl.Int64(),
    "days_since_last_injection": pl.Int64(),
    "special_interest": pl.String(),
    "outcome": pl.String(),
    "entries": pl.List(pl.Int64()),
}


def adverse_events(cut: Cut) -> pl.DataFrame:
    """Return one line per adverse event, typed (columns EVENTS), sorted by participant and repeat.

    `arm` is the lesion's arm where lesions have arms, else the person's; 'unassigned' where there is none.
    The days count from the first and from the last injection of the linked lesion on or before the onset
    (negative or null: none before); both are null without a linked lesion.
    What was redacted is null. `special_interest` is '' or the kind.
    Raises RefusedError when the protocol has no form `adverse_event`.
    """
    known = exposure(cut)
    lines = [_event(row, known) for row in cut.table("adverse_event").iter_rows(named=True)]
    return pl.DataFrame(lines, schema=EVENTS).sort("participant", "repeat")


def _event(row: dict[str, Any], known: Exposure) -> dict[str, Any]:
    participant, lesion = row["participant"], row["ae_lesion"] or ""
    term = row["term"] or REDACTED
    onset = date.fromisoformat(row["onset_date"]) if row["onset_date"] else None
    grade = int(row["grade"]) if row["grade"] else None
    first, last = _days_since(known.injections_of(participant, lesion), onset) if onset else (None, None)
    return {
        "participant": participant,
        "arm": known.arm_of(participant, lesion),
        "repeat": row["repeat"],
        "term": term,
        "grade": grade,
        "serious": row["serious"] == "true" if row["serious"] else None,
        "related": row["related"],
        "onset_date": onset,
        "lesion": lesion,
        "days_since_first_injection": first,
        "days_since_last_injection": last,
        "special_interest": special_interest(term, grade or HIGHEST),
        "outcome": row["outcome"],
        "entries": row["entries"],
    }


def _days_since(injections: tuple[Injection, ...], onset: date) -> tuple[int | None, int | None]:
    days = sorted((onset - i.day).days for i in injections if i.day is not None)
    before = [day for day in days if day >= 0]
    return (days[-1] if days else None), (before[0] if before else None)
