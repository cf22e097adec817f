"""Visits: when they are planned, whether they fall in their window, when they begin, and which were missed."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Literal

from calcitrial.protocol import Problem, Protocol, Visit, is_unscheduled, refuse
from calcitrial.record import Author, Draft, Gateway, Place, Receipt, standing_of

VisitState = Literal["done", "outside", "in window", "due", "late", "missed", "planned", "unscheduled"]


@dataclass(frozen=True)
class Window:
    """The days on which a visit may take place, both included, and its planned day."""

    visit: Visit
    planned: date
    earliest: date
    latest: date

    def holds(self, day: date) -> bool:
        """Return whether a day lies in the window."""
        return self.earliest <= day <= self.latest

    def deviation(self, day: date) -> str:
        """Return in a sentence that a day lies outside the window; '' when it does not."""
        if self.holds(day):
            return ""
        return (
            f"{day} lies outside the window {self.earliest} to {self.latest} of visit {self.visit.id} "
            f"({(day - self.planned).days:+d} days from the planned day)."
        )


@dataclass(frozen=True)
class VisitStanding:
    """One visit of one participant: planned or not, when it was, and how it stands today.

    Attributes:
        state: 'done' in its window (or where none is known), 'outside' of it, 'in window' when it may take place
            today, 'late' when its window has passed, 'due' when it is the next to come, 'planned' when it comes
            after that, 'missed' when somebody said so or it cannot come any more, 'unscheduled' when it was not
            planned and took place.
        note: why it was missed, or what was outside the window; '' otherwise.
    """

    id: str
    label: str
    window: Window | None
    on: date | None
    state: VisitState
    note: str = ""


def windows(protocol: Protocol, baseline: date) -> tuple[Window, ...]:
    """Return the window of every planned visit for a participant whose baseline is this day."""
    return tuple(
        Window(
            visit,
            baseline + timedelta(days=visit.day),
            baseline + timedelta(days=visit.window[0]),
            baseline + timedelta(days=visit.window[1]),
        )
        for visit in protocol.visits
    )


def visit_standings(
    protocol: Protocol, dates: Mapping[str, date], missed: Mapping[str, str], ended: date | None, today: date
) -> tuple[VisitStanding, ...]:
    """Return every planned visit of a participant in order, then the unscheduled ones by their day.

    `dates` holds when visits took place, `missed` why they did not, both by visit; `ended` is the end of the study
    for this participant, if it has come.
    """
    day0 = next((dates[visit.id] for visit in protocol.visits if visit.kind == "baseline" and visit.id in dates), None)
    known = {window.visit.id: window for window in windows(protocol, day0)} if day0 else {}
    found: list[VisitStanding] = []
    for number, visit in enumerate(protocol.visits):
        later = any(after.id in dates for after in protocol.visits[number + 1 :])
        gone = missed.get(visit.id) or ("the study ended for the participant" if ended else "")
        gone = gone or ("a later visit took place" if later else "")
        window, on = known.get(visit.id), dates.get(visit.id)
        next_one = all(one.state not in ("in window", "due", "late") for one in found)
        state, note = _held(window, on) if on else _to_come(window, gone, today, next_one)
        found.append(VisitStanding(visit.id, visit.label, window, on, state, note))
    unplanned = (visit for visit in dates if is_unscheduled(visit) and protocol.visit(visit) is None)
    extra = sorted((dates[visit], visit) for visit in unplanned)
    return (*found, *(VisitStanding(name, f"Unscheduled {name}", None, on, "unscheduled") for on, name in extra))


def _held(window: Window | None, on: date) -> tuple[VisitState, str]:
    outside = window.deviation(on) if window else ""
    return ("outside", outside) if outside else ("done", "")


def _to_come(window: Window | None, gone: str, today: date, next_one: bool) -> tuple[VisitState, str]:
    if gone:
        return "missed", gone
    if window is not None and today > window.latest:
        return "late", f"Its window ended on {window.latest}."
    if window is not None and window.holds(today):
        return "in window", ""
    return ("due" if next_one else "planned"), ""


def baseline_visit(protocol: Protocol) -> Visit:
    """Return the visit that day 0 counts from; RefusedError when the protocol plans none."""
    found = next((visit for visit in protocol.visits if visit.kind == "baseline"), None)
    if found is None:
        refuse([Problem(f"{protocol.id}.visits", "No visit is the baseline.", "Give one visit kind = baseline.")])
        raise AssertionError
    return found


def next_unscheduled(visits: Iterable[str]) -> str:
    """Return the name of the next unscheduled visit of a participant: U01 for the first."""
    return f"U{max((int(visit[1:]) for visit in visits if is_unscheduled(visit)), default=0) + 1:02d}"


def begin_visit(
    gateway: Gateway, participant: str, visit: str, on: date, by: Author, reason: str = "", confirmed: str = ""
) -> Receipt:
    """Enter the date of a visit, which opens its forms; RefusedError when it is not planned or has begun.

    An unscheduled visit (U01, U02 …) needs its `reason`. `confirmed` is what was asked about a date outside the
    window, and stays with the entry.
    """
    values = {"visit_date": on.isoformat()} | ({"visit_reason": reason} if reason else {})
    draft = Draft(Place(participant, "visit", visit), values, confirmed={"visit_date": confirmed} if confirmed else {})
    refuse(visit_problems(gateway, draft))
    return gateway.enter([draft], by)


def miss_visit(
    gateway: Gateway,
    participant: str,
    visit: str,
    why: str,
    by: Author,
    text: str = "",
    seen: int = 0,
    reason: str = "",
) -> Receipt:
    """Enter that a planned visit did not take place and why; RefusedError when it did, or is not planned.

    `why` is one of the choices of the form, '' to take back that it was missed; that and every other change needs the
    version `seen` and a `reason`.
    """
    values = {"missed": bool(why), "missed_reason": why, "missed_text": text}
    draft = Draft(Place(participant, "missed_visit", repeat=visit), values, seen, reason)
    refuse(visit_problems(gateway, draft))
    return gateway.enter([draft], by)


def visit_problems(gateway: Gateway, draft: Draft) -> list[Problem]:
    """Return what speaks against a visit or against calling one missed, besides what the record itself refuses."""
    if draft.place.form == "visit":
        return _visit_problems(gateway, draft)
    return _missed_problems(gateway, draft) if draft.place.form == "missed_visit" else []


def _visit_problems(gateway: Gateway, draft: Draft) -> list[Problem]:
    place, reason = draft.place, str(draft.values.get("visit_reason") or "").strip()
    planned = gateway.protocol.visit(place.visit) is not None
    if not planned and is_unscheduled(place.visit) and not reason:
        what = f"Visit {place.visit} is unscheduled and has no reason."
        return [Problem(f"{place}.visit_reason", what, "Say why the participant came.")]
    if planned and reason:
        what = f"Visit {place.visit} is planned, so it needs no reason."
        return [Problem(f"{place}.visit_reason", what, "Leave the reason empty.")]
    missed = standing_of(gateway.study, Place(place.participant, "missed_visit", repeat=place.visit)).values
    if missed.get("missed") == "true":
        what = f"Visit {place.visit} of {place.participant} was entered as missed."
        return [Problem(str(place), what, "Take that back first, with a reason.")]
    return []


def _missed_problems(gateway: Gateway, draft: Draft) -> list[Problem]:
    place = draft.place
    if gateway.protocol.visit(place.repeat) is None:
        planned = ", ".join(visit.id for visit in gateway.protocol.visits)
        what = f"The protocol plans no visit {place.repeat!r}, so it cannot be missed."
        return [Problem(str(place), what, f"Its visits: {planned}.")]
    begun = standing_of(gateway.study, Place(place.participant, "visit", place.repeat)).values.get("visit_date")
    if begun and str(draft.values.get("missed")).lower() == "true":
        what = f"Visit {place.repeat} of {place.participant} took place on {begun}, so it was not missed."
        return [Problem(str(place), what, "Correct the date of the visit, or leave this out.")]
    return []
