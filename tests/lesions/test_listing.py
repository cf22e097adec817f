"""The frozen list: what was signed cannot move, a later lesion never joins, and it opens only before the draw."""

from pathlib import Path

import pytest

from calcitrial.lesions import MEANING, add_lesion, commit, draw_arms, freeze, frozen_problems, list_of, unfreeze
from calcitrial.protocol import RefusedError
from calcitrial.record import Author, Draft, Gateway, Place, current_rows, open_study, trail_of
from tests.lesions.test_allocation import MANAGER, NURSE, SECRET, THUMB, WITHIN, enrolled, with_lesions

DOCTOR = Author("ines", "investigator")


@pytest.fixture
def door(home: Path) -> Gateway:
    return open_study(WITHIN, "test", rules=(frozen_problems,))


def the_list(door: Gateway):
    return list_of(door.protocol, current_rows(door.study, "LIM-001"), "LIM-001")


def change(door: Gateway, lesion: str, **values: object):
    return door.enter([Draft(Place("LIM-001", "lesion", "", lesion), values, 1, "typing error")], NURSE)


def test_freezing_signs_a_list_that_names_lesions_and_digests(door: Gateway) -> None:
    enrolled(door, ["LIM-001"])
    for role in ("target", "non-target", "target"):
        add_lesion(door, "LIM-001", THUMB, NURSE, role=role)
    receipt = freeze(door, "LIM-001", DOCTOR, at_site="Test site", printed_name="Ines Roy")
    steps = trail_of(door.study, receipt.entries)
    forms = {(step.author, step.role, step.place.form) for step in steps}
    assert forms == {("ines", "investigator", "lesion_list"), ("ines", "investigator", "signature")}
    assert {step.sequence for step in steps} == {receipt.sequence}  # list and signature: both or neither
    found = the_list(door)
    assert found.lesions == ("LIM-001-L1", "LIM-001-L3") and found.frozen and found.signed
    assert found.signature.meaning == MEANING and "Signed by Ines Roy on" in found.signature.words
    lines = found.content.splitlines()
    assert [line.split()[0] for line in lines] == ["LIM-001-L1", "LIM-001-L3"]
    assert lines[0].split()[1:] == [lines[1].split()[1], "photo=none", "images=none"]  # at one point of the map


def test_the_list_holds_the_digests_of_baseline_images(door: Gateway) -> None:
    enrolled(door, ["LIM-001"])
    lesion = add_lesion(door, "LIM-001", THUMB, NURSE)
    door.enter([Draft(Place("LIM-001", "visit", "BL"), {"visit_date": "2026-01-10"})], NURSE)
    ct = {"threshold": 130, "software": "test", "series_uid": "2.25.1", "series_digest": "a" * 64}
    door.enter([Draft(Place("LIM-001", "ct_measurement", "BL", lesion), ct)], NURSE)
    freeze(door, "LIM-001", DOCTOR)
    assert the_list(door).content.endswith(f"images={'a' * 64}")


@pytest.mark.requirement("21 CFR 11.70")
def test_a_list_altered_behind_its_signature_is_not_drawn_from(door: Gateway) -> None:
    commit(door, SECRET, MANAGER)
    with_lesions(door, "LIM-001", 2)
    listed = {"listed_lesions": "LIM-001-L2 LIM-001-L1"}
    door.enter([Draft(Place("LIM-001", "lesion_list"), listed, 1, "another order")], NURSE)
    with pytest.raises(RefusedError, match="No signature stands under the list of lesions of LIM-001"):
        draw_arms(door, SECRET, "LIM-001", NURSE)


def test_nothing_is_frozen_when_it_cannot_be_signed(door: Gateway) -> None:
    enrolled(door, ["LIM-001"])
    add_lesion(door, "LIM-001", THUMB, NURSE)
    with pytest.raises(RefusedError, match="control characters"):
        freeze(door, "LIM-001", DOCTOR, printed_name="Ines\x00")
    assert the_list(door) is None


@pytest.mark.requirement("21 CFR 11.10(f)")
def test_a_listed_lesion_neither_moves_nor_changes_its_role(door: Gateway) -> None:
    with_lesions(door, "LIM-001", 2)
    for values in ({"role": "control"}, {"map_x": 0.9}, {"body_site": "palm"}, {"photo": "b" * 64}):
        with pytest.raises(RefusedError, match=r"LIM-001-L2 is on the frozen list, so its .* cannot change\. .*Open"):
            change(door, "LIM-001-L2", **values)
    change(door, "LIM-001-L2", length="12.5", map_x="0.50")  # its size may come later; the same point is no move
    later = add_lesion(door, "LIM-001", THUMB, NURSE)
    change(door, later, role="control")
    assert later not in the_list(door).lesions


def test_the_list_opens_with_a_reason_until_the_draw(door: Gateway) -> None:
    commit(door, SECRET, MANAGER)
    with_lesions(door, "LIM-001", 1)
    with pytest.raises(RefusedError, match="has no reason"):
        unfreeze(door, "LIM-001", " ", DOCTOR, expected=1)
    with pytest.raises(RefusedError, match="is frozen already"):
        freeze(door, "LIM-001", DOCTOR, expected=1)
    unfreeze(door, "LIM-001", "a second lesion was overlooked", DOCTOR, expected=1)
    with pytest.raises(RefusedError, match="is not frozen"):
        unfreeze(door, "LIM-001", "again", DOCTOR, expected=2)
    with pytest.raises(RefusedError, match="is not frozen"):
        draw_arms(door, SECRET, "LIM-001", NURSE)
    add_lesion(door, "LIM-001", THUMB, NURSE)
    with pytest.raises(RefusedError, match="Version 1 was expected, but the form is at version 2"):
        freeze(door, "LIM-001", DOCTOR, expected=1)  # somebody who did not see that it was opened
    freeze(door, "LIM-001", DOCTOR, expected=2)
    assert list(draw_arms(door, SECRET, "LIM-001", NURSE)) == ["LIM-001-L1", "LIM-001-L2"]
    with pytest.raises(RefusedError, match="have their arms"):
        unfreeze(door, "LIM-001", "too late", DOCTOR, expected=3)
    with pytest.raises(RefusedError, match="were allocated before"):
        freeze(door, "LIM-001", DOCTOR, expected=3)
    with pytest.raises(RefusedError, match="Its arm was drawn for this place"):
        change(door, "LIM-001-L1", side="right", view="right hand")
