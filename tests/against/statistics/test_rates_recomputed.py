"""Event rates against stats and MASS in R."""

import numpy as np
import polars as pl
import pytest

from calcitrial.models import clopper_pearson, read_csv
from calcitrial.statistics import Rate, compare_event_rates, poisson_rate, poisson_rate_ratio
from tests.against.statistics.oracle import HERE, recorded, same


@pytest.fixture
def people() -> pl.DataFrame:
    return read_csv(HERE / "adverse_event_counts.csv").with_columns(years=pl.col("exposure_days") / 365.25)


def rate(people: pl.DataFrame, arm: str) -> Rate:
    own = people.filter(pl.col("arm") == arm)
    return poisson_rate(int(own["n_ae"].sum()), own["years"].sum())


@pytest.mark.parametrize("arm", ["CTL", "STS"])
def test_rate_and_participants_with_an_event(people: pl.DataFrame, arm: str) -> None:
    theirs = recorded("safety", "ae_incidence_and_rates")[arm]
    ours = rate(people, arm)
    same((ours.exposure, ours.estimate), (theirs["person_years"], theirs["rate_100py"]), 1e-10)
    same((ours.low, ours.high), theirs["rate_ci_100py"], 1e-10)
    for name, column in [("incidence_cp", "any_ae"), ("sae_cp", "n_sae")]:
        own = people.filter(pl.col("arm") == arm)[column]
        share = clopper_pearson(int((own > 0).sum()), len(own))
        same((share.low, share.high), theirs[name], 1e-10)


def test_rate_ratio(people: pl.DataFrame) -> None:
    theirs = recorded("safety", "ae_incidence_and_rates")["rate_ratio"]
    ours = poisson_rate_ratio(rate(people, "STS"), rate(people, "CTL"))
    same((ours.estimate, ours.p), (theirs["est"], theirs["p"]), 1e-9)
    same((ours.low, ours.high), theirs["ci"], 1e-9)


def test_negative_binomial(people: pl.DataFrame) -> None:
    theirs = recorded("safety", "ae_incidence_and_rates")["negbin"]
    ours = compare_event_rates(people, "n_ae", "years", "arm")
    same([c.estimate for c in ours.coefficients], list(theirs["est"].values()), 1e-6)
    same([c.se for c in ours.coefficients], list(theirs["se"].values()), 1e-6)
    same((ours.theta, ours.loglik), (theirs["theta"], theirs["logLik"]), 1e-6)


def test_dispersion_and_poisson_estimates(people: pl.DataFrame) -> None:
    theirs = recorded("safety", "ae_incidence_and_rates")["quasipoisson"]
    ours = compare_event_rates(people, "n_ae", "years", "arm")
    # R's glm stopped early here: with epsilon = 1e-15 it gives 1.0924904856, as we do.
    same(ours.overdispersion.pearson, theirs["dispersion"], 2e-5)
    log_rate = np.log(rate(people, "CTL").estimate / 100)
    same(log_rate, theirs["est"]["(Intercept)"], 1e-5)
