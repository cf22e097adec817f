"""The pre-screener asks in plain words, keeps nothing until it is sent, and sends only with the person's agreement."""

import re
from pathlib import Path
from typing import Any

import pytest
from django.core.cache import cache
from django.test import Client

from calcitrial.record import read_head
from calcitrial.record.numbering import form_rows
from tests.clinic.consent_home import SITE, STUDY, nurse
from tests.consents.consent_study import gateway_of

PAGE = f"/public/{STUDY}/fit/"
SENT = {
    "site": SITE,
    "phone": "0555 01 02 03",
    "given_name": "Zoe",
    "agreed": "true",
    "age_years": "44",
    "_ticket": "t",
}


@pytest.fixture
def study(home: Path) -> Path:
    cache.clear()
    gateway_of()
    return home


def anyone(**headers: str) -> Client:
    return Client(headers={"host": "127.0.0.1", **headers})


def words(response: Any) -> str:
    return re.sub(r"\s+", " ", response.content.decode())


def test_everybody_gets_the_questions_and_nothing_is_kept(study: Path) -> None:
    before = read_head(STUDY)
    response = anyone().get(PAGE)
    page = words(response)
    assert "How old are you" in page and "Did a doctor" not in page and "Are you pregnant?" in page
    assert "Consent signed" not in page and "The site asks for your written consent." in page
    assert response.headers["Cache-Control"] == "no-store" and "no medical advice" in page
    assert read_head(STUDY) == before and len(response.content) < 100_000


def test_it_never_says_that_somebody_is_eligible(study: Path) -> None:
    page = words(anyone().get(PAGE)).lower()
    assert "you are eligible" not in page and "you qualify" not in page


def test_it_speaks_french(study: Path) -> None:
    page = words(anyone(**{"accept-language": "fr"}).get(PAGE))
    assert "Quel est votre âge" in page


def test_a_trial_that_is_not_here_is_a_sentence(study: Path) -> None:
    assert anyone().get("/public/nothing/fit/").status_code == 404


def test_what_is_sent_is_a_line_of_the_log_and_the_number_comes_back(study: Path) -> None:
    answer = anyone().post(PAGE, SENT)
    assert answer.status_code == 303 and answer["Location"] == f"{PAGE}sent/1/"
    again = anyone().post(PAGE, SENT)
    assert again["Location"] == answer["Location"] and len(form_rows(gateway_of(), "prescreening")) == 1
    assert "Your enquiry has number 1." in words(anyone().get(answer["Location"]))


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"agreed": ""}, "You have not agreed"),
        ({"site": "ELSEWHERE"}, "No site of this trial was chosen."),
        ({"phone": ""}, "The site could not reach you."),
        ({"age_years": "<script>alert(1)</script>"}, "&lt;script&gt;"),
        ({"phone": "1" * 5000, "email": "x"}, "Nothing was sent"),
    ],
)
def test_what_cannot_be_sent_is_said_and_what_was_typed_is_kept(
    study: Path, change: dict[str, str], sentence: str
) -> None:
    before = read_head(STUDY)
    response = anyone().post(PAGE, {**SENT, **change})
    assert response.status_code == 422 and sentence in words(response) and 'value="Zoe"' in words(response)
    assert "<script>alert" not in words(response) and read_head(STUDY) == before


def test_answers_that_are_not_asked_are_left_out(study: Path) -> None:
    anyone().post(PAGE, {**SENT, "consent_signed": "true", "screening_date": "2026-01-01", "arm": "STS"})
    (line,) = form_rows(gateway_of(), "enquiry")
    assert line["enquiry_answers"] == "age_years=44"


def test_machines_and_floods_are_refused(study: Path) -> None:
    assert anyone().post(PAGE, {**SENT, "website": "http://spam.example"}).status_code == 429
    for number in range(11):
        answer = anyone().post(PAGE, {**SENT, "_ticket": f"t{number}"})
    assert answer.status_code == 429 and len(form_rows(gateway_of(), "prescreening")) == 10


def test_a_forged_post_is_refused(study: Path) -> None:
    strict = Client(enforce_csrf_checks=True, headers={"host": "127.0.0.1"})
    assert strict.post(PAGE, SENT).status_code == 403


def test_the_site_sees_the_answers_and_the_contact_for_a_reason(study: Path) -> None:
    anyone().post(PAGE, SENT)
    client, page = nurse(study), f"/{STUDY}/screening/enquiries/1/"
    assert "what was sent" in words(client.get(f"/{STUDY}/screening/"))
    assert "An enquiry waits for an answer" in words(client.get(f"/{STUDY}/today/"))
    seen = words(client.get(page))
    assert "<dt>Age</dt><dd>44</dd>" in seen and "Zoe" not in seen
    assert client.post(page, {"_why": "curious"}).status_code == 422
    assert "Zoe" in words(client.post(page, {"_why": "to contact the person"}))
    assert nurse(study, role="monitor").get(page).status_code == 403


def test_the_contact_goes_with_the_code_and_can_be_destroyed(study: Path) -> None:
    for name in ("t1", "t2"):
        anyone().post(PAGE, {**SENT, "_ticket": name})
    client = nurse(study)
    given = client.post(f"/{STUDY}/screening/register/", {"_number": "1"})
    code = given["Location"].split("/")[3]
    look = client.post(f"/{STUDY}/participants/{code}/identity/look/", {"_why": "to contact the person"})
    assert "Zoe" in words(look)
    second = f"/{STUDY}/screening/enquiries/2/"
    client.post(second, {"_why": "at the person's request", "_erase": "yes"})
    assert "The contact was destroyed" in words(client.get(second))


def test_an_enquiry_that_is_closed_has_an_outcome_and_no_contact(study: Path) -> None:
    anyone().post(PAGE, SENT)
    client, page = nurse(study), f"/{STUDY}/screening/enquiries/1/"
    assert "Close the enquiry" in words(client.get(page))
    assert client.post(page, {"_close": "yes", "_outcome": "declined|nonsense"}).status_code == 422
    assert client.post(page, {"_close": "yes", "_outcome": ""}).status_code == 422
    assert client.post(page, {"_close": "yes", "_outcome": "declined|too far"}).status_code == 303
    seen = words(client.get(page))
    assert "The contact was destroyed" in seen and "It was destroyed on 20" in seen and "Close the enquiry" not in seen
    (line,) = form_rows(gateway_of(), "prescreening")
    assert (line["prescreening_outcome"], line["declined_reason"]) == ("declined", "too far")
    assert "An enquiry waits for an answer" not in words(client.get(f"/{STUDY}/today/"))


def test_who_may_not_see_contacts_closes_nothing(study: Path) -> None:
    anyone().post(PAGE, SENT)
    page = f"/{STUDY}/screening/enquiries/1/"
    assert nurse(study, role="monitor").post(page, {"_close": "yes", "_outcome": "declined|too far"}).status_code == 403
    (line,) = form_rows(gateway_of(), "prescreening")
    assert line["prescreening_outcome"] == "to be screened"
