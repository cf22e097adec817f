"""Every filter against a plain look at every trial, on SQLite and on PostgreSQL; the same answers in the same order."""

import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import psycopg
import pytest

from calcitrial.protocol import RefusedError, load
from calcitrial.registrations import Trial, distance_km, locate
from calcitrial.registrations.plain_text import searchable
from calcitrial.registry import Search, ask, countries_of, find, import_files, list_own, opened, search, write_studies
from calcitrial.registry import mirror as mirror_module
from calcitrial.registry.index import trials_of
from calcitrial.registry.mirror import found_there, mirror
from calcitrial.registry.search import POSTGRESQL

COUNT = 400
SEARCHES = {
    "everything": Search(),
    "words": Search("Thiosulfate pain"),
    "accents and case": Search("THIÓSULFATE"),
    "condition": Search(condition="systemic sclerosis"),
    "intervention": Search(intervention="placebo"),
    "status": Search(status="recruiting"),
    "phase": Search(phase="2"),
    "country": Search(country="France"),
    "age": Search(age=1.0),
    "old age": Search(age=70.0),
    "women": Search(sex="female"),
    "near": Search(near=locate("87000", "FR"), km=300),
    "near with words": Search("synthetic", near=locate("15213", "US"), km=500, status="completed"),
    "all of it": Search("trial", condition="cancer", phase="3", age=40.0, sex="male", country="United States"),
    "nothing": Search("zzzzzz"),
    "marks": Search('"; DROP TABLE trial; -- * NEAR( ^ {x} : - OR AND NOT'),
}


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("registry")
    write_studies(folder / "made-up.jsonl", COUNT, seed=7)
    assert import_files(folder, [folder / "made-up.jsonl"]).new == COUNT
    return folder


@pytest.fixture
def every(home: Path) -> Iterator[list[Trial]]:
    with opened(home) as link:
        yield trials_of(link, [row[0] for row in link.execute("SELECT n FROM trial")])


def fits(trial: Trial, asked: Search) -> bool:
    """Look at one trial without any index."""
    facets = trial.facets
    texts = [*facets.conditions, *facets.interventions, trial.title]
    texts += [one.item(number).value for one in trial.statements for number in ("3", "5", "8", "10", "14", "19")]
    texts += [f"{site.name} {site.town}" for site, _source in trial.sites]
    texts += [one for source in trial.statements for one in source.ids]
    has = set(searchable(" ".join(texts)).split())
    ill, treated = (set(searchable(" ".join(found)).split()) for found in (facets.conditions, facets.interventions))
    good = set(searchable(asked.words).split()) <= has
    good &= set(searchable(asked.condition).split()) <= ill and set(searchable(asked.intervention).split()) <= treated
    for value, found in (
        (asked.status, facets.statuses),
        (asked.phase, facets.phases),
        (asked.country, facets.countries),
    ):
        good &= not value or value in found
    good &= not asked.sex or not facets.sexes or asked.sex in facets.sexes
    if asked.age is not None:
        good &= (facets.youngest or 0) <= asked.age <= (200 if facets.oldest is None else facets.oldest)
    return bool(good) and (asked.near is None or away(trial, asked) <= asked.km)


def away(trial: Trial, asked: Search) -> float:
    assert asked.near is not None
    here = (asked.near.latitude, asked.near.longitude)
    sites = [(site.latitude, site.longitude) for site, _source in trial.sites if site.latitude is not None]
    return min((distance_km(here, (lat, lon or 0.0)) for lat, lon in sites), default=1e9)


@pytest.mark.parametrize("name", SEARCHES)
def test_sqlite_finds_what_a_look_at_every_trial_finds(home: Path, every: list[Trial], name: str) -> None:
    asked = SEARCHES[name]
    expected = {trial.id for trial in every if fits(trial, asked)}
    with opened(home) as link:
        found = find(link, asked, most=200)
        assert found.total == len(expected)
        assert {trial.id for trial in trials_of(link, found.numbers)} <= expected
    assert name in ("nothing", "marks") or expected


@pytest.fixture(scope="module")
def copied(home: Path, postgresql_server: object) -> Iterator[str]:
    address = postgresql_server.fresh()  # type: ignore[attr-defined]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(mirror_module, "MANY", 10)
        with opened(home) as link:
            assert mirror(link, address) == "402 trials are searched in PostgreSQL."
        yield address


@pytest.mark.parametrize("name", SEARCHES)
def test_postgresql_finds_the_same_in_the_same_order(home: Path, copied: str, name: str) -> None:
    with opened(home) as link, psycopg.connect(copied, options="-c search_path=registry") as there:
        asked = SEARCHES[name]
        mine, theirs = find(link, asked, most=200), find(there, asked, POSTGRESQL, most=200)
    assert (mine.total, mine.numbers) == (theirs.total, theirs.numbers)
    assert [round(km, 6) for km in mine.distances if km] == [round(km, 6) for km in theirs.distances if km]


def test_a_copy_older_than_the_index_or_out_of_reach_is_not_asked(home: Path, copied: str) -> None:
    with opened(home) as link:
        assert found_there(link, copied, Search("pain"), 0, 5) is not None
        assert found_there(link, "postgresql://nobody@127.0.0.1:1/x", Search("pain"), 0, 5) is None
        assert found_there(link, "", Search("pain"), 0, 5) is None
        link.execute("UPDATE changes SET count = count + 1")
        assert found_there(link, copied, Search("pain"), 0, 5) is None
        link.execute("UPDATE changes SET count = count - 1")
    assert search(home, Search("pain"), copied).total == search(home, Search("pain")).total


def test_recruiting_trials_come_first_then_the_newest(home: Path) -> None:
    trials = [trial for trial, _km in search(home, Search(), most=COUNT).trials]
    keys = [("recruiting" not in trial.facets.statuses, trial.facets.registered) for trial in trials]
    recruiting = [registered for other, registered in keys if not other]
    assert keys == sorted(keys, key=lambda key: key[0]) and recruiting == sorted(recruiting, reverse=True)


def test_pages_hold_every_trial_once(home: Path) -> None:
    seen = [trial.id for first in range(0, 500, 50) for trial, _km in search(home, Search(), "", first, 50).trials]
    assert len(seen) == len(set(seen)) == COUNT + 2


def test_the_nearest_come_first_and_distances_grow(home: Path) -> None:
    found = search(home, replace(SEARCHES["near"], km=2000.0), most=50)
    kms = [km for _trial, km in found.trials if km is not None]
    assert len(kms) == 50 and kms == sorted(kms)


@pytest.mark.parametrize("latitude", [89.9, -89.9, 0.0])
def test_poles_and_the_date_line_are_no_edges(home: Path, latitude: float) -> None:
    place = replace(locate("87000", "FR"), latitude=latitude, longitude=179.9)
    with opened(home) as link:
        numbers = [row[0] for row in link.execute("SELECT n FROM trial")]
        expected = [t for t in trials_of(link, numbers) if away(t, Search(near=place)) <= 9000]
        assert find(link, Search(near=place, km=9000)).total == len(expected)


def test_the_generator_is_seeded_and_its_trials_cannot_be_taken_for_real(tmp_path: Path) -> None:
    for name, seed in (("a", 1), ("b", 1), ("c", 2)):
        write_studies(tmp_path / name, 20, seed)
    a, b, c = ((tmp_path / name).read_bytes() for name in "abc")
    assert a == b != c
    assert all(b'"nctId":"NCT9' in line and b'"Synthetic trial of' in line for line in a.splitlines())


def test_every_part_that_cannot_be_searched_is_said_at_once() -> None:
    with pytest.raises(RefusedError) as refusal:
        ask(status="x", phase="9", sex="y", age="old", country="Atlantis", near="87999")
    assert [one.place for one in refusal.value.problems] == ["status", "phase", "sex", "age", "country", "near"]


@pytest.mark.parametrize("age", ["-1", "1000", "forty", "nan"])
def test_an_age_that_is_none_is_refused(age: str) -> None:
    with pytest.raises(RefusedError, match="is no age"):
        ask(age=age)


def test_countries_are_those_that_trials_name(home: Path) -> None:
    assert countries_of(home) == ("France", "Germany", "United Kingdom", "United States")


def test_what_is_more_than_anybody_turns_pages_for_is_not_counted(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys.modules[find.__module__], "COUNTED", 10)
    with opened(home) as link:
        many, few = find(link, Search(), most=5), find(link, Search("zzzzzz"))
    assert (many.total, many.more, len(many.numbers)) == (10, True, 5) and (few.total, few.more) == (0, False)


@pytest.mark.parametrize("asked", [Search(), Search("synthetic"), Search(status="completed"), Search(age=40.0)])
def test_a_page_of_many_is_read_in_the_order_of_the_index(home: Path, asked: Search) -> None:
    with opened(home) as link:
        told: list[str] = []
        link.set_trace_callback(told.append)
        find(link, asked)
        link.set_trace_callback(None)
        page = next(sql for sql in told if sql.startswith("SELECT") and "ORDER BY" in sql)
        plan = " ".join(row[3] for row in link.execute(f"EXPLAIN QUERY PLAN {page}"))
    assert "TEMP B-TREE" not in plan


def test_an_own_study_comes_into_the_copy_without_copying_all(
    home: Path, copied: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(mirror_module, "MANY", 10)
    with opened(home) as link:
        before = find(link, Search()).total
    named = load("stsinj").model_copy(update={"id": "lagoon", "name": "Trial of the lagoon"})
    assert list_own(home, [named], copied) == 1
    with opened(home) as link:
        found = found_there(link, copied, Search("lagoon"), 0, 5)
        assert found is not None and found.total == 1 and found.numbers == find(link, Search("lagoon")).numbers
        again = found_there(link, copied, Search(), 0, 5)
        assert again is not None and again.total == before + 1
