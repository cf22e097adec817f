"""Combination and tipping point against mice and lme4 in R, on R's own fixed imputations."""

import numpy as np
import polars as pl
import pytest

from calcitrial.models import fit, read_csv
from calcitrial.statistics import Analysed, Imputations, analyse_imputed, pool, tipping_point
from tests.against.statistics.oracle import PUBLIC, recorded, same

NESTED = "logvol ~ arm*visit + logbase + (1|usubjid/lesid)"
COMPLETE_DF = 60


@pytest.fixture
def imputed() -> Imputations:
    if not PUBLIC.is_dir():
        pytest.skip(f"SKIPPED FOR WANT OF REFERENCES: within_imputations.csv lies in {PUBLIC} (set CALCITRIAL_SHARED).")
    rows = read_csv(PUBLIC / "data" / "within.csv").filter(pl.col("visitn") > 0)
    draws = read_csv(PUBLIC / "data" / "within_imputations.csv")
    gaps = rows.with_row_index("row").filter(pl.col("logvol").is_null())
    found = gaps.join(draws, on=["usubjid", "lesid", "visit"], how="left", maintain_order="left")
    values = found.select([f"X{number}" for number in range(1, 11)]).to_numpy().T
    return Imputations(rows, "logvol", found["row"].to_numpy().astype(np.int64), values)


def at_the_last_visit(table: pl.DataFrame) -> Analysed:
    found = fit(table, NESTED, method="satterthwaite")
    line = np.array([float(term in ("arm[STS]", "arm[STS]:visit[W24]")) for term in found.design.terms])
    estimate = line @ [coefficient.estimate for coefficient in found.coefficients]
    return Analysed(float(estimate), float(line @ found.vcov @ line) ** 0.5, COMPLETE_DF)


def test_combination_of_recorded_analyses() -> None:
    theirs = recorded("mi", "rubin_pool")
    each = [Analysed(q, u**0.5, theirs["dfcom"]) for q, u in zip(theirs["Q"], theirs["U"], strict=True)]
    ours = pool(each)
    same((ours.estimate, ours.se**2), (theirs["qbar"], theirs["t"]), 1e-10)
    same((ours.within, ours.between, ours.increase), (theirs["ubar"], theirs["b"], theirs["riv"]), 1e-8)
    same((ours.df, ours.missing_information), (theirs["df_barnard_rubin"], theirs["lambda_fmi"]), 1e-8)
    same((ours.low, ours.high), theirs["ci_br"], 1e-10)
    same(pool([Analysed(one.estimate, one.se) for one in each]).df, theirs["df_rubin1987"], 1e-8)


def test_analysis_of_the_imputed_trial(imputed: Imputations) -> None:
    theirs = recorded("mi", "rubin_pool")
    ours = analyse_imputed(imputed, at_the_last_visit)
    same((ours.estimate, ours.se**2, ours.df), (theirs["qbar"], theirs["t"], theirs["df_barnard_rubin"]), 1e-6)


def test_tipping_point(imputed: Imputations) -> None:
    theirs = recorded("mi", "tipping_point")
    ours = tipping_point(imputed, at_the_last_visit, "arm", {"STS": theirs["delta"]})
    for own, their in [("estimate", "est"), ("se", "se"), ("df", "df"), ("p", "p")]:
        same([getattr(point.pooled, own) for point in ours.points], theirs[their], 1e-6)
    first = next(delta for delta, p in zip(theirs["delta"], theirs["p"], strict=True) if p >= 0.05)
    assert ours.tipped[0].deltas["STS"] == first
    assert f"shifted by +{first:g} in STS" in ours.sentence
