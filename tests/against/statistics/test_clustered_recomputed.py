"""Shares of lesions against survey, clubSandwich and geepack in R."""

import polars as pl
import pytest
from scipy import special

from calcitrial.models import AnalysisError, clopper_pearson
from calcitrial.statistics import clustered_proportion, fit_marginal, wilson
from tests.against.statistics.oracle import last_visit, recorded, same

ARMS = [(trial, arm) for trial in ("between", "within") for arm in ("CTL", "STS")] + [("small", "STS")]


def lesions(trial: str, arm: str) -> pl.DataFrame:
    return last_visit(trial).filter(pl.col("arm") == arm)


@pytest.mark.parametrize(("trial", "arm"), ARMS)
def test_survey_intervals(trial: str, arm: str) -> None:
    theirs = recorded("responder", f"prop_cluster_{trial}_{arm}")
    methods = [("korn-graubard", "beta"), ("logit", "logit"), ("logit", "xlogit"), ("arcsine", "asin")]
    for method, name in methods:
        ours = clustered_proportion(lesions(trial, arm), "responder", "usubjid", method, truncate=False)
        assert (ours.events, ours.n, ours.clusters) == (theirs["x"], theirs["n_lesions"], theirs["n_participants"])
        same((ours.estimate, ours.se, ours.df), (theirs["p"], theirs["svy_se"], theirs["svy_df"]), 1e-9)
        same((ours.low, ours.high), theirs[f"svyciprop_{name}"], 1e-9)


@pytest.mark.parametrize(("trial", "arm"), ARMS)
def test_likelihood_interval(trial: str, arm: str) -> None:
    theirs = recorded("responder", f"prop_cluster_{trial}_{arm}")
    ours = clustered_proportion(lesions(trial, arm), "responder", "usubjid", "likelihood")
    same((ours.low, ours.high), theirs["svyciprop_likelihood"], 5e-4)  # R draws a spline through a profile


@pytest.mark.parametrize(("trial", "arm"), [*ARMS, ("small", "CTL")])
def test_what_takes_lesions_as_independent(trial: str, arm: str) -> None:
    theirs, rows = recorded("responder", f"prop_cluster_{trial}_{arm}"), lesions(trial, arm)
    for method, name in [(clopper_pearson, "clopper_pearson_naive"), (wilson, "wilson_naive")]:
        naive = method(int(rows["responder"].sum()), rows.height)
        same((naive.low, naive.high), theirs[name], 1e-9, atol=1e-15)


@pytest.mark.parametrize(("trial", "arm"), ARMS)
def test_cr2_interval(trial: str, arm: str) -> None:
    theirs = recorded("responder", f"prop_cluster_{trial}_{arm}")["cr2"]
    ours = clustered_proportion(lesions(trial, arm), "responder", "usubjid", "cr2")
    same((ours.estimate, ours.se, ours.df), (theirs["est"], theirs["se"], theirs["df"]), 1e-9)
    same((ours.low, ours.high), theirs["ci"], 1e-9)


@pytest.mark.parametrize(("trial", "arm"), ARMS)
def test_effective_size_wilson_interval(trial: str, arm: str) -> None:
    theirs = recorded("responder", f"prop_cluster_{trial}_{arm}")["eff_n"]
    ours = clustered_proportion(lesions(trial, arm), "responder", "usubjid", "wilson")
    same((ours.icc, ours.effective_n), (theirs["anova_icc"], theirs["n_eff"]), 1e-9)
    same((ours.low, ours.high), theirs["wilson"], 1e-9)


@pytest.mark.parametrize(("trial", "arm"), ARMS)
def test_marginal_model_of_one_arm(trial: str, arm: str) -> None:
    theirs = recorded("responder", f"prop_cluster_{trial}_{arm}")["gee_exch"]
    rows = lesions(trial, arm)
    ours = fit_marginal(rows, "responder ~ 1", "usubjid", family="binomial", covariance_kind="plain")
    same(ours.coefficients[0].estimate, theirs["logit"], 1e-4)  # geepack stops at 1e-4
    same(ours.coefficients[0].se, theirs["se"], 1e-4)
    same(special.expit(ours.coefficients[0].estimate), theirs["p"], 1e-5)
    same(ours.correlation, theirs["alpha"], 1e-3)


def test_nobody_responded() -> None:
    assert recorded("responder", "prop_cluster_small_CTL")["x"] == 0
    with pytest.raises(AnalysisError, match=r"None of the 11 rows of 4 usubjids responded.*not estimable"):
        clustered_proportion(lesions("small", "CTL"), "responder", "usubjid")
