"""An unusual value is asked about at every door, and the answer stays with the entry."""

from typing import Any

import pytest

from calcitrial.protocol import Form, Protocol, RefusedError
from calcitrial.record import Draft, Place, history, verify_study
from tests.record.small_study import NURSE, door_of, opening

WEIGHT: dict[str, Any] = {
    "id": "weight",
    "label": "Weight",
    "level": "visit",
    "items": [
        {"id": "kg", "label": "Weight", "type": "decimal", "unit": "kg", "min": 1, "max": 300, "usual": [40, 120]},
        {"id": "shoes", "label": "With shoes", "type": "boolean"},
    ],
}
HERE = Place("P1", "weight", "BL")
QUESTION = "Weight is 140 kg, outside the usual 40 to 120 kg."


@pytest.fixture
def protocol(tiny: Protocol) -> Protocol:
    return tiny.model_copy(update={"forms": (*tiny.forms, Form.model_validate(WEIGHT))})


@pytest.mark.requirement("ICH E6(R3) 4.2.1")
def test_an_unusual_value_is_asked_about_once_and_the_answer_is_kept(home: object, protocol: Protocol) -> None:
    door = door_of(protocol)
    door.enter(opening("P1"), NURSE)
    with pytest.raises(RefusedError, match="outside the usual 40 to 120 kg"):
        door.enter([Draft(HERE, {"kg": 140})], NURSE)
    assert history(protocol.id, HERE) == []
    door.enter([Draft(HERE, {"kg": 140, "shoes": True}, confirmed={"kg": QUESTION})], NURSE)
    reasons = {step.item: step.reason for step in history(protocol.id, HERE)}
    assert reasons == {"kg": f"Confirmed: {QUESTION}", "shoes": ""}
    # What was confirmed is not asked again when something else is corrected.
    door.enter([Draft(HERE, {"shoes": False}, 1, "asked again")], NURSE)
    with pytest.raises(RefusedError, match="Weight is 150 kg"):
        door.enter([Draft(HERE, {"kg": 150}, 2, "misread")], NURSE)
    confirmed = {"kg": "Weight is 150 kg."}
    door.enter([Draft(HERE, {"kg": 150}, 2, "misread", confirmed=confirmed)], NURSE)
    assert history(protocol.id, HERE, "kg")[-1].reason == "misread Confirmed: Weight is 150 kg."
    assert verify_study(protocol.id).ok


def test_a_hard_limit_cannot_be_confirmed_away(home: object, protocol: Protocol) -> None:
    door = door_of(protocol)
    door.enter(opening("P1"), NURSE)
    with pytest.raises(RefusedError, match="outside 1"):
        door.enter([Draft(HERE, {"kg": 400}, confirmed={"kg": "yes"})], NURSE)


def test_reason_and_keys_have_an_end(home: object, protocol: Protocol) -> None:
    door = door_of(protocol)
    door.enter(opening("P1"), NURSE)
    with pytest.raises(RefusedError, match="The reason is 10,000,000 signs long") as refusal:
        door.enter([Draft(Place("P1", "screening"), {"age_years": 45}, 1, "x" * 10_000_000)], NURSE)
    assert len(str(refusal.value)) < 300
    with pytest.raises(RefusedError, match="The repeat is 5,000 signs long"):
        door.enter([Draft(Place("P1", "adverse_event", repeat="A" * 5_000), {})], NURSE)


def test_an_unscheduled_visit_opens_its_forms(home: object, protocol: Protocol) -> None:
    door = door_of(protocol)
    door.enter(opening("P1"), NURSE)
    with pytest.raises(RefusedError, match="Visit U01 of P1 has not begun"):
        door.enter([Draft(Place("P1", "weight", "U01"), {"kg": 70})], NURSE)
    opening_it = Draft(Place("P1", "visit", "U01"), {"visit_date": "2026-02-01"})
    door.enter([opening_it, Draft(Place("P1", "weight", "U01"), {"kg": 70})], NURSE)
    assert verify_study(protocol.id).ok
