"""What review says stands beside the values of the screening and of the injections, and jumps are asked on the page."""

import re
from html import unescape
from pathlib import Path

import pytest
from django.http import QueryDict
from django.test import Client

from calcitrial.desk import confirmed_in, questions_for, saved_for_later
from calcitrial.quality import numbers_of, raise_query, verify_source
from calcitrial.record import Author, Draft, Gateway, current_rows, history, read_head
from calcitrial.record import Place as At
from tests.clinic.test_injection_pages import LIMITS, as_physician, dose, words
from tests.participants.test_screening import JUDGED
from tests.pharmacy.trial import PHYSICIAN, SITE, begun
from tests.signing_in import sign_in

MONITOR = Author("mona", "monitor")
CODE, CHILD = "PIT-001", "LIM-1"
STS = f"/stsinj/participants/{CODE}/"
CHILDS = f"/limoges/participants/{CHILD}/injections/W04/"
SIZE = "/limoges/participants/LIM-1/forms/body_size/?visit=BL"


@pytest.fixture
def client(home: Path) -> Client:
    return Client(headers={"host": "127.0.0.1"})


def asked_and_verified(gateway: Gateway, place: At, asked: str, verified: str) -> None:
    raise_query(gateway, place, asked, f"The chart says <9> at {place.form}.", MONITOR)
    now = numbers_of(current_rows(gateway.study, place.participant))[place]
    verify_source(gateway, {place: {verified: now[verified]}}, MONITOR)


def field(page: str, item: str) -> str:
    return page.split(f'data-item="{item}"')[1].split('data-item="')[0]


def test_the_screening_has_history_queries_and_verification_beside_each_field(client: Client) -> None:
    gateway = begun()
    asked_and_verified(gateway, At(CODE, "screening"), "diagnosis", "lesion_type")
    criterion = next(iter(JUDGED))
    raise_query(gateway, At(CODE, "criterion", repeat=criterion), "result", "Who decided?", MONITOR)
    sign_in(client, "stsinj", "study_nurse", SITE, "nora")
    page = unescape(client.get(f"{STS}screening/").content.decode())
    diagnosis, kind = field(page, "diagnosis"), field(page, "lesion_type")
    assert "/queries/Q1/" in diagnosis and "The chart says <9>" in diagnosis
    assert "form=screening&item=diagnosis" in diagnosis.replace("&amp;", "&")
    assert ">verified</span>" in kind and ">verified</span>" not in diagnosis
    row = next(one for one in page.split("<tr>") if f"form=criterion&repeat={criterion}" in one)
    assert "Who decided?" in row and "/queries/Q2/" in row


def test_an_entered_injection_has_them_beside_each_value(client: Client) -> None:
    gateway, lesion = begun(), f"{CODE}-L1"
    as_physician(client)
    assert client.post(f"{STS}injections/BL/", LIMITS | dose(lesion)).status_code == 303
    asked_and_verified(gateway, At(CODE, "injection", "BL", lesion), "volume", "concentration")
    page = unescape(client.get(f"{STS}injections/BL/").content.decode())
    shown = gateway.protocol.form("injection")
    assert shown is not None
    labels = {item.label: item.id for item in shown.items}
    values = {labels.get(one.split("</dt>")[0]): one for one in page.split("<dt>")}
    assert "The chart says <9>" in values["volume"] and ">verified</span>" in values["concentration"]
    assert ">verified</span>" not in values["volume"] and "item=volume" in values["volume"]


@pytest.fixture
def doctor(client: Client) -> Client:
    """A physician before the second visit of a child that weighed 30 kg at the first."""
    gateway = begun("limoges", CHILD, "untreated_lesion", age_years=9, parent_consent_signed=True, assent_if_able=True)
    gateway.enter([Draft(At(CHILD, "body_size", "BL"), {"weight": 30, "height": 130})], PHYSICIAN)
    sign_in(client, "limoges", "investigator", SITE, "ivan")
    return client


def sent(**more: str) -> dict[str, str]:
    return {f"{CHILD}-L1:injected": "false", f"{CHILD}-L1:not_injected_reason": "tired", **more}


def test_a_jump_is_asked_on_the_page_of_the_session_and_one_click_confirms_and_saves(doctor: Client) -> None:
    before = read_head("limoges").sequence
    heavy = sent(**{"body:weight": "36", "body:height": "134"})
    answer = doctor.post(CHILDS, heavy)
    text = words(answer)
    assert answer.status_code == 422 and read_head("limoges").sequence == before
    assert "Weight: 36 kg, 6 kg more than on 2026-01-10." in text and "4 cm more than on 2026-01-10" in text
    button = re.search(r'name="_confirm_all" value="([^"]+)"', answer.content.decode())
    assert button is not None
    one = doctor.post(CHILDS, heavy | {"_confirm": "body_size   weight=36"})
    assert one.status_code == 422 and "6 kg more" not in words(one).split("Is that right?")[0]
    assert 'value="body_size   weight=36" checked' in one.content.decode()
    other = doctor.post(CHILDS, heavy | {"body:weight": "37", "_confirm_all": unescape(button[1])})
    assert other.status_code == 422, "a confirmation holds for the value that was asked about"
    done = doctor.post(CHILDS, heavy | {"_confirm_all": unescape(button[1])})
    assert done.status_code == 303 and read_head("limoges").sequence == before + 1
    step = history("limoges", At(CHILD, "body_size", "W04"), "weight")[0]
    assert step.reason.startswith("Confirmed: The weight differs by more than a tenth")


def test_a_body_size_is_shown_and_corrected_with_a_reason_and_only_where_there_is_one(doctor: Client) -> None:
    page = doctor.get(CHILDS.replace("W04", "BL"))
    assert "30 kg" in words(page) and SIZE.split("?")[0] in page.content.decode()
    values = {"weight": "31", "height": "130", "_expected": "1"}
    assert doctor.post(SIZE, values).status_code == 422
    assert doctor.post(SIZE, values | {"_reason": "misread"}).status_code == 303
    assert [one.value for one in history("limoges", At(CHILD, "body_size", "BL"), "weight")] == ["30", "31"]
    assert doctor.get(SIZE.replace("BL", "W04")).status_code == 404
    nobody = doctor.post(SIZE.replace("BL", "W04"), values | {"_expected": "0"})
    assert nobody.status_code == 404
    sign_in(doctor, "limoges", "study_nurse", SITE, "nora")
    assert doctor.post(SIZE, values | {"_expected": "2", "_reason": "x"}).status_code == 403


def test_an_unusual_value_saved_for_later_is_confirmed_and_still_saved_for_later() -> None:
    post = QueryDict("_asked_to=later&_confirm_all=a=1%1Fb=2&_confirm=c=3")
    assert saved_for_later(post) and confirmed_in(post) == {"a=1", "b=2", "c=3"}
    assert not saved_for_later(QueryDict("_asked_to=later&_action=finish"))
    assert questions_for({"a=1": "A?", "z=9": "Z?"}, post)["questions"] == [("a=1", "A?", True), ("z=9", "Z?", False)]
