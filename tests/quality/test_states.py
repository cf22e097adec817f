"""Every form is draft, complete, verified, signed or locked, and shows what stands against it."""

import time

import pytest

from calcitrial import quality
from calcitrial.protocol import RefusedError
from calcitrial.record import Draft, Gateway, Place, current_rows
from tests.quality.small_clinic import MANAGER, MONITOR, NURSE, PAIN, PHYSICIAN, SCREENING, correct

EVENT = Place("P1", "adverse_event", repeat="AE1")


def seen(door: Gateway, *places: Place) -> dict[Place, dict[str, int]]:
    return {place: quality.numbers_of(current_rows(door.study))[place] for place in places}


def test_a_form_goes_from_draft_to_locked(door: Gateway) -> None:
    door.enter([Draft(EVENT, {"term": "Nausea"}, partial=True)], NURSE)
    state = quality.states(door.study, "P1")[EVENT]
    assert (state.stage, state.missing[0]) == ("draft", "Grade (CTCAE v5.0)")
    rest = {"grade": 1, "serious": False, "related": "unknown", "onset_date": "2026-01-07"}
    door.enter([Draft(EVENT, rest, expected=1)], NURSE)
    assert quality.states(door.study)[EVENT].stage == "complete"
    quality.verify_source(door, seen(door, EVENT), MONITOR)
    assert quality.states(door.study)[EVENT].stage == "verified"
    quality.sign(door, [EVENT], "reviewed", PHYSICIAN)
    assert quality.states(door.study)[EVENT].stage == "signed"
    quality.lock(door, "Limoges", "interim analysis", MANAGER, despite="only this form matters here")
    stages = {place.participant: state.stage for place, state in quality.states(door.study).items()}
    assert stages == {"P1": "locked", "P2": "complete"}


def test_what_readers_say_waits_for_no_signature_of_the_investigator() -> None:
    read = Place("P1", "read", "BL", "P1-L1", "A")
    assert quality.FormState(PAIN, "complete").to_sign and not quality.FormState(read, "complete").to_sign
    assert not quality.FormState(PAIN, "draft", missing=("Pain",)).to_sign
    assert not quality.is_chosen("stsinj", read)


@pytest.mark.requirement("21 CFR 11.70")
def test_an_edit_voids_signature_and_verification_and_the_form_says_so(door: Gateway) -> None:
    quality.verify_source(door, seen(door, PAIN, SCREENING), MONITOR)
    quality.sign(door, [PAIN, SCREENING], "reviewed", PHYSICIAN)
    correct(door, 8)
    states = quality.states(door.study, "P1")
    assert states[PAIN].stage == "complete" and states[PAIN].void and states[PAIN].verified == "stale"
    assert states[SCREENING].stage == "signed" and not states[SCREENING].void
    quality.sign(door, [PAIN], "reviewed", PHYSICIAN)
    assert quality.states(door.study, "P1")[PAIN].signed


def test_a_verification_names_the_version_that_was_seen(door: Gateway) -> None:
    old = seen(door, PAIN)
    correct(door, 8)
    with pytest.raises(RefusedError, match="A value is another one than you saw"):
        quality.verify_source(door, old, MONITOR)
    with pytest.raises(RefusedError, match="No value was chosen"):
        quality.verify_source(door, {}, MONITOR)
    quality.verify_source(door, seen(door, PAIN), MONITOR)
    assert quality.states(door.study)[PAIN].verified == "verified"


def test_single_values_are_verified_one_after_the_other(door: Gateway) -> None:
    whole = seen(door, SCREENING)[SCREENING]
    quality.verify_source(door, {SCREENING: {"age_years": whole["age_years"]}}, MONITOR)
    assert quality.states(door.study)[SCREENING].verified == "part"
    rest = {item: number for item, number in whole.items() if item != "age_years"}
    quality.verify_source(door, {SCREENING: rest}, MONITOR)
    assert quality.states(door.study)[SCREENING].verified == "verified"
    assert quality.verified_in(current_rows(door.study))[SCREENING] == whole
    assert quality.verify_source(door, {SCREENING: whole}, MONITOR).entries == ()


def test_open_queries_stand_at_their_form(door: Gateway) -> None:
    quality.raise_query(door, PAIN, "pain_nrs", "Sure?", MONITOR)
    states = quality.states(door.study)
    assert [query.item for query in states[PAIN].queries] == ["pain_nrs"]
    assert not states[SCREENING].queries
    quality.close_query(door, Place("P1", "query", repeat="Q1"), "Sure.", 1, MONITOR)
    assert not quality.states(door.study)[PAIN].queries


def test_all_critical_forms_are_to_be_verified_and_a_share_of_the_rest() -> None:
    assert quality.is_critical("adverse_event") and not quality.is_critical("pain")
    places = [Place(f"P{n}", "pain", "BL") for n in range(1000)]
    chosen = sum(quality.is_chosen("tiny", place) for place in places)
    assert 160 < chosen < 240  # 20 %, assumed
    assert all(quality.is_chosen("tiny", Place(f"P{n}", "adverse_event", repeat="AE1")) for n in range(50))
    assert not any(quality.is_chosen("tiny", Place(f"P{n}", "ct_measurement")) for n in range(50))


def test_two_thousand_forms_of_one_person_are_judged_in_one_pass(home: object, stsinj: object) -> None:
    from calcitrial.protocol import Protocol
    from tests.quality.many import rows_of

    assert isinstance(stsinj, Protocol)
    rows = rows_of("PIT-001", visits=50, lesions=40)
    begun = time.process_time()
    states = quality.state_of(stsinj, rows)
    assert len(states) == 2000
    assert {state.stage for state in states.values()} == {"signed"}
    assert time.process_time() - begun < 20  # a bound against the square, not a measure of speed
