"""An invented trial entered through the real gateway: 8 people, 2 or 3 lesions each, CT at three visits."""

import hashlib
import random
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

from calcitrial.lesions import Injection, LesionPlace, add_lesion, allocate, allocate_lesions, commit, freeze, inject
from calcitrial.participants import begin_visit, enrol, screen
from calcitrial.protocol import Protocol, load
from calcitrial.record import Author, Cut, Draft, Gateway, Place, make_cut, open_study

NURSE = Author("N. Urse", "study nurse")
READER = Author("R. Eader", "radiologist")
SECRET = b"an invented secret"
SITES = (("thumb, distal phalanx", "left", "left hand"), ("elbow, flexor", "right", "front"), ("knee", "left", "front"))
CT_VISITS = {"BL": 1.0, "W12": 0.74, "W24": 0.6}


@dataclass(frozen=True)
class Invented:
    """How the trial differs from the usual one."""

    people: int = 8
    effect: bool = True
    site: str = "SIMULATED Pittsburgh"
    visits: tuple[str, ...] = ("BL", "W04", "W08", "W12", "W24")
    troubled: bool = True


USUAL = Invented()


def ticking() -> Iterator[datetime]:
    moment = datetime(2026, 1, 5, 8, tzinfo=UTC)
    while True:
        yield moment
        moment += timedelta(minutes=7)


def stsinj() -> Protocol:
    return load("stsinj")


def enter_trial(protocol: Protocol, how: Invented = USUAL) -> Gateway:
    """Enter the whole trial into the connected home and return its gateway."""
    clock, salts, dice = ticking(), iter(range(10**9)), random.Random(7)
    gateway = open_study(protocol, "0.1.0", clock=lambda: next(clock), salt=lambda: f"{next(salts):032x}")
    if protocol.allocation.unit != "none":
        commit(gateway, SECRET, NURSE)
    for number in range(1, how.people + 1):
        _person(gateway, f"PIT-{number:03}", number, dice, how)
    if how.troubled:
        _not_eligible(gateway, how)
    return gateway


def cut_of(protocol: Protocol, how: Invented = USUAL) -> Cut:
    enter_trial(protocol, how)
    return make_cut(protocol.id, "0.1.0")


def _answers(site: str, number: int) -> dict[str, object]:
    yes = ("consent_signed", "capacity_to_consent", "symptomatic", "measurable_lesion", "calcinosis_on_xray")
    no = ("allergy_sts", "allergy_excipient", "pregnant", "breastfeeding")
    return {
        "screening_date": "2026-01-05",
        "site": site,
        "age_years": 40 + 3 * (number % 20),
        "sex": "F" if number % 4 else "M",
        "diagnosis": ("SSc", "SSc", "DM")[number % 3],
        "lesion_type": "calcification",
        "calcinosis_on_ultrasound": True,
        **dict.fromkeys(yes, True),
        **dict.fromkeys(no, False),
    }


def _judged(protocol: Protocol) -> dict[str, str]:
    undecided = [criterion for criterion in protocol.criteria if not criterion.expression]
    return {c.id: "true" if c.type == "inclusion" else "false" for c in undecided}


def _not_eligible(gateway: Gateway, how: Invented) -> None:
    answers = _answers(how.site, 3) | {"allergy_sts": True}
    screen(gateway, "PIT-090", answers, NURSE, _judged(gateway.protocol))
    end = {"end_date": "2026-01-06", "end_reason": "screen failure"}
    gateway.enter([Draft(Place("PIT-090", "end_of_study"), end)], NURSE)


def _person(gateway: Gateway, code: str, number: int, dice: random.Random, how: Invented) -> None:
    start = date(2026, 1, 12) + timedelta(days=number)
    screen(gateway, code, _answers(how.site, number), NURSE, _judged(gateway.protocol))
    lesions = [
        add_lesion(gateway, code, LesionPlace(*SITES[i], 0.2 + 0.2 * i, 0.4), NURSE) for i in range(2 + number % 2)
    ]
    enrol(gateway, code, start, NURSE)
    arms = _arms(gateway, code, lesions)
    leaves = how.troubled and number == 6
    person = dice.gauss(0, 0.5)
    sizes = {lesion: 120 * 2.718 ** (person + dice.gauss(0, 0.6)) for lesion in lesions}
    if how.troubled and number == 5:
        sizes[lesions[0]] = 9.0  # a small lesion, which vanishes later
    for visit in gateway.protocol.visits:
        if visit.id in how.visits and not (leaves and visit.day > 60):
            late = 6 if how.troubled and number == 2 and visit.id == "W04" else 0
            begin_visit(gateway, code, visit.id, start + timedelta(days=visit.day + late), NURSE)
            _visit(gateway, code, visit.id, arms, sizes, dice, how, number)
    _end(gateway, code, start, leaves)


def _arms(gateway: Gateway, code: str, lesions: list[str]) -> dict[str, str]:
    unit = gateway.protocol.allocation.unit
    if unit == "lesion":
        freeze(gateway, code, NURSE)
        return allocate_lesions(gateway, SECRET, code, NURSE)
    arm = allocate(gateway, SECRET, code, NURSE) if unit == "participant" else gateway.protocol.arms[0].id
    return dict.fromkeys(lesions, arm)


def _visit(gateway, code, visit, arms, sizes, dice, how, number):
    treated = {arm.id for arm in gateway.protocol.arms if arm.treated}
    pain = {"pain_nrs": max(0, 6 - list(how.visits).index(visit) + dice.randint(-1, 1))}
    drafts = [Draft(Place(code, "pain", visit), pain)]
    if visit in CT_VISITS:
        for index, (lesion, arm) in enumerate(arms.items()):
            shrink = CT_VISITS[visit] if how.effect and arm in treated else 0.97 if visit != "BL" else 1.0
            values = ct_values(sizes[lesion] * shrink * 2.718 ** dice.gauss(0, 0.08), code, visit)
            if how.troubled and (number, index, visit) == (3, 1, "W12"):
                values |= {"flags": "needs_reader touches_bone"}
            if how.troubled and (number, index, visit) == (5, 0, "W24"):
                values = {k: v for k, v in values.items() if k not in ("mass", "volume_threshold")}
                values |= {"flags": "not_found"}
            drafts.append(Draft(Place(code, "ct_measurement", visit, lesion), values))
    gateway.enter(drafts, READER if visit in CT_VISITS else NURSE)
    if visit in ("BL", "W04", "W08"):
        for lesion, arm in arms.items():
            if arm in treated:
                inject(gateway, code, visit, lesion, Injection(150, 0.5, "VIAL-7", "ultrasound", 4), NURSE)
        if how.troubled and number in (1, 4):
            _event(gateway, code, visit, next(iter(arms)))


def _event(gateway: Gateway, code: str, visit: str, lesion: str) -> None:
    values = {
        "term": "Injection site reaction",
        "grade": 2 if visit == "W04" else 1,
        "serious": False,
        "related": "related",
        "onset_date": "2026-02-01",
        "ae_lesion": lesion,
        "ae_visit": visit,
        "outcome": "recovered",
    }
    gateway.enter([Draft(Place(code, "adverse_event", repeat=f"AE-{visit}"), values)], NURSE)


def ct_values(mass: float, code: str, visit: str) -> dict[str, object]:
    return {
        "mass": f"{mass:.2f}",
        "mass_se": f"{0.04 * mass:.2f}",
        "volume_threshold": f"{1.9 * mass:.1f}",
        "hu_mean": 420,
        "threshold": 130,
        "calibration": 0.7692,
        "kvp": 120,
        "slice_thickness": 0.6,
        "software": "calcitrial 0.1.0",
        "series_uid": f"1.2.826.0.1.3680043.10.1.{int(code[-3:])}.{sum(map(ord, visit))}",
        "series_digest": hashlib.sha256(f"{code} {visit}".encode()).hexdigest(),
    }


def _end(gateway: Gateway, code: str, start: date, leaves: bool) -> None:
    reason = "withdrew consent" if leaves else "completed"
    day = start + timedelta(days=70 if leaves else 168)
    values = {"end_date": day.isoformat(), "end_reason": reason}
    gateway.enter([Draft(Place(code, "end_of_study"), values)], NURSE)
