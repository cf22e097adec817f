"""Lesions: one identity, concealed allocation that anyone can recompute, injections only where they may be given."""

from collections import Counter
from datetime import date
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from calcitrial.lesions import (
    Injection,
    LesionPlace,
    add_lesion,
    allocate,
    allocate_lesions,
    arm_at,
    commit,
    commitment,
    freeze,
    image_point,
    inject,
    lesions_of,
    misallocated,
)
from calcitrial.participants import begin_visit, enrol, screen
from calcitrial.protocol import Protocol, RefusedError, load
from calcitrial.record import Gateway, make_cut, open_study
from tests.participants.test_screening import JUDGED, NURSE, WELL

THUMB = LesionPlace("thumb, distal phalanx", "left", "left hand", 0.5, 0.25)
SHOT = Injection(150, 0.5, "VIAL-1", "ultrasound", 4)
SECRET = b"a secret of the test"


def person(gateway: Gateway, code: str, **changes: object) -> None:
    screen(gateway, code, {**WELL, **changes}, NURSE, JUDGED)
    enrol(gateway, code, date(2026, 1, 6), NURSE)


def limoges(control: str) -> Protocol:
    return load("limoges", control)


def test_lesions_are_numbered_within_the_participant_and_keep_their_point(home: Path, stsinj: Protocol) -> None:
    gateway = open_study(stsinj, "test")
    person(gateway, "PIT-001")
    assert add_lesion(gateway, "PIT-001", THUMB, NURSE, image_point_mm=(1.25, -3, 40)) == "PIT-001-L1"
    assert add_lesion(gateway, "PIT-001", THUMB, NURSE) == "PIT-001-L2"
    lesions = lesions_of(gateway, "PIT-001")
    assert image_point(lesions["PIT-001-L1"]) == (1.25, -3.0, 40.0)
    assert image_point(lesions["PIT-001-L2"]) is None


def test_a_lesion_off_the_map_is_refused(home: Path, stsinj: Protocol) -> None:
    gateway = open_study(stsinj, "test")
    person(gateway, "PIT-001")
    with pytest.raises(RefusedError, match=r"1\.2, outside 0.* to 1"):
        add_lesion(gateway, "PIT-001", LesionPlace("thumb, distal phalanx", "left", "left hand", 1.2, 0.5), NURSE)


def test_single_arm_injection_is_entered_with_its_units(home: Path, stsinj: Protocol) -> None:
    gateway = open_study(stsinj, "test")
    person(gateway, "PIT-001")
    lesion = add_lesion(gateway, "PIT-001", THUMB, NURSE)
    begin_visit(gateway, "PIT-001", "BL", date(2026, 1, 10), NURSE)
    inject(gateway, "PIT-001", "BL", lesion, SHOT, NURSE)
    row = make_cut("stsinj", "test").table("injection").row(0, named=True)
    assert (row["lesion"], row["concentration"], row["volume"], row["vial"]) == (lesion, "150", "0.5", "VIAL-1")


@pytest.mark.requirement("21 CFR 11.10(f)")
def test_nothing_is_injected_before_enrolment(home: Path, stsinj: Protocol) -> None:
    gateway = open_study(stsinj, "test")
    screen(gateway, "PIT-001", WELL, NURSE, JUDGED)
    with pytest.raises(RefusedError, match="PIT-001 is not enrolled"):
        inject(gateway, "PIT-001", "BL", "PIT-001-L1", SHOT, NURSE)


def test_an_untreated_participant_is_not_injected(home: Path) -> None:
    gateway = open_study(limoges("concurrent_untreated"), "test")
    commit(gateway, SECRET, NURSE)
    arms = {}
    for number in range(1, 5):
        person(gateway, f"LIM-{number}")
        arms[f"LIM-{number}"] = allocate(gateway, SECRET, f"LIM-{number}", NURSE)
    untreated = next(code for code, arm in arms.items() if arm == "CTL")
    lesion = add_lesion(gateway, untreated, THUMB, NURSE)
    begin_visit(gateway, untreated, "BL", date(2026, 1, 10), NURSE)
    with pytest.raises(RefusedError, match=f"{lesion} is in arm CTL, which is not injected"):
        inject(gateway, untreated, "BL", lesion, SHOT, NURSE)
    assert Counter(arms.values()) == {"STS": 2, "CTL": 2}
    assert misallocated(make_cut("limoges", "test"), SECRET) == ()
    assert len(misallocated(make_cut("limoges", "test"), b"another secret")) > 0


def test_allocation_needs_enrolment_the_committed_secret_and_happens_once(home: Path) -> None:
    gateway = open_study(limoges("concurrent_untreated"), "test")
    with pytest.raises(RefusedError, match="is not enrolled"):
        allocate(gateway, SECRET, "LIM-1", NURSE)
    person(gateway, "LIM-1")
    with pytest.raises(RefusedError, match="not the one that the study committed to"):
        allocate(gateway, SECRET, "LIM-1", NURSE)
    commit(gateway, SECRET, NURSE)
    allocate(gateway, SECRET, "LIM-1", NURSE)
    with pytest.raises(RefusedError, match="LIM-1 was allocated before"):
        allocate(gateway, SECRET, "LIM-1", NURSE)
    table = make_cut("limoges", "test").table("allocation_commitment")
    assert table["secret_sha256"].to_list() == [commitment(SECRET)]


def test_lesions_inside_a_person_are_allocated_in_balance(home: Path) -> None:
    gateway = open_study(limoges("untreated_lesion"), "test")
    commit(gateway, SECRET, NURSE)
    person(gateway, "LIM-1")
    lesions = [add_lesion(gateway, "LIM-1", THUMB, NURSE) for _ in range(4)]
    freeze(gateway, "LIM-1", NURSE)
    arms = allocate_lesions(gateway, SECRET, "LIM-1", NURSE)
    assert list(arms) == lesions and Counter(arms.values()) == {"STS": 2, "CTL": 2}
    begin_visit(gateway, "LIM-1", "BL", date(2026, 1, 10), NURSE)
    treated = next(lesion for lesion, arm in arms.items() if arm == "STS")
    inject(gateway, "LIM-1", "BL", treated, SHOT, NURSE)


def test_only_target_lesions_are_allocated_and_only_by_the_plan(home: Path, stsinj: Protocol) -> None:
    gateway = open_study(limoges("untreated_lesion"), "test")
    commit(gateway, SECRET, NURSE)
    person(gateway, "LIM-1")
    targets = [add_lesion(gateway, "LIM-1", THUMB, NURSE, role=role) for role in ("target", "non-target", "target")]
    freeze(gateway, "LIM-1", NURSE)
    assert list(allocate_lesions(gateway, SECRET, "LIM-1", NURSE)) == [targets[0], targets[2]]
    with pytest.raises(RefusedError, match=r"limoges allocates lesions, not participants\. Use allocate_lesions\."):
        allocate(gateway, SECRET, "LIM-1", NURSE)
    single = open_study(stsinj, "test")
    with pytest.raises(RefusedError, match=r"stsinj allocates nobody, not lesions\. Leave the allocation out\."):
        allocate_lesions(single, SECRET, "PIT-1", NURSE)


def test_lesions_are_allocated_once(home: Path) -> None:
    gateway = open_study(limoges("untreated_lesion"), "test")
    commit(gateway, SECRET, NURSE)
    person(gateway, "LIM-1")
    with pytest.raises(RefusedError, match="LIM-1 has no target lesion"):
        freeze(gateway, "LIM-1", NURSE)
    add_lesion(gateway, "LIM-1", THUMB, NURSE)
    freeze(gateway, "LIM-1", NURSE)
    first = allocate_lesions(gateway, SECRET, "LIM-1", NURSE)
    add_lesion(gateway, "LIM-1", THUMB, NURSE)
    with pytest.raises(RefusedError, match="The lesions of LIM-1 were allocated before"):
        allocate_lesions(gateway, SECRET, "LIM-1", NURSE)
    assert make_cut("limoges", "test").table("lesion_allocation")["lesion"].to_list() == list(first)


@settings(max_examples=30)
@given(st.binary(min_size=1), st.text(max_size=5), st.integers(0, 40))
def test_every_block_holds_every_arm_in_its_ratio(secret: bytes, stratum: str, block: int) -> None:
    protocol = limoges("concurrent_untreated")
    size = protocol.allocation.block
    arms = Counter(arm_at(protocol, secret, stratum, block * size + place) for place in range(1, size + 1))
    assert set(arms.values()) == {size // len(protocol.arms)}


def test_the_order_inside_blocks_differs_between_secrets() -> None:
    protocol = limoges("concurrent_untreated")
    orders = {tuple(arm_at(protocol, bytes([n]), "SSc", slot) for slot in range(1, 9)) for n in range(30)}
    assert len(orders) > 5
