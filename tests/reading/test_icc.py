"""ICC against the worked example of Shrout and Fleiss (1979), and by properties that any such coefficient has."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from calcitrial.protocol import RefusedError
from calcitrial.reading.icc import iccs, implied_squares, mean_squares

# Shrout and Fleiss, Psychol Bull 1979;86:420-8, table 2: six targets rated by four judges.
JUDGES = np.array([[9, 2, 5, 8], [6, 1, 3, 2], [8, 4, 6, 8], [7, 1, 2, 6], [10, 5, 6, 9], [6, 2, 4, 7]], dtype=float)
tables = arrays(np.float64, st.tuples(st.integers(3, 8), st.integers(2, 4)), elements=st.floats(-3, 3, width=16))


def test_the_published_example() -> None:
    squares = mean_squares(JUDGES)
    told = [round(one, 2) for one in (squares.rows, squares.within, squares.columns, squares.error)]
    assert told == [11.24, 6.26, 32.49, 1.02]
    values = {one.name: round(one.value, 2) for one in iccs(squares)}
    expected = {"ICC(1,1)": 0.17, "ICC(2,1)": 0.29, "ICC(3,1)": 0.71}
    assert values == {**expected, "ICC(1,k)": 0.44, "ICC(2,k)": 0.62, "ICC(3,k)": 0.91}


@settings(max_examples=25)
@given(tables, st.floats(0.1, 10), st.floats(-5, 5))
def test_units_and_origin_do_not_matter(table: np.ndarray, scale: float, shift: float) -> None:
    table = table + np.arange(table.shape[0])[:, None] + 0.1 * np.random.default_rng(1).normal(size=table.shape)
    for one, other in zip(iccs(mean_squares(table)), iccs(mean_squares(table * scale + shift)), strict=True):
        assert one.value == pytest.approx(other.value, rel=1e-6, abs=1e-6)
        assert one.low <= one.value <= one.high


def test_consistency_forgives_a_reader_who_is_always_higher_and_agreement_does_not() -> None:
    rng = np.random.default_rng(5)
    table = rng.normal(size=(40, 1)) + 0.1 * rng.normal(size=(40, 2))
    biased = {one.name: one.value for one in iccs(mean_squares(table + np.array([0.0, 2.0])))}
    fair = {one.name: one.value for one in iccs(mean_squares(table))}
    assert biased["ICC(3,1)"] == pytest.approx(fair["ICC(3,1)"])
    assert biased["ICC(2,1)"] < 0.5 * fair["ICC(2,1)"]


def test_a_wider_level_gives_a_wider_interval() -> None:
    narrow, wide = (iccs(mean_squares(JUDGES), level)[2] for level in (0.8, 0.99))
    assert wide.low < narrow.low < narrow.value < narrow.high < wide.high


def test_variances_imply_the_coefficients_that_they_define() -> None:
    found = {one.name: one.value for one in iccs(implied_squares(0.4, 0.05, 0.1, 30, 3))}
    assert found["ICC(2,1)"] == pytest.approx(0.4 / 0.55) and found["ICC(3,1)"] == pytest.approx(0.4 / 0.5)


@pytest.mark.parametrize("shape", [(1, 3), (5, 1), (0, 2)])
def test_too_small_a_table_is_refused(shape: tuple[int, int]) -> None:
    with pytest.raises(RefusedError, match=f"{shape[0]} lesions read by {shape[1]} readers"):
        mean_squares(np.ones(shape))


def test_readings_without_error_have_no_coefficient() -> None:
    with pytest.raises(RefusedError, match="not within them"):
        iccs(mean_squares(np.array([[1.0, 1.0], [2.0, 2.0], [4.0, 4.0]])))
