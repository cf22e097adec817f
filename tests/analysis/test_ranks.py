"""The rank sum test against R's own example, against scipy, and counted by hand."""

import numpy as np
import pytest
from scipy import stats

from calcitrial.analysis.ranks import rank_sum
from calcitrial.models import AnalysisError


def test_the_example_of_wilcox_test_in_r():
    """Hollander and Wolfe's permeability data; R: W = 35, p = 0.1272 one-sided, 0.305 (-0.15 to 0.76)."""
    x = [0.80, 0.83, 1.89, 1.04, 1.45, 1.38, 1.91, 1.64, 0.73, 1.46]
    y = [1.15, 0.88, 0.90, 0.74, 1.21]
    found = rank_sum(x, y)
    assert found.statistic == 35 and found.exact
    assert found.p == pytest.approx(2 * 0.1272, abs=1e-4)
    assert (found.estimate, found.low, found.high) == pytest.approx((0.305, -0.15, 0.76), abs=1e-9)


def test_three_against_two_by_hand():
    """Of ten ways to choose two of five, one has the two largest: p = 2/10; the differences are 9 8 7 8 7 6."""
    found = rank_sum([10, 9], [1, 2, 3])
    assert found.p == pytest.approx(0.2)
    assert found.estimate == pytest.approx(7.5)
    assert (found.low, found.high) == (-np.inf, np.inf)


def test_ties_are_exact_given_the_ranks():
    """Values 1 1 2 | 2 3: the mean ranks are 1.5 1.5 3.5 | 3.5 5, and two sums of ten pairs reach 8.5."""
    assert rank_sum([2, 3], [1, 1, 2]).p == pytest.approx(2 * 2 / 10)


def test_without_ties_it_is_the_exact_p_of_scipy_and_with_many_people_the_normal_one():
    dice = np.random.default_rng(4)
    a, b = dice.normal(size=9), dice.normal(0.8, size=12)
    assert rank_sum(a, b).p == pytest.approx(stats.mannwhitneyu(a, b, method="exact").pvalue, rel=1e-12)
    many, more = dice.normal(size=40), dice.normal(0.3, size=50)
    found = rank_sum(many, more)
    assert not found.exact
    assert found.p == pytest.approx(stats.mannwhitneyu(many, more, method="asymptotic").pvalue, rel=1e-12)
    assert found.low < found.estimate < found.high


def test_nobody_and_no_variation_are_sentences():
    with pytest.raises(AnalysisError, match="second group has nobody"):
        rank_sum([1.0], [])
    with pytest.raises(AnalysisError, match="All 4 people have the value 2"):
        rank_sum([2.0, 2.0], [2.0, 2.0])
