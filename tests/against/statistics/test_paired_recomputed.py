"""Comparisons within people against stats, coin and PropCIs in R."""

import polars as pl
import pytest

from calcitrial.models import clopper_pearson
from calcitrial.statistics import matched_answers, paired_t, sign_test, signed_rank
from tests.against.statistics.oracle import last_visit, recorded, same


@pytest.fixture
def differences() -> list[float]:
    """Mean of treated less mean of untreated lesions, of participants who have both."""
    means = last_visit("within").group_by("usubjid", "arm").agg(pl.col("logratio").mean())
    wide = means.pivot("arm", index="usubjid", values="logratio").drop_nulls().sort("usubjid")
    return (wide["STS"] - wide["CTL"]).to_list()


def test_paired_t(differences: list[float]) -> None:
    theirs = recorded("paired", "paired_t")
    ours = paired_t(differences)
    same(differences, theirs["diff"], 1e-9, atol=1e-12)
    same((ours.estimate, ours.statistic, ours.df, ours.p), [theirs[key] for key in ("est", "t", "df", "p")], 1e-8)
    same((ours.low, ours.high), theirs["ci"], 1e-8)


def test_signed_rank(differences: list[float]) -> None:
    theirs = recorded("paired", "paired_wilcoxon_exact")
    ours = signed_rank(differences)
    same((ours.statistic, ours.p, ours.estimate), [theirs[key] for key in ("V", "p", "hodges_lehmann")], 1e-8)
    same((ours.low, ours.high), theirs["ci"], 1e-8)
    same(ours.p, recorded("paired", "paired_sign_flip_exact")["p"], 1e-8)


def test_sign_test(differences: list[float]) -> None:
    theirs = recorded("paired", "paired_sign_flip_exact")
    same(sign_test(differences), theirs["sign_test_p"], 1e-8)
    lower = clopper_pearson(sum(value < 0 for value in differences), len(differences))
    same((lower.low, lower.high), theirs["sign_ci"], 1e-8)


def test_matched_answers() -> None:
    theirs = recorded("paired", "mcnemar_exact")
    any_response = last_visit("within").group_by("usubjid", "arm").agg(pl.col("responder").any())
    wide = any_response.pivot("arm", index="usubjid", values="responder").drop_nulls()
    treated, untreated = wide["STS"], wide["CTL"]
    ours = matched_answers(
        int((treated & untreated).sum()),
        int((treated & ~untreated).sum()),
        int((~treated & untreated).sum()),
        int((~treated & ~untreated).sum()),
    )
    assert (ours.n, ours.both, ours.first_only) == (theirs["n"], theirs["both"], theirs["b"])
    same((ours.p, ours.p_mid, ours.estimate), [theirs[key] for key in ("p_exact", "p_midp", "diff")], 1e-9)
    same((ours.low, ours.high), theirs["tango_score_ci"], 1e-6)
    same(ours.agresti_min, theirs["agresti_min_ci"], 1e-9)
