import numpy as np
import pytest
from scipy import stats

from calcitrial.models import AnalysisError
from calcitrial.statistics import map_prior, update
from calcitrial.statistics.prior import MapPrior

EVENTS, N = [23, 12, 19, 9], [107, 44, 51, 39]


@pytest.fixture(scope="module")
def prior() -> MapPrior:
    return map_prior(EVENTS, N, robust=0.0)


def test_weights_and_quantiles(prior: MapPrior) -> None:
    assert prior.weights.sum() == pytest.approx(1)
    low, middle, high = prior.quantiles([0.025, 0.5, 0.975])
    assert 0 < low < middle < high < 1
    assert prior.weights @ prior.shares == pytest.approx(prior.mean)
    assert prior.weights[prior.shares < middle].sum() == pytest.approx(0.5, abs=0.01)


def test_alike_large_studies_are_worth_more_than_unlike_ones() -> None:
    alike, unlike = map_prior([25] * 4, [100] * 4, robust=0), map_prior([5, 15, 35, 60], [100] * 4, robust=0)
    assert 10 * unlike.ess < alike.ess < 400


def test_small_tau_pools_the_studies() -> None:
    pooled = map_prior(EVENTS, N, tau_scale=1e-3, robust=0, mu=(0.0, 10.0))
    beta = stats.beta(sum(EVENTS), sum(N) - sum(EVENTS))  # a flat prior on the log odds is Haldane's
    assert pooled.mean == pytest.approx(beta.mean(), rel=2e-3)
    assert pooled.sd == pytest.approx(beta.std(), rel=5e-3)
    assert pooled.ess == pytest.approx(sum(N), rel=0.02)


def test_the_vague_part_makes_the_prior_cheaper_and_gives_way(prior: MapPrior) -> None:
    robust = map_prior(EVENTS, N, robust=0.2)
    assert robust.ess < prior.ess
    agreeing, opposed = update(robust, 5, 20), update(robust, 19, 20)
    assert agreeing.robust < 0.2 < 0.9 < opposed.robust
    alone = stats.beta(20, 2)
    assert opposed.mean == pytest.approx(alone.mean(), abs=0.03)
    assert update(prior, 19, 20).mean < opposed.mean
    assert opposed.low < opposed.mean < opposed.high


def test_much_data_outweigh_the_prior(prior: MapPrior) -> None:
    found = update(prior, 3000, 10000)
    assert found.mean == pytest.approx(0.3, abs=2e-3)
    assert (found.low, found.high) == pytest.approx(stats.beta(3000, 7000).interval(0.95), abs=2e-3)


def test_bayes_rule_against_plain_weights(prior: MapPrior) -> None:
    found = update(prior, 4, 12)
    likelihood = stats.binom.pmf(4, 12, prior.shares) * prior.weights
    assert found.mean == pytest.approx(np.sum(likelihood * prior.shares) / likelihood.sum())
    assert found.robust == 0


def test_refusals(prior: MapPrior) -> None:
    with pytest.raises(AnalysisError, match="needs at least two, and there are 1"):
        map_prior([3], [10])
    with pytest.raises(AnalysisError, match="1 of 2 studies have impossible counts"):
        map_prior([3, 11], [10, 10])
    with pytest.raises(AnalysisError, match="2 counts and 1 sizes"):
        map_prior([3, 11], [10])
    with pytest.raises(AnalysisError) as error:
        map_prior([3, 4], [10, 10], tau_scale=0, robust=1)
    assert len(error.value.problems) == 2
    with pytest.raises(AnalysisError, match="impossible counts"):
        update(prior, 5, 4)
