"""What was injected: how often, how many mL and mg, per lesion, per participant, per visit and per arm."""

import statistics
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from calcitrial.analysis.groups import Group, Pair, groups_of
from calcitrial.outcomes import arms_of
from calcitrial.record import Cut
from calcitrial.safety import Dose, DoseUnits, dose_units, doses

NO_REASON = "no reason given"


@dataclass(frozen=True)
class Given:
    """What was given: injections, sessions (visits of one person with at least one), volume and mass.

    `volume` and `mass` add up what is known; `without_volume` and `without_mass` count injections for which they
    are not, so that a total with any of them is a lower bound. `entries` are those of the injections.
    """

    injections: int
    sessions: int
    volume: float
    mass: float
    without_volume: int
    without_mass: int
    entries: tuple[int, ...]


@dataclass(frozen=True)
class Exposed:
    """One lesion (or one participant, `lesion` '') with what it was given, in all and at each visit."""

    participant: str
    lesion: str
    arm: str
    given: Given
    by_visit: tuple[tuple[str, Given], ...]
    not_given: int


@dataclass(frozen=True)
class Spread:
    """Median and range over `n` lesions or participants; `left_out` are those with an incomplete total."""

    n: int
    median: float | None
    low: float | None
    high: float | None
    left_out: int


@dataclass(frozen=True)
class Withheld:
    """Injections that were entered as not given, for one reason."""

    reason: str
    injections: int
    lesions: int
    participants: int
    entries: tuple[int, ...]


@dataclass(frozen=True)
class ArmExposure:
    """What a group was given; the spreads are over its injected participants and lesions, by quantity.

    Quantities are injections, volume and mass, and for participants sessions too. `by_visit` has (visit, what was
    given, participants injected, lesions injected).
    """

    group: Group
    given: Given
    injected_participants: int
    injected_lesions: int
    per_participant: dict[str, Spread]
    per_lesion: dict[str, Spread]
    by_visit: tuple[tuple[str, Given, int, int], ...]
    withheld: tuple[Withheld, ...]


@dataclass(frozen=True)
class Exposures:
    """The exposure of a cut: each lesion, each enrolled participant, each group; `gaps` say what is not known."""

    units: DoseUnits
    lesions: tuple[Exposed, ...]
    participants: tuple[Exposed, ...]
    groups: tuple[ArmExposure, ...]
    gaps: tuple[str, ...]


def exposures(cut: Cut) -> Exposures:
    """Return what every lesion, participant and arm was given; injections of people not enrolled are a gap."""
    groups, units, known = groups_of(cut), dose_units(cut.protocol), doses(cut)
    everybody = groups[-1]
    inside = [dose for dose in known if dose.participant in everybody.participants]
    visits = [visit.id for visit in cut.protocol.visits]
    arm_of = arms_of(cut)
    injected = {(dose.participant, dose.lesion) for dose in inside if dose.given}
    lesions = [
        _exposed(pair, arm_of(*pair)[0], [d for d in inside if (d.participant, d.lesion) == pair], visits)
        for pair in sorted(everybody.lesions | injected)
    ]
    people = [
        _exposed((code, ""), arm_of(code, "")[0], [d for d in inside if d.participant == code], visits)
        for code in sorted(everybody.participants)
    ]
    arms = tuple(_of_group(group, _doses_of(group, inside), visits) for group in groups if group.kind != "no_lesion")
    return Exposures(units, tuple(lesions), tuple(people), arms, tuple(_gaps(cut, known, lesions, people)))


def _doses_of(group: Group, known: Sequence[Dose]) -> list[Dose]:
    if group.kind == "total":
        return list(known)
    return [dose for dose in known if (dose.participant, dose.lesion) in group.lesions]


def _exposed(pair: Pair, arm: str, own: Sequence[Dose], visits: Sequence[str]) -> Exposed:
    withheld = sum(dose.given is False for dose in own)
    return Exposed(*pair, arm, _given(own), tuple(_by_visit(own, visits)), withheld)


def _by_visit(own: Sequence[Dose], visits: Sequence[str]) -> Iterable[tuple[str, Given]]:
    for visit in visits:
        here = [dose for dose in own if dose.visit == visit and dose.given]
        if here:
            yield visit, _given(here)


def _given(own: Sequence[Dose]) -> Given:
    given = [dose for dose in own if dose.given]
    return Given(
        len(given),
        len({(dose.participant, dose.visit) for dose in given}),
        sum(dose.volume or 0.0 for dose in given),
        sum(dose.mass or 0.0 for dose in given),
        sum(dose.volume is None for dose in given),
        sum(dose.mass is None for dose in given),
        _entries(given),
    )


def _of_group(group: Group, own: Sequence[Dose], visits: Sequence[str]) -> ArmExposure:
    given = [dose for dose in own if dose.given]
    by_person = _gathered(given, lambda dose: (dose.participant, ""))
    by_lesion = _gathered(given, lambda dose: (dose.participant, dose.lesion))
    at_visits = []
    for visit, there in _by_visit(own, visits):
        here = [dose for dose in given if dose.visit == visit]
        people, lesions = {d.participant for d in here}, {(d.participant, d.lesion) for d in here}
        at_visits.append((visit, there, len(people), len(lesions)))
    return ArmExposure(
        group,
        _given(own),
        len(by_person),
        len(by_lesion),
        _spreads(by_person, ("injections", "sessions", "volume", "mass")),
        _spreads(by_lesion, ("injections", "volume", "mass")),
        tuple(at_visits),
        tuple(_withheld(own)),
    )


def _gathered(given: Sequence[Dose], key: Callable[[Dose], Pair]) -> list[Given]:
    found: dict[Pair, list[Dose]] = {}
    for dose in given:
        found.setdefault(key(dose), []).append(dose)
    return [_given(own) for own in found.values()]


def _spreads(totals: Sequence[Given], quantities: Sequence[str]) -> dict[str, Spread]:
    return {quantity: _spread(totals, quantity) for quantity in quantities}


def _spread(totals: Sequence[Given], quantity: str) -> Spread:
    """Return the spread over complete totals; a lower bound would pull the median down."""
    complete = [one for one in totals if not getattr(one, f"without_{quantity}", 0)]
    values = [float(getattr(one, quantity)) for one in complete]
    left_out = len(totals) - len(complete)
    if not values:
        return Spread(0, None, None, None, left_out)
    return Spread(len(values), statistics.median(values), min(values), max(values), left_out)


def _withheld(own: Sequence[Dose]) -> Iterable[Withheld]:
    refused = [dose for dose in own if dose.given is False]
    for reason in sorted({dose.reason for dose in refused}):
        here = [dose for dose in refused if dose.reason == reason]
        people, lesions = {d.participant for d in here}, {(d.participant, d.lesion) for d in here}
        yield Withheld(reason or NO_REASON, len(here), len(lesions), len(people), _entries(here))


def _entries(own: Iterable[Dose]) -> tuple[int, ...]:
    return tuple(sorted(number for dose in own for number in dose.entries))


def _gaps(cut: Cut, known: Sequence[Dose], lesions: Sequence[Exposed], people: Sequence[Exposed]) -> Iterable[str]:
    enrolled, with_mass = {one.participant for one in people}, bool(dose_units(cut.protocol).mass)
    inside = [dose for dose in known if dose.participant in enrolled]
    given = [dose for dose in inside if dose.given]
    weighed = [dose for dose in given if with_mass and dose.volume is not None]
    if given and not with_mass:
        yield "The units of concentration and volume on the injection form make no mass, so no dose by mass is given."
    for told, lacking in (
        ("has no volume", [d for d in given if d.volume is None]),
        ("has a volume and no concentration", [d for d in weighed if d.mass is None]),
        ("has no date, because its visit has none", [d for d in given if d.day is None]),
        ("does not say whether it was given, and is not counted", [d for d in inside if d.given is None]),
        ("is of somebody not enrolled, and is not counted", [d for d in known if d not in inside and d.given]),
    ):
        if lacking:
            yield f"Injection form that {told}: {len(lacking)} ({_places(lacking)})."
    spared = {arm.id for arm in cut.protocol.arms if not arm.treated}
    without = [one.participant for one in people if not one.given.injections and one.arm not in spared]
    if without and given:
        yield f"To be injected and without any injection: {len(without)} ({named(without)})."
    against = [one.lesion for one in lesions if one.given.injections and one.arm in spared]
    if against:
        yield f"Lesions injected in an arm that is not to be injected: {len(against)} ({named(against)})."


def _places(found: Sequence[Dose]) -> str:
    return named([f"{dose.lesion} {dose.visit}" for dose in found])


def named(things: Sequence[str], most: int = 12) -> str:
    """Return things as a list in words, cut after so many with the number of the rest."""
    rest = f" and {len(things) - most} more" if len(things) > most else ""
    return ", ".join(things[:most]) + rest
