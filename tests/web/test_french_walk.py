"""Every address of the table of rights in French: no English on a page, in a label, in a title or in a refusal."""

import re
from collections.abc import Iterator
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import translation

from calcitrial.record import connect
from tests.clinic.small_clinic import browser
from tests.clinic.test_rights import ROLES, Row, table
from tests.signing_in import sign_in, sign_in_keeper

from .conftest import Filled
from .english import english_in

LINK = re.compile(r'(?:href|action)="([^"]+)"')
# Links that leave the pages, end the session, or hold no page.
AWAY = ("/static/", "/api/", "/sign-out/")
HERE = {"study": "stsinj", "code": "PIT-001", "visit": "BL", "lesion": "PIT-001-L1", "form": "screening"}
HERE |= {"repeat": "AE1", "number": "1", "name": "fr.html"}
# Names, codes, and what people and other programs typed; CTCAE is quoted in the language that we have it in.
ALLOWED = re.compile(
    r"\w+ = [^,]+|« Almost [^»]*»|"
    r"SIMULATED [\w ]+|\w+ \(simulated\)|\b[a-z]+(?:_[a-z]+)+\b|\b(?:AE|PIT)-?\d+\S*|/[\w./-]*|\bstsinj\b|"
    r"Intralesional (?:Injection of STS in Treatment of Calcinosis|sodium thiosulfate)|GCP and protocol|"
    r"CTCAE v5\.0|CC BY[\w .-]*|University of Pittsburgh|Injection site reaction|<script>.*|"
    r"read from the wrong line|typing error|belongs to another person|par exemple .*|\blisting\b|"
    r"\b(?:" + "|".join(sorted(ROLES)) + r")\b(?= \(|$)"
)


@pytest.fixture
def home(filled: Filled) -> Iterator[None]:
    connect(filled.home)
    yield
    translation.activate("en")


def reader_of_french(who: str) -> Client:
    client = browser()
    if who == "keeper":
        sign_in_keeper(client)
    elif who != "nobody":
        sign_in(client, "stsinj", who)
    client.cookies["django_language"] = "fr"
    return client


def address_of(row: Row) -> str:
    here = {name: HERE.get(name, value) for name, value in row.arguments.items()}
    if row.page == "registry_trial":
        here["number"] = "stsinj"
    query = row.query.replace("participant=A", "participant=PIT-001")
    return reverse(row.page, kwargs=here) + (f"?{query}" if query else "")


def english_of(client: Client, address: str) -> tuple[list[str], str]:
    """Return the English texts of a page, each with its address, and the page; nothing for what is no page."""
    answer: Any = client.get(address)
    if (
        answer.status_code in (302, 303)
        or answer.streaming
        or not answer.headers.get("Content-Type", "").startswith("text/html")
    ):
        return [], ""
    page = answer.content.decode()
    if "<html" not in page:  # a part of a page, which a script asks for
        page = f'<html lang="fr">{page}'
    assert answer.status_code < 500 and re.search(r'<html[^>]* lang="fr"', page), (address, answer.status_code)
    return [f"{answer.status_code} {address}: {text}" for text in english_in(page, ALLOWED)], page


def rows() -> list[Row]:
    """Return the addresses of pages; the report of a study is written in English."""
    found = [row for row in table().values() if row.method == "GET" and not row.page.startswith("api:")]
    return [row for row in found if row.page not in ("report_pooled", "sign_out")]


@pytest.mark.parametrize("who", [*ROLES, "keeper", "nobody"])
def test_no_address_of_the_table_answers_in_english(home: None, who: str) -> None:
    client, wrong, met = reader_of_french(who), list[str](), 0
    for row in rows():
        # Whose turn it is to open a page or to be refused it: each page is seen twice or more, not by everybody.
        if who in row.allowed or "all" in row.allowed or "anyone" in row.allowed or sum(map(ord, row.page)) % 4 == 0:
            found, page = english_of(client, address_of(row))
            wrong, met = wrong + found, met + bool(page)
    assert wrong == [], "\n".join(wrong)
    assert met > 12
