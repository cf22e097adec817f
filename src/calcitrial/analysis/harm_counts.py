"""Adverse events counted: people, lesions and events of every kind, by term and by grade, each with its entries."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from calcitrial.analysis.groups import Group
from calcitrial.models import Proportion, clopper_pearson
from calcitrial.record import Cut
from calcitrial.safety import Injection, adverse_events, exposure

BEFORE, AFTER, UNDATED, NEVER = "before", "after", "no date", "no injection"
SEVERE, DEATH, FATAL = 3, 5, "fatal"
GRADES = (1, 2, 3, 4, 5)


@dataclass(frozen=True)
class Event:
    """One adverse event as it is counted and listed.

    `arm` is the lesion's where lesions have arms, else the person's. `day` counts from enrolment, `since` from the
    last injection on or before the onset (of the lesion when one is named, else of the person). `timing` places the
    onset against the person's first injection; `injection_site` is true at a lesion that had been injected, also
    when the onset has no date. What was not entered, or was redacted, is None or ''.
    """

    participant: str
    name: str
    enrolled: bool
    arm: str
    lesion: str
    term: str
    grade: int | None
    serious: bool | None
    related: str
    onset: date | None
    day: int | None
    since: int | None
    timing: str
    injection_site: bool
    special: str
    outcome: str
    entries: tuple[int, ...]


@dataclass(frozen=True)
class Count:
    """Events of one kind in one group: how many, in how many people and at how many lesions.

    `share` is people with at least one, of the people of the group, with an exact interval (None without people).
    """

    events: int
    participants: int
    lesions: int
    share: Proportion | None
    entries: tuple[int, ...]


@dataclass(frozen=True)
class CountLine:
    """One kind of event or one term, counted in each group; None where the kind is not told in that group."""

    key: str
    label: str
    counts: tuple[Count | None, ...]


@dataclass(frozen=True)
class GradeLine:
    """One term in one group: participants by their worst grade, those without any grade last, and all of them."""

    key: str
    label: str
    group: str
    grades: tuple[Count, ...]
    ungraded: Count
    total: Count


KINDS: tuple[tuple[str, str, Callable[[Event], bool]], ...] = (
    ("any_event", "Any adverse event", lambda event: True),
    ("related", "Related to the treatment", lambda event: event.related == "related"),
    ("relation_unknown", "Relation to the treatment unknown", lambda event: event.related in ("unknown", "")),
    ("grade3", "Grade 3 or more", lambda event: (event.grade or 0) >= SEVERE),
    ("serious", "Serious", lambda event: event.serious is True),
    ("special_interest", "Of special interest", lambda event: event.special != ""),
    ("necrosis", "Of special interest: necrosis", lambda event: event.special == "necrosis"),
    ("ulcer", "Of special interest: ulcer", lambda event: event.special == "ulcer"),
    ("infection", "Of special interest: infection", lambda event: event.special == "infection"),
    ("death", "Death (outcome fatal or grade 5)", lambda event: event.outcome == FATAL or event.grade == DEATH),
    ("at_lesion", "At a lesion", lambda event: event.lesion != ""),
    ("injection_site", "At an injected lesion, from its first injection on", lambda event: event.injection_site),
    ("after_injection", "From the first injection of the person on", lambda event: event.timing == AFTER),
    ("before_injection", "Before the first injection of the person", lambda event: event.timing == BEFORE),
)


def events_of(cut: Cut) -> tuple[Event, ...]:
    """Return every adverse event of the cut, of people not enrolled too; none without the form."""
    if cut.protocol.form("adverse_event") is None:
        return ()
    known, starts = exposure(cut), _enrolment_days(cut)
    given: dict[tuple[str, str], list[Injection]] = {}
    for injection in known.injections:
        for lesion in ("", injection.lesion):
            given.setdefault((injection.participant, lesion), []).append(injection)
    return tuple(_event(row, starts, given) for row in adverse_events(cut).iter_rows(named=True))


def _event(row: dict[str, Any], starts: dict[str, date | None], given: dict[tuple[str, str], list[Injection]]) -> Event:
    person, lesion, onset = row["participant"], row["lesion"], row["onset_date"]
    start = starts.get(person)
    there = given.get((person, lesion), [])
    since = [(onset - i.day).days for i in there if onset and i.day and i.day <= onset]
    return Event(
        person,
        row["repeat"],
        person in starts,
        row["arm"],
        lesion,
        row["term"],
        row["grade"],
        row["serious"],
        row["related"] or "",
        onset,
        (onset - start).days if onset and start else None,
        min(since, default=None),
        _timing(given.get((person, ""), []), onset),
        bool(lesion and there) and _timing(there, onset) != BEFORE,
        row["special_interest"],
        row["outcome"] or "",
        tuple(row["entries"]),
    )


def _timing(given: Sequence[Injection], onset: date | None) -> str:
    days = [injection.day for injection in given if injection.day]
    if not given:
        return NEVER
    if onset is None or not days:
        return UNDATED
    return AFTER if onset >= min(days) else BEFORE


def _enrolment_days(cut: Cut) -> dict[str, date | None]:
    rows = cut.table("enrolment").select("participant", "enrolment_date").iter_rows()
    return {participant: date.fromisoformat(day) if day else None for participant, day in rows}


def of_group(events: Sequence[Event], group: Group) -> list[Event]:
    """Return the events of enrolled people that belong to a group.

    Where lesions have arms, an event belongs to the arm of its lesion; at no lesion, or at one without an arm, it
    belongs to the person and to no arm.
    """
    enrolled = [event for event in events if event.participant in group.participants]
    if group.kind == "no_lesion":
        return [event for event in enrolled if event.arm == "unassigned"]
    if group.kind == "arm":
        return [event for event in enrolled if event.arm == group.id]
    return enrolled


def count(events: Sequence[Event], group: Group, also: Sequence[int] = ()) -> Count:
    """Return the count of events of a group; `also` are entries behind the number of its people."""
    people = {event.participant for event in events}
    lesions = {(event.participant, event.lesion) for event in events if event.lesion}
    share = clopper_pearson(len(people), len(group.participants)) if group.participants else None
    entries = {number for event in events for number in event.entries} | set(also)
    return Count(len(events), len(people), len(lesions), share, tuple(sorted(entries)))


def kind_lines(cut: Cut, events: Sequence[Event], groups: Sequence[Group]) -> tuple[CountLine, ...]:
    """Return a line for each kind of event, and one for people who left the study because of an event."""
    lines = [_line(key, label, [e for e in events if is_it(e)], groups, True) for key, label, is_it in KINDS]
    return (*lines, _withdrawn(cut, groups))


def term_lines(events: Sequence[Event], groups: Sequence[Group]) -> tuple[CountLine, ...]:
    """Return a line for each term, those in most people first."""
    people: dict[str, set[str]] = {}
    for event in (e for group in groups for e in of_group(events, group)):
        people.setdefault(event.term, set()).add(event.participant)
    order = sorted(people, key=lambda term: (-len(people[term]), term.casefold()))
    keys = keyed(order)
    return tuple(_line(keys[term], term, [e for e in events if e.term == term], groups, False) for term in order)


def _line(key: str, label: str, events: Sequence[Event], groups: Sequence[Group], denominators: bool) -> CountLine:
    own = [(group, of_group(events, group)) for group in groups]
    return CountLine(key, label, tuple(count(e, g, g.entries if denominators or not e else ()) for g, e in own))


def _withdrawn(cut: Cut, groups: Sequence[Group]) -> CountLine:
    """Count people whose study ended because of an event; a person leaves with all lesions, so never by lesion arm."""
    left: dict[str, list[int]] = {}
    if cut.protocol.form("end_of_study") is not None:
        rows = cut.table("end_of_study").iter_rows(named=True)
        left = {row["participant"]: row["entries"] for row in rows if row["end_reason"] == "adverse event"}
    by_lesion = any(group.kind == "no_lesion" for group in groups)
    counts: list[Count | None] = []
    for group in groups:
        who = sorted(group.participants & set(left))
        entries = {number for person in who for number in left[person]} | set(group.entries)
        share = clopper_pearson(len(who), len(group.participants)) if group.participants else None
        told = Count(0, len(who), 0, share, tuple(sorted(entries)))
        counts.append(None if by_lesion and group.kind != "total" else told)
    return CountLine("withdrawn", "Left the study because of an adverse event", tuple(counts))


def grade_lines(events: Sequence[Event], groups: Sequence[Group], terms: Sequence[CountLine]) -> tuple[GradeLine, ...]:
    """Return participants by worst grade, for any event and for each term, in each group that has such events."""
    found = []
    for key, label in (("any_event", "Any adverse event"), *((line.key, line.label) for line in terms)):
        for group in groups:
            own = [e for e in of_group(events, group) if key == "any_event" or e.term == label]
            if own:
                found.append(_graded(key, label, own, group))
    return tuple(found)


def _graded(key: str, label: str, own: Sequence[Event], group: Group) -> GradeLine:
    worst: dict[str, int] = {}
    for event in own:
        worst[event.participant] = max(worst.get(event.participant, 0), event.grade or 0)
    by_grade = {
        grade: [e for e in own if worst[e.participant] == grade and (e.grade or 0) == grade] for grade in (0, *GRADES)
    }
    grades = tuple(count(by_grade[grade], group) for grade in GRADES)
    return GradeLine(key, label, group.id, grades, count(by_grade[0], group), count(own, group))


def keyed(labels: Iterable[str]) -> dict[str, str]:
    """Return a key of [a-z0-9_] for each label, no two alike."""
    found: dict[str, str] = {}
    for label in labels:
        words = "".join(letter if letter.isascii() and letter.isalnum() else " " for letter in label.lower()).split()
        stem = key = "_".join(words) or "term"
        number = 2
        while key in found.values():
            key, number = f"{stem}_{number}", number + 1
        found[label] = key
    return found


def event_gaps(events: Sequence[Event], groups: Sequence[Group]) -> Iterable[str]:
    """Yield what is not known of the events, and which are in no count, as sentences that name them."""
    inside = [event for event in events if event.enrolled]
    for told, lacking in (
        ("no outcome", [e for e in inside if not e.outcome]),
        ("no grade, and are counted in no grade", [e for e in inside if e.grade is None]),
        ("no date of onset, and have no day", [e for e in inside if e.onset is None]),
        ("no word on being serious, and are not counted as serious", [e for e in inside if e.serious is None]),
        ("no word on being related, and are counted as unknown", [e for e in inside if not e.related]),
    ):
        if lacking:
            yield f"Events that have {told}: {len(lacking)} ({', '.join(named_event(e) for e in lacking)})."
    everybody = groups[-1].participants
    placed = {person for group in groups if group.kind == "arm" for person in group.participants}
    rest = sorted(everybody - placed) if placed else []
    if rest:
        yield f"Enrolled and in no arm, so in the last column only: {len(rest)} ({', '.join(rest)})."
    outside = [event for event in events if not event.enrolled]
    if outside:
        told = "; ".join(_outside(event) for event in outside)
        yield f"Not counted, of participants not enrolled: {told}."


def named_event(event: Event) -> str:
    """Return participant and name of an event."""
    return f"{event.participant} {event.name}".strip()


def _outside(event: Event) -> str:
    grade = event.grade if event.grade is not None else "not given"
    return f"{event.participant}, {event.term}, grade {grade}{', serious' if event.serious else ''}"
