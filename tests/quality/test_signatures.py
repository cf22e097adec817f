"""A signature is bound to what was signed: any edit, a redaction or a transplant voids it."""

from dataclasses import replace

import pytest

from calcitrial import quality
from calcitrial.protocol import RefusedError
from calcitrial.record import Draft, Gateway, Place, current_rows, history
from calcitrial.verbs import enter
from tests.quality.small_clinic import NURSE, PAIN, PHYSICIAN, SCREENING, correct


def signature(door: Gateway, *places: Place, meaning: str = "") -> quality.Signature:
    found = quality.signature_of(current_rows(door.study, places[0].participant), places, meaning)
    assert found is not None
    return found


@pytest.mark.requirement("21 CFR 11.50")
def test_a_signature_says_name_moment_and_meaning(door: Gateway) -> None:
    quality.sign(door, [PAIN, SCREENING], "reviewed", PHYSICIAN, at_site="Limoges", printed_name="Ines Example, MD")
    found = signature(door, PAIN, SCREENING)
    assert found.words.startswith("Signed by Ines Example, MD on 2026-01-05 at 09:0")
    assert "UTC, meaning: reviewed." in found.words
    assert found.at.endswith("Z") and found.site == "Limoges" and not found.void


@pytest.mark.requirement("21 CFR 11.70")
def test_an_edit_voids_the_signature_and_says_what_changed(door: Gateway) -> None:
    quality.sign(door, [PAIN, SCREENING], "reviewed", PHYSICIAN)
    correct(door, 8)
    found = signature(door, PAIN, SCREENING)
    assert found.void and found.changed == (PAIN,)
    assert "VOID: changed since: P1 BL pain." in found.words
    assert not signature(door, SCREENING).void  # the other form stands as it was signed
    quality.sign(door, [PAIN], "reviewed", PHYSICIAN)
    assert not signature(door, PAIN).void


def test_setting_the_old_value_again_does_not_bring_the_signature_back(door: Gateway) -> None:
    quality.sign(door, [PAIN], "reviewed", PHYSICIAN)
    correct(door, 8)
    correct(door, 7, expected=2)
    assert signature(door, PAIN).void


def test_clearing_a_value_and_redacting_one_void_the_signature(door: Gateway) -> None:
    quality.sign(door, [SCREENING], "authored", PHYSICIAN)
    door.enter([Draft(SCREENING, {"age_years": None}, 1, "asked again: not known")], NURSE)
    assert signature(door, SCREENING).void
    quality.sign(door, [SCREENING], "authored", PHYSICIAN)
    assert not signature(door, SCREENING).void
    (site,) = (step.number for step in history(door.study, SCREENING, "site"))
    door.redact(site, "names a person", NURSE)
    assert signature(door, SCREENING).void


@pytest.mark.requirement("21 CFR 11.70")
def test_a_signature_put_under_another_form_is_void(door: Gateway) -> None:
    door.enter([Draft(Place("P2", "pain", "BL"), {"pain_nrs": 7})], NURSE)
    quality.sign(door, [PAIN], "reviewed", PHYSICIAN)
    rows = current_rows(door.study, "P1", ["signature"])
    values = dict(rows.select("item", "value").iter_rows())
    stolen = Draft(Place("P2", "signature", repeat=rows["repeat"][0]), values)
    with pytest.raises(RefusedError, match="changed while you signed"):
        door.enter([stolen], PHYSICIAN)
    replace(door, rules=()).enter([stolen], PHYSICIAN)  # behind the back of every rule
    assert signature(door, Place("P2", "pain", "BL")).void
    with pytest.raises(RefusedError, match="not entered by hand"):
        enter(door.study, [stolen], PHYSICIAN)


def test_a_signature_is_bound_to_the_digests_of_its_entries(door: Gateway) -> None:
    quality.sign(door, [PAIN], "reviewed", PHYSICIAN)
    rows = current_rows(door.study, "P1")
    found = signature(door, PAIN)
    assert quality.is_authentic(door.study, rows, found)
    correct(door, 8)
    assert not quality.is_authentic(door.study, current_rows(door.study, "P1"), signature(door, PAIN))


@pytest.mark.requirement("EU Annex 11 14")
def test_signing_the_same_twice_makes_one_entry_and_another_meaning_another(door: Gateway) -> None:
    first = quality.sign(door, [PAIN, SCREENING], "reviewed", PHYSICIAN)
    again = quality.sign(door, [SCREENING, PAIN, PAIN], "reviewed", PHYSICIAN)
    assert again.entries == () and again.sequence == first.sequence
    other = quality.sign(door, [PAIN, SCREENING], "approved", PHYSICIAN)
    assert other.sequence == first.sequence + 1
    assert signature(door, PAIN, meaning="reviewed").number < signature(door, PAIN).number


def test_one_act_of_signing_is_one_submission_for_several_people(door: Gateway) -> None:
    before = quality.sign(door, [PAIN], "reviewed", PHYSICIAN).sequence
    places = [SCREENING, Place("P2", "screening")]
    assert quality.sign(door, places, "eligibility confirmed", PHYSICIAN).sequence == before + 1
    assert signature(door, Place("P2", "screening")).meaning == "eligibility confirmed"


def test_nothing_draft_and_no_meaning_are_refused(door: Gateway) -> None:
    note = Place("P1", "adverse_event", repeat="AE1")
    door.enter([Draft(note, {"term": "Nausea"}, partial=True)], NURSE)
    for places, meaning, said in (
        ([], "reviewed", "No form was chosen"),
        ([Place("P1", "pain", "W12")], "reviewed", "nothing to sign"),
        ([note, PAIN], "reviewed", "The form is a draft: Grade"),
        ([PAIN], "seen and forgotten", "Write one of: authored"),
    ):
        with pytest.raises(RefusedError, match=said):
            quality.sign(door, places, meaning, PHYSICIAN)
    assert quality.signature_of(current_rows(door.study, "P1"), [PAIN]) is None
