"""What waits on the page of today: lists to be signed and draws, for who may do them, and for nobody blinded."""

from datetime import date
from pathlib import Path

import pytest

from calcitrial.lesions import draw_arms
from calcitrial.people import Scope
from calcitrial.record import Draft, Gateway, Place, current_rows
from calcitrial.treatment_desk.allocation_due import due
from calcitrial.web import Reading
from tests.clinic.lesion_study import NURSE, SECRET, SITE, frozen, open_door

TODAY = date(2026, 2, 1)


def waiting(door: Gateway, *grants: tuple[str, str]) -> list[tuple[str, str]]:
    reading = Reading("limoges", door.protocol, current_rows("limoges"))
    return [
        (f"{one.about}: {one.text}", one.capability)
        for one in due(reading, Scope("limoges", "somebody", grants), TODAY)
    ]


@pytest.fixture
def door(home: Path) -> Gateway:
    return open_door()


def test_a_list_waits_for_the_investigator_then_a_draw_for_the_nurse(door: Gateway) -> None:
    doctor, nurse = ("investigator", SITE), ("study_nurse", SITE)
    sign = "Freeze and sign the list of lesions"
    assert waiting(door, doctor) == [(f"LIM-001: {sign}", "freeze_lesions"), (f"LIM-002: {sign}", "freeze_lesions")]
    assert waiting(door, nurse) == []
    frozen(door)
    assert waiting(door, nurse) == [("LIM-001: Draw the arm", "allocate")]
    draw_arms(door, SECRET, "LIM-001", NURSE)
    assert waiting(door, nurse) == [] and len(waiting(door, doctor)) == 1
    door.enter([Draft(Place("LIM-002", "end_of_study"), {"end_date": "2026-01-30", "end_reason": "other"})], NURSE)
    assert waiting(door, doctor) == []


@pytest.mark.parametrize("grants", [[("assessor", SITE)], [("investigator", "Another site")], [("monitor", "")], []])
def test_nothing_waits_for_who_may_not_do_it(door: Gateway, grants: list[tuple[str, str]]) -> None:
    frozen(door)
    assert waiting(door, *grants) == []


def test_people_are_drawn_where_they_are_allocated(home: Path) -> None:
    door = open_door("concurrent_untreated")
    assert [text for text, _right in waiting(door, ("study_nurse", SITE))] == [
        "LIM-001: Draw the arm",
        "LIM-002: Draw the arm",
    ]
