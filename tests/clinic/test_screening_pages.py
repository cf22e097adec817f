"""From a line in the log to an enrolled code, page by page, on both databases."""

from pathlib import Path

import pytest
from django.test import Client

from calcitrial.record import read_head, studies
from calcitrial.record.numbering import form_rows
from tests.consents.consent_study import gateway_of

from .consent_home import DRAWING, SITE, STUDY, about, nurse, opened, sheet

LINE = {
    "prescreening_site": SITE,
    "prescreened_on": "2026-06-01",
    "found_by": "clinic list",
    "prescreening_outcome": "to be screened",
}
ANSWERS = {
    "screening_date": "2026-06-01",
    "age_years": "46",
    "sex": "F",
    "diagnosis": "SSc",
    "lesion_type": "calcification",
    "allergy_sts": "false",
    "allergy_excipient": "false",
    "pregnant": "false",
    "breastfeeding": "false",
}
LOG = f"/{STUDY}/screening/"


def entries() -> int:
    return read_head(STUDY).sequence


def adult_consents(client: Client, code: str) -> None:
    address = about(code, "consent/sign/?kind=adult%20consent")
    values = {"decision": "given", "signer": "participant", "age_at_consent": "46", "explained_by": "nora"}
    values |= {"consent_method": "drawn", "consented_on": "2026-06-02", "_drawing": DRAWING}
    answer = client.post(address, {**sheet(client, address), **values})
    assert answer.status_code == 303, answer.content.decode()


def saved(client: Client, code: str, **change: str) -> int:
    address = about(code, "screening/")
    return client.post(address, {**sheet(client, address), **ANSWERS, **change}).status_code


def test_the_log_counts_and_gives_codes(home: Path) -> None:
    opened(home)
    client = nurse(home)
    before = entries()
    first = sheet(client, LOG)
    answer = client.post(LOG, {**LINE, **first})
    assert (answer.status_code, answer["Location"]) == (303, f"{LOG}#line-1")
    assert client.post(LOG, {**LINE, **first}).status_code == 303, "the same sheet twice"
    assert entries() == before + 1
    declined = LINE | {"prescreening_outcome": "declined", "declined_reason": "too far"}
    client.post(LOG, {**declined, **sheet(client, LOG)})
    text = client.get(LOG).content.decode()
    assert "<dt>Assessed for eligibility</dt><dd>2</dd>" in text and "declined: too far <strong>1</strong>" in text
    answer = client.post(f"{LOG}register/", {"_number": "1"})
    assert answer.status_code == 303 and "/consent/" in answer["Location"]
    again = client.post(f"{LOG}register/", {"_number": "1"})
    assert again["Location"] == answer["Location"], "the button pressed twice gives one code"
    assert client.post(f"{LOG}register/", {"_number": "2"}).status_code == 422
    assert client.post(f"{LOG}register/", {"_number": "99"}).status_code == 422
    assert len(form_rows(gateway_of(), "registration")) == 2
    assert studies() == (STUDY,)


def test_a_line_that_is_refused_keeps_what_was_typed(home: Path) -> None:
    opened(home)
    client, before = nurse(home), entries()
    answer = client.post(LOG, {**LINE, "prescreening_outcome": "declined", **sheet(client, LOG)})
    text = answer.content.decode()
    assert answer.status_code == 422 and entries() == before
    assert "Choose the reason that belongs to the outcome" in text and 'value="2026-06-01"' in text
    assert client.post(LOG, {**LINE, "prescreening_site": "PARIS", **sheet(client, LOG)}).status_code == 422
    assert client.post(LOG, {**LINE, "name": "Marie Quatrefages", **sheet(client, LOG)}).status_code == 422
    assert entries() == before


def test_a_nurse_of_another_site_sees_and_enters_nothing_here(home: Path) -> None:
    code = opened(home)
    client, before = nurse(home, site="ELSEWHERE"), entries()
    for page in ("consent/", "screening/", "identity/", "consent/sign/?kind=adult%20consent"):
        assert client.get(about(code, page)).status_code in (403, 404), page
    for page in ("screening/", "screening/enrol/", "screening/fail/", "identity/keep/", "consent/withdraw/"):
        assert client.post(about(code, page), ANSWERS).status_code in (403, 404), page
    assert client.post(LOG, {**LINE, **sheet(client, LOG)}).status_code == 422
    assert entries() == before


@pytest.mark.parametrize("role", ["monitor", "sponsor", "pharmacist", "statistician", "safety_board", "image_reader"])
def test_who_may_not_screen_gets_a_sentence(home: Path, role: str) -> None:
    code = opened(home)
    client, before = nurse(home, role=role, site=""), entries()
    for page in ("screening/", "identity/", "consent/sign/?kind=adult%20consent"):
        assert client.get(about(code, page)).status_code == 403
    for address in (LOG, about(code, "screening/"), about(code, "screening/enrol/"), about(code, "identity/look/")):
        assert client.post(address, ANSWERS).status_code == 403
    assert entries() == before


def test_a_code_that_is_not_there_is_no_page(home: Path) -> None:
    opened(home)
    client = nurse(home)
    for page in ("consent/", "screening/", "identity/"):
        for code in ("LIM-999X", "..", "<script>"):
            assert client.get(about(code, page)).status_code in (403, 404)


@pytest.mark.requirement("21 CFR 11.10(f)")
def test_from_consent_to_enrolment_each_step_waits_for_the_one_before(home: Path) -> None:
    code = opened(home)
    client = nurse(home)
    assert saved(client, code) == 303
    text = client.get(about(code, "screening/")).content.decode()
    assert "The adult consent is missing." in text and "is not known" in text and ">Enrol<" not in text
    before = entries()
    refused = client.post(about(code, "screening/enrol/"), {"_on": "2026-06-02"})
    assert refused.status_code == 422 and "cannot be enrolled" in refused.content.decode() and entries() == before
    before = entries()
    adult_consents(client, code)
    assert entries() == before + 1, "the consent carries the criterion in its own act"
    text = client.get(about(code, "screening/")).content.decode()
    assert "Every criterion is met" in text and ">Enrol<" in text
    assert client.post(about(code, "screening/enrol/"), {"_on": "no day"}).status_code == 422
    assert client.post(about(code, "screening/enrol/"), {"_on": "2026-06-02"}).status_code == 303
    assert "Enrolled on 2026-06-02" in client.get(about(code, "screening/")).content.decode()


def test_every_save_is_one_submission_and_a_stale_one_is_refused(home: Path) -> None:
    code = opened(home)
    client = nurse(home)
    address = about(code, "screening/")
    old = sheet(client, address)
    before = entries()
    assert client.post(address, {**old, **ANSWERS}).status_code == 303
    assert client.post(address, {**old, **ANSWERS}).status_code == 303, "sent twice"
    assert entries() == before + 1
    stale = client.post(address, {**old, **ANSWERS, "age_years": "50", "_reason": "typing error"})
    assert stale.status_code == 422 and "was expected" in stale.content.decode()
    silent = client.post(address, {**sheet(client, address), **ANSWERS, "age_years": "50"})
    assert silent.status_code == 422 and "has no reason" in silent.content.decode()
    assert 'value="50"' in silent.content.decode() and entries() == before + 1
    assert saved(client, code, age_years="50", _reason="typing error") == 303
    assert entries() == before + 2


def test_criteria_are_answered_live_and_nothing_is_entered(home: Path) -> None:
    code = opened(home)
    client, before = nurse(home), entries()
    answer = client.post(about(code, "screening/"), {"_live": "1", "age_years": "1", "pregnant": "true"})
    text = answer.content.decode()
    assert answer.status_code == 200 and "<html" not in text
    assert '<span class="truth false">false</span>' in text, "under two years"
    assert '<span class="truth unknown">unknown</span>' in text, "the diagnosis is not known"
    assert "Age: <strong>1 years</strong>" in text and "Pregnant: <strong>yes</strong>" in text
    odd = client.post(about(code, "screening/"), {"_live": "1", "age_years": "many", "nonsense": "x"})
    assert odd.status_code == 200 and "Age: <strong>many" in odd.content.decode()
    assert entries() == before


def test_a_hidden_criterion_is_decided_with_a_reason(home: Path) -> None:
    from calcitrial.participants import register
    from tests.consents.consent_study import FIRST, NURSE

    code = register(gateway_of("stsinj"), "PITTSBURGH", FIRST, NURSE)
    client = nurse(home)
    from tests.signing_in import sign_in

    sign_in(client, "stsinj", "investigator", "PITTSBURGH", "ines")
    address = f"/stsinj/participants/{code}/screening/"
    values = {**ANSWERS, "consent_signed": "true", "capacity_to_consent": "true", "symptomatic": "true"}
    values |= {"calcinosis_on_xray": "true", "_judge_B-I5": "true", "_judge_B-E0": "false", "_why_B-I5": "seen"}
    refused = client.post(address, {**sheet(client, address), **values})
    assert refused.status_code == 422 and "B-E0 was decided without a reason" in refused.content.decode()
    values["_why_B-E0"] = "list of the protocol read"
    assert client.post(address, {**sheet(client, address), **values}).status_code == 303
    text = client.get(address).content.decode()
    assert "decided by the investigator: list of the protocol read" in text and "Every criterion is met" in text


def test_a_failed_screening_ends_with_a_reason_and_can_be_begun_again(home: Path) -> None:
    code = opened(home)
    client = nurse(home)
    saved(client, code, pregnant="true")
    assert client.post(about(code, "screening/again/")).status_code == 422, "it has not ended"
    bad = client.post(about(code, "screening/fail/"), {"_on": "2026-06-03", "_end_reason": "completed"})
    assert bad.status_code == 422
    done = client.post(about(code, "screening/fail/"), {"_on": "2026-06-03", "_end_reason": "screen failure"})
    assert done.status_code == 303
    assert "screen failure" in client.get(about(code, "screening/")).content.decode()
    answer = client.post(about(code, "screening/again/"))
    assert client.post(about(code, "screening/again/"))["Location"] == answer["Location"]
    later = answer["Location"].split("/")[3]
    assert form_rows(gateway_of(), "registration", later)[0]["earlier_code"] == code
    assert later in client.get(about(code, "screening/")).content.decode()


def test_hostile_text_stays_text(home: Path) -> None:
    code = opened(home)
    client = nurse(home)
    address = about(code, "screening/")
    answer = client.post(address, {**sheet(client, address), **ANSWERS, "age_years": "<script>alert(1)</script>"})
    assert answer.status_code == 422 and "<script>alert(1)" not in answer.content.decode()
    assert client.post(address, {**ANSWERS, "_seen": "[1]"}).status_code in (303, 422)
    assert client.post(address, {**ANSWERS, "site": "PARIS", **sheet(client, address)}).status_code in (303, 422)
    assert form_rows(gateway_of(), "screening", code)[0]["site"] == SITE
