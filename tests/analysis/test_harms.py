"""The safety analysis of two studies counted by hand, one between and one within people."""

import math

import orjson
import polars as pl
import pytest

from calcitrial.analysis import safety_analysis, safety_json
from calcitrial.models import clopper_pearson
from calcitrial.record import Place
from calcitrial.statistics import event_rate, poisson_rate
from tests.small_study import between_people, cut_of_forms, event, given, person, within_people


@pytest.fixture(scope="module")
def between():
    return safety_analysis(between_people())


@pytest.fixture(scope="module")
def within():
    return safety_analysis(within_people())


def counts(found, key, what=("participants", "events")):
    """Return the counts of a kind or term in each group."""
    (line,) = [line for line in (*found.kinds, *found.terms) if line.key == key]
    return [tuple(getattr(one, name) for name in what) if one else None for one in line.counts]


def rate(found, kind, group, unit="person-years"):
    (one,) = [r for r in found.rates if (r.kind, r.group, r.unit) == (kind, group, unit)]
    return one


def test_denominators_are_of_enrolled_people(between):
    groups = {group.id: group for group in between.groups}
    assert list(groups) == ["STS", "OBS", "total"]
    sts = groups["STS"]
    assert (sts.participants, sts.participants_injected, sts.lesions, sts.lesions_injected) == (3, 2, 4, 3)
    assert sts.injections == 4 and sts.person_years == pytest.approx(84 / 365.25)
    assert groups["total"].participants == 5 and groups["OBS"].injections == 0


def test_people_and_events_of_each_kind(between):
    assert counts(between, "any_event") == [(2, 3), (1, 1), (3, 4)]
    assert counts(between, "related") == [(2, 3), (0, 0), (2, 3)]
    assert counts(between, "grade3") == [(1, 1), (0, 0), (1, 1)]
    assert counts(between, "serious") == [(1, 1), (0, 0), (1, 1)]
    assert counts(between, "ulcer") == [(1, 1), (0, 0), (1, 1)]
    assert counts(between, "death") == [(0, 0), (0, 0), (0, 0)]
    assert counts(between, "injection_site", ("events", "lesions")) == [(2, 2), (0, 0), (2, 2)]
    assert counts(between, "nausea") == [(1, 1), (1, 1), (2, 2)]


def test_onset_is_placed_against_the_first_injection_of_the_person(between):
    assert counts(between, "after_injection") == [(1, 1), (0, 0), (1, 1)]
    assert counts(between, "before_injection") == [(1, 1), (0, 0), (1, 1)]
    timings = {(e.participant, e.name): (e.timing, e.day, e.since) for e in between.events}
    assert timings["A1", "AE1"] == ("after", 2, 2)
    assert timings["A1", "AE2"] == ("before", -2, None)
    assert timings["A2", "AE1"] == ("no date", None, None)
    assert timings["B1", "AE1"] == ("no injection", 19, None)


def test_shares_are_exact_and_none_still_has_an_upper_limit(between):
    line = between.kinds[0]
    assert line.counts[0].share == clopper_pearson(2, 3)
    death = next(line for line in between.kinds if line.key == "death").counts[2].share
    assert death.low == 0 and death.high == pytest.approx(1 - 0.025 ** (1 / 5))


def test_people_who_left_because_of_an_event(between, within):
    assert [one.participants for one in between.kinds[-1].counts] == [1, 0, 1]
    # P2 left with both lesions, so with no arm.
    assert counts(within, "withdrawn", ("participants",)) == [None, None, None, (1,)]


def test_every_count_carries_the_entries_of_its_events_and_people(between):
    cut = between_people()
    events = set(cut.rows.filter((pl.col("form") == "adverse_event") & (pl.col("participant") == "B1"))["number"])
    enrolled = set(cut.rows.filter(pl.col("form").is_in(["enrolment", "allocation"]))["number"])
    obs = next(line for line in between.kinds if line.key == "any_event").counts[1]
    assert events <= set(obs.entries) <= events | enrolled
    assert next(line for line in between.terms if line.key == "nausea").counts[1].entries == tuple(sorted(events))


def test_worst_grade_of_each_term(between):
    lines = {(line.key, line.group): [one.participants for one in line.grades] for line in between.grades}
    assert lines["any_event", "STS"] == [0, 1, 1, 0, 0]
    assert lines["nausea", "total"] == [2, 0, 0, 0, 0]
    assert ("skin_ulceration", "OBS") not in lines


def test_rates_are_exact_per_person_year_and_per_injection(between):
    found, exact = rate(between, "any_event", "STS"), poisson_rate(3, 84 / 365.25)
    assert (found.estimate, found.low, found.high) == pytest.approx((exact.estimate, exact.low, exact.high))
    none = rate(between, "serious", "OBS")
    assert none.estimate == 0 and none.high == pytest.approx(-math.log(0.025) / (112 / 365.25) * 100)
    each = rate(between, "injection_site", "STS", "injections")
    assert each.estimate == pytest.approx(2 / 4) and each.exposure == 4
    nothing = rate(between, "any_event", "OBS", "injections")
    assert nothing.estimate is None and nothing.told == "No injections in this group."


def test_two_arms_with_different_exposure_have_the_ratio_of_their_rates(between):
    exact = next(r for r in between.ratios if (r.kind, r.method) == ("any_event", "exact Poisson"))
    assert (exact.of, exact.over) == ("STS", "OBS")
    assert exact.estimate == pytest.approx((3 / 84) / (1 / 112)) and exact.low < 1 < exact.high
    serious = next(r for r in between.ratios if (r.kind, r.method) == ("serious", "exact Poisson"))
    assert serious.estimate == math.inf and "no upper limit" in serious.told
    other = next(r for r in between.ratios if (r.kind, r.method) == ("serious", "negative binomial"))
    assert other.estimate is None and "OBS" in other.told


def test_a_share_of_lesions_that_cannot_be_had_is_told_with_people_instead(between):
    one = next(one for one in between.per_lesion if one.group == "STS")
    assert (one.events, one.lesions_with, one.lesions_injected) == (2, 2, 3)
    assert one.share is not None and 0 < one.share.low < 2 / 3 < one.share.high
    everybody = person("P1", 2, "BL") | given("P1", "BL", "L1") | given("P1", "BL", "L2")
    (none,) = safety_analysis(cut_of_forms(everybody)).per_lesion
    assert none.share is None and "Participants with one: 0 of 1 injected, 0 to 98 % (exact)." in none.told


def test_gaps_name_what_is_missing(between):
    assert between.gaps == (
        "Events that have no outcome: 2 (A2 AE1, B1 AE1).",
        "Events that have no date of onset, and have no day: 1 (A2 AE1).",
        "Not counted, of participants not enrolled: S1, Headache, grade 1.",
        "Enrolled and not seen after the day of enrolment, so without person-years: 1 (A3).",
        "Events that began before enrolment, counted though outside the person-years: 1 (A1 AE2).",
    )


def test_an_event_after_the_last_visit_and_one_without_a_grade_are_told():
    forms = person("P1", 1, "BL W04") | event("P1", "AE1", "Nausea", 1, "", "2026-03-01", outcome="recovered")
    forms |= event("P1", "AE2", "Vomiting", 1, "", "2026-01-05", outcome="recovered")
    del forms[Place("P1", "adverse_event", repeat="AE2")]["grade"]
    found = safety_analysis(cut_of_forms(forms))
    assert any("no grade" in gap and "P1 AE2" in gap for gap in found.gaps)
    assert any("after the last visit" in gap and "P1 AE1" in gap for gap in found.gaps)
    line = next(line for line in found.grades if line.key == "vomiting")
    assert line.ungraded.participants == 1 and sum(one.participants for one in line.grades) == 0


def test_where_lesions_have_arms_what_happens_to_the_person_is_in_no_arm(within):
    assert within.by_lesion and [group.id for group in within.groups] == ["STS", "OBS", "no_lesion", "total"]
    # STS: reaction of P1-L1. OBS: infection of P2-L1. Neither: fatigue of P1, and pain at P1-L3, which has no arm.
    assert counts(within, "any_event") == [(1, 1), (1, 1), (1, 2), (2, 4)]
    assert counts(within, "fatigue") == [(0, 0), (0, 0), (1, 1), (1, 1)]
    assert counts(within, "injection_site") == [(1, 1), (0, 0), (0, 0), (1, 1)]
    groups = {group.id: (group.participants, group.lesions, group.injections) for group in within.groups}
    assert groups == {"STS": (2, 2, 3), "OBS": (2, 2, 0), "no_lesion": (3, 6, 3), "total": (3, 6, 3)}


def test_within_people_the_ratio_is_per_lesion_year_of_the_same_people(within):
    (ratio,) = within.ratios
    # Both arms have one lesion of P1 (56 days) and one of P2 (28 days), and one event each.
    assert (ratio.kind, ratio.unit, ratio.estimate) == ("at_lesion", "lesion-years", pytest.approx(1.0))


def crowded(events):
    forms = {}
    for number, count in enumerate(events):
        code = f"P{number}"
        forms |= person(code, 1, "BL W04 W08")
        for which in range(count):
            forms |= event(code, f"AE{which}", "Nausea", 1, "", "2026-01-05", outcome="recovered")
    return safety_analysis(cut_of_forms(forms))


def test_events_that_crowd_in_one_person_get_the_negative_binomial():
    found = rate(crowded([9, 0, 0, 0, 0, 0, 1, 0]), "any_event", "total")
    years = [56 / 365.25] * 8
    table = pl.DataFrame({"n": [9, 0, 0, 0, 0, 0, 1, 0], "t": years})
    theirs = event_rate(table, "n", "t")
    assert found.model == "negative binomial" and "crowd" in found.told
    assert (found.estimate, found.low, found.high) == pytest.approx([100 * value for value in theirs.rate])
    exact = poisson_rate(10, sum(years))
    assert found.low < exact.low and found.high > exact.high
    assert rate(crowded([1, 1, 2, 0, 1, 1, 2, 1]), "any_event", "total").model == "Poisson"


def test_no_event_is_counted_as_none_and_nobody_as_nothing():
    found = safety_analysis(cut_of_forms(person("P1", 1, "BL W04") | given("P1", "BL", "L1")))
    assert counts(found, "any_event") == [(0, 0)] and found.terms == () and found.gaps == ()
    assert rate(found, "any_event", "total").high > 0
    nobody = safety_analysis(cut_of_forms({Place("S1", "screening"): {"screening_date": "2026-01-01"}}))
    assert nobody.kinds[0].counts[0].share is None and rate(nobody, "any_event", "total").estimate is None


def test_terms_that_look_alike_keep_keys_of_their_own():
    forms = person("P1", 1, "BL") | event("P1", "AE1", "Skin - ulceration") | event("P1", "AE2", "Skin ulceration")
    assert sorted(line.key for line in safety_analysis(cut_of_forms(forms)).terms) == [
        "skin_ulceration",
        "skin_ulceration_2",
    ]


def test_the_analysis_is_plain_values_for_json(between):
    plain = safety_json(between)
    assert orjson.loads(orjson.dumps(plain)) == plain
    serious = next(r for r in plain["ratios"] if (r["kind"], r["method"]) == ("serious", "exact Poisson"))
    assert serious["high"] is None and plain["events"][0]["onset"] == "2026-01-03"
