"""Where readings differ from each other: REML variances of crossed and nested random effects, readings may be missing.

The model is y = mean + one random effect per grouping + residual. The deviance is profiled over mean and residual
variance as in Bates, Maechler, Bolker and Walker, J Stat Softw 2015;67(1), section 3; the inner system is sparse
(lesions and readings hang together through a few readers only), so thousands of readings are no burden.
"""

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import Bounds, minimize
from scipy.sparse import csc_array, hstack
from scipy.sparse.linalg import splu

from calcitrial.protocol import Problem, RefusedError

Floats = NDArray[np.float64]
STARTS = (1.0, 0.2)
LARGEST = 1e4  # of a standard deviation over that of the residual
SMALLEST = 1e-4  # below it a variance counts as zero
RESIDUAL = "residual"


@dataclass(frozen=True)
class Components:
    """Variances by grouping (and `residual`), the mean, the REML log-likelihood, and what was found to be zero."""

    variances: dict[str, float]
    mean: float
    log_likelihood: float
    readings: int
    zero: tuple[str, ...]


@dataclass(frozen=True)
class _Problem:
    """Cross products of one problem: indicators with themselves, with values and ones; and sizes.

    `columns_of` has the column of each stored number of `gram`.
    """

    gram: Any
    columns_of: NDArray[np.int64]
    right: Floats
    of_values: float
    count: int
    columns: tuple[int, ...]


def variance_components(values: Sequence[float], groups: Mapping[str, Sequence[str]]) -> Components:
    """Return the REML variances of readings (log scale, say) with one random intercept for each grouping.

    Args:
        values: one per reading.
        groups: for each random effect the level of every reading, such as {"lesion": [...], "reader": [...]}.

    Raises:
        RefusedError: fewer than three readings, readings that do not differ (within a level), or a grouping that has
            one level or a level for every reading and so cannot be told from the residual.
    """
    y = np.asarray(values, dtype=np.float64)
    _refuse(y, groups)
    mean = float(y.mean())
    problem = _prepared(y - mean, groups)
    best = min((_searched(problem, start) for start in STARTS), key=lambda found: found[0])
    deviance, theta = best
    shift, residual = _profiled(problem, theta)[1:]
    variances = {name: float(t) ** 2 * residual for name, t in zip(groups, theta, strict=True)}
    zero = tuple(name for name, t in zip(groups, theta, strict=True) if t < SMALLEST)
    return Components({**variances, RESIDUAL: residual}, mean + shift, -deviance / 2, y.size, zero)


def _refuse(y: Floats, groups: Mapping[str, Sequence[str]]) -> None:
    found = []
    if y.size < 3 or not np.isfinite(y).all() or np.ptp(y) == 0:
        what = f"{y.size} readings, of which {len(set(y.tolist()))} differ."
        found.append(Problem("agreement", what, "Variances need at least three finite readings that differ."))
    for name, levels in groups.items():
        count = len(set(levels))
        if len(levels) != y.size or not 1 < count < y.size:
            what = f"{name} has {count} levels in {y.size} readings."
            found.append(Problem("agreement", what, "Leave it out; its variance cannot be told from the rest."))
        elif not found and _explains_all(y, levels):
            what = f"All readings of one {name} are the same."
            found.append(Problem("agreement", what, "There is no error to estimate; were automatic sizes taken over?"))
    if found:
        raise RefusedError(found)


def _explains_all(y: Floats, levels: Sequence[str]) -> bool:
    known: dict[str, float] = {}
    return all(known.setdefault(level, value) == value for level, value in zip(levels, y.tolist(), strict=True))


def _prepared(y: Floats, groups: Mapping[str, Sequence[str]]) -> _Problem:
    blocks = []
    for levels in groups.values():
        _names, places = np.unique(np.asarray(levels), return_inverse=True)
        shape = (y.size, int(places.max()) + 1)
        blocks.append(csc_array((np.ones(y.size), (np.arange(y.size), places)), shape=shape))
    z = csc_array(hstack(blocks))
    gram, right = csc_array(z.T @ z), z.T @ np.column_stack([y, np.ones(y.size)])
    columns_of = np.repeat(np.arange(gram.shape[1]), np.diff(gram.indptr))
    return _Problem(gram, columns_of, np.asarray(right), float(y @ y), y.size, tuple(b.shape[1] for b in blocks))


def _searched(problem: _Problem, start: float) -> tuple[float, Floats]:
    """Return the lowest deviance found from a start, and the relative standard deviations there."""
    size = len(problem.columns)
    options: Any = {"final_tr_radius": 1e-9, "maxfev": 2000, "scale": False}  # the stubs do not know COBYQA's
    bounds = Bounds(np.zeros(size), np.full(size, LARGEST))
    first: Floats = np.full(size, start)
    deviance: Callable[..., float] = lambda theta: _profiled(problem, theta)[0]  # noqa: E731
    result = minimize(deviance, first, method="COBYQA", bounds=bounds, options=options)
    return float(result.fun), np.clip(result.x, 0.0, LARGEST)


def _profiled(problem: _Problem, theta: Floats) -> tuple[float, float, float]:
    """Return REML deviance, mean and residual variance at these relative standard deviations."""
    scale = np.repeat(theta, problem.columns)
    gram, columns = problem.gram, problem.columns_of
    cells = gram.data * scale[gram.indices] * scale[columns] + (gram.indices == columns)
    inner = csc_array((cells, gram.indices, gram.indptr), shape=gram.shape)
    factor = splu(inner, permc_spec="MMD_AT_PLUS_A", diag_pivot_thresh=0.0, options={"SymmetricMode": True})
    right = scale[:, None] * problem.right
    solved = right.T @ factor.solve(right)
    sum_of_values = float(problem.right[: problem.columns[0], 0].sum())
    ones = problem.count - solved[1, 1]
    mean = (sum_of_values - solved[0, 1]) / ones
    free = problem.count - 1
    square = problem.of_values - solved[0, 0] - mean**2 * ones
    residual = max(float(square), 1e-300) / free
    log_determinants = float(np.log(np.abs(factor.U.diagonal())).sum()) + math.log(ones)
    return log_determinants + free * (1 + math.log(2 * math.pi * residual)), float(mean), residual
