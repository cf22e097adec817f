import numpy as np
import polars as pl
import pytest

from calcitrial.models import AnalysisError, fit
from calcitrial.statistics import fit_marginal, robust_tests


def table(people: int = 12, seed: int = 1) -> pl.DataFrame:
    rng = np.random.default_rng(seed)
    rows = []
    for person in range(people):
        own, arm = rng.normal(0, 0.4), "STS" if person % 2 else "CTL"
        for lesion in range(3):
            here = own + rng.normal(0, 0.3)
            rows += [(f"P{person}", f"L{lesion}", arm, f"W{v}", here + rng.normal(0, 0.2)) for v in range(2)]
    return pl.DataFrame(rows, schema=["participant", "lesion", "arm", "visit", "y"], orient="row")


def test_estimates_stay_and_balanced_arms_are_tested_as_means_of_people() -> None:
    found = fit(table(), "y ~ arm + (1|participant/lesion)")
    robust = robust_tests(found)
    assert [test.estimate for test in robust] == [c.estimate for c in found.coefficients]
    # Balanced arms: the sandwich, Kenward and Roger and the t test of participant means are one and the same.
    assert robust[1].se == pytest.approx(found.coefficients[1].se)
    assert robust[1].df == pytest.approx(10) == pytest.approx(found.coefficients[1].df)
    assert robust[1].low < robust[1].estimate < robust[1].high


def test_without_variance_between_people_it_is_the_test_of_least_squares() -> None:
    alike = table().with_columns(y=pl.col("y") - pl.col("y").mean().over("participant"))
    found = fit(alike, "y ~ arm + visit + (1|participant)")
    assert found.variances["participant"] == 0
    plain = fit_marginal(
        alike, "y ~ arm + visit", "participant", working="independence", covariance_kind="cr2", df="satterthwaite"
    )
    robust = robust_tests(found)
    assert [t.df for t in robust] == pytest.approx([c.df for c in plain.coefficients])
    assert [t.se for t in robust] == pytest.approx([c.se for c in plain.coefficients], abs=1e-9)


def test_the_older_correction_is_wider() -> None:
    found = fit(table(), "y ~ arm + (1|participant/lesion)")
    assert robust_tests(found, "mancl-derouen")[1].se > robust_tests(found)[1].se


def test_crossed_groups_are_refused() -> None:
    found = fit(table(), "y ~ arm + (1|participant) + (1|visit)")
    with pytest.raises(AnalysisError, match="belongs to more than one visit; robust tests need groups within groups"):
        robust_tests(found)


def test_residual_structures_are_refused() -> None:
    found = fit(table(), "y ~ arm + (1|participant) + ar1(visit|participant:lesion)")
    with pytest.raises(AnalysisError, match="offered for random intercepts alone"):
        robust_tests(found)
