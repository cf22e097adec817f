"""A small study on each database, with the rules of the program, in which people enter, ask and sign."""

import itertools
from datetime import timedelta
from pathlib import Path

import pytest

from calcitrial.protocol import Protocol, parse
from calcitrial.record import Draft, Gateway, Place, open_study
from calcitrial.verbs import RULES
from tests.quality.small_clinic import NURSE, START, opened

TINY = Path(__file__).parents[1] / "record" / "tiny.toml"


@pytest.fixture(scope="session")
def tiny() -> Protocol:
    """A study of two visits with the shipped forms and one form of its own."""
    return parse(TINY.read_bytes(), "tiny.toml")


@pytest.fixture
def door(home: Path, tiny: Protocol) -> Gateway:
    """The door of the study, with a clock that ticks every minute, and two people of two sites in it."""
    minutes, salts = itertools.count(), itertools.count()
    gateway = open_study(
        tiny,
        "0.1",
        clock=lambda: START + timedelta(minutes=next(minutes)),
        salt=lambda: f"{next(salts):032x}",
        rules=RULES,
    )
    gateway.enter([*opened("P1", "Limoges"), *opened("P2", "Paris")], NURSE)
    gateway.enter([Draft(Place("P1", "pain", "BL"), {"pain_nrs": 7})], NURSE)
    return gateway
