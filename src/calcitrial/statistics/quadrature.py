"""Integrals over a normal random intercept of binomial counts, by adaptive Gauss-Hermite quadrature.

Each cluster's integrand is centred at its mode and scaled by its curvature there; Pinheiro and Bates, J Comput
Graph Stat 1995;4:12.
"""

import numpy as np
from numpy.typing import NDArray
from scipy import special

Array = NDArray[np.float64]
Codes = NDArray[np.int64]
ROUNDS = 100


def log_integrals(linear: Array, events: Array, n: Array, codes: Codes, sigma: Array, points: int) -> Array:
    """Log of each cluster's integral of its binomial likelihood over the random intercept.

    Args:
        linear: linear predictor of each row without the random intercept.
        events: count of each row.
        n: size of each row.
        codes: cluster of each row, from 0.
        sigma: standard deviation of the intercept of each cluster, 0 or more.
        points: number of nodes.

    Returns:
        One log integral per cluster, with the binomial coefficients.
    """
    count, spread = len(sigma), sigma[codes]
    mode = _modes(linear, events, n, codes, sigma)
    share = special.expit(linear + spread * mode[codes])
    curvature = 1 + sigma**2 * np.bincount(codes, n * share * (1 - share), count)
    nodes, weights = np.polynomial.hermite.hermgauss(points)
    places = mode[:, None] + np.sqrt(2 / curvature)[:, None] * nodes
    predictor = linear[:, None] + spread[:, None] * places[codes]
    rows = events[:, None] * predictor - n[:, None] * np.logaddexp(0.0, predictor)
    likelihood = np.zeros((count, points))
    np.add.at(likelihood, codes, rows)
    inside = special.logsumexp(likelihood - places**2 / 2 + nodes**2 + np.log(weights), axis=1)
    choose = special.gammaln(n + 1) - special.gammaln(events + 1) - special.gammaln(n - events + 1)
    return np.asarray(inside - np.log(np.pi * curvature) / 2 + np.bincount(codes, choose, count))


def _modes(linear: Array, events: Array, n: Array, codes: Codes, sigma: Array) -> Array:
    """Newton's method for all clusters at once; each integrand is log-concave, so short steps always arrive."""
    spread, mode = sigma[codes], np.zeros(len(sigma))
    for _ in range(ROUNDS):
        share = special.expit(linear + spread * mode[codes])
        slope = np.bincount(codes, spread * (events - n * share), len(sigma)) - mode
        curvature = 1 + np.bincount(codes, spread**2 * n * share * (1 - share), len(sigma))
        step = np.clip(slope / curvature, -2, 2)
        mode = mode + step
        if np.abs(step).max() < 1e-10:
            break
    return mode
