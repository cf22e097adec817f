"""Exposure counted by hand: per lesion, per participant, per visit and per arm, with what is not known."""

import pytest

from calcitrial.analysis import exposures
from calcitrial.record import Place
from tests.small_study import between_people, cut_of_forms, given, person, within_people


@pytest.fixture(scope="module")
def between():
    return exposures(between_people())


def of(found, group):
    return next(one for one in found.groups if one.group.id == group)


def test_totals_of_an_arm_are_sums_of_what_is_known(between):
    arm = of(between, "STS")
    assert (arm.given.injections, arm.given.sessions) == (4, 3)
    assert arm.given.volume == pytest.approx(1.4) and arm.given.mass == pytest.approx(210)
    assert (arm.given.without_volume, arm.given.without_mass) == (1, 1)
    assert (arm.injected_participants, arm.injected_lesions) == (2, 3)


def test_medians_leave_out_who_is_incomplete_and_say_how_many(between):
    arm = of(between, "STS")
    assert vars(arm.per_participant["injections"]) == {"n": 2, "median": 2, "low": 1, "high": 3, "left_out": 0}
    mass = arm.per_participant["mass"]
    assert (mass.n, mass.median, mass.left_out) == (1, pytest.approx(210), 1)
    lesions = arm.per_lesion["mass"]
    assert (lesions.median, lesions.low, lesions.high, lesions.left_out) == (105, 60, 150, 1)


def test_an_arm_without_injections_has_none_and_no_median(between):
    arm = of(between, "OBS")
    assert arm.given.injections == 0 and arm.per_lesion["mass"].median is None


def test_each_lesion_by_visit(between):
    lesion = next(one for one in between.lesions if one.lesion == "A1-L1")
    assert [(visit, given.mass) for visit, given in lesion.by_visit] == [("BL", 75), ("W04", 75)]
    assert lesion.arm == "STS" and lesion.given.mass == 150 and lesion.not_given == 0
    assert len(lesion.given.entries) == 6
    person = next(one for one in between.participants if one.participant == "A1")
    assert person.given.sessions == 2 and person.given.injections == 3


def test_visits_of_an_arm(between):
    visits = {
        visit: (given.injections, people, lesions) for visit, given, people, lesions in of(between, "STS").by_visit
    }
    assert visits == {"BL": (3, 2, 3), "W04": (1, 1, 1)}


def test_what_was_not_given_has_its_reason(between):
    (one,) = of(between, "total").withheld
    assert (one.reason, one.injections, one.lesions, one.participants) == ("pain", 1, 1, 1)


def test_gaps_name_what_is_not_known(between):
    assert between.gaps == (
        "Injection form that has no volume: 1 (A2-L1 BL).",
        "To be injected and without any injection: 1 (A3).",
    )


def test_lesions_of_one_person_are_counted_in_their_own_arms():
    found = exposures(within_people())
    assert [one.group.id for one in found.groups] == ["STS", "OBS", "total"]
    assert of(found, "STS").given.injections == 3 and of(found, "OBS").given.injections == 0
    assert of(found, "total").given.mass == pytest.approx(225)


def test_an_injection_against_the_allocation_is_told():
    forms = (
        person("B1", 1, "BL", "OBS") | person("A1", 1, "BL", "STS") | given("B1", "BL", "L1") | given("A1", "BL", "L1")
    )
    assert (
        "Lesions injected in an arm that is not to be injected: 1 (B1-L1)."
        in exposures(cut_of_forms(forms, "participant")).gaps
    )


def test_an_injection_at_a_visit_without_a_date_and_of_somebody_not_enrolled():
    forms = person("P1", 1) | given("P1", "BL", "L1")
    forms |= {Place("P9", "screening"): {"screening_date": "2025-12-20"}} | given("P9", "BL", "L1")
    found = exposures(cut_of_forms(forms))
    assert of(found, "total").given.injections == 1
    assert any("has no date" in gap and "P1-L1 BL" in gap for gap in found.gaps)
    assert any("not enrolled" in gap and "P9-L1 BL" in gap for gap in found.gaps)
