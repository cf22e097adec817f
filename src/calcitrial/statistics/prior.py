"""A prior for a share from earlier studies: meta-analytic-predictive (MAP), made robust, with its worth in people.

Neuenschwander et al., Clin Trials 2010;7:5; robust mixture: Schmidli et al., Biometrics 2014;70:1023. Log odds of
studies are normal with mean mu (normal prior) and standard deviation tau (half-normal prior). Everything is a
sum over quadrature points; there is no simulation.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import special

from calcitrial.models import refuse_if_any
from calcitrial.statistics.quadrature import log_integrals
from calcitrial.statistics.random_effects import log_odds

Array = NDArray[np.float64]
GRID = 64  # nodes for mu and for tau
WIDE = 9.0  # reach of mu, in standard deviations of its normal approximation
FURTHEST = 6.0  # reach of tau, in scales of its prior
NODES = 12  # for the log odds of each earlier study
EDGES = np.linspace(-15.0, 15.0, 3001)  # log odds between which the new study's share is summed up
NOTHING = 1e-12  # weight of a grid point that is left out
FAR = 30.0  # points this far below the highest log density carry nothing


@dataclass(frozen=True, eq=False)
class MapPrior:
    """The share of a new study as weights of 3,000 narrow bins, mixed with a vague beta of weight `robust`.

    `edges` are the 3,001 shares between bins, `shares` their middles, `weights` sum to 1.
    `mean`, `sd` and `ess` are those of the mixture; `ess` is the number of participants whose beta distribution
    has this mean and sd. `mu` and `tau` hold posterior mean and sd of the parameters.
    """

    edges: Array
    shares: Array
    weights: Array
    robust: float
    vague: tuple[float, float]
    mean: float
    sd: float
    ess: float
    mu: tuple[float, float]
    tau: tuple[float, float]

    def quantiles(self, levels: Sequence[float]) -> tuple[float, ...]:
        """Return quantiles of the mixture.

        Args:
            levels: between 0 and 1.

        Returns:
            One share per level.
        """
        return _quantiles(self.edges, self.weights, self.robust, self.vague, levels)


@dataclass(frozen=True)
class PosteriorShare:
    """A share after new data; `robust` is the weight left to the vague part, near 1 when prior and data disagree."""

    mean: float
    sd: float
    low: float
    high: float
    level: float
    robust: float


def map_prior(
    events: ArrayLike,
    n: ArrayLike,
    *,
    mu: tuple[float, float] = (0.0, 2.0),
    tau_scale: float = 1.0,
    robust: float = 0.2,
    vague: tuple[float, float] = (1.0, 1.0),
) -> MapPrior:
    """Predict the share of a new study from earlier ones.

    Args:
        events: counts of the earlier studies.
        n: their sizes.
        mu: mean and standard deviation of the normal prior of the mean log odds.
        tau_scale: scale of the half-normal prior of the standard deviation between studies.
        robust: weight of the vague part, 0 to below 1.
        vague: parameters of its beta distribution.

    Returns:
        The prior.

    Raises:
        AnalysisError: when counts or settings are impossible.
    """
    x, size = np.asarray(events, np.float64).ravel(), np.asarray(n, np.float64).ravel()
    refuse_if_any(_problems(x, size, mu[1], tau_scale, robust, vague))
    mus, taus, weights = _posterior(x, size, mu, tau_scale)
    shares = special.expit((EDGES[:-1] + EDGES[1:]) / 2)
    masses = _bins(mus, taus, weights)
    mean, sd = _mixture_moments(shares, masses, robust, vague)
    return MapPrior(
        edges=special.expit(EDGES),
        shares=shares,
        weights=masses,
        robust=robust,
        vague=vague,
        mean=mean,
        sd=sd,
        ess=mean * (1 - mean) / sd**2 - 1,
        mu=_moments(mus, weights),
        tau=_moments(taus, weights),
    )


def update(prior: MapPrior, events: int, n: int, level: float = 0.95) -> PosteriorShare:
    """Learn from the new study.

    Args:
        prior: what `map_prior` returned.
        events: participants of the new study with the event.
        n: participants of the new study.
        level: of the credible interval.

    Returns:
        The share given earlier studies and new data.

    Raises:
        AnalysisError: when the counts are impossible.
    """
    refuse_if_any(_count_problems(np.array([float(events)]), np.array([float(n)])))
    a, b = prior.vague
    likelihood = special.xlogy(events, prior.shares) + special.xlog1py(n - events, -prior.shares)
    informed = special.logsumexp(likelihood, b=prior.weights)
    uninformed = special.betaln(a + events, b + n - events) - special.betaln(a, b)
    weights = prior.weights * np.exp(likelihood - informed)
    left = prior.robust
    if left > 0:
        left = float(special.expit(special.logit(prior.robust) + uninformed - informed))
    beta = (a + events, b + n - events)
    mean, sd = _mixture_moments(prior.shares, weights, left, beta)
    low, high = _quantiles(prior.edges, weights, left, beta, [(1 - level) / 2, (1 + level) / 2])
    return PosteriorShare(mean, sd, low, high, level, left)


def _posterior(x: Array, size: Array, mu: tuple[float, float], scale: float) -> tuple[Array, Array, Array]:
    """Points of mu and tau with posterior weights; the range of tau is narrowed to where the posterior is."""
    longest = FURTHEST * scale
    for _ in range(2):
        mus, taus, _ = _grid(x, size, mu, longest)
        logs = _log_posterior(x, size, mus, taus, mu, scale)
        longest = min(longest, 1.2 * taus[logs > logs.max() - FAR].max())
    mus, taus, area = _grid(x, size, mu, longest)
    logs = _log_posterior(x, size, mus, taus, mu, scale)
    weights = area * np.exp(logs - logs.max())
    return mus, taus, weights / weights.sum()


def _grid(x: Array, size: Array, mu: tuple[float, float], longest: float) -> tuple[Array, Array, Array]:
    """Points of tau, and for each of them points of mu around the normal approximation of its posterior."""
    nodes, weights = np.polynomial.legendre.leggauss(GRID)
    taus = (1 + nodes) * longest / 2
    y, v = log_odds(x, size)
    precision = 1 / (v + taus[:, None] ** 2)
    total = precision.sum(axis=1) + mu[1] ** -2
    middle, width = (precision @ y + mu[0] * mu[1] ** -2) / total, WIDE / np.sqrt(total)
    mus = middle[:, None] + width[:, None] * nodes
    return mus.ravel(), np.repeat(taus, GRID), (width[:, None] * np.outer(weights, weights)).ravel()


def _log_posterior(x: Array, size: Array, mus: Array, taus: Array, mu: tuple[float, float], scale: float) -> Array:
    k, points = len(x), len(mus)
    codes = np.arange(points * k)
    each = log_integrals(np.repeat(mus, k), np.tile(x, points), np.tile(size, points), codes, np.repeat(taus, k), NODES)
    return np.asarray(each.reshape(points, k).sum(axis=1) - ((mus - mu[0]) / mu[1]) ** 2 / 2 - (taus / scale) ** 2 / 2)


def _bins(mus: Array, taus: Array, weights: Array) -> Array:
    """Weight of each bin: the mixture of normal distributions of the new study's log odds, without its far ends."""
    kept = weights > NOTHING
    below = np.zeros(len(EDGES))
    for mu, tau, weight in zip(mus[kept], taus[kept], weights[kept], strict=True):
        below += weight * special.ndtr((EDGES - mu) / tau)
    masses = np.diff(below)
    return np.asarray(masses / masses.sum())


def _moments(values: Array, weights: Array) -> tuple[float, float]:
    mean = float(weights @ values)
    return mean, float(weights @ (values - mean) ** 2) ** 0.5


def _mixture_moments(shares: Array, weights: Array, robust: float, beta: tuple[float, float]) -> tuple[float, float]:
    mean, sd = _moments(shares, weights)
    a, b = beta
    vague_mean, vague_variance = a / (a + b), a * b / ((a + b) ** 2 * (a + b + 1))
    mixed = (1 - robust) * mean + robust * vague_mean
    square = (1 - robust) * (sd**2 + mean**2) + robust * (vague_variance + vague_mean**2)
    return mixed, (square - mixed**2) ** 0.5


def _quantiles(
    edges: Array, weights: Array, robust: float, beta: tuple[float, float], levels: Sequence[float]
) -> tuple[float, ...]:
    below = np.concatenate([[0.0], np.cumsum(weights)])
    mixed = (1 - robust) * below + robust * special.betainc(*beta, edges)
    return tuple(float(np.interp(level, mixed, edges)) for level in levels)


def _problems(
    x: Array, size: Array, mu_sd: float, scale: float, robust: float, vague: tuple[float, float]
) -> list[str]:
    problems = _count_problems(x, size)
    if len(x) < 2:
        problems.append(f"A prior from earlier studies needs at least two, and there are {len(x)}.")
    if not (mu_sd > 0 and scale > 0 and min(vague) > 0):
        problems.append(
            "The standard deviation of mu, the scale of tau and the vague beta's parameters must be above 0."
        )
    if not 0 <= robust < 1:
        problems.append(f"The weight {robust} of the vague part is outside 0 to below 1; 0.2 is usual.")
    return problems


def _count_problems(x: Array, size: Array) -> list[str]:
    if len(x) != len(size):
        return [f"There are {len(x)} counts and {len(size)} sizes; give one size for each count."]
    whole = np.isfinite(x) & np.isfinite(size) & (x == np.floor(x)) & (size == np.floor(size))
    bad = int((~whole | (x < 0) | (size < 1) | (x > size)).sum())
    return [f"{bad} of {len(x)} studies have impossible counts; give events from 0 to n, n above 0."] if bad else []
