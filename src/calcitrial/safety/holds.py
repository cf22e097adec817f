"""When injections must stop: the default rules, each hold with the entries behind it.

The rules are suggested defaults from no trial's record, and so marked assumed: hold a participant after
anaphylaxis or a related event of grade 3 or more; stop injecting a lesion with necrosis or infection; review
by the safety board after two related local events of grade 3 or more. A relation that is 'unknown' counts as
related until somebody judges it.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Literal

from calcitrial.record import Cut
from calcitrial.safety.events import adverse_events

SEVERE = 3
LOCAL_EVENTS_FOR_REVIEW = 2
Level = Literal["participant", "lesion", "study"]
Event = dict[str, Any]


@dataclass(frozen=True)
class Hold:
    """One hold: what is held (a participant, a lesion, the study), by which rule, why, and the entries behind it.

    `rule` is the id of the stopping rule in the shipped protocols; `status` says where the rule comes from.
    """

    level: Level
    participant: str
    lesion: str
    rule: str
    reason: str
    entries: tuple[int, ...]
    status: str = "assumed"


def holds(cut: Cut) -> tuple[Hold, ...]:
    """Return every hold that the events of the cut call for, participants first, then lesions, then the study."""
    events = list(adverse_events(cut).iter_rows(named=True))
    found = [hold for event in events for hold in (*_of_participant(event), *_of_lesion(event))]
    ordered = sorted(found, key=lambda hold: (hold.level != "participant", hold.participant, hold.lesion))
    return (*ordered, *_of_study(cut.study, events))


def _of_participant(event: Event) -> Iterator[Hold]:
    if event["term"].casefold() == "anaphylaxis":
        yield _hold("participant", "hold_anaphylaxis", event)
    if _severe_and_related(event):
        yield _hold("participant", "hold_grade3_related", event)


def _of_lesion(event: Event) -> Iterator[Hold]:
    if event["special_interest"] in ("necrosis", "infection"):
        # Without a named lesion nobody knows which one to spare, so the whole participant is held.
        yield _hold("lesion" if event["lesion"] else "participant", "stop_lesion", event)


def _of_study(study: str, events: list[Event]) -> Iterator[Hold]:
    local = [event for event in events if event["lesion"] and _severe_and_related(event)]
    if len(local) >= LOCAL_EVENTS_FOR_REVIEW:
        reason = f"{study}: {len(local)} related local events of grade {SEVERE} or more; safety board review."
        entries = tuple(sorted(number for event in local for number in event["entries"]))
        yield Hold("study", "", "", "review_two_grade3_local", reason, entries)


def _severe_and_related(event: Event) -> bool:
    grade = event["grade"] or SEVERE  # a redacted grade may have been severe
    return bool(grade >= SEVERE and event["related"] != "not related")


def _hold(level: Level, rule: str, event: Event) -> Hold:
    where = f" at lesion {event['lesion']}" if event["lesion"] else ""
    doubt = " (relation unknown, counted as related)" if event["related"] == "unknown" else ""
    grade, onset = event["grade"] or "(redacted)", event["onset_date"] or "(redacted)"
    what = f"{event['repeat']}: {event['term']} grade {grade}{where} on {onset}{doubt}."
    if level == "participant" and rule == "stop_lesion":
        what += " Name the lesion to hold it alone."
    lesion = event["lesion"] if level == "lesion" else ""
    return Hold(level, event["participant"], lesion, rule, what, tuple(event["entries"]))
