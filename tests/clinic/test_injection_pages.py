"""The injection visit in the browser: all lesions of a session in one act, limits asked and held, doses confirmed."""

import io
import re
from collections.abc import Iterator
from html import unescape
from pathlib import Path

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from PIL import Image

from calcitrial import verbs
from calcitrial.pharmacy import ledger
from calcitrial.record import Draft, Gateway, history, make_cut, read_head
from calcitrial.record import Place as At
from tests.pharmacy.trial import NURSE, SITE, arms_of, begun, stocked
from tests.signing_in import sign_in

PAGE = "/stsinj/participants/PIT-001/injections/BL/"
ONE, TWO = "PIT-001-L1", "PIT-001-L2"
LIMITS = {
    "_volume_per_lesion.value": "1",
    "_volume_per_lesion.reason": "small lesions",
    "_injections.value": "3",
    "_injections.reason": "as reported",
}


def dose(lesion: str, vial: str = "", **more: str) -> dict[str, str]:
    values = {"injected": "true", "concentration": "150", "volume": "0.5", "vial": vial, "guidance": "ultrasound"}
    values |= {"needle_gauge": "25", "needle_length": "16", "pain_before": "2", "pain_during": "5", "pain_after": "1"}
    return {f"{lesion}:{name}": value for name, value in (values | more).items()}


@pytest.fixture
def gateway(home: Path) -> Gateway:
    return begun()


@pytest.fixture
def client(gateway: Gateway) -> Iterator[Client]:
    made = Client(headers={"host": "127.0.0.1"})
    as_physician(made)
    yield made


def as_physician(client: Client) -> None:
    sign_in(client, "stsinj", "investigator", SITE, "ivan")


def words(response: object) -> str:
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", response.content.decode())).split())


def injections() -> list[dict[str, str]]:
    return list(make_cut("stsinj", "test").table("injection").sort("lesion").iter_rows(named=True))


@pytest.mark.requirement("21 CFR 11.10(f)")
def test_all_lesions_of_a_session_are_one_submission_however_often_it_is_sent(client: Client, gateway: Gateway) -> None:
    first, second, *_rest = stocked(gateway)
    page = client.get(PAGE).content.decode()
    assert page.count("data-card") == 2 and "The protocol does not say" in page and "(assumed)" in page
    sent = LIMITS | dose(ONE, f"stsinj/{first}") | dose(TWO, second.lower().replace("-", ""))
    sent |= {f"{TWO}:immediate_reaction": "listed", f"_{TWO}:1:reaction": "pallor", f"_{TWO}:1:minutes": "3"}
    before = read_head("stsinj").sequence
    for _time in range(2):
        answer = client.post(PAGE, sent)
        assert (answer.status_code, answer["Location"]) == (303, f"{PAGE}?saved=1")
    assert read_head("stsinj").sequence == before + 1
    one, two = injections()
    assert (one["vial"], two["vial"], one["needle_gauge"], one["pain_after"]) == (first, second, "25", "1")
    assert [ledger(gateway).vials[vial].state for vial in (first, second)] == ["used", "used"]
    steps = history("stsinj", At("PIT-001", "dose_judgement", "BL", repeat="volume_per_lesion"))
    assert {step.item: step.value for step in steps}["limit_reason"] == "small lesions"
    assert steps[0].author == "ivan"
    shown = words(client.get(PAGE))
    assert "pallor, 3 min" in shown and "1 mL, 150 mg" in shown and "1 mL (the physician's)" in shown


def test_what_must_be_mended_stands_beside_its_field_and_everything_typed_is_kept(client: Client) -> None:
    before = read_head("stsinj")
    answer = client.post(PAGE, LIMITS | dose(ONE, volume="1.5") | dose(TWO, concentration="much"))
    page = answer.content.decode()
    assert answer.status_code == 422 and read_head("stsinj") == before
    assert f"{ONE}: {ONE}: 1.5 mL; the limit is 1 mL (the physician&#x27;s)." in page
    assert f'href="#f-{TWO}:concentration"' in page and "is &#x27;much&#x27;" in page
    assert 'value="1.5"' in page and 'value="much"' in page and 'value="small lesions"' in page


def test_without_an_answer_to_what_the_protocol_does_not_say_nothing_is_injected(client: Client) -> None:
    answer = client.post(PAGE, dose(ONE))
    assert answer.status_code == 422 and injections() == []
    assert 'href="#limit-volume_per_lesion"' in answer.content.decode()
    assert "Most injections of one lesion: the protocol does not say. Say what limit you apply today" in words(answer)
    half = client.post(PAGE, dose(ONE) | LIMITS | {"_injections.reason": " "})
    assert half.status_code == 422 and "Why this limit is missing" in words(half)


def test_a_lesion_is_not_injected_with_its_reason_and_nothing_said_is_refused(client: Client) -> None:
    assert "Nothing is said of any lesion" in words(client.post(PAGE, LIMITS))
    sent = {f"{ONE}:injected": "false", f"{ONE}:not_injected_reason": "skin red"}
    assert client.post(PAGE, sent).status_code == 303
    (row,) = injections()
    assert (row["injected"], row["not_injected_reason"]) == ("false", "skin red")


@pytest.mark.requirement("ICH E6(R3) 3.15")
def test_an_expired_vial_is_refused_at_its_field(client: Client, gateway: Gateway) -> None:
    old = stocked(gateway, expiry="2026-01-05")[0]
    answer = client.post(PAGE, LIMITS | dose(ONE, old))
    assert answer.status_code == 422 and f"{old} expired on 2026-01-05. Take another vial" in words(answer)
    assert f'href="#f-{ONE}:vial"' in answer.content.decode() and injections() == []


@pytest.mark.requirement("EU Annex 11 6")
def test_a_second_person_confirms_and_a_corrected_dose_is_confirmed_again(client: Client) -> None:
    client.post(PAGE, LIMITS | dose(ONE))
    own = client.post(f"{PAGE}{ONE}/check/", {"_expected": "1"})
    assert own.status_code == 422 and "ivan entered the dose" in words(own)
    sign_in(client, "stsinj", "study_nurse", SITE, "nora")
    assert client.post(f"{PAGE}{ONE}/check/", {"_expected": "1"}).status_code == 303
    assert "Dose confirmed by nora" in words(client.get(PAGE)) and "Correct" not in words(client.get(PAGE))
    assert client.get(f"{PAGE}{ONE}/").status_code == 403 and client.post(PAGE, dose(TWO)).status_code == 403
    as_physician(client)
    now = {name.split(":")[1]: value for name, value in dose(ONE, volume="0.6").items()}
    unexplained = client.post(f"{PAGE}{ONE}/", now | {"_expected": "2"})
    assert unexplained.status_code == 422 and "has no reason" in words(unexplained)
    assert client.post(f"{PAGE}{ONE}/", now | {"_expected": "2", "_reason": "misread"}).status_code == 303
    (row,) = injections()
    assert (row["volume"], row["checked_by"]) == ("0.6", None)
    assert [step.value for step in history("stsinj", At("PIT-001", "injection", "BL", ONE), "volume")] == ["0.5", "0.6"]
    stale = client.post(f"{PAGE}{ONE}/", now | {"_expected": "2", "volume": "0.7", "_reason": "-"})
    assert stale.status_code == 422 and "Version 2 was expected" in words(stale)


def picture(colour: str = "grey") -> SimpleUploadedFile:
    out = io.BytesIO()
    Image.new("RGB", (40, 30), colour).save(out, "PNG")
    return SimpleUploadedFile("us.png", out.getvalue(), "image/png")


def test_a_picture_of_the_guidance_is_kept_under_its_digest(client: Client, home: Path) -> None:
    refused = client.post(PAGE, dose(ONE) | {f"_{ONE}:image": picture("red")})
    assert refused.status_code == 422 and not list((home / "photos").glob("*.jpg"))
    text = client.post(PAGE, LIMITS | dose(ONE) | {f"_{ONE}:image": SimpleUploadedFile("us.png", b"hello")})
    assert text.status_code == 422 and "not a JPEG or PNG picture" in words(text)
    assert client.post(PAGE, LIMITS | dose(ONE) | {f"_{ONE}:image": picture()}).status_code == 303
    digest = injections()[0]["guidance_image"]
    found = client.get(f"/stsinj/participants/PIT-001/injections/images/{digest}.jpg")
    assert found.status_code == 200 and found["Content-Type"] == "image/jpeg"
    assert client.get(f"/stsinj/participants/PIT-001/injections/images/{'0' * 64}.jpg").status_code == 404


@pytest.mark.requirement("ICH E6(R3) 4.1.1–3")
@pytest.mark.parametrize("role", ["assessor", "monitor", "sponsor"])
def test_the_page_does_not_open_to_who_has_no_part_in_injecting(client: Client, role: str) -> None:
    sign_in(client, "stsinj", role, "", "someone")
    before = read_head("stsinj")
    for address in (PAGE, f"{PAGE}{ONE}/", "/stsinj/participants/PIT-001/injections/"):
        assert client.get(address).status_code == 403 and client.post(address, dose(ONE)).status_code in (403, 405)
    assert client.post(f"{PAGE}{ONE}/check/", {"_expected": "1"}).status_code == 403
    assert read_head("stsinj") == before


def test_another_site_and_unknown_places_are_not_there(client: Client) -> None:
    assert client.get("/stsinj/participants/PIT-999/injections/BL/").status_code == 404
    assert client.get("/stsinj/participants/PIT-001/injections/W99/").status_code == 404
    assert client.get(f"{PAGE}{ONE}/").status_code == 404
    sign_in(client, "stsinj", "investigator", "Elsewhere", "eva")
    assert client.get(PAGE).status_code in (403, 404)
    assert client.post(PAGE, LIMITS | dose(ONE)).status_code in (403, 404) and injections() == []


def test_an_item_that_the_form_does_not_have_is_refused(client: Client) -> None:
    answer = client.post(PAGE, LIMITS | dose(ONE, arm="STS"))
    assert answer.status_code == 422 and "has no item 'arm'" in words(answer)
    forged = client.post(PAGE, LIMITS | dose(ONE, checked_by="nora"))
    assert forged.status_code == 422 and "cannot have confirmed" in words(forged) and injections() == []


def test_a_wrong_lesion_is_told_as_a_deviation_and_listed(home: Path) -> None:
    gateway = begun("limoges", "LIM-1", "untreated_lesion")
    client = Client(headers={"host": "127.0.0.1"})
    sign_in(client, "limoges", "investigator", SITE, "ivan")
    page = "/limoges/participants/LIM-1/injections/BL/"
    assert "No lesion may be injected now" in words(client.get(page))
    arms = arms_of(gateway, "LIM-1")
    wrong = next(lesion for lesion, arm in arms.items() if arm == "CTL")
    assert f"{wrong} is in the arm Untreated lesion, which is not injected" in words(client.get(page))
    assert client.post(page, LIMITS | dose(wrong)).status_code == 422
    assert client.post(page, LIMITS | dose(wrong, deviation="sides confused")).status_code == 303
    assert "sides confused" in words(client.get("/limoges/participants/LIM-1/injections/"))
    assert "sides confused" in words(client.get(page))


def test_a_hold_is_shown_and_what_it_refuses_stands_at_its_lesion(client: Client, gateway: Gateway) -> None:
    event = {"term": "Skin infection", "grade": 2, "serious": False, "related": "related", "onset_date": "2026-01-08"}
    event |= {"ae_lesion": ONE, "aware_date": "2026-01-09"}
    verbs.enter("stsinj", [Draft(At("PIT-001", "adverse_event", repeat="AE1"), event)], NURSE)
    assert f"Held: Lesion {ONE} is held since" in words(client.get(PAGE))
    answer = client.post(PAGE, LIMITS | dose(ONE) | dose(TWO))
    assert answer.status_code == 422 and f'href="#card-{ONE}"' in answer.content.decode() and injections() == []
    assert client.post(PAGE, LIMITS | dose(TWO)).status_code == 303
