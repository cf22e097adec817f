"""Compares yes-or-no answers of the same people under two conditions, such as treated and untreated lesions."""

from collections.abc import Callable
from dataclasses import dataclass

from scipy import optimize, special, stats

from calcitrial.models import refuse_if_any


@dataclass(frozen=True)
class MatchedAnswers:
    """Difference of two shares in the same people; `p` is McNemar's exact, `p_mid` its mid-p.

    `low` and `high` are Tango's limits, `agresti_min` the simpler ones that a reader can check by hand.
    `first_only` and `second_only` count who answered yes under one condition alone. `p` is 1 when nobody did.
    """

    n: int
    both: int
    first_only: int
    second_only: int
    estimate: float
    low: float
    high: float
    level: float
    p: float
    p_mid: float
    agresti_min: tuple[float, float]


def matched_answers(both: int, first_only: int, second_only: int, neither: int, level: float = 0.95) -> MatchedAnswers:
    """Exact McNemar test with Tango's score interval for the difference of the shares, first less second.

    McNemar, Psychometrika 1947;12:153; Tango, Stat Med 1998;17:891; Agresti and Min, Stat Med 2005;24:729.

    Args:
        both: participants with yes under both conditions.
        first_only: participants with yes under the first condition only.
        second_only: participants with yes under the second condition only.
        neither: participants with no yes.
        level: confidence level.

    Returns:
        The difference of the shares with test and interval.

    Raises:
        AnalysisError: when a count is impossible or there is nobody.
    """
    refuse_if_any(_problems(both, first_only, second_only, neither, level))
    n, discordant = both + first_only + second_only + neither, first_only + second_only
    fewer = min(first_only, second_only)
    p = float(stats.binomtest(fewer, discordant).pvalue) if discordant else 1.0
    p_mid = min(1.0, 2 * float(stats.binom.cdf(fewer, discordant, 0.5) - stats.binom.pmf(fewer, discordant, 0.5) / 2))
    difference = (first_only - second_only) / n
    z = float(special.ndtri(0.5 + level / 2))
    low = _limit(lambda d: _tango(first_only, second_only, n, d) - z, -1.0, difference)
    high = _limit(lambda d: _tango(first_only, second_only, n, d) + z, difference, 1.0)
    simple = _agresti_min(first_only, second_only, n, z)
    return MatchedAnswers(n, both, first_only, second_only, difference, low, high, level, p, p_mid, simple)


def _agresti_min(first: int, second: int, n: int, z: float) -> tuple[float, float]:
    """Wald's limits after half a participant is added to each of the four cells."""
    difference = (first - second) / (n + 2)
    half = z * (((first + second + 1) - (first - second) ** 2 / (n + 2)) ** 0.5) / (n + 2)
    return max(-1.0, difference - half), min(1.0, difference + half)


def _tango(first: int, second: int, n: int, difference: float) -> float:
    """Tango's score statistic at a hypothetical difference; 0 or infinite where its variance vanishes."""
    linear = -first - second + (2 * n - first + second) * difference
    constant = -second * difference * (1 - difference)
    # Tango's maximum likelihood share of "second only" under the hypothesis, from 2 n q^2 + linear q + constant = 0.
    share = (max(0.0, linear**2 - 8 * n * constant) ** 0.5 - linear) / (4 * n)  # below zero only by rounding
    variance = n * (2 * share + difference * (1 - difference))
    distance = first - second - n * difference
    if variance <= 1e-15:
        return 0.0 if abs(distance) < 1e-9 else float("inf") if distance > 0 else float("-inf")
    return float(distance / variance**0.5)


def _limit(curve: Callable[[float], float], low: float, high: float) -> float:
    """Where the decreasing score crosses; the end of the range when it does not."""
    edge = 1e-12
    if high - low < 2 * edge:
        return high if high >= 1 else low
    left, right = low + edge, high - edge
    if curve(left) <= 0:
        return low
    if curve(right) >= 0:
        return high
    return float(optimize.brentq(curve, left, right, xtol=1e-13))


def _problems(both: int, first_only: int, second_only: int, neither: int, level: float) -> list[str]:
    counts = {"both": both, "first only": first_only, "second only": second_only, "neither": neither}
    problems = [
        f"The count '{name}' is {count}; give a whole number of participants, 0 or more."
        for name, count in counts.items()
        if not float(count).is_integer() or count < 0
    ]
    if not problems and sum(counts.values()) == 0:
        problems.append("All four counts are zero; a comparison within people needs people.")
    if not 0 < level < 1:
        problems.append(f"The confidence level {level} is outside 0 to 1; give for example 0.95.")
    return problems
