"""A small study in a fresh record of each database: two people at two sites, and one form with rules of every kind."""

from datetime import date, timedelta
from typing import Any

from django.test import Client

from calcitrial.lesions import LesionPlace, add_lesion
from calcitrial.participants import begin_visit, enrol, screen
from calcitrial.protocol import Form, Protocol
from calcitrial.record import now, open_study, read_head
from calcitrial.verbs import RULES
from tests.web.people import ANSWERS, NURSE

HERE, THERE = "PIT-001", "BER-001"
SITE, OTHER_SITE = "SIMULATED Pittsburgh", "SIMULATED Berlin"
BASELINE = now().date() - timedelta(days=30)
CHECK_UP: dict[str, Any] = {
    "id": "check_up",
    "label": "Check-up",
    "level": "visit",
    "items": [
        {"id": "done", "label": "Examined", "type": "boolean", "required": True},
        {"id": "weight", "label": "Weight", "type": "decimal", "unit": "kg", "min": 1, "max": 300, "usual": [40, 120]},
        {"id": "pain_side", "label": "Side", "type": "choice", "choices": ["left", "right"], "show_if": "done"},
        {"id": "first_day", "label": "First day", "type": "date"},
        {"id": "last_day", "label": "Last day", "type": "date"},
        {"id": "finding", "label": "Finding", "type": "text", "required": True, "show_if": "done", "long": True},
        {"id": "at_lesion", "label": "At which lesion", "type": "lesion"},
    ],
    "checks": [{"rule": "last_day >= first_day", "message": "The last day is before the first."}],
}
MEDICINE: dict[str, Any] = {
    "id": "medicine",
    "label": "Medicine",
    "level": "event",
    "repeats": "MED",
    "items": [{"id": "drug", "label": "Medicine", "type": "text", "required": True}],
}


def clinic_protocol(protocol: Protocol) -> Protocol:
    """Return a protocol with the two forms of these tests, the first of them asked for at every visit."""
    forms = (*protocol.forms, Form.model_validate(CHECK_UP), Form.model_validate(MEDICINE))
    visits = tuple(
        visit.model_copy(update={"forms": (*visit.forms, "check_up")}) if visit.day >= 0 else visit
        for visit in protocol.visits
    )
    return protocol.model_copy(update={"forms": forms, "visits": visits})


def fill_clinic(protocol: Protocol) -> None:
    """Enter two enrolled people with a lesion each, whose baseline visit was 30 days ago."""
    gateway = open_study(clinic_protocol(protocol), "test", rules=RULES)
    judged = {"B-I5": "true", "B-E0": "false"}
    for code, site in ((HERE, SITE), (THERE, OTHER_SITE)):
        day = (BASELINE - timedelta(days=5)).isoformat()
        screen(gateway, code, ANSWERS | {"site": site, "age_years": 40, "screening_date": day}, NURSE, judged)
        enrol(gateway, code, BASELINE - timedelta(days=2), NURSE)
        add_lesion(gateway, code, LesionPlace("elbow, extensor", "right", "back", 0.3, 0.4), NURSE)
        begin_visit(gateway, code, "BL", BASELINE, NURSE)


def said(page: Any) -> str:
    """Return the text of a page as people read it."""
    text: str = page.content.decode()
    for sign, plain in (("&#x27;", "'"), ("&quot;", '"'), ("&amp;", "&"), ("&gt;", ">"), ("&lt;", "<")):
        text = text.replace(sign, plain)
    return text


def entries() -> int:
    """Return how many entries the study has."""
    return read_head("stsinj").entries


def browser(strict: bool = False) -> Client:
    """Return a client of the pages; a strict one must send the token of the page."""
    return Client(headers={"host": "127.0.0.1"}, enforce_csrf_checks=strict)


def days_after(days: int) -> str:
    """Return a day counted from baseline."""
    return (BASELINE + timedelta(days=days)).isoformat()


__all__ = ["BASELINE", "HERE", "OTHER_SITE", "SITE", "THERE", "browser", "date", "days_after", "entries", "fill_clinic"]
