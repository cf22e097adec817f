"""Intervals for a share of people, one observation each; the exact one of Clopper and Pearson is in `models`.

Named after Brown, Cai and DasGupta, Stat Sci 2001;16:101, who compare them.
"""

from collections.abc import Callable
from dataclasses import replace

from scipy import optimize, special, stats

from calcitrial.models import Proportion, clopper_pearson

STEPS = 400  # candidate values between an exact limit and the share, to find Blaker's outermost crossing


def wilson(events: int, n: int, level: float = 0.95) -> Proportion:
    """Score interval; Wilson, JASA 1927;22:209.

    Args:
        events: participants with the event.
        n: participants observed.
        level: confidence level.

    Returns:
        The share with its interval.

    Raises:
        AnalysisError: when the counts or the level are impossible.
    """
    exact = clopper_pearson(events, n, level)  # refuses impossible counts
    low, high = wilson_limits(exact.estimate, n, level)
    return replace(exact, low=0.0 if events == 0 else low, high=1.0 if events == n else high)


def wilson_limits(share: float, n: float, level: float) -> tuple[float, float]:
    """Return Wilson's limits for a share of a size that need not be whole.

    Args:
        share: between 0 and 1.
        n: size, above 0.
        level: confidence level.

    Returns:
        The lower and the upper limit.
    """
    z = float(special.ndtri(0.5 + level / 2))
    middle = share + z**2 / (2 * n)
    half = z * float((share * (1 - share) / n + z**2 / (4 * n**2)) ** 0.5)
    return (middle - half) / (1 + z**2 / n), (middle + half) / (1 + z**2 / n)


def jeffreys(events: int, n: int, level: float = 0.95) -> Proportion:
    """Equal-tailed interval of the beta posterior under Jeffreys' prior, with the limits 0 and 1 kept.

    Args:
        events: as in `wilson`.
        n: as in `wilson`.
        level: as in `wilson`.

    Returns:
        The share with its interval.

    Raises:
        AnalysisError: as in `wilson`.
    """
    exact, tail = clopper_pearson(events, n, level), (1 - level) / 2
    a, b = events + 0.5, n - events + 0.5
    low = 0.0 if events == 0 else float(special.betaincinv(a, b, tail))
    return replace(exact, low=low, high=1.0 if events == n else float(special.betaincinv(a, b, 1 - tail)))


def mid_p(events: int, n: int, level: float = 0.95) -> Proportion:
    """Exact interval that counts half the probability of what was seen; Lancaster, JASA 1961;56:223.

    Args:
        events: as in `wilson`.
        n: as in `wilson`.
        level: as in `wilson`.

    Returns:
        The share with its interval; shorter than Clopper and Pearson's, right on average over shares.

    Raises:
        AnalysisError: as in `wilson`.
    """
    exact, tail = clopper_pearson(events, n, level), (1 - level) / 2

    def above(share: float) -> float:
        return float(stats.binom.sf(events, n, share) + stats.binom.pmf(events, n, share) / 2) - tail

    def below(share: float) -> float:
        return float(stats.binom.cdf(events, n, share) - stats.binom.pmf(events, n, share) / 2) - tail

    low = 0.0 if events == 0 else _root(above, 0.0, exact.estimate)
    return replace(exact, low=low, high=1.0 if events == n else _root(below, exact.estimate, 1.0))


def blaker(events: int, n: int, level: float = 0.95) -> Proportion:
    """Exact interval inside Clopper and Pearson's; Blaker, Can J Stat 2000;28:783.

    Args:
        events: as in `wilson`.
        n: as in `wilson`.
        level: as in `wilson`.

    Returns:
        The share with the smallest interval that holds every share that Blaker's test accepts.

    Raises:
        AnalysisError: as in `wilson`.
    """
    exact = clopper_pearson(events, n, level)

    def beyond(share: float) -> float:
        return _acceptability(events, n, share) - (1 - level)

    low = 0.0 if events == 0 else _outermost(beyond, exact.low, exact.estimate)
    return replace(exact, low=low, high=1.0 if events == n else _outermost(beyond, exact.high, exact.estimate))


def _acceptability(events: int, n: int, share: float) -> float:
    """Blaker's: the smaller tail, plus the largest opposite tail that is not larger."""
    up, down = stats.binom.sf(events - 1, n, share), stats.binom.cdf(events, n, share)
    smaller = min(up, down)
    if up < down:
        return float(smaller + stats.binom.cdf(stats.binom.ppf(smaller, n, share) - 1, n, share))
    return float(smaller + stats.binom.sf(stats.binom.isf(smaller, n, share), n, share))


def _outermost(beyond: Callable[[float], float], outer: float, inner: float) -> float:
    """The acceptability jumps, so step inwards from the exact limit until it is reached, then halve the step."""
    step, reached = (inner - outer) / STEPS, outer
    while abs(step) > 1e-10:
        while beyond(reached) < 0 and (inner - reached) * step > 0:
            reached += step
        if beyond(reached) >= 0 and reached != outer:
            reached -= step
        step /= 10
    return reached


def _root(curve: Callable[[float], float], low: float, high: float) -> float:
    return float(optimize.brentq(curve, low, high, xtol=1e-13))
