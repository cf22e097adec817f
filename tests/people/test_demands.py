"""What a study demands of its people: delegated tasks, training by role, a second factor by role; on both databases."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pyotp
import pytest
from django.test import Client

from calcitrial import verbs
from calcitrial.people import (
    Task,
    Training,
    delegate,
    demand,
    demands_of,
    enrol_factor,
    issue_token,
    new_key,
    record_training,
    rights,
    scope_for,
)
from calcitrial.protocol import RefusedError
from calcitrial.record import Author, Draft, Gateway, Place, current_rows, now, read_head
from tests.api.scripts import client_of, sent
from tests.clinic.safety_study import SITE, begun, words
from tests.signing_in import LONG_AGO, PASSWORD, make_person, sign_in_by_grant, sign_in_keeper

ADA, IVO = Author("ada", "administrator"), Author("ivo", "principal_investigator")
STUDY, TODAY = "stsinj", now().date()
EVENTS = "/stsinj/participants/PIT-001/events/new/"


@pytest.fixture
def door(home: Path) -> Iterator[Gateway]:
    here = begun()
    make_person(STUDY, "study_nurse", SITE, "nora")
    make_person(STUDY, "principal_investigator", SITE, "ivo")
    yield here


def required(door: Gateway, what: str, role: str = "", says: str = "required") -> None:
    demand(door, what, role, says, ADA, "our procedure 7")


def may(person: str, capability: str, site: str | None = SITE) -> bool:
    return scope_for(STUDY, person, TODAY).may(capability, site)


@pytest.mark.requirement("21 CFR 11.10(d),(g)")
def test_once_delegation_is_required_a_task_is_done_only_while_its_entry_stands(door: Gateway) -> None:
    assert may("nora", "report_events") and may("nora", "map_lesions")
    required(door, "delegation")
    assert not may("nora", "report_events") and not may("nora", "report_events", None)
    assert may("nora", "see_participants") and may("ivo", "report_events")  # who delegates needs no delegation
    delegate(door, Task("nora", "Adverse events", SITE, TODAY - timedelta(days=9), TODAY), IVO)
    assert may("nora", "report_events") and not may("nora", "map_lesions")
    assert scope_for(STUDY, "nora", TODAY).sites("report_events") == {SITE}
    tomorrow = scope_for(STUDY, "nora", TODAY + timedelta(days=1))
    assert not tomorrow.may("report_events") and "has not delegated" in tomorrow.undelegated("report_events")
    required(door, "delegation", says="not required")
    assert may("nora", "map_lesions")


def test_a_delegation_at_another_site_gives_nothing_here(door: Gateway) -> None:
    required(door, "delegation")
    delegate(door, Task("nora", "lesions", "ELSEWHERE", TODAY), IVO)
    assert not may("nora", "map_lesions") and not may("nora", "map_lesions", None)
    make_person(STUDY, "study_nurse", "", "rosa")  # a nurse of all sites
    delegate(door, Task("rosa", "lesions", SITE, TODAY), IVO)
    assert may("rosa", "map_lesions") and not may("rosa", "map_lesions", "ELSEWHERE")


def test_the_page_says_that_nothing_is_delegated_and_today_what_lacks(door: Gateway) -> None:
    required(door, "delegation")
    nurse, doctor, before = Client(headers={"host": "127.0.0.1"}), Client(headers={"host": "127.0.0.1"}), None
    sign_in_by_grant(nurse, STUDY, "study_nurse", SITE, "nora")
    sign_in_by_grant(doctor, STUDY, "principal_investigator", SITE, "ivo")
    before = read_head(STUDY)
    refused = nurse.get(EVENTS)
    assert refused.status_code == 403 and "The principal investigator has not delegated this task to you" in words(
        refused
    )
    assert nurse.post(EVENTS, {"_place": "AE1", "_expected": "0"}).status_code == 403
    body = {"drafts": [{"form": "pain", "participant": "PIT-001", "visit": "BL", "values": {"pain_nrs": 3}}]}
    token = client_of(issue_token("nora", STUDY, ["enter_forms", "see_participants"], "test", 1, now()))
    answer = token.post(f"/api/v1/{STUDY}/entries", body, content_type="application/json")
    assert answer.status_code == 422 and "has not delegated" in answer.content.decode()
    assert read_head(STUDY) == before
    assert "nora has no delegated task" in words(doctor.get("/stsinj/today/"))
    assert "Without any delegated task, so that they may enter nothing: nora" in words(doctor.get("/stsinj/people/"))


@pytest.mark.requirement("21 CFR 11.10(i)")
def test_a_role_counts_only_with_the_training_that_it_needs(door: Gateway) -> None:
    required(door, "training", "study_nurse", "ICH E6(R3); Injection of STS")
    (right,) = [one for one in rights(STUDY) if one.person == "nora"]
    assert right.why_not == "no valid training in ICH E6(R3), Injection of STS"
    assert may("ivo", "report_events")
    record_training(door, Training("nora", "ich e6(r3)", LONG_AGO), ADA)
    record_training(door, Training("nora", "Injection of STS", LONG_AGO, TODAY - timedelta(days=1)), ADA)
    assert not may("nora", "report_events")
    nurse = Client(headers={"host": "127.0.0.1"})
    sign_in_by_grant(nurse, STUDY, "study_nurse", SITE, "nora")
    said = "Your role study nurse in stsinj does not count: no valid training in Injection of STS."
    assert said in words(nurse.get("/stsinj/today/"))
    record_training(door, Training("nora", "Injection of STS", TODAY), ADA, "trained again")
    assert may("nora", "report_events")


@pytest.mark.requirement("21 CFR 11.200(a)")
def test_a_role_that_needs_a_second_factor_neither_sees_nor_signs_without_one(door: Gateway) -> None:
    board = make_person(STUDY, "safety_board", "", "bo")
    script = client_of(issue_token(board, STUDY, ["recommend", "see_board_open"], "test", 1, now()))
    said = {"values": {"recommendation": "continue", "recommendation_date": str(TODAY)}}
    simple = {"password": PASSWORD, "code": board}
    required(door, "second factor", "safety_board")
    before = read_head(STUDY).sequence
    assert sent(script, STUDY, "recommend", said | {"proof": simple})[0] == 403
    assert not scope_for(STUDY, board, TODAY).grants
    page = Client(headers={"host": "127.0.0.1"})
    sign_in_by_grant(page, STUDY, "safety_board", "", board)
    assert "the role needs a second factor" in words(page.get("/stsinj/board/"))
    assert "the role needs a second factor" in next(one.why_not for one in rights(STUDY) if one.person == "bo")
    assert page.get("/account/factor/").status_code == 200  # so that it can be mended
    key = new_key()
    app = pyotp.TOTP(key)
    enrol_factor(board, key, app.at(now() - timedelta(seconds=30)), now())
    assert page.get("/stsinj/board/").status_code == 200
    # The token alone never signs, the password beside it neither, nor the user name in place of the app's code.
    assert sent(script, STUDY, "recommend", said)[0] == 422
    assert sent(script, STUDY, "recommend", said | {"proof": simple})[0] == 422
    assert sent(script, STUDY, "recommend", said | {"proof": simple | {"code": ""}})[0] == 422
    assert read_head(STUDY).sequence == before
    signed = sent(script, STUDY, "recommend", said | {"proof": simple | {"code": app.at(now())}})
    assert signed[0] == 200 and read_head(STUDY).sequence == before + 1
    rows = current_rows(STUDY, "", ("study_signature",))
    assert rows.filter(item="printed_name")["value"].to_list() == ["bo (simulated)"]


def test_an_administrator_of_the_home_is_barred_too_where_the_role_needs_a_factor(door: Gateway) -> None:
    keeper = Client(headers={"host": "127.0.0.1"})
    sign_in_keeper(keeper, "kim")
    assert keeper.get("/stsinj/people/").status_code == 200
    required(door, "second factor", "administrator")
    assert keeper.get("/stsinj/people/").status_code == 404


def test_a_rule_needs_a_reason_and_something_that_is_known(door: Gateway) -> None:
    before = read_head(STUDY)
    wrong = [("delegation", "", "perhaps"), ("training", "cook", "GCP"), ("luck", "", "required")]
    for what, role, says in wrong:
        with pytest.raises(RefusedError):
            demand(door, what, role, says, ADA, "why")
    with pytest.raises(RefusedError, match="No reason"):
        demand(door, "delegation", "", "required", ADA, " ")
    assert read_head(STUDY) == before and demands_of(STUDY).rules == ()


def test_an_administrator_demands_on_the_page_and_nobody_else_or_by_hand(door: Gateway) -> None:
    admin = Client(headers={"host": "127.0.0.1"})
    sign_in_by_grant(admin, STUDY, "administrator", "", "ada")
    sent_form = {"act": "rule", "what": "delegation", "role": "", "says": "required", "reason": "procedure 7"}
    assert admin.post("/stsinj/people/", sent_form).status_code == 303
    shown = words(admin.get("/stsinj/people/"))
    assert "<strong>delegation</strong>: required" in shown and "procedure 7" in shown
    assert admin.post("/stsinj/people/", sent_form | {"reason": ""}).status_code == 422
    doctor = Client(headers={"host": "127.0.0.1"})
    sign_in_by_grant(doctor, STUDY, "principal_investigator", SITE, "ivo")
    assert doctor.post("/stsinj/people/", sent_form | {"says": "not required"}).status_code == 403
    with pytest.raises(RefusedError, match="not entered by hand"):
        verbs.enter(STUDY, [Draft(Place("", "people_rule", repeat="delegation"), {"rule_says": "no"})], ADA)
