import numpy as np
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from calcitrial.models import AnalysisError, Fit, adjust_p, contrasts, fit, marginal_means, ratio_estimate, term_tests


@pytest.fixture(scope="module")
def model() -> Fit:
    rng = np.random.default_rng(11)
    rows = []
    for person in range(18):
        u = rng.normal(0, 0.4)
        for lesion in range(2 + person % 2):
            x, v = rng.normal(5, 1), rng.normal(0, 0.3)
            rows += [
                (f"P{person}", f"L{lesion}", "ABC"[person % 3], visit, x, x + u + v + rng.normal(0, 0.2))
                for visit in ("W12", "W24")
            ]
    data = pl.DataFrame(rows, schema=["participant", "lesion", "arm", "visit", "x", "y"], orient="row")
    return fit(data, "y ~ arm*visit + x + (1|participant/lesion)")


def estimates(model: Fit) -> dict[str, float]:
    return {c.term: c.estimate for c in model.coefficients}


def test_a_marginal_mean_is_the_prediction_at_the_mean_covariate(model: Fit) -> None:
    beta = estimates(model)
    means = marginal_means(model)
    assert [tuple(m.at.values()) for m in means[:3]] == [("A", "W12"), ("A", "W24"), ("B", "W12")]
    at_zero = beta["(Intercept)"] + beta["x"] * model.design.means["x"]
    assert means[0].estimate == pytest.approx(at_zero)
    expected = at_zero + beta["arm[B]"] + beta["visit[W24]"] + beta["arm[B]:visit[W24]"]
    assert means[3].estimate == pytest.approx(expected)
    assert means[3].geometric == pytest.approx((np.exp(expected), np.exp(means[3].low), np.exp(means[3].high)))


def test_means_over_one_factor_average_the_other_equally(model: Fit) -> None:
    both = {tuple(m.at.values()): m.estimate for m in marginal_means(model)}
    for mean in marginal_means(model, ["arm"]):
        arm = mean.at["arm"]
        assert mean.estimate == pytest.approx((both[arm, "W12"] + both[arm, "W24"]) / 2)


def test_contrasts_by_visit_are_differences_of_means(model: Fit) -> None:
    means = {tuple(m.at.values()): m.estimate for m in marginal_means(model)}
    found = contrasts(model, by="visit", reference="B")
    assert [c.name for c in found] == [
        "arm A / B at visit W12", "arm C / B at visit W12",
        "arm A / B at visit W24", "arm C / B at visit W24",
    ]  # fmt: skip
    for c in found:
        visit = c.at["visit"]
        assert c.estimate == pytest.approx(means[c.treatment, visit] - means["B", visit])
        assert c.ratio == pytest.approx(tuple(np.exp([c.estimate, c.low, c.high])))


def test_a_contrast_at_the_reference_visit_is_the_coefficient(model: Fit) -> None:
    coefficient = next(c for c in model.coefficients if c.term == "arm[C]")
    found = contrasts(model, by="visit")[1]
    for name in ("estimate", "se", "df", "p", "low", "high"):
        assert getattr(found, name) == pytest.approx(getattr(coefficient, name))


def test_overall_contrast_has_no_place(model: Fit) -> None:
    found = contrasts(model)
    assert [c.name for c in found] == ["arm B / A", "arm C / A"]
    by_visit = contrasts(model, by="visit")
    assert found[0].estimate == pytest.approx((by_visit[0].estimate + by_visit[2].estimate) / 2)


def test_terms_are_tested_once_each(model: Fit) -> None:
    tests = term_tests(model)
    assert {name: test.num_df for name, test in tests.items()} == {
        "arm": 2,
        "visit": 1,
        "x": 1,
        "arm:visit": 2,
    }
    slope = next(c for c in model.coefficients if c.term == "x")
    assert tests["x"].statistic == pytest.approx(slope.statistic**2)
    assert tests["x"].den_df == pytest.approx(slope.df)


def test_an_estimate_carries_counts_method_and_warnings(model: Fit) -> None:
    contrast = contrasts(model, by="visit", adjust="holm", level=0.9)[3]
    found = ratio_estimate(model, contrast, entries=(3, 4), cut_digest="ab12")
    assert (found.name, found.statistic, found.scale) == (
        "arm C / A at visit W24",
        "geometric mean ratio",
        "ratio",
    )
    assert (found.estimate, found.low, found.high) == contrast.ratio
    assert (found.n_rows, found.n_participants, found.n_lesions, found.dropped) == (90, 18, 45, 0)
    assert (found.level, found.entries, found.cut_digest) == (0.9, (3, 4), "ab12")
    assert found.p == contrast.p_adjusted > contrast.p
    assert "by REML, Kenward-Roger degrees of freedom" in found.method
    assert found.method.endswith("p adjusted after Holm.")
    assert found.messages == model.messages


@pytest.mark.parametrize(
    ("ask", "sentence"),
    [
        (lambda m: marginal_means(m, ["arm", "x", "dose"]), "x is not a factor .*\n.*dose is not a factor"),
        (lambda m: contrasts(m, "dose"), "its factors are arm, visit"),
        (lambda m: contrasts(m, reference="D"), "There is no reference 'D'; choose from A, B, C"),
        (
            lambda m: contrasts(m, adjust="fdr"),
            "There is no adjustment 'fdr'; choose from none, holm, hochberg, fixed-sequence",
        ),
        (lambda m: ratio_estimate(m, contrasts(m)[0], lesion="lesion"), "There is no random term 'lesion'"),
    ],
)
def test_unknown_names_are_refused(model: Fit, ask: object, sentence: str) -> None:
    with pytest.raises(AnalysisError, match=sentence):
        ask(model)


def test_worked_adjustment() -> None:
    p = [0.04, 0.01, 0.03]
    assert adjust_p(p, "holm") == pytest.approx((0.06, 0.03, 0.06))
    assert adjust_p(p, "hochberg") == pytest.approx((0.04, 0.03, 0.04))
    assert adjust_p(p, "none") == tuple(p)
    assert adjust_p(p, "fixed-sequence") == pytest.approx((p[0], max(p[:2]), max(p)))


@given(st.lists(st.floats(0, 1), min_size=1, max_size=9))
def test_adjusted_values_lie_between_plain_and_bonferroni(p: list[float]) -> None:
    holm, hochberg = adjust_p(p, "holm"), adjust_p(p, "hochberg")
    for plain, step_up, step_down in zip(p, hochberg, holm, strict=True):
        assert plain <= step_up <= step_down + 1e-12
    smallest = p.index(min(p))
    assert holm[smallest] == pytest.approx(min(1.0, min(p) * len(p)))
    assert hochberg[p.index(max(p))] == pytest.approx(max(p))


def test_the_mean_over_nothing_weighs_every_combination_equally(model: Fit) -> None:
    (mean,) = marginal_means(model, over=())
    assert mean.at == {}
    assert mean.estimate == pytest.approx(np.mean([m.estimate for m in marginal_means(model)]))


def test_an_intercept_alone_has_a_marginal_mean() -> None:
    data = pl.DataFrame({"y": [1.0, 2.0, 2.5, 4.0, 3.0, 5.5], "g": list("aabbcc")})
    model = fit(data, "y ~ 1 + (1|g)")
    (mean,), (own,) = marginal_means(model, over=()), model.coefficients
    assert (mean.estimate, mean.se, mean.df) == pytest.approx((own.estimate, own.se, own.df))
    assert term_tests(model) == {}
    with pytest.raises(AnalysisError, match="arm is not a factor"):
        marginal_means(model)
