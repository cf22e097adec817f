"""The likelihood and Kenward-Roger with correlated residuals against V written out in full."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from calcitrial.models import fit, parse_formula, prepare
from calcitrial.models.design_matrix import Design
from calcitrial.models.kenward_roger import infer
from calcitrial.models.structured import Rows, arrange, complete, evaluate
from calcitrial.models.structures import covariance
from tests.models.test_variances import trial

LESIONS = "y ~ arm*visit + x + (1|p) + us(visit|p:l)"
CROSSED = "y ~ arm*visit + x + (1|p) + (1|p:visit) + ar1h(visit|p:l)"
PLACES = {LESIONS: 1, CROSSED: 2}


def prepared(seed: int, model: str) -> tuple[Design, Rows]:
    design = prepare(trial(seed), parse_formula(model))
    return design, arrange(design, design.repeats)


def somewhere(rng: np.random.Generator, model: str) -> np.ndarray:
    return np.concatenate([rng.uniform(0, 0.5, PLACES[model]), rng.normal(-0.5, 0.4, 6 if model == LESIONS else 4)])


def dense(design: Design, theta: np.ndarray) -> np.ndarray:
    """V as one n x n matrix."""
    repeats, own = design.repeats, len(design.groupings)
    matrix = covariance(repeats.residual.kind, theta[own:], len(repeats.visits)).value
    codes = repeats.grouping.codes
    v = (codes[:, None] == codes) * matrix[np.ix_(repeats.codes, repeats.codes)]
    for value, grouping in zip(theta, design.groupings, strict=False):
        v = v + value * (grouping.codes[:, None] == grouping.codes)
    return v


def dense_loglik(design: Design, theta: np.ndarray, reml: bool) -> float:
    v, x, y = dense(design, theta), design.matrix, design.response
    inverse = np.linalg.inv(v)
    information = x.T @ inverse @ x
    rest = y - x @ np.linalg.solve(information, x.T @ inverse @ y)
    n, p = x.shape
    value = np.linalg.slogdet(v)[1] + rest @ inverse @ rest + n * np.log(2 * np.pi)
    if reml:
        value += np.linalg.slogdet(information)[1] - p * np.log(2 * np.pi)
    return float(-0.5 * value)


cases = st.tuples(st.integers(0, 10**6), st.sampled_from([LESIONS, CROSSED]), st.booleans())


@settings(max_examples=15, deadline=None)
@given(cases)
def test_likelihood_score_and_information_are_those_of_the_textbook(case: tuple) -> None:
    seed, model, reml = case
    design, rows = prepared(seed % 7, model)
    theta = somewhere(np.random.default_rng(seed), model)
    here = evaluate(rows, theta, reml)
    assert here.loglik == pytest.approx(dense_loglik(design, theta, reml), rel=1e-10)
    steps = 1e-5 * np.eye(len(theta))
    ahead, behind = ([evaluate(rows, theta + sign * step, reml) for step in steps] for sign in (1, -1))
    slope = [(a.loglik - b.loglik) / 2e-5 for a, b in zip(ahead, behind, strict=True)]
    curvature = [(b.score - a.score) / 2e-5 for a, b in zip(ahead, behind, strict=True)]
    np.testing.assert_allclose(here.score, slope, rtol=1e-5, atol=1e-5 * np.abs(slope).max())
    np.testing.assert_allclose(here.observed, curvature, rtol=1e-5, atol=1e-6 * np.abs(curvature).max())


@pytest.mark.parametrize("model", [LESIONS, CROSSED])
@pytest.mark.parametrize("seed", [1, 2])
def test_expected_information_is_the_trace_formula(seed: int, model: str) -> None:
    design, rows = prepared(seed, model)
    theta = somewhere(np.random.default_rng(seed), model)
    slopes, _ = derivatives(design, theta)
    inverse, x = np.linalg.inv(dense(design, theta)), design.matrix
    projection = inverse - inverse @ x @ np.linalg.solve(x.T @ inverse @ x, x.T @ inverse)
    expected = [[0.5 * np.trace(projection @ a @ projection @ b) for b in slopes] for a in slopes]
    np.testing.assert_allclose(evaluate(rows, theta, True).expected, expected, rtol=1e-6, atol=1e-6)


def derivatives(design: Design, theta: np.ndarray) -> tuple[list, list]:
    """First and second derivatives of V by differences."""
    steps = 1e-4 * np.eye(len(theta))

    def slope(at: np.ndarray, step: np.ndarray) -> np.ndarray:
        return (dense(design, at + step) - dense(design, at - step)) / 2e-4

    first = [slope(theta, step) for step in steps]
    second = [[(slope(theta + b, a) - slope(theta - b, a)) / 2e-4 for b in steps] for a in steps]
    return first, second


@pytest.mark.parametrize("model", [LESIONS, CROSSED])
@pytest.mark.parametrize("method", ["kr", "kr-linear"])
def test_adjusted_covariance_is_the_published_formula_with_its_second_derivatives(model: str, method: str) -> None:
    design, rows = prepared(3, model)
    theta = somewhere(np.random.default_rng(5), model)
    theta[: PLACES[model]] += 0.1
    here = evaluate(rows, theta, True)
    found = infer(rows.triangle, rows.start, complete(rows, here), method)
    slopes, bends = derivatives(design, theta)
    inverse, x = np.linalg.inv(dense(design, theta)), design.matrix
    phi = np.linalg.inv(x.T @ inverse @ x)
    w = np.linalg.inv(here.observed)
    middle = np.zeros_like(phi)
    for i, a in enumerate(slopes):
        for j, b in enumerate(slopes):
            p_i, p_j = -x.T @ inverse @ a @ inverse @ x, -x.T @ inverse @ b @ inverse @ x
            q = x.T @ inverse @ a @ inverse @ b @ inverse @ x
            r = x.T @ inverse @ bends[i][j] @ inverse @ x if method == "kr" else 0.0
            middle += w[i, j] * (q - p_i @ phi @ p_j - r / 4)
    np.testing.assert_allclose(found.vcov, phi, rtol=1e-8, atol=1e-12)
    adjusted = phi + 2 * phi @ middle @ phi
    np.testing.assert_allclose(found.vcov_adjusted, adjusted, rtol=1e-4, atol=1e-5 * np.abs(adjusted).max())


def test_a_matrix_that_is_not_positive_definite_has_no_likelihood() -> None:
    _, rows = prepared(1, "y ~ arm + toep(visit|p:l)")
    assert evaluate(rows, np.array([0.0, 3.0, -3.0]), True) is None
    assert evaluate(rows, np.array([0.0, 0.1, 0.0]), True) is not None


def test_predicted_intercepts_are_the_textbook_ones() -> None:
    model = fit(trial(2, people=12), "y ~ arm + x + (1|p) + ar1(visit|p:l)")
    design = model.design
    own = model.residual.matrix[np.ix_(design.repeats.codes, design.repeats.codes)]
    codes = design.repeats.grouping.codes
    person = design.groupings[0]
    members = np.eye(len(person.labels))[person.codes]
    variance = model.variances["p"]
    v = (codes[:, None] == codes) * own + variance * members @ members.T
    beta = np.array([c.estimate for c in model.coefficients])
    expected = variance * members.T @ np.linalg.solve(v, design.response - design.matrix @ beta)
    np.testing.assert_allclose([model.random_effects["p"][name] for name in person.labels], expected, rtol=1e-6)


def test_rows_may_come_in_any_order() -> None:
    data = trial(4, people=12)
    straight, mixed = (fit(d, LESIONS) for d in (data, data.sample(fraction=1.0, shuffle=True, seed=3)))
    assert mixed.loglik == pytest.approx(straight.loglik, rel=1e-10)
    np.testing.assert_allclose(mixed.vcov_adjusted, straight.vcov_adjusted, rtol=1e-5)
    assert mixed.random_effects["p"] == pytest.approx(straight.random_effects["p"], rel=1e-5)
