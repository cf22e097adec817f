"""REML variances: against the closed form of balanced data, the plain likelihood, and what cannot be told apart."""

import numpy as np
import pytest
from scipy.stats import multivariate_normal

from calcitrial.protocol import RefusedError
from calcitrial.reading.icc import mean_squares
from calcitrial.reading.variance_components import variance_components


def grid(table: np.ndarray) -> tuple[list[float], dict[str, list[str]]]:
    rows, columns = np.indices(table.shape)
    groups = {"lesion": rows.ravel().astype(str).tolist(), "reader": columns.ravel().astype(str).tolist()}
    return table.ravel().tolist(), groups


def drawn(seed: int = 2) -> np.ndarray:
    rng = np.random.default_rng(seed)
    return rng.normal(0, 0.7, (25, 1)) + rng.normal(0, 0.3, (1, 4)) + rng.normal(0, 0.2, (25, 4))


def test_balanced_data_have_the_closed_form_of_the_mean_squares() -> None:
    table = drawn()
    found, squares = variance_components(*grid(table)), mean_squares(table)
    assert found.variances["residual"] == pytest.approx(squares.error, rel=1e-6)
    assert found.variances["lesion"] == pytest.approx((squares.rows - squares.error) / 4, rel=1e-6)
    assert found.variances["reader"] == pytest.approx((squares.columns - squares.error) / 25, rel=1e-5)
    assert found.mean == pytest.approx(table.mean()) and found.zero == () and found.readings == 100


def test_the_likelihood_is_that_of_the_written_out_covariance() -> None:
    values, groups = grid(drawn())
    keep = [i for i in range(100) if i % 7]
    y = np.array(values)[keep]
    some = {name: [levels[i] for i in keep] for name, levels in groups.items()}
    found = variance_components(y.tolist(), some)

    def reml(lesion: float, reader: float, residual: float) -> float:
        v = residual * np.eye(y.size)
        for name, variance in (("lesion", lesion), ("reader", reader)):
            levels = np.array(some[name])
            v += variance * (levels[:, None] == levels[None, :])
        ones = np.ones(y.size)
        information = ones @ np.linalg.solve(v, ones)
        mean = ones @ np.linalg.solve(v, y) / information
        full = multivariate_normal(np.full(y.size, mean), v).logpdf(y)
        return float(full - 0.5 * np.log(information) + 0.5 * np.log(2 * np.pi))

    best = [found.variances[name] for name in ("lesion", "reader", "residual")]
    assert reml(*best) == pytest.approx(found.log_likelihood, abs=1e-8)
    for place in range(3):
        for factor in (0.98, 1.02):
            moved = [v * factor if i == place else v for i, v in enumerate(best)]
            assert reml(*moved) < found.log_likelihood


def test_a_variance_that_is_not_there_is_zero_and_said_to_be() -> None:
    rng = np.random.default_rng(4)
    table = rng.normal(0, 0.7, (30, 1)) + rng.normal(0, 0.2, (30, 3))
    table -= table.mean(axis=0)  # readers whose means are the same
    found = variance_components(*grid(table))
    assert found.variances["reader"] == pytest.approx(0, abs=1e-9) and found.zero == ("reader",)


def test_scale_and_origin_carry_through() -> None:
    values, groups = grid(drawn())
    one = variance_components(values, groups)
    other = variance_components([1e3 + 100 * v for v in values], groups)
    for name, variance in one.variances.items():
        assert other.variances[name] == pytest.approx(1e4 * variance, rel=1e-4)


@pytest.mark.parametrize(
    ("values", "groups", "words"),
    [
        ([1.0, 2.0], {"lesion": ["a", "b"]}, "2 readings"),
        ([1.0, 1.0, 1.0], {"lesion": ["a", "b", "b"]}, "of which 1 differ"),
        ([1.0, 2.0, 2.0], {"lesion": ["a", "b", "b"]}, "All readings of one lesion are the same"),
        ([1.0, 2.0, float("nan")], {"lesion": ["a", "b", "b"]}, "finite"),
        ([1.0, 2.0, 4.0], {"lesion": ["a", "a", "a"]}, "lesion has 1 levels in 3 readings"),
        ([1.0, 2.0, 4.0], {"lesion": ["a", "b", "c"]}, "lesion has 3 levels in 3 readings"),
    ],
)
def test_what_cannot_be_told_apart_is_refused(values: list[float], groups: dict[str, list[str]], words: str) -> None:
    with pytest.raises(RefusedError, match=words):
        variance_components(values, groups)
