import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from calcitrial.models import AnalysisError
from calcitrial.statistics import compare_event_rates, event_rate
from calcitrial.statistics.negative_binomial import _loglik


def people(seed: int, spread: float = 1.0) -> pl.DataFrame:
    random = np.random.default_rng(seed)
    years = random.uniform(0.3, 1.5, 40)
    prone = random.gamma(spread, 1 / spread, 40)
    arm = np.where(np.arange(40) < 20, "STS", "CTL")
    return pl.DataFrame({"events": random.poisson(3 * prone * years), "years": years, "arm": arm})


@settings(max_examples=10)
@given(st.integers(0, 1000))
def test_the_fit_is_a_maximum(seed: int) -> None:
    rows = people(seed)
    found = compare_event_rates(rows, "events", "years", "arm")
    counts, years = rows["events"].to_numpy().astype(float), rows["years"].to_numpy()
    beta = np.array([c.estimate for c in found.coefficients])
    treated = (rows["arm"] == "STS").to_numpy()
    for place, step in [(0, 1e-3), (0, -1e-3), (1, 1e-3), (1, -1e-3)]:
        moved = beta.copy()
        moved[place] += step
        assert _loglik(counts, years * np.exp(moved[0] + moved[1] * treated), found.theta) < found.loglik
    if np.isfinite(found.theta):
        mean = years * np.exp(beta[0] + beta[1] * treated)
        assert max(_loglik(counts, mean, found.theta * factor) for factor in (0.99, 1.01)) < found.loglik


def test_likelihood_is_scipys() -> None:
    counts, mean = np.array([0.0, 3, 7]), np.array([1.0, 2, 5])
    ours = _loglik(counts, mean, 2.5)
    assert ours == pytest.approx(stats.nbinom.logpmf(counts, 2.5, 2.5 / (2.5 + mean)).sum())
    assert _loglik(counts, mean, np.inf) == pytest.approx(stats.poisson.logpmf(counts, mean).sum())


def test_counts_that_vary_no_more_than_poissons() -> None:
    rows = pl.DataFrame({"events": [2, 2, 2, 4, 4, 4], "years": [1.0] * 6, "arm": ["A", "A", "A", "B", "B", "B"]})
    found = compare_event_rates(rows, "events", "years", "arm")
    assert (found.model, found.theta, found.overdispersion.p) == ("Poisson", float("inf"), 1.0)
    assert found.ratios["B"][0] == pytest.approx(2)
    assert found.coefficients[1].se == pytest.approx((1 / 6 + 1 / 12) ** 0.5)
    assert "no more than Poisson's" in found.messages[-1]


def test_overdispersion_is_found_and_the_reference_may_be_chosen() -> None:
    rows = people(3, spread=0.3)
    found = compare_event_rates(rows, "events", "years", "arm")
    assert found.model == "negative binomial"
    assert found.overdispersion.p < 0.01
    other = compare_event_rates(rows, "events", "years", "arm", reference="STS")
    assert other.ratios["CTL"][0] == pytest.approx(1 / found.ratios["STS"][0])
    assert found.coefficients[1].df == 38


def test_refusals() -> None:
    rows = people(1)
    for change, sentence in [
        (pl.lit(0).alias("events"), "The group 'CTL' had no event"),
        (pl.lit("A").alias("arm"), "is 'A' in every row"),
        (pl.lit(0.0).alias("years"), "40 values of years are not above 0"),
        (pl.lit(-1).alias("events"), "40 values of events are no counts"),
        (pl.lit(0.5).alias("events"), "no counts"),
        (pl.lit("x").alias("events"), "holds String"),
        (pl.lit(None, pl.Int64).alias("events"), "No row has events, years, arm all together"),
    ]:
        with pytest.raises(AnalysisError, match=sentence):
            compare_event_rates(rows.with_columns(change), "events", "years", "arm")
    with pytest.raises(AnalysisError, match="The reference 'X' is not among"):
        compare_event_rates(rows, "events", "years", "arm", reference="X")
    with pytest.raises(AnalysisError, match="no column dose"):
        compare_event_rates(rows, "events", "dose", "arm")


def test_one_group_has_its_rate_and_poisson_is_the_case_without_spread() -> None:
    rows = people(3, spread=0.3)
    found = event_rate(rows, "events", "years")
    assert found.model == "negative binomial" and found.overdispersion.p < 0.01
    assert found.rate[1] < found.rate[0] < found.rate[2]
    even = pl.DataFrame({"events": [2] * 10, "years": [1.0] * 10})
    plain = event_rate(even, "events", "years")
    assert plain.model == "Poisson" and plain.rate[0] == pytest.approx(2)
    # On the log scale the standard error of a Poisson rate is the root of one over the events.
    assert np.log(plain.rate[2] / 2) == pytest.approx(2.2621571628 * (1 / 20) ** 0.5)


def test_one_group_refuses_what_it_cannot_answer() -> None:
    rows = people(1)
    for change, sentence in [
        (pl.lit(0).alias("events"), "had no event; use the exact rate"),
        (pl.lit(0.0).alias("years"), "40 values of years are not above 0"),
        (pl.lit(None, pl.Int64).alias("events"), "No row has events, years all together"),
    ]:
        with pytest.raises(AnalysisError, match=sentence):
            event_rate(rows.with_columns(change), "events", "years")
    with pytest.raises(AnalysisError, match="are one, so that how people differ"):
        event_rate(rows.filter(pl.col("events") > 0).head(1), "events", "years")
    with pytest.raises(AnalysisError, match="no column dose"):
        event_rate(rows, "events", "dose")
