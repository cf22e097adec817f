"""Finding a clinic: sites by distance with what is known of each, and a map that the program draws."""

import re
import sys
from pathlib import Path

import pytest
from django.test import Client

from calcitrial.public.clinics_map import HEIGHT, WIDTH, Pin, around, drawn
from calcitrial.registrations import country_places, distance_km, locate
from calcitrial.registry import find
from tests.public.test_listing_pages import client, made, text_of

__all__ = ["client", "made"]
LIMOGES = locate("87000", "FR")


def test_a_site_shows_what_its_source_says_and_not_public_where_it_is_silent(client: Client) -> None:
    text = text_of(client, "/registry/clinics/?near=69006&km=25&condition=calcification")
    found = text.split('<li class="card clinic">')[1]
    assert (
        "Hospital One" in found
        and "69006 Lyon, France" in found
        and "Desk, 555-0101" in found
        and "Recruiting" in found
    )
    assert "ClinicalTrials.gov NCT99000001" in found


@pytest.mark.parametrize(
    ("trial", "near", "name", "standing"),
    [
        ("limoges", "near=75013", "University Hospital, Limoges", "assumed"),
        ("stsinj", "near=15213&near_country=United+States", "University of Pittsburgh", "inferred"),
    ],
)
def test_of_the_two_trials_only_what_the_protocols_say_is_told(
    client: Client, trial: str, near: str, name: str, standing: str
) -> None:
    text = text_of(client, f"/registry/clinics/?trial={trial}&{near}")
    (found,) = text.split('<li class="card clinic">')[1:]
    assert name in found and standing in found and "measured to its town" in found
    assert re.findall(r"<dt>(Address|Contact|Status)</dt><dd>not public", found) == ["Address", "Contact", "Status"]


def test_a_town_without_a_clinic_is_told_the_nearest(client: Client) -> None:
    text = text_of(client, "/registry/clinics/?near=97400&km=25")
    assert "No clinic here" in text and re.search(r"The nearest is .+, [\d,]+ km away", text)


@pytest.mark.parametrize(
    ("query", "sentence"),
    [("near=00000", "no postal code"), ("near=limoge", "Did you mean Limoges"), ("trial=NCT0", "There is no trial")],
)
def test_what_is_unknown_is_refused_with_a_sentence(client: Client, query: str, sentence: str) -> None:
    assert sentence in text_of(client, f"/registry/clinics/?{query}", 422)


def test_without_a_place_the_page_asks_for_one(client: Client) -> None:
    text = text_of(client, "/registry/clinics/")
    assert "Write where you are" in text and "<svg" not in text


def test_a_trial_without_a_place_lists_its_sites_anyway(client: Client) -> None:
    text = text_of(client, "/registry/clinics/?trial=NCT99000001")
    assert "Hospital One" in text and "Hospital Two" in text and "<svg" not in text


@pytest.mark.parametrize("code", ["75013", "69006", "97400", "87100"])
def test_the_map_draws_each_point_at_its_true_distance(code: str) -> None:
    there = locate(code, "FR")
    east, north = around(LIMOGES, there.latitude, there.longitude)
    apart = distance_km((LIMOGES.latitude, LIMOGES.longitude), (there.latitude, there.longitude))
    assert (east**2 + north**2) ** 0.5 == pytest.approx(apart, rel=1e-6)


def test_north_is_up_and_the_middle_is_the_middle() -> None:
    paris, toulouse = locate("75013", "FR"), locate("31000", "FR")
    assert (
        around(LIMOGES, paris.latitude, paris.longitude)[1]
        > 0
        > around(LIMOGES, toulouse.latitude, toulouse.longitude)[1]
    )
    assert around(LIMOGES, LIMOGES.latitude, LIMOGES.longitude) == (0, 0)


def test_every_pin_and_dot_lies_within_the_picture() -> None:
    places = [locate(code, "FR") for code in ("75013", "69006", "31000")]
    pins = [Pin(number, place.latitude, place.longitude) for number, place in enumerate(places, 1)]
    svg = drawn(LIMOGES, pins, ["FR"])
    points = [(float(x), float(y)) for x, y in re.findall(r'c?x="([\d.]+)" c?y="([\d.]+)"', svg)]
    points += [(float(x), float(y)) for x, y in re.findall(r"M(\d+) (\d+)h0", svg)]
    assert len(points) > 500 and all(0 <= x <= WIDTH and 0 <= y <= HEIGHT for x, y in points)
    assert [int(number) for number in re.findall(r">(\d+)</text></g>", svg)] == [3, 2, 1]
    assert len(svg) < 40_000 and "style=" not in svg and "http" not in svg.replace("http://www.w3.org/2000/svg", "")


@pytest.mark.parametrize("pins", [[], [Pin(1, LIMOGES.latitude, LIMOGES.longitude)], [Pin(1, -45.8, -178.7)]])
def test_a_map_of_nothing_of_one_place_and_of_the_other_side_of_the_earth_is_drawn(pins: list[Pin]) -> None:
    assert drawn(LIMOGES, pins, ["FR"]).endswith("</svg>")


def test_the_gazetteer_is_read_once(made: Path) -> None:
    before = country_places("FR")
    assert country_places("FR") is before


def test_more_trials_than_are_counted_are_said_to_be_more(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("calcitrial.public.clinics_pages.TRIALS", 1)
    address = "/registry/clinics/?near=69006&km=1000"
    assert re.search(r"\d+ trials take place within", text_of(client, address))
    monkeypatch.setattr(sys.modules[find.__module__], "COUNTED", 2)
    assert "More than 2 trials take place within 1000 km" in text_of(client, address)
