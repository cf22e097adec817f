"""Pages of a large study: as many statements as of a small one, fifty lines at a time, and the same lines."""

import re
import subprocess
import sys
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from django.db import connection
from django.test import Client

from calcitrial import quality
from calcitrial.clinic import dues
from calcitrial.data_desk.review_rows import seen_asked
from calcitrial.people import Scope, scoped
from calcitrial.protocol import load
from calcitrial.record import Author, Draft, Place, current_rows, gateway, open_study, protocol_of
from calcitrial.web.participants import participant_rows
from calcitrial.web.reading import Reading
from calcitrial.web.scoping import read_for
from tests.clinic.small_clinic import browser
from tests.signing_in import sign_in_by_grant
from tests.web.people import ANSWERS

STUDY, BY = "stsinj", Author("test", "study_nurse")
SITES = ("SIMULATED Bern", "SIMULATED Lyon")
PAGES = {
    "study_nurse": (
        "", "today/", "queries/", "safety/", "diary/", "screening/", "lesions/",
        "participants/P-0001/", "participants/P-0001/visits/", "participants/P-0001/forms/pain/?visit=W04",
    ),
    "data_manager": ("monitoring/", "locks/", "today/", "queries/?state=all"),
    "assessor": ("", "today/", "queries/"),
}  # fmt: skip


def person(number: int) -> list[Draft]:
    code, site = f"P-{number:04d}", SITES[number % 2]
    where = {"body_site": "knee", "side": "left", "view": "front", "map_x": 0.4, "map_y": 0.6, "role": "target"}
    event = {"term": "Fatigue", "grade": 1, "serious": False, "related": "unknown", "onset_date": "2026-02-01"}
    return [
        Draft(Place(code, "screening"), ANSWERS | {"site": site, "age_years": 40, "screening_date": "2026-01-05"}),
        Draft(Place(code, "enrolment"), {"enrolment_date": "2026-01-10"}),
        Draft(Place(code, "lesion", lesion=f"{code}-L1"), where),
        *(
            Draft(Place(code, "visit", v), {"visit_date": on})
            for v, on in (("BL", "2026-01-12"), ("W04", "2026-02-09"))
        ),
        Draft(Place(code, "pain", "BL"), {"pain_nrs": number % 11}),
        Draft(Place(code, "adverse_event", repeat="AE1"), event),
    ]


def enter(numbers: range) -> None:
    door = gateway(STUDY, "test")
    door.enter([draft for number in numbers for draft in person(number)], BY)
    for number in numbers:
        quality.raise_query(door, Place(f"P-{number:04d}", "pain", "BL"), "pain_nrs", "Sure?", BY)


@pytest.fixture
def few(home: Path) -> Iterator[Path]:
    """A study of six people at two sites, each with visits, an event and a query."""
    open_study(load(STUDY), "test")
    enter(range(6))
    yield home


def signed_in(role: str, site: str = "") -> Client:
    client = browser()
    sign_in_by_grant(client, STUDY, role, site, f"{role}{site[-4:]}")
    return client


def questions(client: Client, page: str) -> int:
    """Return how many statements a page takes when nothing is known of the newest entries yet."""
    asked = []

    def count(execute: Any, *statement: Any) -> Any:
        asked.append(statement[0])
        return execute(*statement)

    with connection.execute_wrapper(count):
        answer = client.get(f"/{STUDY}/{page}")
    assert answer.status_code == 200, page
    return len(asked)


def fresh_entry(number: int) -> None:
    medicine = {"cm_name": "colchicine", "cm_ongoing": True}
    gateway(STUDY, "test").enter([Draft(Place("P-0001", "conmed", repeat=f"CM{number}"), medicine)], BY)


def counted(clients: dict[str, Client], first: int) -> dict[tuple[str, str, str], int]:
    """Return the statements of every page, when it was asked before and when somebody entered something since."""
    found = {}
    for number, (role, page) in enumerate((role, page) for role, pages in PAGES.items() for page in pages):
        clients[role].get(f"/{STUDY}/{page}")
        found[role, page, "again"] = questions(clients[role], page)
        fresh_entry(first + number)
        found[role, page, "after a save"] = questions(clients[role], page)
    return found


def test_no_page_asks_more_of_the_database_when_the_study_grows(few: Path) -> None:
    clients = {role: signed_in(role) for role in PAGES}
    small = counted(clients, 1)
    enter(range(6, 50))
    assert counted(clients, 100) == small
    assert max(small.values()) < 60 and small["study_nurse", "", "again"] < 10


def test_a_save_takes_as_many_statements_in_a_large_study(few: Path) -> None:
    nurse, taken, end = signed_in("study_nurse"), list[int](), 6
    # Before each save others enter something; the first makes known what the others find.
    for code, more in (("P-0001", 1), ("P-0002", 1), ("P-0003", 33)):
        enter(range(end, end := end + more))
        sent = {"pain_nrs": "3", "_expected": "0", "_action": "finish"}
        asked: list[str] = []
        with connection.execute_wrapper(lambda run, *args, asked=asked: (asked.append(args[0]), run(*args))[1]):
            answer = nurse.post(f"/{STUDY}/participants/{code}/forms/pain/?visit=W04", sent)
        assert answer.status_code == 303, answer.content[-2000:]
        taken.append(len(asked))
    assert taken[1] == taken[2] < 40


def slowly(scope: Scope) -> Reading:
    """Return what a scope may read, with nothing kept: every list is then worked out from the rows alone."""
    return Reading(STUDY, protocol_of(STUDY), scoped(current_rows(STUDY), scope))


def kept(client: Client, page: str = "") -> Reading:
    return read_for(client.get(f"/{STUDY}/{page}").wsgi_request, STUDY)


@pytest.mark.parametrize("role, site", [(role, site) for role in PAGES for site in ("", SITES[0])])
def test_every_list_is_that_of_the_slow_way(few: Path, role: str, site: str) -> None:
    client, scope = signed_in(role, site), Scope(STUDY, "x", ((role, site),))
    for number in range(3):
        reading, slow, today = kept(client), slowly(scope), date(2026, 3, 20 + number)
        assert reading.rows.equals(slow.rows) and reading.sites == slow.sites
        assert participant_rows(reading) == participant_rows(slow)
        assert [one.visits for one in participant_rows(reading)] == [one.visits for one in participant_rows(slow)]
        assert dues(reading, scope, today) == dues(slow, scope, today)
        assert seen_asked(reading, scope) == seen_asked(slow, scope)
        if site:
            assert set(reading.sites.values()) == {site}
        fresh_entry(number + 1)
        enter(range(6 + number, 7 + number))


def test_open_points_are_those_of_every_form_judged(few: Path) -> None:
    states = list(quality.states(STUDY).values())
    for site in ("", *SITES):
        where = quality.sites_now(STUDY)
        mine = [one for one in states if not site or where[one.place.participant] == site]
        drafts = [str(one.place) for one in mine if one.missing]
        unsigned = [str(one.place) for one in mine if not one.missing and not one.signed]
        said = quality.open_points(STUDY, site)
        assert f"{sum(len(one.queries) for one in mine)} queries are not closed" in said[0]
        for words, found in (("are drafts", drafts), ("are not signed", unsigned)):
            (line,) = [one for one in said if words in one] or [""]
            assert (line == "") == (not found)
            if line:
                such = ", such as" if len(found) > 20 else ":"
                assert line == f"{len(found)} forms {words}{such} {', '.join(found[:20])}."


@pytest.mark.parametrize("page", ["", "queries/", "safety/", "diary/", "today/?kind=query"])
def test_long_lists_come_fifty_at_a_time(few: Path, page: str) -> None:
    enter(range(6, 54))
    nurse, mark = signed_in("study_nurse"), "&" if "?" in page else "?"
    first = nurse.get(f"/{STUDY}/{page}").content.decode()
    second = nurse.get(f"/{STUDY}/{page}{mark}page=2").content.decode()
    assert "1 to 50 of 54" in first and "51 to 54 of 54" in second
    main = [set(re.findall(r"P-\d{4}", text.split("<main")[1])) for text in (first, second)]
    assert (len(main[0]), len(main[1])) == (50, 4) and not main[0] & main[1]
    assert '<nav class="turn" aria-label' in first and 'rel="next"' in first and 'rel="prev"' in second
    assert len(first) < 150_000


def test_who_looks_for_a_code_finds_it_wherever_it_lies(few: Path) -> None:
    enter(range(6, 54))
    nurse = signed_in("study_nurse")
    for page in ("?q=", "queries/?participant=", "safety/?q=", "diary/?q="):
        text = nurse.get(f"/{STUDY}/{page}p-0053").content.decode().split("<main")[1]
        assert set(re.findall(r"P-\d{4}", text.replace("p-0053", ""))) == {"P-0053"}, page


ELSEWHERE = """
import sys
from pathlib import Path
from calcitrial.record import Author, Draft, Place, connect, gateway
connect(Path(sys.argv[1]), sys.argv[2])
event = {"term": "Nausea", "grade": 1, "serious": False, "related": "unknown", "onset_date": "2026-03-01"}
drafts = [Draft(Place("P-0001", "adverse_event", repeat="AE2"), event)]
gateway("stsinj", "elsewhere").enter(drafts, Author("N.", "study_nurse"))
"""


def test_what_another_process_saves_is_on_the_next_page(few: Path, address: str) -> None:
    there, elsewhere = signed_in("study_nurse", SITES[1]), signed_in("study_nurse", SITES[0])
    for client in (there, elsewhere):
        assert "P-0001 AE2" not in client.get(f"/{STUDY}/safety/").content.decode()
        client.get(f"/{STUDY}/today/")
    subprocess.run([sys.executable, "-c", ELSEWHERE, str(few), address], check=True)
    assert "P-0001 AE2" in there.get(f"/{STUDY}/safety/").content.decode()
    assert "P-0001 AE2" in there.get(f"/{STUDY}/today/").content.decode()
    for page in ("safety/", "today/"):
        assert "P-0001" not in elsewhere.get(f"/{STUDY}/{page}").content.decode()
