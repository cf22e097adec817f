"""Visits: when they are planned, whether they fall in their window, and when they begin."""

from dataclasses import dataclass
from datetime import date, timedelta

from calcitrial.protocol import Problem, Protocol, Visit, refuse
from calcitrial.record import Author, Draft, Gateway, Place, Receipt


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


def baseline_visit(protocol: Protocol) -> Visit:
    """Return the visit that day 0 counts from; RefusedError when the protocol plans none."""
    found = next((visit for visit in protocol.visits if visit.kind == "baseline"), None)
    if found is None:
        refuse([Problem(f"{protocol.id}.visits", "No visit is the baseline.", "Give one visit kind = baseline.")])
        raise AssertionError
    return found


def begin_visit(gateway: Gateway, participant: str, visit: str, on: date, by: Author) -> Receipt:
    """Enter the date of a visit, which opens its forms; RefusedError when it is not planned or has begun."""
    return gateway.enter([Draft(Place(participant, "visit", visit), {"visit_date": on.isoformat()})], by)
