"""A word planted in every hidden text of every form reaches no blinded role: page, script, PDF, ZIP, address, log."""

import io
import logging
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pypdf
import pytest
from django.test import Client

from calcitrial.people import Scope, shown_blinded
from calcitrial.protocol import Form, RefusedError, house_forms
from calcitrial.quality import raise_query
from calcitrial.record import KEYS, Draft, Gateway, Place, close, connect, gateway, read_head
from tests.clinic.test_rights import BLINDED, BY, ENDING, ROLES, STUDY, Row, fill, let_in, table

PLANTED = "PLANTED-"
# What the program itself reads as a key or a list; another word there is no study any more.
NOT_WORDS = {"allocation_secret", "allocation_commitment", "lesion_list", "sealed_codes", "reading_plan"}
NOT_WORDS |= {"query", "verification", "signature", "study_signature", "endorsement", "trail_review"}
# Of people, of dates; their pages are for who keeps them.
NOT_WORDS |= {"delegation", "training", "grant", "release", "amendment"}
# An administrator keeps the addresses of who is told of events; they tell nothing of an arm.
BY_DESIGN = {("administrator", "safety_contacts")}
PLACES = {"participant": "A", "visit": "BL", "lesion": "A-L1"}


def plant(door: Gateway) -> set[str]:
    """Enter a word of its own into every text that blinded people must not see; return the words."""
    every = {form.id: form for form in (*door.protocol.forms, *house_forms().values())}
    found: set[str] = set()
    for form in every.values():
        hidden = [item for item in form.items if item.type == "text" and not shown_blinded(form.id, item.id)]
        words = {item.id: f"{PLANTED}{form.id}-{item.id}" for item in hidden}
        if words and not form.opens and form.id not in NOT_WORDS:
            try:
                door.enter([Draft(_place(form), words, partial=True)], BY)
            except RefusedError:
                continue
            found |= set(words.values())
    raise_query(door, Place("A", "injection", "W01", "A-L1"), "vial", f"{PLANTED}query", BY)
    return found | {f"{PLANTED}query"}


def _place(form: Form) -> Place:
    repeat = f"{form.repeats or 'AE'}7"
    return Place(form=form.id, **{key: PLACES.get(key, repeat) for key in KEYS[form.level]} | _own(form, repeat))


def _own(form: Form, repeat: str) -> dict[str, str]:
    return {"participant": "", "repeat": repeat} if form.level == "study" else {}


@pytest.fixture(scope="module")
def planted(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Path, set[str]]]:
    home = tmp_path_factory.mktemp("planted")
    connect(home, create=True)
    fill()
    yield home, plant(gateway(STUDY, "test"))
    close()


def words_of(answer: Any) -> str:
    """Return everything that an answer says: headers (addresses too), text, and what PDF and ZIP hold."""
    body = b"".join(answer.streaming_content) if answer.streaming else answer.content
    text = f"{answer.headers} {body.decode('utf-8', 'replace')}"
    if body.startswith(b"%PDF"):
        text += " ".join(page.extract_text() for page in pypdf.PdfReader(io.BytesIO(body)).pages)
    if body.startswith(b"PK"):
        with zipfile.ZipFile(io.BytesIO(body)) as inside:
            text += " ".join(inside.read(name).decode("utf-8", "replace") for name in inside.namelist())
    return text


def asked(client: Client, row: Row) -> str:
    """Return what is answered to reading a page, and to sending nothing there."""
    found = "" if row.method == "POST" else words_of(client.get(row.address()))
    return found + words_of(client.post(row.address(), {"_expected": "0", "act": "x"}))


def test_the_blinded_roles_are_those_that_the_table_of_rights_makes_so() -> None:
    made = [role for role in ROLES if Scope(STUDY, "x", ((role, ""),)).blinded]
    assert sorted(made) == sorted(BLINDED)


@pytest.mark.requirement("ICH E6(R3) 4.1.1–3")
@pytest.mark.parametrize("who", BLINDED)
def test_no_planted_word_reaches_who_is_blinded(
    planted: tuple[Path, set[str]], who: str, caplog: pytest.LogCaptureFixture
) -> None:
    connect(planted[0])
    client = Client(headers={"host": "127.0.0.1"})
    let_in(client, who)
    caplog.set_level(logging.DEBUG)
    told = [row.page for row in table().values() if row.page not in ENDING and PLANTED in asked(client, row)]
    assert [page for page in told if (who, page) not in BY_DESIGN] == [] and PLANTED not in caplog.text


@pytest.mark.requirement("21 CFR 11.10(d),(g)")
def test_what_is_sent_to_an_address_by_who_may_not_open_it_is_refused(planted: tuple[Path, set[str]]) -> None:
    connect(planted[0])
    before, wrong = read_head(STUDY), []
    for who in (*ROLES, "keeper", "nobody"):
        client = Client(headers={"host": "127.0.0.1"})
        let_in(client, who)
        for row in table().values():
            if row.page in ENDING or row.opens_to(who):
                continue
            status = client.post(row.address(), {"_expected": "0"}).status_code
            if status not in row.refusals(who) | {405}:
                wrong.append(f"{who} {row.page}: {status}")
    assert wrong == [] and read_head(STUDY) == before


def test_the_planted_words_are_there_for_who_may_see_them(planted: tuple[Path, set[str]]) -> None:
    connect(planted[0])
    _home, words = planted
    shown = set()
    for who in ("data_manager", "investigator", "pharmacist"):
        client = Client(headers={"host": "127.0.0.1"})
        let_in(client, who)
        text = client.get(f"/api/v1/{STUDY}/forms").content.decode()
        shown |= {word for word in words if word in text}
    assert len(words) > 30 and len(shown) > 20, (len(words), len(shown))


@pytest.mark.requirement("21 CFR 11.10(d),(g)")
def test_every_operation_of_the_program_interface_has_a_row_of_its_own(planted: tuple[Path, set[str]]) -> None:
    connect(planted[0])
    paths = Client(headers={"host": "127.0.0.1"}).get("/api/v1/openapi.json").json()["paths"]
    rows = {
        (row.method, row.address().split("?")[0])
        for row in table().values()
        if row.page.startswith("api:") and not row.page.startswith("api:api-")
    }
    patterns = {(method, address) for method, address in rows}
    missing = []
    for path, methods in paths.items():
        for method in methods:
            like = [address for how, address in patterns if how == method.upper() and _fits(path, address)]
            missing += [] if like else [f"{method.upper()} {path}"]
    assert missing == [] and sum(map(len, paths.values())) > 60


def _fits(path: str, address: str) -> bool:
    parts, given = path.strip("/").split("/"), address.strip("/").split("/")
    return len(parts) == len(given) and all(
        one == other or one.startswith("{") for one, other in zip(parts, given, strict=True)
    )
