"""States of a lesion: dated, one fact with the intercurrent event, and nothing is injected that was cut out."""

from datetime import date
from pathlib import Path

import pytest

from calcitrial import verbs
from calcitrial.lesions import add_lesion, next_state, state_on, states_of
from calcitrial.protocol import RefusedError
from calcitrial.record import Author, Draft, Gateway, Place, current_rows, make_cut, open_study
from tests.lesions.test_allocation import THUMB, enrolled

NURSE = Author("nora", "study_nurse")
CODE, LESION = "PIT-001", "PIT-001-L1"


@pytest.fixture
def door(home: Path, stsinj) -> Gateway:
    door = open_study(stsinj, "test")
    enrolled(door, [CODE])
    add_lesion(door, CODE, THUMB, NURSE)
    return door


def enter(state: str, on: str, repeat: str = "S1", expected: int = 0, reason: str = "", **more: str):
    place = Place(CODE, "lesion_state", "", LESION, repeat)
    return verbs.enter("stsinj", [Draft(place, {"state": state, "state_date": on, **more}, expected, reason)], NURSE)


def events() -> list[tuple[str, str, str]]:
    table = make_cut("stsinj", "test").table("intercurrent_event")
    return [(row["ice_kind"], row["ice_date"], row["ice_lesion"]) for row in table.iter_rows(named=True)]


def test_the_state_of_a_lesion_is_the_latest_on_that_day(door: Gateway) -> None:
    enter("healed", "2026-03-01", "S2", state_text="closed")
    enter("ulcerated", "2026-02-01")
    rows = current_rows("stsinj", CODE)
    states = states_of(door.protocol, rows)[LESION]
    assert [one.state for one in states] == ["ulcerated", "healed"]
    days = (date(2026, 1, 31), date(2026, 2, 1), date(2026, 2, 28), date(2026, 3, 1))
    assert [getattr(state_on(states, day), "state", None) for day in days] == [None, "ulcerated", "ulcerated", "healed"]
    assert state_on(states).text == "closed" and next_state(door.protocol, rows, LESION) == "S3"
    assert events() == []


@pytest.mark.parametrize("state", ["excised", "extruded"])
def test_a_lesion_that_is_gone_is_an_intercurrent_event_of_the_same_submission(door: Gateway, state: str) -> None:
    before = make_cut("stsinj", "test").sequence
    enter(state, "2026-02-01", state_text="by a surgeon")
    assert make_cut("stsinj", "test").sequence == before + 1
    assert events() == [(f"lesion {state}", "2026-02-01", LESION)]


@pytest.mark.requirement("ICH E6(R3) 4.2.4")
def test_state_and_event_are_corrected_together_and_never_part(door: Gateway) -> None:
    enter("excised", "2026-02-01")
    enter("excised", "2026-02-03", expected=1, reason="the operation was put off")
    assert events() == [("lesion excised", "2026-02-03", LESION)]
    enter("ulcerated", "2026-02-03", expected=2, reason="it was only opened")
    assert events() == [("entered in error", "2026-02-03", LESION)]
    enter("extruded", "2026-02-03", expected=3, reason="it came out")
    assert events() == [("lesion extruded", "2026-02-03", LESION)]


def test_a_state_entered_in_error_is_no_state(door: Gateway) -> None:
    enter("excised", "2026-02-01")
    enter("entered in error", "2026-02-01", expected=1, reason="another participant")
    assert states_of(door.protocol, current_rows("stsinj", CODE)) == {}


@pytest.mark.requirement("21 CFR 11.10(f)")
def test_an_excised_lesion_is_not_injected_afterwards(door: Gateway) -> None:
    for visit, day in (("BL", "2026-01-10"), ("W04", "2026-02-07")):
        door.enter([Draft(Place(CODE, "visit", visit), {"visit_date": day})], NURSE)
    enter("excised", "2026-02-01")

    def excised(visit: str, injected: bool = True) -> bool:
        draft = Draft(Place(CODE, "injection", visit, LESION), {"injected": injected, "volume": "0.5"})
        return any(
            "was excised on 2026-02-01" in problem.what
            for rule in verbs.RULES
            for problem in rule(verbs.door("stsinj"), draft)
        )

    assert excised("W04") and not excised("BL") and not excised("W04", injected=False)
    with pytest.raises(RefusedError, match=r"Lesion PIT-001-L1 was excised on 2026-02-01\. It cannot be injected"):
        verbs.enter("stsinj", [Draft(Place(CODE, "injection", "W04", LESION), {"injected": True})], NURSE)


def test_a_state_needs_a_lesion_and_a_date(door: Gateway) -> None:
    with pytest.raises(RefusedError, match="Date is missing"):
        enter("healed", "")
    with pytest.raises(RefusedError, match="has no lesion 'PIT-001-L9'"):
        place = Place(CODE, "lesion_state", "", "PIT-001-L9", "S1")
        verbs.enter("stsinj", [Draft(place, {"state": "healed", "state_date": "2026-02-01"})], NURSE)
