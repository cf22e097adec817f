"""The public list and the page of a trial: nobody signs in, nothing needs a script, and every fact shows its source."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from django.test import Client

from calcitrial.record import close, connect
from calcitrial.registry import import_files, write_studies
from tests.registrations.files import PORTAL, study, written

HOSTILE = '"><script>alert(1)</script>'


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    home = tmp_path_factory.mktemp("public")
    connect(home, create=True)
    write_studies(home / "many.jsonl", 60, seed=3)
    hostile = study(
        identificationModule__nctId="NCT99099999",
        identificationModule__briefTitle="Title '\"><img src=x onerror=alert(1)> of a trial",
        identificationModule__secondaryIdInfos=[],
        sponsorCollaboratorsModule__leadSponsor={"name": HOSTILE},
    )
    files = [written(home, "a.json", study()), written(home, "b.xml", PORTAL), written(home, "c.json", hostile)]
    assert not import_files(home, [*files, home / "many.jsonl"]).problems
    yield home
    close()


@pytest.fixture
def client(made: Path) -> Client:
    connect(made)
    return Client(headers={"host": "127.0.0.1"})


def text_of(client: Client, address: str, status: int = 200) -> str:
    response = client.get(address)
    assert response.status_code == status, response.content[:500]
    assert len(response.content) < 100_000
    return response.content.decode()


def test_the_list_shows_recruiting_trials_first_and_turns_pages(client: Client) -> None:
    first = text_of(client, "/registry/")
    assert "65 trials" in first and first.count('<li class="card trial">') == 20
    assert 'rel="next"' in first and 'rel="prev"' not in first
    last = text_of(client, "/registry/?page=4")
    assert last.count('<li class="card trial">') == 5 and 'rel="next"' not in last and 'rel="prev"' in last


def test_filters_stay_in_the_form_and_in_the_links_to_other_pages(client: Client) -> None:
    text = text_of(client, "/registry/?words=synthetic&age=40&page=2")
    assert 'value="synthetic"' in text and 'value="40"' in text and '<details class="more-filters" open>' in text
    assert "words=synthetic" in text and "age=40" in text


def test_distance_is_a_filter(client: Client) -> None:
    text = text_of(client, "/registry/?near=69006&km=25&words=MADEUP")
    assert "Thiosulfate for calcinosis" in text and "the nearest first" in text
    assert "No trial" in text_of(client, "/registry/?near=15213&near_country=United+States&km=25&words=MADEUP")


@pytest.mark.parametrize(
    ("query", "sentence"),
    [
        ("near=87999", "Did you mean 87"),
        ("near=Springfield&near_country=United+States", "Add the region, such as Springfield, AR"),
        ("age=old", "is no age"),
        ("country=Atlantis", "is no country known here"),
        ("status=open&phase=9", "is none of those known"),
        ("near=1&near_country=Atlantis", "no postal codes of"),
    ],
)
def test_what_cannot_be_searched_is_said_beside_the_form(client: Client, query: str, sentence: str) -> None:
    text = text_of(client, f"/registry/?{query}", 422)
    assert sentence in text and 'role="alert"' in text


@pytest.mark.parametrize("page", ["0", "-1", "x", "99999999999999", "²"])
def test_a_page_that_is_none_is_the_first_or_the_last(client: Client, page: str) -> None:
    text_of(client, f"/registry/?page={page}")


def test_a_trial_shows_every_source_of_every_item_and_conflicts_side_by_side(client: Client) -> None:
    text = text_of(client, "/registry/trials/NCT99000001/")
    assert "Sources contradict each other" in text and "Recruiting / Not recruiting" in text
    assert "statusModule.overallStatus" in text and "recruitment_status" in text
    assert "left empty" in text and "Ethics review" in text.split("Not public")[1]


def test_the_real_limoges_record_shows_both_end_dates_with_their_pages(client: Client) -> None:
    text = text_of(client, "/registry/trials/limoges/")
    assert "<span>2023-03-01</span> / <span>2023-03-18</span>" in text
    assert "clinicaltrialexchange.com" in text and "centerwatch.com" in text
    assert "print 0 or leave the place blank" in text
    assert "Primary outcome" in text.split("Not public")[1]


def test_what_files_bring_is_shown_as_text_and_never_as_marks(client: Client) -> None:
    for address in ("/registry/?words=title", "/registry/trials/NCT99099999/", "/registry/clinics/?trial=NCT99099999"):
        text = text_of(client, address)
        assert "<script>alert" not in text and "onerror" not in text
    text = text_of(client, f"/registry/?words={HOSTILE}")
    assert "<script>alert" not in text


def test_a_trial_that_is_not_there_is_said(client: Client) -> None:
    assert "There is no trial" in text_of(client, "/registry/trials/NCT0/", 404)


@pytest.mark.parametrize("address", ["/registry/", "/registry/clinics/", "/registry/trials/limoges/"])
def test_public_pages_take_no_posts(client: Client, address: str) -> None:
    assert client.post(address).status_code == 405
