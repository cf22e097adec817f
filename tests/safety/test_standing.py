"""Holds are entered with the event that calls for them, refuse injections at every door, and end with a reason."""

from datetime import date
from pathlib import Path

import pytest

from calcitrial import verbs
from calcitrial.lesions import Injection, LesionPlace, add_lesion, inject, injection_problems
from calcitrial.participants import begin_visit, enrol, screen
from calcitrial.protocol import RefusedError, load
from calcitrial.record import Author, Draft, Gateway, Place, current_rows, gateway, participant_trail, read_head
from calcitrial.safety import entered_holds, event_problems, follow_holds, hold_problems, holds_against, lift

NURSE, PHYSICIAN, BOARD = Author("nora", "study nurse"), Author("ines", "investigator"), Author("bo", "safety board")
ANSWERS = {"site": "PITTSBURGH", "age_years": 50, "diagnosis": "SSc", "capacity_to_consent": True, "symptomatic": True}
ANSWERS |= {"calcinosis_on_xray": True, "allergy_sts": False, "pregnant": False, "breastfeeding": False}
ANSWERS |= {"consent_signed": True, "screening_date": "2026-01-05"}
SHOT = Injection(150, 0.5, "V1", "ultrasound", 3)


@pytest.fixture
def door(home: Path) -> Gateway:
    """Two enrolled people with two lesions each and the visits BL and W04; on both databases."""
    verbs.open_study(load("stsinj"))
    # The limits of a dose and the stock of vials are not what is tested here.
    here = gateway("stsinj", "test", (injection_problems, event_problems, hold_problems), (follow_holds,))
    for code in ("PIT-001", "PIT-002"):
        screen(here, code, ANSWERS, NURSE, {"B-I5": "true", "B-E0": "false"})
        enrol(here, code, date(2026, 1, 12), NURSE)
        for site in ("knee", "elbow, extensor"):
            view = "front" if site == "knee" else "back"
            add_lesion(here, code, LesionPlace(site, "left", view, 0.5, 0.5), NURSE)
        begin_visit(here, code, "BL", date(2026, 1, 20), NURSE)
        begin_visit(here, code, "W04", date(2026, 2, 17), NURSE)
    return here


def event(code: str = "PIT-001", name: str = "AE1", term: str = "Skin infection", **more: object) -> Draft:
    values = {"term": term, "grade": 2, "serious": False, "related": "related", "onset_date": "2026-02-03"}
    values |= {"ae_lesion": f"{code}-L1", "ae_visit": "BL", "aware_date": "2026-02-03"}
    return Draft(Place(code, "adverse_event", repeat=name), values | more)


def standing(here: Gateway, code: str = "PIT-001", lesion: str = "PIT-001-L1") -> list[tuple[str, str, str]]:
    return [(one.name, one.level, one.rule) for one in holds_against(here, code, lesion)]


@pytest.mark.requirement("ICH E6(R3) 4.2.2a")
def test_an_event_and_its_hold_are_one_submission_by_whatever_door(door: Gateway) -> None:
    before = read_head("stsinj").sequence
    door.enter([event()], NURSE)
    verbs.enter("stsinj", [event("PIT-002", grade=1)], NURSE)
    assert read_head("stsinj").sequence == before + 2
    assert standing(door) == [("H1", "lesion", "stop_lesion")]
    (hold,) = holds_against(door, "PIT-002", "PIT-002-L1")
    assert (hold.since, hold.events) == (date(2026, 2, 3), {"PIT-002 AE1"})
    assert hold.reason == "AE1: Skin infection grade 1 at lesion PIT-002-L1 on 2026-02-03."
    assert standing(door, lesion="PIT-001-L2") == []


@pytest.mark.requirement("21 CFR 11.10(f)")
def test_an_injection_under_a_hold_is_refused_at_every_door_and_a_not_given_one_is_entered(door: Gateway) -> None:
    door.enter([event()], NURSE)
    values = {"injected": True, "concentration": 150, "volume": 0.5}
    place = Place("PIT-001", "injection", "W04", "PIT-001-L1")
    for attempt in (
        lambda: inject(door, "PIT-001", "W04", "PIT-001-L1", SHOT, PHYSICIAN),
        lambda: inject(verbs.door("stsinj"), "PIT-001", "W04", "PIT-001-L1", SHOT, PHYSICIAN),
        lambda: verbs.enter("stsinj", [Draft(place, values)], PHYSICIAN),
        lambda: door.enter([Draft(place, values)], PHYSICIAN),
    ):
        with pytest.raises(RefusedError, match=r"Lesion PIT-001-L1 is held since 2026-02-03 \(H1, stop_lesion\)"):
            attempt()
    inject(door, "PIT-001", "W04", "PIT-001-L2", SHOT, PHYSICIAN)
    door.enter([Draft(place, {"injected": False, "not_injected_reason": "hold H1"})], PHYSICIAN)
    with pytest.raises(RefusedError, match="is held since"):  # and cannot be turned into one that was given
        door.enter([Draft(place, values, 1, "it was given after all")], PHYSICIAN)


def test_an_injection_from_before_the_event_can_be_entered_late_and_corrected(door: Gateway) -> None:
    inject(door, "PIT-002", "W04", "PIT-002-L1", SHOT, PHYSICIAN)
    door.enter([event("PIT-002", onset_date="2026-02-17", aware_date="2026-02-17", ae_visit="W04")], NURSE)
    place = Place("PIT-002", "injection", "W04", "PIT-002-L1")
    door.enter([Draft(place, {"volume": "0.6"}, 1, "misread")], PHYSICIAN)
    door.enter([event()], NURSE)
    inject(door, "PIT-001", "BL", "PIT-001-L1", SHOT, PHYSICIAN)  # on 20 January, before 3 February
    door.enter(
        [event(name="AE2", onset_date="2026-02-17", ae_visit="W04", ae_lesion="PIT-001-L2", aware_date="2026-02-17")],
        NURSE,
    )
    inject(door, "PIT-001", "W04", "PIT-001-L2", SHOT, PHYSICIAN)  # the very injection that the infection followed


def test_a_hold_of_a_lesion_is_lifted_once_with_a_reason_and_a_new_event_holds_again(door: Gateway) -> None:
    door.enter([event()], NURSE)
    (hold,) = holds_against(door, "PIT-001", "PIT-001-L1")
    with pytest.raises(RefusedError, match="not lifted without a reason"):
        lift(door, hold, " ", "investigator", PHYSICIAN)
    lift(door, hold, "infection healed", "investigator", PHYSICIAN)
    with pytest.raises(RefusedError, match=r"It was lifted on .* by the investigator"):
        lift(door, hold, "once more", "investigator", PHYSICIAN)
    inject(door, "PIT-001", "W04", "PIT-001-L1", SHOT, PHYSICIAN)
    door.enter([replace_values(event(), 1, outcome="recovered")], NURSE)  # the same event holds no second time
    assert standing(door) == []
    door.enter([event(name="AE2")], NURSE)
    assert standing(door) == [("H2", "lesion", "stop_lesion")]
    rows = current_rows("stsinj", "PIT-001", ("hold", "hold_lift"))
    assert [one.in_force for one in entered_holds(door.protocol, rows)] == [False, True]


def replace_values(draft: Draft, expected: int, **more: object) -> Draft:
    return Draft(draft.place, {**draft.values, **more}, expected, "seen again")


def test_a_correction_to_a_worse_grade_holds_the_participant(door: Gateway) -> None:
    door.enter([event(term="Nausea", ae_lesion=None)], NURSE)
    assert standing(door) == []
    door.enter([replace_values(event(term="Nausea", ae_lesion=None), 1, grade=3)], NURSE)
    assert standing(door) == [("H1", "participant", "hold_grade3_related")]


def test_two_severe_local_events_hold_the_study_until_the_board_lifts(door: Gateway) -> None:
    door.enter([event(term="Skin ulceration", grade=3)], NURSE)
    assert all(level != "study" for _name, level, _rule in standing(door))
    door.enter([event("PIT-002", term="Skin ulceration", grade=3)], NURSE)
    study = holds_against(door, "PIT-002", "PIT-002-L2")[0]
    assert (study.level, study.rule, len(study.events)) == ("study", "review_two_grade3_local", 2)
    with pytest.raises(RefusedError, match="Only the safety board"):
        lift(door, study, "go on", "investigator", PHYSICIAN)
    lift(door, study, "reviewed, go on", "safety board", BOARD)
    assert standing(door, "PIT-002", "PIT-002-L2") == [("H1", "participant", "hold_grade3_related")]


@pytest.mark.parametrize("form", ["hold", "study_hold", "hold_lift", "study_hold_lift", "event_assessment"])
def test_nobody_enters_or_lifts_a_hold_by_hand(door: Gateway, form: str) -> None:
    code = "" if form.startswith("study") else "PIT-001"
    with pytest.raises(RefusedError, match=f"The form {form} is not entered by hand"):
        verbs.enter("stsinj", [Draft(Place(code, form, repeat="H1"), {})], NURSE)


def test_a_refused_event_leaves_no_hold_behind(door: Gateway) -> None:
    before = len(participant_trail("stsinj", "PIT-001"))
    with pytest.raises(RefusedError):
        door.enter([event(onset_date="yesterday")], NURSE)
    with pytest.raises(RefusedError):
        door.enter([event(grade="x")], NURSE)
    assert len(participant_trail("stsinj", "PIT-001")) == before and standing(door) == []
