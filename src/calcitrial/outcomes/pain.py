"""Worst pain in the last week, 0 to 10, as the participant says at a visit; the change from baseline."""

from collections.abc import Iterator
from typing import Any

import polars as pl

from calcitrial.outcomes.arms import arms_of
from calcitrial.outcomes.tidy import as_table, baseline_id, explain_exclusions, merged, unplanned
from calcitrial.record import Cut

NAME = "pain"
LABEL = "Worst pain in the last week (0 to 10)"
UNIT = "points"


def derive(cut: Cut) -> pl.DataFrame:
    """Return one line per participant and visit with a pain form, in the common columns.

    `value` and `pain_change` (value minus baseline; negative is less pain) are points of the 0 to 10 scale;
    `lesion` is ''. Raises RefusedError when the protocol has no baseline visit or no pain form.
    """
    rows = list(cut.table("pain").iter_rows(named=True))
    days = {visit.id: visit.day for visit in cut.protocol.visits}
    rows.sort(key=lambda row: (row["participant"], days.get(row["visit"], 0)))
    return as_table(_lines(cut, rows, baseline_id(cut.protocol)))


def _lines(cut: Cut, rows: list[dict[str, Any]], baseline: str) -> Iterator[dict[str, Any]]:
    arm_of = arms_of(cut)
    before = {row["participant"]: row for row in rows if row["visit"] == baseline}
    for row in rows:
        arm, assigned = arm_of(row["participant"], "")
        first = before.get(row["participant"])
        start = _score(first) if first else None
        score = _score(row)
        yield {
            "participant": row["participant"],
            "lesion": "",
            "visit": row["visit"],
            "arm": arm,
            "value": score,
            "unit": UNIT,
            "baseline": start,
            "pain_change": None if start is None or score is None else score - start,
            "vanished": False,
            "excluded": unplanned(cut.protocol, row) or _reason(cut, arm, start, score),
            "entries": merged(row["entries"], first["entries"] if first else (), assigned),
        }


def _score(row: dict[str, Any]) -> float | None:
    """Return the score; None when it was taken out of the record."""
    return None if row["pain_nrs"] is None else float(row["pain_nrs"])


def _reason(cut: Cut, arm: str, start: float | None, score: float | None) -> str:
    if score is None:
        return "the score was redacted"
    if cut.protocol.allocation.unit == "participant" and not arm:
        return "not allocated to an arm"
    return "no pain score at baseline" if start is None else ""


def explain(data: pl.DataFrame) -> tuple[str, ...]:
    """Return one sentence per reason for which scores are left out, with counts."""
    return explain_exclusions(data, "pain score")
