"""The likelihood against V written out in full, and the maximum against a general optimiser."""

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import optimize

from calcitrial.models import AnalysisError, parse_formula, prepare
from calcitrial.models.design_matrix import Design
from calcitrial.models.maximum import maximise
from calcitrial.models.variances import Blocks, evaluate, summarise

MODEL = "y ~ arm*visit + x + (1|p/l) + (1|p:visit)"


def trial(seed: int, people: int = 8, sds: tuple[float, float, float] = (0.5, 0.5, 0.3)) -> pl.DataFrame:
    """Random people with one to three lesions, three visits, and some visits missed."""
    rng = np.random.default_rng(seed)
    rows = []
    for person in range(people):
        u, count = rng.normal(0, sds[0]), int(rng.integers(1, 4)) if person else 3
        for lesion in range(count):
            v, x = rng.normal(0, sds[1]), rng.normal()
            for visit in ("W04", "W08", "W12"):
                if lesion == 0 or rng.random() < 0.8:
                    y = 5 + u + v + x + rng.normal(0, sds[2])
                    rows.append((f"P{person}", f"L{lesion}", "AB"[person % 2], visit, x, y))
    return pl.DataFrame(rows, schema=["p", "l", "arm", "visit", "x", "y"], orient="row")


def prepared(seed: int, model: str = MODEL) -> tuple[Design, Blocks]:
    design = prepare(trial(seed), parse_formula(model))
    return design, summarise(design)


def members(design: Design) -> list[np.ndarray]:
    own = [(g.codes[:, None] == g.codes[None, :]).astype(float) for g in design.groupings]
    return [*own, np.eye(len(design.response))]


def dense_loglik(design: Design, theta: np.ndarray, reml: bool) -> float:
    """The textbook formula with V as one n x n matrix."""
    v = sum(t * g for t, g in zip(theta, members(design), strict=True))
    x, y = design.matrix, design.response
    inverse = np.linalg.inv(v)
    information = x.T @ inverse @ x
    rest = y - x @ np.linalg.solve(information, x.T @ inverse @ y)
    n, p = x.shape
    value = np.linalg.slogdet(v)[1] + rest @ inverse @ rest + n * np.log(2 * np.pi)
    if reml:
        value += np.linalg.slogdet(information)[1] - p * np.log(2 * np.pi)
    return float(-0.5 * value)


variances = st.tuples(st.integers(0, 10**6), st.lists(st.floats(0, 4), min_size=3, max_size=3), st.floats(0.01, 4))


@settings(max_examples=30, deadline=None)
@given(variances, st.booleans())
def test_likelihood_equals_the_dense_formula(drawn: tuple, reml: bool) -> None:
    seed, random, residual = drawn
    theta = np.array([*random, residual])
    design, blocks = prepared(seed)
    assert evaluate(blocks, theta, reml).loglik == pytest.approx(dense_loglik(design, theta, reml), rel=1e-9, abs=1e-8)


@pytest.mark.parametrize("reml", [True, False])
def test_score_and_information_are_derivatives_of_the_likelihood(reml: bool) -> None:
    _, blocks = prepared(3)
    theta = np.array([0.3, 0.2, 0.1, 0.4])
    here = evaluate(blocks, theta, reml)
    steps = 1e-5 * np.eye(4)
    ahead = [evaluate(blocks, theta + step, reml) for step in steps]
    behind = [evaluate(blocks, theta - step, reml) for step in steps]
    slope = [(a.loglik - b.loglik) / 2e-5 for a, b in zip(ahead, behind, strict=True)]
    curvature = [(b.score - a.score) / 2e-5 for a, b in zip(ahead, behind, strict=True)]
    np.testing.assert_allclose(here.score, slope, rtol=1e-6, atol=1e-6)
    np.testing.assert_allclose(here.observed, curvature, rtol=1e-6, atol=1e-6)


def test_expected_information_is_the_trace_formula() -> None:
    design, blocks = prepared(4)
    theta = np.array([0.3, 0.0, 0.1, 0.4])
    g = members(design)
    inverse = np.linalg.inv(sum(t * m for t, m in zip(theta, g, strict=True)))
    x = design.matrix
    projection = inverse - inverse @ x @ np.linalg.solve(x.T @ inverse @ x, x.T @ inverse)
    dense = [[0.5 * np.trace(projection @ a @ projection @ b) for b in g] for a in g]
    np.testing.assert_allclose(evaluate(blocks, theta, True).expected, dense, rtol=1e-9)


@settings(max_examples=12, deadline=None)
@given(st.integers(0, 10**6), st.booleans())
def test_no_general_optimiser_finds_a_higher_likelihood(seed: int, reml: bool) -> None:
    design, blocks = prepared(seed)
    found, messages = maximise(blocks, reml)
    assert messages == ()
    for start in ([0.3, 0.3, 0.1, 0.1], [0.01, 0.5, 0.01, 0.3]):
        other = optimize.minimize(
            lambda theta: -dense_loglik(design, theta, reml),
            start,
            method="L-BFGS-B",
            bounds=[(0, 9)] * 3 + [(1e-4, 9)],
        )
        assert found.loglik >= -other.fun - 1e-7
    free = found.theta > 0
    assert np.abs(found.score[free] * found.theta[free]).max() < 1e-5
    assert (found.score[~free] <= 0).all()


def test_variances_at_zero_are_exactly_zero() -> None:
    rng = np.random.default_rng(1)
    data = pl.DataFrame({"p": np.repeat(list("abcdef"), 4), "y": np.tile([1.0, 2.0, 3.0, 4.0], 6)})
    data = data.with_columns(pl.col("y") + 1e-3 * rng.normal(size=24))
    found, messages = maximise(summarise(prepare(data, parse_formula("y ~ 1 + (1|p)"))), True)
    assert found.theta[0] == 0.0
    assert found.theta[1] == pytest.approx(data["y"].var())
    assert messages == ()


@pytest.mark.parametrize(
    ("data", "model", "sentence"),
    [
        (trial(1).with_columns(y=2 * pl.col("x")), "y ~ x + (1|p)", "explains the response exactly"),
        (
            trial(1).with_columns(y=pl.col("x").rank("dense")),
            "y ~ 1 + (1|p/l)",
            "The residual variance falls to zero",
        ),
        (trial(1), "y ~ p + (1|p) + (1|p:l)", "variance of p cannot be told from the fixed part"),
    ],
)
def test_variances_that_do_not_exist_are_refused(data: pl.DataFrame, model: str, sentence: str) -> None:
    with pytest.raises(AnalysisError, match=sentence):
        maximise(summarise(prepare(data, parse_formula(model))), True)


def test_an_unfinished_search_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("calcitrial.models.maximum.STEPS", 1)
    _, messages = maximise(prepared(5)[1], True)
    assert messages[0].startswith("The variances did not converge (last values: p ")
