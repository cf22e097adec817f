"""The pharmacist's pages: vials received, labelled, moved and counted; others read, or see nothing of it."""

import re
from collections.abc import Iterator
from datetime import date
from html import unescape
from pathlib import Path

import pytest
from django.test import Client

from calcitrial.people import Scope
from calcitrial.pharmacy import ledger, move, receive, vial_id
from calcitrial.record import Gateway, current_rows, read_head, trail_of
from calcitrial.treatment_desk.drug_pages import due
from calcitrial.web import Reading
from tests.pharmacy.trial import LOT, PHARMACIST, SITE, begun, stocked
from tests.signing_in import sign_in

SENT = {name: str(value) for name, value in LOT.items()} | {"single_use": "true", "temperature_ok": "true"}


@pytest.fixture
def gateway(home: Path) -> Gateway:
    return begun()


@pytest.fixture
def client(gateway: Gateway) -> Iterator[Client]:
    made = Client(headers={"host": "127.0.0.1"})
    sign_in(made, "stsinj", "pharmacist", SITE, "petra")
    yield made


def words(response: object) -> str:
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", response.content.decode())).split())


def hidden(page: str) -> dict[str, str]:
    """The hidden inputs of a page, as a browser sends them."""
    found = dict(re.findall(r'<input type="hidden" name="(_[a-z]+)" value="([^"]*)"', page))
    return {name: unescape(value) for name, value in found.items()}


@pytest.mark.requirement("ICH E6(R3) 3.15")
def test_a_pharmacist_receives_vials_once_however_often_the_page_is_sent(client: Client, gateway: Gateway) -> None:
    page = client.get("/stsinj/drug/receive/").content.decode()
    assert hidden(page) == {"_id": "R1", "_first": "1"} and 'name="first_vial"' not in page
    sent = SENT | hidden(page)
    before = read_head("stsinj").sequence
    for _time in range(2):
        answer = client.post("/stsinj/drug/receive/", sent)
        assert (answer.status_code, answer["Location"]) == (302, "/stsinj/drug/labels/R1/")
    assert read_head("stsinj").sequence == before + 1
    steps = trail_of("stsinj", [read_head("stsinj").entries])
    assert (steps[0].author, steps[0].role) == ("petra", "pharmacist")
    assert [line.received for line in ledger(gateway).lines] == [4]


def test_what_is_wrong_with_a_receipt_stands_beside_its_fields_and_nothing_is_lost(client: Client) -> None:
    before = read_head("stsinj")
    answer = client.post("/stsinj/drug/receive/", SENT | {"_id": "R1", "_first": "1", "strength": "much", "expiry": ""})
    assert answer.status_code == 422 and read_head("stsinj") == before
    page = answer.content.decode()
    assert "Strength is &#x27;much&#x27;" in page and 'href="#f-expiry"' in page and 'value="A1"' in page


def test_the_labels_hold_study_vial_and_expiry_in_two_languages_and_no_arm(client: Client, gateway: Gateway) -> None:
    receive(gateway, LOT, PHARMACIST)
    page = client.get("/stsinj/drug/labels/R1/").content.decode()
    assert page.count('class="qr"') == 4 == page.count('<li class="label">')
    for sentence in (
        "For clinical trial use only",
        "Pour essai clinique uniquement",
        "2026-12-31",
        vial_id("stsinj", 3),
    ):
        assert sentence in page
    label = page[page.index('<li class="label">') : page.index("</li>", page.index('<li class="label">'))]
    assert f"stsinj/{vial_id('stsinj', 1)}" in label and "STS<" not in label and "A1" not in label
    assert "http" not in re.sub(r'xmlns="[^"]*"', "", label)
    assert client.get("/stsinj/drug/labels/R9/").status_code == 404


def test_vials_are_moved_by_receipt_range_or_name(client: Client, gateway: Gateway) -> None:
    vials = receive(gateway, LOT, PHARMACIST)
    sent = {"movement": "released", "site": SITE, "vials_moved": "r1", "moved_on": "2026-01-03", "_id": "M1"}
    assert client.post("/stsinj/drug/move/", sent).status_code == 302
    assert client.post("/stsinj/drug/move/", sent).status_code == 302  # sent again: nothing more happens
    span = sent | {"movement": "quarantined", "vials_moved": f"{vials[0]}..{vials[2]}", "_id": "M2"}
    refusal = client.post("/stsinj/drug/move/", span)
    assert refusal.status_code == 422 and "quarantined without a reason" in words(refusal)
    assert client.post("/stsinj/drug/move/", span | {"movement_reason": "warm"}).status_code == 302
    assert ledger(gateway).lines[0].quarantined == 3
    listed = words(client.get("/stsinj/drug/movements/"))
    assert "M2" in listed and "warm" in listed and vials[1] in listed
    wrong = client.post("/stsinj/drug/move/", sent | {"vials_moved": "V00001-Z hello", "_id": "M3"})
    assert wrong.status_code == 422 and "'hello' is no vial" in words(wrong) and "does not fit" in words(wrong)


@pytest.mark.requirement("ICH E6(R3) 3.15")
def test_a_count_that_differs_is_open_until_it_is_explained(client: Client, gateway: Gateway) -> None:
    stocked(gateway)
    assert "A1, Test site" in words(client.get("/stsinj/drug/count/"))
    page = client.get("/stsinj/drug/count/?lot=Test site|A1").content.decode()
    sent = {"counted": "3", "counted_on": "2026-01-09"} | hidden(page)
    assert client.post("/stsinj/drug/count/", sent).status_code == 302
    assert "3 counted, 4 by the ledger not explained" in words(client.get("/stsinj/drug/"))
    assert client.post("/stsinj/drug/counts/C1/", {"explanation": "one fell behind the shelf"}).status_code == 302
    assert "not explained" not in words(client.get("/stsinj/drug/"))
    assert client.get("/stsinj/drug/counts/C7/").status_code == 404


def test_a_count_of_a_stock_that_changed_meanwhile_is_refused(client: Client, gateway: Gateway) -> None:
    vials = stocked(gateway)
    page = client.get("/stsinj/drug/count/?lot=Test site|A1").content.decode()
    move(gateway, "returned", vials[:1], date(2026, 1, 4), PHARMACIST, reason="recall")
    answer = client.post("/stsinj/drug/count/", {"counted": "4", "counted_on": "2026-01-09"} | hidden(page))
    assert answer.status_code == 422 and "The ledger has 3 in stock now, not 4" in words(answer)


@pytest.mark.requirement("21 CFR 11.10(d),(g)")
@pytest.mark.parametrize(
    ("role", "reads", "keeps"),
    [("monitor", 200, 403), ("study_nurse", 403, 403), ("assessor", 403, 403), ("sponsor", 403, 403)],
)
def test_a_monitor_reads_and_blinded_people_see_nothing(
    client: Client, gateway: Gateway, role: str, reads: int, keeps: int
) -> None:
    vials = stocked(gateway)
    sign_in(client, "stsinj", role, "", "someone")
    for page in ("", "movements/"):
        answer = client.get(f"/stsinj/drug/{page}")
        assert answer.status_code == reads and (reads == 200 or vials[0] not in answer.content.decode())
    for page in ("receive/", "move/", "count/", "counts/C1/", "labels/R1/"):
        assert client.get(f"/stsinj/drug/{page}").status_code == keeps
        assert client.post(f"/stsinj/drug/{page}", SENT).status_code in (keeps, 405)


@pytest.mark.requirement("21 CFR 11.10(d),(g)")
def test_the_drug_of_another_site_is_neither_seen_nor_moved(client: Client, gateway: Gateway) -> None:
    there = stocked(gateway, site="Elsewhere", lot="Z9")
    assert "Z9" not in words(client.get("/stsinj/drug/")) and client.get("/stsinj/drug/labels/R1/").status_code == 404
    before = read_head("stsinj")
    sent = SENT | {"site": "Elsewhere", "_id": "R2", "_first": "5"}
    assert client.post("/stsinj/drug/receive/", sent).status_code == 403
    taken = {"movement": "returned", "vials_moved": there[0], "moved_on": "2026-01-09", "movement_reason": "-"}
    assert client.post("/stsinj/drug/move/", taken | {"site": "Elsewhere", "_id": "M9"}).status_code == 403
    assert client.post("/stsinj/drug/move/", taken | {"site": SITE, "_id": "M9"}).status_code == 422
    assert read_head("stsinj") == before


def test_script_in_a_field_is_text(client: Client, gateway: Gateway) -> None:
    evil = '<script>alert("x")</script>'
    sent = SENT | {"lot": evil, "receipt_note": evil, "_id": "R1", "_first": "1"}
    assert client.post("/stsinj/drug/receive/", sent).status_code == 302
    for page in ("", "labels/R1/", "count/"):
        assert "<script>alert" not in client.get(f"/stsinj/drug/{page}").content.decode()


def test_what_expires_awaits_release_or_differs_is_due(client: Client, gateway: Gateway) -> None:
    stocked(gateway, lot="OLD", expiry="2026-01-20")
    receive(gateway, {**LOT, "lot": "NEW"}, PHARMACIST)
    reading = Reading("stsinj", gateway.protocol, current_rows("stsinj"))
    waiting = due(reading, Scope("stsinj", "petra", (("pharmacist", SITE),)), date(2026, 1, 25))
    assert [(one.text, one.about, one.late) for one in waiting] == [
        ("4 vials expire", "lot OLD at Test site", True),
        ("4 vials await their release", "lot NEW at Test site", False),
    ]
    assert due(reading, Scope("stsinj", "nora", (("study_nurse", SITE),)), date(2026, 1, 25)) == []
    assert "expired" not in words(client.get("/stsinj/drug/")) or "OLD" in words(client.get("/stsinj/drug/"))


@pytest.mark.requirement("ICH E6(R3) 4.1.1–3")
@pytest.mark.parametrize("page", ["history/?form=drug_receipt&repeat=R1", "history/", "drug/", "drug/movements/"])
def test_no_page_tells_a_blinded_person_of_the_drug(client: Client, gateway: Gateway, page: str) -> None:
    vials = stocked(gateway, lot="LOT-77")
    move(gateway, "quarantined", vials[:1], date(2026, 1, 4), PHARMACIST, reason="warm fridge")
    assert "LOT-77" in words(client.get("/stsinj/drug/"))
    sign_in(client, "stsinj", "assessor", SITE, "anna")
    said = client.get(f"/stsinj/{page}").content.decode()
    assert not any(word in said for word in ("LOT-77", vials[0], "warm fridge"))
