"""A small study for the pages of data quality: two people of two sites, and browsers of those who keep the data."""

from typing import Any

from django.test import Client

from calcitrial.record import Draft, Gateway, Place
from calcitrial.verbs import open_study
from tests.quality.conftest import TINY
from tests.quality.small_clinic import NURSE, opened
from tests.signing_in import sign_in


def begun() -> Gateway:
    """Open the study in the connected home and enter what two people begin with."""
    from calcitrial.protocol import parse

    door = open_study(parse(TINY.read_bytes(), "tiny.toml"))
    door.enter([*opened("P1", "Limoges"), *opened("P2", "Paris")], NURSE)
    door.enter([Draft(Place("P1", "pain", "BL"), {"pain_nrs": 7})], NURSE)
    return door


def browser(role: str, site: str = "", person: str = "") -> Client:
    """Return a signed-in browser of somebody with one role."""
    client = Client(headers={"host": "127.0.0.1"}, raise_request_exception=True)
    sign_in(client, "tiny", role, site, person)
    return client


def text_of(response: Any) -> str:
    """Return the page as one line of text."""
    return " ".join(response.content.decode().split())
