"""The served pages: for everybody, the bytes of the export, with a policy that lets nothing in."""

from pathlib import Path

import pytest
from django.test import Client
from django.urls import NoReverseMatch

from calcitrial.evidence import add_report, studies
from calcitrial.leaflet import file_of
from calcitrial.protocol import load
from calcitrial.public import trial_pages
from calcitrial.record import open_study
from tests.evidence.test_base import NEW

LIMOGES = load("limoges", control="concurrent_untreated")


@pytest.fixture
def client(home: Path, monkeypatch: pytest.MonkeyPatch) -> Client:
    monkeypatch.setenv("CALCITRIAL_HOME", str(home))
    open_study(LIMOGES, "test")
    return Client(SERVER_NAME="localhost")


def test_anybody_gets_the_bytes_of_the_export(client: Client) -> None:
    answer = client.get("/public/limoges/en.html")
    assert (answer.status_code, answer["Content-Type"]) == (200, "text/html; charset=utf-8")
    assert answer.content == file_of("en.html", LIMOGES, studies(), trial_pages.beside("limoges"))
    assert answer["Content-Security-Policy"].startswith("default-src 'none'; style-src 'sha256-")
    assert client.get("/public/limoges/trial.json")["Content-Type"] == "application/ld+json"


def test_pages_that_are_served_beside_it_are_linked_and_others_are_not(
    client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(trial_pages, "reverse", lambda page, kwargs: f"/{page}/")
    text = client.get("/public/limoges/en.html").content.decode()
    assert '<a href="/clinics/?trial=limoges">Search for clinics' in text

    def nowhere(page: str, kwargs: dict[str, str]) -> str:
        raise NoReverseMatch(page)

    monkeypatch.setattr(trial_pages, "reverse", nowhere)
    assert "Search for clinics" not in client.get("/public/limoges/en.html").content.decode()


def test_nothing_can_be_sent_to_it(client: Client) -> None:
    assert client.post("/public/limoges/en.html").status_code in (403, 405)


def test_the_chosen_control_is_not_told(client: Client) -> None:
    text = client.get("/public/limoges/en.html").content.decode()
    assert "What the treatment is compared with is not public." in text
    assert not any(arm.label in text for arm in LIMOGES.arms)


@pytest.mark.parametrize("page", ["/public/limoges/de.html", "/public/nobody/en.html", "/public/limoges/x"])
def test_what_is_not_there_is_a_sentence(client: Client, page: str) -> None:
    answer = client.get(page)
    assert answer.status_code == 404 and answer.content.decode().strip().endswith(".")


def test_the_page_is_made_anew_when_a_report_is_added(client: Client, home: Path, tmp_path: Path) -> None:
    before = client.get("/public/limoges/en.html").content.decode()
    (tmp_path / "new.toml").write_text(NEW, "utf-8")
    add_report(tmp_path / "new.toml", home)
    after = client.get("/public/limoges/en.html").content.decode()
    assert "4 people of 10" in after and "Together: 44 %" in after and "4 people of 10" not in before


def test_the_registry_and_the_pages_of_a_trial_lead_to_each_other(client: Client) -> None:
    listed = client.get("/registry/trials/NCT03582800/").content.decode()
    assert 'href="/public/limoges/en.html"' in listed and 'href="/public/limoges/fit/"' in listed
    assert "/fit/" not in client.get("/registry/trials/stsinj/").content.decode()
