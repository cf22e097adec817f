"""Correlated residuals against mmrm, nlme and glmmTMB in R.

`data/small.csv` and `data/mmrm_small.json` hold one simulated trial with R's numbers; the larger trial is read from
the shared folder where it is there. Not compared, with the reason: glmmTMB's standard errors of the intercept and of
the baseline, which take in that the variances are estimated (nlme's are compared); its fit carries a convergence
message, and nlme's sigma is the standard deviation at the first visit.
"""

import json
import re
from functools import lru_cache

import numpy as np
import polars as pl
import pytest

from calcitrial.models import AnalysisError, Fit, contrasts, fit, read_csv
from calcitrial.models.structures import parameter_count
from tests.against.models.test_mixed_model_recomputed import HERE, NEEDS_SHARED, PUBLIC, rows

KINDS = ("us", "toeph", "ar1h", "ar1", "csh", "cs")
RECORDS = [
    *(("small", kind, method) for kind in ("us", "cs") for method in ("kr", "satt")),
    *(pytest.param("between", kind, "kr", marks=NEEDS_SHARED) for kind in KINDS),
    *(pytest.param("between", kind, "satt", marks=NEEDS_SHARED) for kind in ("us", "cs")),
]
METHODS = {"kr": "kr", "satt": "satterthwaite"}
LESION = "logvol ~ arm*visit + logbase + "


@lru_cache
def recorded() -> dict[str, dict]:
    records = json.loads((HERE / "mmrm_small.json").read_text())["results"]
    if PUBLIC.is_dir():
        records = json.loads((PUBLIC / "results" / "mmrm.json").read_text())
    return {record["id"]: record["value"] for record in records}


@lru_cache
def means(trial: str) -> pl.DataFrame:
    """The mean log ratio of the lesions of one participant at each visit."""
    data = read_csv(HERE / "small.csv") if trial == "small" else rows(trial)
    ratio = (pl.col("logvol") - pl.col("logbase")).alias("logratio")
    there = data.filter(pl.col("logvol").is_not_null()).with_columns(ratio)
    return there.group_by("usubjid", "arm", "visit", maintain_order=True).agg(pl.col("logratio", "logbase").mean())


@lru_cache
def fitted(trial: str, kind: str, method: str = "kr") -> Fit:
    formula = f"logratio ~ arm*visit + logbase + {kind}(visit|usubjid)"
    return fit(means(trial), formula, method=METHODS[method])


def ours(name: str) -> str:
    """R's `armSTS:visitW08` is our `arm[STS]:visit[W08]`."""
    return ":".join(re.sub(r"^(arm|visit)(.+)$", r"\1[\2]", part) for part in name.split(":"))


def column(model: Fit, terms: list[str], name: str) -> np.ndarray:
    found = {c.term: c for c in model.coefficients}
    return np.array([getattr(found[ours(term)], name) for term in terms])


@pytest.mark.parametrize(("trial", "kind", "method"), RECORDS)
def test_coefficients_equal_mmrm(trial: str, kind: str, method: str) -> None:
    theirs = recorded()[f"mmrm_{kind}_{method}_{trial}"]["coef"]
    model = fitted(trial, kind, method)
    se = np.array(theirs["se"])
    found = column(model, theirs["term"], "estimate")
    np.testing.assert_allclose(found / se, np.array(theirs["est"]) / se, atol=1e-4)  # some estimates are near zero
    np.testing.assert_allclose(column(model, theirs["term"], "se"), se, rtol=1e-4)
    np.testing.assert_allclose(column(model, theirs["term"], "df"), theirs["df"], rtol=1e-4)
    np.testing.assert_allclose(column(model, theirs["term"], "statistic"), theirs["t"], rtol=1e-4, atol=1e-4)
    np.testing.assert_allclose(column(model, theirs["term"], "p"), theirs["p"], rtol=1e-3, atol=1e-6)


@pytest.mark.parametrize(("trial", "kind", "method"), RECORDS)
def test_covariance_and_likelihood_equal_mmrm(trial: str, kind: str, method: str) -> None:
    theirs = recorded()[f"mmrm_{kind}_{method}_{trial}"]
    model = fitted(trial, kind, method)
    assert list(model.residual.visits) == theirs["cov"]["rows"]
    np.testing.assert_allclose(model.residual.matrix, theirs["cov"]["data"], rtol=3e-4)  # mmrm stops a little early
    assert model.loglik >= theirs["logLik_reml"] - 1e-9
    assert model.loglik == pytest.approx(theirs["logLik_reml"], abs=1e-6)
    assert parameter_count(kind, len(model.residual.visits)) == theirs["n_theta"]


@pytest.mark.parametrize(("trial", "kind", "method"), RECORDS)
def test_contrasts_at_each_visit_equal_emmeans(trial: str, kind: str, method: str) -> None:
    theirs = recorded()[f"mmrm_{kind}_{method}_{trial}"]["diff_by_visit"]
    by_visit = contrasts(fitted(trial, kind, method), by="visit")
    assert [c.at["visit"] for c in by_visit] == theirs["visit"]
    names = {"estimate": "estimate", "se": "SE", "df": "df", "low": "lower.CL", "high": "upper.CL"}
    for mine, name in {**names, "statistic": "t.ratio", "p": "p.value"}.items():
        found = [getattr(c, mine) for c in by_visit]
        np.testing.assert_allclose(found, theirs[name], rtol=3e-4 if mine == "p" else 1e-4, atol=1e-5, err_msg=mine)


@pytest.mark.parametrize("trial", ["small", pytest.param("between", marks=NEEDS_SHARED)])
def test_unstructured_equals_gls(trial: str) -> None:
    theirs = recorded()[f"gls_un_{trial}"]
    model = fitted(trial, "us", "satt")
    terms = list(theirs["fixef"])
    np.testing.assert_allclose(column(model, terms, "estimate"), list(theirs["fixef"].values()), rtol=1e-4)
    np.testing.assert_allclose(column(model, terms, "se"), list(theirs["se"].values()), rtol=1e-4)
    assert model.loglik == pytest.approx(theirs["logLik"], abs=1e-6)
    assert np.sqrt(model.residual.matrix[0, 0]) == pytest.approx(theirs["sigma"], rel=1e-4)


@lru_cache
def lesions(random: str) -> Fit:
    return fit(rows("between"), LESION + random, method="satterthwaite")


def same_fixed_part(model: Fit, theirs: dict, without: tuple[str, ...] = ()) -> None:
    terms = list(theirs["fixef"])
    found = column(model, terms, "estimate")
    np.testing.assert_allclose(found, list(theirs["fixef"].values()), rtol=1e-3)
    kept = [term for term in terms if term not in without]
    np.testing.assert_allclose(column(model, kept, "se"), [theirs["se"][term] for term in kept], rtol=1e-3)


@NEEDS_SHARED
def test_participant_intercept_and_unstructured_lesions_equal_glmmtmb() -> None:
    theirs, model = recorded()["lesion_un_glmmTMB_between"], lesions("(1|usubjid) + us(visit|usubjid:lesid)")
    same_fixed_part(model, theirs, without=("(Intercept)", "logbase"))
    assert model.loglik == pytest.approx(theirs["logLik"], abs=2e-6)
    assert model.variances["usubjid"] == pytest.approx(theirs["var_part"], rel=1e-3)
    np.testing.assert_allclose(model.residual.matrix, theirs["cov_lesion"]["data"], rtol=1e-3)
    assert [f"visit{visit}" for visit in model.residual.visits] == theirs["cov_lesion"]["rows"]


@NEEDS_SHARED
def test_participant_intercept_and_unstructured_lesions_equal_nlme() -> None:
    theirs, model = recorded()["lesion_un_lme_between"], lesions("(1|usubjid) + us(visit|usubjid:lesid)")
    same_fixed_part(model, theirs)
    assert model.loglik >= theirs["logLik"]
    assert model.loglik == pytest.approx(theirs["logLik"], abs=2e-6)
    assert np.sqrt(model.residual.matrix[0, 0]) == pytest.approx(theirs["sigma"], rel=1e-3)


@NEEDS_SHARED
def test_two_intercepts_and_autoregression_equal_nlme() -> None:
    theirs, model = recorded()["lesion_ar1_lme_between"], lesions("(1|usubjid/lesid) + ar1(visit|usubjid:lesid)")
    same_fixed_part(model, theirs)
    assert model.loglik == pytest.approx(theirs["logLik"], abs=1e-6)
    assert model.residual.correlations["W04:W08"] == pytest.approx(theirs["phi"], rel=1e-3)
    found = np.sqrt(list(model.variances.values()))
    np.testing.assert_allclose(found, [value for value in theirs["sd_terms"] if value], rtol=1e-3)
    assert np.sqrt(model.variances["residual"]) == pytest.approx(theirs["sigma"], rel=1e-3)


@NEEDS_SHARED
def test_every_record_of_mmrm_is_compared() -> None:
    compared = {f"mmrm_{kind}_{method}_small" for kind in ("us", "cs") for method in METHODS}
    compared |= {f"mmrm_{kind}_kr_between" for kind in KINDS}
    compared |= {"mmrm_us_satt_between", "mmrm_cs_satt_between", "gls_un_small", "gls_un_between"}
    compared |= {"lesion_un_glmmTMB_between", "lesion_un_lme_between", "lesion_ar1_lme_between"}
    assert compared == set(recorded())


@NEEDS_SHARED
def test_lesions_with_compound_symmetry_are_lme4s_nested_intercepts() -> None:
    model = lesions("(1|usubjid) + cs(visit|usubjid:lesid)")
    nested = fit(rows("between"), LESION + "(1|usubjid/lesid)", method="satterthwaite")
    assert model.loglik == pytest.approx(nested.loglik, abs=1e-9)
    np.testing.assert_allclose(model.vcov, nested.vcov, rtol=1e-5, atol=1e-12)
    np.testing.assert_allclose([c.df for c in model.coefficients], [c.df for c in nested.coefficients], rtol=1e-5)


@NEEDS_SHARED
def test_a_random_treatment_effect_is_refused_with_what_to_write_instead() -> None:
    for written in ("(1 + trt|usubjid)", "(0 + arm|usubjid)", "(arm|usubjid)"):
        with pytest.raises(AnalysisError, match=r"asks for a random slope.*add \(1\|participant:arm\)"):
            fit(rows("within"), LESION + written + " + (1|lesid)")
