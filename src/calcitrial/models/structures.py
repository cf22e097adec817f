"""How the rows of one group, such as the visits of a lesion, vary together: one covariance matrix over visits.

Every structure is D M D with D = diag(exp a): a has one entry for all visits, or one per visit (the names that end
in h, and us). M is a correlation matrix, or for `us` L L' with L unit lower triangular. A correlation is written
rho = k / sqrt(1 + k^2), and that of compound symmetry, which m visits hold above -1 / (m - 1), as a logistic function
of k between there and 1. So every entry of a and k may be any number. The structures: Jennrich and Schluchter,
Biometrics 1986;42:805-820. Kenward and Roger's covariance depends on the coordinates of a structure through its
second derivatives; these are the coordinates of R's mmrm, so that both give the same numbers.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]

STRUCTURES: Mapping[str, str] = {
    "us": "unstructured",
    "toep": "Toeplitz",
    "toeph": "heterogeneous Toeplitz",
    "ar1": "first-order autoregressive",
    "ar1h": "heterogeneous first-order autoregressive",
    "cs": "compound symmetry",
    "csh": "heterogeneous compound symmetry",
}

HOLDS_AN_INTERCEPT = ("us", "toep", "toeph", "cs", "csh")  # one variance more for all visits cannot be told apart


@dataclass(frozen=True, eq=False)
class Covariance:
    """A covariance matrix (m x m) with its first (q x m x m) and second (q x q x m x m) derivatives."""

    value: Array
    first: Array
    second: Array


def has_one_variance(kind: str) -> bool:
    """Return whether all visits share one variance."""
    return kind in ("toep", "ar1", "cs")


def parameter_count(kind: str, visits: int) -> int:
    """Return the number of parameters of a structure over some visits."""
    scales = 1 if has_one_variance(kind) else visits
    shape = {"us": visits * (visits - 1) // 2, "toep": visits - 1, "toeph": visits - 1}
    return scales + shape.get(kind, 1)


def covariance(kind: str, psi: Array, visits: int) -> Covariance:
    """Compute a structure and its derivatives.

    Args:
        kind: one of `STRUCTURES`.
        psi: the entries of a, then those of k; for `us` the entries of L below its diagonal, row by row.
        visits: m.

    Returns:
        The matrix with its derivatives by `psi`.
    """
    scales = 1 if has_one_variance(kind) else visits
    picks = np.ones((visits, 1)) if scales == 1 else np.eye(visits)
    shape = _cholesky(psi[scales:], visits) if kind == "us" else _correlation(kind, psi[scales:], visits)
    spread = np.exp(picks @ psi[:scales])
    outer = np.outer(spread, spread)
    weights = (picks[:, None, :] + picks[None, :, :]).transpose(2, 0, 1)  # d log outer / d a
    value, bent = outer * shape.value, outer * shape.first
    q = len(psi)
    second = np.empty((q, q, visits, visits))
    second[:scales, :scales] = weights[:, None] * weights[None] * value
    second[:scales, scales:] = weights[:, None] * bent[None]
    second[scales:, :scales] = second[:scales, scales:].swapaxes(0, 1)
    second[scales:, scales:] = outer * shape.second
    return Covariance(value, np.concatenate([weights * value, bent]), second)


def starting_values(kind: str, visits: int, variance: float, rho: float) -> Array:
    """Return the parameters of a structure but `us`, at one variance and correlation rho between neighbours."""
    scales = 1 if has_one_variance(kind) else visits
    psi = np.zeros(parameter_count(kind, visits))
    psi[:scales] = 0.5 * np.log(variance)
    if kind.startswith("cs"):
        psi[scales:] = np.log((1 + (visits - 1) * rho) / ((visits - 1) * (1 - rho)))
    elif kind.startswith("ar1"):
        psi[scales:] = rho / np.sqrt(1 - rho**2)
    else:
        falling = rho ** np.arange(1.0, len(psi) - scales + 1)
        psi[scales:] = falling / np.sqrt(1 - falling**2)
    return psi


def unstructured_values(matrix: Array) -> Array:
    """Return the parameters of `us` at a positive definite m x m matrix."""
    root = np.linalg.cholesky(matrix)
    scales = np.diag(root)
    return np.append(np.log(scales), (root / scales[:, None])[np.tril_indices(len(root), -1)])


def _cholesky(k: Array, visits: int) -> Covariance:
    rows, columns = np.tril_indices(visits, -1)
    lower = np.eye(visits)
    lower[rows, columns] = k
    unit = np.zeros((len(k), visits, visits))
    unit[np.arange(len(k)), rows, columns] = 1.0
    half = unit @ lower.T
    pair = unit[:, None] @ unit[None].swapaxes(2, 3)
    return Covariance(lower @ lower.T, half + half.swapaxes(1, 2), pair + pair.swapaxes(2, 3))


def _correlation(kind: str, k: Array, visits: int) -> Covariance:
    """A matrix of functions of one correlation each; entry (s, t) depends on correlation number `which`."""
    lag = np.abs(np.subtract.outer(np.arange(visits), np.arange(visits)))
    toeplitz = kind.startswith("toep")
    which = np.where(lag > 0, lag - 1 if toeplitz else 0, 0)
    power = lag if kind.startswith("ar1") else np.minimum(lag, 1)
    rho, slope, bend = (own[which] for own in (_shared(k, visits) if kind.startswith("cs") else _rho(k)))
    value = rho**power
    steep = power * rho ** np.maximum(power - 1, 0)
    curve = power * np.maximum(power - 1, 0) * rho ** np.maximum(power - 2, 0)
    mine = which == np.arange(len(k))[:, None, None]
    second = np.zeros((len(k), len(k), visits, visits))
    second[np.arange(len(k)), np.arange(len(k))] = mine * (curve * slope**2 + steep * bend)
    return Covariance(value, mine * (steep * slope), second)


def _rho(k: Array) -> tuple[Array, Array, Array]:
    """Return k / sqrt(1 + k^2) with its derivatives."""
    root = np.sqrt(1 + k**2)
    return k / root, root**-3, -3 * k * root**-5


def _shared(k: Array, visits: int) -> tuple[Array, Array, Array]:
    """Return the correlation of compound symmetry, between -1 / (m - 1) and 1, with its derivatives."""
    width = visits / (visits - 1)
    part = 1 / (1 + np.exp(-k))
    slope = width * part * (1 - part)
    return width * part - (width - 1), slope, slope * (1 - 2 * part)
