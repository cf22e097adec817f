"""The menu of a study: grouped, marked, and only what opens."""

import re
from collections.abc import Iterator

import pytest
from django.test import Client

from calcitrial.clinic.menu import FEW, MENU, groups
from calcitrial.people import Scope
from calcitrial.protocol import load
from calcitrial.record import close, connect, open_study
from tests.clinic.small_clinic import browser
from tests.signing_in import sign_in


@pytest.fixture(scope="module")
def study(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    connect(tmp_path_factory.mktemp("menu"), create=True)
    open_study(load("limoges", "concurrent_untreated"), "test")
    yield "limoges"
    close()


def menu(client: Client, address: str) -> str:
    page = client.get(address).content.decode()
    found = re.search(r'<nav class="menu".*?</nav>', page, re.S)
    return found[0] if found else ""


def test_every_page_stands_once() -> None:
    offered = [one.page for group in MENU.values() for one in group]
    assert len(offered) == len(set(offered)) > 20


@pytest.mark.parametrize("role", ["study_nurse", "investigator", "pharmacist", "monitor", "data_manager", "sponsor"])
def test_every_link_of_the_menu_opens(study: str, role: str) -> None:
    client = browser()
    sign_in(client, study, role)
    shown = menu(client, f"/{study}/today/")
    assert shown.count("<details") == len(MENU)
    for link in re.findall(r'href="([^"]+)"', shown):
        assert client.get(link).status_code == 200, link


def test_the_page_and_its_group_are_marked(study: str) -> None:
    client = browser()
    sign_in(client, study, "study_nurse")
    shown = menu(client, f"/{study}/queries/")
    assert re.findall(r'href="([^"]+)" aria-current="page"', shown) == [f"/{study}/queries/"]
    assert re.findall(r'<summary class="current">(\w+)', shown) == ["Data"]


def test_a_page_below_another_marks_its_way(study: str) -> None:
    scope = Scope(study, "nora", (("study_nurse", ""),))
    found = groups(scope, study, f"/{study}/participants/P1/visits/")
    assert [link.words for group in found for link in group.links if link.current] == ["Participants"]


def test_few_links_stand_in_the_open(study: str) -> None:
    client = browser()
    sign_in(client, study, "safety_board")
    shown = menu(client, f"/{study}/board/")
    assert "<details" not in shown and 0 < shown.count("<li>") <= FEW


def test_who_is_blinded_is_offered_the_pooled_report_alone(study: str) -> None:
    client = browser()
    sign_in(client, study, "sponsor")
    offered = client.get(f"/{study}/report/").content.decode()
    assert f"/{study}/report/pooled/" in offered and "report.html" not in offered
    pooled = client.get(f"/{study}/report/pooled/")
    assert pooled.status_code == 200 and "sandbox" in pooled.headers["Content-Security-Policy"]
    text = pooled.content.decode()
    assert "Enrolment by site" in text and "no arm" in text and "Events by term" not in text
    assert client.get(f"/{study}/report/pooled/pdf/").content.startswith(b"%PDF")
    assert client.get(f"/{study}/report/report.html").status_code == 403
    client = browser()
    sign_in(client, study, "sponsor", "SOMEWHERE", "sam")
    assert client.get(f"/{study}/report/pooled/").status_code == 403


def test_no_menu_without_a_role(study: str) -> None:
    assert groups(Scope(study, "x", ()), study, "/") == []
