"""A lock is refused while anything is open, refuses every write from every door, and is lifted with a reason."""

from collections.abc import Callable

import pytest

from calcitrial import quality, verbs
from calcitrial.lesions import allocate
from calcitrial.protocol import RefusedError
from calcitrial.record import Draft, Gateway, Place, current_rows, history, make_cut, read_head, verify_study
from tests.quality.small_clinic import MANAGER, MONITOR, NURSE, PAIN, PHYSICIAN, SCREENING, opened

Q1 = Place("P1", "query", repeat="Q1")


def sign_all(door: Gateway) -> None:
    places = list(quality.states(door.study))
    quality.sign(door, places, "responsible for all data", PHYSICIAN)


def locked(door: Gateway, site: str = "") -> None:
    sign_all(door)
    quality.lock(door, site, "database lock", MANAGER, "Dana Example")


def test_a_lock_is_refused_while_queries_are_open_and_forms_unsigned(door: Gateway) -> None:
    quality.raise_query(door, PAIN, "pain_nrs", "Sure?", MONITOR)
    with pytest.raises(RefusedError) as refused:
        quality.lock(door, "", "database lock", MANAGER)
    said = str(refused.value)
    assert "1 query is not closed: P1 Q1." in said and "7 forms are not signed: P1 screening" in said
    receipt = quality.lock(door, "", "database lock", MANAGER, despite="the sponsor ended the study")
    assert len(receipt.entries) == 5
    kept = quality.locks(door.study)[""].points
    assert kept.startswith("Locked all the same: the sponsor ended the study") and "P1 Q1" in kept


DOORS: dict[str, Callable[[Gateway], object]] = {
    "gateway": lambda door: door.enter([Draft(PAIN, {"pain_nrs": 1}, 1, "misread")], NURSE),
    "verbs": lambda door: verbs.enter(door.study, [Draft(Place("P1", "pain", "W12"), {"pain_nrs": 1})], NURSE),
    "new participant": lambda door: verbs.enter(door.study, opened("P3", "Limoges"), NURSE),
    "redaction": lambda door: door.redact(history(door.study, PAIN)[0].number, "a name", NURSE),
    "query": lambda door: quality.raise_query(door, PAIN, "", "?", MONITOR),
    "answer": lambda door: quality.answer_query(door, Q1, "Yes.", 1, NURSE),
    "verification": lambda door: quality.verify_source(
        door, {SCREENING: quality.numbers_of(current_rows(door.study))[SCREENING]}, MONITOR
    ),
    "signature": lambda door: quality.sign(door, [PAIN], "approved", PHYSICIAN),
    "slot": lambda door: door.enter([Draft(Place("", "allocation_slot", repeat="SSc/1"), {"taken_by": "P1"})], NURSE),
    "endorsement": lambda door: quality.endorse(door, "Limoges", PHYSICIAN),
    "allocation": lambda door: allocate(door, "P1", b"x" * 32, NURSE),
}


@pytest.mark.requirement("ICH E6(R3) 4.2.6")
@pytest.mark.parametrize("name", list(DOORS))
def test_a_locked_study_refuses_every_write_by_every_door(door: Gateway, name: str) -> None:
    quality.raise_query(door, PAIN, "pain_nrs", "Sure?", MONITOR)
    sign_all(door)
    quality.lock(door, "", "database lock", MANAGER, despite="tests one open query")
    before = read_head(door.study)
    with pytest.raises((RefusedError, ValueError)):
        DOORS[name](door)
    assert read_head(door.study) == before


@pytest.mark.requirement("ICH E6(R3) 4.2.6")
def test_reading_and_cutting_go_on_under_a_lock(door: Gateway) -> None:
    locked(door)
    cut = make_cut(door.study, "0.1")
    assert cut.table("pain").height == 1 and verify_study(door.study).ok
    assert history(door.study, PAIN)
    assert {one.stage for one in quality.states(door.study).values()} == {"locked"}


def test_a_site_lock_leaves_the_other_sites_open(door: Gateway) -> None:
    locked(door, "Limoges")
    with pytest.raises(RefusedError, match="Site Limoges is locked"):
        DOORS["gateway"](door)
    with pytest.raises(RefusedError, match="Site Limoges is locked"):
        DOORS["new participant"](door)
    with pytest.raises(RefusedError, match="Site Limoges is locked"):
        door.enter([Draft(Place("P2", "screening"), {"site": "Limoges"}, 1, "moved")], NURSE)
    door.enter([Draft(Place("P2", "pain", "BL"), {"pain_nrs": 1})], NURSE)
    rows = current_rows(door.study, "P1")
    assert quality.is_locked(door.study, rows, "P1")
    assert not quality.is_locked(door.study, current_rows(door.study, "P2"), "P2")


def test_unlocking_needs_a_reason_and_keeps_the_history(door: Gateway) -> None:
    locked(door)
    with pytest.raises(RefusedError, match="Reason is missing"):
        quality.unlock(door, "", "", MANAGER)
    quality.unlock(door, "", "a late serious event", MANAGER, "Dana Example")
    DOORS["gateway"](door)
    lock = quality.locks(door.study)[""]
    assert (lock.locked, lock.reason, lock.name, lock.version) == (False, "a late serious event", "Dana Example", 2)
    steps = history(door.study, Place("", "lock"), "locked")
    assert [(step.value, step.author) for step in steps] == [("true", "dana"), ("false", "dana")]
    with pytest.raises(RefusedError, match="Version 1 was expected"):
        sign_all(door)
        quality.lock(door, "", "again", MANAGER, expected=1)


def test_locking_twice_and_unlocking_what_is_open_are_refused(door: Gateway) -> None:
    with pytest.raises(RefusedError, match="The study is not locked"):
        quality.unlock(door, "", "why not", MANAGER)
    locked(door)
    with pytest.raises(RefusedError, match="The study is locked already"):
        quality.lock(door, "", "again", MANAGER, expected=1)
    with pytest.raises(RefusedError, match="Nobody of a site 'Lyon'"):
        quality.lock(door, "Lyon", "no such site", MANAGER)


def test_a_lock_is_not_entered_by_hand(door: Gateway) -> None:
    with pytest.raises(RefusedError, match="not entered by hand"):
        verbs.enter(door.study, [Draft(Place("", "lock"), {"locked": True, "lock_reason": "mine"})], NURSE)
