"""What a page can do, a script can do: every page has an act in `acts.csv` that is there, or a reason why not.

A new page needs a row, or this test fails. Columns: `page` (the name of the address), `act` (names of acts, or a
method and an address), `reason` where there is none.
"""

import csv
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from django.test import Client
from django.urls import URLPattern, get_resolver

from calcitrial import verbs
from calcitrial.protocol import Protocol
from calcitrial.record import close, connect
from tests.signing_in import sign_in

TABLE = Path(__file__).parent / "acts.csv"


@cache
def table() -> dict[str, tuple[str, str]]:
    with TABLE.open(encoding="utf-8", newline="") as lines:
        return {row["page"]: (row["act"], row["reason"]) for row in csv.DictReader(lines)}


@pytest.fixture(scope="module")
def schema(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, Any]]:
    """The OpenAPI description as a script gets it."""
    connect(tmp_path_factory.mktemp("table"), create=True)
    yield Client(headers={"host": "127.0.0.1"}).get("/api/v1/openapi.json").json()
    close()


def described(schema: dict[str, Any]) -> set[str]:
    """The addresses of the description as the table writes them."""
    found = set()
    for path, methods in schema["paths"].items():
        name = path.removeprefix("/api/v1/").removeprefix("{study}/")
        found |= {name.removeprefix("acts/") if "acts/" in name else f"{method.upper()} {name}" for method in methods}
    return found


def acts_in(text: str) -> list[str]:
    words, found = text.split(), []
    while words:
        word = words.pop(0)
        found.append(f"{word} {words.pop(0)}" if word in ("GET", "POST") else word)
    return found


def test_every_page_has_a_row_and_every_row_a_page(schema: dict[str, Any]) -> None:
    there = {one.name for one in get_resolver().url_patterns if isinstance(one, URLPattern)}
    assert there - set(table()) == set(), "add a row to tests/api/acts.csv for each of these pages"
    assert set(table()) - there == set(), "these rows name no page"


def test_every_row_names_acts_that_are_described_or_says_why_not(schema: dict[str, Any]) -> None:
    known = described(schema)
    for page, (act, reason) in table().items():
        assert bool(act) != bool(reason), f"{page} needs an act or a reason, one of them"
        assert set(acts_in(act)) <= known, page


def test_every_act_belongs_to_a_page(schema: dict[str, Any]) -> None:
    acts = {name for name in described(schema) if " " not in name}
    assert acts - {one for act, _reason in table().values() for one in acts_in(act)} == set()


def test_a_body_with_an_unknown_key_is_refused_by_every_act(schema: dict[str, Any], stsinj: Protocol) -> None:
    verbs.open_study(stsinj)
    client = Client(headers={"host": "127.0.0.1"})
    sign_in(client, "stsinj", "study_nurse")
    for name in sorted(one for one in described(schema) if " " not in one):
        body = '{"an unknown key": 1}'
        response = client.post(f"/api/v1/stsinj/acts/{name}", body, content_type="application/json")
        assert response.status_code == 422, name
        assert "an unknown key" in response.content.decode(), name


@pytest.mark.parametrize("name", ["sign", "lock", "unlock", "endorse", "freeze-lesions", "sign-event", "recommend"])
def test_what_signs_asks_for_both_components(schema: dict[str, Any], name: str) -> None:
    act = schema["paths"][f"/api/v1/{{study}}/acts/{name}"]["post"]
    body = act["requestBody"]["content"]["application/json"]["schema"]["$ref"]
    shapes = schema["components"]["schemas"]
    assert "proof" in shapes[body.rpartition("/")[2]]["required"]
    assert set(shapes["Proof"]["required"]) == {"password", "code"}
