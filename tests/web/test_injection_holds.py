"""Holds in words: a lesion, a person, or a question to the safety board; none where nothing happened."""

from datetime import date
from pathlib import Path

import pytest
from django.test import Client

from calcitrial.lesions import LesionPlace, add_lesion
from calcitrial.participants import begin_visit, screen
from calcitrial.protocol import load
from calcitrial.record import Draft, Gateway, Place, open_study, participant_trail
from calcitrial.web.injection_holds import proposed_holds
from calcitrial.web.reading import read
from tests.signing_in import sign_in

from .conftest import ANSWERS, NURSE


@pytest.fixture
def door(empty_pages: Client) -> Gateway:
    """A study with two people and one lesion each."""
    gateway = open_study(load("stsinj"), "test")
    sign_in(empty_pages, "stsinj", "data_manager")
    for code in ("PIT-001", "PIT-002"):
        screen(gateway, code, ANSWERS | {"screening_date": "2026-01-05", "age_years": 50}, NURSE)
        add_lesion(gateway, code, LesionPlace("knee", "left", "front", 0.5, 0.5), NURSE)
    return gateway


def event(gateway: Gateway, code: str, term: str, grade: int, lesion: str | None) -> None:
    values = {"term": term, "grade": grade, "serious": False, "related": "related", "onset_date": "2026-02-01"}
    gateway.enter([Draft(Place(code, "adverse_event", repeat="AE1"), values | {"ae_lesion": lesion})], NURSE)


def test_a_page_stands_whatever_date_or_word_was_redacted(door: Gateway, empty_pages: Client) -> None:
    begin_visit(door, "PIT-001", "BL", date(2026, 1, 20), NURSE)
    event(door, "PIT-001", "Skin infection", 3, "PIT-001-L1")
    end = {"end_date": "2026-02-02", "end_reason": "other"}
    door.enter([Draft(Place("PIT-001", "end_of_study"), end)], NURSE)
    dates = {"visit_date", "onset_date", "end_date", "term", "grade", "screening_date"}
    for step in participant_trail("stsinj", "PIT-001"):
        if step.item in dates:
            door.redact(step.number, "belongs to another person", NURSE)
    page = empty_pages.get("/stsinj/participants/PIT-001/")
    assert page.status_code == 200
    assert "AE1: redacted, grade redacted" in page.content.decode() and "date redacted" in page.content.decode()
    assert empty_pages.get("/stsinj/").status_code == empty_pages.get("/").status_code == 200


def test_without_events_nothing_is_held(door: Gateway) -> None:
    assert proposed_holds(read("stsinj")) == []


def test_a_lesion_a_person_and_the_study_are_told_apart(door: Gateway, tmp_path: Path) -> None:
    event(door, "PIT-001", "Skin infection", 3, "PIT-001-L1")
    event(door, "PIT-002", "Skin ulceration", 3, "PIT-002-L1")
    assert [held for held, _why in proposed_holds(read("stsinj"))] == [
        "Do not inject PIT-001",
        "Do not inject PIT-002",
        "Do not inject PIT-001-L1",
        "Ask the safety board before any further injection",
    ]
    (person, lesion) = proposed_holds(read("stsinj", "PIT-001"), "PIT-001")
    assert person[0] == "Do not inject PIT-001" and lesion[0] == "Do not inject PIT-001-L1"
    assert lesion[1] == "AE1: Skin infection grade 3 at lesion PIT-001-L1 on 2026-02-01."


@pytest.mark.parametrize("form", ["screening", "lesion", "injection", "ct_measurement", "pain"])
def test_pages_stand_when_every_value_of_a_form_was_redacted(door: Gateway, empty_pages: Client, form: str) -> None:
    begin_visit(door, "PIT-001", "BL", date(2026, 1, 20), NURSE)
    shot = {"injected": True, "concentration": 150, "volume": 0.5, "vial": "V1", "guidance": "ultrasound"}
    ct = {"mass": 80, "mass_se": 2, "threshold": 130, "software": "s", "series_uid": "1.2", "series_digest": "ab"}
    place = {"participant": "PIT-001", "visit": "BL"}
    door.enter(
        [
            Draft(Place(form="injection", lesion="PIT-001-L1", **place), shot),
            Draft(Place(form="ct_measurement", lesion="PIT-001-L1", **place), ct),
            Draft(Place(form="pain", **place), {"pain_nrs": 4}),
        ],
        NURSE,
    )
    for step in participant_trail("stsinj", "PIT-001"):
        if step.place.form == form:
            door.redact(step.number, "belongs to another person", NURSE)
    sign_in(empty_pages, "stsinj", "data_manager")
    for address in ("", "stsinj/", "stsinj/lesions/", "stsinj/participants/PIT-001/", "stsinj/participants/PIT-002/"):
        assert empty_pages.get(f"/{address}").status_code == 200, address
