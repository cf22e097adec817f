"""A script enters and reads through the same scope and the same gateway as a page."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.test import Client

from calcitrial import verbs
from calcitrial.protocol import Protocol
from calcitrial.record import read_head
from tests.signing_in import sign_in
from tests.web.people import ANSWERS

SITE = "SIMULATED Pittsburgh"
SCREENING = {"form": "screening", "participant": "PIT-001", "values": ANSWERS | {"screening_date": "2026-01-05"}}
VISIT = {"form": "visit", "participant": "PIT-001", "visit": "BL", "values": {"visit_date": "2026-01-12"}}
PAIN = {"form": "pain", "participant": "PIT-001", "visit": "BL", "values": {"pain_nrs": 7}}


@pytest.fixture
def client(home: Path, stsinj: Protocol) -> Iterator[Client]:
    verbs.open_study(stsinj)
    yield Client(headers={"host": "127.0.0.1"})


def post(client: Client, *drafts: dict[str, Any], **more: Any) -> tuple[int, dict[str, Any]]:
    body = json.dumps({"drafts": drafts} | more)
    answer = client.post("/api/v1/stsinj/entries", body, content_type="application/json")
    return answer.status_code, answer.json()


def pain(**more: object) -> dict[str, Any]:
    return PAIN | more


@pytest.fixture
def nurse(client: Client) -> Client:
    sign_in(client, "stsinj", "study_nurse", SITE, "nora")
    assert post(client, SCREENING, VISIT, PAIN)[0] == 200
    return client


def test_one_request_is_one_submission_with_its_receipt(client: Client) -> None:
    sign_in(client, "stsinj", "study_nurse", SITE, "nora")
    status, receipt = post(client, SCREENING, VISIT, PAIN)
    head = read_head("stsinj")
    assert status == 200
    assert (receipt["sequence"], receipt["hash"]) == (1, head.hash) and len(receipt["entries"]) == head.entries


def test_the_same_request_again_makes_no_entry(nurse: Client) -> None:
    before = read_head("stsinj")
    assert post(nurse, VISIT, PAIN) == (200, {"sequence": 1, "hash": before.hash, "entries": []})
    assert read_head("stsinj") == before


@pytest.mark.requirement("ICH E6(R3) 4.2.4")
def test_a_change_without_reason_is_refused_with_422(nurse: Client) -> None:
    status, told = post(nurse, pain(values={"pain_nrs": 3}, expected=1))
    assert status == 422 and "no reason" in told["problems"][0]["what"]
    assert post(nurse, pain(values={"pain_nrs": 3}, expected=1, reason="wrong line"))[0] == 200


def test_all_problems_come_at_once_and_nothing_is_entered(nurse: Client) -> None:
    before = read_head("stsinj")
    status, told = post(nurse, pain(values={"pain_nrs": 77}), pain(visit="W99"))
    assert status == 422 and len(told["problems"]) >= 2
    assert read_head("stsinj") == before


@pytest.mark.parametrize(
    "wrong",
    [
        {"drafts": [PAIN | {"author": "somebody else"}]},
        {"drafts": [PAIN], "role": "investigator"},
        {"drafts": []},
        {"drafts": [PAIN | {"values": {"pain_nrs": {"$gt": 1}}}]},
    ],
)
def test_a_body_with_more_than_its_shape_is_refused(nurse: Client, wrong: dict[str, Any]) -> None:
    before = read_head("stsinj")
    answer = nurse.post("/api/v1/stsinj/entries", json.dumps(wrong), content_type="application/json")
    assert answer.status_code == 422 and read_head("stsinj") == before


def test_entries_bear_the_caller_and_the_role_that_allows_them(nurse: Client) -> None:
    steps = nurse.get("/api/v1/stsinj/history?form=pain&participant=PIT-001&visit=BL").json()
    assert [(step["author"], step["role"], step["value"]) for step in steps] == [("nora", "study_nurse", "7")]


@pytest.mark.requirement("21 CFR 11.10(e)")
def test_the_old_value_is_still_told_after_a_change(nurse: Client) -> None:
    post(nurse, pain(values={"pain_nrs": 3}, expected=1, reason="wrong line"))
    steps = nurse.get("/api/v1/stsinj/history?form=pain&participant=PIT-001&visit=BL&item=pain_nrs").json()
    assert [(step["value"], step["reason"]) for step in steps] == [("7", ""), ("3", "wrong line")]


@pytest.mark.requirement("ICH E6(R3) 3.16.1(i)")
@pytest.mark.parametrize("role", ["sponsor", "monitor", "pharmacist", "statistician", "safety_board", "image_reader"])
def test_who_only_looks_cannot_enter(nurse: Client, role: str) -> None:
    before = read_head("stsinj")
    sign_in(nurse, "stsinj", role)
    status, _told = post(nurse, pain(values={"pain_nrs": 1}, expected=1, reason="to look better"))
    assert status in (403, 422) and read_head("stsinj") == before


def test_a_nurse_may_not_enter_an_injection_nor_what_only_a_verb_enters(nurse: Client) -> None:
    arm = {"form": "allocation", "participant": "PIT-001", "values": {"arm": "STS"}}
    dose = {"form": "injection", "participant": "PIT-001", "visit": "BL", "lesion": "PIT-001-L1", "values": {}}
    lock = {"form": "lock", "values": {"locked": True, "lock_reason": "x"}}
    for one in (arm, dose, lock):
        assert post(nurse, one)[0] == 422


@pytest.mark.requirement("21 CFR 11.10(d),(g)")
def test_a_nurse_of_another_site_can_neither_see_nor_enter(nurse: Client) -> None:
    before = read_head("stsinj")
    sign_in(nurse, "stsinj", "study_nurse", "Elsewhere", "olga")
    assert post(nurse, pain(values={"pain_nrs": 1}, expected=1, reason="x"))[0] == 422
    pretended = SCREENING | {"values": ANSWERS | {"site": "Elsewhere"}, "expected": 1, "reason": "mine now"}
    assert post(nurse, pretended)[0] == 422
    assert nurse.get("/api/v1/stsinj/forms").json() == []
    assert read_head("stsinj") == before


def test_forms_come_with_version_units_and_entries(nurse: Client) -> None:
    (found,) = nurse.get("/api/v1/stsinj/forms?participant=PIT-001&form=pain").json()
    assert (found["visit"], found["version"], found["values"]) == ("BL", 1, {"pain_nrs": "7"})
    assert set(found["entries"]) == {"pain_nrs"}


def test_the_description_names_every_address(client: Client) -> None:
    paths = client.get("/api/v1/openapi.json").json()["paths"]
    assert {"/api/v1/studies", "/api/v1/{study}/entries", "/api/v1/{study}/history"} <= set(paths)
