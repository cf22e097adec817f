"""The structures by their definitions, their derivatives by differences."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from calcitrial.models.structures import (
    STRUCTURES,
    covariance,
    has_one_variance,
    parameter_count,
    starting_values,
    unstructured_values,
)

OTHERS = [kind for kind in STRUCTURES if kind != "us"]


def correlations(matrix: np.ndarray) -> np.ndarray:
    spread = np.sqrt(np.diag(matrix))
    return matrix / np.outer(spread, spread)


@settings(max_examples=40, deadline=None)
@given(st.sampled_from(list(STRUCTURES)), st.integers(2, 5), st.integers(0, 10**6))
def test_derivatives_are_those_of_the_matrix(kind: str, visits: int, seed: int) -> None:
    psi = np.random.default_rng(seed).normal(0, 0.7, parameter_count(kind, visits))
    here = covariance(kind, psi, visits)
    steps = 1e-5 * np.eye(len(psi))
    ahead = [covariance(kind, psi + step, visits) for step in steps]
    behind = [covariance(kind, psi - step, visits) for step in steps]
    scale = np.abs(here.value).max() + np.abs(here.second).max()
    first = [(a.value - b.value) / 2e-5 for a, b in zip(ahead, behind, strict=True)]
    second = [(a.first - b.first) / 2e-5 for a, b in zip(ahead, behind, strict=True)]
    np.testing.assert_allclose(here.first, first, atol=1e-7 * scale)
    np.testing.assert_allclose(here.second, second, atol=1e-7 * scale)
    np.testing.assert_allclose(here.value, here.value.T)


@pytest.mark.parametrize(
    ("kind", "count"), [("us", 10), ("toep", 4), ("toeph", 7), ("ar1", 2), ("ar1h", 5), ("cs", 2), ("csh", 5)]
)
def test_a_structure_over_four_visits_has_so_many_parameters(kind: str, count: int) -> None:
    assert parameter_count(kind, 4) == count
    assert len(starting_values(kind, 4, 1.0, 0.2)) == count or kind == "us"


@pytest.mark.parametrize("kind", OTHERS)
@pytest.mark.parametrize("rho", [0.0, 0.5])
def test_a_search_starts_from_a_matrix_with_the_variance_and_correlation_asked(kind: str, rho: float) -> None:
    matrix = covariance(kind, starting_values(kind, 4, 0.3, rho), 4).value
    np.testing.assert_allclose(np.diag(matrix), 0.3)
    np.testing.assert_allclose(correlations(matrix)[0, 1], rho, atol=1e-12)
    assert np.linalg.eigvalsh(matrix)[0] > 0


@pytest.mark.parametrize("kind", OTHERS)
def test_correlations_have_the_pattern_of_the_name(kind: str) -> None:
    psi = np.linspace(-0.4, 0.6, parameter_count(kind, 4))
    matrix = covariance(kind, psi, 4).value
    r = correlations(matrix)
    assert (np.ptp(np.diag(matrix)) < 1e-12) == has_one_variance(kind)
    if kind.startswith("cs"):
        np.testing.assert_allclose(r[np.triu_indices(4, 1)], r[0, 1])
    else:
        np.testing.assert_allclose(np.diag(r, 1), r[0, 1])
        np.testing.assert_allclose(np.diag(r, 2), r[0, 2])
    if kind.startswith("ar1"):
        np.testing.assert_allclose([r[0, 2], r[0, 3]], [r[0, 1] ** 2, r[0, 1] ** 3])


@pytest.mark.parametrize("k", [-30.0, -1.0, 0.0, 1.0])
def test_compound_symmetry_is_positive_definite_at_every_value(k: float) -> None:
    assert np.linalg.eigvalsh(covariance("cs", np.array([0.0, k]), 5).value)[0] > 0


def test_any_positive_definite_matrix_is_unstructured() -> None:
    rng = np.random.default_rng(4)
    square = rng.normal(size=(5, 5))
    matrix = square @ square.T + 0.1 * np.eye(5)
    np.testing.assert_allclose(covariance("us", unstructured_values(matrix), 5).value, matrix, rtol=1e-12)
