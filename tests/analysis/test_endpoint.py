import math

import polars as pl
import pytest

from calcitrial.analysis.asked_rows import analysis_data
from calcitrial.analysis.endpoint import analyse, endpoint_of
from calcitrial.analysis.modelling import shaped
from calcitrial.lesions import LesionPlace, add_lesion
from calcitrial.models.estimable import estimable
from calcitrial.models.estimate import AnalysisError
from calcitrial.protocol import RefusedError, load
from calcitrial.record import Draft, Place, connect, make_cut
from tests.invented_trial import NURSE, READER, SITES, Invented, ct_values, cut_of, enter_trial, stsinj


@pytest.fixture(scope="module")
def analysis(cut):
    return analyse(cut)


def test_the_estimate_finds_the_effect_that_was_put_in(analysis):
    assert analysis.estimate.scale == "ratio"
    assert analysis.estimate.low < 0.74 < analysis.estimate.high
    assert dict(analysis.by_visit)["W24"].low < 0.6 < dict(analysis.by_visit)["W24"].high


def test_counts_digest_and_entries_are_those_of_the_rows_used(cut, analysis):
    used = analysis.data.filter("used")
    assert analysis.estimate.n_rows == used.height == 35
    assert analysis.estimate.n_participants == used["participant"].n_unique() == 7
    assert analysis.estimate.n_lesions == used["lesion"].n_unique() == 18
    assert analysis.estimate.dropped == 1
    assert analysis.estimate.cut_digest == cut.digest
    assert set(analysis.estimate.entries) == {number for row in used["entries"] for number in row}


def test_only_visits_after_baseline_are_used(analysis):
    assert set(analysis.data.filter("used")["visit"]) == {"W12", "W24"}


def test_the_treatment_of_zero_and_the_exclusions_are_said(analysis):
    said = " ".join(analysis.estimate.messages)
    assert "half the smallest size" in said and "touches bone" in said


def test_pain_is_a_difference_of_means(cut):
    one = analyse(cut, "pain").estimate
    assert one.scale == "difference" and one.n_lesions == 0 and one.high < 0


def test_an_unknown_endpoint_is_refused_with_the_known_ones(cut):
    with pytest.raises(RefusedError, match=r"'survival'.*ct_mass_ratio \(primary\)"):
        endpoint_of(cut.protocol, "survival")


@pytest.mark.parametrize("control", ["untreated_lesion", "concurrent_untreated"])
def test_arms_are_compared_treated_over_control(tmp_path, control):
    connect(tmp_path, create=True)
    one = analyse(cut_of(load("limoges", control))).estimate
    assert one.name == "STS over CTL at W12"
    assert 0.5 < one.estimate < 0.95 and one.low < 0.74 / 0.97 < one.high


def test_one_participant_is_refused_in_a_sentence(tmp_path):
    connect(tmp_path, create=True)
    cut = cut_of(stsinj(), Invented(people=1, troubled=False))
    with pytest.raises(RefusedError, match=r"1 participant.*Wait for at least two"):
        analyse(cut)


def test_before_the_visit_the_endpoint_is_refused(tmp_path):
    connect(tmp_path, create=True)
    cut = cut_of(stsinj(), Invented(people=2, visits=("BL", "W04"), troubled=False))
    with pytest.raises(RefusedError, match="No measurement at visit W12"):
        analyse(cut)
    assert not analysis_data(cut, endpoint_of(cut.protocol))["used"].any()


def test_with_one_visit_the_visit_leaves_the_model_and_is_said(tmp_path):
    connect(tmp_path, create=True)
    found = analyse(cut_of(stsinj(), Invented(people=4, visits=("BL", "W12"), troubled=False)))
    rows = found.data.filter("used")
    assert found.fit.formula == "log_ratio ~ 1 + (1|participant)"
    assert any("All rows have visit W12" in said for said in found.messages)
    assert found.estimate.estimate == pytest.approx(math.exp(rows["log_ratio"].mean()), rel=0.05)


def test_a_formula_that_can_be_fitted_stays_as_it_is():
    data = pl.DataFrame({"y": [1.0, 2, 3, 4], "g": list("aabb"), "t": list("xyxy")})
    assert estimable("y ~ t + (1|g)", data) == ("y ~ t + (1|g)", ())


def test_random_terms_with_the_same_groups_are_joined():
    data = pl.DataFrame({"y": [1.0, 2, 3, 4], "p": list("aabb"), "l": list("1122"), "t": list("xyxy")})
    text, said = estimable("y ~ t + (1|p) + (1|p:l)", data)
    assert text == "y ~ 1 + t + (1|p)" and "same groups" in said[0]


def test_change_under_treatment_leaves_untreated_arms_out_and_says_so(tmp_path):
    connect(tmp_path, create=True)
    cut = cut_of(load("limoges", "concurrent_untreated"))
    found = analyse(cut, "pain")
    treated = set(cut.table("allocation").filter(arm="STS")["participant"])
    assert set(found.data.filter("used")["participant"]) == treated
    assert found.estimate.n_participants == len(treated) < cut.table("enrolment").height
    assert any("the arm is not treated" in said for said in found.messages)


def test_the_entries_of_enrolment_stand_behind_the_number(tmp_path):
    connect(tmp_path, create=True)
    cut = cut_of(load("stsinj"), Invented())
    found = analyse(cut)
    used = set(found.data.filter("used")["participant"])
    enrolment = cut.table("enrolment").filter(pl.col("participant").is_in(sorted(used)))
    assert set(enrolment["entries"].explode()) <= set(found.estimate.entries)


def test_measurements_of_somebody_not_enrolled_are_left_out_with_the_reason(tmp_path):
    connect(tmp_path, create=True)
    gateway = enter_trial(stsinj(), Invented(people=3))
    before = analyse(make_cut("stsinj", "0.1.0")).estimate
    lesion = add_lesion(gateway, "PIT-090", LesionPlace(*SITES[0], 0.2, 0.4), NURSE)
    visits = [
        Draft(Place("PIT-090", "visit", v), {"visit_date": d}) for v, d in (("BL", "2026-01-20"), ("W12", "2026-04-14"))
    ]
    scans = [Draft(Place("PIT-090", "ct_measurement", v, lesion), ct_values(50, "PIT-090", v)) for v in ("BL", "W12")]
    gateway.enter([*visits, *scans], READER)
    found = analyse(make_cut("stsinj", "0.1.0"))
    assert (found.estimate.estimate, found.estimate.n_participants) == (before.estimate, before.n_participants)
    assert set(found.data.filter(participant="PIT-090")["excluded"]) == {"the participant was not enrolled"}


def never_injected(protocol, code):
    """Enter a small trial in which one person got no injection, and return its cut."""
    gateway = enter_trial(protocol, Invented(people=4, troubled=False))
    injections = make_cut(protocol.id, "0.1.0").table("injection").filter(participant=code)
    no = {"injected": False, "concentration": None, "volume": None, "not_injected_reason": "pain"}
    places = [Place(code, "injection", row["visit"], row["lesion"]) for row in injections.iter_rows(named=True)]
    gateway.enter([Draft(place, no, 1, "was not given") for place in places], NURSE)
    return make_cut(protocol.id, "0.1.0")


def test_somebody_never_injected_is_left_out_where_the_population_asks_for_an_injection(tmp_path):
    connect(tmp_path, create=True)
    found = analyse(never_injected(stsinj(), "PIT-002"))
    assert set(found.data.filter(participant="PIT-002")["excluded"]) == {"no injection was given"}
    assert "PIT-002" not in set(found.data.filter("used")["participant"])
    part = next(one for one in found.enforced if one.text.startswith("At least 1 injection"))
    assert (part.participants, part.lesions, part.gap) == (1, 2, False) and part.entries


def test_somebody_never_injected_is_named_where_the_population_is_all_allocated(tmp_path):
    connect(tmp_path, create=True)
    protocol = load("limoges", "concurrent_untreated")
    who = sorted(
        set(cut_of(protocol, Invented(people=4, troubled=False)).table("allocation").filter(arm="STS")["participant"])
    )[0]
    connect(tmp_path / "again", create=True)
    found = analyse(never_injected(protocol, who))
    assert (
        f"{who}: analysed as treated, yet the record has no injection; compare with the population." in found.messages
    )


def test_an_interval_without_a_bound_is_a_sentence_and_not_an_overflow(analysis):
    endless = {"estimate": 0.1, "low": -900.0, "high": 900.0, "se": 1.0, "df": 0.1, "p": 0.9}
    with pytest.raises(AnalysisError, match=r"0\.1 degrees of freedom the interval has no useful bound"):
        shaped(analysis.fit, "W12", "W12 over baseline", endless)
