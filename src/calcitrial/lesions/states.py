"""What became of a lesion, day by day: ulcerated, infected, extruded, excised, healed, resolved.

A state that takes the lesion away (excised, extruded) is an intercurrent event of the estimand as well. Whoever enters
the state enters both in the same submission, and a correction of the state corrects the event, so the two cannot part.
The event has a form of its own because people have intercurrent events too, and because the analysis reads one table.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

import polars as pl

from calcitrial.protocol import Problem, Protocol
from calcitrial.record import Draft, Gateway, Place, current_rows, tabulate

FORM, EVENT, ERROR = "lesion_state", "intercurrent_event", "entered in error"
GONE: Mapping[str, str] = {"excised": "lesion excised", "extruded": "lesion extruded"}
YES = {"true", "yes", "y", "1"}


@dataclass(frozen=True)
class State:
    """One state of one lesion: since which day (ISO; '' when redacted), what was seen, and a photograph's digest."""

    lesion: str
    repeat: str
    state: str
    on: str
    text: str
    photo: str

    @property
    def day(self) -> date | None:
        """Return the date, or None where it was redacted."""
        return date.fromisoformat(self.on) if self.on else None


def states_of(protocol: Protocol, rows: pl.DataFrame) -> dict[str, tuple[State, ...]]:
    """Return the states of every lesion among these rows, by lesion, in the order of their dates."""
    found: dict[str, list[State]] = {}
    for row in tabulate(protocol, rows, FORM).iter_rows(named=True):
        if row["state"] and row["state"] != ERROR:
            told = (row[name] or "" for name in ("state", "state_date", "state_text", "state_photo"))
            found.setdefault(row["lesion"], []).append(State(row["lesion"], row["repeat"], *told))
    order = {lesion: sorted(states, key=lambda s: (s.on, len(s.repeat), s.repeat)) for lesion, states in found.items()}
    return {lesion: tuple(states) for lesion, states in order.items()}


def state_on(states: Sequence[State], day: date | None = None) -> State | None:
    """Return the state that holds on a day (the latest without one); None before the first."""
    until = day.isoformat() if day else "9999"
    held = [state for state in states if state.on <= until]
    return held[-1] if held else None


def next_state(protocol: Protocol, rows: pl.DataFrame, lesion: str) -> str:
    """Return the repeat key of the next state of a lesion, such as 'S2'."""
    there = tabulate(protocol, rows, FORM).filter(lesion=lesion)["repeat"]
    numbers = [int(key[1:]) for key in there if key[1:].isdecimal()]
    return f"S{max(numbers, default=0) + 1}"


def follow_states(gateway: Gateway, drafts: Sequence[Draft]) -> list[Draft]:
    """Return the intercurrent events that follow from the states of lesions among these drafts, for the same act."""
    if gateway.protocol.form(EVENT) is None:
        return []
    return [one for draft in drafts for one in _events(gateway, draft)]


def _events(gateway: Gateway, draft: Draft) -> list[Draft]:
    if draft.place.form != FORM:
        return []
    place = draft.place
    rows = current_rows(gateway.study, place.participant)
    there = tabulate(gateway.protocol, rows.filter(repeat=place.repeat, lesion=place.lesion), FORM)
    before = there.row(0, named=True) if there.height else {}
    state, on, text = (
        str(draft.values.get(name, before.get(name)) or "") for name in ("state", "state_date", "state_text")
    )
    own = Place(place.participant, EVENT, repeat=f"{place.lesion}-{place.repeat}")
    version = int(str(rows.filter(form=EVENT, repeat=own.repeat)["version"].max() or 0))
    if state.strip() not in GONE and not version:
        return []
    values = {"ice_kind": GONE.get(state.strip(), ERROR), "ice_date": on, "ice_lesion": place.lesion, "ice_text": text}
    return [Draft(own, values, version, draft.reason)]


def state_problems(gateway: Gateway, draft: Draft) -> list[Problem]:
    """Return that a lesion which was cut out is not injected, and that an event of a lesion's state has its state.

    21 CFR 11.10(f): the permitted sequence of steps.
    """
    if draft.place.form == "injection" and str(draft.values.get("injected", "true")).strip().lower() in YES:
        return _excised(gateway, draft)
    return []


def _excised(gateway: Gateway, draft: Draft) -> list[Problem]:
    place = draft.place
    rows = current_rows(gateway.study, place.participant)
    visits = tabulate(gateway.protocol, rows, "visit").filter(visit=place.visit)["visit_date"].to_list()
    on = date.fromisoformat(visits[0]) if visits and visits[0] else None
    states = states_of(gateway.protocol, rows).get(place.lesion, ())
    cut_out = [state for state in states if state.state == "excised" and (on is None or state.on <= on.isoformat())]
    if not cut_out:
        return []
    what = f"Lesion {place.lesion} was excised on {cut_out[0].on}."
    return [Problem(str(place), what, "It cannot be injected; check the lesion, or correct its state.")]
