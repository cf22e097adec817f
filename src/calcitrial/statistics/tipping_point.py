"""How wrong may "missing at random" be before the conclusion tips? Imputed values are shifted by arm, over a grid.

Ratitch, O'Kelly and Tosiello, Pharm Stat 2013;12:337; EMA guideline on missing data, 2010, section 7.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import product

import numpy as np
import polars as pl

from calcitrial.models import refuse_if_any
from calcitrial.statistics.imputation import Imputations
from calcitrial.statistics.multiple_imputation import Analysis, Pooled, pool


@dataclass(frozen=True)
class Shifted:
    """The combined answer when imputed values are shifted by `deltas`, one per arm."""

    deltas: Mapping[str, float]
    pooled: Pooled


@dataclass(frozen=True)
class TippingSurface:
    """The answers over a grid of shifts, the last arm varying fastest.

    `tipped` are the points where the test is no longer significant at `alpha` or the estimate has changed
    its sign, although it was significant without shifts; `sentence` says what a reader of the report needs.
    """

    points: tuple[Shifted, ...]
    alpha: float
    tipped: tuple[Shifted, ...]
    sentence: str


def tipping_point(
    imputations: Imputations,
    analysis: Analysis,
    arm: str,
    deltas: Mapping[str, Sequence[float]],
    *,
    alpha: float = 0.05,
) -> TippingSurface:
    """Analyse again with imputed values shifted by arm.

    Args:
        imputations: the data with values imputed under missing at random.
        analysis: takes a completed table and returns what it says; the same as in the main analysis.
        arm: the column with the arm.
        deltas: for each arm to be shifted, the shifts to try, in units of the imputed column.
        alpha: two-sided significance level.

    Returns:
        One combined answer for each combination of shifts.

    Raises:
        AnalysisError: when nothing is missing in a shifted arm, or the grid is empty or not finite.
    """
    refuse_if_any(_problems(imputations, arm, deltas, alpha))
    own = imputations.data[arm].cast(pl.String).to_numpy()[imputations.rows]
    points = []
    for combination in product(*deltas.values()):
        chosen = dict(zip(deltas, map(float, combination), strict=True))
        shift = np.array([chosen.get(name, 0.0) for name in own])
        tables = (imputations.completed(number, shift) for number in range(imputations.count))
        points.append(Shifted(chosen, pool([analysis(table) for table in tables], 1 - alpha)))
    start = _unshifted(imputations, analysis, points, alpha)
    tipped = tuple(point for point in points if _tips(point.pooled, start, alpha))
    return TippingSurface(tuple(points), alpha, tipped, _sentence(start, tipped, len(points), alpha))


def _unshifted(imputations: Imputations, analysis: Analysis, points: Sequence[Shifted], alpha: float) -> Pooled:
    for point in points:
        if not any(point.deltas.values()):
            return point.pooled
    return pool([analysis(imputations.completed(number)) for number in range(imputations.count)], 1 - alpha)


def _tips(now: Pooled, start: Pooled, alpha: float) -> bool:
    return start.p < alpha and (now.p >= alpha or now.estimate * start.estimate < 0)


def _sentence(start: Pooled, tipped: Sequence[Shifted], points: int, alpha: float) -> str:
    if start.p >= alpha:
        return f"Without shifts p is {start.p:.4f}, not below {alpha:g}, so there is no conclusion that could tip."
    if not tipped:
        return f"The conclusion holds at all {points} points of the grid."
    nearest = min(tipped, key=lambda point: sum(abs(delta) for delta in point.deltas.values()))
    shifts = " and ".join(f"{delta:+g} in {name}" for name, delta in nearest.deltas.items())
    return (
        f"The conclusion tips at {len(tipped)} of {points} points; nearest when imputed values are shifted by {shifts} "
        f"(p = {nearest.pooled.p:.4f})."
    )


def _problems(imputations: Imputations, arm: str, deltas: Mapping[str, Sequence[float]], alpha: float) -> list[str]:
    if arm not in imputations.data.columns:
        return [f"The data have no column {arm}."]
    problems = [] if 0 < alpha < 1 else [f"The significance level {alpha} is outside 0 to 1; give for example 0.05."]
    own = imputations.data[arm].cast(pl.String).to_numpy()[imputations.rows]
    if not deltas:
        problems.append("No arm is to be shifted; give shifts for at least one.")
    for name, shifts in deltas.items():
        if name not in own:
            problems.append(f"No value was imputed in arm '{name}', so shifting it changes nothing; leave it out.")
        if not len(shifts) or not np.isfinite(np.asarray(shifts, float)).all():
            problems.append(f"The shifts of arm '{name}' must be finite numbers, at least one.")
    return problems
