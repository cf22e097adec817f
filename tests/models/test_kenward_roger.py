"""Kenward and Roger's formulas written out with full matrices, as printed in their section 2 and 3."""

import numpy as np
import polars as pl
import pytest

from calcitrial.models import AnalysisError, f_test, fit, t_tests
from calcitrial.models.mixed_model import Fit


def crossed(seed: int) -> Fit:
    """Unbalanced lesions in people, visits shared by the lesions of a person."""
    rng = np.random.default_rng(seed)
    rows = []
    for person in range(9):
        u, at = rng.normal(0, 0.6), rng.normal(0, 0.4, size=3)
        for lesion in range(1 + person % 3):
            v = rng.normal(0, 0.5)
            rows += [
                (f"P{person}", f"L{lesion}", "AB"[person % 2], f"V{k}", u + v + at[k] + rng.normal(0, 0.2))
                for k in range(3)
                if rng.random() < 0.9
            ]
    data = pl.DataFrame(rows, schema=["p", "l", "arm", "visit", "y"], orient="row")
    return fit(data, "y ~ arm*visit + (1|p/l) + (1|p:visit)")


def dense(model: Fit) -> tuple[np.ndarray, np.ndarray, list[np.ndarray], np.ndarray]:
    """Phi, Phi_A, P_i and W, one n x n matrix at a time."""
    design = model.design
    g = [(o.codes[:, None] == o.codes).astype(float) for o in design.groupings] + [np.eye(model.n)]
    v = sum(theta * own for theta, own in zip(model.variances.values(), g, strict=True))
    inverse, x = np.linalg.inv(v), design.matrix
    phi = np.linalg.inv(x.T @ inverse @ x)
    p = [-x.T @ inverse @ own @ inverse @ x for own in g]
    q = [[x.T @ inverse @ a @ inverse @ b @ inverse @ x for b in g] for a in g]
    information = [
        [
            0.5 * np.trace(inverse @ g[i] @ inverse @ g[j])
            - np.trace(phi @ q[i][j])
            + 0.5 * np.trace(phi @ p[i] @ phi @ p[j])
            for j in range(len(g))
        ]
        for i in range(len(g))
    ]
    w = np.linalg.inv(np.array(information))
    pairs = [(i, j) for i in range(len(g)) for j in range(len(g))]
    middle = sum(w[i, j] * (q[i][j] - p[i] @ phi @ p[j]) for i, j in pairs)
    return phi, phi + 2 * phi @ middle @ phi, p, w


@pytest.mark.parametrize("seed", range(4))
def test_adjusted_covariance_is_the_published_formula(seed: int) -> None:
    model = crossed(seed)
    phi, adjusted, _, w = dense(model)
    np.testing.assert_allclose(model.vcov, phi, rtol=1e-8, atol=1e-12)
    np.testing.assert_allclose(model.vcov_adjusted, adjusted, rtol=1e-7, atol=1e-12)
    np.testing.assert_allclose(model.inference.spread, w, rtol=1e-7)


@pytest.mark.parametrize("seed", range(4))
def test_degrees_of_freedom_and_scaling_are_the_published_formulas(seed: int) -> None:
    model = crossed(seed)
    phi, adjusted, p, w = dense(model)
    lines = np.eye(6)[[4, 5]]
    theta = lines.T @ np.linalg.inv(lines @ phi @ lines.T) @ lines
    turned = [theta @ phi @ own @ phi for own in p]
    pairs = [(i, j) for i in range(len(p)) for j in range(len(p))]
    a1 = sum(w[i, j] * np.trace(turned[i]) * np.trace(turned[j]) for i, j in pairs)
    a2 = sum(w[i, j] * np.trace(turned[i] @ turned[j]) for i, j in pairs)
    b, g = (a1 + 6 * a2) / 4, (3 * a1 - 6 * a2) / (4 * a2)
    c = np.array([g, 2 - g, 4 - g]) / (6 + 2 * (1 - g))
    mean, variance = 1 / (1 - a2 / 2), (1 + c[0] * b) / ((1 - c[1] * b) ** 2 * (1 - c[2] * b))
    rho = variance / (2 * mean**2)
    m = 4 + 4 / (2 * rho - 1)
    found = f_test(model.inference, lines)
    effect = lines @ model.inference.beta
    wald = effect @ np.linalg.solve(lines @ adjusted @ lines.T, effect) / 2
    assert found.den_df == pytest.approx(m, rel=1e-6)
    assert found.scaling == pytest.approx(m / (mean * (m - 2)), rel=1e-6)
    assert found.statistic == pytest.approx(found.scaling * wald, rel=1e-6)


def test_one_contrast_at_a_time_or_as_a_set_of_one() -> None:
    model = crossed(1)
    line = np.array([[0.0, 1.0, 0.0, 0.0, 1.0, 0.0]])
    alone, together = t_tests(model.inference, line)[0], f_test(model.inference, line)
    assert together.den_df == pytest.approx(alone.df)
    assert together.statistic == pytest.approx(alone.statistic**2)
    assert together.p == pytest.approx(alone.p)
    assert together.scaling == pytest.approx(1.0)


def test_the_level_widens_the_interval_only() -> None:
    model = crossed(1)
    usual, wide = (t_tests(model.inference, np.eye(6)[1], level)[0] for level in (0.95, 0.99))
    assert wide.low < usual.low < usual.estimate < usual.high < wide.high
    assert wide.p == usual.p


def test_too_few_groups_for_a_joint_test_are_said() -> None:
    rng = np.random.default_rng(2)
    data = pl.DataFrame({"p": np.repeat(list("abcd"), 6), "arm": np.repeat(list("AABC"), 6)})
    data = data.with_columns(y=pl.Series(np.repeat(rng.normal(size=4), 6) + rng.normal(0, 0.1, size=24)))
    model = fit(data, "y ~ arm + (1|p)")
    with pytest.raises(AnalysisError, match="2 contrasts cannot be tested together"):
        f_test(model.inference, np.eye(3)[1:])
