"""Unblinding and sealed codes: no arm without category and reason, and the report says what the events say."""

from itertools import pairwise
from pathlib import Path

import orjson
import pytest

from calcitrial.lesions import (
    allocate,
    arm_at,
    arms_of_participant,
    commit,
    draw_arms,
    next_unblinding,
    open_sealed,
    seal_all,
    unblind,
    unblindings,
)
from calcitrial.protocol import RefusedError
from calcitrial.record import Author, Draft, Gateway, Place, current_rows, make_cut, open_study
from tests.lesions.test_allocation import BETWEEN, MANAGER, NURSE, SECRET, WITHIN, enrolled, with_lesions

DOCTOR, PHARMACIST = Author("ines", "investigator"), Author("paul", "pharmacist")
WHY = {
    "unblinding_category": "medical emergency",
    "unblinding_reason": "anaphylaxis",
    "unblinding_told": "the emergency physician",
}


@pytest.fixture
def door(home: Path) -> Gateway:
    door = open_study(BETWEEN, "test")
    enrolled(door, ["LIM-001", "LIM-002"])
    commit(door, SECRET, MANAGER)
    return door


@pytest.mark.requirement("ICH E6(R3) 4.1.4")
@pytest.mark.parametrize("left_out", WHY)
def test_no_arm_is_told_without_category_reason_and_who_is_told(door: Gateway, left_out: str) -> None:
    allocate(door, SECRET, "LIM-001", NURSE)
    before = make_cut("limoges", "test").sequence
    with pytest.raises(RefusedError, match="is missing"):
        unblind(door, "LIM-001", WHY | {left_out: "  "}, DOCTOR, repeat="U1")
    assert make_cut("limoges", "test").sequence == before


@pytest.mark.requirement("ICH E6(R3) 3.16.1(f,g)")
def test_the_report_of_unblindings_equals_the_events(door: Gateway) -> None:
    arms = {code: allocate(door, SECRET, code, NURSE) for code in ("LIM-001", "LIM-002")}
    assert unblind(door, "LIM-002", WHY, DOCTOR, repeat="U1") == {"LIM-002": arms["LIM-002"]}
    second = WHY | {"unblinding_category": "by accident", "unblinding_reason": "a label was seen"}
    unblind(door, "LIM-001", second, MANAGER, repeat="U1")
    rows = current_rows("limoges")
    found = unblindings(door.protocol, rows)
    assert [(one.participant, one.by, one.role, one.category, one.reason, one.told) for one in found] == [
        ("LIM-002", "ines", "investigator", *WHY.values()),
        ("LIM-001", "mia", "data_manager", *second.values()),
    ]
    assert all(one.at.endswith("Z") for one in found)
    assert next_unblinding(door.protocol, rows.filter(participant="LIM-001")) == "U2"


def test_an_emergency_is_unblinded_even_when_the_study_is_locked(door: Gateway) -> None:
    arm = allocate(door, SECRET, "LIM-001", NURSE)
    door.enter([Draft(Place("", "lock"), {"locked": True, "lock_reason": "final"})], MANAGER)
    assert unblind(door, "LIM-001", WHY, DOCTOR, repeat="U1") == {"LIM-001": arm}


def test_before_the_draw_there_is_nothing_to_unblind(door: Gateway) -> None:
    with pytest.raises(RefusedError, match="LIM-001 has no arm yet"):
        unblind(door, "LIM-001", WHY, DOCTOR, repeat="U1")


def test_lesions_are_unblinded_with_the_participant(home: Path) -> None:
    door = open_study(WITHIN, "test")
    commit(door, SECRET, MANAGER)
    with_lesions(door, "LIM-001", 3)
    arms = draw_arms(door, SECRET, "LIM-001", NURSE)
    assert unblind(door, "LIM-001", WHY, DOCTOR, repeat="U1") == arms == arms_of_participant(door, "LIM-001")


@pytest.mark.requirement("ICH E6(R3) 4.3.6")
@pytest.mark.requirement("EU Annex 11 16")
def test_each_sealed_code_opens_one_place_without_record_or_server(door: Gateway) -> None:
    kept = []
    seal_all(door, SECRET, 4, PHARMACIST, kept.extend)
    assert len(kept) == 4 * len({one.stratum for one in kept}) and len({one.name for one in kept}) == len(kept)
    for one, other in pairwise(kept):
        assert open_sealed(one.content, one.code.lower()) == arm_at(BETWEEN, SECRET, one.stratum, one.slot)
        with pytest.raises(RefusedError, match="This code does not open this file"):
            open_sealed(one.content, other.code)
    moved = orjson.dumps(orjson.loads(kept[0].content) | {"place": 2})
    with pytest.raises(RefusedError, match="does not open"):
        open_sealed(moved, kept[0].code)
    with pytest.raises(RefusedError, match="not a file of a sealed code"):
        open_sealed(b"STS", kept[0].code)
    assert len({len(orjson.loads(one.content)["sealed"]) for one in kept}) == 1  # the length tells no arm
    row = make_cut("limoges", "test").table("sealed_codes").row(0, named=True)
    assert (row["repeat"], row["sealed_for"], row["sealed_count"]) == ("SC1", "paul", str(len(kept)))


@pytest.mark.requirement("ICH E6(R3) 4.1.1–3")
@pytest.mark.parametrize("role", ["assessor", "image_reader", "study_nurse", "investigator", "sponsor"])
def test_sealed_codes_are_for_who_keeps_the_drug(door: Gateway, role: str) -> None:
    kept: list[object] = []
    with pytest.raises(RefusedError, match=f"A {role.replace('_', ' ')} gets no sealed codes"):
        seal_all(door, SECRET, 4, Author("somebody", role), kept.extend)
    assert kept == [] and make_cut("limoges", "test").table("sealed_codes").height == 0


def test_sealing_asks_for_the_committed_secret_and_a_sensible_number(door: Gateway) -> None:
    with pytest.raises(RefusedError) as refused:
        seal_all(door, b"another", 0, PHARMACIST, list)
    assert len(refused.value.problems) == 2


def test_when_the_files_cannot_be_written_the_record_does_not_say_so(door: Gateway) -> None:
    def full(_sealed: object) -> None:
        raise OSError("no space left")

    with pytest.raises(OSError):
        seal_all(door, SECRET, 1, PHARMACIST, full)
    assert make_cut("limoges", "test").table("sealed_codes").height == 0
