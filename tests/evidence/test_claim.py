"""What may be said, and what may not."""

from math import comb

import pytest

from calcitrial.evidence import OUTCOMES, by_route, claim, findings_of, misreadings, poolable, routes, studies
from calcitrial.protocol import RefusedError


def like(study, counted, events, denominator):
    count = study.counts[0].model_copy(update={"counted": counted, "events": events, "denominator": denominator})
    return study.model_copy(update={"id": "NEW", "counts": [count]})


def test_the_only_ready_intralesional_count_is_3_of_6_with_its_wide_interval():
    said = claim("intralesional", "response")
    (found,) = said.intervals
    assert (found.study, found.events, found.denominator) == ("IL01", 3, 6)
    assert said.may_say[0].startswith("IL01 Aarhus EADV/ActaDV series: 3 of 6 people, 50 % (95 % exact interval 12 to")
    assert "prospective/clinical case series" in said.may_say[0]


def test_the_exact_interval_leaves_a_fortieth_in_each_tail():
    low, high = claim("intralesional", "response").intervals[0].exact
    assert sum(comb(6, k) * low**k * (1 - low) ** (6 - k) for k in range(3, 7)) == pytest.approx(0.025)
    assert sum(comb(6, k) * high**k * (1 - high) ** (6 - k) for k in range(4)) == pytest.approx(0.025)


def test_calcification_and_ossification_of_the_topical_registry_stay_apart():
    found = claim("topical", "response").intervals
    assert [(i.counted, i.events, i.denominator) for i in found] == [("EC", 9, 28), ("HO", 2, 7)]


@pytest.mark.parametrize("route", routes())
@pytest.mark.parametrize("outcome", OUTCOMES)
def test_nothing_that_was_read_can_be_pooled(route, outcome):
    said = claim(route, outcome)
    assert said.poolable == ()
    assert any(line.startswith("No pooled estimate") for line in said.may_not_say)


@pytest.mark.parametrize("route", routes())
@pytest.mark.parametrize("outcome", OUTCOMES)
def test_no_number_comes_from_another_route(route, outcome):
    said = claim(route, outcome)
    assert {finding.study.route for finding in said.findings} <= {route}
    assert set(said.sources) == {url for study in by_route(route) for url in study.urls}


def test_two_percent_is_one_allergy_in_48_with_a_cream_and_not_said_of_an_injection():
    injected, cream = claim("intralesional", "adverse_event"), claim("topical", "adverse_event")
    assert [line for line in injected.may_say if "48" in line] == []
    (wrong,) = [line for line in injected.may_not_say if "48" in line]
    assert "1 of 48: 1 allergic patient among 48 with topical treatment (TO03" in wrong
    assert any("is 1 of 48" in line for line in cream.may_say)


def test_each_misreading_agrees_with_the_study_it_names():
    for wrong in misreadings():
        study = next(s for s in studies() if s.id == wrong.study)
        assert study.route == wrong.route
        assert f"({wrong.events}/{wrong.denominator})" in study.ae_text or study.ae_denominator == wrong.denominator


def test_pain_of_almost_all_patients_is_said_in_the_words_of_the_report():
    said = claim("intralesional", "adverse_event").may_say
    assert any(line.startswith("IL02") and "Almost all patients" in line for line in said)


def test_one_person_reports_reviews_and_cut_off_copies_are_named_in_the_warnings():
    warnings = " ".join(claim("topical", "response").may_not_say)
    assert "one person (TO04, TO05, TO06)" in warnings
    assert "reviews (TO03)" in warnings
    assert "silence of TO01" in warnings


def test_a_report_of_one_person_and_another_disease_never_become_ready():
    found = claim("intralesional", "response").findings
    assert {f.study.id: f.ready for f in found} == {"IL01": True, "IL03": False, "IL04": False, "IL05": False}


def test_two_ready_reports_of_the_same_count_are_pooled():
    first = by_route("intralesional")[0]
    second = like(first, "complete remission", 5, 10)
    (found,) = poolable([*findings_of(first, "response"), *findings_of(second, "response")])
    assert [(one.study.id, one.events, one.denominator) for one in found] == [("IL01", 3, 6), ("NEW", 5, 10)]


def test_ready_reports_of_another_route_or_another_count_are_not_pooled():
    first = by_route("intralesional")[0]
    other_route = first.model_copy(update={"id": "NEW", "route": "topical"})
    other_count = like(first, "partial remission", 5, 10)
    for second in (other_route, other_count):
        assert poolable([*findings_of(first, "response"), *findings_of(second, "response")]) == ()


def test_a_review_never_enters_a_pool_even_when_marked_ready():
    first = by_route("intralesional")[0]
    review = first.model_copy(update={"id": "NEW", "kind": "review"})
    assert poolable([*findings_of(first, "response"), *findings_of(review, "response")]) == ()


def test_an_unknown_outcome_is_refused_with_the_known_ones():
    with pytest.raises(
        RefusedError, match=r"No claim is made about 'cure'. Outcomes: response, adverse_event, serious"
    ):
        claim("topical", "cure")


def test_a_superseded_report_is_said_to_be_and_leaves_the_pool():
    first = by_route("intralesional")[0]
    old = like(first, "complete remission", 5, 10).model_copy(update={"superseded_by": "IL01"})
    assert poolable([*findings_of(first, "response"), *findings_of(old, "response")]) == ()
    said = claim("intralesional", "response", [first, old]).may_say
    assert [line.endswith("Superseded by IL01.") for line in said] == [False, True]


def test_the_serious_event_of_the_intravenous_trial_has_its_denominator():
    (line,) = [line for line in claim("intravenous", "serious_adverse_event").may_say if line.startswith("IV01")]
    assert "1 of 14 people" in line
