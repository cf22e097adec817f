"""Events of special interest: necrosis, ulcer and infection at an injected lesion.

No count of them after intralesional injection was located in public reports, and the absence of data is not
absence of risk; so they are named beforehand, in `special_interest.csv`, with the reason and where it was read.
The choice of CTCAE terms is the project's proposal (assumed).
"""

import csv
from dataclasses import dataclass
from functools import cache
from pathlib import Path

TABLE = Path(__file__).parent / "special_interest.csv"
STEPS = Path(__file__).parent / "special_interest_steps.csv"


@dataclass(frozen=True)
class SpecialInterest:
    """A CTCAE term that is of special interest from a grade on: its kind, the reason, and the source."""

    kind: str
    term: str
    min_grade: int
    reason: str
    source: str


@cache
def special_interests() -> tuple[SpecialInterest, ...]:
    """Return the whole table."""
    with TABLE.open(encoding="utf-8", newline="") as lines:
        return tuple(
            SpecialInterest(row["kind"], row["term"], int(row["min_grade"]), row["reason"], row["source"])
            for row in csv.DictReader(lines)
        )


def special_interest(term: str, grade: int) -> str:
    """Return 'necrosis', 'ulcer' or 'infection' for an event of special interest, '' for any other."""
    wanted = term.strip().casefold()
    return next(
        (s.kind for s in special_interests() if s.term.casefold() == wanted and grade >= s.min_grade),
        "",
    )


@dataclass(frozen=True)
class Step:
    """One thing to do about an event of special interest, why, and after how many days ('' at once: None)."""

    text: str
    look_after_days: int | None
    why: str


@cache
def steps_for(kind: str) -> tuple[Step, ...]:
    """Return what to do about an event of this kind, in order; none for '' or an unknown kind."""
    with STEPS.open(encoding="utf-8", newline="") as lines:
        return tuple(
            Step(row["step"], int(row["look_after_days"]) if row["look_after_days"] else None, row["why"])
            for row in csv.DictReader(lines)
            if row["kind"] == kind
        )
