"""The size of a lesion over visits, whichever quantity of whichever source stands for it: baseline, logs, exclusions.

A lesion that was there and is gone has size 0, and log 0 does not exist. Here it enters as half the smallest positive
size among the lesions that count, a common substitute for values below a limit of detection (Hornung and Reed, Appl
Occup Environ Hyg 1990;5:46, treat it beside LOD/sqrt 2); an endpoint may put half a stated limit, or half the smallest
size of its own population, in its place. `explain` states the value that the table has.
"""

import math
from collections.abc import Iterable, Iterator, Sequence

import polars as pl

from calcitrial.outcomes.arms import arms_of
from calcitrial.outcomes.sizes import By, Quantity, Row, Size, sizes_of
from calcitrial.outcomes.tidy import as_table, baseline_id, explain_exclusions, merged, unplanned
from calcitrial.record import Cut


def derive_size(cut: Cut, quantity: Quantity, by: By) -> pl.DataFrame:
    """Return one line per lesion and visit with a size (or a picture that waits for one), in the common columns.

    Args:
        cut: the data cut; the forms of the source, form lesion and the allocation of the protocol are read.
        quantity: what of which picture is the size.
        by: whose measurement of it.

    Returns:
        Lines sorted by participant, lesion and visit day. `log_size` is null where nothing was measured.

    Raises:
        RefusedError: when the protocol has no baseline visit or no such form.
    """
    days = {visit.id: visit.day for visit in cut.protocol.visits}
    sizes = sorted(sizes_of(cut, quantity, by), key=lambda one: (one.participant, one.lesion, days.get(one.visit, 0)))
    lines = list(_lines(cut, sizes, quantity.unit))
    counted = [line for line in lines if not line["excluded"] and line["value"]]
    smallest = min(counted, key=lambda line: float(line["value"]), default=None)
    return as_table(_with_logs(line, smallest) for line in lines)


def smallest_positive(values: Iterable[float | None]) -> float:
    """Return the smallest value above zero; NaN when there is none."""
    return min((value for value in values if value), default=math.nan)


def _lines(cut: Cut, sizes: Sequence[Size], unit: str) -> Iterator[Row]:
    """Yield one line per size, without logarithms."""
    arm_of, baseline = arms_of(cut), baseline_id(cut.protocol)
    firsts = {one.lesion: one for one in sizes if one.visit == baseline}
    lesions = {row["lesion"]: row for row in cut.table("lesion").iter_rows(named=True)}
    for one in sizes:
        arm, assigned = arm_of(one.participant, one.lesion)
        lesion, first = lesions[one.lesion], firsts.get(one.lesion)
        place = {"participant": one.participant, "lesion": one.lesion, "visit": one.visit}
        yield {
            **place,
            "arm": arm,
            "value": one.value,
            "unit": unit,
            "baseline": first.value if first else None,
            "vanished": one.value == 0,
            "excluded": unplanned(cut.protocol, place)
            or _reason(one, first, lesion, arm if cut.protocol.arms else "-"),
            "readers": one.readers,
            "entries": merged(one.entries, first.entries if first else (), assigned, lesion["entries"]),
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


def _reason(one: Size, first: Size | None, lesion: Row, arm: str) -> str:
    """Return why a size stays out of the primary analysis; '' when it does not."""
    if lesion["role"] is None:
        return "its role was redacted"
    if lesion["role"] == "non-target":
        return "not a target lesion"
    if not arm:
        return "not allocated to an arm"
    if first is None or first.value == 0 or (first.value is None and not first.unusable):
        return "no size above zero at baseline"
    if one.unusable or first.unusable:
        return one.unusable or f"at baseline {first.unusable}"
    return "" if one.value is not None else "no size was measured"


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
