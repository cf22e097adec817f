"""Marginal models against geepack, geesmv and clubSandwich in R."""

import numpy as np
import pytest

from calcitrial.models import AnalysisError
from calcitrial.statistics import MarginalFit, cluster_places, fit_marginal, jackknife_covariance
from tests.against.statistics.oracle import last_visit, recorded, repeated, same

TRIALS = ["between", "within", "small"]
WORKING = ["exchangeable", "independence"]
GAUSSIAN = "logvol ~ arm*visit + logbase"


def gaussian(trial: str, working: str, **options) -> MarginalFit:
    return fit_marginal(repeated(trial), GAUSSIAN, "usubjid", working=working, **options)


def binomial(trial: str, working: str, **options) -> MarginalFit:
    return fit_marginal(last_visit(trial), "responder ~ arm", "usubjid", family="binomial", working=working, **options)


def column(fit: MarginalFit, name: str) -> np.ndarray:
    return np.array([getattr(coefficient, name) for coefficient in fit.coefficients])


def jackknife(fit: MarginalFit, kind: str) -> np.ndarray:
    places = cluster_places(fit.design.groupings[0].codes)
    design = fit.design
    vcov = jackknife_covariance(fit.solved, design.response, design.matrix, places, fit.family, fit.working, kind)
    return np.sqrt(np.diag(vcov))


@pytest.mark.parametrize("working", WORKING)
@pytest.mark.parametrize("trial", TRIALS)
def test_gaussian_estimates_and_sandwich_equal_geepack(trial: str, working: str) -> None:
    theirs = recorded("gee", f"gee_gaussian_{working}_{trial}")
    ours = gaussian(trial, working, covariance_kind="plain")
    se = list(theirs["san.se"]["se"].values())
    # geepack stops when nothing moves by more than 1e-4, so its estimates are held to a part of a standard error.
    away = (column(ours, "estimate") - list(theirs["san.se"]["est"].values())) / se
    assert np.abs(away).max() < (1e-4 if working == "exchangeable" else 1e-10)
    same(column(ours, "se"), se, 1e-5)
    same(ours.scale, theirs["scale"], 2e-6)
    if working == "exchangeable":
        same(ours.correlation, theirs["alpha"], 2e-5)


@pytest.mark.parametrize("working", WORKING)
@pytest.mark.parametrize("trial", TRIALS)
def test_gaussian_jackknife_equals_geepack(trial: str, working: str) -> None:
    theirs = recorded("gee", f"gee_gaussian_{working}_{trial}")
    ours = gaussian(trial, working, covariance_kind="plain")
    same(jackknife(ours, "one-step"), list(theirs["jack"]["se"].values()), 1e-5)
    same(jackknife(ours, "one-step"), list(theirs["j1s"]["se"].values()), 1e-5)
    same(jackknife(ours, "full"), list(theirs["fij"]["se"].values()), 2e-5)  # each of its fits stops early


@pytest.mark.parametrize("working", WORKING)
@pytest.mark.parametrize("trial", ["between", "within"])
def test_binomial_estimates_sandwich_and_jackknife_equal_geepack(trial: str, working: str) -> None:
    theirs = recorded("gee", f"gee_binomial_{working}_{trial}")
    ours = binomial(trial, working, covariance_kind="plain")
    same(column(ours, "estimate"), list(theirs["san.se"]["est"].values()), 1e-7)
    same(column(ours, "se"), list(theirs["san.se"]["se"].values()), 1e-7)
    same(jackknife(ours, "one-step"), list(theirs["jack"]["se"].values()), 1e-6)
    same(jackknife(ours, "one-step"), list(theirs["j1s"]["se"].values()), 1e-6)
    same(jackknife(ours, "full"), list(theirs["fij"]["se"].values()), 1e-5)
    if working == "exchangeable":
        same(ours.correlation, theirs["alpha"], 1e-7)


@pytest.mark.parametrize(
    ("name", "kind"), [("lz", "plain"), ("md", "mancl-derouen"), ("fg", "fay-graubard"), ("mbn", "mbn")]
)
@pytest.mark.parametrize("working", WORKING)
@pytest.mark.parametrize("trial", ["between", "within"])
def test_corrections_for_few_clusters_equal_geesmv(trial: str, working: str, name: str, kind: str) -> None:
    theirs = recorded("gee", f"gee_binomial_{working}_{trial}")[f"geesmv_{name}"]
    ours = binomial(trial, working, covariance_kind=kind, less_p=True)  # gee::gee divides moments by n - p
    same(np.diag(ours.vcov), theirs["var"], 1e-5)


def test_kauermann_carroll_equals_geesmv_where_the_root_is_of_a_symmetric_matrix() -> None:
    theirs = recorded("gee", "gee_binomial_independence_between")["geesmv_kc"]
    same(np.diag(binomial("between", "independence", covariance_kind="kauermann-carroll").vcov), theirs["var"], 1e-10)
    # Within people I - H is not symmetric, and geesmv takes its root as if it were; the intercept is not touched.
    theirs = recorded("gee", "gee_binomial_independence_within")["geesmv_kc"]
    ours = binomial("within", "independence", covariance_kind="kauermann-carroll").vcov
    same(ours[0, 0], theirs["var"][0], 1e-10)
    same(ours[1, 1], theirs["var"][1], 1e-3)


@pytest.mark.parametrize(("name", "kind"), [("CR0", "plain"), ("CR2", "cr2"), ("CR3", "mancl-derouen")])
@pytest.mark.parametrize("trial", TRIALS)
def test_least_squares_with_satterthwaite_equals_clubsandwich(trial: str, name: str, kind: str) -> None:
    theirs = recorded("gee", f"cr2_lm_{trial}")[name]
    ours = gaussian(trial, "independence", covariance_kind=kind, df="satterthwaite")
    for own, their in [("estimate", "est"), ("se", "se"), ("df", "df"), ("statistic", "t"), ("p", "p")]:
        same(column(ours, own), theirs[their], 1e-9)


@pytest.mark.parametrize(("name", "kind"), [("CR2", "cr2"), ("CR3", "mancl-derouen")])
@pytest.mark.parametrize("trial", ["between", "within"])
def test_logistic_with_satterthwaite_equals_clubsandwich(trial: str, name: str, kind: str) -> None:
    theirs = recorded("gee", f"cr2_glm_{trial}")[name]
    ours = binomial(trial, "independence", covariance_kind=kind, df="satterthwaite")
    for own, their in [("estimate", "est"), ("se", "se"), ("df", "df")]:
        same(column(ours, own), theirs[their], 1e-5)
    same(column(ours, "p"), theirs["p"], 3e-5)  # glm's early stop, seven times over in the tail of t


@pytest.mark.parametrize("working", WORKING)
def test_separation_that_r_ends_in_an_error_is_said(working: str) -> None:
    assert "error" in recorded("gee", f"gee_binomial_{working}_small")
    with pytest.raises(AnalysisError, match=r"perfectly separated by .*arm.STS.*not estimable"):
        binomial("small", working)
