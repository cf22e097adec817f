"""Allocation: no taker of eighty loses a place or gets two, blocks balance, and any altered arm is found."""

import json
import subprocess
import sys
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from threading import Barrier

import pytest
from django.db import connection
from hypothesis import given, settings
from hypothesis import strategies as st

from calcitrial.lesions import (
    LesionPlace,
    activate,
    add_lesion,
    allocate,
    allocate_lesions,
    arm_at,
    assignments_of,
    commit,
    commitment,
    draw_arms,
    freeze,
    misallocated,
    reveal,
)
from calcitrial.protocol import RefusedError, load
from calcitrial.record import Author, Draft, Gateway, Place, gateway, make_cut, open_study, verify_study

REPOSITORY = Path(__file__).parents[2]
NURSE, MANAGER = Author("nora", "study_nurse"), Author("mia", "data_manager")
SECRET = bytes(range(32))
THUMB = LesionPlace("thumb, distal phalanx", "left", "left hand", 0.5, 0.25)
BETWEEN, WITHIN = load("limoges", "concurrent_untreated"), load("limoges", "untreated_lesion")
TAKERS = 80


def enrolled(door: Gateway, codes: list[str], diagnosis: str = "SSc") -> None:
    """Screen and enrol people in one submission; the criteria are not what is tested here."""
    drafts = []
    for code in codes:
        screening = {"screening_date": "2026-01-05", "diagnosis": diagnosis, "site": "Test site"}
        drafts.append(Draft(Place(code, "screening"), screening))
        drafts.append(Draft(Place(code, "enrolment"), {"enrolment_date": "2026-01-06"}))
    door.enter(drafts, NURSE)


def with_lesions(door: Gateway, code: str, count: int) -> list[str]:
    enrolled(door, [code])
    lesions = [add_lesion(door, code, THUMB, NURSE) for _ in range(count)]
    freeze(door, code, NURSE)
    return lesions


def at_once(act: Callable[[str], object], codes: list[str]) -> list[object]:
    """Let everybody act at one moment, each in a thread with a connection of their own."""
    ready = Barrier(len(codes))

    def one(code: str) -> object:
        try:
            ready.wait(60)
            return act(code)
        except RefusedError as error:
            return error
        finally:
            connection.close()

    with ThreadPoolExecutor(len(codes)) as pool:
        return list(pool.map(one, codes))


@pytest.mark.requirement("21 CFR 11.10(f)")
def test_eighty_takers_at_once_get_eighty_places_without_gap_or_double(home: Path) -> None:
    door = open_study(BETWEEN, "test")
    codes = [f"LIM-{n:03d}" for n in range(1, TAKERS + 1)]
    enrolled(door, codes)
    commit(door, SECRET, MANAGER)
    arms = at_once(lambda code: allocate(gateway("limoges", "test"), SECRET, code, NURSE), codes)
    table = make_cut("limoges", "test").table("allocation")
    assert sorted(int(slot) for slot in table["slot"]) == list(range(1, TAKERS + 1))
    assert dict(zip(codes, arms, strict=True)) == dict(zip(table["participant"], table["arm"], strict=True))
    slots = make_cut("limoges", "test").table("allocation_slot")
    assert sorted(slots["taken_by"]) == codes
    assert Counter(table["arm"]) == {"STS": TAKERS // 2, "CTL": TAKERS // 2}
    assert verify_study("limoges").ok and misallocated(make_cut("limoges", "test"), SECRET) == ()


def test_one_participant_asked_for_from_eight_windows_takes_one_place(home: Path) -> None:
    door = open_study(BETWEEN, "test")
    enrolled(door, ["LIM-001"])
    commit(door, SECRET, MANAGER)
    told = at_once(lambda code: allocate(gateway("limoges", "test"), SECRET, code, NURSE), ["LIM-001"] * 8)
    refused = [one for one in told if isinstance(one, RefusedError)]
    assert len(refused) == 7 and all("LIM-001 was allocated before" in str(one) for one in refused)
    assert make_cut("limoges", "test").table("allocation_slot").height == 1


def test_lesions_of_many_people_are_drawn_at_once_each_list_for_itself(home: Path) -> None:
    door = open_study(WITHIN, "test")
    commit(door, SECRET, MANAGER)
    codes = [f"LIM-{n:03d}" for n in range(1, 13)]
    for n, code in enumerate(codes):
        with_lesions(door, code, 1 + n % 5)
    at_once(lambda code: allocate_lesions(gateway("limoges", "test"), SECRET, code, NURSE), codes * 2)
    found = assignments_of(make_cut("limoges", "test"), SECRET)
    assert len(found.assignments) == sum(1 + n % 5 for n in range(12)) and found.faults() == ()


def test_strata_have_lists_of_their_own(home: Path) -> None:
    door = open_study(BETWEEN, "test")
    enrolled(door, ["A1", "A2"])
    enrolled(door, ["B1"], diagnosis="DM")
    commit(door, SECRET, MANAGER)
    arms = {code: allocate(door, SECRET, code, NURSE) for code in ("A1", "B1", "A2")}
    found = {one.unit: (one.stratum, one.slot) for one in assignments_of(make_cut("limoges", "test")).assignments}
    assert found == {"A1": ("SSc", 1), "A2": ("SSc", 2), "B1": ("DM", 1)}
    assert arms["B1"] == arm_at(BETWEEN, SECRET, "DM", 1)


@settings(max_examples=60)
@given(st.binary(min_size=16, max_size=32), st.text(min_size=1, max_size=8), st.integers(1, 40), st.integers(1, 3))
def test_any_number_of_lesions_is_balanced_within_half_a_block(secret: bytes, who: str, count: int, size: int) -> None:
    plan = WITHIN.allocation.model_copy(update={"block": 2 * size})
    protocol = WITHIN.model_copy(update={"allocation": plan})
    arms = Counter(arm_at(protocol, secret, who, slot) for slot in range(1, count + 1))
    assert abs(arms["STS"] - arms["CTL"]) <= size
    if count % (2 * size) == 0:
        assert arms["STS"] == arms["CTL"]


@pytest.fixture(scope="module")
def drawn(tmp_path_factory: pytest.TempPathFactory):
    """A cut in which the lesions of two people were drawn and the secret revealed, read once for many examples."""
    from calcitrial.record import connect

    connect(tmp_path_factory.mktemp("drawn"), create=True)
    door = open_study(WITHIN, "test")
    commit(door, SECRET, MANAGER)
    for code, count in (("LIM-001", 5), ("LIM-002", 2)):
        with_lesions(door, code, count)
        allocate_lesions(door, SECRET, code, NURSE)
    reveal(door, SECRET, "the data are final", MANAGER)
    return assignments_of(make_cut("limoges", "test"))


@given(st.data())
def test_any_altered_arm_place_or_omission_is_named(drawn, data) -> None:
    assert drawn.secret == SECRET and drawn.faults() == ()
    number = data.draw(st.integers(0, len(drawn.assignments) - 1))
    one = drawn.assignments[number]
    rest = drawn.assignments[:number] + drawn.assignments[number + 1 :]
    other = {"STS": "CTL", "CTL": "STS"}[one.arm]
    faults = replace(drawn, assignments=(*rest, replace(one, arm=other))).faults()
    assert len(faults) == 1 and faults[0].startswith(f"{one.lesion} is in arm {other}; the secret gives {one.arm}")
    assert any(one.lesion in fault for fault in replace(drawn, assignments=rest).faults())
    moved = replace(one, slot=data.draw(st.integers(6, 99)))
    assert replace(drawn, assignments=(*rest, moved)).faults()


def test_another_secret_than_the_committed_one_is_named(drawn) -> None:
    assert "not the one that the study committed to" in replace(drawn, secret=b"another").faults()[0]


def test_anybody_checks_the_arms_with_twenty_lines_and_nothing_of_ours(drawn, tmp_path: Path) -> None:
    script = REPOSITORY / "docs" / "check_allocation.py"
    code = [line for line in script.read_text("utf-8").splitlines() if line.strip() and not line.startswith('"""')]
    assert len(code) <= 20 and "calcitrial" not in "".join(code)
    file = tmp_path / "allocation.json"

    def run(content: dict[str, object]) -> subprocess.CompletedProcess[str]:
        file.write_text(json.dumps(content))
        return subprocess.run([sys.executable, "-I", str(script), str(file)], capture_output=True, text=True)

    honest = drawn.to_json()
    assert run(honest).stdout == "7 assignments, all as the secret gives them.\n"
    altered = json.loads(json.dumps(honest))
    altered["assignments"][2]["arm"] = {"STS": "CTL", "CTL": "STS"}[altered["assignments"][2]["arm"]]
    found = run(altered)
    assert found.returncode == 1 and "LIM-001-L3" in found.stdout
    assert run({**honest, "secret": "00" * 32}).returncode == 1


@pytest.mark.requirement("21 CFR 11.10(f)")
def test_lesions_are_drawn_only_from_a_frozen_list(home: Path) -> None:
    door = open_study(WITHIN, "test")
    commit(door, SECRET, MANAGER)
    enrolled(door, ["LIM-001"])
    add_lesion(door, "LIM-001", THUMB, NURSE)
    with pytest.raises(RefusedError, match=r"The list of lesions of LIM-001 is not frozen\. The investigator freezes"):
        draw_arms(door, SECRET, "LIM-001", NURSE)
    freeze(door, "LIM-001", NURSE)
    assert list(draw_arms(door, SECRET, "LIM-001", NURSE)) == ["LIM-001-L1"]


def test_a_lesion_altered_behind_the_list_stops_the_draw(home: Path) -> None:
    door = open_study(WITHIN, "test")
    commit(door, SECRET, MANAGER)
    with_lesions(door, "LIM-001", 2)
    place = Place("LIM-001", "lesion", "", "LIM-001-L2")
    door.enter([Draft(place, {"map_x": 0.7}, 1, "placed wrongly")], NURSE)  # a door without rules
    with pytest.raises(RefusedError, match=r"Since the list of LIM-001 was signed, LIM-001-L2 changed"):
        draw_arms(door, SECRET, "LIM-001", NURSE)


@pytest.mark.requirement("ICH E6(R3) 4.1.1–3")
def test_the_secret_is_in_no_entry_before_it_is_revealed(home: Path) -> None:
    door = open_study(WITHIN, "test")
    activate(door, home, MANAGER, lambda: SECRET)
    with_lesions(door, "LIM-001", 3)
    draw_arms(door, SECRET, "LIM-001", NURSE)
    assert SECRET.hex() not in make_cut("limoges", "test").text().decode()
    assert assignments_of(make_cut("limoges", "test")).to_json()["assignments"] == []
    reveal(door, SECRET, "unblinding after the last visit", MANAGER)
    assert assignments_of(make_cut("limoges", "test")).secret == SECRET


def test_the_secret_is_revealed_after_the_lock_or_by_a_data_manager_once_with_a_reason(home: Path) -> None:
    door = open_study(BETWEEN, "test")
    commit(door, SECRET, MANAGER)
    with pytest.raises(RefusedError, match=r"The study is not locked"):
        reveal(door, SECRET, "curious", NURSE)
    with pytest.raises(RefusedError, match="Reason is missing"):
        reveal(door, SECRET, " ", MANAGER)
    with pytest.raises(RefusedError, match="not the one that the study committed to"):
        reveal(door, b"another", "why", MANAGER)
    door.enter([Draft(Place("", "lock"), {"locked": True, "lock_reason": "final"})], MANAGER)
    reveal(door, SECRET, "the study is locked", NURSE)
    with pytest.raises(RefusedError, match="revealed before"):
        reveal(door, SECRET, "again", MANAGER)
    assert commitment(SECRET) == assignments_of(make_cut("limoges", "test")).commitment
