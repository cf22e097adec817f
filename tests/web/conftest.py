"""A small simulated study in a home of its own, entered through the real gateway, and a client for its pages."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from django.db import connections
from django.test import Client

from calcitrial.lesions import Injection, LesionPlace, add_lesion, inject
from calcitrial.lesions.body_map import locate
from calcitrial.participants import begin_visit, enrol, screen
from calcitrial.protocol import Arm, Protocol, load
from calcitrial.record import Draft, Gateway, Place, close, connect, open_study
from tests.signing_in import sign_in, sign_in_keeper

from .people import ANSWERS, NURSE, READER
from .reading_home import fill_pictures

HOSTILE = '<script>alert("x")</script><img src=x onerror=alert(1)>'
DAYS = {"BL": 0, "W04": 29, "W08": 62, "W12": 85, "W24": 170}
SITES = (
    ("thumb, distal phalanx", "left", "left hand"),
    ("elbow, extensor", "right", "back"),
    ("knee", "left", "front"),
    ("index finger, middle phalanx", "right", "right hand"),
    ("great toe", "right", "right foot"),
    ("buttock", "left", "back"),
)


def fill(home: Path, protocol: Protocol) -> None:
    """Enter five participants, four of them enrolled, with lesions, visits, injections and CT measurements."""
    connect(home, create=True)
    moments = (datetime(2026, 1, 5, 8, tzinfo=UTC) + timedelta(minutes=11 * n) for n in range(100_000))
    salts = (f"{n:032x}" for n in range(1_000_000))
    gateway = open_study(protocol, "test", clock=lambda: next(moments), salt=lambda: next(salts))
    judged = {"B-I5": "true", "B-E0": "false"}
    for number in range(1, 6):
        code, start = f"PIT-{number:03d}", date(2026, 1, 12) + timedelta(days=9 * number)
        answers = ANSWERS | {
            "age_years": 38 + 7 * number,
            "screening_date": (start - timedelta(days=12)).isoformat(),
        }
        if number == 5:
            del answers["pregnant"], answers["breastfeeding"]
        screen(gateway, code, answers, NURSE, judged)
        if number < 5:
            enrol(gateway, code, start - timedelta(days=3), NURSE)
            follow(gateway, code, number, start)
    extras(gateway)


def follow(gateway: Gateway, code: str, number: int, start: date) -> None:
    """Enter the lesions of one participant and the visits that this number got to."""
    lesions = []
    for site, side, view in (SITES + SITES)[number : number + 3]:
        x, y = locate(site, side, view)
        lesions.append(add_lesion(gateway, code, LesionPlace(site, side, view, x, y), NURSE))
    for visit, day in list(DAYS.items())[: 6 - number]:
        begin_visit(gateway, code, visit, start + timedelta(days=day), NURSE)
        gateway.enter([Draft(Place(code, "pain", visit), {"pain_nrs": max(0, 7 - day // 30)})], NURSE)
        for index, lesion in enumerate(lesions):
            if day < 84:
                dose = Injection(150, round(0.4 + 0.1 * index, 1), f"LOT-{number}", "ultrasound", 4 + index)
                inject(gateway, code, visit, lesion, dose, NURSE)
            if visit in ("BL", "W12", "W24"):
                mass = 40 * (index + 1) * number * 0.75 ** (day / 84)
                gateway.enter([Draft(Place(code, "ct_measurement", visit, lesion), measured(mass, visit))], READER)


def measured(mass: float, visit: str) -> dict[str, object]:
    """The values of one CT measurement."""
    return {
        "mass": f"{mass:.1f}",
        "mass_se": f"{mass * 0.06:.1f}",
        "volume_threshold": f"{mass * 2.6:.0f}",
        "hu_mean": 410,
        "hu_max": 1180,
        "threshold": 130,
        "software": "test 1",
        "series_uid": f"2.25.{abs(hash(visit)) % 10**12}",
        "series_digest": "0" * 64,
    }


def extras(gateway: Gateway) -> None:
    """Enter adverse events (one with a hostile text), a correction, a redaction and an end of study."""
    event = {"term": "Injection site reaction", "grade": 2, "serious": False, "related": "related"}
    event |= {"onset_date": "2026-01-23", "ae_lesion": "PIT-001-L1", "ae_visit": "BL", "outcome": "recovered"}
    gateway.enter([Draft(Place("PIT-001", "adverse_event", repeat="AE1"), event)], NURSE)
    hostile = event | {"term": HOSTILE, "grade": 3, "serious": True, "ae_lesion": None, "ae_visit": None}
    gateway.enter([Draft(Place("PIT-001", "adverse_event", repeat="AE2"), hostile)], NURSE)
    place = Place("PIT-001", "injection", "W04", "PIT-001-L2")
    gateway.enter([Draft(place, {"volume": "0.6"}, expected=1, reason="read from the wrong line")], NURSE)
    wrong = gateway.enter([Draft(Place("PIT-004", "pain", "BL"), {"pain_nrs": 9}, 1, "typing error")], NURSE)
    gateway.redact(wrong.entries[0], "belongs to another person", NURSE)
    end = {"end_date": "2026-07-10", "end_reason": "completed"}
    gateway.enter([Draft(Place("PIT-001", "end_of_study"), end)], NURSE)


@dataclass(frozen=True)
class Filled:
    """A home with the simulated study in it."""

    home: Path
    study: str = "stsinj"


@pytest.fixture(scope="session")
def filled(tmp_path_factory: pytest.TempPathFactory) -> Filled:
    """The home, filled once for all tests of the pages."""
    home = tmp_path_factory.mktemp("home")
    fill(home, load("stsinj"))
    return Filled(home)


@pytest.fixture(scope="session")
def reading_home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home with pictures to read, filled once; tests that enter answers copy it first."""
    home = tmp_path_factory.mktemp("reading")
    fill_pictures(home)
    close()
    return home


@pytest.fixture
def pages(filled: Filled) -> Iterator[Client]:
    """A client of the pages of the filled home, for a data manager, who may see nearly all of them."""
    for client in client_of(filled.home):
        sign_in(client, filled.study, "data_manager", person="dora")
        yield client


@pytest.fixture
def empty_pages(tmp_path: Path) -> Iterator[Client]:
    """A client of the pages of a home without a study, for the administrator of the home."""
    for client in client_of(tmp_path):
        sign_in_keeper(client)
        yield client


def client_of(home: Path) -> Iterator[Client]:
    """Connect a home for the length of a test and yield a client of its pages."""
    connect(home, create=True)
    yield Client(headers={"host": "127.0.0.1"}, raise_request_exception=False)
    connections["default"].close()


def lesions_within(protocol: Protocol) -> Protocol:
    """The protocol as one that allocates lesions inside a participant to injection or none."""
    arms = (protocol.arms[0], Arm(id="NONE", label="Not injected", treated=False))
    plan = protocol.allocation.model_copy(update={"unit": "lesion", "ratio": (1, 1), "block": 2})
    return protocol.model_copy(update={"id": "within", "arms": arms, "allocation": plan})


__all__ = ["HOSTILE", "Filled", "fill", "lesions_within", "replace"]
