"""One small study for the tests of the record: empty, or with something of everything in it."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from calcitrial.protocol import Protocol, parse
from calcitrial.record import Draft, Gateway, Place
from tests.record.small_study import NURSE, closing_connection, door_of, number_of, opening


@pytest.fixture(scope="session")
def tiny() -> Protocol:
    """A study of two visits with the shipped forms and one form of its own."""
    return parse((Path(__file__).parent / "tiny.toml").read_bytes(), "tiny.toml")


@pytest.fixture
def door(home: Path, tiny: Protocol) -> Gateway:
    """The door of the study in a fresh record."""
    return door_of(tiny)


@pytest.fixture
def filled(door: Gateway) -> Gateway:
    """A record with two participants, an injection, a correction, a redaction and a slot taken."""
    door.enter([*opening("P1"), *opening("P2")], NURSE)
    injection = Place("P1", "injection", "BL", "P1-L1")
    door.enter([Draft(injection, {"injected": True, "volume": "0.5 mL", "vial": "Ms Smith's"})], NURSE)
    door.enter([Draft(injection, {"volume": "0.4"}, expected=1, reason="misread")], NURSE)
    door.enter([Draft(Place("", "allocation_slot", repeat="SSc/1"), {"taken_by": "P1"})], NURSE)
    door.redact(number_of("vial"), "a name in a free text", NURSE)
    return door


@pytest.fixture
def in_another_thread() -> Callable[[Callable[[], object]], object]:
    """Run something on a connection of its own and return what it returns."""

    def run(act: Callable[[], object]) -> object:
        with ThreadPoolExecutor(1) as pool:
            return pool.submit(closing_connection, act).result(timeout=60)

    return run
