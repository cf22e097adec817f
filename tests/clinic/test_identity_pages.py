"""The vault's pages: behind a right, a site and a reason; erased for good; given to the person; never anywhere else."""

import io
import json
import zipfile
from pathlib import Path

import pytest

from calcitrial.identity import open_vault
from calcitrial.record import current_rows, make_cut, verify_study

from .consent_home import PERSON, STUDY, about, nurse, opened, sheet
from .test_consent_pages import ADULT, GIVEN

NAME = "Quatrefages"


def kept(home: Path) -> str:
    code = opened(home)
    answer = nurse(home).post(about(code, "identity/keep/"), PERSON)
    assert answer.status_code == 303 and NAME not in answer["Location"]
    return code


def test_a_name_is_shown_to_who_says_why_and_the_look_is_written_down(home: Path) -> None:
    code = kept(home)
    client = nurse(home)
    closed = client.get(about(code, "identity/")).content.decode()
    assert NAME not in closed and "Why do you look?" in closed
    assert client.post(about(code, "identity/look/"), {"_why": "curiosity"}).status_code == 422
    shown = client.post(about(code, "identity/look/"), {"_why": "to contact the person"})
    assert 'value="Quatrefages"' in shown.content.decode() and shown["Cache-Control"] == "no-store"
    log = [(line.who, line.what, line.why) for line in open_vault(home).log(STUDY, code)]
    assert log[-1] == ("nora", "looked", "to contact the person") and log[0][1] == "changed" and len(log) == 2


@pytest.mark.requirement("GDPR/HIPAA")
@pytest.mark.parametrize("role", ["monitor", "data_manager", "sponsor", "statistician", "pharmacist", "administrator"])
def test_nobody_else_sees_a_name_anywhere(home: Path, role: str) -> None:
    code = kept(home)
    client = nurse(home, role=role, site="")
    for page in ("", "consent/", "consent/C1/", "identity/", "screening/"):
        answer = client.get(about(code, page))
        assert NAME.encode() not in answer.content
    for page in ("look", "keep", "erase", "access"):
        answer = client.post(about(code, f"identity/{page}/"), {"_why": "to contact the person"})
        assert answer.status_code == 403 and NAME.encode() not in answer.content
    for address in (f"/{STUDY}/", f"/{STUDY}/history/?participant={code}", f"/{STUDY}/consents/"):
        assert NAME.encode() not in client.get(address).content


@pytest.mark.requirement("GDPR/HIPAA")
def test_the_record_and_its_cut_hold_no_personal_data(home: Path) -> None:
    code = kept(home)
    client = nurse(home)
    values = {**GIVEN, "consent_method": "typed name", "_typed": "Marie Quatrefages", "_drawing": ""}
    assert client.post(about(code, ADULT), {**sheet(client, about(code, ADULT)), **values}).status_code == 303
    cut = make_cut(STUDY, "test").text().decode() + str(current_rows(STUDY).rows())
    for value in (*PERSON.values(), "Marie Quatrefages"):
        assert len(value) < 3 or value not in cut
    rest = [path for path in home.rglob("*") if path.is_file()]
    assert not [path for path in rest if NAME.encode() in path.read_bytes()]


def test_wrong_details_come_back_beside_their_fields(home: Path) -> None:
    code = opened(home)
    client = nurse(home)
    answer = client.post(about(code, "identity/keep/"), PERSON | {"email": "nobody", "birth_date": "soon"})
    text = answer.content.decode()
    assert answer.status_code == 422 and "This is no e-mail address" in text and 'value="nobody"' in text
    assert client.post(about(code, "identity/keep/"), PERSON | {"is_admin": "1"}).status_code == 422
    assert open_vault(home).log(STUDY) == []


@pytest.mark.requirement("GDPR/HIPAA")
def test_erasing_takes_a_right_and_the_code_typed_again(home: Path) -> None:
    code = kept(home)
    nurse_client, investigator = nurse(home), nurse(home, role="investigator", person="ines")
    assert nurse_client.post(about(code, "identity/erase/"), {"_code": code}).status_code == 403
    assert investigator.post(about(code, "identity/erase/"), {"_code": "LIM-999"}).status_code == 422
    assert investigator.post(about(code, "identity/erase/"), {"_code": code}).status_code == 303
    assert "were erased" in investigator.get(about(code, "identity/")).content.decode()
    assert investigator.post(about(code, "identity/erase/"), {"_code": code}).status_code == 422
    assert nurse_client.post(about(code, "identity/keep/"), PERSON).status_code == 422
    assert verify_study(STUDY).ok
    assert nurse_client.get(about(code, "consent/")).status_code == 200


@pytest.mark.requirement("GDPR/HIPAA")
def test_a_person_gets_everything_that_is_kept_about_them(home: Path) -> None:
    code = kept(home)
    client = nurse(home)
    client.post(about(code, ADULT), {**sheet(client, about(code, ADULT)), **GIVEN})
    answer = client.post(about(code, "identity/access/"))
    assert answer["Content-Type"] == "application/zip" and code in answer["Content-Disposition"]
    archive = zipfile.ZipFile(io.BytesIO(answer.content))
    names = set(archive.namelist())
    assert {"README.txt", "identity.json", "record.json", "trail.json", "access_log.json", "pictures.json"} <= names
    assert {"consent/C1.txt", "consent/C1-signature.png"} <= names
    assert json.loads(archive.read("identity.json"))["family_name"] == NAME
    record = json.loads(archive.read("record.json"))
    assert {row["participant"] for row in record} == {code} and len(record) == current_rows(STUDY, code).height
    assert {step["item"] for step in json.loads(archive.read("trail.json"))} >= {"site", "consent_kind"}
    assert json.loads(archive.read("access_log.json"))[-1]["what"] == "exported"


def test_a_person_who_was_erased_still_gets_the_record(home: Path) -> None:
    code = kept(home)
    nurse(home).post(about(code, ADULT), {**sheet(nurse(home), about(code, ADULT)), **GIVEN})
    nurse(home, role="investigator").post(about(code, "identity/erase/"), {"_code": code})
    answer = nurse(home).post(about(code, "identity/access/"))
    archive = zipfile.ZipFile(io.BytesIO(answer.content))
    assert json.loads(archive.read("identity.json")) == {} and json.loads(archive.read("record.json"))
    assert b"were erased" in archive.read("consent/C1-signature.txt")
