import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from calcitrial.models import AnalysisError, clopper_pearson
from calcitrial.statistics import blaker, jeffreys, mid_p, wilson

METHODS = [wilson, jeffreys, mid_p, blaker]
COUNTS = st.integers(1, 60).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n)))


@pytest.mark.parametrize("method", METHODS)
@settings(max_examples=25)
@given(COUNTS)
def test_limits_hold_the_share_and_mirror(method, counts: tuple[int, int]) -> None:
    x, n = counts
    ours, mirrored = method(x, n), method(n - x, n)
    assert 0 <= ours.low <= ours.estimate <= ours.high <= 1
    assert (ours.low, ours.high) == pytest.approx((1 - mirrored.high, 1 - mirrored.low), abs=1e-8)


@pytest.mark.parametrize("method", [mid_p, blaker])
@settings(max_examples=25)
@given(COUNTS)
def test_exact_variants_lie_inside_clopper_and_pearson(method, counts: tuple[int, int]) -> None:
    inner, outer = method(*counts), clopper_pearson(*counts)
    assert outer.low - 1e-9 <= inner.low
    assert inner.high <= outer.high + 1e-9


@settings(max_examples=25)
@given(COUNTS)
def test_wilson_limits_are_where_the_score_test_rejects(counts: tuple[int, int]) -> None:
    x, n = counts
    ours = wilson(x, n)
    for limit in (ours.low, ours.high):
        if 0 < limit < 1:
            assert abs(x / n - limit) / (limit * (1 - limit) / n) ** 0.5 == pytest.approx(stats.norm.ppf(0.975))


def test_blaker_covers_every_share_in_small_samples() -> None:
    n = 8
    limits = [blaker(x, n) for x in range(n + 1)]
    for share in np.linspace(0.02, 0.98, 49):
        inside = [limit.low <= share <= limit.high for limit in limits]
        assert stats.binom.pmf(np.arange(n + 1), n, share)[inside].sum() >= 0.95


@pytest.mark.parametrize("method", METHODS)
def test_impossible_counts_are_refused(method) -> None:
    with pytest.raises(AnalysisError, match="4 of 3 is not a count"):
        method(4, 3)
    with pytest.raises(AnalysisError, match="The confidence level 95 is outside"):
        method(1, 3, 95)
