"""Responders: never below what can be detected, counted by hand, compared as the design asks."""

import pytest

from calcitrial.analysis import analyse
from calcitrial.analysis.measurement import Measurement, decrease_of, measurement_of
from calcitrial.analysis.responders import threshold_of
from calcitrial.models import clopper_pearson
from calcitrial.protocol import Responder, load
from calcitrial.reading import open_reading, worklist
from calcitrial.record import connect, make_cut
from calcitrial.statistics import clustered_proportion, matched_answers
from tests.invented_trial import Invented, cut_of, enter_trial, stsinj
from tests.reading.conftest import MANAGER, PLAN, SMALL, read


@pytest.fixture(scope="module")
def single(tmp_path_factory):
    connect(tmp_path_factory.mktemp("single"), create=True)
    return analyse(cut_of(stsinj()))


class Stated:
    """What `threshold_of` looks at: the endpoint's responder."""

    def __init__(self, responder):
        self.endpoint = load("stsinj").endpoints[0].model_copy(update={"responder": responder})


def test_the_decrease_that_belongs_to_a_growth():
    assert decrease_of(1.25) == pytest.approx(20)
    assert decrease_of(2) == pytest.approx(50)


def test_the_threshold_is_what_the_protocol_states_or_what_can_be_detected():
    readers = Measurement(None, 1.25, "the readers", "")
    stated = Responder(decrease_percent=25, note="n")
    found, _ = threshold_of(Stated(stated), readers)
    assert found.decrease_percent == 25 and "20.0 % (the readers)" in found.told
    found, _ = threshold_of(Stated(Responder(decrease_percent=10, note="n")), readers)
    assert found.decrease_percent == pytest.approx(20) and "could not be told from error" in found.told


def test_without_threshold_or_error_nobody_is_called_a_responder():
    assert threshold_of(Stated(None), Measurement(None, 1.2, "", ""))[0] is None
    none, told = threshold_of(
        Stated(Responder(decrease_percent=25, note="n")), Measurement(None, None, "", "No reads.")
    )
    assert none is None and "is not known" in told and "No reads." in told


def test_the_shares_are_counted_from_the_rows_at_the_visit(single):
    (share,) = single.responders.shares
    rows = single.data.filter("used", visit="W12")
    responded = [row["value"] / row["baseline"] <= 0.75 for row in rows.iter_rows(named=True)]
    assert (share.events, share.lesions) == (sum(responded), len(responded))
    people = {row["participant"] for row, yes in zip(rows.iter_rows(named=True), responded, strict=True) if yes}
    exact = clopper_pearson(len(people), rows["participant"].n_unique())
    assert (share.any_lesion, share.any_low, share.any_high) == (len(people), exact.low, exact.high)
    table = rows.with_columns(yes=(rows["value"] / rows["baseline"] <= 0.75).cast(int))
    for method, limits in share.intervals.items():
        one = clustered_proportion(table, "yes", "participant", method)
        assert limits == (one.low, one.high)


def test_pairs_are_participants_with_both_arms(tmp_path):
    connect(tmp_path, create=True)
    found = analyse(cut_of(load("limoges", "untreated_lesion")))
    (pairs,) = found.responders.compared
    rows = found.data.filter("used", visit="W12")
    table = {}
    for row in rows.iter_rows(named=True):
        table.setdefault(row["participant"], {}).setdefault(row["arm"], []).append(
            row["value"] / row["baseline"] <= 0.75
        )
    answers = [
        tuple(sum(arms[a]) / len(arms[a]) >= 0.5 for a in ("STS", "CTL")) for arms in table.values() if len(arms) == 2
    ]
    counts = [answers.count(kind) for kind in ((True, True), (True, False), (False, True), (False, False))]
    one = matched_answers(*counts)
    assert (pairs.estimate, pairs.low, pairs.high, pairs.p) == (one.estimate, one.low, one.high, one.p)
    assert f"{len(answers)} participants" in pairs.told


def test_separation_is_not_estimable_and_the_shares_remain(tmp_path):
    """With a strong effect everybody treated responds and nobody else: no odds ratio, and it is said."""
    protocol = load("limoges", "concurrent_untreated")
    low = {"responder": Responder(decrease_percent=12, sdc_percent=5, note="n")}
    endpoints = tuple(e.model_copy(update=low) if e.responder else e for e in protocol.endpoints)
    connect(tmp_path, create=True)
    how = Invented(people=6, troubled=False)
    found = analyse(cut_of(protocol.model_copy(update={"endpoints": endpoints}), how))
    shares = {share.arm: share for share in found.responders.shares}
    assert shares["STS"].events == shares["STS"].lesions
    assert set(shares["STS"].intervals.values()) == {None} and "not estimable" in shares["STS"].told
    (odds,) = found.responders.compared
    assert odds.estimate is None and "not estimable" in odds.told


def test_pain_has_neither_readers_nor_responders(tmp_path):
    connect(tmp_path, create=True)
    found = analyse(cut_of(stsinj(), Invented(people=4)), "pain")
    assert found.responders.threshold is None and "none was made up" in found.responders.told
    assert found.measurement.sdc is None and "not read from images" in found.measurement.told


def test_readings_of_the_study_take_the_place_of_what_the_protocol_states(tmp_path):
    connect(tmp_path, create=True)
    gateway = enter_trial(stsinj(), SMALL)
    before = measurement_of(make_cut("stsinj", "0.1.0"), gateway.protocol.endpoints[0])
    assert (
        before.agreement is None
        and before.sdc == pytest.approx(1.075)
        and "has no plan" in before.told.replace("have", "has")
    )
    open_reading("stsinj", PLAN, MANAGER, door=gateway)
    for reader, much in (("R1", 1.0), ("R2", 1.3)):
        for number, task in enumerate(worklist("stsinj", reader)):
            read("stsinj", reader, task, lambda task, label, m=much, n=number: f"{m * (10 + 3 * n + len(label)):.3f}")
    after = measurement_of(make_cut("stsinj", "0.1.0"), gateway.protocol.endpoints[0])
    assert after.agreement is not None and after.sdc > 1.075 and after.entries
    assert after.sdc == pytest.approx(after.agreement.sdc_ratio(after.agreement.sem_agreement))
