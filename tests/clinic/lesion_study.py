"""A study that allocates lesions inside people, with two enrolled participants, and clients of its pages."""

from datetime import date

from django.test import Client

from calcitrial import verbs
from calcitrial.lesions import LesionPlace, activate, add_lesion, freeze, locate
from calcitrial.participants import enrol, screen
from calcitrial.protocol import load
from calcitrial.record import Author, Gateway, make_cut
from calcitrial.web import home
from tests.participants.test_screening import JUDGED, WELL
from tests.signing_in import sign_in

STUDY, CODE, SITE = "limoges", "LIM-001", "Test site"
NURSE, DOCTOR, MANAGER = Author("nora", "study_nurse"), Author("ines", "investigator"), Author("mia", "data_manager")
SECRET = bytes(range(32))
PLACES = (("elbow, extensor", "left", "back"), ("knee", "right", "front"), ("heel", "left", "left foot"))


def open_door(control: str = "untreated_lesion") -> Gateway:
    """Open the study with an activated allocation and two enrolled people."""
    door = verbs.open_study(load(STUDY, control))
    for code in (CODE, "LIM-002"):
        screen(door, code, WELL, NURSE, JUDGED)
        enrol(door, code, date(2026, 1, 6), NURSE)
    activate(door, home(), MANAGER, lambda: SECRET)
    return door


def place_lesions(door: Gateway, code: str = CODE, count: int = 3) -> list[str]:
    return [add_lesion(door, code, LesionPlace(*one, *locate(*one)), NURSE) for one in PLACES[:count]]


def frozen(door: Gateway, code: str = CODE) -> list[str]:
    lesions = place_lesions(door, code)
    freeze(door, code, DOCTOR)
    return lesions


def client(role: str, site: str = SITE, person: str = "") -> Client:
    """A browser of somebody with this one role."""
    found = Client(headers={"host": "127.0.0.1"})
    sign_in(found, STUDY, role, site, person or role)
    return found


def submissions() -> int:
    return make_cut(STUDY, "test").sequence
