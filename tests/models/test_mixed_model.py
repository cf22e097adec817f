import json

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from calcitrial.models import AnalysisError, Fit, fit, fit_design, parse_formula, prepare

MODEL = "y ~ arm*visit + x + (1|participant/lesion)"


def trial(seed: int = 7, people: int = 14, person_sd: float = 0.6) -> pl.DataFrame:
    """Three lesions per person, two visits; the covariate differs between lesions."""
    rng = np.random.default_rng(seed)
    rows = []
    for person in range(people):
        u, arm = rng.normal(0, person_sd), ("CTL", "STS")[person % 2]
        for lesion in range(3):
            v, x = rng.normal(0, 0.3), rng.normal(5, 1)
            rows += [
                (f"P{person:02}", f"L{lesion}", arm, visit, x, x + u + v + rng.normal(0, 0.2))
                for visit in ("W12", "W24")
            ]
    return pl.DataFrame(rows, schema=["participant", "lesion", "arm", "visit", "x", "y"], orient="row")


def values(model: Fit, name: str) -> np.ndarray:
    return np.array([getattr(coefficient, name) for coefficient in model.coefficients])


@pytest.mark.parametrize("people", [6, 9, 20])
@pytest.mark.parametrize("method", ["kr", "satterthwaite"])
def test_a_balanced_model_without_covariate_is_the_t_test_of_participant_means(people: int, method: str) -> None:
    data = trial(people, people, person_sd=1.5)
    arm = fit(data, "y ~ arm + (1|participant/lesion)", method=method).coefficients[1]
    means = data.group_by("participant", "arm").agg(pl.col("y").mean())
    groups = [means.filter(pl.col("arm") == name)["y"] for name in ("STS", "CTL")]
    expected = stats.ttest_ind(*groups)
    assert arm.df == pytest.approx(people - 2, rel=1e-6)
    assert arm.statistic == pytest.approx(expected.statistic, rel=1e-6)
    assert arm.p == pytest.approx(expected.pvalue, rel=1e-6)


@settings(max_examples=15, deadline=None)
@given(st.randoms(use_true_random=False))
def test_the_order_of_rows_does_not_matter(shuffler: object) -> None:
    data = trial()
    order = list(range(data.height))
    shuffler.shuffle(order)
    straight, shuffled = fit(data, MODEL), fit(data[order], MODEL)
    for name in ("term", "estimate", "se", "df", "p"):
        if name == "term":
            assert [c.term for c in straight.coefficients] == [c.term for c in shuffled.coefficients]
        else:
            np.testing.assert_allclose(values(shuffled, name), values(straight, name), rtol=1e-7)
    assert shuffled.loglik == pytest.approx(straight.loglik, rel=1e-11)


@pytest.mark.parametrize("factor", [1e-6, 3.0, 1e6])
def test_units_of_the_response_do_not_matter(factor: float) -> None:
    usual, scaled = fit(trial(), MODEL), fit(trial().with_columns(pl.col("y") * factor + 10 * factor), MODEL)
    np.testing.assert_allclose(values(scaled, "se"), factor * values(usual, "se"), rtol=1e-6)
    np.testing.assert_allclose(values(scaled, "df"), values(usual, "df"), rtol=1e-6)
    np.testing.assert_allclose(values(scaled, "estimate")[1:], factor * values(usual, "estimate")[1:], rtol=1e-6)
    assert scaled.variances["residual"] == pytest.approx(factor**2 * usual.variances["residual"], rel=1e-6)


def test_groups_rows_and_random_effects_are_named() -> None:
    holes = trial().with_columns(pl.when(pl.int_range(pl.len()) < 2).then(None).otherwise(pl.col("y")).alias("y"))
    model = fit(holes, MODEL)
    assert (model.n, model.dropped) == (82, 2)
    assert model.groups == {"participant": 14, "participant:lesion": 41}
    assert set(model.variances) == {"participant", "participant:lesion", "residual"}
    assert set(model.random_effects["participant"]) == set(trial()["participant"])
    assert sum(model.random_effects["participant"].values()) == pytest.approx(0, abs=1e-8)


def test_three_random_terms_for_lesions_allocated_within_people() -> None:
    data = trial(people=20).with_columns(
        arm=pl.when(pl.col("lesion") == "L0").then(pl.lit("STS")).otherwise(pl.lit("CTL"))
    )
    model = fit(data, f"{MODEL} + (1|participant:arm)")
    assert model.groups == {"participant": 20, "participant:lesion": 60, "participant:arm": 40}
    assert model.converged


@pytest.mark.parametrize(
    ("method", "kept"), [("kr", "Kenward-Roger counts it"), ("satterthwaite", "expected information")]
)
def test_a_zero_variance_is_said_and_both_methods_agree_on_it(method: str, kept: str) -> None:
    rest = pl.col("y") - pl.col("x")
    data = trial(3).with_columns(y=rest - rest.mean().over("participant"))  # people alike by construction
    model = fit(data, "y ~ arm*visit + (1|participant/lesion)", method=method)
    assert model.variances["participant"] == 0.0
    assert model.messages[0].startswith("The between-participant variance is estimated as zero (singular fit)")
    assert kept in model.messages[0]
    np.testing.assert_allclose(values(model, "df"), values(fit(data, model.formula), "df"))


def test_json_holds_exactly_the_promised_keys() -> None:
    plain = json.loads(json.dumps(fit(trial(), MODEL).to_json()))
    assert list(plain) == [
        "formula", "method", "reml", "coefficients", "variances",
        "loglik", "n", "groups", "dropped", "messages",
    ]  # fmt: skip
    assert list(plain["coefficients"][1]) == ["term", "estimate", "se", "df", "statistic", "p", "low", "high"]
    assert [c["term"] for c in plain["coefficients"]][-1] == "arm[STS]:visit[W24]"


def test_printed_fit_shows_terms_variances_and_messages() -> None:
    text = str(fit(trial(3, person_sd=0.0), MODEL))
    assert "arm[STS]:visit[W24]" in text
    assert "variances: participant " in text


def test_a_prepared_design_gives_the_same_fit() -> None:
    again = fit_design(prepare(trial(), parse_formula(MODEL)))
    assert again.to_json() == fit(trial(), MODEL).to_json()


def test_levels_change_the_sign_only() -> None:
    usual, turned = (fit(trial(), MODEL, levels={"arm": names}) for names in (["CTL", "STS"], ["STS", "CTL"]))
    assert turned.coefficients[1].term == "arm[CTL]"
    assert turned.coefficients[1].estimate == pytest.approx(-usual.coefficients[1].estimate)
    assert turned.loglik == pytest.approx(usual.loglik)


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        ({"reml": False}, "Kenward-Roger is defined for REML"),
        ({"method": "wald"}, "The method 'wald' is not offered; choose 'kr' or 'satterthwaite'."),
    ],
)
def test_what_is_not_offered_is_refused(options: dict, sentence: str) -> None:
    with pytest.raises(AnalysisError, match=sentence):
        fit(trial(), MODEL, **options)


def test_one_participant_is_refused() -> None:
    with pytest.raises(AnalysisError, match=r"belong to one participant \(P00\)"):
        fit(trial().head(6), "y ~ x + (1|participant)")
