"""Values that were planned and are not there: how many, what they may have been, and when the conclusion tips."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from calcitrial.analysis.intercurrent import EXCLUDING, days_of
from calcitrial.analysis.modelling import levels_of, logged, results_of
from calcitrial.analysis.supporting import Asked, Supporting, tried
from calcitrial.models import (
    AnalysisError,
    Coefficient,
    Design,
    Estimate,
    Fit,
    fit,
    fit_design,
    fit_many,
    parse_formula,
    prepare,
    t_tests,
)
from calcitrial.record import Cut
from calcitrial.statistics import Analysed, Imputations, TippingSurface, impute, pool, tipping_point

Array = NDArray[np.float64]
Row = dict[str, Any]
IMPUTATIONS = 20
STEPS = 7  # of the grid of shifts per arm: three to each side of none
LARGE = 500  # rows; a draw takes the cube of people and lesions, and so there are fewer between two that are kept
FACTOR = 2.0  # the widest shift of a size, as a ratio
POINTS = 3.0  # the widest shift of a score


@dataclass(frozen=True)
class Planned:
    """How many values of one arm were planned at one visit: seen, missing, and not yet due; with the entries seen."""

    arm: str
    visit: str
    planned: int
    seen: int
    missing: int
    not_due: int
    entries: tuple[int, ...]


@dataclass(frozen=True, eq=False)
class MissingData:
    """What is missing, by arm and visit; the tipping surface (None, and `told` says why, where there is none)."""

    planned: tuple[Planned, ...]
    tipping: TippingSurface | None
    told: str

    @property
    def missing(self) -> int:
        """Return the number of missing values."""
        return sum(one.missing for one in self.planned)


def missing_data(cut: Cut, asked: Asked) -> tuple[MissingData, Supporting]:
    """Count what is missing, impute it, and ask how wrong "missing at random" may be.

    The draws depend on the cut alone, so the same cut gives the same numbers.

    Args:
        cut: the data cut.
        asked: the endpoint with its rows and model.

    Returns:
        The missing data with the tipping surface, and the answer from multiple imputation.
    """
    rows, not_due = _grid(cut, asked)
    planned = tuple(_counted(asked, rows, not_due))
    label = "Multiple imputation"
    how = f"{IMPUTATIONS} draws of each missing value from the primary model, combined with Barnard and Rubin's t."
    if not sum(one.missing for one in planned):
        told = "No planned value is missing, so there is nothing to impute."
        return MissingData(planned, None, told), Supporting("multiple_imputation", label, None, told)
    table = pl.DataFrame(rows, schema=asked.data.schema)
    try:
        draws = _impute(cut, asked, table)
        again = _Again(asked, draws)
        surface = tipping_point(draws, again, "arm", _shifts(asked, draws))
        made = tried("multiple_imputation", label, how, lambda one: _pooled(one, again, table), asked)
        return MissingData(planned, surface, surface.sentence), made
    except AnalysisError as error:
        told = " ".join(error.problems)
        return MissingData(planned, None, told), Supporting("multiple_imputation", label, None, told)


def _grid(cut: Cut, asked: Asked) -> tuple[list[Row], set[tuple[str, str]]]:
    """Return the rows of the model with a row for each missing value, and (unit, visit) not yet due.

    A value was planned for whom baseline is in the analysis. It is due when the participant has ended the study or
    has come to this visit or a later one. After an event that ends the question there is no value to miss.
    """
    baseline = {visit.id for visit in cut.protocol.visits if visit.kind == "baseline"}
    visits = [visit for visit in cut.protocol.visits if visit.id in set(asked.used["visit"])]
    ended = set(cut.table("end_of_study")["participant"]) if cut.protocol.form("end_of_study") else set()
    order = {visit.id: visit.day for visit in cut.protocol.visits}
    latest: dict[str, int] = {}
    for participant, came in days_of(cut):
        latest[participant] = max(latest.get(participant, -(10**6)), order.get(came, 0))
    known = {(row["lesion"] or row["participant"], row["visit"]): row for row in asked.data.iter_rows(named=True)}
    rows, not_due = list(asked.used.iter_rows(named=True)), set()
    for start in [row for row in known.values() if row["visit"] in baseline and not row["excluded"]]:
        unit = start["lesion"] or start["participant"]
        for visit in visits:
            there = known.get((unit, visit.id))
            if there is not None and (there["used"] or _over(there)):
                continue
            if start["participant"] in ended or latest.get(start["participant"], -(10**6)) >= visit.day:
                rows.append({**start, **_EMPTY, "visit": visit.id})
            else:
                not_due.add((unit, visit.id))
    return rows, not_due


_EMPTY = {"value": None, "log_size": None, "log_ratio": None, "pain_change": None, "vanished": False, "used": False}


def _over(row: Row) -> bool:
    return str(row["excluded"]).startswith(EXCLUDING["while_on_treatment"].split(":")[0])


def _counted(asked: Asked, rows: Sequence[Row], not_due: set[tuple[str, str]]) -> Iterator[Planned]:
    arm_of = {row["lesion"] or row["participant"]: row["arm"] for row in asked.data.iter_rows(named=True)}
    visits = [visit.id for visit in asked.protocol.visits if visit.id in set(asked.used["visit"])]
    for arm in [arm.id for arm in asked.protocol.arms] or [""]:
        for visit in visits:
            mine = [row for row in rows if row["visit"] == visit and row["arm"] == arm]
            waiting = sum(arm_of[unit] == arm and at == visit for unit, at in not_due)
            seen = [row for row in mine if row["used"]]
            entries = tuple(sorted({number for row in seen for number in row["entries"]}))
            if mine or waiting:
                counts = (len(mine) + waiting, len(seen), len(mine) - len(seen), waiting)
                yield Planned(arm, visit, *counts, entries)


def _impute(cut: Cut, asked: Asked, table: pl.DataFrame) -> Imputations:
    generator = np.random.default_rng(int(cut.digest[:16], 16))
    formula = asked.model.fit.formula
    columns = parse_formula(formula).columns
    others = [name for name in columns if name != asked.response]
    whole = table.drop_nulls(others).select(*dict.fromkeys((*columns, "participant", "arm", "visit")))
    large = whole.height > LARGE
    chain = {"burn_in": 50, "thinning": 3} if large else {}
    return impute(whole, formula, generator=generator, imputations=IMPUTATIONS, **chain)


def _shifts(asked: Asked, draws: Imputations) -> dict[str, list[float]]:
    """Return the shifts to try in each arm with missing values: worse and better by up to a factor of two."""
    widest = float(np.log(FACTOR)) if logged(asked.model.fit) else POINTS
    arms = draws.data["arm"].to_numpy()[draws.rows]
    steps = np.linspace(-widest, widest, STEPS if len(set(arms)) > 1 else 2 * STEPS - 1)
    return {arm.id: [float(step) for step in steps] for arm in asked.protocol.arms if arm.id in set(arms)}


def _pooled(asked: Asked, again: "_Again", table: pl.DataFrame) -> Estimate:
    one = pool([again(again.draws.completed(number)) for number in range(again.draws.count)])
    numbers = {name: getattr(one, name) for name in ("estimate", "se", "df", "statistic", "p", "low", "high")}
    method = f"Multiple imputation ({one.imputations} draws), Barnard-Rubin degrees of freedom"
    return asked.estimate(Coefficient("", **numbers), method, table)


class _Again:
    """The primary model on completed tables: the same design each time, and another response.

    Batched when the model has participants and lesions alone; what was fitted once is not fitted again.
    """

    def __init__(self, asked: Asked, draws: Imputations) -> None:
        self.draws = draws
        self.column = asked.response
        formula = asked.model.fit.formula
        first = draws.completed(0)
        levels = levels_of(asked.protocol, asked.endpoint, formula, first)
        self.fitted = fit(first, formula, levels=levels)
        self.design: Design = prepare(first, parse_formula(formula), levels)
        self.line = _line(asked, self.fitted)
        self.known: dict[bytes, Analysed] = {}

    @cached_property
    def batched(self) -> bool:
        """Tell whether the fast fits take this model."""
        names = [grouping.name for grouping in self.design.groupings]
        return len(names) == 2 and names[1].startswith(f"{names[0]}:")

    def __call__(self, table: pl.DataFrame) -> Analysed:
        response = np.ascontiguousarray(table[self.column].to_numpy(), dtype=np.float64)
        key = response.tobytes()
        if key not in self.known:
            self.known[key] = self._many(response) if self.batched else self._one(response)
        return self.known[key]

    def _many(self, response: Array) -> Analysed:
        found = fit_many(self.design, response[None], self.line)
        if found.failed[0]:
            return self._one(response)
        return Analysed(float(found.estimates[0, 0]), float(found.se[0, 0]), float(found.df[0, 0]))

    def _one(self, response: Array) -> Analysed:
        one = t_tests(fit_design(replace(self.design, response=response)).inference, self.line)[0]
        return Analysed(one.estimate, one.se, one.df)


def _line(asked: Asked, fitted: Fit) -> Array:
    """Return the weights of the coefficients in the endpoint's comparison (1 x p), read off with unit coefficients."""
    weights = []
    for place in range(len(fitted.coefficients)):
        unit = np.zeros(len(fitted.coefficients))
        unit[place] = 1.0
        pretended = replace(fitted, inference=replace(fitted.inference, beta=unit))
        at = dict(results_of(asked.protocol, asked.endpoint, pretended)[::-1])[asked.endpoint.visit]
        weights.append(np.log(at.estimate) if at.scale == "ratio" else at.estimate)
    return np.asarray([weights])


def missing_by_arm(found: MissingData) -> Mapping[str, int]:
    """Return the number of missing values by arm."""
    arms = dict.fromkeys(one.arm for one in found.planned)
    return {arm: sum(one.missing for one in found.planned if one.arm == arm) for arm in arms}
