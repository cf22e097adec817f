"""Virtual people: repeatable, drawable, and true to the numbers of their scenario."""

from itertools import combinations
from math import dist, exp, log

import numpy as np
import pytest

from calcitrial.design import ArmEffect, Scenario, draw, parameters, treated_arm, untreated_arm
from calcitrial.protocol import RefusedError, evaluate, load
from calcitrial.safety import check_event

DAYS = (0, 28, 56, 84)
VISITS = ("BL", "W04", "W08", "W12")
INJECTIONS = VISITS[:3]
ARMS = (treated_arm("STS", DAYS, 0.6), untreated_arm("OBS", DAYS))


def scenario(participants=60, **other):
    return Scenario(participants, VISITS, ARMS, INJECTIONS, **other)


def people(seed=7, **other):
    return draw(scenario(**other), np.random.default_rng(seed))


def lesions(drawn):
    return [lesion for person in drawn for lesion in person.lesions]


def test_equal_seeds_give_equal_people_and_others_do_not():
    assert people(seed=7) == people(seed=7)
    assert people(seed=7) != people(seed=8)


def test_lesions_have_semi_axes_of_3_to_9_mm_and_keep_the_drawn_volume():
    drawn = lesions(people())
    axes = [axis for lesion in drawn for axis in lesion.semi_axes_mm]
    assert 3.0 <= min(axes) < max(axes) <= 9.0
    assert all(150 <= lesion.volume_mm3 <= 1500.001 for lesion in drawn)


def test_lesions_of_one_person_never_touch_and_lie_in_the_limb():
    for person in people():
        for one, other in combinations(person.lesions, 2):
            assert dist(one.centre_mm, other.centre_mm) > max(one.semi_axes_mm) + max(other.semi_axes_mm)
        for lesion in person.lesions:
            assert dist(lesion.centre_mm[:2], (0, 0)) + max(lesion.semi_axes_mm) < 41.0


def test_everybody_has_one_to_five_lesions_numbered_from_one():
    counts = {len(person.lesions) for person in people()}
    assert counts == {1, 2, 3, 4, 5}
    assert all([lesion.number for lesion in p.lesions] == [*range(1, len(p.lesions) + 1)] for p in people())


def test_without_truncation_the_median_volume_is_the_published_211_mm3():
    drawn = lesions(people(participants=2000, volume_range=None))
    # The error of a median of n log-normal draws is about 1.25 sigma / sqrt(n) on the log scale; take four.
    allowed = 4 * 1.25 * 1.508 / len(drawn) ** 0.5
    assert log(float(np.median([lesion.volume_mm3 for lesion in drawn]))) == pytest.approx(log(211), abs=allowed)


def test_baseline_is_zero_and_both_arms_share_the_deviations_of_a_lesion():
    for lesion in lesions(people()):
        assert {course[0] for course in lesion.log_ratios.values()} == {0.0}
        gap = lesion.log_ratios["STS"][3] - lesion.log_ratios["OBS"][3]
        assert gap == pytest.approx(scenario().effect("W12", "STS", "OBS"))


def test_without_deviations_every_lesion_follows_its_arm():
    still = people(participant_sd=0, lesion_sd=0, residual_sd=0)
    assert all(lesion.log_ratios["STS"][3] == pytest.approx(log(0.6)) for lesion in lesions(still))


def test_lesions_of_one_person_are_alike_as_much_as_the_scenario_says():
    drawn = people(participants=1500, lesion_sd=0.35, participant_sd=0.30, residual_sd=0.0)
    pairs = [[lesion.log_ratios["OBS"][3] for lesion in p.lesions[:2]] for p in drawn if len(p.lesions) > 1]
    expected = 0.30**2 / (0.30**2 + 0.35**2)
    assert float(np.corrcoef(np.array(pairs).T)[0, 1]) == pytest.approx(expected, abs=0.12)


def test_the_semi_axes_at_a_visit_hold_the_mass_of_that_visit():
    lesion = lesions(people())[0]
    a, b, c = lesion.semi_axes_at("STS", 3)
    shrunk = a * b * c / np.prod(lesion.semi_axes_mm)
    assert shrunk == pytest.approx(exp(lesion.log_ratios["STS"][3]))


def test_events_are_events_of_the_dictionary_and_follow_injections_only():
    found = [e for lesion in lesions(people(reaction_rate=1, ulcer_rate=1, infection_rate=1)) for e in lesion.events]
    assert [p for e in found for p in check_event({"term": e.term, "grade": e.grade})] == []
    assert {e.visit for e in found} == set(INJECTIONS)
    assert min(e.days_after for e in found) >= 0


@pytest.mark.parametrize(("rate", "low", "high"), [(0.0, 0, 0), (1.0, 1, 1), (0.2, 0.12, 0.28)])
def test_events_come_at_their_rate_per_injection(rate, low, high):
    drawn = lesions(people(reaction_rate=rate, ulcer_rate=0, infection_rate=0))
    share = sum(len(lesion.events) for lesion in drawn) / (len(drawn) * len(INJECTIONS))
    assert low <= share <= high


def test_pain_is_a_score_from_0_to_10_at_each_visit_and_each_injection():
    for person in people():
        assert len(person.pain) == len(VISITS)
        assert all(len(lesion.pain_during) == len(INJECTIONS) for lesion in person.lesions)
        scores = [*person.pain, *(score for lesion in person.lesions for score in lesion.pain_during)]
        assert set(scores) <= set(range(11))


def test_nobody_leaves_at_baseline_and_everybody_may_leave_later():
    assert {person.dropout for person in people(dropout=1.0)} == {"W04", "W08", "W12"}
    assert {person.dropout for person in people(dropout=0.0)} == {None}


@pytest.mark.parametrize(
    ("trial", "others"),
    [("stsinj", {}), ("limoges", {"ages": (4, 30), "diagnoses": (("DM", 0.5), ("PHP1A", 0.5))})],
)
def test_participants_meet_the_criteria_of_a_shipped_trial_and_screen_failures_do_not(trial, others):
    criteria = [c for c in load(trial).criteria if c.expression]
    for person in people(participants=20, screen_failures=2, **others):
        wrong = [
            c.id
            for c in criteria
            if evaluate(c.expression, person.answers) != ("true" if c.type == "inclusion" else "false")
        ]
        assert bool(wrong) == bool(person.ineligible), (person.index, wrong)


def test_screen_failures_come_last_with_their_reasons():
    drawn = people(participants=3, screen_failures=2)
    assert [bool(person.ineligible) for person in drawn] == [False, False, False, True, True]
    assert drawn[3].ineligible == "Hypersensitivity to sodium thiosulfate"


def test_nobody_is_said_to_breast_feed_out_of_season():
    drawn = people(participants=1, screen_failures=40, ages=(2, 80))[1:]
    mothers = [person for person in drawn if person.answers["breastfeeding"]]
    assert mothers
    assert all(person.sex == "F" and 18 <= person.age <= 45 for person in mothers)


def test_every_problem_of_a_scenario_is_named_at_once():
    with pytest.raises(RefusedError) as refused:
        Scenario(0, VISITS, (ArmEffect("STS", True, (0.0,)),), ("W99",), lesions_max=9, dropout=2, lesion_sd=-1)
    places = [problem.place for problem in refused.value.problems]
    assert places == ["participants", "lesions_max", "arms", "injection_visits", "dropout", "lesion_sd"]


def test_an_empty_volume_range_is_refused_and_not_searched_for_ever():
    with pytest.raises(RefusedError, match=r"1500 to 150 mm3 holds no volume"):
        scenario(volume_range=(1500, 150))


def test_every_default_says_whether_it_was_published_derived_or_assumed():
    known = {p.field: p for p in parameters()}
    assert {p.kind for p in known.values()} == {"published", "derived", "assumed"}
    assert [p.field for p in known.values() if p.kind != "assumed" and not p.source.startswith("http")] == []
    default = scenario()
    for name in (
        "lesions_mean",
        "lesions_k",
        "volume_mu",
        "volume_sigma",
        "participant_sd",
        "lesion_sd",
        "dropout",
    ):
        assert float(known[name].value) == getattr(default, name)


def test_published_numbers_are_those_of_the_founders_table(shared):
    table = (shared / "domain" / "sim_params.csv").read_text("utf-8")
    sources = [p.source for p in parameters() if p.source]
    assert [source for source in sources if source not in table] == []
    assert '"mu 5.350, sigma 1.508 (median 211)"' in table
