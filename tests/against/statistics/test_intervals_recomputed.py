"""Intervals for one share against stats, PropCIs and base R."""

import pytest
from scipy import stats

from calcitrial.models import clopper_pearson
from calcitrial.statistics import blaker, jeffreys, mid_p, wilson
from tests.against.statistics.oracle import recorded, same

COUNTS = [(0, 12), (1, 17), (5, 20), (9, 24), (13, 35), (29, 30), (35, 35)]


@pytest.mark.parametrize("counts", COUNTS)
@pytest.mark.parametrize(
    ("method", "name", "atol"),
    [
        (clopper_pearson, "clopper_pearson", 1e-12),
        (wilson, "wilson", 1e-12),
        (jeffreys, "jeffreys", 1e-12),
        (blaker, "blaker", 1e-4),  # PropCIs walks a grid
        (mid_p, "midp", 5e-4),  # PropCIs stops short of the root: its 0.0031 for 1 of 17 leaves a tail of 0.0263
    ],
)
def test_limits_equal_r(method, name: str, atol: float, counts: tuple[int, int]) -> None:
    theirs = recorded("proportions", f"binom_{counts[0]}_{counts[1]}")[name]
    ours = method(*counts)
    same((ours.low, ours.high), theirs, rtol=0, atol=atol)


@pytest.mark.parametrize("counts", COUNTS[1:-1])
def test_mid_p_limits_leave_the_tails_that_their_definition_says(counts: tuple[int, int]) -> None:
    ours = mid_p(*counts)
    half = stats.binom.pmf(counts[0], counts[1], [ours.low, ours.high]) / 2
    assert stats.binom.sf(counts[0], counts[1], ours.low) + half[0] == pytest.approx(0.025, rel=1e-9)
    assert stats.binom.cdf(counts[0], counts[1], ours.high) - half[1] == pytest.approx(0.025, rel=1e-9)
