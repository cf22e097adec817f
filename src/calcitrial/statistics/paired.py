"""Compares treated and untreated lesions of the same people: one difference per participant."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import special, stats

from calcitrial.models import AnalysisError, TTest, refuse_if_any

Array = NDArray[np.float64]
MOST_PAIRS = 400  # the exact distribution takes n^3 steps


@dataclass(frozen=True)
class SignedRank:
    """Wilcoxon's signed rank test: `statistic` is the sum of the ranks of positive differences.

    `estimate` is the Hodges-Lehmann median of the averages of pairs of differences, with its exact interval.
    """

    n: int
    statistic: float
    p: float
    estimate: float
    low: float
    high: float
    level: float
    messages: tuple[str, ...]


def paired_t(differences: ArrayLike, level: float = 0.95) -> TTest:
    """Student's t test of differences, one per participant, against zero.

    Args:
        differences: n finite numbers.
        level: confidence level.

    Returns:
        The mean with its test and interval.

    Raises:
        AnalysisError: when there are fewer than two differences, one is missing, or all are the same.
    """
    values = _checked(differences, level)
    n, mean, spread = len(values), float(values.mean()), float(values.std(ddof=1))
    if spread <= 1e-14 * np.abs(values).max():
        raise AnalysisError(f"All {n} differences are {values[0]:g}; without spread there is nothing to test against.")
    se = spread / n**0.5
    half = float(special.stdtrit(n - 1, 0.5 + level / 2)) * se
    p = float(2 * special.stdtr(n - 1, -abs(mean / se)))
    return TTest(mean, se, float(n - 1), mean / se, p, mean - half, mean + half)


def signed_rank(differences: ArrayLike, level: float = 0.95) -> SignedRank:
    """Exact Wilcoxon signed rank test, also with ties and zeros.

    The distribution is that of all 2^n choices of sign given the ranks found. Zeros take part in the ranking
    and then have no sign; Pratt, JASA 1959;54:655. Without ties and zeros this is the usual table.

    Args:
        differences: n finite numbers, one per participant.
        level: confidence level of the Hodges-Lehmann interval; with ties it holds approximately.

    Returns:
        The test and the interval.

    Raises:
        AnalysisError: when there are fewer than two differences, one is missing, or all are zero.
    """
    values = _checked(differences, level)
    n = len(values)
    if not values.any():
        raise AnalysisError(f"All {n} differences are zero, so no rank has a sign; there is nothing to test.")
    if n > MOST_PAIRS:
        raise AnalysisError(f"{n} pairs are too many for the exact test; use the paired t test above {MOST_PAIRS}.")
    ranks = stats.rankdata(np.abs(values))[values != 0]
    signs = values[values != 0] > 0
    counts = _distribution(np.rint(2 * ranks).astype(int))  # doubled, because tied ranks end in a half
    twice = round(2 * float(ranks[signs].sum()))
    p = min(1.0, 2 * float(min(counts[: twice + 1].sum(), counts[twice:].sum())))
    low, high = _walsh_limits(values, level)
    messages = _rank_messages(values, level, np.isinf(low))
    return SignedRank(n, twice / 2, p, float(np.median(_averages(values))), low, high, level, messages)


def sign_test(differences: ArrayLike) -> float:
    """Exact two-sided p of as many positive as negative differences; zeros are left out.

    Args:
        differences: n finite numbers, one per participant.

    Returns:
        The p value.

    Raises:
        AnalysisError: when there are fewer than two differences, one is missing, or all are zero.
    """
    values = _checked(differences, 0.95)
    if not values.any():
        raise AnalysisError(f"All {len(values)} differences are zero, so none has a sign; there is nothing to test.")
    positive, negative = int((values > 0).sum()), int((values < 0).sum())
    return float(stats.binomtest(positive, positive + negative).pvalue)


def _checked(differences: ArrayLike, level: float) -> Array:
    values = np.asarray(differences, dtype=np.float64).ravel()
    lost = int((~np.isfinite(values)).sum())
    problems = []
    if lost:
        problems.append(f"{lost} of {len(values)} differences are missing or infinite; leave those participants out.")
    if len(values) - lost < 2:
        problems.append(f"A paired comparison needs at least two participants, and {len(values) - lost} have both.")
    if not 0 < level < 1:
        problems.append(f"The confidence level {level} is outside 0 to 1; give for example 0.95.")
    refuse_if_any(problems)
    return values


def _distribution(ranks: Sequence[int] | NDArray[np.int64]) -> Array:
    """Probability of each sum of a random half of the ranks."""
    counts = np.zeros(int(np.sum(ranks)) + 1)
    counts[0] = 1.0
    for rank in ranks:
        counts[rank:] = (counts[rank:] + counts[:-rank]) / 2
        counts[:rank] /= 2
    return counts


def _averages(values: Array) -> Array:
    first, second = np.triu_indices(len(values))
    return np.asarray(np.sort((values[first] + values[second]) / 2))


def _walsh_limits(values: Array, level: float) -> tuple[float, float]:
    averages = _averages(values)
    below = np.cumsum(_distribution(np.arange(1, len(values) + 1)))
    place = max(int(np.searchsorted(below, (1 - level) / 2 * (1 - 1e-12))), 1)
    if below[0] > (1 - level) / 2:
        return float("-inf"), float("inf")
    return float(averages[place - 1]), float(averages[-place])


def _rank_messages(values: Array, level: float, unbounded: bool) -> tuple[str, ...]:
    n, zeros = len(values), int((values == 0).sum())
    messages = []
    if zeros:
        messages.append(f"{zeros} of {n} differences are zero; they were ranked and have no sign (Pratt).")
    sizes = np.abs(values[values != 0])
    if len(np.unique(sizes)) < len(sizes):
        messages.append("Some differences have the same size; the test is exact given the tied ranks.")
    if unbounded:
        messages.append(f"{n} differences are too few for a {100 * level:g} % interval; it is the whole line.")
    return tuple(messages)
