"""The second check of a dose, and deviations that stay in the record."""

from pathlib import Path

import pytest

from calcitrial import verbs
from calcitrial.pharmacy import Reaction, Session, confirm, deviations, inject_session, injectable, unconfirmed
from calcitrial.protocol import RefusedError
from calcitrial.record import Draft, Place, current_rows, make_cut

from .trial import JUDGED_LIMITS, NURSE, PHYSICIAN, arms_of, begun, person, protocol_of, shot, with_dose

PLACE = Place("PIT-001", "injection", "BL", "PIT-001-L1")


@pytest.mark.requirement("EU Annex 11 6")
def test_a_second_person_confirms_concentration_volume_and_vial_in_their_own_name(home: Path) -> None:
    gateway = begun()
    inject_session(gateway, Session("PIT-001", "BL", {PLACE.lesion: shot(0.5, "OLD-1")}, JUDGED_LIMITS), PHYSICIAN)
    with pytest.raises(RefusedError, match=r"ivan entered the dose. Another person must confirm it"):
        confirm(gateway, PLACE, 1, PHYSICIAN)
    forged = Draft(PLACE, {"checked_by": "nora"}, 1, "second check")
    with pytest.raises(RefusedError, match="ivan enters that nora confirmed the dose"):
        verbs.enter("stsinj", [forged], PHYSICIAN)
    confirm(gateway, PLACE, 1, NURSE)
    assert make_cut("stsinj", "test").table("injection")["checked_by"].to_list() == ["nora"]


@pytest.mark.requirement("EU Annex 11 6")
def test_a_dose_is_not_confirmed_as_it_is_entered_and_a_corrected_one_is_confirmed_again(home: Path) -> None:
    gateway = begun()
    at_once = Draft(PLACE, {"injected": True, "concentration": 150, "volume": 0.5, "checked_by": "ivan"})
    with pytest.raises(RefusedError, match="cannot have confirmed values that are entered only now"):
        verbs.enter("stsinj", [at_once], PHYSICIAN)
    inject_session(gateway, Session("PIT-001", "BL", {PLACE.lesion: shot()}, JUDGED_LIMITS), PHYSICIAN)
    confirm(gateway, PLACE, 1, NURSE)
    with pytest.raises(RefusedError, match="nora cannot have confirmed values that are entered only now"):
        verbs.enter("stsinj", [Draft(PLACE, {"volume": 0.6}, 2, "misread")], PHYSICIAN)
    verbs.enter("stsinj", [Draft(PLACE, {"volume": 0.6, "checked_by": None}, 2, "misread")], PHYSICIAN)
    confirm(gateway, PLACE, 3, NURSE)


@pytest.mark.requirement("EU Annex 11 6")
def test_where_the_protocol_demands_it_an_unconfirmed_dose_is_open(home: Path) -> None:
    protocol = with_dose(protocol_of("stsinj"), "second_check", value=True)
    gateway = verbs.open_study(protocol)
    person(gateway, "PIT-001")
    inject_session(gateway, Session("PIT-001", "BL", {PLACE.lesion: shot()}, JUDGED_LIMITS), PHYSICIAN)
    assert unconfirmed(protocol, current_rows(protocol.id)) == [PLACE]
    assert unconfirmed(protocol_of("stsinj"), current_rows(protocol.id)) == []
    confirm(gateway, PLACE, 1, NURSE)
    assert unconfirmed(protocol, current_rows(protocol.id)) == []


@pytest.mark.requirement("21 CFR 11.10(f)")
def test_the_wrong_lesion_injected_is_refused_unless_it_is_told_and_then_stays_as_a_deviation(home: Path) -> None:
    gateway = begun("limoges", "LIM-1", "untreated_lesion")
    cut = make_cut("limoges", "test")
    assert injectable(cut, "LIM-1", "LIM-1-L1") == "LIM-1-L1 is not allocated yet."
    arms = arms_of(gateway, "LIM-1")
    wrong = next(lesion for lesion, arm in arms.items() if arm == "CTL")
    session = Session("LIM-1", "BL", {wrong: shot()}, JUDGED_LIMITS)
    with pytest.raises(RefusedError, match=f"Lesion {wrong} is in arm CTL, which is not injected"):
        inject_session(gateway, session, PHYSICIAN)
    told = shot().__class__(**{**vars(shot()), "deviation": "sides confused"})
    inject_session(gateway, Session("LIM-1", "BL", {wrong: told}, JUDGED_LIMITS), PHYSICIAN)
    ((place, words),) = deviations(make_cut("limoges", "test"))
    assert place.lesion == wrong and words.endswith("which is not injected. sides confused")


def test_a_lesion_that_is_gone_is_not_offered(home: Path) -> None:
    gateway = begun()
    state = {"state": "excised", "state_date": "2026-01-08"}
    verbs.enter("stsinj", [Draft(Place("PIT-001", "lesion_state", lesion=PLACE.lesion, repeat="S1"), state)], NURSE)
    said = injectable(make_cut("stsinj", "test"), "PIT-001", PLACE.lesion)
    assert said == "PIT-001-L1 was excised on 2026-01-08." and gateway.study == "stsinj"


def test_nobody_is_injected_before_enrolment(home: Path) -> None:
    gateway = begun()
    rows = make_cut("stsinj", "test")
    assert injectable(rows, "PIT-001", "PIT-001-L1") == ""
    assert injectable(rows, "PIT-002", "PIT-002-L1") == "PIT-002 is not enrolled."
    assert gateway.study == "stsinj"


def test_a_session_with_its_reactions_is_one_submission(home: Path) -> None:
    gateway = begun()
    told = [Reaction(PLACE.lesion, "pallor", 2), Reaction(PLACE.lesion, "burning", 5)]
    before = make_cut("stsinj", "test").sequence
    inject_session(gateway, Session("PIT-001", "BL", {PLACE.lesion: shot()}, JUDGED_LIMITS, None, told), PHYSICIAN)
    cut = make_cut("stsinj", "test")
    rows = cut.table("injection_reaction").sort("repeat")
    assert cut.sequence == before + 1
    assert rows["repeat"].to_list() == ["PIT-001-L1-1", "PIT-001-L1-2"]
    assert rows["minutes_after"].to_list() == ["2", "5"]
