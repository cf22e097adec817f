import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from calcitrial.models import AnalysisError
from calcitrial.statistics import compare_shares
from calcitrial.statistics.two_shares import _score

GROUP = st.integers(1, 25).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n)))


@settings(max_examples=40)
@given(GROUP, GROUP)
def test_interval_holds_the_difference_and_mirrors(first: tuple[int, int], second: tuple[int, int]) -> None:
    events, n = (first[0], second[0]), (first[1], second[1])
    if sum(events) in (0, sum(n)):
        return
    ours, other = compare_shares(events, n), compare_shares(events[::-1], n[::-1])
    assert -1 <= ours.low <= ours.estimate <= ours.high <= 1
    assert (ours.low, ours.high) == pytest.approx((-other.high, -other.low), abs=1e-6)
    assert ours.p == pytest.approx(other.p)
    plain = compare_shares(events, n, corrected=False)
    assert ours.low <= plain.low + 1e-9
    assert plain.high <= ours.high + 1e-9


def test_score_without_difference_is_pearsons() -> None:
    pooled = 16 / 38
    expected = (12 / 20 - 4 / 18) / (pooled * (1 - pooled) * (1 / 20 + 1 / 18)) ** 0.5
    assert _score((12, 4), (20, 18), 0.0) == pytest.approx(expected)


def test_odds_ratio_limits_leave_the_tails_that_their_definition_says() -> None:
    found = compare_shares((9, 4), (10, 12))
    for odds, tail in [(found.odds_low, lambda d: d.sf(8)), (found.odds_high, lambda d: d.cdf(9))]:
        assert tail(stats.nchypergeom_fisher(22, 13, 10, odds)) == pytest.approx(0.025, rel=1e-6)


def test_an_empty_cell_is_said() -> None:
    found = compare_shares((0, 3), (15, 16))
    assert found.odds_ratio == 0
    assert "A cell is empty" in found.messages[0]


def test_refusals() -> None:
    with pytest.raises(AnalysisError, match=r"None of the 30 participants.*not estimable"):
        compare_shares((0, 0), (15, 15))
    with pytest.raises(AnalysisError, match="All of the 30 participants"):
        compare_shares((15, 15), (15, 15))
    with pytest.raises(AnalysisError, match="16 of 15 is not a count"):
        compare_shares((16, 0), (15, 15))
