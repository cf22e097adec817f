"""A site goes on under the version released there, until the newer one is released there too."""

import pytest

from calcitrial.protocol import RefusedError
from calcitrial.record import (
    Draft,
    Gateway,
    Place,
    amend,
    gateway,
    make_cut,
    protocol_at,
    protocol_for,
    running_at,
    verify_study,
    versions_of,
)
from calcitrial.record.replayed import definition_faults
from calcitrial.record.store import entries, rows
from calcitrial.record.versions import openers
from tests.record.amended import DANA, WHY, at, newer, note
from tests.record.small_study import NURSE

OLD, NEW = "OLD", "NEW"


@pytest.fixture
def two_sites(door: Gateway) -> Gateway:
    """A study released at two sites and then amended; the newer version is released at one of them."""
    for site in (OLD, NEW):
        release(door, site)
    door.enter([at(OLD, "P1"), at(NEW, "P2")], NURSE)
    amend(door, newer(), WHY, DANA)
    release(here(), NEW, expected=1)
    return here()


def here() -> Gateway:
    return gateway("tiny", "0.1")


def release(door: Gateway, site: str, expected: int = 0, withdrawn: bool = False) -> None:
    values = {"released_definition": door.definition, "released_on": "2026-01-01", "release_approval": "EC"}
    draft = Draft(Place("", "release", repeat=site), {**values, "release_withdrawn": withdrawn}, expected)
    door.enter([draft if not expected else Draft(draft.place, draft.values, expected, "approved")], DANA)


def named() -> list[str]:
    """Return the definition that each submission names, in order."""
    return [one for (one,) in rows("SELECT definition FROM record_submission ORDER BY sequence")]


def refusal(act: object) -> str:
    with pytest.raises(RefusedError) as refused:
        act()
    return str(refused.value)


def test_what_is_entered_about_a_site_is_checked_by_its_version(two_sites: Gateway, door: Gateway) -> None:
    two_sites.enter([note("P1", text="old version")], NURSE)
    assert "Grade is missing" in refusal(lambda: two_sites.enter([note("P2", text="new version")], NURSE))
    two_sites.enter([note("P2", text="new version", grade_of_note=3)], NURSE)
    assert "no item 'grade_of_note'" in refusal(lambda: two_sites.enter([note("P1", "N2", grade_of_note=3)], NURSE))
    assert named()[-2:] == [door.definition, two_sites.definition]
    found = verify_study("tiny")
    assert found.ok, found.fault


def test_a_visit_of_the_new_version_begins_only_where_it_is_released(two_sites: Gateway) -> None:
    visit = {"visit_date": "2026-06-23"}
    said = refusal(lambda: two_sites.enter([Draft(Place("P1", "visit", visit="W24"), visit)], NURSE))
    assert "plans no visit 'W24'" in said
    two_sites.enter([Draft(Place("P2", "visit", visit="W24"), visit)], NURSE)


def test_a_form_begun_before_the_release_is_gone_on_with_after_it(two_sites: Gateway) -> None:
    two_sites.enter([note("P1", text="old version")], NURSE)
    release(two_sites, OLD, expected=1)
    here().enter([note("P1", expected=1, reason="misread", text="mended")], NURSE)
    assert "Grade is missing" in refusal(lambda: here().enter([note("P1", "N2", text="new")], NURSE))
    assert versions_of("tiny").differ is False
    found = verify_study("tiny")
    assert found.ok, found.fault


def test_forms_of_sites_with_different_versions_are_entered_apart(two_sites: Gateway) -> None:
    both = [note("P1", text="old"), note("P2", text="new", grade_of_note=1)]
    assert "Enter the forms of each site apart" in refusal(lambda: two_sites.enter(both, NURSE))


def test_somebody_new_is_under_the_version_of_the_site_that_opens_them(two_sites: Gateway, door: Gateway) -> None:
    two_sites.enter([at(OLD, "P3"), note("P3", text="old")], NURSE)
    assert named()[-1] == door.definition
    assert protocol_for("tiny", "P3").version == "1"
    assert protocol_for("tiny", "P2").version == "2"
    assert (protocol_at("tiny", OLD).version, protocol_at("tiny", NEW).version) == ("1", "2")


def test_who_moves_to_another_site_is_under_its_version_from_then_on(two_sites: Gateway, door: Gateway) -> None:
    two_sites.enter([note("P2", text="new", grade_of_note=1)], NURSE)
    two_sites.enter([Draft(Place("P2", "screening"), {"site": OLD}, 1, "moved house")], NURSE)
    assert named()[-1] == door.definition
    # What was answered under the newer version stays, though the older one does not ask it.
    two_sites.enter([note("P2", expected=1, reason="misread", text="mended")], NURSE)
    cut = make_cut("tiny", "0.1")
    assert cut.table("note")["grade_of_note"].to_list() == ["1"]
    found = verify_study("tiny")
    assert found.ok, found.fault


def test_forms_about_nobody_and_cuts_are_under_the_running_definition(two_sites: Gateway) -> None:
    last = two_sites.enter([note("P1", text="old")], NURSE).sequence
    assert running_at("tiny", last) == two_sites.definition
    assert make_cut("tiny", "0.1", last).definition == two_sites.definition
    two_sites.enter([Draft(Place("", "allocation_slot", repeat="SSc/1"), {"taken_by": "P1"})], NURSE)
    assert named()[-1] == two_sites.definition


def test_a_door_under_the_version_of_a_site_enters_for_that_site_alone(two_sites: Gateway, door: Gateway) -> None:
    door.enter([note("P1", text="old")], NURSE)
    assert "Open the study again" in refusal(lambda: door.enter([note("P2", text="new")], NURSE))


def test_without_releases_all_move_at_once(door: Gateway) -> None:
    door.enter([at(OLD, "P1")], NURSE)
    amend(door, newer(), WHY, DANA)
    assert protocol_for("tiny", "P1").version == "2"
    assert "Grade is missing" in refusal(lambda: here().enter([note("P1", text="x")], NURSE))


def test_a_site_two_versions_behind_goes_on(two_sites: Gateway) -> None:
    amend(two_sites, newer().model_copy(update={"version": "3"}), WHY, DANA)
    here().enter([note("P1", text="first version")], NURSE)
    assert protocol_for("tiny", "P1").version == "1"
    assert verify_study("tiny").ok


def test_verification_finds_a_submission_under_a_version_that_its_site_did_not_have(two_sites: Gateway) -> None:
    two_sites.enter([note("P2", text="new", grade_of_note=1)], NURSE)
    links = [(number, one) for number, one in enumerate(named(), 1)]
    opening, now = openers([two_sites.protocol]), two_sites.definition
    assert list(definition_faults(links[0][1], links, entries("tiny"), opening, now)) == []
    altered = [*links[:-1], (links[-1][0], links[0][1])]
    (fault,) = definition_faults(links[0][1], altered, entries("tiny"), opening, now)
    assert fault == f"Submission {links[-1][0]} names definition {links[0][1][:12]}, but {now[:12]} was in force."
