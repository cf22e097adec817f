"""Postal codes and towns of two countries, offline; what is unknown is refused with the nearest spellings."""

import socket

import pytest

from calcitrial.protocol import RefusedError
from calcitrial.registrations import country_places, distance_km, locate
from calcitrial.registrations.gazetteer import place_in_name


@pytest.mark.parametrize(
    ("text", "country", "town", "region"),
    [
        ("87000", "France", "Limoges", "Haute-Vienne"),
        ("limoges", "FR", "Limoges", "Haute-Vienne"),
        ("St Etienne", "FR", "Saint-Étienne", "Loire"),
        ("97400", "FR", "Saint-Denis", "Réunion"),
        ("15213", "US", "Pittsburgh", "Pennsylvania"),
        ("15213-3241", "United States", "Pittsburgh", "Pennsylvania"),
        ("Springfield, IL", "US", "Springfield", "Illinois"),
        ("Paris", "FR", "Paris", "Paris"),
    ],
)
def test_a_postal_code_or_a_town_is_found(text: str, country: str, town: str, region: str) -> None:
    found = locate(text, country)
    assert found.name == town and found.region == region


@pytest.mark.parametrize(
    ("text", "country", "sentence"),
    [
        ("87999", "FR", r"'87999' is no postal code or town of France.*Did you mean 87"),
        ("limoge", "FR", r"Did you mean Limoges"),
        ("00000", "US", r"no postal code or town of United States"),
        ("Springfield", "US", r"There are \d+ places called 'Springfield'.*Springfield, AR"),
        ("qqqqqqqq", "FR", r"Try the next larger town"),
        ("", "FR", r"No place is named"),
        ("1", "Atlantis", r"no postal codes of 'Atlantis'"),
        ("<script>", "FR", r"is no postal code"),
    ],
)
def test_what_is_unknown_is_refused_with_the_nearest_spellings(text: str, country: str, sentence: str) -> None:
    with pytest.raises(RefusedError, match=sentence):
        locate(text, country)


def test_every_line_of_a_country_belongs_to_it() -> None:
    for code, least in (("FR", 20_000), ("US", 40_000), ("AD", 7), ("ZZ", 0)):
        places = [place for same in country_places(code).by_code.values() for place in same]
        assert {place.country for place in places} <= {code} and len(country_places(code).by_code) >= least


def test_a_site_is_placed_at_the_town_that_id_and_name_agree_on() -> None:
    found = place_in_name("LIMOGES", "University Hospital, Limoges", "France")
    assert found and round(found.latitude, 1) == 45.8
    assert place_in_name("S1", "University Hospital, Limoges", "France") is None
    assert place_in_name("LIMOGES", "Hospital", "France") is None
    assert place_in_name("SPRINGFIELD", "Hospital of Springfield", "United States") is None


def test_nothing_is_asked_of_the_network(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_any: object) -> None:
        raise AssertionError("the network was asked")

    monkeypatch.setattr(socket.socket, "connect", refuse)
    country_places.cache_clear()
    assert locate("69006", "FR").name.startswith("Lyon")


def test_distances_are_symmetrical_and_at_most_half_the_earth() -> None:
    assert distance_km((0, 0), (0, 180)) == pytest.approx(20_015.115, abs=0.01)  # pi x 6371.0088
    assert distance_km((10, 20), (-30, 50)) == distance_km((-30, 50), (10, 20))
    assert distance_km((45, 1), (45, 1)) == 0
