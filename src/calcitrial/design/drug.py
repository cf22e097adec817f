"""The drug of a simulated trial: vials received and released, and the limits that the simulated physician applies."""

from datetime import date
from decimal import Decimal

from calcitrial.pharmacy import Judgement, move, receive, vial_id
from calcitrial.record import Author, Gateway

PHARMACIST = Author("simulated-pharmacist", "pharmacist")
# Strength and volume of the US vial (250 mg/mL, 50 mL, single dose).
STRENGTH, VOLUME = 250, 50
SPARE, QUARANTINED = 10, 6
# The protocols do not say; the reports read give 150 mg/mL, four injections of a lesion, a week or four weeks apart.
LIMITS = {
    "volume_per_lesion": Judgement(Decimal(1), "SIMULATED: small lesions"),
    "injections": Judgement(Decimal(4), "SIMULATED: as in the published series"),
    "spacing": Judgement(Decimal(7), "SIMULATED: as in the published series"),
}


def stock(gateway: Gateway, site: str, vials: int, on: date) -> None:
    """Receive vials for a whole trial and release all but some to spare; a second lot came with a warm log."""
    expiry = on.replace(year=on.year + 2)
    values: dict[str, object] = {
        "site": site,
        "product": "Sodium thiosulfate (SIMULATED)",
        "strength": STRENGTH,
        "vial_volume": VOLUME,
        "expiry": expiry.isoformat(),
        "received_on": on.isoformat(),
    }
    first = receive(gateway, {**values, "lot": "SIM-1", "vials": vials + SPARE, "temperature_ok": True}, PHARMACIST)
    move(gateway, "released", first[:vials], on, PHARMACIST)
    receive(gateway, {**values, "lot": "SIM-2", "vials": QUARANTINED, "temperature_ok": False}, PHARMACIST)


def vial_of(study: str, person: int, session: int, sessions: int) -> str:
    """Return the vial that the person with this number uses at this session (both from 1)."""
    return vial_id(study, (person - 1) * sessions + session)
