"""A trial in which somebody may be injected: two lesions, visits, perhaps vials; every rule is asked."""

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from typing import Any

from calcitrial import verbs
from calcitrial.lesions import Injection, LesionPlace, add_lesion, allocate_lesions, commit, freeze
from calcitrial.participants import begin_visit, enrol, screen
from calcitrial.pharmacy import Judgement, move, receive
from calcitrial.protocol import Fact, Protocol, load
from calcitrial.record import Author, Gateway
from tests.participants.test_screening import JUDGED, WELL

NURSE = Author("nora", "study nurse")
PHYSICIAN = Author("ivan", "investigator")
PHARMACIST = Author("petra", "pharmacist")
SITE = "Test site"
THUMB = LesionPlace("thumb, distal phalanx", "left", "left hand", 0.5, 0.25)
DAYS = {"BL": date(2026, 1, 10), "W04": date(2026, 2, 7), "W08": date(2026, 3, 7)}
LOT: Mapping[str, object] = {
    "site": SITE,
    "product": "Sodium thiosulfate",
    "lot": "A1",
    "strength": 250,
    "vial_volume": 50,
    "expiry": "2026-12-31",
    "vials": 4,
    "received_on": "2026-01-02",
    "temperature_ok": True,
}
JUDGED_LIMITS = {
    "volume_per_lesion": Judgement(Decimal(1), "a small lesion"),
    "injections": Judgement(Decimal(3), "as in the reports"),
    "spacing": Judgement(Decimal(21), "three weeks heal"),
}


def begun(
    study: str = "stsinj", code: str = "PIT-001", control: str = "", lesions: int = 2, **answers: object
) -> Gateway:
    """Open a study with one enrolled participant whose visits have begun; limoges is run with one arm."""
    gateway = verbs.open_study(protocol_of(study, control))
    person(gateway, code, lesions, **answers)
    return gateway


def person(gateway: Gateway, code: str, lesions: int = 2, **answers: object) -> None:
    """Screen and enrol a participant, with so many lesions and all visits begun."""
    screen(gateway, code, {**WELL, **answers}, NURSE, JUDGED)
    enrol(gateway, code, date(2026, 1, 6), NURSE)
    for _ in range(lesions):
        add_lesion(gateway, code, THUMB, NURSE)
    for visit, day in DAYS.items():
        begin_visit(gateway, code, visit, day, NURSE)


def protocol_of(study: str, control: str = "") -> Protocol:
    """Return a shipped protocol."""
    return load(study, control or ("observation_lead_in" if study == "limoges" else ""))


def with_dose(protocol: Protocol, name: str, **fact: Any) -> Protocol:
    """Return the protocol with another fact about the dose; value, unit and status as given."""
    made = Fact(label=name, note="for a test", **{"status": "assumed", **fact})
    return protocol.model_copy(update={"id": f"{protocol.id}-x", "dose": {**protocol.dose, name: made}})


def shot(volume: float = 0.5, vial: str = "", concentration: float = 150) -> Injection:
    """Return an injection."""
    return Injection(concentration, volume, vial, "ultrasound", 4)


def stocked(gateway: Gateway, **changes: object) -> list[str]:
    """Receive a lot and release all its vials; return them."""
    vials = receive(gateway, {**LOT, **changes}, PHARMACIST)
    if changes.get("temperature_ok", True):
        move(gateway, "released", vials, date(2026, 1, 3), PHARMACIST)
    return vials


def arms_of(gateway: Gateway, code: str) -> dict[str, str]:
    """Freeze the list of lesions, draw their arms and return them."""
    commit(gateway, b"a secret", NURSE)
    freeze(gateway, code, NURSE)
    return dict(allocate_lesions(gateway, b"a secret", code, NURSE))
