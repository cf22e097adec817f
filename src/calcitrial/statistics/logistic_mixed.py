"""Logistic regression with a random intercept per cluster, by maximum likelihood with adaptive quadrature."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import optimize

from calcitrial.models import AnalysisError, refuse_if_any
from calcitrial.statistics.quadrature import log_integrals
from calcitrial.statistics.separation import separation_problems

Array = NDArray[np.float64]
Curve = Callable[[Array], float]
NOTHING = 1e-7  # a gain in log likelihood below it leaves the random intercept without variance
ROUNDS = 50


@dataclass(frozen=True, eq=False)
class LogisticMixed:
    """Coefficients `beta` (p) on the log odds scale given the intercept, `vcov` (p x p), and `sigma` of the intercept.

    `loglik` includes the binomial coefficients. `messages` says when the intercept has no variance.
    """

    terms: tuple[str, ...]
    beta: Array
    vcov: Array
    sigma: float
    loglik: float
    points: int
    messages: tuple[str, ...]

    @property
    def se(self) -> Array:
        """Standard errors of the coefficients, with the uncertainty of `sigma` in them."""
        return np.asarray(np.sqrt(np.diag(self.vcov)))


def fit_logistic_mixed(
    events: Array,
    n: Array,
    matrix: Array,
    codes: NDArray[np.int64],
    terms: Sequence[str],
    *,
    points: int = 25,
) -> LogisticMixed:
    """Fit a logistic model with a random intercept.

    Args:
        events: count of each row; 0 or 1 where a row is one lesion.
        n: size of each row.
        matrix: rows x p.
        codes: cluster of each row, from 0.
        terms: p names.
        points: quadrature nodes per cluster; 1 is Laplace's approximation.

    Returns:
        The fit.

    Raises:
        AnalysisError: under separation, with one cluster, or when the search does not end.
    """
    refuse_if_any(_problems(events, n, matrix, codes, points))
    refuse_if_any(separation_problems(matrix, events / n, terms))
    p, clusters = matrix.shape[1], int(codes.max()) + 1
    unit = np.abs(matrix).max(axis=0)  # so that one width of differences suits every column
    scaled = matrix / unit

    def above(place: Array) -> float:
        spread = np.full(clusters, abs(place[p]))
        return -float(log_integrals(scaled @ place[:p], events, n, codes, spread, points).sum())

    # The likelihood is the same at -sigma, so that zero is an ordinary place and needs a start of its own.
    start = optimize.minimize(above, np.append(np.zeros(p), 0.5), method="BFGS").x
    place = _newton(above, start)
    none = _newton(lambda beta: above(np.append(beta, 0.0)), start[:p])
    messages: tuple[str, ...] = ()
    if above(np.append(none, 0.0)) - above(place) < NOTHING:
        place = np.append(none, 0.0)
        messages = ("The variance between clusters is estimated as zero; rows of one cluster are no more alike.",)
    beta, sigma = np.asarray(place[:p], np.float64), abs(float(place[p]))
    _refuse_far(scaled @ beta, sigma)
    information = _hessian(above, place)
    _refuse_flat(information)
    vcov = np.asarray(np.linalg.inv(information)[:p, :p] / np.outer(unit, unit), np.float64)
    return LogisticMixed(tuple(terms), beta / unit, vcov, sigma, -above(place), points, messages)


def _newton(curve: Curve, start: Array) -> Array:
    place = np.asarray(start, np.float64)
    for _ in range(ROUNDS):
        step = np.linalg.lstsq(_hessian(curve, place), _gradient(curve, place), rcond=None)[0]
        step = step * min(1.0, 0.5 / max(np.abs(step).max(), 1e-300))
        place = np.asarray(place - step)
        if np.abs(step).max() < 1e-8:
            return place
    raise AnalysisError(
        "The search for the random intercept's variance did not settle; there are too few clusters with mixed answers."
    )


def _steps(size: int, width: float) -> Array:
    return np.eye(size) * width


def _gradient(curve: Curve, place: Array) -> Array:
    """Central differences of the fourth order; the curve is smooth to rounding."""
    near, far = _steps(len(place), 1e-3), _steps(len(place), 2e-3)
    return np.array(
        [
            (8 * (curve(place + a) - curve(place - a)) - curve(place + b) + curve(place - b)) / 12e-3
            for a, b in zip(near, far, strict=True)
        ]
    )


def _hessian(curve: Curve, place: Array) -> Array:
    steps = _steps(len(place), 2e-3)
    found = np.empty((len(place), len(place)))
    for i, a in enumerate(steps):
        for j, b in enumerate(steps[: i + 1]):
            up, down = curve(place + a + b) + curve(place - a - b), curve(place + a - b) + curve(place - a + b)
            found[i, j] = found[j, i] = (up - down) / (4 * 2e-3**2)
    return found


def _refuse_far(linear: Array, sigma: float) -> None:
    if not np.isfinite(linear).all() or np.abs(linear).max() > 30 or sigma > 15:
        raise AnalysisError(
            f"The log odds run away (to {np.abs(linear).max():.0f}, with a standard deviation between clusters of "
            f"{sigma:.0f}), so they are not estimable; report the counts of participants with exact intervals."
        )


def _refuse_flat(information: Array) -> None:
    """Refuse a place that is no maximum: a standard error from there would be none."""
    if not np.isfinite(information).all() or np.linalg.eigvalsh(information)[0] <= 0:
        raise AnalysisError(
            "The likelihood has no clear maximum: clusters answer almost all or almost none, so the log odds are not "
            "estimable; report the counts of participants with exact intervals."
        )


def _problems(events: Array, n: Array, matrix: Array, codes: NDArray[np.int64], points: int) -> list[str]:
    if not len(events) == len(n) == len(matrix) == len(codes):
        return ["Counts, sizes, matrix and clusters have different numbers of rows; give one of each per row."]
    problems = []
    whole = np.isfinite(events) & np.isfinite(n) & (events == np.floor(events)) & (n == np.floor(n))
    bad = int((~whole | (events < 0) | (n < 1) | (events > n)).sum())
    if bad:
        problems.append(
            f"{bad} of {len(events)} rows are no counts; give whole numbers of events from 0 to n, n above 0."
        )
    if len(codes) and codes.max() == 0:
        problems.append(f"All {len(codes)} rows belong to one cluster; how clusters differ cannot be seen in one.")
    if points < 1:
        problems.append(f"{points} quadrature nodes are too few; 25 are usual.")
    return problems
