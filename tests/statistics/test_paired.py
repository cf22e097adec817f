import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from calcitrial.models import AnalysisError
from calcitrial.statistics import paired_t, sign_test, signed_rank

DIFFERENCES = st.lists(st.integers(-6, 6), min_size=2, max_size=8).filter(any)


@settings(max_examples=30)
@given(DIFFERENCES)
def test_signed_rank_counts_every_choice_of_signs(differences: list[int]) -> None:
    ours = signed_rank(differences)
    values = np.array(differences, float)
    ranks = stats.rankdata(np.abs(values))[values != 0]
    sums = np.array([np.dot(ranks, signs) for signs in itertools.product([0, 1], repeat=len(ranks))])
    seen = ranks[values[values != 0] > 0].sum()
    p = min(1, 2 * min((sums <= seen + 1e-9).mean(), (sums >= seen - 1e-9).mean()))
    assert ours.statistic == seen
    assert ours.p == pytest.approx(p)


@settings(max_examples=20)
@given(st.lists(st.floats(-5, 5), min_size=6, max_size=20, unique_by=abs).filter(lambda v: 0 not in v))
def test_without_ties_as_scipy_and_interval_agrees_with_the_test(differences: list[float]) -> None:
    ours = signed_rank(differences)
    assert ours.p == pytest.approx(stats.wilcoxon(differences, method="exact").pvalue)
    assert ours.low <= ours.estimate <= ours.high
    assert ours.messages == ()
    if ours.p > 0.0501:
        assert ours.low <= 0 <= ours.high


@given(st.lists(st.floats(-1e3, 1e3), min_size=2, max_size=20).filter(lambda v: np.std(v) > 1e-3))
def test_paired_t_is_scipys(differences: list[float]) -> None:
    ours, theirs = paired_t(differences), stats.ttest_1samp(differences, 0)
    assert ours.p == pytest.approx(theirs.pvalue)
    interval = theirs.confidence_interval()
    assert (ours.low, ours.high) == pytest.approx((interval.low, interval.high))


def test_ties_zeros_and_few_pairs_are_said() -> None:
    found = signed_rank([1, 1, 0, -2])
    assert "1 of 4 differences are zero" in found.messages[0]
    assert "same size" in found.messages[1]
    assert "4 differences are too few for a 95 % interval" in found.messages[2]
    assert (found.low, found.high) == (float("-inf"), float("inf"))


@pytest.mark.parametrize("test", [paired_t, signed_rank, sign_test])
def test_what_cannot_be_compared_is_said(test) -> None:
    for values, sentence in [
        ([1.0], "needs at least two participants, and 1 have both"),
        ([], "and 0 have both"),
        ([1.0, float("nan"), 2.0], "1 of 3 differences are missing or infinite"),
        ([1.0, float("inf")], "missing or infinite"),
        ([0.0, 0.0, 0.0], "All 3 differences are (0|zero)"),
    ]:
        with pytest.raises(AnalysisError, match=sentence):
            test(values)


def test_constant_differences_and_too_many() -> None:
    with pytest.raises(AnalysisError, match=r"All 3 differences are 0.3; without spread"):
        paired_t([0.3, 0.3, 0.3])
    with pytest.raises(AnalysisError, match="too many for the exact test"):
        signed_rank(np.arange(1, 500))
    assert sign_test([1, 2, 3, 0, -1]) == pytest.approx(stats.binomtest(3, 4).pvalue)
