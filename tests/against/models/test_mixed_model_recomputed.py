"""The mixed model against lme4, lmerTest, pbkrtest and emmeans in R.

`data/small.csv` and `data/mixed_model_small.json` hold one simulated trial with R's numbers; the larger
trials are read from the shared folder where it is there.
"""

import json
import os
from functools import lru_cache
from pathlib import Path

import numpy as np
import polars as pl
import pytest

from calcitrial.models import Fit, contrasts, fit, marginal_means, read_csv, term_tests

HERE = Path(__file__).parents[1] / "data"
SHARED = Path(os.environ.get("CALCITRIAL_SHARED", Path(__file__).parents[3].parent / "shared"))
PUBLIC = SHARED / "reference" / "public"
NEEDS_SHARED = pytest.mark.skipif(
    not PUBLIC.is_dir(),
    reason="the folder shared/reference/public with R's results is not beside the repository",
)
NESTED = "logvol ~ arm*visit + logbase + (1|usubjid/lesid)"
TRIALS = [
    "small-committed",
    *(pytest.param(name, marks=NEEDS_SHARED) for name in ("small", "between", "within")),
]


@lru_cache
def recorded(trial: str) -> dict[str, dict]:
    if trial == "small-committed":
        records = json.loads((HERE / "mixed_model_small.json").read_text())["results"]
    else:
        records = json.loads((PUBLIC / "results" / "lmm.json").read_text())
    return {record["id"]: record for record in records}


def record(trial: str, what: str) -> tuple[dict, float]:
    found = recorded(trial)[f"{what}_{trial.removesuffix('-committed')}"]
    return found["value"], found["suggested_rtol"]


@lru_cache
def rows(trial: str) -> pl.DataFrame:
    if trial == "small-committed":
        return read_csv(HERE / "small.csv")
    return read_csv(PUBLIC / "data" / f"{trial}.csv").filter(pl.col("visitn") > 0)


@lru_cache
def fitted(trial: str, method: str = "kr", reml: bool = True) -> Fit:
    return fit(rows(trial), NESTED, method=method, reml=reml)


def column(items, name: str) -> np.ndarray:
    return np.array([getattr(item, name) for item in items])


def same(ours, theirs, rtol: float, atol: float = 1e-12) -> None:
    np.testing.assert_allclose(np.asarray(ours, float), np.asarray(theirs, float), rtol=rtol, atol=atol)


def same_variances(ours: Fit, theirs: dict, names: dict[str, str]) -> None:
    for group, variance in zip(theirs["varcomp"]["grp"], theirs["varcomp"]["vcov"], strict=True):
        same(ours.variances[names[group]], variance, 1e-5, atol=1e-8)


NAMES = {"usubjid": "usubjid", "lesid:usubjid": "usubjid:lesid", "Residual": "residual"}


@pytest.mark.parametrize("trial", TRIALS)
@pytest.mark.parametrize("reml", [True, False])
def test_estimates_variances_and_likelihood_equal_lme4(trial: str, reml: bool) -> None:
    theirs, rtol = record(trial, "lmm_reml" if reml else "lmm_ml")
    ours = fitted(trial, "kr" if reml else "satterthwaite", reml)
    same(column(ours.coefficients, "estimate"), list(theirs["fixef"].values()), rtol)
    same(np.sqrt(np.diag(ours.vcov)), list(theirs["se"].values()), rtol)
    same(ours.loglik, theirs["logLik"], 1e-10)
    same_variances(ours, theirs, NAMES)
    assert ours.n == theirs["nobs"]
    assert ours.groups == {NAMES[name]: count for name, count in theirs["ngrps"].items()}
    assert bool(ours.messages) == ("small" in trial)


@pytest.mark.parametrize("trial", TRIALS)
def test_random_effects_equal_lme4(trial: str) -> None:
    theirs, rtol = record(trial, "lmm_ranef")
    ours = fitted(trial).random_effects
    for name, levels in theirs.items():
        for level, value in zip(levels["level"], levels["blup"], strict=True):
            same(ours[NAMES[name]][":".join(reversed(level.split(":")))], value, rtol, atol=1e-6)


@pytest.mark.parametrize("trial", TRIALS)
def test_kenward_roger_coefficients_equal_pbkrtest(trial: str) -> None:
    theirs, rtol = record(trial, "lmm_kr")
    ours = fitted(trial)
    for mine, name in (("se", "se"), ("df", "df"), ("statistic", "t"), ("p", "p")):
        same(column(ours.coefficients, mine), theirs["coef"][name], rtol)
    same(ours.vcov_adjusted, theirs["vcovAdj"]["data"], rtol, atol=1e-8)


def test_twelve_participants_keep_few_degrees_of_freedom_at_a_zero_variance() -> None:
    ours = fitted("small-committed")
    assert ours.variances["usubjid"] == 0
    assert "between-usubjid variance is estimated as zero (singular fit)" in ours.messages[0]
    assert next(c for c in ours.coefficients if c.term == "arm[STS]").df == pytest.approx(8.97, abs=0.005)


def same_term_tests(ours: Fit, theirs: dict, rtol: float) -> None:
    tests = term_tests(ours)
    assert list(tests) == theirs["term"]
    own = list(tests.values())
    for mine, name in (("num_df", "NumDF"), ("den_df", "DenDF"), ("statistic", "F"), ("p", "p")):
        same(column(own, mine), theirs[name], rtol)


@pytest.mark.parametrize("trial", TRIALS)
def test_type_three_tests_equal_lmertest(trial: str) -> None:
    theirs, rtol = record(trial, "lmm_kr")
    same_term_tests(fitted(trial), theirs["anova_type3"], rtol)


@pytest.mark.parametrize("trial", TRIALS)
def test_joint_interaction_test_equals_krmodcomp(trial: str) -> None:
    theirs, rtol = record(trial, "lmm_krmodcomp_interaction")
    ours = term_tests(fitted(trial))["arm:visit"]
    for mine, name in (
        ("num_df", "ndf"),
        ("den_df", "ddf"),
        ("statistic", "Fstat"),
        ("scaling", "F.scaling"),
    ):
        same(getattr(ours, mine), theirs[name], rtol)
    same(ours.p, theirs["p.value"], rtol)


@pytest.mark.parametrize("trial", TRIALS[2:])
def test_satterthwaite_equals_lmertest_away_from_the_boundary(trial: str) -> None:
    theirs, rtol = record(trial, "lmm_satterthwaite")
    ours = fitted(trial, "satterthwaite")
    for mine in ("se", "df", "p"):
        same(column(ours.coefficients, mine), theirs["coef"][mine], rtol)
    same_term_tests(ours, theirs["anova_type3"], rtol)


def same_marginal_means(ours: Fit, theirs: dict, rtol: float) -> None:
    means = {(mean.at["arm"], mean.at["visit"]): mean for mean in marginal_means(ours)}
    own = [means[place] for place in zip(theirs["emm"]["arm"], theirs["emm"]["visit"], strict=True)]
    pairs = (("estimate", "emmean"), ("se", "SE"), ("df", "df"), ("low", "lower.CL"), ("high", "upper.CL"))
    for mine, name in pairs:
        same(column(own, mine), theirs["emm"][name], rtol)


def same_differences(ours: Fit, theirs: dict, rtol: float) -> None:
    by_visit = contrasts(ours, by="visit", adjust="holm")
    pairs = (("estimate", "estimate"), ("se", "SE"), ("df", "df"), ("low", "lower.CL"), ("high", "upper.CL"))
    for mine, name in (*pairs, ("statistic", "t.ratio"), ("p", "p.value")):
        same(column(by_visit, mine), theirs["diff_STS_minus_CTL_by_visit"][name], rtol, atol=2e-7)
        same(column(contrasts(ours), mine), [theirs["diff_overall"][name]], rtol)
    for place, name in enumerate(("ratio", "ratio_lcl", "ratio_ucl")):
        same([c.ratio[place] for c in by_visit], theirs["diff_STS_minus_CTL_by_visit"][name], rtol)
    same(column(by_visit, "p_adjusted"), theirs["p_holm"], rtol)
    hochberg = contrasts(ours, by="visit", adjust="hochberg")
    same(column(hochberg, "p_adjusted"), theirs["p_hochberg"], rtol)


@pytest.mark.parametrize("trial", TRIALS)
def test_marginal_means_and_contrasts_equal_emmeans(trial: str) -> None:
    theirs, _ = record(trial, "emmeans_kenward-roger")
    same_marginal_means(fitted(trial), theirs, 1e-5)
    same_differences(fitted(trial), theirs, 1e-5)


@pytest.mark.parametrize("trial", TRIALS[2:])
def test_satterthwaite_contrasts_equal_emmeans(trial: str) -> None:
    theirs, _ = record(trial, "emmeans_satterthwaite")
    same_marginal_means(fitted(trial, "satterthwaite"), theirs, 1e-5)
    same_differences(fitted(trial, "satterthwaite"), theirs, 1e-5)


@NEEDS_SHARED
def test_every_other_record_has_a_reason() -> None:
    kinds = ("lmm_reml", "lmm_ml", "lmm_ranef", "lmm_kr", "lmm_krmodcomp_interaction", "emmeans_kenward-roger")
    compared = {f"{kind}_{trial}" for kind in kinds for trial in ("between", "within", "small")}
    compared |= {
        f"{kind}_{t}" for kind in ("lmm_satterthwaite", "emmeans_satterthwaite") for t in ("between", "within")
    }
    compared.add("lmm_reml_three_terms_between")
    assert set(recorded("between")) - compared == {
        "lmm_satterthwaite_small",  # a variance at zero, which lmerTest leaves out of the information
        "emmeans_satterthwaite_small",  # the same
        "lmm_profile_ci_between",  # profile intervals are not offered
        "lmm_reml_random_treatment_within",  # random slopes are refused: test_structured_recomputed
    }


@NEEDS_SHARED
def test_three_random_terms_equal_lme4() -> None:
    theirs = recorded("between")["lmm_reml_three_terms_between"]["value"]
    ours = fit(rows("between"), f"{NESTED} + (1|usubjid:visit)")
    same(column(ours.coefficients, "estimate"), list(theirs["fixef"].values()), 1e-5, atol=1e-8)
    same(ours.loglik, theirs["logLik"], 1e-10)
    same_variances(ours, theirs, {**NAMES, "usubjid:visit": "usubjid:visit"})
    for name in ("se", "df", "p"):
        same(column(ours.coefficients, name), theirs["kr"]["coef"][name], 1e-5)
    same_term_tests(ours, theirs["kr"]["anova_type3"], 1e-4)
