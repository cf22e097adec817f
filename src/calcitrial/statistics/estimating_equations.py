"""Solves generalized estimating equations, and solves them again without each cluster (the jackknife)."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray
from scipy import special

from calcitrial.models import AnalysisError
from calcitrial.statistics.working import (
    Cluster,
    Family,
    Moments,
    Working,
    bread,
    clusters_at,
    mean_and_variance,
    residual_moments,
)

Array = NDArray[np.float64]
Places = Sequence[NDArray[np.int64]]
Jackknife = Literal["one-step", "full"]
ITERATIONS = 200
HASTY = 20  # from then on half steps: near its bound the correlation can swing between two values for ever
CLOSE = 1e-11
EDGE = 0.99  # part of the possible range of the correlation that is used


@dataclass(frozen=True, eq=False)
class Solved:
    """The solution of the estimating equations: p coefficients, moments, and the clusters there.

    `held` says that the correlation was estimated outside what the largest cluster allows and held at the edge;
    estimates and covariances are valid under any working correlation.
    """

    beta: Array
    moments: Moments
    clusters: tuple[Cluster, ...]
    inverse: Array
    held: bool


def cluster_places(codes: NDArray[np.int64]) -> tuple[NDArray[np.int64], ...]:
    """Return the row numbers of each cluster.

    Args:
        codes: the number of the cluster of each of n rows.

    Returns:
        One array of row numbers per cluster, clusters in the order of their numbers.
    """
    order = np.argsort(codes, kind="stable")
    starts = np.flatnonzero(np.diff(codes[order])) + 1
    return tuple(np.split(order, starts))


def solve(
    response: Array,
    matrix: Array,
    places: Places,
    family: Family,
    working: Working,
    less_p: bool = False,
    start: Array | None = None,
) -> Solved:
    """Find the coefficients at which the weighted residuals of the clusters cancel.

    Args:
        response: n values.
        matrix: n x p, of full column rank.
        places: the rows of each cluster.
        family: "gaussian" or "binomial".
        working: "exchangeable" or "independence".
        less_p: as in `residual_moments`.
        start: p coefficients to begin with; zeros when left out.

    Returns:
        The solution; coefficients and correlation alternate until neither moves.

    Raises:
        AnalysisError: when the search leaves what can be fitted, or does not end.
    """
    beta = np.zeros(matrix.shape[1]) if start is None else start
    moments = Moments(1.0, 0.0)
    for turn in range(ITERATIONS):
        clusters = clusters_at(beta, response, matrix, places, family, moments.correlation)
        step = _step(clusters)
        beta = beta + step
        _refuse_wild(beta, matrix, family)
        found = _moments(beta, response, matrix, places, family, less_p)
        allowed = 0.0 if working == "independence" else _allowed(found.correlation, places)
        moved = abs(allowed - moments.correlation)
        if turn >= HASTY:
            allowed = (allowed + moments.correlation) / 2
        moments = Moments(found.scale, allowed)
        if np.abs(step).max() < CLOSE * (1 + np.abs(beta).max()) and moved < CLOSE:
            final = tuple(clusters_at(beta, response, matrix, places, family, moments.correlation))
            held = working == "exchangeable" and abs(allowed - found.correlation) > CLOSE
            return Solved(beta, moments, final, bread(final), held)
    raise AnalysisError(
        f"The estimating equations did not settle in {ITERATIONS} rounds; take terms out of the formula, or ask for "
        "the working correlation 'independence'."
    )


def _step(clusters: Sequence[Cluster]) -> Array:
    score = np.sum([cluster.weighted @ cluster.residual for cluster in clusters], axis=0)
    return np.asarray(bread(clusters) @ score)


def _moments(beta: Array, response: Array, matrix: Array, places: Places, family: Family, less_p: bool) -> Moments:
    mean, variance = mean_and_variance(matrix @ beta, family)
    return residual_moments((response - mean) / np.sqrt(variance), places, len(beta), less_p)


def _refuse_wild(beta: Array, matrix: Array, family: Family) -> None:
    linear = matrix @ beta
    if not np.isfinite(linear).all() or (family == "binomial" and np.abs(linear).max() > special.logit(1 - 1e-9)):
        raise AnalysisError(
            "The estimating equations run away to fitted shares of 0 or 1: the log odds are not estimable; report the "
            "counts of participants with their exact intervals."
        )


def _allowed(correlation: float, places: Places) -> float:
    """Moment estimates may leave the range in which the working covariance of the largest cluster has an inverse."""
    largest = max(len(rows) for rows in places)
    lowest = -EDGE / (largest - 1) if largest > 1 else -EDGE
    return min(max(correlation, lowest), EDGE)


def jackknife_covariance(
    solved: Solved,
    response: Array,
    matrix: Array,
    places: Places,
    family: Family,
    working: Working,
    kind: Jackknife = "one-step",
) -> Array:
    """Covariance of the coefficients by leaving out one cluster at a time; Yan and Fine, Stat Med 2004;23:859.

    Args:
        solved: the solution with all clusters.
        response: n values.
        matrix: n x p.
        places: the rows of each cluster.
        family: as in `solve`.
        working: as in `solve`.
        kind: "one-step" moves once from the solution (geepack's jack and j1s), "full" solves anew (fij).

    Returns:
        p x p: the sum of squared moves times (m - q) / m, with m clusters and q coefficients and moments.

    Raises:
        AnalysisError: when the model cannot be fitted without one of the clusters.
    """
    m, p = len(places), len(solved.beta)
    moves = [_without(number, solved, response, matrix, places, family, working, kind) for number in range(m)]
    counted = p + (2 if working == "exchangeable" else 1)
    if m <= counted:
        raise AnalysisError(f"The jackknife needs more than {counted} clusters, and there are {m}.")
    return np.asarray((m - counted) / m * sum(np.outer(move, move) for move in moves))


def _without(
    number: int,
    solved: Solved,
    response: Array,
    matrix: Array,
    places: Places,
    family: Family,
    working: Working,
    kind: Jackknife,
) -> Array:
    others = [*solved.clusters[:number], *solved.clusters[number + 1 :]]
    information = np.sum([cluster.weighted @ cluster.slopes for cluster in others], axis=0)
    if np.linalg.cond(information) > 1e12:
        raise AnalysisError(
            f"Without cluster number {number + 1} a coefficient cannot be estimated, so there is no jackknife; ask for "
            "another covariance."
        )
    if kind == "one-step":
        return _step(others)
    kept = np.concatenate([*places[:number], *places[number + 1 :]])
    codes = np.repeat(np.arange(len(places) - 1), [len(c.residual) for c in others])
    anew = solve(response[kept], matrix[kept], cluster_places(codes), family, working, start=solved.beta)
    return anew.beta - solved.beta
