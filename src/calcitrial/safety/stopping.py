"""The stopping rules as data: which events call for a hold of a participant, a lesion or the study.

A rule of the protocol holds a condition in CEL over one event. Redacted values count as the worst they may have been,
and a relation that is 'unknown' counts as related until somebody judges it. A protocol whose rules have no
conditions, or that has no rules, is read with the suggested defaults, which come from no trial's record (assumed).
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from functools import lru_cache
from typing import Any, Literal

from calcitrial.protocol import Protocol, StoppingRule, evaluate
from calcitrial.record import Cut
from calcitrial.safety.events import adverse_events

SEVERE = 3
Level = Literal["participant", "lesion", "study"]
Event = Mapping[str, Any]
DEFAULTS = (
    ("hold_anaphylaxis", "participant", 'term == "Anaphylaxis"', 1),
    ("hold_grade3_related", "participant", 'grade >= 3 && related != "not related"', 1),
    ("stop_lesion", "lesion", 'kind in ["necrosis", "infection"]', 1),
    ("review_two_grade3_local", "study", 'lesion != "" && grade >= 3 && related != "not related"', 2),
)
ORDER = ("participant", "lesion", "study")


@dataclass(frozen=True)
class Hold:
    """One hold: what is held (a participant, a lesion, the study), by which rule, why, and the entries behind it.

    `rule` is the id of the stopping rule; `status` says how well the rule is known; `events` names the events behind
    it ("PIT-001 AE1").
    """

    level: Level
    participant: str
    lesion: str
    rule: str
    reason: str
    entries: tuple[int, ...]
    status: str = "assumed"
    events: tuple[str, ...] = ()


def conditions(protocol: Protocol) -> tuple[StoppingRule, ...]:
    """Return the rules that the program asks: those of the protocol with a condition, else the defaults."""
    own = {rule.id: rule for rule in protocol.stopping_rules}
    if any(rule.when for rule in own.values()):
        return tuple(rule for rule in own.values() if rule.when)
    return tuple(
        StoppingRule.model_validate(
            {"id": name, "text": name, "level": level, "when": when, "count": count, "status": "assumed"}
        )
        for name, level, when, count in DEFAULTS
        if not own or name in own
    )


def called_for(protocol: Protocol, study: str, events: Sequence[Event]) -> tuple[Hold, ...]:
    """Return every hold that the events call for, participants first, then lesions, then the study.

    An event has participant, repeat, term, grade, related, serious, onset_date, lesion, special_interest, entries.
    """
    found: list[Hold] = []
    for rule in conditions(protocol):
        meeting = [event for event in events if _meets(rule, event)]
        if rule.level == "study" and len(meeting) >= rule.count:
            found.append(_of_study(study, rule, meeting))
        elif rule.level != "study":
            found += _of_people(rule, meeting)
    return in_order(found)


def in_order(found: Iterable[Hold]) -> tuple[Hold, ...]:
    """Return holds, participants first, then lesions, then the study."""
    return tuple(sorted(found, key=lambda hold: (ORDER.index(hold.level), hold.participant, hold.lesion)))


def counted(protocol: Protocol, events: Iterable[Event]) -> list[Event]:
    """Return the events that meet a rule of the study as a whole."""
    rules = [rule for rule in conditions(protocol) if rule.level == "study"]
    return [event for event in events if any(_meets(rule, event) for rule in rules)]


def holds(cut: Cut) -> tuple[Hold, ...]:
    """Return every hold that the events of the cut call for, participants first, then lesions, then the study."""
    return called_for(cut.protocol, cut.study, list(adverse_events(cut).iter_rows(named=True)))


def _meets(rule: StoppingRule, event: Event) -> bool:
    grade = event["grade"]
    return _asked(
        rule.when,
        _as_written(rule.when, event["term"]),
        SEVERE if grade is None else grade,  # a redacted grade may have been severe
        event["related"] or "unknown",
        event["special_interest"],
        "a lesion" if event["lesion"] else "",  # a condition asks whether there is one, not which
        event["serious"],
    )


@lru_cache(maxsize=10_000)
def _asked(when: str, term: str, grade: int, related: str, kind: str, lesion: str, serious: bool | None) -> bool:
    """Return whether a condition may be true of such an event; thousands of events are alike."""
    values: dict[str, str | int | float | bool | Decimal | None]
    values = {"term": term, "grade": grade, "related": related, "kind": kind, "lesion": lesion, "serious": serious}
    return evaluate(when, values) != "false"


def _as_written(condition: str, term: str) -> str:
    """Return a term with the capitals that the condition has, since the words of CTCAE are compared without them."""
    found = condition.casefold().find(f'"{term.casefold()}"')
    return condition[found + 1 : found + 1 + len(term)] if found >= 0 else term


def _of_people(rule: StoppingRule, meeting: Sequence[Event]) -> Iterator[Hold]:
    """Yield one hold per event, or, where a rule counts, one per participant or lesion that reached the count."""
    groups: dict[tuple[str, str], list[Event]] = {}
    for event in meeting:
        groups.setdefault((event["participant"], event["lesion"] if rule.level == "lesion" else ""), []).append(event)
    for (participant, lesion), events in groups.items():
        if len(events) < rule.count:
            continue
        for event in events:
            # Without a named lesion nobody knows which one to spare, so the whole participant is held.
            level: Level = "lesion" if rule.level == "lesion" and lesion else "participant"
            what = told(event) + (" Name the lesion to hold it alone." if rule.level != level else "")
            names, entries = (name_of(event),), tuple(event["entries"])
            yield Hold(level, participant, lesion, rule.id, what, entries, rule.status, names)


def _of_study(study: str, rule: StoppingRule, meeting: Sequence[Event]) -> Hold:
    what = f"{study}: {len(meeting)} related local events of grade {SEVERE} or more; safety board review."
    if rule.id != "review_two_grade3_local":
        what = f"{study}: {rule.text} ({len(meeting)} events)."
    entries = tuple(sorted(number for event in meeting for number in event["entries"]))
    return Hold("study", "", "", rule.id, what, entries, rule.status, tuple(sorted(name_of(e) for e in meeting)))


def told(event: Event) -> str:
    """Return an event in a sentence, as a hold gives it for its reason."""
    where = f" at lesion {event['lesion']}" if event["lesion"] else ""
    doubt = " (relation unknown, counted as related)" if event["related"] == "unknown" else ""
    grade, onset = event["grade"] or "(redacted)", event["onset_date"] or "(redacted)"
    graded = "" if event["grade"] == 0 else f" grade {grade}"
    return f"{event['repeat']}: {event['term']}{graded}{where} on {onset}{doubt}."


def name_of(event: Event) -> str:
    """Return the name of an event within its study: participant and repeat."""
    return f"{event['participant']} {event['repeat']}"


def names_in_text(text: str | None) -> frozenset[str]:
    """Return the names of events from the text that a hold keeps them in."""
    return frozenset(_clean((text or "").split(";")))


def _clean(parts: Iterable[str]) -> Iterator[str]:
    return (part.strip() for part in parts if part.strip())
