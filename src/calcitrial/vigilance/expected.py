"""What is expected of the drug: the reference list that an event's expectedness is judged against.

No reference safety information of either trial is public. The list holds what reports and labels of sodium
thiosulfate name, each with route and source; that grades above 2 are unexpected is assumed, since an event that is
worse than what is documented adds information (Regulation (EU) 536/2014, Annex III, 2.2 (5)). A fatal or serious
event of a listed term is therefore for the investigator to judge; the list only proposes.
"""

import csv
from dataclasses import dataclass
from functools import cache
from pathlib import Path

TABLE = Path(__file__).parent / "expected.csv"


@dataclass(frozen=True)
class Expected:
    """A CTCAE term that is expected up to a grade: by which route it was seen, on what basis, and the source."""

    term: str
    max_grade: int
    route: str
    basis: str
    source: str
    status: str


@cache
def expected_events() -> tuple[Expected, ...]:
    """Return the whole reference list."""
    with TABLE.open(encoding="utf-8", newline="") as lines:
        return tuple(
            Expected(row["term"], int(row["max_grade"]), row["route"], row["basis"], row["source"], row["status"])
            for row in csv.DictReader(lines)
        )


def expected(term: str, grade: int) -> Expected | None:
    """Return the line of the list that makes an event of this grade expected, or None when it is unexpected."""
    wanted = term.strip().casefold()
    return next((e for e in expected_events() if e.term.casefold() == wanted and grade <= e.max_grade), None)
