"""What waits at the desks of the demo: queries, source verification, signatures, a serious event, a policy."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from functools import partial
from pathlib import Path

from calcitrial.demonstration.people import STAFF
from calcitrial.design import Act, Course, Person, attended, schedule, visit_day
from calcitrial.participants import begin_visit
from calcitrial.pharmacy import receive
from calcitrial.protocol import Visit
from calcitrial.quality import (
    Policy,
    acknowledge,
    add_policy,
    answer_query,
    close_query,
    in_force,
    is_chosen,
    numbers_of,
    queries_in,
    raise_query,
    sign,
    state_of,
    verify_source,
)
from calcitrial.record import Author, Draft, Gateway, Place, current_rows
from calcitrial.vigilance import assess, record_report

POLICY = """SIMULATED policy on electronic signatures.

Who signs here with user name, password and code signs as with a pen: the signature is theirs alone and binds them.
Nobody signs for another, and nobody tells another a password.
"""
READ_BY = ("principal_investigator", "study_nurse", "monitor", "pharmacist", "administrator")
SERIOUS: dict[str, object] = {
    "term": "Skin infection",
    "grade": 3,
    "serious": True,
    "serious_hospitalisation": True,
    "related": "related",
    "related_procedure": "not related",
    "outcome": "not recovered",
    "narrative": "SIMULATED: admitted for antibiotics into a vein.",
}
# The stock runs on; these few vials expire first.
SHORT_DATED, GOOD_FOR = 4, timedelta(days=34)
# The forms of one participant in so many are not signed yet, and not compared with the source.
UNSIGNED, UNVERIFIED = 4, 5


def desk_acts(course: Course, home: Path) -> Iterator[Act]:
    """Yield what people at their desks do up to the last day, and what they leave for the visitor, with its moment."""
    first = min(act.moment for act in course.acts)
    yield Act(first + timedelta(minutes=40), partial(_policy, home))
    for number, role in enumerate(READ_BY):
        yield Act(first + timedelta(minutes=45 + number), partial(_read, role))
    yield Act(_at(course.until, 8, -60), _short_dated)
    for number, person in enumerate(one for one in course.people if one.arm):
        if person.virtual.index % UNVERIFIED:
            yield Act(_at(course.until, 10, number, 12), partial(_verified, person))
        if person.virtual.index % UNSIGNED:
            yield Act(_at(course.until, 15, number, 9), partial(_forms_signed, person))
    yield Act(_at(course.until, 9, 0, 6), _judged)
    going = [one for one in course.people if one.arm and _goes_on(course, one)]
    yield from _queries(course, going)
    yield from _visit_of_today(course, going)
    treated = [one for one in going if (arm := course.protocol.arm(one.arm)) and arm.treated]
    for person in treated[-2:-1]:
        yield Act(_at(course.until, 14, 30), partial(_serious, person))
        yield Act(_at(course.until, 15, 10), partial(_told, person))
    signed = [one for one in going if one.virtual.index % UNSIGNED]
    for person in signed[1:2]:
        yield Act(_at(course.until, 10, 0, 4), partial(_corrected, person))
    for person in going[2:3]:
        yield Act(_at(course.until, 11, 0, 1), partial(_draft_event, person))


def _goes_on(course: Course, person: Person) -> bool:
    """Return whether somebody stays to the end, and the end is still to come."""
    plan = schedule(course.protocol)
    return not person.virtual.dropout and visit_day(person, len(plan) - 1, plan[-1]) > course.until


def _queries(course: Course, going: list[Person]) -> Iterator[Act]:
    """Yield questions about pain: one is closed, one answered, two wait."""
    texts = ("Was this asked before the injection?", "The source says 4; which is right?", "Please check the day.")
    for number, person in enumerate(going[:4]):
        text, ago = f"SIMULATED: {texts[number % 3]}", (30, 12, 6, 20)[number]
        yield Act(_at(course.until, 11, number, ago), partial(_asked, person, text))
        if number < 2:
            yield Act(_at(course.until, 11, 30, ago - 2), partial(_answered, person))
        if number < 1:
            yield Act(_at(course.until, 12, 0, ago - 3), partial(_closed, person))


def _visit_of_today(course: Course, going: list[Person]) -> Iterator[Act]:
    """Yield the beginning of a visit on the last day: its forms wait, and one of them is a draft."""
    for person in going:
        for place, visit in attended(course.protocol, person):
            earliest = person.baseline + timedelta(days=visit.window[0])
            if earliest <= course.until < visit_day(person, place, visit):
                yield Act(_at(course.until, 9, 10), partial(_begun, person, visit))
                return


def _at(day: date, hour: int, minute: int = 0, ago: int = 0) -> datetime:
    return datetime.combine(day - timedelta(days=ago), time(hour), UTC) + timedelta(minutes=minute)


def _staff(gateway: Gateway, role: str) -> Author:
    return Author(STAFF[gateway.study][role], role)


def _policy(home: Path, gateway: Gateway, *_rest: object) -> None:
    one = Policy("signatures", "1.0", "Electronic signatures (SIMULATED)", gateway.clock().date())
    add_policy(gateway, home / "policies", one, POLICY, _staff(gateway, "administrator"))


def _read(role: str, gateway: Gateway, *_rest: object) -> None:
    rows = current_rows(gateway.study, "", ("policy", "policy_acknowledgement"))
    (one,) = in_force(rows, gateway.clock().date())
    by = _staff(gateway, role)
    acknowledge(gateway, one, by, f"{by.name} (SIMULATED)")


def _short_dated(gateway: Gateway, *_rest: object) -> None:
    """Receive a few vials that expire soon; they wait for their release."""
    on, by = gateway.clock().date(), _staff(gateway, "pharmacist")
    values: dict[str, object] = {
        "site": next(one.id for one in gateway.protocol.sites),
        "lot": "SIM-3",
        "vials": SHORT_DATED,
        "product": "Sodium thiosulfate (SIMULATED)",
        "strength": 250,
        "vial_volume": 50,
        "expiry": (on + GOOD_FOR).isoformat(),
        "received_on": on.isoformat(),
        "temperature_ok": True,
    }
    receive(gateway, values, by)


def _asked(person: Person, text: str, gateway: Gateway, *_rest: object) -> None:
    about = Place(person.code, "pain", "W12")
    raise_query(gateway, about, "pain_nrs", text, _staff(gateway, "monitor"))


def _answered(person: Person, gateway: Gateway, *_rest: object) -> None:
    (one,) = queries_in(current_rows(gateway.study, person.code))
    answer_query(gateway, one.place, "SIMULATED: seen in the source; it is right.", one.version, _nurse(gateway))


def _closed(person: Person, gateway: Gateway, *_rest: object) -> None:
    (one,) = queries_in(current_rows(gateway.study, person.code))
    close_query(gateway, one.place, "SIMULATED: agreed.", one.version, _staff(gateway, "monitor"))


def _nurse(gateway: Gateway) -> Author:
    return _staff(gateway, "study_nurse")


def _verified(person: Person, gateway: Gateway, *_rest: object) -> None:
    """Say of every form that is chosen for it that it agrees with the source."""
    rows = current_rows(gateway.study, person.code)
    there, now = state_of(gateway.protocol, rows), numbers_of(rows)
    seen = {place: now[place] for place in there if is_chosen(gateway.study, place)}
    if seen:
        verify_source(gateway, seen, _staff(gateway, "monitor"))


def _forms_signed(person: Person, gateway: Gateway, *_rest: object) -> None:
    """Sign every complete form of somebody as it stands, in one act."""
    found = state_of(gateway.protocol, current_rows(gateway.study, person.code))
    places = [place for place, state in found.items() if not state.missing]
    by = _staff(gateway, "principal_investigator")
    sign(gateway, places, "approved", by, person.site, f"{by.name} (SIMULATED)")


def _judged(gateway: Gateway, *_rest: object) -> None:
    """Judge the first event of special interest; the others wait for the investigator."""
    rows = current_rows(gateway.study, "", ("adverse_event",))
    told = rows.filter(item="term", value="Skin ulceration").select("participant", "repeat")
    events = sorted(told.iter_rows())
    if events:
        code, name = events[0]
        values = {"causality_drug": "yes", "causality_procedure": "yes", "expectedness": "expected"}
        values |= {"serious_confirmed": "false", "assessment_comment": "SIMULATED"}
        assess(gateway, code, name, values, 0, "", _staff(gateway, "principal_investigator"))


def _serious(person: Person, gateway: Gateway, *_rest: object) -> None:
    """Report a serious event of which the site has just heard: its clocks run."""
    moment = gateway.clock()
    day = moment.date().isoformat()
    values = SERIOUS | {"onset_date": day, "aware_date": day, "aware_time": f"{moment:%H:%M}"}
    values |= {"ae_lesion": person.lesion(person.virtual.lesions[0])}
    number = 1 + sum(len(one.events) for one in person.virtual.lesions)
    gateway.enter([Draft(Place(person.code, "adverse_event", repeat=f"AE{number}"), values)], _nurse(gateway))


def _told(person: Person, gateway: Gateway, *_rest: object) -> None:
    """Say that the sponsor was told in time; the clock of the report to the authorities goes on."""
    event = f"AE{1 + sum(len(one.events) for one in person.virtual.lesions)}"
    record_report(gateway, person.code, event, "first report", "sponsor", "SIMULATED report", _nurse(gateway))


def _corrected(person: Person, gateway: Gateway, *_rest: object) -> None:
    """Correct a signed value: the signature under it is void from then on."""
    place = Place(person.code, "pain", "W12")
    value = 4 if person.virtual.pain[0] != 4 else 5
    reason = "SIMULATED: the source says so"
    gateway.enter([Draft(place, {"pain_nrs": value}, expected=1, reason=reason)], _nurse(gateway))


def _draft_event(person: Person, gateway: Gateway, *_rest: object) -> None:
    """Begin the form of an event and leave it for later: whether it was serious is missing."""
    number = 1 + sum(len(one.events) for one in person.virtual.lesions)
    values: dict[str, object] = {"term": "Bruising", "grade": 1, "onset_date": gateway.clock().date().isoformat()}
    place = Place(person.code, "adverse_event", repeat=f"AE{number}")
    gateway.enter([Draft(place, values, partial=True)], _nurse(gateway))


def _begun(person: Person, visit: Visit, gateway: Gateway, *_rest: object) -> None:
    begin_visit(gateway, person.code, visit.id, gateway.clock().date(), _nurse(gateway))
