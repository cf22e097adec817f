"""A token reaches as far as its owner, its study, its capabilities and its days, and no farther; and tells no arm."""

import json
from datetime import date, timedelta
from pathlib import Path

import pytest
from django.test import Client

from calcitrial.participants import begin_visit
from calcitrial.people import issue_token
from calcitrial.record import Gateway, now, read_head
from tests.api.scripts import Script, client_of, sent
from tests.clinic.lesion_study import CODE, NURSE, SITE, STUDY, frozen, open_door
from tests.signing_in import sign_in

READS = ("forms", "today", "queries", "timeline?participant=" + CODE, "allocation", "history?form=allocation", "drug")
READS = (*READS, "holds", "manifest", "tables/lesion_allocation", "tables/allocation", "trail-review", "tokens")


@pytest.fixture
def door(home: Path) -> Gateway:
    """A study that allocates lesions, with a frozen list and a visit."""
    gateway = open_door()
    frozen(gateway)
    begin_visit(gateway, CODE, "BL", date(2026, 1, 10), NURSE)
    return gateway


@pytest.mark.parametrize("token", ["", "calcitrial_made-up", "nothing"])
def test_nobody_gets_401_and_enters_nothing(door: Gateway, token: str) -> None:
    before = read_head(STUDY)
    client = client_of(token) if token else Client(headers={"host": "127.0.0.1"})
    assert client.get(f"/api/v1/{STUDY}/forms").status_code == 401
    assert sent(client, STUDY, "draw", {"participant": CODE})[0] == 401
    assert read_head(STUDY) == before


def test_a_token_that_ended_gets_401(door: Gateway) -> None:
    sign_in(Client(), STUDY, "study_nurse", SITE, "nora")
    long_ago = now() - timedelta(days=3)
    client = client_of(issue_token("nora", STUDY, ["see_participants"], "old", 1, long_ago))
    assert client.get(f"/api/v1/{STUDY}/forms").status_code == 401
    assert client.get("/api/v1/studies").status_code == 401


def test_a_script_ends_its_own_token_and_gets_401_from_then_on(door: Gateway) -> None:
    nurse = Script(STUDY, "study_nurse", SITE, "nora")
    (mine,) = nurse.read("tokens")
    assert nurse.token not in json.dumps(mine)
    other = Script(STUDY, "study_nurse", SITE, "olga")
    assert "no such token" in other.refused("revoke-token", digest=mine["digest"])
    nurse.do("revoke-token", digest=mine["digest"])
    assert nurse.client.get(f"/api/v1/{STUDY}/forms").status_code == 401


def test_a_token_cannot_act_beyond_its_capabilities(door: Gateway) -> None:
    before = read_head(STUDY)
    nurse = Script(STUDY, "study_nurse", SITE, "nora", only=["see_participants", "see_arms"])
    assert nurse.read(f"forms?participant={CODE}")
    assert nurse.answer("draw", participant=CODE)[0] == 403
    assert nurse.answer("place-lesion", participant=CODE, values={})[0] == 403
    assert nurse.answer("revoke", person="x", role="y", reason="z")[0] == 403
    assert read_head(STUDY) == before


def test_a_token_of_another_study_is_no_token_here(door: Gateway) -> None:
    sign_in(Client(), STUDY, "study_nurse", SITE, "nora")
    client = client_of(issue_token("nora", "elsewhere", ["see_participants", "allocate"], "x", 5, now()))
    assert client.get(f"/api/v1/{STUDY}/forms").status_code == 403
    assert sent(client, STUDY, "draw", {"participant": CODE})[0] == 403


@pytest.mark.parametrize("act", ["draw", "withdraw", "begin-visit", "raise-query"])
def test_who_is_at_another_site_cannot_tell_a_participant_from_nobody(door: Gateway, act: str) -> None:
    before = read_head(STUDY)
    nurse = Script(STUDY, "monitor" if act == "raise-query" else "study_nurse", "Elsewhere", "olga")
    more = {
        "draw": {},
        "withdraw": {"values": {}},
        "begin-visit": {"visit": "W04", "on": "2026-02-07"},
        "raise-query": {"place": {"form": "visit", "visit": "BL"}, "text": "?"},
    }[act]
    told = [nurse.answer(act, participant=code, **more) for code in (CODE, "LIM-999")]
    assert [status for status, _ in told] == [404, 404]
    assert json.dumps(told[0]).replace(CODE, "") == json.dumps(told[1]).replace("LIM-999", "")
    assert read_head(STUDY) == before


def test_a_query_of_one_participant_is_not_about_a_form_of_another(door: Gateway) -> None:
    monitor = Script(STUDY, "monitor", SITE)
    place = {"form": "enrolment", "participant": "LIM-002"}
    assert "not one of LIM-001" in monitor.refused("raise-query", participant=CODE, place=place, text="?")


@pytest.mark.parametrize("role", ["assessor", "sponsor", "statistician", "administrator"])
def test_no_answer_tells_an_arm_to_a_blinded_token(door: Gateway, role: str) -> None:
    Script(STUDY, "investigator", SITE).do("draw", participant=CODE)
    only = ["see_participants", "see_today", "cut", "export"] if role == "statistician" else []
    client = Script(STUDY, role, "", role, only).client
    open_ones = Script(STUDY, "investigator", SITE).read(f"forms?participant={CODE}&form=lesion_allocation")
    assert {one["values"]["lesion_arm"] for one in open_ones} == {"STS", "CTL"}
    for path in READS:
        text = client.get(f"/api/v1/{STUDY}/{path}").content.decode()
        assert '"STS"' not in text and '"CTL"' not in text and "lesion_arm" not in text, path


def test_a_table_of_a_cut_comes_as_lines_for_who_may_export(door: Gateway) -> None:
    manager = Script(STUDY, "data_manager", "", "mia")
    response = manager.client.get(f"/api/v1/{STUDY}/tables/lesion")
    rows = [json.loads(line) for line in response.content.splitlines()]
    assert {row["lesion"] for row in rows} == {f"{CODE}-L{n}" for n in (1, 2, 3)}
    assert manager.read("manifest")["tables"]["lesion"] == 3
    early = manager.client.get(f"/api/v1/{STUDY}/tables/lesion?at=1")
    assert early.content == b""
    nurse = Script(STUDY, "study_nurse", SITE, "nora")
    assert nurse.client.get(f"/api/v1/{STUDY}/tables/lesion").status_code == 403
    for path in ("tables/no_such", "tables/lesion?at=999", "manifest?at=-1"):
        assert manager.client.get(f"/api/v1/{STUDY}/{path}").status_code == 422, path


def test_roles_are_given_and_taken_by_script(door: Gateway) -> None:
    ada = Script(STUDY, "administrator", "", "ada")
    sign_in(Client(), STUDY, "monitor", "", "mona")
    ada.do("train", person="mona", topic="GCP", on="2026-01-01")
    ada.do("grant", person="mona", role="monitor", site=SITE, since="2026-01-02", reason="begins")
    ada.do("revoke", person="mona", role="monitor", site=SITE, reason="leaves")
    assert ada.answer("grant", person="mona", role="no_such", since="2026-01-02", reason="x")[0] == 422
    since = "2026-01-01"
    doctor = Script(STUDY, "investigator", SITE, "ines")
    assert doctor.answer("delegate", person="mona", task="x", site=SITE, since=since)[0] == 403
    principal = Script(STUDY, "principal_investigator", SITE, "pia")
    assert principal.answer("delegate", person="mona", task="x", site="Elsewhere", since=since)[0] == 403
    principal.do("delegate", person="mona", task="x", site=SITE, since=since)
