"""Rates of adverse events: per 100 person-years, per injection, per lesion injected, and between two arms.

A rate has the exact Poisson interval, which supposes that events come independently; where the events of a group
crowd in some of its people (likelihood ratio test of the negative binomial, p below 0.05), the interval is that of the
negative binomial, because the exact one would be too short.
"""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import polars as pl

from calcitrial.analysis.groups import Group, Pair
from calcitrial.analysis.harm_counts import KINDS, Event, of_group
from calcitrial.models import AnalysisError, clopper_pearson
from calcitrial.protocol import Arm
from calcitrial.safety import Exposure
from calcitrial.statistics import (
    ClusteredProportion,
    clustered_proportion,
    compare_event_rates,
    event_rate,
    poisson_rate,
    poisson_rate_ratio,
)

YEAR = 365.25
CROWDED = 0.05
PERSON_YEARS, INJECTIONS, LESION_YEARS = "person-years", "injections", "lesion-years"
RATED = {
    PERSON_YEARS: ("any_event", "related", "grade3", "serious", "at_lesion"),
    INJECTIONS: ("any_event", "injection_site"),
}
PER = {PERSON_YEARS: 100.0, INJECTIONS: 1.0, LESION_YEARS: 100.0}


@dataclass(frozen=True)
class EventRate:
    """Events of one kind per `per` units of exposure in one group, with its interval and where it comes from.

    `estimate`, `low` and `high` are None when there was no exposure; `told` says why, or which interval it is.
    """

    kind: str
    label: str
    group: str
    unit: str
    per: float
    events: int
    exposure: float
    estimate: float | None
    low: float | None
    high: float | None
    model: str
    told: str
    entries: tuple[int, ...]


@dataclass(frozen=True)
class Ratio:
    """The rate of one arm by that of another, by one method; `told` holds the reason where it is None."""

    kind: str
    label: str
    unit: str
    of: str
    over: str
    method: str
    estimate: float | None
    low: float | None
    high: float | None
    p: float | None
    told: str
    entries: tuple[int, ...]


@dataclass(frozen=True)
class LesionShare:
    """Injected lesions with at least one injection-site event, of one group.

    `share` has the interval that knows that lesions of one person are alike; where it cannot be had, `told` says why
    and gives people instead.
    """

    group: str
    events: int
    lesions_with: int
    lesions_injected: int
    share: ClusteredProportion | None
    told: str
    entries: tuple[int, ...]


def rates_of(events: Sequence[Event], groups: Sequence[Group], known: Exposure) -> tuple[EventRate, ...]:
    """Return the rates of the kinds in RATED in each group: per 100 person-years, and per injection given."""
    is_it = {key: (label, test) for key, label, test in KINDS}
    found = []
    for unit, kinds in RATED.items():
        for kind in kinds:
            label, test = is_it[kind]
            for group in groups:
                own = [event for event in of_group(events, group) if test(event)]
                found.append(_rate(kind, label, unit, group, own, exposed_by_person(group, unit, known)))
    return tuple(found)


def exposed_by_person(group: Group, unit: str, known: Exposure) -> dict[str, float]:
    """Return the exposure of each person of a group: years observed, years times lesions, or injections given."""
    if unit == PERSON_YEARS:
        return {person: known.person_days.get(person, 0) / YEAR for person in sorted(group.participants)}
    if unit == LESION_YEARS:
        lesions = Counter(person for person, _ in group.lesions)
        return {person: count * known.person_days.get(person, 0) / YEAR for person, count in sorted(lesions.items())}
    everywhere = group.kind != "arm"
    given = (i for i in known.injections if everywhere or (i.participant, i.lesion) in group.lesions)
    counted = Counter(i.participant for i in given if i.participant in group.participants)
    return {person: float(counted[person]) for person in sorted(group.participants)}


def _rate(kind: str, label: str, unit: str, group: Group, own: Sequence[Event], exposed: dict[str, float]) -> EventRate:
    total, per = sum(exposed.values()), PER[unit]
    entries = _behind(own, group)
    start = (kind, label, group.id, unit, per, len(own), total)
    if not total:
        return EventRate(*start, None, None, None, "", f"No {unit} in this group.", entries)
    exact = poisson_rate(len(own), total, per=per, unit=unit)
    lone = sum(not exposed.get(event.participant) for event in own)
    note = f" Of the events, in people without {unit}: {lone}." if lone else ""
    crowded = _crowded(own, exposed)
    if crowded is None:
        return EventRate(*start, exact.estimate, exact.low, exact.high, "Poisson", f"Exact Poisson.{note}", entries)
    estimate, low, high, p = crowded
    told = f"Negative binomial: events crowd in some people (p = {p:.3f} against Poisson).{note}"
    return EventRate(*start, estimate * per, low * per, high * per, "negative binomial", told, entries)


def _crowded(own: Sequence[Event], exposed: dict[str, float]) -> tuple[float, float, float, float] | None:
    """Return the negative binomial rate per unit with limits and p where events crowd in some people, else None."""
    table = _per_person(own, exposed, "")
    if table.height < 3 or not table["events"].sum():
        return None
    try:
        fitted = event_rate(table, "events", "exposure")
    except AnalysisError:
        return None
    p = fitted.overdispersion.p
    return (*fitted.rate, p) if p < CROWDED and fitted.model == "negative binomial" else None


def _per_person(own: Sequence[Event], exposed: dict[str, float], group: str) -> pl.DataFrame:
    counts = Counter(event.participant for event in own)
    rows = [(group, person, counts[person], amount) for person, amount in exposed.items() if amount > 0]
    schema = {"group": pl.String, "participant": pl.String, "events": pl.Int64, "exposure": pl.Float64}
    return pl.DataFrame(rows, schema=schema, orient="row")


def _behind(own: Iterable[Event], group: Group) -> tuple[int, ...]:
    return tuple(sorted({number for event in own for number in event.entries} | set(group.entries)))


def ratios_of(
    events: Sequence[Event], groups: Sequence[Group], arms: Sequence[Arm], known: Exposure
) -> tuple[Ratio, ...]:
    """Return the ratios of the rates of two arms, the treated over the other; none unless there are two arms.

    Between people: exact (given the number of events), and negative binomial, which lets people differ. Within
    people: events at lesions per lesion-year, exact; a person's proneness to events cancels out when treated and
    untreated lesions are of the same people.
    """
    pair = [group for group in groups if group.kind == "arm"]
    if len(pair) != 2:
        return ()
    treated = {arm.id for arm in arms if arm.treated}
    of, over = sorted(pair, key=lambda group: group.id not in treated)
    if known.by_lesion:
        return (_exact("at_lesion", LESION_YEARS, events, (of, over), known),)
    found = []
    for kind in ("any_event", "serious", "at_lesion"):
        found.append(_exact(kind, PERSON_YEARS, events, (of, over), known))
        found.append(_negative_binomial(kind, events, (of, over), known))
    return tuple(found)


def _exact(kind: str, unit: str, events: Sequence[Event], arms: tuple[Group, Group], known: Exposure) -> Ratio:
    label, own = _of_kind(kind, events, arms)
    start = (kind, label, unit, arms[0].id, arms[1].id, "exact Poisson")
    entries = tuple(sorted({*_behind(own[0], arms[0]), *_behind(own[1], arms[1])}))
    try:
        first, second = (
            poisson_rate(len(some), sum(exposed_by_person(arm, unit, known).values()), unit=unit)
            for some, arm in zip(own, arms, strict=True)
        )
        found = poisson_rate_ratio(first, second)
    except AnalysisError as error:
        return Ratio(*start, None, None, None, None, " ".join(str(error).splitlines()), entries)
    told = " ".join(found.messages) or "Exact, given the number of events of both arms."
    return Ratio(*start, found.estimate, found.low, found.high, found.p, told, entries)


def _negative_binomial(kind: str, events: Sequence[Event], arms: tuple[Group, Group], known: Exposure) -> Ratio:
    label, own = _of_kind(kind, events, arms)
    start = (kind, label, PERSON_YEARS, arms[0].id, arms[1].id, "negative binomial")
    entries = tuple(sorted({*_behind(own[0], arms[0]), *_behind(own[1], arms[1])}))
    tables = [
        _per_person(some, exposed_by_person(arm, PERSON_YEARS, known), arm.id)
        for some, arm in zip(own, arms, strict=True)
    ]
    try:
        found = compare_event_rates(pl.concat(tables), "events", "exposure", "group", reference=arms[1].id)
    except AnalysisError as error:
        return Ratio(*start, None, None, None, None, " ".join(str(error).splitlines()), entries)
    told = " ".join(found.messages)
    return Ratio(*start, *found.ratios[arms[0].id], found.coefficients[1].p, told, entries)


def _of_kind(kind: str, events: Sequence[Event], arms: Sequence[Group]) -> tuple[str, list[list[Event]]]:
    label, test = next((label, test) for key, label, test in KINDS if key == kind)
    return label, [[event for event in of_group(events, arm) if test(event)] for arm in arms]


def lesion_shares(events: Sequence[Event], groups: Sequence[Group], known: Exposure) -> tuple[LesionShare, ...]:
    """Return for each group with injected lesions the share of them that had an injection-site event."""
    injected = {(i.participant, i.lesion) for i in known.injections}
    found = []
    for group in groups:
        own = sorted(injected & group.lesions)
        if own and group.kind != "no_lesion":
            found.append(_share(group, own, [event for event in of_group(events, group) if event.injection_site]))
    return tuple(found)


def _share(group: Group, injected: Sequence[Pair], own: Sequence[Event]) -> LesionShare:
    hit = {(event.participant, event.lesion) for event in own} & set(injected)
    table = pl.DataFrame(
        [(person, pair in hit) for pair in injected for person in pair[:1]],
        schema={"participant": pl.String, "hit": pl.Boolean},
        orient="row",
    )
    start = (group.id, len(own), len(hit), len(injected))
    try:
        share = clustered_proportion(table, "hit", "participant")
        told = f"Korn and Graubard's interval; intraclass correlation {share.icc:.2f}."
        return LesionShare(*start, share, told, _behind(own, group))
    except AnalysisError as error:
        people = {person for person, _ in injected}
        exact = clopper_pearson(len({person for person, _ in hit}), len(people))
        told = (
            f"{' '.join(str(error).splitlines())} Participants with one: {exact.events} of {exact.n} injected, "
            f"{100 * exact.low:.0f} to {100 * exact.high:.0f} % (exact)."
        )
        return LesionShare(*start, None, told, _behind(own, group))
