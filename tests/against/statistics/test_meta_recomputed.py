"""Meta-analysis against metafor and lme4, and the prior against JAGS."""

import numpy as np
import pytest

from calcitrial.models import AnalysisError, read_csv
from calcitrial.statistics import (
    fit_logistic_mixed,
    leave_one_out,
    log_odds,
    map_prior,
    pool_effects,
    pool_proportions,
)
from tests.against.statistics.oracle import HERE, last_visit, recorded, same


@pytest.fixture
def studies() -> tuple[np.ndarray, np.ndarray]:
    table = read_csv(HERE / "meta_made.csv")
    return table["xi"].to_numpy(), table["ni"].to_numpy()


def test_log_odds(studies) -> None:
    theirs = recorded("meta", "meta_prop_made")["escalc_PLO"]
    ours = log_odds(*studies)
    same(ours[0], theirs["yi"], 1e-12)
    same(ours[1], theirs["vi"], 1e-12)


@pytest.mark.parametrize(
    ("name", "method", "test", "rtol"),
    [
        ("PLO_REML_HKSJ", "reml", "hartung-knapp", 1e-8),
        ("PLO_DL_HKSJ", "dl", "hartung-knapp", 1e-8),
        ("PLO_PM_HKSJ", "pm", "hartung-knapp", 1e-5),  # metafor stops its search for tau2 early
        ("PLO_REML_z", "reml", "normal", 3e-5),  # at its default threshold, too
    ],
)
def test_random_effects(studies, name: str, method: str, test: str, rtol: float) -> None:
    theirs = recorded("meta", "meta_prop_made")[name]
    ours = pool_effects(*log_odds(*studies), method=method, test=test)
    assert ours.k == theirs["k"]
    same((ours.estimate, ours.se, ours.tau2, ours.i2), [theirs[key] for key in ("b", "se", "tau2", "I2")], rtol)
    same((ours.low, ours.high), theirs["ci"], rtol)
    same((ours.predicted_low, ours.predicted_high), theirs["pi"], rtol)
    same((ours.q, ours.q_p), (theirs["QE"], theirs["QEp"]), 1e-10)


def test_interval_of_tau2(studies) -> None:
    theirs = recorded("meta", "meta_prop_made")["PLO_REML_tau_ci"]["data"][0]
    ours = pool_effects(*log_odds(*studies))
    same((ours.tau2_low, ours.tau2_high), theirs[1:], 1e-4)


def test_leave_one_out(studies) -> None:
    theirs = recorded("meta", "meta_leave_one_out_made")["leave1out"]
    ours = leave_one_out(*log_odds(*studies))
    for own, their in [("estimate", "estimate"), ("se", "se"), ("low", "ci_lb"), ("high", "ci_ub"), ("tau2", "tau2")]:
        same([getattr(one, own) for one in ours], theirs[their], 1e-4)


def test_binomial_model(studies) -> None:
    theirs = recorded("meta", "meta_prop_made")["GLMM_PLO_z"]
    ours = pool_proportions(*studies, normal=True, points=7)
    same((ours.log_odds, ours.se, ours.tau2, ours.i2), [theirs[key] for key in ("b", "se", "tau2", "I2")], 1e-4)
    same((ours.estimate, ours.low, ours.high), (theirs["prop"], *theirs["prop_ci"]), 1e-4)
    same(ours.q, theirs["QE_LRT"], 1e-8)
    with_t = recorded("meta", "meta_prop_made")["GLMM_PLO_t"]
    ours = pool_proportions(*studies, points=7)
    assert ours.df == with_t["ddf"]
    limits = np.log([ours.low / (1 - ours.low), ours.high / (1 - ours.high)])
    same(limits, with_t["ci"], 0, atol=1e-4 * with_t["se"])  # the lower one is near 0


def test_binomial_model_equals_a_patient_glmer(studies) -> None:
    # lme4 1.1, glmer(cbind(xi, ni - xi) ~ 1 + (1 | study), nAGQ = 7) with rhoend = 1e-10, where metafor stops earlier.
    ours = pool_proportions(*studies, points=7)
    same((ours.log_odds, ours.tau2), (0.570963127464, 0.141676480985), 1e-7)
    same(ours.se, 0.215441564091, 1e-5)  # both second derivatives are differences
    same(pool_proportions(*studies, points=1).loglik, -23.608110564734, 1e-7)


def rows(trial: str) -> tuple:
    table = last_visit(trial)
    matrix = np.column_stack([np.ones(table.height), (table["arm"] == "STS").to_numpy()]).astype(float)
    codes = table["usubjid"].rank("dense").to_numpy().astype(int) - 1
    return table["responder"].cast(float).to_numpy(), np.ones(table.height), matrix, codes, ["(Intercept)", "arm[STS]"]


@pytest.mark.parametrize("trial", ["between", "within"])
def test_random_intercept_per_participant_equals_glmer(trial: str) -> None:
    theirs = recorded("responder", f"glmer_agq_{trial}")
    ours = fit_logistic_mixed(*rows(trial), points=25)
    same(ours.beta, list(theirs["fixef"].values()), 1e-5)
    same(ours.se, list(theirs["se"].values()), 1e-4)
    same((ours.sigma**2, ours.loglik), (theirs["var_usubjid"], theirs["logLik_agq25"]), 1e-5)
    ours = fit_logistic_mixed(*rows(trial), points=1)
    same(ours.beta, list(theirs["laplace"]["fixef"].values()), 1e-4)
    same((ours.sigma**2, ours.loglik), (theirs["laplace"]["var"], theirs["laplace"]["logLik"]), 1e-4)


def test_separation_in_which_glmer_diverges_is_said() -> None:
    with pytest.raises(AnalysisError, match="perfectly separated"):
        fit_logistic_mixed(*rows("small"))


def test_map_prior_within_the_error_of_the_simulation() -> None:
    theirs = recorded("map", "map_binomial")
    ours = map_prior(theirs["r"], theirs["n"], robust=0)
    stats = dict(zip(theirs["stats"]["rows"], theirs["stats"]["data"], strict=True))
    for name, (mean, sd) in {"mu": ours.mu, "tau": ours.tau, "pnew": (ours.mean, ours.sd)}.items():
        error = stats[name][3]  # coda's time-series standard error of the mean
        assert abs(mean - stats[name][0]) < 3 * error, name
        same(sd, stats[name][1], 0.01)
    same(ours.ess, theirs["ess_moment"], 0.01)
    quantiles = ours.quantiles([0.025, 0.25, 0.5, 0.75, 0.975])
    same(quantiles, theirs["quant"]["data"][theirs["quant"]["rows"].index("pnew")], 0.005)
