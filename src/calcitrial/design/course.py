"""The course of a simulated trial: everything that happens, with its date, ready to be entered in order."""

from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from datetime import time as clock_time
from decimal import Decimal
from functools import partial
from pathlib import Path

from calcitrial.design.drug import LIMITS, stock, vial_of
from calcitrial.design.phantoms import Scan, Scanned
from calcitrial.design.simulate import VirtualLesion, VirtualParticipant
from calcitrial.imaging import Seed, Settings, form_values
from calcitrial.lesions import (
    Injection,
    LesionPlace,
    add_lesion,
    allocate,
    arm_at,
    commit,
    locate,
    sites,
)
from calcitrial.participants import begin_visit, enrol, make_code, screen
from calcitrial.phantoms import Deposit
from calcitrial.pharmacy import Session, inject_session
from calcitrial.protocol import Protocol, Truth, Visit
from calcitrial.record import Author, Draft, Gateway, Place
from calcitrial.safety import holds_against

NURSE = Author("simulated-nurse", "study nurse")
PHYSICIAN = Author("simulated-physician", "injecting physician")
READER = Author("simulated-reader", "image analyst")
MANAGER = Author("simulated-manager", "data manager")
# 150 mg/mL is the concentration of the published intralesional series (evidence IL01, IL02); the volume is assumed.
CONCENTRATION, VOLUME = 150.0, 0.5
# Assumed: local reactions are gone after so many days.
LASTS = 12
Enter = Callable[[Gateway, bytes, Mapping[str, Scanned]], object]


@dataclass(frozen=True)
class Act:
    """One thing that happens at one moment, and the call that enters it."""

    moment: datetime
    enter: Enter


@dataclass(frozen=True)
class Person:
    """A virtual participant in this trial: site, code, arm ('' for a screen failure), and the day of baseline."""

    site: str
    code: str
    virtual: VirtualParticipant
    arm: str
    baseline: date

    def lesion(self, lesion: VirtualLesion) -> str:
        """Return the identity that the lesion gets in the record."""
        return f"{self.code}-L{lesion.number}"


@dataclass(frozen=True)
class Course:
    """All people of a trial, and all acts in the order of their moments, up to the last day that is told."""

    protocol: Protocol
    people: tuple[Person, ...]
    acts: tuple[Act, ...]
    until: date

    def scans(self, folder: Path) -> tuple[Scan, ...]:
        """Return every CT that the course needs, each in a folder of its own."""
        return tuple(
            _scan(self.protocol, person, number, visit, folder)
            for person in self.people
            if person.arm
            for number, visit in attended(self.protocol, person)
            if "ct_measurement" in visit.forms and visit_day(person, number, visit) <= self.until
        )


def schedule(protocol: Protocol) -> tuple[Visit, ...]:
    """Return the planned visits from baseline on, in order."""
    return tuple(visit for visit in protocol.visits if visit.day >= 0)


def course_of(
    protocol: Protocol,
    site: str,
    people: tuple[VirtualParticipant, ...],
    secret: bytes,
    start: date,
    until: date = date.max,
) -> Course:
    """Return the course of a trial of these people, who come to screening five days apart from `start`.

    The arms are those that the allocation will give in the order of enrolment. What comes after the day `until` has
    not happened yet.
    """
    taken: Counter[str] = Counter()
    placed = tuple(_placed(protocol, site, person, secret, start, taken) for person in people)
    first = datetime.combine(start - timedelta(days=7), clock_time(8), UTC)
    acts = [Act(first, _commit)] if protocol.allocation.unit == "participant" else []
    vials = len(placed) * len(_sessions(protocol))
    if vials:
        acts.append(Act(first + timedelta(hours=1), partial(_stock, site, vials, first.date())))
    for person in placed:
        acts += _acts(protocol, person)
    done = (act for act in acts if act.moment.date() <= until)
    return Course(protocol, placed, tuple(sorted(done, key=lambda act: act.moment)), until)


def _placed(
    protocol: Protocol,
    site: str,
    person: VirtualParticipant,
    secret: bytes,
    start: date,
    taken: Counter[str],
) -> Person:
    arm = "" if person.ineligible else protocol.arms[0].id
    if arm and protocol.allocation.unit == "participant":
        answers = {**person.answers, "site": site}
        stratum = "/".join(str(answers[name]) for name in protocol.allocation.strata)
        taken[stratum] += 1
        arm = arm_at(protocol, secret, stratum, taken[stratum])
    baseline = start + timedelta(days=5 * (person.index - 1) + 14)
    return Person(site, make_code(site, person.index), person, arm, baseline)


def attended(protocol: Protocol, person: Person) -> Iterator[tuple[int, Visit]]:
    """Yield the visits that a person comes to, with their place in the schedule."""
    for number, visit in enumerate(schedule(protocol)):
        if visit.id == person.virtual.dropout:
            return
        yield number, visit


def visit_day(person: Person, number: int, visit: Visit) -> date:
    """Return the day of a visit: near the planned day, inside its window."""
    spread = (person.virtual.index * 7 + number * 3) % 5 - 2
    return person.baseline + timedelta(days=min(max(visit.day + spread, visit.window[0]), visit.window[1]))


def _acts(protocol: Protocol, person: Person) -> Iterator[Act]:
    screened = person.baseline - timedelta(days=14)
    yield Act(_at(screened, 9), partial(_screen, person, screened))
    if not person.arm:
        yield Act(_at(screened, 10), partial(_end, person, screened, "screen failure"))
        return
    yield Act(_at(person.baseline, 8), partial(_enrol, person))
    for number, visit in attended(protocol, person):
        day = visit_day(person, number, visit)
        yield Act(_at(day, 9), partial(_visit, person, number, visit, day))
        yield from _events(person, visit, day)
    yield from _last(protocol, person)


def _at(day: date, hour: int) -> datetime:
    return datetime.combine(day, clock_time(hour), UTC)


def _commit(gateway: Gateway, secret: bytes, _scanned: Mapping[str, Scanned]) -> None:
    commit(gateway, secret, MANAGER)


def _screen(person: Person, day: date, gateway: Gateway, _secret: bytes, _scanned: Mapping[str, Scanned]) -> None:
    """Screen; a criterion whose wording is not public is decided by the simulated investigator."""
    judged: dict[str, Truth] = {
        c.id: "true" if c.type == "inclusion" else "false" for c in gateway.protocol.criteria if not c.expression
    }
    answers = {**person.virtual.answers, "screening_date": day.isoformat(), "site": person.site}
    screen(gateway, person.code, answers, NURSE, judged)


def _enrol(person: Person, gateway: Gateway, secret: bytes, _scanned: Mapping[str, Scanned]) -> None:
    enrol(gateway, person.code, person.baseline, NURSE)
    for lesion in person.virtual.lesions:
        place = map_place(person, lesion)
        kind = str(person.virtual.answers["lesion_type"])
        add_lesion(gateway, person.code, place, PHYSICIAN, kind=kind, image_point_mm=lesion.centre_mm)
    if gateway.protocol.allocation.unit == "participant":
        allocate(gateway, secret, person.code, MANAGER)


def map_place(person: Person, lesion: VirtualLesion) -> LesionPlace:
    """Return a place on the body map: the sites of its region that its view shows, in turn."""
    shown = [site.name for site in sites() if lesion.view in site.views(lesion.side)]
    fitting = [name for name in shown if lesion.body_site in name] or shown
    # Five and the number of hand sites have no common divisor, so neighbours in the list are far apart.
    name = fitting[(person.virtual.index * 3 + lesion.number * 5) % len(fitting)]
    return LesionPlace(name, lesion.side, lesion.view, *locate(name, lesion.side, lesion.view))


def _visit(
    person: Person,
    number: int,
    visit: Visit,
    day: date,
    gateway: Gateway,
    _secret: bytes,
    scanned: Mapping[str, Scanned],
) -> None:
    begin_visit(gateway, person.code, visit.id, day, NURSE)
    if "pain" in visit.forms:
        place = Place(person.code, "pain", visit.id)
        gateway.enter([Draft(place, {"pain_nrs": person.virtual.pain[number]})], NURSE)
    if "ct_measurement" in visit.forms:
        _measurements(person, visit, gateway, scanned[_key(person, visit)])
    arm = gateway.protocol.arm(person.arm)
    if "injection" in visit.forms and arm is not None and arm.treated:
        _inject(person, visit, gateway)


def _inject(person: Person, visit: Visit, gateway: Gateway) -> None:
    """Inject every lesion of somebody in one act; one with a hold that stands is entered as not injected."""
    sessions = _sessions(gateway.protocol)
    order = sessions.index(visit.id)
    vial = vial_of(gateway.study, person.virtual.index, order + 1, len(sessions))
    shots: dict[str, Injection | Mapping[str, object]] = {}
    for one in person.virtual.lesions:
        lesion = person.lesion(one)
        against = holds_against(gateway, person.code, lesion)
        held = ", ".join(f"{hold.name} ({hold.rule})" for hold in against)
        shot = Injection(CONCENTRATION, VOLUME, vial, "ultrasound", one.pain_during[order])
        shots[lesion] = {"injected": False, "not_injected_reason": f"hold {held}"} if against else shot
    given = [shot for shot in shots.values() if isinstance(shot, Injection)]
    asked = {name: limit for name, limit in LIMITS.items() if given and (order or name != "spacing")}
    inject_session(gateway, Session(person.code, visit.id, shots, asked, _body(person)), PHYSICIAN)


def _body(person: Person) -> tuple[Decimal, Decimal] | None:
    """Return weight (kg) and height (cm) of somebody under age, by which a limit goes; assumed from their age."""
    age = person.virtual.age
    return (Decimal(4 * age - 6), Decimal(90 + 5 * age)) if age < 18 else None


def _sessions(protocol: Protocol) -> list[str]:
    """Return the visits at which lesions are injected, in order."""
    return [visit.id for visit in schedule(protocol) if "injection" in visit.forms]


def _stock(site: str, vials: int, day: date, gateway: Gateway, _secret: bytes, _scanned: Mapping[str, Scanned]) -> None:
    stock(gateway, site, vials, day)


def _measurements(person: Person, visit: Visit, gateway: Gateway, scanned: Scanned) -> None:
    drafts = [
        Draft(
            Place(person.code, "ct_measurement", visit.id, lesion.id),
            form_values(lesion, scanned.facts, scanned.digest, Settings()),
        )
        for lesion in scanned.lesions
    ]
    gateway.enter(drafts, READER)


def _events(person: Person, visit: Visit, day: date) -> Iterator[Act]:
    """Yield the adverse events that the injections of this visit cause; each has a number of the person's own."""
    told = [(one.number, event) for one in person.virtual.lesions for event in one.events]
    for lesion in person.virtual.lesions:
        for event in lesion.events:
            if event.visit == visit.id:
                onset = day + timedelta(days=event.days_after)
                values = {
                    "term": event.term,
                    "grade": event.grade,
                    "serious": event.serious,
                    "related": event.related,
                    "onset_date": onset.isoformat(),
                    "ae_lesion": person.lesion(lesion),
                    "ae_visit": visit.id,
                }
                name = f"AE{1 + told.index((lesion.number, event))}"
                yield Act(_at(onset, 15), partial(_event, person, name, values))
                end = onset + timedelta(days=LASTS)
                yield Act(_at(end, 16), partial(_event_ends, person, name, end))


def _event(
    person: Person,
    name: str,
    values: dict[str, object],
    gateway: Gateway,
    _secret: bytes,
    _scanned: Mapping[str, Scanned],
) -> None:
    arm = gateway.protocol.arm(person.arm)
    if arm is not None and arm.treated:
        gateway.enter([Draft(Place(person.code, "adverse_event", repeat=name), values)], NURSE)


def _event_ends(
    person: Person, name: str, end: date, gateway: Gateway, _secret: bytes, _scanned: Mapping[str, Scanned]
) -> None:
    arm = gateway.protocol.arm(person.arm)
    if arm is not None and arm.treated:
        values: dict[str, object] = {"outcome": "recovered", "ae_end_date": end.isoformat()}
        place = Place(person.code, "adverse_event", repeat=name)
        gateway.enter([Draft(place, values, expected=1, reason="SIMULATED: the event has ended")], NURSE)


def _last(protocol: Protocol, person: Person) -> Iterator[Act]:
    """Yield the end of study: completed at the last visit, or lost before one that was missed."""
    plan = schedule(protocol)
    missed = next((v for v in plan if v.id == person.virtual.dropout), None)
    day = visit_day(person, len(plan) - 1, plan[-1]) if missed is None else person.baseline + timedelta(missed.day)
    reason = "completed" if missed is None else "withdrew consent"
    yield Act(_at(day, 17), partial(_end, person, day, reason))
    if person.virtual.index == 1:
        yield Act(_at(day, 18), partial(_correct, person))


def _end(
    person: Person, day: date, reason: str, gateway: Gateway, _secret: bytes, _scanned: Mapping[str, Scanned]
) -> None:
    values = {"end_date": day.isoformat(), "end_reason": reason}
    gateway.enter([Draft(Place(person.code, "end_of_study"), values)], NURSE)


def _correct(person: Person, gateway: Gateway, _secret: bytes, _scanned: Mapping[str, Scanned]) -> None:
    """Correct one pain score, so that the trail has a correction to show."""
    first = schedule(gateway.protocol)[0]
    value = min(person.virtual.pain[0] + 1, 10)
    place = Place(person.code, "pain", first.id)
    reason = "SIMULATED: the paper form says otherwise"
    gateway.enter([Draft(place, {"pain_nrs": value}, expected=1, reason=reason)], MANAGER)


def _key(person: Person, visit: Visit) -> str:
    return f"{person.code} {visit.id}"


def _scan(protocol: Protocol, person: Person, number: int, visit: Visit, folder: Path) -> Scan:
    lesions = person.virtual.lesions
    return Scan(
        key=_key(person, visit),
        participant=person.code,
        acquired=_at(visit_day(person, number, visit), 9),
        folder=folder / person.code / visit.id,
        deposits=tuple(_deposit(person, lesion, number) for lesion in lesions),
        seeds=tuple(Seed(person.lesion(lesion), lesion.centre_mm) for lesion in lesions),
        seed=person.virtual.index * 100 + number,
    )


def _deposit(person: Person, lesion: VirtualLesion, number: int) -> Deposit:
    axes = lesion.semi_axes_at(person.arm, number)
    return Deposit(person.lesion(lesion), lesion.centre_mm, axes, lesion.density_mg_cm3)
