"""The maximum with correlated residuals: special cases with a known answer, and what is said or refused."""

import json
from dataclasses import replace

import numpy as np
import polars as pl
import pytest
from scipy import optimize, stats

from calcitrial.models import (
    STRUCTURES,
    AnalysisError,
    contrasts,
    fit,
    fit_many,
    marginal_means,
    parse_formula,
    prepare,
    prepare_marginal,
    ratio_estimate,
    term_tests,
)
from calcitrial.models.kenward_roger import infer
from calcitrial.models.structured import arrange, complete, evaluate
from calcitrial.models.structured_maximum import maximise_structured
from calcitrial.statistics import impute

VISITS = ("W04", "W08", "W12", "W24")
MEANS = "y ~ arm*visit + us(visit|participant)"


def people(count: int, seed: int = 1, missing: float = 0.0, lesions: int = 1) -> pl.DataFrame:
    """Rows with correlated visits, whose spread grows; the arm is between people."""
    rng = np.random.default_rng(seed)
    root = np.linalg.cholesky(0.3 * 0.6 ** np.abs(np.subtract.outer(range(4), range(4))) + 0.1 * np.diag(range(4)))
    rows = []
    for person in range(count):
        u = rng.normal(0, 0.4) if lesions > 1 else 0.0
        for lesion in range(lesions):
            x, values = rng.normal(), u + root @ rng.normal(size=4)
            rows += [
                (f"P{person:02}", f"L{lesion}", ("CTL", "STS")[person % 2], visit, x, float(value + 0.5 * x))
                for visit, value in zip(VISITS, values, strict=True)
                if visit == "W04" or rng.random() >= missing
            ]
    return pl.DataFrame(rows, schema=["participant", "lesion", "arm", "visit", "x", "y"], orient="row")


@pytest.mark.parametrize("method", ["kr-linear", "satterthwaite"])
def test_without_missing_visits_each_visit_has_its_own_t_test(method: str) -> None:
    data = people(14)
    for found in contrasts(fit(data, MEANS, method=method), by="visit"):
        at = data.filter(visit=found.at["visit"])
        test = stats.ttest_ind(*(at.filter(arm=arm)["y"] for arm in ("STS", "CTL")))
        assert (found.statistic, found.df) == pytest.approx((test.statistic, 12), rel=1e-6)
        assert found.p == pytest.approx(test.pvalue, rel=1e-6)


def test_several_contrasts_of_complete_data_are_hotellings() -> None:
    data = people(14)
    wide = data.pivot("visit", index=["participant", "arm"], values="y")
    groups = [wide.filter(arm=arm).select(VISITS).to_numpy() for arm in ("STS", "CTL")]
    steps = [np.diff(values, axis=1) for values in groups]
    pooled = sum((len(own) - 1) * np.cov(own.T) for own in steps) / 12
    apart = steps[0].mean(0) - steps[1].mean(0)
    t_squared = apart @ np.linalg.solve(pooled, apart) * 7 * 7 / 14
    found = term_tests(fit(data, MEANS, method="kr-linear"))["arm:visit"]
    assert (found.num_df, found.den_df) == (3, pytest.approx(10, rel=1e-6))
    assert found.statistic == pytest.approx(t_squared * 10 / (12 * 3), rel=1e-6)


@pytest.mark.parametrize("factor", [1e-6, 1e6])
def test_units_of_the_response_do_not_matter(factor: float) -> None:
    data, model = people(20, 3, 0.1, lesions=2), "y ~ arm*visit + x + (1|participant) + us(visit|participant:lesion)"
    usual, scaled = fit(data, model), fit(data.with_columns(pl.col("y") * factor), model)
    np.testing.assert_allclose([c.df for c in scaled.coefficients], [c.df for c in usual.coefficients], rtol=1e-5)
    np.testing.assert_allclose(scaled.residual.matrix, factor**2 * usual.residual.matrix, rtol=1e-5)


def test_the_unstructured_matrix_of_complete_data_is_the_pooled_covariance() -> None:
    data = people(14)
    wide = data.pivot("visit", index=["participant", "arm"], values="y").sort("participant")
    values = wide.select(VISITS).to_numpy()
    arm = (wide["arm"] == "STS").to_numpy()
    rest = values - np.where(arm[:, None], values[arm].mean(0), values[~arm].mean(0))
    for reml, divisor in ((True, 12), (False, 14)):
        model = fit(data, MEANS, method="satterthwaite", reml=reml)
        np.testing.assert_allclose(model.residual.matrix, rest.T @ rest / divisor, rtol=1e-6)
        assert model.reml == reml


@pytest.mark.parametrize("kind", STRUCTURES)
@pytest.mark.parametrize("reml", [True, False])
def test_no_general_optimiser_finds_a_higher_likelihood(kind: str, reml: bool) -> None:
    design = prepare(
        people(16, 3, 0.2, lesions=2),
        parse_formula(f"y ~ arm*visit + x + (1|participant) + {kind}(visit|participant:lesion)"),
    )
    rows = arrange(design, design.repeats)
    found, messages = maximise_structured(rows, reml)
    assert messages == ()

    def fall(theta: np.ndarray) -> float:
        here = evaluate(rows, theta, reml) if theta[0] >= 0 else None
        return 1e6 if here is None else -here.loglik

    rng = np.random.default_rng(1)
    for spread in (0.05, 0.5):
        start = found.theta + rng.normal(0, spread, len(found.theta))
        other = optimize.minimize(
            fall, np.append(abs(start[0]), start[1:]), method="Nelder-Mead", options={"maxfev": 500}
        )
        assert found.loglik >= -other.fun - 1e-7
    assert np.abs(found.score[~found.bounded]).max() < 1e-5


def test_nested_structures_have_nested_likelihoods() -> None:
    data = people(20, 5, 0.15)
    height = {kind: fit(data, f"y ~ arm*visit + x + {kind}(visit|participant)").loglik for kind in STRUCTURES}
    for small, large in (("ar1", "ar1h"), ("cs", "csh"), ("toep", "toeph"), ("ar1", "toep"), ("cs", "toep")):
        assert height[small] <= height[large] + 1e-9
    assert max(height.values()) == height["us"]


def test_visits_follow_the_levels_and_otherwise_their_text() -> None:
    data = people(20, 2).with_columns(visit=pl.col("visit").replace({"W04": "last", "W24": "first"}))
    plain = fit(data, "y ~ arm + ar1(visit|participant)")
    turned = fit(data, "y ~ arm + ar1(visit|participant)", levels={"visit": ["last", "W08", "W12", "first"]})
    assert plain.residual.visits == ("W08", "W12", "first", "last")
    assert turned.residual.visits == ("last", "W08", "W12", "first")
    assert turned.loglik > plain.loglik + 1


def test_numbers_may_be_visits_and_a_missing_visit_keeps_its_lag() -> None:
    data = people(20, 2).with_columns(week=pl.col("visit").str.slice(1).cast(pl.Int64))
    model = fit(data.with_columns(pl.col("week").cast(pl.Float64)), "y ~ arm + week + ar1(week|participant)")
    assert model.residual.visits == ("4", "8", "12", "24")
    holes = data.filter(~((pl.col("visit") == "W08") & pl.col("participant").is_in(["P01", "P02", "P03"])))
    correlations = fit(holes, "y ~ arm + week + ar1(week|participant)").residual.correlations
    assert correlations["4:12"] == pytest.approx(correlations["4:8"] ** 2)


def test_an_unbalanced_fit_answers_all_that_a_fit_answers() -> None:
    model = fit(people(24, 7, 0.2, lesions=2), "y ~ arm*visit + x + (1|participant) + us(visit|participant:lesion)")
    assert model.converged
    assert model.groups == {"participant": 24, "participant:lesion": 48}
    assert list(model.variances) == ["participant", *(f"residual[{visit}]" for visit in VISITS)]
    assert set(model.random_effects["participant"]) == {f"P{k:02}" for k in range(24)}
    assert {name: test.num_df for name, test in term_tests(model).items()} == {
        "arm": 1,
        "visit": 3,
        "x": 1,
        "arm:visit": 3,
    }
    assert len(marginal_means(model)) == 8
    by_visit = contrasts(model, by="visit", adjust="holm")
    estimate = ratio_estimate(model, by_visit[-1])
    assert (estimate.n_participants, estimate.n_lesions) == (24, 48)
    assert "us(visit|participant:lesion) by REML, Kenward-Roger degrees" in estimate.method


def test_json_and_text_name_variances_and_correlations() -> None:
    model = fit(people(16), MEANS, method="kr-linear")
    plain = json.loads(json.dumps(model.to_json()))
    assert plain["residual"]["structure"] == "us(visit|participant)"
    assert plain["residual"]["visits"] == list(VISITS)
    assert plain["residual"]["covariance"][1][1] == plain["variances"]["residual[W08]"]
    expected = plain["residual"]["covariance"][0][3] / np.sqrt(
        plain["variances"]["residual[W04]"] * plain["variances"]["residual[W24]"]
    )
    assert plain["residual"]["correlations"]["W04:W24"] == pytest.approx(expected)
    assert "correlations: W04:W08 0." in str(model)
    assert list(fit(people(16), "y ~ arm*visit + cs(visit|participant)").variances) == ["residual"]


def test_an_adjustment_that_shrinks_is_said_and_the_linear_form_never_is() -> None:
    data = people(12)
    full, linear = (fit(data, MEANS, method=method) for method in ("kr", "kr-linear"))
    assert "full form makes" in full.messages[0]
    assert "'kr-linear'" in full.messages[0]
    assert linear.messages == ()
    assert (np.diag(linear.vcov_adjusted) >= np.diag(linear.vcov) * (1 - 1e-6)).all()
    assert [c.df for c in full.coefficients] == pytest.approx([c.df for c in linear.coefficients])


def test_an_adjustment_below_zero_is_refused() -> None:
    sentences = []
    for seed in range(30):
        try:
            data = people(6, seed, 0.15).filter(pl.col("visit") != "W24")
            fit(data, "y ~ arm*visit + x + us(visit|participant)")
        except AnalysisError as error:
            sentences.append(str(error))
    assert any("leaves a negative variance of the fixed part" in sentence for sentence in sentences)


@pytest.mark.parametrize(("method", "instead"), [("kr", "'kr-linear'"), ("kr-linear", "'satterthwaite'")])
def test_the_next_best_method_is_named(method: str, instead: str) -> None:
    design = prepare(people(14), parse_formula(MEANS))
    rows = arrange(design, design.repeats)
    moments = complete(rows, maximise_structured(rows, True)[0])
    broken = replace(moments, second=moments.second - 1e6 * np.eye(len(moments.phi)))
    with pytest.raises(AnalysisError, match=f"use method {instead}"):
        infer(rows.triangle, rows.start, broken, method)


def test_both_forms_are_one_for_random_intercepts() -> None:
    data = people(12, lesions=2)
    full, linear = (fit(data, "y ~ arm + (1|participant/lesion)", method=method) for method in ("kr", "kr-linear"))
    np.testing.assert_array_equal(full.vcov_adjusted, linear.vcov_adjusted)


def test_a_zero_intercept_beside_a_structure_is_said() -> None:
    data = people(20, 4, lesions=2).with_columns(pl.col("y") - pl.col("y").mean().over("participant", "visit"))
    model = fit(
        data.with_columns(y=pl.col("y") + 0.01 * pl.col("x")), "y ~ 1 + (1|participant) + ar1(visit|participant:lesion)"
    )
    assert model.variances["participant"] == 0.0
    assert model.messages[0].startswith("The between-participant variance is estimated as zero (singular fit)")


def test_too_few_complete_people_end_in_a_sentence() -> None:
    data = people(12, 3).filter(
        (pl.col("visit") != "W24") | pl.col("participant").is_in([f"P{k:02}" for k in range(4)])
    )
    model = fit(data, "y ~ arm*visit + x + us(visit|participant)")
    assert not model.converged
    assert "us(visit|participant) did not converge" in model.messages[0]
    assert "4 of 12 groups of participant have all 4 visits" in model.messages[0]
    assert all(np.isfinite([c.se, c.df, c.p]).all() for c in model.coefficients)


def test_no_variance_at_one_visit_is_refused() -> None:
    flat = people(14).with_columns(y=pl.when(pl.col("visit") == "W08").then(1.0).otherwise(pl.col("y")))
    with pytest.raises(AnalysisError, match=r"residual variance at W08 falls to zero"):
        fit(flat, MEANS)


REFUSED = [
    (people(14, lesions=2), MEANS, r"one row per participant and visit, .* P00 at W04, P00 at W08.* and 51 more"),
    (people(14).filter(visit="W08"), "y ~ arm + us(visit|participant)", "All rows have visit W08"),
    (people(5), MEANS, r"There are 5 groups of participant.*needs at least 6"),
    (people(1), "y ~ x + visit + ar1(visit|participant)", r"All rows belong to one participant \(P00\)"),
    (people(14), "y ~ arm + (1|participant) + us(visit|participant)", r"\(1\|participant\) cannot be told from us"),
    (people(14), "y ~ arm + (1|participant/lesion) + us(visit|participant)", "makes the same groups"),
    (people(14), "y ~ arm + (1|participant) + us(visit|participant:lesion)", r"cannot be told from us"),
    (people(14), "y ~ arm + (1|participant) + csh(visit|participant)", "heterogeneous compound symmetry matrix"),
    (
        people(14).filter(pl.col("visit").is_in(["W04", "W08"])),
        "y ~ arm + (1|participant) + ar1(visit|participant)",
        "autoregressive matrix of 2 visits holds all",
    ),
    (people(14), "y ~ arm + (1|participant:visit) + us(visit|participant)", "cannot be told from the residual"),
    (people(14), "y ~ arm + us(visit|participant) + ar1(visit|participant)", "are two residual structures"),
    (people(14), "y ~ arm + us(visit|arm/participant)", "one matrix for all groups"),
    (people(14), "y ~ arm + us(visit)", r"'\|' was expected where '\)' stands"),
]  # fmt: skip


@pytest.mark.parametrize(("data", "model", "sentence"), REFUSED, ids=[model for _, model, _ in REFUSED])
def test_what_cannot_be_estimated_is_refused(data: pl.DataFrame, model: str, sentence: str) -> None:
    with pytest.raises(AnalysisError, match=sentence):
        fit(data, model)


@pytest.mark.parametrize(
    ("kind", "sentence"),
    [("us", "No participant has W04 and W24, so us"), ("toep", "No participant has visits 3 apart")],
)
def test_visits_never_seen_together_are_refused(kind: str, sentence: str) -> None:
    early = pl.col("participant") < "P10"
    data = people(20).filter((early & (pl.col("visit") != "W24")) | (~early & (pl.col("visit") != "W04")))
    with pytest.raises(AnalysisError, match=sentence):
        fit(data, f"y ~ visit + {kind}(visit|participant)")


def test_one_visit_each_has_no_correlation() -> None:
    data = people(24).filter(pl.col("participant").str.slice(1).cast(pl.Int64) % 4 == pl.col("visit").rank("dense") - 1)
    with pytest.raises(AnalysisError, match="No participant has two visits"):
        fit(data, "y ~ arm + cs(visit|participant)")


def test_wrong_levels_of_visits_are_refused() -> None:
    with pytest.raises(AnalysisError, match="holds 'W24', which the given levels lack"):
        fit(people(14), "y ~ arm + ar1(visit|participant)", levels={"visit": ["W04", "W08", "W12"]})


def test_what_knows_only_independent_residuals_refuses_a_structure() -> None:
    data = people(14, lesions=2)
    design = prepare(
        data, parse_formula("y ~ arm + (1|participant) + (1|participant:visit) + ar1(visit|participant:lesion)")
    )
    with pytest.raises(AnalysisError, match="has another random part"):
        fit_many(design, design.response[None], np.eye(2))
    with pytest.raises(AnalysisError, match="has a residual structure, and a marginal model has none"):
        prepare_marginal(data, parse_formula("y ~ arm + ar1(visit|participant:lesion)"), "participant")
    with pytest.raises(AnalysisError, match=r"independent residuals; leave out ar1\(visit\|participant:lesion\)"):
        impute(data, "y ~ arm + (1|participant) + ar1(visit|participant:lesion)", generator=np.random.default_rng(1))
