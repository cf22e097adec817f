"""An inspector can ask of any value who entered it, when, in which role, what it replaced and why."""

import pytest

from calcitrial.record import Draft, Gateway, Place, history, participant_trail, trail_of
from tests.record.small_study import NURSE, number_of, opening

INJECTION = Place("P1", "injection", "BL", "P1-L1")


@pytest.mark.requirement("21 CFR 11.10(e)")
@pytest.mark.requirement("FDA Q&A 2024")
def test_the_history_of_an_item_tells_its_correction(filled: Gateway) -> None:
    first, second = history("tiny", INJECTION, "volume")
    assert (first.value, first.unit, first.version, first.replaces) == ("0.5", "mL", 1, 0)
    assert (second.value, second.version, second.replaces, second.reason) == ("0.4", 2, first.number, "misread")
    assert (second.author, second.role, second.at) == (NURSE.name, NURSE.role, "2026-01-05T09:03:00.000000Z")


def test_the_history_of_a_value_tells_its_redaction(filled: Gateway) -> None:
    entered, redaction = history("tiny", INJECTION, "vial")
    assert (entered.value, entered.sequence) == ("", 2)
    assert (redaction.place.form, redaction.replaces) == ("_redaction", entered.number)
    assert (redaction.reason, redaction.author) == ("a name in a free text", NURSE.name)


@pytest.mark.requirement("21 CFR 11.10(e)")
def test_the_trail_of_a_participant_is_whole_and_in_order(filled: Gateway) -> None:
    trail = participant_trail("tiny", "P1")
    numbers = [step.number for step in trail]
    assert numbers == sorted(set(numbers))
    assert len(trail) == 9 + 3 + 1 + 1
    assert {step.place.participant for step in trail[:-1]} == {"P1"}
    assert trail[-1].replaces == number_of("vial")
    assert all(step.replaces == 0 for step in participant_trail("tiny", "P2"))


def test_entries_are_found_by_number(filled: Gateway) -> None:
    assert [step.number for step in trail_of("tiny", [7, 2, 99_999])] == [2, 7]
    assert trail_of("tiny", []) == []
    assert trail_of("tiny", [2])[0].item == "age_years"


def test_many_numbers_can_be_asked_for(door: Gateway) -> None:
    drafts = [draft for number in range(700) for draft in opening(f"P{number}")]
    door.enter([*drafts, Draft(Place("P1", "note", repeat="1"), {"text": "last"})], NURSE)
    found = trail_of("tiny", range(1, 6_302))
    assert [step.number for step in found] == list(range(1, 6_302))
    assert found[-1].value == "last"
