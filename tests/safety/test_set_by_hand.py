"""A hold that a physician sets: entered with its reason, enforced at every door like those of the rules, lifted."""

from datetime import timedelta
from pathlib import Path

import pytest
from django.test import Client

from calcitrial import verbs
from calcitrial.protocol import RefusedError
from calcitrial.record import Author, Draft, Gateway, Place, current_rows, now, read_head
from calcitrial.safety import entered_holds, lift, next_hold, set_hold
from tests.api.scripts import Script
from tests.clinic.safety_study import NURSE, SITE, begun, browser, words

DOCTOR, BOARD = Author("ines", "investigator"), Author("bo", "safety_board")
SHOT = {"injected": True, "concentration": 150, "volume": 0.5}
PAGE = "/stsinj/participants/PIT-001/hold/"


@pytest.fixture
def door(home: Path) -> Gateway:
    here = begun()
    for code in ("PIT-001", "PIT-002"):
        verbs.begin_visit(here, code, "W04", now().date() + timedelta(days=0), NURSE)
    return here


def refusal(code: str, lesion: str) -> str:
    """Return why an injection of today is refused; only what is said of holds."""
    with pytest.raises(RefusedError) as found:
        verbs.enter("stsinj", [Draft(Place(code, "injection", "W04", lesion), SHOT)], DOCTOR)
    return " ".join(one.what for one in found.value.problems if "held since" in one.what)


@pytest.mark.requirement("21 CFR 11.10(f)")
def test_what_is_held_by_hand_is_refused_until_it_is_lifted_with_a_reason(door: Gateway) -> None:
    set_hold(door, "PIT-001", "PIT-001-L1", "H1", "thin skin", DOCTOR)
    assert "Lesion PIT-001-L1 is held" in refusal("PIT-001", "PIT-001-L1")
    assert "by hand): thin skin (set by ines)" in refusal("PIT-001", "PIT-001-L1")
    assert refusal("PIT-001", "PIT-001-L2") == ""
    set_hold(door, "PIT-001", "", next_hold(door, "PIT-001"), "fever", DOCTOR)
    assert "PIT-001 is held" in refusal("PIT-001", "PIT-001-L2") and refusal("PIT-002", "PIT-002-L1") == ""
    set_hold(door, "", "", next_hold(door), "a batch is in doubt", DOCTOR)
    assert "The study is held" in refusal("PIT-002", "PIT-002-L1")
    (study,) = [one for one in entered_holds(door.protocol, current_rows("stsinj")) if one.level == "study"]
    with pytest.raises(RefusedError, match="Only the safety board"):
        lift(door, study, "the batch is good", "investigator", DOCTOR)
    lift(door, study, "the batch is good", "safety board", BOARD)
    assert refusal("PIT-002", "PIT-002-L1") == ""


def test_without_a_reason_or_of_another_ones_lesion_nothing_is_held(door: Gateway) -> None:
    before = read_head("stsinj").sequence
    for lesion, reason in (("", " "), ("PIT-002-L1", "thin skin")):
        with pytest.raises(RefusedError, match=r"without a reason|has no lesion"):
            set_hold(door, "PIT-001", lesion, "H1", reason, DOCTOR)
    assert read_head("stsinj").sequence == before


def test_an_investigator_holds_on_the_page_once_however_often_it_is_sent(door: Gateway) -> None:
    doctor: Client = browser("investigator", SITE, "ines")
    assert "every lesion of this person" in words(doctor.get(PAGE))
    before = read_head("stsinj").sequence
    assert doctor.post(PAGE, {"_name": "H1", "_reason": ""}).status_code == 422
    sent = {"_name": "H1", "_lesion": "PIT-001-L2", "_reason": "she is afraid"}
    assert doctor.post(PAGE, sent).status_code == 303
    assert doctor.post(PAGE, sent).status_code == 303
    assert read_head("stsinj").sequence == before + 1
    assert doctor.post(PAGE, sent | {"_reason": "another"}).status_code == 422  # a second tab
    shown = words(doctor.get("/stsinj/participants/PIT-001/events/"))
    assert "PIT-001-L2 is held" in shown and "she is afraid" in shown and "Lift" in shown
    assert doctor.post("/stsinj/safety/hold/", {"_name": "H1", "_reason": "doubt"}).status_code == 303
    assert "The whole study is held" in words(doctor.get("/stsinj/safety/"))
    other = browser("investigator", "ELSEWHERE", "otto")
    assert other.post(PAGE, sent).status_code in (403, 404)
    assert browser("study_nurse").post(PAGE, sent).status_code == 403


def test_a_script_holds_and_lifts(door: Gateway) -> None:
    doctor = Script("stsinj", "investigator", SITE, "ines")
    assert doctor.do("set-hold", participant="PIT-001", reason="fever")["made"] == "H1"
    assert doctor.do("set-hold", participant="PIT-001", hold="H1", reason="fever")["made"] == "H1"
    assert doctor.do("lift-hold", participant="PIT-001", hold="H1", reason="no fever")
    assert doctor.do("set-hold", reason="a batch is in doubt")["made"] == "H1"
    assert "has no lesion" in doctor.refused("set-hold", participant="PIT-001", lesion="PIT-002-L1", reason="x")
