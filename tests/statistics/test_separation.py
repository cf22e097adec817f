import numpy as np
import pytest

from calcitrial.statistics import separated_terms
from calcitrial.statistics.separation import separation_problems

TERMS = ["(Intercept)", "arm[STS]"]


def matrix(treated: list[int]) -> np.ndarray:
    return np.column_stack([np.ones(len(treated)), treated]).astype(float)


@pytest.mark.parametrize(
    ("treated", "answers", "separated"),
    [
        ([0, 0, 1, 1], [0, 1, 0, 1], False),
        ([0, 0, 1, 1], [0, 0, 0, 1], True),  # nobody untreated responded
        ([0, 0, 1, 1], [0, 0, 1, 1], True),
        ([0, 0, 1, 1], [1, 1, 0, 1], True),
    ],
)
def test_two_arms(treated: list[int], answers: list[int], separated: bool) -> None:
    assert bool(separated_terms(matrix(treated), np.array(answers, float), TERMS)) is separated


def test_a_number_that_tells_them_apart_in_any_unit() -> None:
    sizes = np.array([1.0, 2.0, 3.0, 4.0])
    for unit in (1e-6, 1.0, 1e6):
        columns = np.column_stack([np.ones(4), sizes * unit])
        assert "size" in separated_terms(columns, np.array([0.0, 0, 1, 1]), ["(Intercept)", "size"])
        assert separated_terms(columns, np.array([0.0, 1, 0, 1]), ["(Intercept)", "size"]) == ()


def test_shares_between_hold_the_fit_together() -> None:
    assert separated_terms(matrix([0, 1]), np.array([0.0, 0.5]), TERMS)
    assert separated_terms(matrix([0, 0, 1]), np.array([0.2, 0.5, 0.1]), TERMS) == ()


def test_sentences() -> None:
    ones = np.ones((3, 1))
    assert "None of the 3 rows responded" in separation_problems(ones, np.zeros(3), TERMS[:1])[0]
    assert "All of the 3 rows responded" in separation_problems(ones, np.ones(3), TERMS[:1])[0]
    said = separation_problems(matrix([0, 0, 1, 1]), np.array([0.0, 0, 0, 1]), TERMS)[0]
    assert "arm[STS]" in said
    assert "not estimable" in said
    assert separation_problems(ones, np.array([0.0, 1, 1]), TERMS[:1]) == []
