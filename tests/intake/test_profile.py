"""The tables: complete, consistent with each other, and with the dictionary of the standard."""

import pytest
from pydicom.datadict import dictionary_VR, tag_for_keyword

from calcitrial.intake.allowlist import CHECKED
from calcitrial.intake.profile import allowed, profile

UNCHECKED = {"items", "pixels", "table", "binary", "participant"}
GROUPS = {"CurveData", "OverlayData", "OverlayComments", "PrivateAttributes"}


def test_the_table_of_the_standard_is_whole() -> None:
    assert len(profile()) == 621  # rows of Table E.1-1, PS3.15 2024b
    assert {row.basic for row in profile().values()} == {
        *"XDZU",
        *("X/D", "X/Z", "X/Z/D", "Z/D", "X/Z/U*"),
    }


def test_every_action_is_one_of_the_six() -> None:
    assert {row.action for row in profile().values()} == set("XDZKCU")


def test_tags_are_those_of_the_dictionary() -> None:
    for row in profile().values():
        tag = tag_for_keyword(row.keyword)
        if tag is not None and row.keyword not in GROUPS:
            assert f"{tag:08X}" == row.tag, row
            assert dictionary_VR(tag) == row.vr, row


def test_what_may_remain_is_what_the_profile_does_not_remove() -> None:
    for row in profile().values():
        assert (row.action == "X") == (row.keyword not in allowed()), row


def test_dates_that_remain_are_shifted_and_uids_replaced() -> None:
    for one in allowed().values():
        vr = dictionary_VR(tag_for_keyword(one.keyword))
        row = profile().get(one.keyword)
        if vr in ("DA", "DT", "TM") and one.pattern != "empty":
            assert row is not None and row.action == "C", one
        if one.pattern in ("empty", "no items", "removed", "participant"):
            assert row is None or row.action in "ZD", one


def test_no_free_text_may_remain_unseen() -> None:
    """Long texts, addresses and names have one of the patterns that leave nothing of them."""
    for one in allowed().values():
        if dictionary_VR(tag_for_keyword(one.keyword)) in ("LT", "ST", "UR", "PN", "AE", "UN"):
            assert one.pattern in ("empty", "removed", "participant"), one


@pytest.mark.parametrize("keyword", ["PatientID", "PatientName", "InstitutionName", "StationName", "OtherPatientIDs"])
def test_what_names_a_person_or_place_is_looked_for_afterwards(keyword: str) -> None:
    assert profile()[keyword].identifies == "yes"


def test_patterns_and_remedies_are_known() -> None:
    for one in allowed().values():
        assert one.pattern in set(CHECKED) | UNCHECKED, one
        assert one.otherwise in ("remove", "empty", "replace", "refuse"), one


@pytest.mark.parametrize(
    ("pattern", "good", "bad"),
    [
        ("number", "-1.5e-3", "12 a"),
        ("code", "AXIAL/MPR", "MUSTERMANN^ERIKA"),
        ("date", "20240506", "2024-05-06"),
        ("time", "070809.123", "7:08"),
        ("moment", "20240506070809", "20240506070809+0100"),
        ("age", "045Y", "092Y"),
        ("age", "090Y", "091Y"),
        ("age", "007M", "7M"),
        ("uid", "2.25.1", "2.25.a"),
        ("empty", "", "x"),
    ],
)
def test_patterns_tell_apart(pattern: str, good: str, bad: str) -> None:
    assert CHECKED[pattern].fullmatch(good)
    assert not CHECKED[pattern].fullmatch(bad)
