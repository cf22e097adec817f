"""The columns that every outcome measure comes back in, and the sentences about what was left out."""

from collections.abc import Iterable, Mapping
from typing import Any

import polars as pl

from calcitrial.protocol import Problem, Protocol, refuse

SCHEMA: dict[str, pl.DataType] = {
    **{name: pl.String() for name in ("participant", "lesion", "visit", "arm")},
    "value": pl.Float64(),
    "unit": pl.String(),
    **{name: pl.Float64() for name in ("baseline", "log_size", "log_baseline", "log_ratio", "pain_change")},
    "vanished": pl.Boolean(),
    "excluded": pl.String(),
    "readers": pl.Int64(),
    "entries": pl.List(pl.Int64()),
}
COLUMNS = tuple(SCHEMA)


def as_table(lines: Iterable[Mapping[str, Any]]) -> pl.DataFrame:
    """Return lines as a table in SCHEMA; a column that a line lacks is null."""
    return pl.DataFrame([[line.get(name) for name in COLUMNS] for line in lines], schema=SCHEMA, orient="row")


def merged(*groups: Iterable[int]) -> list[int]:
    """Return the entry numbers of all groups, each once, in order: none is dropped in a join."""
    return sorted({number for group in groups for number in group})


def baseline_id(protocol: Protocol) -> str:
    """Return the id of the visit of kind baseline; RefusedError when the protocol has none."""
    found = [visit.id for visit in protocol.visits if visit.kind == "baseline"]
    if not found:
        what = f"Protocol {protocol.id} has no visit of kind baseline, so nothing can be compared with it."
        refuse([Problem(f"{protocol.id}.visits", what, 'Give one visit kind = "baseline".')])
    return found[0]


def unplanned(protocol: Protocol, row: Mapping[str, Any]) -> str:
    """Return why a row stays out of the primary analysis when its visit was not planned; '' when it was."""
    return "" if protocol.visit(row["visit"]) else "the visit was not planned"


def explain_exclusions(data: pl.DataFrame, noun: str) -> tuple[str, ...]:
    """Return one sentence per reason for which lines are left out of the primary analysis, with counts."""
    left_out = data.filter(pl.col("excluded") != "")
    counted = left_out.group_by("excluded").agg(pl.len(), pl.col("participant").n_unique().alias("people"))
    return tuple(
        f"{count} {noun}{'' if count == 1 else 's'} of {people} participant{'' if people == 1 else 's'} "
        f"left out of the analysis: {reason}."
        for reason, count, people in counted.sort("excluded").iter_rows()
    )
