"""Compares two groups of people by ranks: exact, also with ties, with a shift that needs no distribution."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import special, stats

from calcitrial.models import refuse_if_any

Array = NDArray[np.float64]
MOST = 60  # people in both groups together; the exact distribution takes n^3 steps


@dataclass(frozen=True)
class RankSum:
    """Wilcoxon's rank sum test of two groups; `statistic` is Mann and Whitney's U of the first.

    `estimate` is the Hodges-Lehmann shift (median of all differences, first less second) with its interval;
    `exact` is False where the normal distribution stood in for the exact one.
    """

    first: int
    second: int
    statistic: float
    p: float
    estimate: float
    low: float
    high: float
    level: float
    exact: bool


def rank_sum(first: ArrayLike, second: ArrayLike, level: float = 0.95) -> RankSum:
    """Compare two groups of people; Wilcoxon, Biometrics Bulletin 1945;1:80, Hodges and Lehmann, Ann Math Stat 1963.

    The distribution is that of all choices of the first group given the ranks found, so it is exact with ties too;
    above 60 people it is the normal one. The interval takes values without ties.

    Args:
        first: one finite number per person.
        second: the same of the other group.
        level: confidence level.

    Returns:
        The test with the shift and its interval.

    Raises:
        AnalysisError: when a group is empty or all values are the same.
    """
    a, b = np.asarray(first, dtype=float).ravel(), np.asarray(second, dtype=float).ravel()
    values = np.concatenate([a, b])
    problems = [
        f"The {name} group has nobody; ranks need both." for name, x in (("first", a), ("second", b)) if not len(x)
    ]
    if len(values) and not problems and np.ptp(values) == 0:
        problems.append(f"All {len(values)} people have the value {values[0]:g}, so ranks tell nothing.")
    refuse_if_any(problems)
    ranks = stats.rankdata(values)
    statistic = float(ranks[: len(a)].sum()) - len(a) * (len(a) + 1) / 2
    exact = len(values) <= MOST
    p = _exact_p(ranks, len(a)) if exact else float(stats.mannwhitneyu(a, b, method="asymptotic").pvalue)
    differences = np.sort(np.subtract.outer(a, b).ravel())
    low, high = _limits(differences, len(a), len(b), level, exact)
    return RankSum(len(a), len(b), statistic, p, float(np.median(differences)), low, high, level, exact)


def _exact_p(ranks: Array, chosen: int) -> float:
    doubled = np.rint(2 * ranks).astype(int)  # tied ranks end in a half
    sums = _subset_sums(doubled, chosen)
    own = int(doubled[:chosen].sum())
    return min(1.0, 2 * float(min(sums[: own + 1].sum(), sums[own:].sum())))


def _subset_sums(values: NDArray[np.int64], chosen: int) -> Array:
    """Probability of each sum of a random subset of this size."""
    ways = np.zeros((chosen + 1, int(values.sum()) + 1))
    ways[0, 0] = 1.0
    for value in values:
        ways[1:, value:] += ways[:-1, : ways.shape[1] - value].copy()
    return np.asarray(ways[chosen] / special.comb(len(values), chosen))


def _limits(differences: Array, m: int, n: int, level: float, exact: bool) -> tuple[float, float]:
    """The interval holds the differences between two order statistics; infinite where there are too few people."""
    tail = (1 - level) / 2
    if exact:
        below = np.cumsum(_subset_sums(2 * np.arange(1, m + n + 1), m)[m * (m + 1) :: 2])
        if below[0] > tail:
            return float("-inf"), float("inf")
        place = max(1, int(np.searchsorted(below, tail * (1 - 1e-12))))
    else:
        z = float(special.ndtri(1 - tail))
        place = max(1, round(m * n / 2 - z * (m * n * (m + n + 1) / 12) ** 0.5))
    return float(differences[place - 1]), float(differences[-place])
