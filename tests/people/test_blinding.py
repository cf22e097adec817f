"""What is taken out of rows and cuts: other sites, everything that tells an arm, and what nobody has thought about."""

import csv
from pathlib import Path

import polars as pl
import pytest

import calcitrial.people
from calcitrial.people import Scope, scoped, scoped_cut, shown_blinded, sight_of, visible
from calcitrial.people.blinding import TABLE, blinding
from calcitrial.protocol import house_forms, load
from calcitrial.record import Author, Draft, Place, current_rows, make_cut, open_study, participant_trail

BY = Author("n", "nurse")
ASSESSOR = Scope("stsinj", "anna", (("assessor", ""),))
NURSE_1 = Scope("stsinj", "nora", (("study_nurse", "S1"),))
MANAGER = Scope("stsinj", "dana", (("data_manager", ""),))


@pytest.fixture
def study(home: Path) -> None:
    gateway = open_study(load("stsinj"), "test")
    where = {"body_site": "knee", "side": "left", "view": "front", "map_x": 0.4, "map_y": 0.6, "role": "target"}
    for code, site in (("A", "S1"), ("B", "S2"), ("C", "S1")):
        screened = {"screening_date": "2026-03-01", "site": site, "age_years": 40}
        forms = [Draft(Place(code, "screening"), screened), Draft(Place(code, "lesion", lesion=f"{code}-L1"), where)]
        gateway.enter([*forms, Draft(Place(code, "visit", "BL"), {"visit_date": "2026-03-10"})], BY)
    shot = {"injected": True, "concentration": 150, "volume": 1, "vial": "V1", "guidance": "ultrasound"}
    gateway.enter([Draft(Place("A", "injection", "BL", "A-L1"), shot)], BY)
    event = {"term": "Injection site reaction", "grade": 2, "serious": False, "related": "related"}
    gateway.enter([Draft(Place("A", "adverse_event", repeat="AE1"), event | {"onset_date": "2026-03-11"})], BY)
    gateway.enter([Draft(Place("", "allocation_slot", repeat="S/1"), {"taken_by": "B"})], BY)


def forms(rows: pl.DataFrame) -> set[str]:
    return set(rows["form"])


@pytest.mark.requirement("ICH E6(R3) 4.1.1–3")
def test_what_tells_an_arm_is_absent_from_rows_and_cuts_of_the_blinded(study: None) -> None:
    rows = scoped(current_rows("stsinj"), ASSESSOR)
    assert forms(rows) == {"screening", "lesion", "visit", "adverse_event"}
    items = set(rows.select("form", "item").iter_rows())
    assert ("adverse_event", "grade") in items and ("adverse_event", "term") not in items
    assert ("lesion", "role") not in items and ("lesion", "side") in items
    cut = scoped_cut(make_cut("stsinj", "test"), ASSESSOR)
    assert cut.rows.equals(rows) and cut.digest != make_cut("stsinj", "test").digest
    assert cut.table("injection").is_empty() and b"V1" not in cut.text()


def test_who_may_see_arms_at_every_site_sees_everything(study: None) -> None:
    assert scoped(current_rows("stsinj"), MANAGER).equals(current_rows("stsinj"))
    assert not sight_of(MANAGER).narrow and sight_of(ASSESSOR).narrow and sight_of(NURSE_1).narrow


@pytest.mark.requirement("21 CFR 11.10(d),(g)")
def test_participants_of_other_sites_are_absent_also_where_the_study_names_them(study: None) -> None:
    rows = scoped(current_rows("stsinj"), NURSE_1)
    assert set(rows["participant"]) == {"A", "C"} and "allocation_slot" not in forms(rows)
    assert not [value for value in rows["value"] if value == "B"] and "injection" in forms(rows)
    one = scoped(current_rows("stsinj", "B"), NURSE_1)
    assert one.is_empty()
    assert set(scoped_cut(make_cut("stsinj", "test"), NURSE_1).rows["participant"]) == {"A", "C"}


def test_who_has_no_grant_that_shows_participants_sees_none(study: None) -> None:
    for role in ("administrator", "image_reader", "safety_board"):
        rows = scoped(current_rows("stsinj"), Scope("stsinj", "x", ((role, ""),)))
        assert set(rows["participant"]) <= {""}


def test_a_trail_is_as_blind_as_the_rows(study: None) -> None:
    seen = visible(participant_trail("stsinj", "A"), sight_of(ASSESSOR))
    assert {step.place.form for step in seen} == {"screening", "lesion", "visit", "adverse_event"}
    assert visible(participant_trail("stsinj", "B"), sight_of(NURSE_1)) == []
    assert visible(participant_trail("stsinj", ""), sight_of(NURSE_1)) == []


@pytest.mark.requirement("ICH E6(R3) 4.1.1–3")
def test_a_form_that_the_table_does_not_name_is_hidden(study: None) -> None:
    assert not shown_blinded("some_new_form", "any") and not shown_blinded("injection", "volume")
    assert shown_blinded("screening", "age_years")


@pytest.mark.parametrize("role", ["assessor", "image_reader"])
def test_a_blinded_role_blinds_whatever_else_a_person_is(role: str) -> None:
    both = Scope("stsinj", "x", (("investigator", ""), (role, "")))
    assert both.blinded
    assert not Scope("stsinj", "x", (("investigator", ""),)).blinded


def test_the_table_names_forms_that_there_are_and_says_why_it_hides(study: None) -> None:
    known = set(house_forms()) | {form.id for name in ("stsinj", "limoges") for form in load(name).forms}
    assert {form for form, _item in blinding()} - known <= {"film_measurement", "ultrasound_measurement"}
    assert TABLE.read_text("utf-8").count("injection,*,no") == 1


def test_the_table_says_everything_once() -> None:
    with (Path(calcitrial.people.__file__).parent / "blinding.csv").open(encoding="utf-8", newline="") as lines:
        keys = [(row["form"], row["item"]) for row in csv.DictReader(lines)]
    assert len(keys) == len(set(keys))
