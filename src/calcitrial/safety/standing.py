"""Holds as they stand: entered together with the event that calls for them, enforced at every door, lifted by people.

`follow_holds` rides with the gateway: whoever enters an event, by whatever door, enters its hold in the same
submission. `hold_problems` refuses the injection of what is held. `lift` ends a hold with a reason.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any, Literal

import polars as pl

from calcitrial.protocol import Problem, Protocol, refuse
from calcitrial.record import Author, Draft, Gateway, Place, Receipt, current_rows, each_of, tabulate
from calcitrial.safety.reported import FORM, STATE, YES, day, events_now, next_name
from calcitrial.safety.stopping import (
    Event,
    Hold,
    Level,
    called_for,
    conditions,
    counted,
    in_order,
    name_of,
    names_in_text,
)

HOLD_FORMS = ("hold", "study_hold", "hold_lift", "study_hold_lift")
HAND_FORMS = (*HOLD_FORMS, "event_assessment", "event_notice", "board_recommendation")
Decider = Literal["investigator", "safety board"]


@dataclass(frozen=True)
class Standing:
    """One hold in the record: what is held, by which rule, since when, why; and how it was lifted ('' while it is not).

    `name` is its repeat ("H1"); `events` names the events behind it; `place` is where it was entered.
    """

    name: str
    level: Level
    participant: str
    lesion: str
    rule: str
    since: date | None
    reason: str
    events: frozenset[str]
    lifted_on: str = ""
    lifted_by: str = ""
    lift_reason: str = ""

    @property
    def in_force(self) -> bool:
        """Return whether nobody has lifted it."""
        return not self.lift_reason

    @property
    def place(self) -> Place:
        """Return where the hold was entered."""
        form = "study_hold" if self.level == "study" else "hold"
        return Place(self.participant, form, repeat=self.name)

    @property
    def held(self) -> str:
        """Return what is held: the code of a lesion or a participant, or '' for the study."""
        return self.lesion or self.participant


def entered_holds(protocol: Protocol, rows: pl.DataFrame) -> tuple[Standing, ...]:
    """Return every hold of these rows, lifted ones too, in the order of the study, participants and numbers."""
    rows = rows.filter(pl.col("form").is_in(HOLD_FORMS))
    lifts = {
        (row["participant"], row["repeat"]): row
        for form in ("hold_lift", "study_hold_lift")
        for row in tabulate(protocol, rows, form).iter_rows(named=True)
    }
    found = [
        _standing(row, form, lifts.get((row["participant"], row["repeat"]), {}))
        for form in ("study_hold", "hold")
        for row in tabulate(protocol, rows, form).iter_rows(named=True)
    ]
    return tuple(sorted(found, key=lambda one: (one.participant, len(one.name), one.name)))


def _standing(row: dict[str, Any], form: str, lift: dict[str, Any]) -> Standing:
    level: Level = "study" if form == "study_hold" else row["hold_level"] or "participant"
    return Standing(
        row["repeat"],
        level,
        row["participant"],
        row.get("hold_lesion") or "",
        row["hold_rule"] or "",
        day(row["hold_since"]),
        row["hold_reason"] or "",
        names_in_text(row["hold_events"]),
        lift.get("lift_date") or "",
        lift.get("lift_by") or "",
        lift.get("lift_reason") or ("(reason redacted)" if lift else ""),
    )


def follow_holds(gateway: Gateway, drafts: Sequence[Draft]) -> list[Draft]:
    """Return the holds that must be entered together with these forms: one per rule and event not yet held for."""
    touched = {one.place.participant for one in drafts if one.place.form in (FORM, STATE)}
    if not touched or not all(isinstance(code, str) and code for code in touched):
        return []
    rows = current_rows(gateway.study, forms=(FORM, STATE, *HOLD_FORMS), among=("", *touched))
    others = [one for code, one in _own(gateway.protocol).items() if code not in touched] if _counts(gateway) else []
    events = [*events_now(gateway.protocol, rows, drafts), *(event for one in others for event in one.counted)]
    there = entered_holds(gateway.protocol, rows)
    names = {code: [one.name for one in there if one.participant == code] for code in ("", *touched)}
    today, made = gateway.clock().date(), []
    for hold in called_for(gateway.protocol, gateway.study, events):
        fresh = sorted(set(hold.events) - _held_for(hold, there))
        if fresh and hold.participant in names:
            name = next_name(names[hold.participant], "H")
            names[hold.participant].append(name)
            made.append(_draft(hold, name, fresh, _since(fresh, events, today)))
    return made


def _counts(gateway: Gateway) -> bool:
    """Return whether a rule counts events over the whole study."""
    return any(rule.level == "study" for rule in conditions(gateway.protocol))


def unheld(protocol: Protocol) -> tuple[Hold, ...]:
    """Return what the events of a study call for now and nobody has entered, as in records from before."""
    there = entered_holds(protocol, current_rows(protocol.id, "", ("study_hold", "study_hold_lift")))
    own = _own(protocol)
    called = called_for(protocol, protocol.id, [event for one in own.values() for event in one.counted])
    found = [hold for hold in called if hold.level == "study" and not set(hold.events) <= _held_for(hold, there)]
    return in_order([*(hold for one in own.values() for hold in one.unheld), *found])


@dataclass(frozen=True)
class _Own:
    """Of one participant: the holds that nobody has entered, and the events that rules count over the study."""

    unheld: tuple[Hold, ...] = ()
    counted: tuple[Event, ...] = ()


def _own(protocol: Protocol) -> dict[str, _Own]:
    return each_of(protocol.id, "own holds", lambda rows: _own_of(protocol, rows))


def _own_of(protocol: Protocol, rows: pl.DataFrame) -> dict[str, _Own]:
    found = dict.fromkeys(rows["participant"].unique(), _Own())
    rows = rows.filter(pl.col("form").is_in((FORM, STATE, *HOLD_FORMS)))
    events, there = events_now(protocol, rows), entered_holds(protocol, rows)
    held: dict[str, list[Standing]] = {}
    for one in there:
        held.setdefault(one.participant, []).append(one)
    for hold in called_for(protocol, protocol.id, events):
        if hold.level != "study" and not set(hold.events) <= _held_for(hold, held.get(hold.participant, ())):
            before = found[hold.participant]
            found[hold.participant] = replace(before, unheld=(*before.unheld, hold))
    for event in counted(protocol, events):
        before = found[event["participant"]]
        found[event["participant"]] = replace(before, counted=(*before.counted, event))
    return found


def _rows(gateway: Gateway, participant: str) -> pl.DataFrame:
    return current_rows(gateway.study, participant, (FORM, STATE, *HOLD_FORMS))


def _held_for(hold: Hold, there: Iterable[Standing]) -> frozenset[str]:
    """Return the events for which the same rule has held the same thing before, lifted or not."""
    key = (hold.level, hold.participant, hold.lesion, hold.rule)
    same = (one.events for one in there if (one.level, one.participant, one.lesion, one.rule) == key)
    return frozenset().union(*same)


def _since(names: Sequence[str], events: Sequence[Event], today: date) -> date:
    """Return the day from which a hold holds: when the site knew of the newest event, as far as somebody said."""
    known = [e["aware_date"] or e["onset_date"] or today for e in events if name_of(e) in names]
    return min(max(known, default=today), today)


def _draft(hold: Hold, name: str, events: Sequence[str], since: date) -> Draft:
    values: dict[str, object] = {
        "hold_rule": hold.rule,
        "hold_since": since,
        "hold_events": "; ".join(events),
        "hold_reason": hold.reason,
    }
    if hold.level == "study":
        return Draft(Place("", "study_hold", repeat=name), values)
    held = {"hold_level": hold.level} | ({"hold_lesion": hold.lesion} if hold.level == "lesion" else {})
    return Draft(Place(hold.participant, "hold", repeat=name), held | values)


def holds_against(gateway: Gateway, participant: str, lesion: str) -> tuple[Standing, ...]:
    """Return the holds in force that forbid injecting this lesion: of the study, the participant, the lesion."""
    return tuple(one for one in _all_of(gateway, participant) if one.in_force and one.lesion in ("", lesion))


def _all_of(gateway: Gateway, participant: str) -> tuple[Standing, ...]:
    study = current_rows(gateway.study, "", ("study_hold", "study_hold_lift"))
    own = entered_holds(gateway.protocol, _rows(gateway, participant)) if participant else ()
    return (*entered_holds(gateway.protocol, study), *own)


def hold_problems(gateway: Gateway, draft: Draft) -> list[Problem]:
    """Return why an injection is refused while a hold stands (21 CFR 11.10(f): the permitted sequence of steps).

    An injection from before the hold, or the very one that the event followed, may still be entered late, and a given
    one corrected: the record must say what happened.
    """
    place = draft.place
    given = str(draft.values.get("injected", "true")).strip().lower() in YES
    if place.form != "injection" or not given:
        return []
    against = holds_against(gateway, place.participant, place.lesion)
    if not against or (draft.expected and _was_given(gateway, place)):
        return []
    on, followed = _visit_day(gateway, place), _followed(gateway, place)
    against = tuple(one for one in against if not (on and one.since and on < one.since) and not one.events & followed)
    instead = "Enter it as not injected with this reason, or have the hold lifted first."
    return [Problem(f"{place.participant} {place.visit} {place.lesion}", words(one), instead) for one in against]


def words(hold: Standing) -> str:
    """Return a hold as a sentence."""
    what = {"study": "The study is", "participant": f"{hold.participant} is", "lesion": f"Lesion {hold.lesion} is"}
    return f"{what[hold.level]} held since {hold.since or '(redacted)'} ({hold.name}, {hold.rule}): {hold.reason}"


def _was_given(gateway: Gateway, place: Place) -> bool:
    rows = current_rows(gateway.study, place.participant, (place.form,))
    table = tabulate(gateway.protocol, rows, place.form).filter(visit=place.visit, lesion=place.lesion)
    return bool(table.height) and table["injected"][0] == "true"


def _visit_day(gateway: Gateway, place: Place) -> date | None:
    rows = current_rows(gateway.study, place.participant, ("visit",))
    table = tabulate(gateway.protocol, rows, "visit").filter(visit=place.visit)
    return day(table["visit_date"][0]) if table.height else None


def _followed(gateway: Gateway, place: Place) -> frozenset[str]:
    """Return the names of the events that followed this very injection, so that it was given before them."""
    events = events_now(gateway.protocol, _rows(gateway, place.participant))
    own = (e for e in events if e["visit"] == place.visit and e["visit"] and e["lesion"] in ("", place.lesion))
    return frozenset(name_of(event) for event in own)


def lift(gateway: Gateway, hold: Standing, reason: str, decided_by: Decider, by: Author) -> Receipt:
    """Lift a hold for a reason; RefusedError without one, when it is lifted already, or by who may not decide.

    A hold of the study is the safety board's to lift, every other one the investigator's or the board's.
    """
    refuse([*_unliftable(gateway, hold, reason, decided_by)])
    form = "study_hold_lift" if hold.level == "study" else "hold_lift"
    values = {"lift_date": gateway.clock().date(), "lift_by": decided_by, "lift_reason": reason}
    return gateway.enter([Draft(Place(hold.participant, form, repeat=hold.name), values)], by)


def _unliftable(gateway: Gateway, hold: Standing, reason: str, decided_by: Decider) -> Iterator[Problem]:
    now = next((one for one in _all_of(gateway, hold.participant) if one.place == hold.place), None)
    if now is None:
        yield Problem(str(hold.place), "There is no such hold.", "Choose one from the list of holds.")
    elif not now.in_force:
        yield Problem(str(hold.place), f"It was lifted on {now.lifted_on} by the {now.lifted_by}.", "Nothing is left.")
    if not reason.strip():
        yield Problem(f"{hold.place}.lift_reason", "A hold is not lifted without a reason.", "Say why it may end.")
    if hold.level == "study" and decided_by != "safety board":
        yield Problem(str(hold.place), "The study is held.", "Only the safety board can let injections go on.")


def safety_by_hand_problems(_gateway: Gateway, draft: Draft) -> list[Problem]:
    """Return that a form of holds, judgements, notices or the board is not for hands; verbs of this room enter it."""
    if draft.place.form not in HAND_FORMS:
        return []
    what = f"The form {draft.place.form} is not entered by hand."
    return [Problem(str(draft.place), what, "Use the page or the verb for it; both check who may.")]
