"""Limits of a dose: what the protocol says is enforced, what it does not say is asked, at every door."""

from decimal import Decimal
from pathlib import Path

import pytest

from calcitrial import verbs
from calcitrial.pharmacy import Body, Judgement, Session, deviations, doses_of, inject_session, limits, surface_of
from calcitrial.protocol import RefusedError, load
from calcitrial.record import Draft, Gateway, Place, current_rows, make_cut
from calcitrial.web import Reading

from .trial import JUDGED_LIMITS, PHYSICIAN, begun, person, protocol_of, shot, with_dose

ONE, TWO = "PIT-001-L1", "PIT-001-L2"


def give(gateway: Gateway, visit: str = "BL", judged: object = None, **volumes: float) -> None:
    shots = {f"PIT-001-{lesion}": shot(volume) for lesion, volume in volumes.items()}
    inject_session(gateway, Session("PIT-001", visit, shots, judged or JUDGED_LIMITS), PHYSICIAN)


def refusal(gateway: Gateway, *drafts: Draft) -> str:
    with pytest.raises(RefusedError) as caught:
        verbs.enter(gateway.study, drafts, PHYSICIAN)
    return str(caught.value)


def given_by_hand(lesion: str = ONE, visit: str = "BL", **values: object) -> Draft:
    return Draft(Place("PIT-001", "injection", visit, lesion), {"injected": True, **values})


@pytest.mark.requirement("21 CFR 11.10(f)")
def test_a_limit_that_the_protocol_does_not_specify_is_asked_and_the_answer_recorded(home: Path) -> None:
    gateway = begun()
    dose = {"concentration": 150, "volume": 0.5}
    said = refusal(gateway, given_by_hand(**dose))
    assert "Most volume per lesion and session: the protocol does not say. Say what limit you apply today" in said
    assert "Most injections of one lesion: the protocol does not say" in said
    assert "Fewest days" not in said  # nothing was injected before
    receipt = inject_session(gateway, Session("PIT-001", "BL", {ONE: shot()}, JUDGED_LIMITS), PHYSICIAN)
    assert receipt.sequence == make_cut("stsinj", "test").sequence
    table = make_cut("stsinj", "test").tables()
    assert table["injection"].height == 1
    kept = {(row[4], row[5]): row[7] for row in current_rows("stsinj", "PIT-001", ["dose_judgement"]).iter_rows()}
    assert kept["volume_per_lesion", "limit_value"] == "1"
    assert kept["volume_per_lesion", "limit_reason"] == "a small lesion"
    assert kept["volume_per_lesion", "limit_unit"] == "mL"


def test_the_spacing_is_asked_once_a_lesion_was_injected_before(home: Path) -> None:
    gateway = begun()
    first = {name: JUDGED_LIMITS[name] for name in ("volume_per_lesion", "injections")}
    give(gateway, judged=first, L1=0.5)
    with pytest.raises(RefusedError, match="Fewest days between two injections of a lesion: the protocol does not say"):
        give(gateway, "W04", first, L1=0.5)
    give(gateway, "W04", first, L2=0.5)  # this lesion is injected for the first time


def test_the_physicians_own_limits_hold(home: Path) -> None:
    gateway = begun()
    with pytest.raises(RefusedError, match=r"PIT-001-L1: 1.5 mL; the limit is 1 mL \(the physician's\)"):
        give(gateway, L1=1.5)
    give(gateway, L1=0.5)
    close = JUDGED_LIMITS | {"spacing": Judgement(Decimal(29), "slow to heal")}
    with pytest.raises(RefusedError, match=r"is injected 28 days from BL; the limit is 29 days"):
        give(gateway, "W04", close, L1=0.5)
    few = JUDGED_LIMITS | {"injections": Judgement(Decimal(1), "enough")}
    with pytest.raises(RefusedError, match=r"It would be injection 2 of PIT-001-L1; the limit is 1 injections"):
        give(gateway, "W04", few, L1=0.5)
    give(gateway, "W04", L1=0.5)


def test_the_limit_of_the_session_holds_for_all_lesions_of_one_submission_together(home: Path) -> None:
    gateway = begun(lesions=4)
    wide = JUDGED_LIMITS | {"volume_per_lesion": Judgement(Decimal(6), "large")}
    with pytest.raises(RefusedError) as caught:
        give(gateway, judged=wide, L1=6, L2=6, L3=6)
    assert str(caught.value).count("The session comes to 2700 mg; the limit is 2500 mg (assumed)") == 1
    assert make_cut("stsinj", "test").table("injection").is_empty()
    give(gateway, judged=wide, L1=6, L2=6)
    late = Draft(
        Place("PIT-001", "injection", "BL", "PIT-001-L3"), {"injected": True, "concentration": 150, "volume": 6}
    )
    assert "The session comes to 2700 mg" in refusal(gateway, late)


def test_what_was_given_beyond_a_limit_is_recorded_as_a_deviation_and_listed(home: Path) -> None:
    gateway = begun()
    too_much = Session("PIT-001", "BL", {ONE: shot(2.0)}, JUDGED_LIMITS)
    with pytest.raises(RefusedError, match="say so as a deviation"):
        inject_session(gateway, too_much, PHYSICIAN)
    give(gateway, L2=0.5)  # the physician's answers stand in the record now
    dose = {"concentration": 150, "volume": 2.0, "guidance": "ultrasound"}
    told = "2 mL went in before the syringe was read."
    verbs.enter("stsinj", [given_by_hand(**dose, deviation=told)], PHYSICIAN)
    known = Reading("stsinj", gateway.protocol, current_rows("stsinj", "PIT-001"))
    assert [(place.lesion, told in said) for place, said in deviations(known)] == [(ONE, True)]


def test_a_correction_is_judged_and_one_that_leaves_the_dose_is_not(home: Path) -> None:
    gateway = begun()
    give(gateway, L1=0.5, L2=0.5)
    place = Place("PIT-001", "injection", "BL", ONE)
    said = refusal(gateway, Draft(place, {"volume": 2}, 1, "misread"))
    assert "2 mL; the limit is 1 mL" in said
    verbs.enter("stsinj", [Draft(place, {"pain_after": 3}, 1, "asked later")], PHYSICIAN)
    verbs.enter("stsinj", [Draft(place, {"volume": 0.8}, 2, "misread")], PHYSICIAN)


def test_the_highest_concentration_is_held_below_what_the_form_admits(home: Path) -> None:
    gateway = verbs.open_study(with_dose(protocol_of("stsinj"), "max_concentration", value=100, unit="mg/mL"))
    person(gateway, "PIT-001")
    with pytest.raises(RefusedError, match=r"150 mg/mL; the limit is 100 mg/mL \(assumed\)"):
        give(gateway, L1=0.5)


def test_a_dose_that_is_not_complete_is_refused_unless_the_form_is_only_begun(home: Path) -> None:
    gateway = begun()
    assert "The dose is not complete" in refusal(gateway, given_by_hand(volume=0.5))
    begun_form = Draft(Place("PIT-001", "injection", "BL", ONE), {"injected": True}, partial=True)
    verbs.enter("stsinj", [begun_form], PHYSICIAN)


def test_what_was_not_injected_needs_no_limit(home: Path) -> None:
    gateway = begun()
    verbs.enter(gateway.study, [given_by_hand(injected=False, not_injected_reason="pain")], PHYSICIAN)


def test_a_child_is_held_to_its_body_surface(home: Path) -> None:
    child = {"age_years": 6, "parent_consent_signed": True, "assent_if_able": True}
    gateway = begun("limoges", "PIT-001", **child)
    wide = JUDGED_LIMITS | {"volume_per_lesion": Judgement(Decimal(9), "-")}
    with pytest.raises(RefusedError, match=r"The limit of a child goes by body surface. Enter weight and height"):
        give(gateway, judged=wide, L1=4)
    sized = Session("PIT-001", "BL", {ONE: shot(8)}, wide, (Decimal(20), Decimal(115)))
    # √(115 × 20 / 3600) = 0.799 m²; 0.799 × 1400 mg = 1118.6 mg
    with pytest.raises(RefusedError, match=r"comes to 1200 mg; the limit is 1118.6 mg \(assumed\)"):
        inject_session(gateway, sized, PHYSICIAN)
    inject_session(gateway, Session("PIT-001", "BL", {ONE: shot(7)}, wide, (Decimal(20), Decimal(115))), PHYSICIAN)


def test_a_large_child_never_has_more_than_an_adult() -> None:
    known = limits(load("limoges"), Body(17, Decimal("2.1")), {})
    assert known["max_session_dose"].written() == "2500 mg (assumed)"
    assert surface_of(Decimal(70), Decimal(175)) == Decimal("1.845")


def test_an_assumed_limit_says_so_and_an_unspecified_one_that_it_is_not_known() -> None:
    known = limits(load("stsinj"), Body(44, None), {})
    assert known["max_concentration"].written() == "250 mg/mL (assumed)"
    assert known["volume_per_lesion"].written() == "not specified"
    assert "fifth of the labelled adult" in known["max_session_dose"].basis


def test_units_of_a_protocol_are_understood_and_the_strictest_of_a_conflict_holds() -> None:
    protocol = with_dose(load("stsinj"), "spacing", value=(3, 4), unit="weeks", status="conflict", source=("trialx",))
    protocol = with_dose(protocol, "volume_per_lesion", value=0.5, unit="mL", status="seen", source=("trialx",))
    known = limits(protocol, Body(44, None), {})
    assert known["spacing"].value == 28
    assert known["volume_per_lesion"].written() == "0.5 mL"
    assert not known["spacing"].asked


def test_the_live_sums_of_a_session_are_those_of_the_rule(home: Path) -> None:
    gateway = begun()
    give(gateway, L1=0.5, L2=1)
    doses = doses_of(gateway.protocol, current_rows("stsinj", "PIT-001"), "PIT-001", "BL")
    assert sum(one.mass for one in doses.session) == 225
    assert [limit.name for limit in doses.wanted([ONE])] == ["volume_per_lesion", "injections"]
