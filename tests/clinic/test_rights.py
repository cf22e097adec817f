"""Who gets which page: every role at every address, from the table `rights.csv`; and no arm ever to who is blinded.

A new page needs a row in the table, or this test fails. Columns: `page` (the name of the address), `method`, `allowed`
(roles, or `all` who are signed in, `keeper` of the home, `anyone`), `status` for who is allowed, `arguments` of the
address (name=value), its `query`, and `design`: yes where a page shows the arms of the protocol itself, which
everybody may know.
"""

import csv
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver, reverse

from calcitrial.people import roles
from calcitrial.protocol import Arm, load
from calcitrial.record import Author, Draft, Gateway, Place, close, connect, open_study, read_head
from tests.signing_in import sign_in, sign_in_keeper

TABLE = Path(__file__).parent / "rights.csv"
STUDY, BY = "limoges", Author("test", "test")
ROLES = tuple(sorted(roles()))
BLINDED = ("assessor", "sponsor", "administrator", "image_reader")
# Values that stand at hidden places only; each would tell, or help to tell, who had which treatment.
TELLING = ("ARMZEBRA", "Zebra", "ARMYAK", "Yak", "VIAL-OF-A", "Injection site reaction")


@dataclass(frozen=True)
class Row:
    """One line of the table."""

    page: str
    method: str
    allowed: frozenset[str]
    status: frozenset[int]
    arguments: dict[str, str]
    query: str
    design: bool

    def address(self) -> str:
        return reverse(self.page, kwargs=self.arguments) + (f"?{self.query}" if self.query else "")

    def refusals(self, who: str) -> frozenset[int]:
        """How a person is turned away; the program interface reads the shape of a request before it asks who calls."""
        if self.page.startswith("api:"):
            here = {401} if who == "nobody" else {403, 404}
            return frozenset(here | {400, 422} if self.method == "POST" else here)
        return frozenset({302, 403} if who == "nobody" else {403, 404})

    def opens_to(self, who: str) -> bool:
        if "anyone" in self.allowed:
            return True
        return who in self.allowed or ("all" in self.allowed and who != "nobody")


@cache
def table() -> dict[str, Row]:
    found = {}
    with TABLE.open(encoding="utf-8", newline="") as lines:
        for line in csv.DictReader(lines):
            status = frozenset(int(one) for one in (line["status"] or "200").split())
            arguments = dict(pair.split("=", 1) for pair in line["arguments"].split())
            allowed = frozenset(line["allowed"].split())
            how = (line["method"] or "GET", allowed, status, arguments, line["query"], line["design"] == "yes")
            found[line["page"]] = Row(line["page"], *how)
    return found


def pages(patterns: list[Any], prefix: str = "") -> Iterator[tuple[str, Any]]:
    """Yield name and view of every address."""
    for one in patterns:
        if isinstance(one, URLResolver):
            inner = f"{prefix}{one.namespace}:" if one.namespace else prefix
            yield from pages(one.url_patterns, inner)
        elif isinstance(one, URLPattern):
            yield f"{prefix}{one.name}", one.callback


def fill() -> None:
    """Enter one treated and one untreated participant, at two sites, with everything that tells which is which."""
    protocol = load("limoges", "concurrent_untreated")
    arms = (
        Arm(id="ARMZEBRA", label="Zebra treatment", treated=True),
        Arm(id="ARMYAK", label="Yak nothing", treated=False),
    )
    gateway = open_study(protocol.model_copy(update={"arms": arms}), "test")
    for code, site, arm in (("A", "S1", "ARMZEBRA"), ("B", "S2", "ARMYAK")):
        person(gateway, code, site, arm)
    place = Place("A", "injection", "W01" if protocol.visit("W01") else protocol.visits[1].id, "A-L1")
    shot = {"injected": True, "concentration": 150, "volume": 1, "vial": "VIAL-OF-A", "guidance": "ultrasound"}
    visit = Draft(Place("A", "visit", place.visit), {"visit_date": "2026-03-20"})
    gateway.enter([visit, Draft(place, shot)], BY)
    event = {"term": "Injection site reaction", "grade": 2, "serious": False, "related": "related"}
    event |= {"onset_date": "2026-03-21", "ae_lesion": "A-L1", "ae_visit": place.visit}
    gateway.enter([Draft(Place("A", "adverse_event", repeat="AE1"), event)], BY)


def person(gateway: Gateway, code: str, site: str, arm: str) -> None:
    lesion = {"body_site": "knee", "side": "left", "view": "front", "map_x": 0.4, "map_y": 0.6, "role": "target"}
    screened = {"screening_date": "2026-03-01", "site": site, "age_years": 40, "diagnosis": "SSc"}
    forms = [
        Draft(Place(code, "screening"), screened),
        Draft(Place(code, "enrolment"), {"enrolment_date": "2026-03-02"}),
        Draft(Place(code, "lesion", lesion=f"{code}-L1"), lesion),
        Draft(Place(code, "allocation"), {"arm": arm, "stratum": "SSc", "slot": 1 if code == "A" else 2}),
    ]
    gateway.enter(forms, BY)


@pytest.fixture(scope="module")
def study(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    home = tmp_path_factory.mktemp("rights")
    connect(home, create=True)
    fill()
    yield home
    close()


@pytest.fixture
def client(study: Path) -> Client:
    connect(study)
    return Client(headers={"host": "127.0.0.1"})


def let_in(client: Client, who: str) -> None:
    """Sign in as somebody of this role at every site, as keeper of the home, or not at all."""
    if who == "keeper":
        sign_in_keeper(client)
    elif who != "nobody":
        sign_in(client, STUDY, who)


def ask(client: Client, row: Row) -> Any:
    return client.post(row.address()) if row.method == "POST" else client.get(row.address())


@pytest.mark.requirement("21 CFR 11.10(d),(g)")
def test_every_address_has_a_row_and_every_row_an_address(study: Path) -> None:
    there = {name for name, _view in pages(get_resolver().url_patterns)}
    assert there - set(table()) == set(), "add a row to tests/clinic/rights.csv for each of these pages"
    assert set(table()) - there == set(), "these rows name no page"


@pytest.mark.requirement("21 CFR 11.10(d),(g)")
def test_every_view_says_who_may_open_it(study: Path) -> None:
    found = dict(pages(get_resolver().url_patterns))
    silent = [
        name
        for name, view in found.items()
        if not (getattr(view, "capability", "") or getattr(view, "open_to", "") or name.startswith("api:"))
    ]
    assert silent == [], "a view that names neither a capability nor `open_to` opens to nobody"


@pytest.mark.requirement("21 CFR 11.10(d),(g)")
@pytest.mark.parametrize("who", [*ROLES, "keeper", "nobody"])
def test_each_role_opens_what_the_table_says_and_nothing_else(client: Client, who: str) -> None:
    let_in(client, who)
    before, wrong = read_head(STUDY), []
    for row in table().values():
        if row.page in ENDING or (row.method == "POST" and row.opens_to(who)):
            continue
        status = ask(client, row).status_code
        good = row.status if row.opens_to(who) else row.refusals(who)
        if status not in good:
            wrong.append(f"{row.page} {row.address()}: {status}, not one of {sorted(good)}")
    assert wrong == []
    assert read_head(STUDY) == before, "being refused enters nothing"


# These end the session that the test asks with.
ENDING = ("sign_out",)


@pytest.mark.requirement("ICH E6(R3) 4.1.1–3")
@pytest.mark.parametrize("who", BLINDED)
def test_no_arm_reaches_who_is_blinded_by_page_header_or_address(client: Client, who: str) -> None:
    let_in(client, who)
    told = []
    for row in table().values():
        if row.method == "GET" and not row.design and row.page not in ENDING:
            response = ask(client, row)
            body = b"".join(response.streaming_content) if response.streaming else response.content
            text = f"{response.headers} {body.decode('utf-8', 'replace')}"
            told += [f"{row.page}: {word}" for word in TELLING if word in text]
    assert told == []


def test_the_words_that_blinded_people_must_not_get_are_there_for_others(client: Client) -> None:
    let_in(client, "study_nurse")
    told = "".join(
        ask(client, row).content.decode() for row in table().values() if row.page in ("participant", "event")
    )
    assert [word for word in TELLING[:6] if word not in told] == ["ARMZEBRA", "ARMYAK", "Yak"]
    api = client.get(f"/api/v1/{STUDY}/forms").content.decode()
    assert "ARMZEBRA" in api and "ARMYAK" in api and "VIAL-OF-A" in api


@pytest.mark.requirement("ICH E6(R3) 4.1.1–3")
@pytest.mark.parametrize(
    "query",
    [
        "participant=A&form=injection&visit=W01&lesion=A-L1",
        "participant=A&form=allocation",
        "participant=A&form=allocation&item=arm",
        "participant=A&form=adverse_event&repeat=AE1&item=term",
        "form=allocation_slot&repeat=SSc%2F1",
        "form=_redaction&repeat=1",
    ],
)
def test_hidden_places_have_no_history_for_who_is_blinded(client: Client, query: str) -> None:
    let_in(client, "assessor")
    for address in (f"/{STUDY}/history/?{query}", f"/api/v1/{STUDY}/history?{query}"):
        response = client.get(address)
        text = response.content.decode()
        assert response.status_code == 404 or text == "[]", address
        assert not [word for word in TELLING if word in text.replace(query, "")]


@pytest.mark.requirement("21 CFR 11.10(d),(g)")
@pytest.mark.parametrize("role", ["study_nurse", "investigator", "assessor", "pharmacist"])
def test_who_is_at_one_site_cannot_tell_a_participant_of_another_from_nobody(client: Client, role: str) -> None:
    sign_in(client, STUDY, role, "S1", f"{role} at S1")
    for row in table().values():
        if "code" not in row.arguments or row.method != "GET" or not row.opens_to(role):
            continue
        answers = []
        for code in ("B", "Z"):
            address = reverse(row.page, kwargs=row.arguments | {"code": code})
            response = client.get(address)
            answers.append(
                (response.status_code, response.content.decode().replace(f"{code}-L1", "").replace(code, ""))
            )
        assert answers[0][0] == answers[1][0] == 404, row.page
    listed = client.get(f"/{STUDY}/").content.decode()
    assert "/participants/A/" in listed and "/participants/B/" not in listed
    assert "B-L1" not in client.get(f"/{STUDY}/lesions/").content.decode()
    assert client.get(f"/{STUDY}/history/?participant=B").status_code == 404
