"""Each further analysis against the same number computed another way, and each that cannot be made with its reason."""

import math

import numpy as np
import polars as pl
import pytest
from scipy import stats

from calcitrial.analysis import analyse
from calcitrial.protocol import load
from calcitrial.record import connect
from tests.invented_trial import Invented, cut_of, stsinj


def made(control, folder, how=None):
    connect(folder, create=True)
    return analyse(cut_of(load("limoges", control) if control else stsinj(), how or Invented()))


@pytest.fixture(scope="module")
def single(tmp_path_factory):
    return made("", tmp_path_factory.mktemp("single"))


@pytest.fixture(scope="module")
def between(tmp_path_factory):
    return made("concurrent_untreated", tmp_path_factory.mktemp("between"), Invented(people=12))


@pytest.fixture(scope="module")
def within(tmp_path_factory):
    return made("untreated_lesion", tmp_path_factory.mktemp("within"))


def further(analysis):
    return {one.key: one for one in analysis.supporting}


def at_visit(analysis):
    return analysis.data.filter("used", visit="W12")


def close(estimate, mean, low, high, p):
    assert estimate.estimate == pytest.approx(math.exp(mean), rel=1e-9)
    assert (estimate.low, estimate.high) == pytest.approx((math.exp(low), math.exp(high)), rel=1e-9)
    assert estimate.p == pytest.approx(p, rel=1e-9)


def test_each_participant_alike_is_the_t_test_of_their_means(single):
    values = at_visit(single).group_by("participant").agg(pl.col("log_ratio").mean())["log_ratio"].to_numpy()
    one = stats.ttest_1samp(values, 0)
    interval = one.confidence_interval()
    close(further(single)["participant_weighted"].estimate, values.mean(), interval.low, interval.high, one.pvalue)


def test_each_lesion_alike_has_the_mean_of_lesions_and_an_interval_of_people(single):
    """One mean: Mancl and DeRouen's covariance divides each residual by 1 less its lesions' share (by hand)."""
    rows = at_visit(single)
    values, people = rows["log_ratio"].to_numpy(), rows["participant"].to_numpy()
    total = 0.0
    for who in sorted(set(people)):
        own = values[people == who] - values.mean()
        total += (
            float(np.sum(np.linalg.solve(np.eye(len(own)) - np.ones((len(own), len(own))) / len(values), own))) ** 2
        )
    se = math.sqrt(total) / len(values)
    half = stats.t.ppf(0.975, len(set(people)) - 1) * se
    found = further(single)["lesion_weighted"].estimate
    assert found.estimate == pytest.approx(math.exp(values.mean()))
    assert (found.low, found.high) == pytest.approx((math.exp(values.mean() - half), math.exp(values.mean() + half)))


def test_ranks_are_those_of_participant_means(single, between):
    values = at_visit(single).group_by("participant").agg(pl.col("log_ratio").mean())["log_ratio"].to_numpy()
    assert further(single)["ranks"].estimate.p == pytest.approx(stats.wilcoxon(values, method="exact").pvalue)
    means = at_visit(between).group_by("participant", "arm").agg(pl.col("log_ratio").mean())
    groups = [means.filter(arm=arm)["log_ratio"].to_numpy() for arm in ("STS", "CTL")]
    found = further(between)["ranks"].estimate
    assert found.p == pytest.approx(stats.mannwhitneyu(*groups, method="exact").pvalue)
    assert found.estimate == pytest.approx(math.exp(np.median(np.subtract.outer(*groups))))


def test_ranks_of_too_few_people_have_no_bounds_and_it_is_said(tmp_path):
    found = further(made("concurrent_untreated", tmp_path, Invented(people=6)))["ranks"]
    assert found.estimate is None and "no bound" in found.told


def test_within_people_it_is_the_paired_t_test(within):
    wide = (
        at_visit(within).group_by("participant", "arm").agg(pl.col("log_ratio").mean()).pivot("arm", values="log_ratio")
    )
    wide = wide.drop_nulls()
    one = stats.ttest_rel(wide["STS"], wide["CTL"])
    interval = one.confidence_interval()
    mean = float((wide["STS"] - wide["CTL"]).mean())
    close(further(within)["participant_weighted"].estimate, mean, interval.low, interval.high, one.pvalue)
    assert "takes one" in further(within)["means_mmrm"].told


def test_between_arms_every_participant_is_one_row_of_the_regression(between):
    means = at_visit(between).group_by("participant", "arm").agg(pl.col("log_size", "log_baseline").mean())
    treated = (means["arm"] == "STS").cast(pl.Float64).to_numpy()
    matrix = np.column_stack([np.ones(len(treated)), treated, means["log_baseline"].to_numpy()])
    slope = np.linalg.lstsq(matrix, means["log_size"].to_numpy(), rcond=None)[0][1]
    assert further(between)["participant_weighted"].estimate.estimate == pytest.approx(math.exp(slope))


def test_another_stand_in_for_zero_moves_the_answer_its_own_way(single):
    halved, doubled = (further(single)[f"offset_{name}"].estimate for name in ("half", "double"))
    assert halved.estimate < single.estimate.estimate < doubled.estimate
    assert halved.n_rows == single.estimate.n_rows


def test_without_a_vanished_lesion_the_stand_in_is_said_not_to_matter(tmp_path):
    found = further(made("", tmp_path, Invented(people=4, troubled=False)))
    assert found["offset_half"].estimate is None and "No lesion had vanished" in found["offset_half"].told


def test_repeated_measurements_of_means_have_one_row_per_participant_and_visit(single):
    found = further(single)["means_mmrm"]
    rows = single.data.filter("used").select("participant", "visit").n_unique()
    assert found.estimate.n_rows == rows and "us(visit|participant)" in found.estimate.method
    assert found.estimate.low < found.estimate.estimate < found.estimate.high


def test_every_estimate_has_its_entries_and_the_cut(single, between, within):
    for analysis in (single, between, within):
        for one in analysis.supporting:
            assert one.told
            if one.estimate is not None:
                assert one.estimate.n_participants
                assert set(one.estimate.entries) <= {n for row in analysis.data["entries"] for n in row}
                assert one.estimate.entries
                assert one.estimate.cut_digest == analysis.estimate.cut_digest


def test_pain_has_no_lesions_to_weigh(tmp_path):
    connect(tmp_path, create=True)
    found = {one.key for one in analyse(cut_of(stsinj()), "pain").supporting}
    assert found == {"ranks", "means_mmrm", "multiple_imputation"}
