"""Compares a share of people between two groups, one observation each: score interval and Fisher's exact test."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from scipy import optimize, special, stats

from calcitrial.models import refuse_if_any
from calcitrial.statistics.intervals import wilson

EDGE = 1e-12


@dataclass(frozen=True)
class SharesCompared:
    """Difference of two shares, first less second, with the score interval of Miettinen and Nurminen or Mee.

    `newcombe` is the hybrid of Wilson's limits. `p` is Fisher's; `odds_ratio` the conditional maximum likelihood
    estimate with its exact interval, 0 or infinite when a cell is empty, which `messages` says.
    """

    estimate: float
    low: float
    high: float
    newcombe: tuple[float, float]
    p: float
    odds_ratio: float
    odds_low: float
    odds_high: float
    level: float
    messages: tuple[str, ...]


def compare_shares(
    events: tuple[int, int], n: tuple[int, int], *, level: float = 0.95, corrected: bool = True
) -> SharesCompared:
    """Compare two groups of participants.

    Args:
        events: participants with the event in each group.
        n: participants of each group.
        level: confidence level.
        corrected: score variance by N / (N - 1) (Miettinen and Nurminen, Stat Med 1985;4:213) or without (Mee,
            Biometrics 1984;40:1175).

    Returns:
        The difference with its intervals, the exact test and the odds ratio.

    Raises:
        AnalysisError: when the counts or the level are impossible, or nobody (or everybody) had the event.
    """
    first, second = wilson(events[0], n[0], level), wilson(events[1], n[1], level)  # refuse impossible counts
    refuse_if_any(_problems(events, n))
    difference = first.estimate - second.estimate
    factor = (sum(n) / (sum(n) - 1)) ** 0.5 if corrected else 1.0
    z = float(special.ndtri(0.5 + level / 2)) * factor
    table = np.array([[events[0], n[0] - events[0]], [events[1], n[1] - events[1]]])
    odds = stats.contingency.odds_ratio(table, kind="conditional")
    odds_limits = odds.confidence_interval(level)
    below = ((first.estimate - first.low) ** 2 + (second.high - second.estimate) ** 2) ** 0.5
    above = ((first.high - first.estimate) ** 2 + (second.estimate - second.low) ** 2) ** 0.5
    empty = not table.all()
    return SharesCompared(
        estimate=difference,
        low=_limit(lambda d: _score(events, n, d) - z, -1.0, difference),
        high=_limit(lambda d: _score(events, n, d) + z, difference, 1.0),
        newcombe=(difference - below, difference + above),
        p=float(stats.fisher_exact(table).pvalue),
        odds_ratio=float(odds.statistic),
        odds_low=float(odds_limits.low),
        odds_high=float(odds_limits.high),
        level=level,
        messages=("A cell is empty, so the odds ratio is 0 or infinite; read the difference.",) if empty else (),
    )


def _score(events: tuple[int, int], n: tuple[int, int], difference: float) -> float:
    """Distance of the shares from a hypothetical difference, in standard errors under it."""
    second = _restricted(events, n, difference)
    first = second + difference
    variance = first * (1 - first) / n[0] + second * (1 - second) / n[1]
    away = events[0] / n[0] - events[1] / n[1] - difference
    if variance <= EDGE:
        return 0.0 if abs(away) < 1e-9 else float("inf") if away > 0 else float("-inf")
    return float(away / variance**0.5)


def _restricted(events: tuple[int, int], n: tuple[int, int], difference: float) -> float:
    """Maximum likelihood share of the second group when the first lies `difference` above it."""
    low, high = max(0.0, -difference) + EDGE, min(1.0, 1 - difference) - EDGE

    def slope(second: float) -> float:
        first = second + difference
        one = events[0] / first - (n[0] - events[0]) / (1 - first)
        return one + events[1] / second - (n[1] - events[1]) / (1 - second)

    if low >= high or slope(low) <= 0:
        return low
    return high if slope(high) >= 0 else float(optimize.brentq(slope, low, high, xtol=1e-14))


def _limit(curve: Callable[[float], float], low: float, high: float) -> float:
    """Where the falling score crosses, or the end of the range when it does not."""
    left, right = low + 1e-9, high - 1e-9
    if left >= right or curve(left) <= 0:
        return low
    return high if curve(right) >= 0 else float(optimize.brentq(curve, left, right, xtol=1e-12))


def _problems(events: tuple[int, int], n: tuple[int, int]) -> list[str]:
    if sum(events) not in (0, sum(n)):
        return []
    every = "None" if sum(events) == 0 else "All"
    return [
        f"{every} of the {sum(n)} participants of both groups had the event, so their odds ratio is not estimable; "
        "report the exact interval of each group."
    ]
