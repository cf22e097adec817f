"""A home with the Limoges study open, its consent templates in use, and a client of its pages."""

import base64
from pathlib import Path
from typing import Any

from django.test import Client

from calcitrial.record import connect
from tests.consents.consent_study import gateway_of, put_into_use, registered
from tests.consents.drawing import png
from tests.signing_in import sign_in

STUDY, SITE = "limoges", "LIMOGES"
DRAWING = "data:image/png;base64," + base64.b64encode(png(strokes=True)).decode()
PERSON = {
    "given_name": "Marie",
    "family_name": "Quatrefages",
    "birth_date": "1980-03-09",
    "address": "3 rue des Lilas",
    "phone": "0555112233",
    "email": "m.q@example.org",
    "language": "fr",
}


def nurse(home: Path, *, role: str = "study_nurse", site: str = SITE, person: str = "") -> Client:
    """A client with one grant at the site."""
    client = Client(headers={"host": "127.0.0.1"})
    sign_in(client, STUDY, role, site, person or {"study_nurse": "nora"}.get(role, role))
    return client


def opened(home: Path, *, documents: bool = True) -> str:
    """Open the study in a connected home and return the code of somebody registered."""
    gateway = gateway_of()
    if documents:
        put_into_use(gateway, home / "consents" / STUDY)
    return registered(gateway)


def about(code: str, page: str = "") -> str:
    """The address of a page about a participant."""
    return f"/{STUDY}/participants/{code}/{page}"


def sheet(client: Client, address: str) -> dict[str, Any]:
    """The hidden fields of the form that a page shows."""
    text = client.get(address).content.decode()
    import re

    found = dict(re.findall(r'<input type="hidden" name="(_[a-z]+)" (?:id="[^"]*" )?value="([^"]*)"', text))
    from html import unescape

    return {name: unescape(value) for name, value in found.items()}


__all__ = ["DRAWING", "PERSON", "SITE", "STUDY", "about", "connect", "nurse", "opened", "sheet"]
