import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from calcitrial.models import AnalysisError
from calcitrial.statistics import poisson_rate, poisson_rate_ratio


@given(st.integers(1, 300), st.floats(0.01, 1e4))
def test_each_tail_holds_its_half(events: int, exposure: float) -> None:
    ours = poisson_rate(events, exposure, per=1)
    assert stats.poisson.sf(events - 1, ours.low * exposure) == pytest.approx(0.025, rel=1e-8)
    assert stats.poisson.cdf(events, ours.high * exposure) == pytest.approx(0.025, rel=1e-8)
    assert ours.low < ours.estimate < ours.high


def test_no_event_is_the_rule_of_three_and_more() -> None:
    ours = poisson_rate(0, 50)
    assert (ours.low, ours.estimate) == (0, 0)
    assert ours.high == pytest.approx(100 * 3.6889 / 50, rel=1e-4)


@given(st.integers(0, 40), st.integers(1, 40), st.floats(0.5, 50), st.floats(0.5, 50))
def test_ratio_inverts_when_groups_change_places(first: int, second: int, years: float, other: float) -> None:
    a, b = poisson_rate(first, years), poisson_rate(second, other)
    ratio, inverse = poisson_rate_ratio(a, b), poisson_rate_ratio(b, a)
    assert ratio.p == pytest.approx(inverse.p)
    assert ratio.low * inverse.high == pytest.approx(1, rel=1e-6) if ratio.low else inverse.high == float("inf")
    assert ratio.low <= ratio.estimate <= ratio.high


def test_no_event_in_the_second_group_is_said() -> None:
    found = poisson_rate_ratio(poisson_rate(4, 10), poisson_rate(0, 10))
    assert found.high == float("inf")
    assert "no upper limit" in found.messages[0]


def test_refusals() -> None:
    none = poisson_rate(0, 3)
    with pytest.raises(AnalysisError, match=r"Neither group had an event.*not estimable"):
        poisson_rate_ratio(none, none)
    with pytest.raises(AnalysisError, match="One rate counts injections and the other person-years"):
        poisson_rate_ratio(poisson_rate(2, 30, per=1, unit="injections"), none)
    with pytest.raises(AnalysisError) as error:
        poisson_rate(-1, 0, level=2)
    assert len(error.value.problems) == 3
    for events, exposure in [(1.5, 1), (float("nan"), 1), (1, float("inf")), (1, float("nan"))]:
        with pytest.raises(AnalysisError):
            poisson_rate(events, exposure)
