"""A small running study for the pages of safety: two enrolled people, two injected lesions each, today's date."""

import asyncio
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, timedelta
from email import message_from_bytes
from typing import Any

from aiosmtpd.controller import Controller
from django.test import Client

from calcitrial import verbs
from calcitrial.lesions import LesionPlace, add_lesion
from calcitrial.participants import begin_visit, enrol, screen
from calcitrial.protocol import load
from calcitrial.record import Author, Draft, Gateway, Place, gateway, now
from tests.signing_in import sign_in

NURSE = Author("nora", "study_nurse")
SITE = "PITTSBURGH"
ANSWERS = {"site": SITE, "age_years": 50, "sex": "F", "diagnosis": "SSc", "capacity_to_consent": True}
ANSWERS |= {"symptomatic": True, "calcinosis_on_xray": True, "allergy_sts": False, "pregnant": False}
ANSWERS |= {"breastfeeding": False, "consent_signed": True}


def begun(today: date | None = None) -> Gateway:
    """Open the study in the connected home; two people were injected in two lesions two weeks ago."""
    day = today or now().date()
    verbs.open_study(load("stsinj"))
    here = gateway("stsinj", "test")  # limits, vials and stock are not what is shown here
    for code, ago in (("PIT-001", 14), ("PIT-002", 15)):
        screened = ANSWERS | {"screening_date": (day - timedelta(days=30)).isoformat()}
        screen(here, code, screened, NURSE, {"B-I5": "true", "B-E0": "false"})
        enrol(here, code, day - timedelta(days=20), NURSE)
        begin_visit(here, code, "BL", day - timedelta(days=ago), NURSE)
        for site, view in (("knee", "front"), ("elbow, extensor", "back")):
            lesion = add_lesion(here, code, LesionPlace(site, "left", view, 0.5, 0.5), NURSE)
            shot = {"injected": True, "concentration": 150, "volume": 0.5, "vial": "V1"}
            here.enter([Draft(Place(code, "injection", "BL", lesion), shot)], NURSE)
    return verbs.door("stsinj")


def event_values(code: str = "PIT-001", **more: object) -> dict[str, str]:
    """What the page sends for an event two weeks after the injection, aware today."""
    today = now().date().isoformat()
    values = {"term": "Injection site reaction", "grade": "2", "serious": "false", "related": "related"}
    values |= {"onset_date": today, "ae_lesion": f"{code}-L1", "ae_visit": "BL", "aware_date": today}
    return {name: str(value) for name, value in (values | more).items()}


def posted(values: dict[str, str], name: str = "AE1", expected: int = 0, reason: str = "") -> dict[str, str]:
    """The values with the hidden fields of the page."""
    return values | {"_place": name, "_expected": str(expected), "_reason": reason}


def browser(role: str, site: str = "", person: str = "") -> Client:
    """Return a signed-in browser of somebody with one role in the study."""
    client = Client(headers={"host": "127.0.0.1"}, raise_request_exception=True)
    sign_in(client, "stsinj", role, site, person)
    return client


def words(response: Any) -> str:
    """Return the page as one line of text."""
    return " ".join(response.content.decode().split())


class _Kept:
    def __init__(self) -> None:
        self.messages: list[Any] = []

    async def handle_DATA(self, _server: Any, _session: Any, envelope: Any) -> str:
        message = message_from_bytes(envelope.content)
        message["X-To"] = ", ".join(envelope.rcpt_tos)
        self.messages.append(message)
        await asyncio.sleep(0)
        return "250 kept"


@contextmanager
def sink(monkeypatch: Any) -> Iterator[list[Any]]:
    """A real mail server on this machine that keeps what it gets; yields the messages."""
    kept = _Kept()
    with socket.socket() as trial:
        trial.bind(("127.0.0.1", 0))
        port = trial.getsockname()[1]
    controller = Controller(kept, hostname="127.0.0.1", port=port)
    controller.start()
    monkeypatch.setenv("CALCITRIAL_MAIL", f"smtp://127.0.0.1:{port}")
    try:
        yield kept.messages
    finally:
        controller.stop()
