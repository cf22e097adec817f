"""The safety analysis of a cut: everything that the safety tables and report.json print, from one function."""

from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from calcitrial.analysis.groups import Group, groups_of
from calcitrial.analysis.harm_counts import (
    CountLine,
    Event,
    GradeLine,
    event_gaps,
    events_of,
    grade_lines,
    kind_lines,
    named_event,
    term_lines,
)
from calcitrial.analysis.harm_rates import YEAR, EventRate, LesionShare, Ratio, lesion_shares, rates_of, ratios_of
from calcitrial.record import Cut
from calcitrial.safety import Exposure, exposure, visit_days


@dataclass(frozen=True)
class SafetyGroup:
    """A group with what its events are counted against; person-years run from enrolment to the last visit."""

    id: str
    label: str
    kind: str
    participants: int
    participants_injected: int
    lesions: int
    lesions_injected: int
    injections: int
    person_years: float
    entries: tuple[int, ...]


@dataclass(frozen=True)
class SafetyAnalysis:
    """The adverse events of a cut by arm and in total; each part has one count or rate per group, in their order.

    `by_lesion` is true where lesions have arms: events at a lesion are then counted in its arm, and what happened to
    the person stands in the group 'no_lesion' and in no arm. `gaps` are sentences on what is not known.
    """

    by_lesion: bool
    groups: tuple[SafetyGroup, ...]
    kinds: tuple[CountLine, ...]
    terms: tuple[CountLine, ...]
    grades: tuple[GradeLine, ...]
    rates: tuple[EventRate, ...]
    ratios: tuple[Ratio, ...]
    per_lesion: tuple[LesionShare, ...]
    events: tuple[Event, ...]
    gaps: tuple[str, ...]


def safety_analysis(cut: Cut) -> SafetyAnalysis:
    """Return the safety analysis of a cut: counts of enrolled people, rates, shares of lesions, the listing, gaps."""
    groups, known, events = groups_of(cut), exposure(cut), events_of(cut)
    terms = term_lines(events, groups)
    return SafetyAnalysis(
        known.by_lesion,
        tuple(_denominators(group, known) for group in groups),
        kind_lines(cut, events, groups),
        terms,
        grade_lines(events, groups, terms),
        rates_of(events, groups, known),
        ratios_of(events, groups, cut.protocol.arms, known),
        lesion_shares(events, groups, known),
        events,
        tuple(_gaps(cut, events, groups, known)),
    )


def safety_json(found: SafetyAnalysis) -> dict[str, Any]:
    """Return the analysis as plain values for JSON: days as text, a limit without end as None."""
    return {name: _plain(value) for name, value in asdict(found).items()}


def _plain(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _plain(one) for name, one in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(one) for one in value]
    if isinstance(value, float):
        return value if abs(value) != float("inf") else None
    return value.isoformat() if hasattr(value, "isoformat") else value


def _denominators(group: Group, known: Exposure) -> SafetyGroup:
    everywhere = group.kind != "arm"
    given = [
        i
        for i in known.injections
        if i.participant in group.participants and (everywhere or (i.participant, i.lesion) in group.lesions)
    ]
    days = sum(known.person_days.get(person, 0) for person in group.participants)
    return SafetyGroup(
        group.id,
        group.label,
        group.kind,
        len(group.participants),
        len({i.participant for i in given}),
        len(group.lesions),
        len({(i.participant, i.lesion) for i in given}),
        len(given),
        days / YEAR,
        group.entries,
    )


def _gaps(cut: Cut, events: Sequence[Event], groups: Sequence[Group], known: Exposure) -> Iterable[str]:
    if cut.protocol.form("adverse_event") is None:
        yield "The protocol has no form for adverse events, so that none can be counted."
        return
    yield from event_gaps(events, groups)
    unseen = sorted(person for person in groups[-1].participants if not known.person_days.get(person))
    if unseen:
        yield (
            f"Enrolled and not seen after the day of enrolment, so without person-years: {len(unseen)} "
            f"({', '.join(unseen)})."
        )
    ends: dict[str, Any] = {}
    for (person, _visit), day in visit_days(cut).items():
        ends[person] = max(day, ends.get(person, day))
    late = [
        e for e in events if e.enrolled and e.onset and (e.participant not in ends or e.onset > ends[e.participant])
    ]
    early = [e for e in events if e.day is not None and e.day < 0]
    for told, found in (("after the last visit", late), ("before enrolment", early)):
        if found:
            names = ", ".join(named_event(event) for event in found)
            yield f"Events that began {told}, counted though outside the person-years: {len(found)} ({names})."
