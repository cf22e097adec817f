import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from calcitrial.models import AnalysisError
from calcitrial.statistics import Analysed, pool

NUMBERS = st.lists(st.floats(-5, 5), min_size=2, max_size=12)


@settings(max_examples=40)
@given(NUMBERS, st.floats(0.1, 3), st.floats(2, 500))
def test_variance_is_within_and_between_and_df_stay_below_the_complete_ones(estimates, se: float, df: float) -> None:
    ours = pool([Analysed(value, se, df) for value in estimates])
    m = len(estimates)
    assert ours.se**2 == pytest.approx(se**2 + (1 + 1 / m) * np.var(estimates, ddof=1))
    assert ours.df < df
    assert ours.df <= pool([Analysed(value, se) for value in estimates]).df
    assert ours.low < ours.estimate < ours.high


def test_equal_estimates_lose_nothing() -> None:
    ours = pool([Analysed(1.0, 0.5)] * 5)
    assert (ours.between, ours.increase, ours.df) == (0, 0, float("inf"))
    assert (ours.low, ours.high) == pytest.approx((1 - 0.97998, 1 + 0.97998), abs=1e-4)
    assert ours.p == pytest.approx(0.0455, abs=1e-4)


def test_refusals() -> None:
    with pytest.raises(AnalysisError, match="1 imputations cannot show"):
        pool([Analysed(1, 1)])
    with pytest.raises(AnalysisError, match="The analysis of imputation 2, 3 has no finite estimate"):
        pool([Analysed(1, 1), Analysed(float("nan"), 1), Analysed(1, 0)])
    with pytest.raises(AnalysisError, match="outside 0 to 1"):
        pool([Analysed(1, 1), Analysed(2, 1)], level=95)
