"""The size of a lesion on CT over visits, whichever quantity stands for size: baseline, logs, exclusions.

A lesion that was there and is gone has size 0, and log 0 does not exist. Here it enters as half the smallest positive
size among the lesions that count, a common substitute for values below a limit of detection (Hornung and Reed, Appl
Occup Environ Hyg 1990;5:46, treat it beside LOD/sqrt 2); an endpoint may put half a stated limit, or half the smallest
size of its own population, in its place. `explain` states the value that the table has.
"""

import math
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

import polars as pl

from calcitrial.outcomes.arms import arms_of
from calcitrial.outcomes.tidy import as_table, baseline_id, explain_exclusions, merged, unplanned
from calcitrial.record import Cut

UNREADABLE = {
    "touches_bone": "it touches bone and awaits a reader",
    "at_edge": "it is cut by the edge of the image",
    "needs_reader": "the automatic measurement needs a reader",
}
Row = dict[str, Any]


@dataclass(frozen=True)
class _Sizes:
    """What one derivation looks things up in: the column that is the size, rows by lesion and visit."""

    column: str
    unit: str
    baseline: str
    rows: dict[tuple[str, str], Row]
    redacted: frozenset[tuple[str, str, str]] = frozenset()

    def size(self, row: Row | None) -> float | None:
        """Return the size; 0 for a lesion looked for and not found; None when it was not measured."""
        if row is None:
            return None
        if "not_found" in _flags(row):
            return 0.0
        return None if row[self.column] is None else float(row[self.column])

    def first(self, row: Row) -> Row | None:
        """Return the baseline measurement of the lesion of a row."""
        return self.rows.get((row["lesion"], self.baseline))


def derive_size(cut: Cut, column: str, unit: str) -> pl.DataFrame:
    """Return one line per lesion and visit with a CT measurement, in the common columns.

    Args:
        cut: the data cut; forms ct_measurement and lesion, and the allocation of the protocol, are read.
        column: the item of ct_measurement that is the size.
        unit: its unit.

    Returns:
        Lines sorted by participant, lesion and visit day. `log_size` is null where nothing was measured.

    Raises:
        RefusedError: when the protocol has no baseline visit or no such form.
    """
    rows = list(cut.table("ct_measurement").iter_rows(named=True))
    gone = frozenset(cut.redacted.select("lesion", "visit", "item").iter_rows())
    sizes = _Sizes(column, unit, baseline_id(cut.protocol), {(r["lesion"], r["visit"]): r for r in rows}, gone)
    days = {visit.id: visit.day for visit in cut.protocol.visits}
    rows.sort(key=lambda row: (row["participant"], row["lesion"], days.get(row["visit"], 0)))
    lines = list(_lines(cut, rows, sizes))
    counted = [line for line in lines if not line["excluded"] and line["value"]]
    smallest = min(counted, key=lambda line: float(line["value"]), default=None)
    return as_table(_with_logs(line, smallest) for line in lines)


def smallest_positive(values: Iterable[float | None]) -> float:
    """Return the smallest value above zero; NaN when there is none."""
    return min((value for value in values if value), default=math.nan)


def _lines(cut: Cut, rows: list[Row], sizes: _Sizes) -> Iterator[Row]:
    """Yield one line per measurement, without logarithms."""
    arm_of = arms_of(cut)
    lesions = {row["lesion"]: row for row in cut.table("lesion").iter_rows(named=True)}
    for row in rows:
        arm, assigned = arm_of(row["participant"], row["lesion"])
        lesion, first = lesions[row["lesion"]], sizes.first(row)
        yield {
            **{name: row[name] for name in ("participant", "lesion", "visit")},
            "arm": arm,
            "value": sizes.size(row),
            "unit": sizes.unit,
            "baseline": sizes.size(first),
            "vanished": sizes.size(row) == 0,
            "excluded": unplanned(cut.protocol, row) or _reason(row, sizes, lesion, arm if cut.protocol.arms else "-"),
            "entries": merged(row["entries"], first["entries"] if first else (), assigned, lesion["entries"]),
        }


def _with_logs(line: Row, smallest: Row | None) -> Row:
    """Return the line with its logarithms, those of zero being of half the smallest size, with its entries."""
    offset = math.nan if smallest is None else float(smallest["value"]) / 2
    log_size, log_baseline = _log(line["value"], offset), _log(line["baseline"], offset)
    log_ratio = None if log_size is None or log_baseline is None else log_size - log_baseline
    more = smallest["entries"] if smallest is not None and 0 in (line["value"], line["baseline"]) else ()
    entries = merged(line["entries"], more)
    return {**line, "log_size": log_size, "log_baseline": log_baseline, "log_ratio": log_ratio, "entries": entries}


def _log(size: float | None, offset: float) -> float | None:
    """Return the natural log of a size, of `offset` for zero; None when there is nothing to take it of."""
    if size is None or (size == 0 and math.isnan(offset)):
        return None
    return math.log(size or offset)


def _reason(row: Row, sizes: _Sizes, lesion: Row, arm: str) -> str:
    """Return why a measurement stays out of the primary analysis; '' when it does not."""
    if lesion["role"] is None:
        return "its role was redacted"
    if lesion["role"] == "non-target":
        return "not a target lesion"
    if not arm:
        return "not allocated to an arm"
    first = sizes.first(row)
    if not sizes.size(first):
        return "no size above zero at baseline"
    own, before = _unreadable(row, sizes), _unreadable(first or {}, sizes)
    if own or before:
        return own or f"at baseline {before}"
    return "" if sizes.size(row) is not None else "no size was measured"


def _flags(row: Row) -> set[str]:
    return set((row.get("flags") or "").replace(";", " ").replace(",", " ").split())


def _unreadable(row: Row, sizes: _Sizes) -> str:
    """Return what speaks against the measurement, the most telling first; '' when nothing does."""
    if row and (row["lesion"], row["visit"], "flags") in sizes.redacted:
        return "its flags were redacted"  # they may have said that it cannot be read
    return next((words for flag, words in UNREADABLE.items() if flag in _flags(row)), "")


def explain_size(data: pl.DataFrame) -> tuple[str, ...]:
    """Return the sentences about vanished lesions and exclusions for a table of `derive_size`."""
    gone = data.filter(pl.col("vanished"), pl.col("log_size").is_not_null())
    said: list[str] = []
    if gone.height:
        enters, unit = math.exp(gone["log_size"][0]), data["unit"][0]
        smallest = smallest_positive(data.filter(pl.col("excluded") == "")["value"])
        half = (
            "half the smallest size that is analysed"
            if math.isclose(enters, smallest / 2)
            else "half the detection limit"
        )
        lesions = gone["lesion"].n_unique()
        said.append(
            f"{lesions} lesion{'' if lesions == 1 else 's'} had vanished ({gone.height} measured as 0); 0 enters "
            f"the logarithm as {half}, {enters:.3g} {unit}."
        )
    return (*said, *explain_exclusions(data, "measurement"))
