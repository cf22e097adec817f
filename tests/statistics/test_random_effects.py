import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from calcitrial.models import AnalysisError
from calcitrial.statistics import leave_one_out, log_odds, pool_effects
from calcitrial.statistics.random_effects import _restricted_score

EFFECTS = st.lists(st.tuples(st.floats(-3, 3), st.floats(0.05, 2)), min_size=3, max_size=10).filter(
    lambda pairs: np.ptp([y for y, _ in pairs]) > 1e-3
)


def restricted(y: np.ndarray, v: np.ndarray, tau2: float) -> float:
    w = 1 / (v + tau2)
    away = y - w @ y / w.sum()
    return float(np.log(w).sum() - np.log(w.sum()) - w @ away**2) / 2


@settings(max_examples=30)
@given(EFFECTS)
def test_reml_is_where_the_restricted_likelihood_is_flat(pairs) -> None:
    y, v = (np.array(part) for part in zip(*pairs, strict=True))
    found = pool_effects(y, v)
    if found.tau2 > 0:
        step = 1e-5 * (1 + found.tau2)
        ahead, behind = restricted(y, v, found.tau2 + step), restricted(y, v, max(found.tau2 - step, 0))
        assert restricted(y, v, found.tau2) >= max(ahead, behind) - 1e-9
    else:
        assert _restricted_score(y, v, 0.0) <= 0


@settings(max_examples=30)
@given(EFFECTS, st.floats(-5, 5), st.sampled_from(["reml", "dl", "pm"]))
def test_a_shift_of_all_studies_shifts_the_answer(pairs, shift: float, method: str) -> None:
    y, v = (np.array(part) for part in zip(*pairs, strict=True))
    first, moved = pool_effects(y, v, method=method), pool_effects(y + shift, v, method=method)
    assert moved.estimate == pytest.approx(first.estimate + shift, abs=1e-6)
    assert moved.tau2 == pytest.approx(first.tau2, abs=1e-6)
    assert first.predicted_low <= first.low <= first.estimate <= first.high <= first.predicted_high
    assert 0 <= first.i2 < 100


def test_equal_variances_without_heterogeneity_are_a_t_test() -> None:
    y = np.array([1.0, 1.1, 0.9, 1.05])
    found = pool_effects(y, np.full(4, 0.5))
    assert (found.tau2, found.i2) == (0, 0)
    assert found.se == pytest.approx(y.std(ddof=1) / 2)
    assert pool_effects(y, np.full(4, 0.5), test="normal").se == pytest.approx((0.5 / 4) ** 0.5)


def test_log_odds_adds_a_half_only_where_a_cell_is_empty() -> None:
    y, v = log_odds([0, 5, 10], [10, 10, 10])
    assert y == pytest.approx([np.log(0.5 / 10.5), 0, np.log(10.5 / 0.5)])
    assert v == pytest.approx([1 / 0.5 + 1 / 10.5, 0.4, 1 / 0.5 + 1 / 10.5])


def test_leave_one_out_leaves_each_out() -> None:
    y, v = np.array([0.0, 1.0, 5.0]), np.array([0.1, 0.1, 0.1])
    assert [round(one.estimate, 6) for one in leave_one_out(y, v)] == [3.0, 2.5, 0.5]


def test_refusals() -> None:
    for y, v, sentence in [
        ([1.0], [0.1], "needs at least two studies, and there are 1"),
        ([1.0, float("nan")], [0.1, 0.1], "missing or infinite"),
        ([1.0, 2.0], [0.1, 0.0], "a variance is not above 0"),
        ([1.0, 2.0], [0.1], "2 estimates and 1 variances"),
        ([1.0, 1.0], [0.1, 0.2], "All 2 studies have the same estimate.*not estimable"),
    ]:
        with pytest.raises(AnalysisError, match=sentence):
            pool_effects(y, v)
    with pytest.raises(AnalysisError) as error:
        pool_effects([1, 2], [1, 1], method="ml", level=0)
    assert len(error.value.problems) == 2
