import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import special

from calcitrial.models import AnalysisError
from calcitrial.statistics import cluster_places, fit_marginal, jackknife_covariance
from calcitrial.statistics.marginal_model import MarginalFit


def trial(seed: int, participants: int = 14) -> pl.DataFrame:
    random = np.random.default_rng(seed)
    sizes = random.integers(1, 5, participants)
    people = np.repeat(np.arange(participants), sizes)
    level = random.normal(size=participants)[people] + random.normal(size=len(people))
    return pl.DataFrame(
        {
            "participant": [f"P{n:02d}" for n in people],
            "arm": np.where(people % 2 == 0, "A", "B"),
            "size": level,
            "responder": (level > 0.2).astype(int),
        }
    )


def numbers(fit: MarginalFit, name: str) -> list[float]:
    return [getattr(coefficient, name) for coefficient in fit.coefficients]


@settings(max_examples=10)
@given(st.integers(0, 500))
def test_equal_clusters_of_one_arm_are_a_t_test_of_their_means(seed: int) -> None:
    random = np.random.default_rng(seed)
    values = random.normal(size=(8, 3)) + random.normal(size=(8, 1))
    rows = pl.DataFrame({"participant": np.repeat(np.arange(8), 3), "size": values.ravel()})
    found = fit_marginal(rows, "size ~ 1", "participant", covariance_kind="cr2", working="independence")
    means = values.mean(axis=1)
    coefficient = found.coefficients[0]
    assert coefficient.estimate == pytest.approx(means.mean())
    assert coefficient.se == pytest.approx(means.std(ddof=1) / 8**0.5)
    assert coefficient.df == 7


@settings(max_examples=10)
@given(st.integers(0, 500), st.floats(0.1, 50), st.floats(-20, 20))
def test_unit_and_zero_of_the_response_do_not_matter(seed: int, unit: float, shift: float) -> None:
    rows = trial(seed)
    plain = fit_marginal(rows, "size ~ arm", "participant")
    moved = fit_marginal(rows.with_columns(pl.col("size") * unit + shift), "size ~ arm", "participant")
    assert moved.coefficients[1].estimate == pytest.approx(plain.coefficients[1].estimate * unit, rel=1e-6, abs=1e-9)
    assert moved.coefficients[1].p == pytest.approx(plain.coefficients[1].p, rel=1e-6)
    assert moved.correlation == pytest.approx(plain.correlation, rel=1e-6, abs=1e-9)


def test_log_odds_of_arms_are_those_of_the_counts_under_independence() -> None:
    rows = trial(4)
    found = fit_marginal(rows, "responder ~ arm", "participant", family="binomial", working="independence")
    shares = rows.group_by("arm").agg(pl.col("responder").mean()).sort("arm")["responder"].to_numpy()
    log_odds = special.logit(shares)
    assert numbers(found, "estimate") == pytest.approx([log_odds[0], log_odds[1] - log_odds[0]])
    named = found.contrast("log odds in B", [1, 1])
    assert named.estimate == pytest.approx(log_odds[1])
    assert named.low < named.estimate < named.high


def test_booleans_and_missing_rows() -> None:
    rows = trial(4)
    lost = rows.with_columns(
        responder=pl.when(pl.int_range(pl.len()) == 0).then(None).otherwise(pl.col("responder") == 1)
    )
    found = fit_marginal(lost, "responder ~ arm", "participant", family="binomial")
    assert (found.n, found.dropped) == (rows.height - 1, 1)


def test_order_of_rows_does_not_matter() -> None:
    rows = trial(6)
    shuffled = rows.sample(fraction=1, shuffle=True, seed=1)
    for kind in ("mancl-derouen", "kauermann-carroll", "cr2", "fay-graubard", "mbn", "plain"):
        first = fit_marginal(rows, "size ~ arm", "participant", covariance_kind=kind, df="satterthwaite")
        again = fit_marginal(shuffled, "size ~ arm", "participant", covariance_kind=kind, df="satterthwaite")
        assert numbers(again, "p") == pytest.approx(numbers(first, "p"))


def test_a_correlation_beyond_its_range_is_held_and_said() -> None:
    opposed = pl.DataFrame(
        {
            "participant": ["A", "A", "B", "B", "C", "C", "D"],
            "size": [1.0, -1.0, 2.0, -2.0, -1.5, 1.5, 0.2],
        }
    )
    found = fit_marginal(opposed, "size ~ 1", "participant")
    assert found.correlation == -0.99
    assert "held at -0.990" in found.messages[0]
    assert found.coefficients[0].se > 0
    assert fit_marginal(trial(2), "size ~ arm", "participant").messages == ()


def test_corrections_are_larger_than_the_plain_sandwich() -> None:
    rows = trial(9)
    plain = fit_marginal(rows, "size ~ arm", "participant", covariance_kind="plain").coefficients[1].se
    for kind in ("mancl-derouen", "kauermann-carroll", "cr2", "fay-graubard", "mbn"):
        assert fit_marginal(rows, "size ~ arm", "participant", covariance_kind=kind).coefficients[1].se > plain


def test_jackknife_needs_every_coefficient_without_each_cluster() -> None:
    rows = trial(9).with_columns(only=(pl.col("participant") == "P03").cast(pl.Float64))
    found = fit_marginal(rows, "size ~ arm + only", "participant", covariance_kind="plain")
    places = cluster_places(found.design.groupings[0].codes)
    with pytest.raises(AnalysisError, match="Without cluster number 4 a coefficient cannot be estimated"):
        jackknife_covariance(
            found.solved, found.design.response, found.design.matrix, places, "gaussian", "exchangeable"
        )


@pytest.mark.parametrize(
    ("change", "formula", "family", "sentence"),
    [
        (pl.lit(0).alias("responder"), "responder ~ arm", "binomial", "None of the .* rows responded"),
        (pl.lit(1).alias("responder"), "responder ~ arm", "binomial", "All of the .* rows responded"),
        ((pl.col("arm") == "B").alias("responder"), "responder ~ arm", "binomial", "perfectly separated by .*arm"),
        (pl.lit("P1").alias("participant"), "size ~ arm", "gaussian", "All .* rows belong to one participant"),
        (pl.lit(None, pl.Float64).alias("size"), "size ~ arm", "gaussian", "None of the .* rows has every value"),
        (pl.lit(float("inf")).alias("size"), "size ~ arm", "gaussian", "size"),
        (pl.lit("A").alias("arm"), "size ~ arm", "gaussian", "The column arm is 'A' in every row"),
        (pl.col("size").alias("responder"), "responder ~ arm", "binomial", "must be 0 or 1"),
        (pl.col("size"), "size ~ arm + (1|participant)", "gaussian", "has a random term"),
        (pl.col("size"), "size ~ arm + dose", "gaussian", "no column dose"),
    ],
)
def test_what_cannot_be_fitted_is_said(change: pl.Expr, formula: str, family: str, sentence: str) -> None:
    with pytest.raises(AnalysisError, match=sentence):
        fit_marginal(trial(2).with_columns(change), formula, "participant", family=family)


def test_too_few_clusters_and_wrong_options() -> None:
    few = trial(2).filter(pl.col("participant").is_in(["P00", "P01"]))
    with pytest.raises(AnalysisError, match="2 clusters leave no degrees of freedom"):
        fit_marginal(few, "size ~ arm", "participant")
    with pytest.raises(AnalysisError) as error:
        fit_marginal(few, "size ~ arm", "participant", family="poisson", working="ar1", df="z", level=0)
    assert len(error.value.problems) == 4


@pytest.mark.heavy
def test_type_one_error_with_twelve_participants() -> None:
    rejected = [
        fit_marginal(trial(seed, 12), "size ~ arm", "participant").coefficients[1].p < 0.05 for seed in range(2000)
    ]
    assert np.mean(rejected) == pytest.approx(0.05, abs=0.02)
