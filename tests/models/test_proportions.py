import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from calcitrial.models import AnalysisError, clopper_pearson


@given(st.integers(1, 400).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n))), st.floats(0.5, 0.999))
def test_interval_equals_scipy(counts: tuple[int, int], level: float) -> None:
    ours = clopper_pearson(*counts, level)
    theirs = stats.binomtest(*counts).proportion_ci(level, method="exact")  # found there by a search
    assert ours.low == pytest.approx(theirs.low, rel=1e-6, abs=1e-12)
    assert ours.high == pytest.approx(theirs.high, rel=1e-6)
    assert ours.low <= ours.estimate <= ours.high


@given(st.integers(2, 400).flatmap(lambda n: st.tuples(st.integers(1, n - 1), st.just(n))))
def test_each_tail_holds_half_of_what_the_level_leaves(counts: tuple[int, int]) -> None:
    ours = clopper_pearson(*counts, 0.9)
    assert stats.binom.sf(counts[0] - 1, counts[1], ours.low) == pytest.approx(0.05, rel=1e-9)
    assert stats.binom.cdf(counts[0], counts[1], ours.high) == pytest.approx(0.05, rel=1e-9)


def test_no_events_of_thirty() -> None:
    found = clopper_pearson(0, 30)
    assert (found.low, found.estimate) == (0.0, 0.0)
    assert found.high == pytest.approx(1 - 0.025 ** (1 / 30))


@pytest.mark.parametrize(
    ("events", "n", "level", "sentence"),
    [
        (1, 0, 0.95, "n is 0; give a whole number above 0"),
        (4, 3, 0.95, "4 of 3 is not a count; give a whole number of events between 0 and 3"),
        (-1, 3, 0.95, "-1 of 3 is not a count"),
        (float("nan"), 3, 0.95, "nan of 3 is not a count"),
        (1, float("inf"), 0.95, "n is inf"),
        (1.5, 3, 0.95, "1.5 of 3 is not a count"),
        (1, 3, 95, "The confidence level 95 is outside 0 to 1"),
    ],
)
def test_impossible_counts_are_refused(events: float, n: int, level: float, sentence: str) -> None:
    with pytest.raises(AnalysisError, match=sentence):
        clopper_pearson(events, n, level)
