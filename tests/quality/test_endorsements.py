"""The investigator takes responsibility for all data of a site; only then is a cut the final one."""

import pytest

from calcitrial import quality
from calcitrial.protocol import RefusedError
from calcitrial.record import Draft, Gateway, Place
from tests.quality.small_clinic import MANAGER, MONITOR, NURSE, PAIN, PHYSICIAN, correct


def problems(door: Gateway) -> str:
    return " ".join(str(problem.what) for problem in quality.final_problems(door.study))


@pytest.mark.requirement("ICH E6(R3) 3.16.1(k,o)")
def test_no_cut_is_final_before_every_site_is_endorsed_and_the_study_locked(door: Gateway) -> None:
    assert "The study is not locked" in problems(door)
    assert "site Limoges has not endorsed" in problems(door) and "site Paris has not endorsed" in problems(door)
    quality.endorse(door, "Limoges", PHYSICIAN, "Ines Example, MD")
    quality.endorse(door, "Paris", PHYSICIAN)
    quality.lock(door, "", "database lock", MANAGER, despite="a test")
    assert problems(door) == ""


@pytest.mark.requirement("21 CFR 11.70")
def test_an_edit_voids_the_endorsement_of_its_site_alone(door: Gateway) -> None:
    for site in ("Limoges", "Paris"):
        quality.endorse(door, site, PHYSICIAN, "Ines Example, MD")
    correct(door, 8)
    found = quality.endorsements(door.study)
    assert found["Limoges"] is not None and found["Limoges"].void and "VOID" in found["Limoges"].words
    assert found["Paris"] is not None and not found["Paris"].void
    assert "The endorsement of site Limoges by Ines Example, MD is void" in problems(door)
    quality.endorse(door, "Limoges", PHYSICIAN)
    again = quality.endorsements(door.study)["Limoges"]
    assert again is not None and not again.void and again.version == 2


def test_a_new_form_voids_it_too_but_a_query_or_a_signature_does_not(door: Gateway) -> None:
    quality.endorse(door, "Limoges", PHYSICIAN)
    quality.raise_query(door, PAIN, "", "Sure?", MONITOR)
    quality.sign(door, [PAIN], "reviewed", PHYSICIAN)
    assert quality.endorsements(door.study)["Limoges"].void is False  # type: ignore[union-attr]
    door.enter([Draft(Place("P1", "visit", "W12"), {"visit_date": "2026-04-01"})], NURSE)
    assert quality.endorsements(door.study)["Limoges"].void is True  # type: ignore[union-attr]


def test_the_same_data_are_endorsed_once(door: Gateway) -> None:
    assert quality.endorse(door, "Limoges", PHYSICIAN).entries
    assert quality.endorse(door, "Limoges", PHYSICIAN).entries == ()
    with pytest.raises(RefusedError, match="Nobody of a site 'Lyon'"):
        quality.endorse(door, "Lyon", PHYSICIAN)
