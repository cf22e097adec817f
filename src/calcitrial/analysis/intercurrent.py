"""What happened to people and lesions after the start, and what the estimand makes of the values after it.

An event concerns the measurements of later days; on the day itself the image comes before the operation.
"""

import math
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import polars as pl

from calcitrial.analysis.population import Enforced
from calcitrial.outcomes import arms_of
from calcitrial.protocol import Endpoint, IntercurrentEvent, Protocol
from calcitrial.record import Cut

FORM = "intercurrent_event"
EXCLUDING = {
    "while_on_treatment": "while on treatment: after {what}",
    "hypothetical": "hypothetical, as if it had not happened: after {what}",
}
DONE = {
    "treatment_policy": "Treatment policy: the values after it are used as they are.",
    "while_on_treatment": "While on treatment: the values after it are left out.",
    "hypothetical": "Hypothetical: the values after it are taken as missing at random.",
    "zero": "Composite: the values after it count as 0.",
    "baseline": "Composite: the values after it count as unchanged from baseline.",
}
Row = dict[str, Any]


@dataclass(frozen=True)
class Happened:
    """One event of one participant: of a lesion ('' for the whole person), on a day (ISO; '' when redacted)."""

    event: str
    participant: str
    lesion: str
    day: str
    entries: tuple[int, ...]

    def concerns(self, row: Row, day: str | None) -> bool:
        """Tell whether a row of this day is after the event; an unknown day counts as after."""
        mine = row["participant"] == self.participant and (not self.lesion or row["lesion"] in ("", self.lesion))
        return mine and (not day or not self.day or day > self.day)


def enforce_events(cut: Cut, endpoint: Endpoint, data: pl.DataFrame) -> tuple[pl.DataFrame, tuple[Enforced, ...]]:
    """Return the outcome table as the strategies of the estimand leave it, and what each did.

    Args:
        cut: the data cut.
        endpoint: with the intercurrent events of its estimand.
        data: the outcome table, within the population.

    Returns:
        The table: rows kept, changed or excluded with the reason; and one part per event.
    """
    enforced, everything = [], happened(cut, data)
    for event in endpoint.estimand.intercurrent_events:
        gap = _gap(cut.protocol, event, data)
        if gap:
            enforced.append(Enforced("intercurrent event", event.text, gap, gap=True))
            continue
        found = [one for one in everything if one.event == event.event]
        data, told = _applied(cut, event, found, data)
        enforced.append(told)
    return data, tuple(enforced)


def _gap(protocol: Protocol, event: IntercurrentEvent, data: pl.DataFrame) -> str:
    """Say why an event cannot be dealt with; '' when it can."""
    if not event.event:
        return "The protocol says it in words alone, so nothing was done."
    form = protocol.form(FORM)
    kind = form.item("ice_kind") if form else None
    recorded = {choice.replace(" ", "_") for choice in kind.choices} if kind else set()
    recorded |= {"treatment_stopped", "wrong_lesion_injected"} if protocol.form("injection") else set()
    recorded |= {"vanished"} if (data["lesion"] != "").any() else set()
    return "" if event.event in recorded else "No form of the protocol records it, so nothing could be done."


def happened(cut: Cut, data: pl.DataFrame) -> tuple[Happened, ...]:
    """Return every intercurrent event that the record tells of, whatever form it stands in."""
    visited = days_of(cut)
    found: list[Happened] = []
    if cut.protocol.form(FORM) is not None:
        for row in cut.table(FORM).iter_rows(named=True):
            event, lesion = (row["ice_kind"] or "").replace(" ", "_"), row["ice_lesion"] or ""
            found.append(Happened(event, row["participant"], lesion, row["ice_date"] or "", tuple(row["entries"])))
    if cut.protocol.form("injection") is not None:
        found += _of_injections(cut, visited)
    for row in data.filter("vanished").iter_rows(named=True):
        found.append(Happened("vanished", row["participant"], row["lesion"], "", tuple(row["entries"])))
    return tuple(found)


def days_of(cut: Cut) -> dict[tuple[str, str], str]:
    """Return the day of each visit that took place, by participant and visit."""
    rows = cut.table("visit").select("participant", "visit", "visit_date").iter_rows()
    return {(participant, visit): day or "" for participant, visit, day in rows}


def _of_injections(cut: Cut, visited: dict[tuple[str, str], str]) -> Iterator[Happened]:
    """Yield lesions that got no injection from some visit on, and injections where none should be."""
    order = {visit.id: visit.day for visit in cut.protocol.visits}
    rows = sorted(cut.table("injection").iter_rows(named=True), key=lambda row: order.get(row["visit"], 0))
    treated, arm_of = {arm.id for arm in cut.protocol.arms if arm.treated}, arms_of(cut)
    last: dict[str, Row] = {}
    stopped: dict[str, Row] = {}
    for row in rows:
        if row["injected"] == "false":
            stopped.setdefault(row["lesion"], row)
        else:
            stopped.pop(row["lesion"], None)
            last[row["lesion"]] = row
    for event, where in (("treatment_stopped", stopped), ("wrong_lesion_injected", last)):
        for row in where.values():
            arm = arm_of(row["participant"], row["lesion"])[0]
            if event == "treatment_stopped" or (arm and arm not in treated):
                day = visited.get((row["participant"], row["visit"]), "")
                yield Happened(event, row["participant"], row["lesion"], day, tuple(row["entries"]))


def _applied(
    cut: Cut, event: IntercurrentEvent, found: Sequence[Happened], data: pl.DataFrame
) -> tuple[pl.DataFrame, Enforced]:
    """Return the table after one event's strategy, and whom it concerned."""
    visited = days_of(cut)
    rows = list(data.iter_rows(named=True))
    if event.strategy == "composite" and event.event != "vanished":
        rows += _unmeasured(cut, found, rows, visited)
    first = {row["lesion"] or row["participant"]: row for row in rows if row["visit"] == _baseline(cut)}
    touched = 0
    for row in rows:
        day = visited.get((row["participant"], row["visit"]))
        behind = [one for one in found if event.event != "vanished" and one.concerns(row, day)]
        if behind and row["visit"] != _baseline(cut):
            start = first.get(row["lesion"] or row["participant"])
            touched += _change(row, event, start, {number for one in behind for number in one.entries})
    told = Enforced(
        "intercurrent event",
        event.text,
        DONE[event.counts_as or event.strategy] if found else "It happened to nobody in this cut.",
        len({one.participant for one in found}),
        len({one.lesion for one in found} - {""}),
        sum(row["vanished"] for row in rows) if event.event == "vanished" else touched,
        entries=tuple(sorted({number for one in found for number in one.entries})),
    )
    return pl.DataFrame(rows, schema=data.schema), told


def _change(row: Row, event: IntercurrentEvent, start: Row | None, entries: Iterable[int]) -> bool:
    """Change one row in place; False where nothing is to be done."""
    if event.strategy == "treatment_policy":
        return True
    reason = EXCLUDING.get(event.strategy, "").format(what=event.event.replace("_", " "))
    if reason and not row["excluded"]:
        row["excluded"], row["entries"] = reason, sorted({*row["entries"], *entries})
        return True
    if event.strategy != "composite" or start is None or start["excluded"]:
        return False
    value = 0.0 if event.counts_as == "zero" else start["value"]
    logged = start["log_size"] is not None
    same = event.counts_as == "baseline"
    row.update(
        value=value,
        baseline=start["value"],
        vanished=logged and value == 0,
        log_size=start["log_size"] if logged and same else None,
        log_baseline=start["log_size"],
        log_ratio=0.0 if logged and same else None,
        pain_change=None if logged else value - start["value"],
        excluded="",
        entries=sorted({*row["entries"], *start["entries"], *entries}),
    )
    return True


def _unmeasured(
    cut: Cut, found: Sequence[Happened], rows: Sequence[Row], visited: dict[tuple[str, str], str]
) -> Iterator[Row]:
    """Yield a row for each visit after an event at which nobody measured: the composite has a value there too."""
    known = {(row["participant"], row["lesion"], row["visit"]) for row in rows}
    planned = {row["visit"] for row in rows}
    starts = [row for row in rows if row["visit"] == _baseline(cut) and not row["excluded"]]
    for start in starts:
        for visit in cut.protocol.visits:
            day = visited.get((start["participant"], visit.id))
            place = (start["participant"], start["lesion"], visit.id)
            if visit.id in planned and day and place not in known:
                row = {**start, "visit": visit.id, "value": None, "vanished": False, "readers": None}
                if any(one.concerns(row, day) for one in found):
                    yield row


def _baseline(cut: Cut) -> str:
    return next((visit.id for visit in cut.protocol.visits if visit.kind == "baseline"), "")


@dataclass(frozen=True)
class StandIn:
    """What stands in for zero in logarithms: the size, where it comes from, and the entries behind it."""

    size: float
    how: str
    entries: tuple[int, ...] = ()


def stand_in(endpoint: Endpoint, data: pl.DataFrame) -> StandIn | None:
    """Return what stands in for zero: half the stated detection limit, or half the smallest size analysed.

    None where no size above zero is analysed and no limit is stated.
    """
    limit = endpoint.estimand.detection_limit
    if limit is not None:
        return StandIn(limit / 2, f"half the detection limit that the protocol states, {limit:g}")
    sizes = data.filter(pl.col("excluded") == "", pl.col("value") > 0).sort("value", "participant", "lesion", "visit")
    if not sizes.height:
        return None
    how = "half the smallest size above zero that is analysed"
    return StandIn(sizes["value"][0] / 2, how, tuple(sizes["entries"][0]))


def with_zero_as(data: pl.DataFrame, zero: StandIn | None, times: float = 1.0) -> pl.DataFrame:
    """Return the table with the logarithms of vanished lesions taken of the stand-in (times a factor)."""
    rows = list(data.iter_rows(named=True))
    for row in rows:
        if row["vanished"] and zero is not None:
            row["log_size"] = math.log(zero.size * times)
            first = row["log_baseline"]
            row["log_ratio"] = None if first is None else row["log_size"] - first
            row["entries"] = sorted({*row["entries"], *zero.entries})
    return pl.DataFrame(rows, schema=data.schema)
