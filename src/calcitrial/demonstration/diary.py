"""What simulated people tell from home: pain and how they are, better where their lesions shrink, and not always."""

import hashlib
from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from functools import partial
from math import exp

from calcitrial.demonstration.people import STAFF
from calcitrial.design import Act, Course, Person, attended, visit_day
from calcitrial.diary import Given, LinkOffer, Teller, answer, issue, next_link, revoke
from calcitrial.protocol import Visit
from calcitrial.record import Author, Draft, Gateway, Place

# When each instrument is asked here; the daily diary after injections is left out, to keep the demo short.
PLAN: dict[str, dict[str, object]] = {
    "injection_diary": {"plan_when": "never"},
    "patient_global": {"plan_when": "visit", "plan_visits": "BL W12 W24", "plan_open_before": 2, "plan_open_after": 2},
    "physician_global": {"plan_when": "visit", "plan_visits": "BL W12", "plan_open_before": 0, "plan_open_after": 7},
}
ZONES = {"stsinj": "America/New_York", "limoges": "Europe/Paris"}
PHONES = {"stsinj": "+1 555 0100", "limoges": "+33 1 99 00 00 00"}
BY_TELEPHONE, BY_PROXY, NEW_LINK = 5, 8, 2
# Of two visits on the logarithmic scale of size: so much of the pain goes with so much of the lesions.
SHARE = 1.5


def diary_acts(course: Course, seed: int) -> Iterator[Act]:
    """Yield the plan of the diaries, personal links, and the answers around the visits, each with its moment."""
    first = min(act.moment for act in course.acts)
    for number, (name, values) in enumerate(PLAN.items()):
        yield Act(first + timedelta(minutes=20 + number), partial(_planned, name, values))
    yield Act(first + timedelta(minutes=30), _help)
    for person in course.people:
        if person.arm:
            yield from _of(course, person, seed)


def _of(course: Course, person: Person, seed: int) -> Iterator[Act]:
    number = person.virtual.index
    if number != BY_TELEPHONE:
        yield Act(_at(person.baseline, 7, 30), partial(_link, person, seed))
    for place, visit in attended(course.protocol, person):
        day = visit_day(person, place, visit)
        if day > course.until:
            return
        if number == NEW_LINK and place == 1:
            yield Act(_at(day, 9, 40), partial(_lost, person))
            yield Act(_at(day, 9, 45), partial(_link, person, seed))
        # One questionnaire in seven stays empty, each time another.
        if (number * 5 + place * 3) % 7:
            yield Act(_at(day, 18), partial(_tells, person, "pain_nrs", visit, _pain(person, place)))
        if visit.id in ("BL", "W12", "W24") and (number * 3 + place) % 6:
            yield Act(_at(day, 18, 5), partial(_tells, person, "patient_global", visit, _global(person, place)))
        if visit.id in ("BL", "W12") and number % 4:
            yield Act(_at(day, 9, 30), partial(_judged, person, visit, _global(person, place)))


def _at(day: date, hour: int, minute: int = 0) -> datetime:
    return datetime.combine(day, time(hour, minute), UTC)


def _left(person: Person, place: int) -> float:
    """Return which share of the complaints is left at a visit: it follows the mean size of the lesions."""
    ratios = [lesion.log_ratios[person.arm][place] for lesion in person.virtual.lesions]
    return min(1.2, exp(SHARE * sum(ratios) / len(ratios)))


def _pain(person: Person, place: int) -> list[Given]:
    now = min(10, round(max(2, person.virtual.pain[0]) * _left(person, place)))
    worst = "" if (person.virtual.index + place) % 9 == 0 else str(min(10, now + 2))
    return [Given("pain_now", str(now)), Given("pain_worst_week", worst)]


def _global(person: Person, place: int) -> list[Given]:
    return [Given("global", str(min(10, round((3 + person.virtual.index % 4) * _left(person, place)))))]


def _planned(name: str, values: dict[str, object], gateway: Gateway, *_rest: object) -> None:
    by = Author(STAFF[gateway.study]["data_manager"], "data_manager")
    gateway.enter([Draft(Place("", "diary_plan", repeat=name), values)], by)


def _help(gateway: Gateway, *_rest: object) -> None:
    (site,) = (one.id for one in gateway.protocol.sites)
    values = {"help_phone": f"{PHONES[gateway.study]} (SIMULATED)", "help_hours": "08:00-18:00"}
    gateway.enter([Draft(Place("", "diary_help", repeat=site), values)], _nurse(gateway))


def _nurse(gateway: Gateway) -> Author:
    return Author(STAFF[gateway.study]["study_nurse"], "study_nurse")


def _offer(person: Person, study: str) -> LinkOffer:
    proxy, language = person.virtual.index == BY_PROXY, "fr" if study == "limoges" else "en"
    relation = ("partner" if person.virtual.age >= 18 else "parent") if proxy else ""
    return LinkOffer("proxy" if proxy else "participant", relation, language, ZONES[study])


def _link(person: Person, seed: int, gateway: Gateway, *_rest: object) -> None:
    """Make a personal link; nobody knows its address, for a link is shown once."""
    repeat = next_link(gateway.study, person.code)
    token = hashlib.sha256(f"SIMULATED {seed} {gateway.study} {person.code} {repeat}".encode()).hexdigest()
    issue(gateway, person.code, repeat, _offer(person, gateway.study), _nurse(gateway), token)


def _lost(person: Person, gateway: Gateway, *_rest: object) -> None:
    revoke(gateway, person.code, "L1", "SIMULATED: the telephone was lost", _nurse(gateway))


def _tells(person: Person, instrument: str, visit: Visit, given: list[Given], gateway: Gateway, *_rest: object) -> None:
    occasion, offer = (person.code, f"{instrument}:{visit.id}"), _offer(person, gateway.study)
    if person.virtual.index == BY_TELEPHONE:
        answer(gateway, occasion, given, Teller("participant", "telephone", offer.language), _nurse(gateway))
        return
    moment = gateway.clock() - timedelta(minutes=1)
    sent = [Given(one.item, one.answer, device_at=moment.isoformat()) for one in given]
    proxy = offer.holder == "proxy"
    by = Author(f"{offer.relation} of {person.code}", "proxy") if proxy else Author(person.code, "participant")
    sending = f"{person.code} {instrument} {visit.id}"
    teller = Teller(offer.holder, "personal link", offer.language, offer.relation, sending, 0)
    answer(gateway, occasion, sent, teller, by)


def _judged(person: Person, visit: Visit, given: list[Given], gateway: Gateway, *_rest: object) -> None:
    """Take down what the physician thinks of how somebody is."""
    by = Author(STAFF[gateway.study]["principal_investigator"], "principal_investigator")
    language = "fr" if gateway.study == "limoges" else "en"
    occasion = (person.code, f"physician_global:{visit.id}")
    answer(gateway, occasion, given, Teller("physician", "in the clinic", language), by)
