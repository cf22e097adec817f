import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from scipy import integrate, special, stats

from calcitrial.models import AnalysisError
from calcitrial.statistics import fit_logistic_mixed, pool_proportions
from calcitrial.statistics.quadrature import log_integrals


@settings(max_examples=25)
@given(st.integers(0, 9), st.integers(9, 30), st.floats(-3, 3), st.floats(0, 2.5))
def test_integrals_equal_brute_force(events: int, n: int, linear: float, sigma: float) -> None:
    ours = log_integrals(
        np.array([linear]), np.array([float(events)]), np.array([float(n)]), np.array([0]), np.array([sigma]), 40
    )
    theirs = integrate.quad(
        lambda z: stats.binom.pmf(events, n, special.expit(linear + sigma * z)) * stats.norm.pdf(z),
        -12,
        12,
        limit=300,
        epsabs=0,
        epsrel=1e-9,
    )[0]
    assert ours[0] == pytest.approx(np.log(theirs), abs=1e-6)


def test_rows_of_one_cluster_share_the_intercept() -> None:
    two = log_integrals(np.zeros(2), np.array([1.0, 1.0]), np.ones(2), np.array([0, 0]), np.array([2.0]), 40)
    apart = log_integrals(np.zeros(2), np.array([1.0, 1.0]), np.ones(2), np.array([0, 1]), np.array([2.0, 2.0]), 40)
    assert apart.sum() == pytest.approx(2 * np.log(0.5))
    assert two[0] > apart.sum()


def test_alike_clusters_have_no_variance_and_it_is_said() -> None:
    events, n = np.array([3.0, 3, 3, 3]), np.array([10.0] * 4)
    found = fit_logistic_mixed(events, n, np.ones((4, 1)), np.arange(4), ["log odds"])
    assert found.sigma == 0
    assert "estimated as zero" in found.messages[0]
    assert found.beta[0] == pytest.approx(special.logit(0.3))
    assert found.se[0] == pytest.approx((1 / 12 + 1 / 28) ** 0.5, rel=1e-5)


def test_the_unit_of_a_covariate_does_not_matter() -> None:
    random = np.random.default_rng(5)
    codes = np.repeat(np.arange(20), 4)
    size = random.normal(size=80)
    answers = (size + np.repeat(random.normal(size=20), 4) + random.logistic(size=80) > 0).astype(float)
    fits = [
        fit_logistic_mixed(answers, np.ones(80), np.column_stack([np.ones(80), size * unit]), codes, ["one", "size"])
        for unit in (1.0, 1e4)
    ]
    assert fits[0].beta[1] == pytest.approx(fits[1].beta[1] * 1e4, rel=1e-5)
    assert fits[0].se[1] == pytest.approx(fits[1].se[1] * 1e4, rel=1e-5)


@settings(max_examples=8, deadline=None)
@example([(0, 9), (0, 11), (1, 8), (8, 8)])
@example([(0, 9), (0, 10), (1, 8), (8, 8)])
@example([(0, 8), (0, 8), (0, 8), (4, 8)])
@given(st.lists(st.tuples(st.integers(0, 8), st.integers(8, 30)), min_size=4, max_size=8))
def test_pooled_share_mirrors(pairs) -> None:
    events, n = (np.array(part, float) for part in zip(*pairs, strict=True))
    if events.sum() in (0, n.sum()):
        return
    try:
        ours = pool_proportions(events, n)
    except AnalysisError:
        with pytest.raises(AnalysisError):
            pool_proportions(n - events, n)
        return
    other = pool_proportions(n - events, n)
    assert ours.estimate == pytest.approx(1 - other.estimate, abs=1e-5)
    assert ours.low == pytest.approx(1 - other.high, abs=1e-4)
    assert ours.tau2 == pytest.approx(other.tau2, abs=1e-4)
    assert ours.predicted_low <= ours.low <= ours.estimate <= ours.high <= ours.predicted_high


def test_refusals() -> None:
    for events, n, sentence in [
        ([0, 0], [10, 12], "None of the 22 participants of 2 studies had the event.*not estimable"),
        ([10, 12], [10, 12], "All of the 22 participants"),
        ([3], [10], "needs at least two studies"),
        ([3, 12], [10, 11], "1 of 2 rows are no counts"),
        ([3, float("nan")], [10, 11], "1 of 2 rows are no counts"),
        ([3, 4], [10], "different numbers of rows"),
    ]:
        with pytest.raises(AnalysisError, match=sentence):
            pool_proportions(events, n)
    with pytest.raises(AnalysisError, match="outside 0 to 1"):
        pool_proportions([3, 4], [10, 10], level=95)
    with pytest.raises(AnalysisError, match="All 3 rows belong to one cluster"):
        fit_logistic_mixed(np.array([0.0, 1, 0]), np.ones(3), np.ones((3, 1)), np.zeros(3, int), ["one"])
