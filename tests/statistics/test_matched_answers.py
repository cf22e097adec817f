import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from scipy import stats

from calcitrial.models import AnalysisError
from calcitrial.statistics import matched_answers
from calcitrial.statistics.matched_answers import _tango

COUNT = st.integers(0, 12)


@settings(max_examples=40)
@given(COUNT, COUNT, COUNT, COUNT)
@example(0, 0, 9, 0)  # the root is of zero, and rounding makes it of less
def test_interval_holds_the_difference_and_mirrors(both: int, first: int, second: int, neither: int) -> None:
    if both + first + second + neither == 0:
        return
    ours = matched_answers(both, first, second, neither)
    other = matched_answers(both, second, first, neither)
    assert -1 <= ours.low <= ours.estimate <= ours.high <= 1
    assert (ours.low, ours.high) == pytest.approx((-other.high, -other.low), abs=1e-9)
    for limit, z in [(ours.low, 1.959964), (ours.high, -1.959964)]:
        if abs(limit) < 1 and limit != ours.estimate:
            assert _tango(first, second, ours.n, limit) == pytest.approx(z, abs=1e-5)


def test_score_at_no_difference_is_mcnemars() -> None:
    assert _tango(9, 3, 40, 0.0) == pytest.approx((9 - 3) / (9 + 3) ** 0.5)


def test_p_is_the_sign_test_of_the_discordant() -> None:
    ours = matched_answers(4, 7, 1, 8)
    assert ours.p == pytest.approx(stats.binomtest(7, 8).pvalue)
    assert ours.p_mid == pytest.approx(ours.p - stats.binom.pmf(1, 8, 0.5))


def test_nobody_discordant() -> None:
    ours = matched_answers(5, 0, 0, 6)
    assert (ours.p, ours.p_mid, ours.estimate) == (1.0, 1.0, 0.0)
    assert ours.low == pytest.approx(-ours.high)
    assert 0 < ours.high < 0.5


def test_impossible_counts_are_said() -> None:
    with pytest.raises(AnalysisError, match="a comparison within people needs people"):
        matched_answers(0, 0, 0, 0)
    with pytest.raises(AnalysisError) as error:
        matched_answers(-1, 2.5, 0, 1, level=95)
    assert len(error.value.problems) == 3
