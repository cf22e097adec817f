"""Readers come in by a link that opens once, see their pages and no others; everybody else sees the others."""

import os
import stat
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from django.test import Client

from calcitrial.protocol import RefusedError
from calcitrial.web import Pass, door, make_link
from calcitrial.web.access import COOKIE, claim, look_up
from tests.signing_in import sign_in

from .conftest import client_of

NOW = datetime(2026, 8, 1, 9, tzinfo=UTC)
READER = Pass("stsinj", "R1")
OTHER_PAGES = (
    "/",
    "/stsinj/",
    "/stsinj/participants/PIT-001/",
    "/stsinj/lesions/",
    "/stsinj/history/?participant=PIT-001",
    "/stsinj/protocol/",
    "/stsinj/report/",
    "/stsinj/report/report.html",
    "/stsinj/verify/",
    "/stsinj/agreement/",
    "/other/reading/",
    "/nowhere/at/all/",
)


@pytest.fixture
def client(reading_home: Path) -> Iterator[Client]:
    yield from client_of(reading_home)


def enter(client: Client, home: Path, reader: str = "R1") -> Client:
    """Open a fresh link with this client."""
    token = make_link(home, Pass("stsinj", reader), datetime.now(UTC))
    response = client.post(door(token))
    assert response.status_code == 302 and response["Location"] == "/stsinj/reading/"
    return client


def test_a_link_opens_once(tmp_path: Path) -> None:
    token = make_link(tmp_path, READER, NOW)
    assert look_up(tmp_path, token, NOW) == READER == look_up(tmp_path, token, NOW)
    assert claim(tmp_path, token, NOW) == READER
    for again in (look_up, claim):
        with pytest.raises(RefusedError, match="opened before"):
            again(tmp_path, token, NOW)


def test_a_link_runs_out(tmp_path: Path) -> None:
    token = make_link(tmp_path, READER, NOW)
    assert look_up(tmp_path, token, NOW + timedelta(days=14)) == READER
    with pytest.raises(RefusedError, match="run out: it was good for 14 days"):
        look_up(tmp_path, token, NOW + timedelta(days=14, seconds=1))


def test_the_home_keeps_no_token_and_lets_nobody_else_read_its_key(tmp_path: Path) -> None:
    token = make_link(tmp_path, READER, NOW)
    kept = [path for path in tmp_path.rglob("*") if path.is_file()]
    assert len(kept) == 2 and not [path for path in kept if token in path.name + path.read_text()]
    assert {stat.S_IMODE(path.stat().st_mode) for path in kept} == {0o600}


@pytest.mark.parametrize("token", ["", "x", "../../reading.key", "é"])
def test_what_is_no_link_opens_nothing(tmp_path: Path, token: str) -> None:
    with pytest.raises(RefusedError, match="not complete"):
        look_up(tmp_path, token, NOW)


def test_looking_at_a_link_does_not_use_it_up(client: Client, reading_home: Path) -> None:
    token = make_link(reading_home, READER, datetime.now(UTC))
    for _look in range(2):
        page = client.get(door(token))
        assert page.status_code == 200 and "Begin reading as R1" in page.content.decode()
    assert COOKIE not in client.cookies
    assert client.post(door(token)).status_code == 302
    assert client.get(door(token)).status_code == 404


def test_the_cookie_can_be_neither_read_by_scripts_nor_sent_from_elsewhere(client: Client, reading_home: Path) -> None:
    cookie = enter(client, reading_home).cookies[COOKIE]
    assert cookie["httponly"] and cookie["samesite"] == "Strict" and int(cookie["max-age"]) == 30 * 86400
    assert "stsinj" not in cookie.value


@pytest.mark.parametrize("address", OTHER_PAGES)
def test_a_reader_sees_no_other_page(client: Client, reading_home: Path, address: str) -> None:
    response = enter(client, reading_home).get(address)
    assert response.status_code == 403
    said = response.content.decode()
    assert "no other page" in said and "PIT-0" not in said and "Participants" not in said


def test_a_reader_sees_the_list_and_a_case(client: Client, reading_home: Path) -> None:
    page = enter(client, reading_home).get("/stsinj/reading/")
    assert page.status_code == 200 and "Your cases" in page.content.decode()
    assert page["Content-Security-Policy"].startswith("default-src 'self'") and page["Cache-Control"] == "no-store"


@pytest.mark.parametrize("address", ["/stsinj/reading/", f"/stsinj/reading/{'0' * 32}/", "/stsinj/reading/x/case.json"])
def test_who_has_no_pass_sees_no_reading_page(client: Client, address: str) -> None:
    response = client.get(address)
    assert response.status_code == 403 and "Open the personal link" in response.content.decode()
    sign_in(client, "stsinj", "study_nurse")
    assert client.get(address).status_code == 403
    assert client.get("/stsinj/participants/PIT-001/").status_code == 200


@pytest.mark.parametrize("value", ["", "forged", "WyJzdHNpbmoiLCJSMSJd:1vABCD:0000"])
def test_a_forged_pass_opens_nothing_at_all(client: Client, value: str) -> None:
    client.cookies[COOKIE] = value
    for address in ("/", "/stsinj/", "/stsinj/reading/"):
        response = client.get(address)
        assert response.status_code == 403 and "Ask who keeps the plan" in response.content.decode()


def test_a_pass_of_another_home_opens_nothing(client: Client, reading_home: Path, tmp_path: Path) -> None:
    enter(client, reading_home)
    here = os.environ["CALCITRIAL_HOME"]
    make_link(tmp_path, READER, NOW)
    os.environ["CALCITRIAL_HOME"] = str(tmp_path)
    try:
        assert client.get("/stsinj/reading/").status_code == 403
    finally:
        os.environ["CALCITRIAL_HOME"] = here
    assert client.get("/stsinj/reading/").status_code == 200


def test_a_post_without_the_token_of_the_page_is_refused(client: Client, reading_home: Path) -> None:
    strict = Client(enforce_csrf_checks=True, headers={"host": "127.0.0.1"})
    token = make_link(reading_home, READER, datetime.now(UTC))
    refused = strict.post(door(token))
    assert refused.status_code == 403 and "nothing was entered" in refused.content.decode()
    assert look_up(reading_home, token, datetime.now(UTC)) == READER


def test_a_signed_in_reader_signs_out_and_changes_the_language_in_the_reading_room(client: Client) -> None:
    sign_in(client, "stsinj", "image_reader", "", "R1")
    page = client.get("/stsinj/reading/").content.decode()
    assert 'action="/sign-out/"' in page and 'action="/language/"' in page and '<html lang="en">' in page
    assert client.post("/language/", {"language": "fr", "next": "/stsinj/reading/"}).status_code == 302
    assert '<html lang="fr">' in client.get("/stsinj/reading/").content.decode()
    client.post("/sign-out/")
    assert client.get("/stsinj/reading/").status_code == 403


def test_a_reader_with_a_pass_may_choose_the_language_and_nothing_else(client: Client, reading_home: Path) -> None:
    page = enter(client, reading_home).get("/stsinj/reading/").content.decode()
    assert 'action="/language/"' in page and 'action="/sign-out/"' not in page
    assert client.post("/language/", {"language": "fr", "next": "/stsinj/reading/"}).status_code == 302
    assert '<html lang="fr">' in client.get("/stsinj/reading/").content.decode()
    assert client.post("/sign-out/").status_code == 403
