"""The rule of doses: concentration, volume, session, interval and number are held to their limits, at every door.

A limit that the protocol does not specify is asked of the physician; without the answer nothing is injected. What
exceeds a limit is refused. But what was given was given: with `deviation` telling what happened and why, the record
takes it and lists it, because a dose that cannot be entered would be a dose that nobody finds.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

import polars as pl

from calcitrial.pharmacy.limit import Body, Judgement, Limit, limits, needs_surface, plain, surface_of
from calcitrial.protocol import Problem, Protocol, RefusedError, check_values
from calcitrial.record import Draft, Gateway, Place, current_rows

Values = Mapping[str, str]


@dataclass(frozen=True)
class Shot:
    """One injection that is given: which lesion at which visit, mg/mL and mL (None: not entered)."""

    visit: str
    lesion: str
    concentration: Decimal | None
    volume: Decimal | None

    @property
    def mass(self) -> Decimal:
        """Return mg of drug; 0 where it is not known."""
        return (self.concentration or Decimal()) * (self.volume or Decimal())


@dataclass(frozen=True)
class Doses:
    """What the limits of one participant's session are judged by: its day, body, judgements and all injections."""

    protocol: Protocol
    visit: str
    body: Body
    judged: Mapping[str, Judgement]
    days: Mapping[str, date]
    shots: Mapping[tuple[str, str], Shot]

    @property
    def limits(self) -> dict[str, Limit]:
        """Return every limit as it holds for this session."""
        return limits(self.protocol, self.body, self.judged)

    @property
    def session(self) -> list[Shot]:
        """Return the injections of this session."""
        return [shot for shot in self.shots.values() if shot.visit == self.visit]

    def others(self, lesion: str) -> list[Shot]:
        """Return the injections of a lesion at other sessions."""
        return [shot for shot in self.shots.values() if shot.lesion == lesion and shot.visit != self.visit]

    def wanted(self, lesions: Iterable[str]) -> list[Limit]:
        """Return the limits that the physician is asked about before these lesions are injected."""
        again = any(self.others(lesion) for lesion in lesions)
        return [limit for limit in self.limits.values() if limit.asked and (limit.name != "spacing" or again)]


def doses_of(
    protocol: Protocol, rows: pl.DataFrame, participant: str, visit: str, entering: Iterable[Draft] = ()
) -> Doses:
    """Return what a session is judged by: current values, and the forms that are being entered with them."""
    forms = dict(_forms(rows, participant))
    for draft in entering:
        if draft.place.participant == participant:
            forms[draft.place] = checked(protocol, draft)
    shots = {(p.visit, p.lesion): _shot(p, v) for p, v in forms.items() if p.form == "injection" and given(v)}
    days = {p.visit: date.fromisoformat(v["visit_date"]) for p, v in forms.items() if v.get("visit_date")}
    judged = {
        place.repeat: Judgement(Decimal(values["limit_value"]), values["limit_reason"])
        for place, values in forms.items()
        if place.form == "dose_judgement" and place.visit == visit and {"limit_value", "limit_reason"} <= set(values)
    }
    size = forms.get(Place(participant, "body_size", visit), {})
    known = size.get("weight") and size.get("height")
    surface = surface_of(Decimal(size["weight"]), Decimal(size["height"])) if known else None
    age = next((values["age_years"] for values in forms.values() if values.get("age_years")), None)
    return Doses(protocol, visit, Body(int(age) if age else None, surface), judged, days, shots)


def given(values: Values) -> bool:
    """Return whether these values of an injection say that it was given."""
    return values.get("injected") == "true"


def _shot(place: Place, values: Values) -> Shot:
    strength, volume = (Decimal(values[name]) if values.get(name) else None for name in ("concentration", "volume"))
    return Shot(place.visit, place.lesion, strength, volume)


def _forms(rows: pl.DataFrame, participant: str) -> Iterator[tuple[Place, dict[str, str]]]:
    found: dict[Place, dict[str, str]] = {}
    for line in rows.filter(pl.col("participant") == participant).iter_rows():
        found.setdefault(Place(*line[:5]), {})[line[5]] = line[7]
    yield from found.items()


def checked(protocol: Protocol, draft: Draft) -> dict[str, str]:
    """Return the values of a draft as canonical text; none when they are not admissible, which the gateway says."""
    try:
        checked = check_values(protocol, draft.place.form, draft.values, partial=True)
    except RefusedError:
        return {}
    return {value.item: value.value for value in checked}


def dose_problems(gateway: Gateway, draft: Draft) -> list[Problem]:
    """Return why an injection goes beyond a limit, or lacks one that the physician must name."""
    place = draft.place
    if place.form != "injection" or not given(checked(gateway.protocol, draft)):
        return []
    rows = current_rows(gateway.study, place.participant)
    entering = gateway.entering or (draft,)
    doses = doses_of(gateway.protocol, rows, place.participant, place.visit, entering)
    shot = doses.shots[place.visit, place.lesion]
    before = doses_of(gateway.protocol, rows, place.participant, place.visit)
    if set(before.session) == set(doses.session):
        return []  # the doses stay as they are: what else changes is no matter of limits
    if shot.concentration is None or shot.volume is None:
        return [] if draft.partial else [Problem(str(place), "The dose is not complete.", MISSING)]
    found = [] if _told(draft) else list(_of_lesion(doses, shot, place))
    same = [one for one in entering if one.place[:3] == place[:3] and given(checked(gateway.protocol, one))]
    if same[0].place != place:
        return found  # what concerns all lesions of the session is said once
    excess = [] if any(_told(one) for one in same) else list(_too_much(doses, place))
    return found + list(_of_session(doses, place)) + excess


def _told(draft: Draft) -> bool:
    """Return whether the form says what went against the protocol, and why."""
    return bool(str(draft.values.get("deviation") or "").strip())


GIVEN = "If it was given nevertheless, say so as a deviation."
MISSING = "Enter concentration and volume; without them no limit can be judged."


def _of_lesion(doses: Doses, shot: Shot, place: Place) -> Iterator[Problem]:
    """Yield what speaks against the injection of one lesion."""
    known, others = doses.limits, doses.others(shot.lesion)
    numbers = {
        "max_concentration": shot.concentration,
        "volume_per_lesion": shot.volume,
        "injections": Decimal(len(others) + 1),
    }
    for name, number in numbers.items():
        limit = known[name]
        if limit.value is not None and number is not None and number > limit.value:
            words = {"injections": f"It would be injection {number} of {shot.lesion}"}
            said = words.get(name, f"{shot.lesion}: {plain(number)} {limit.unit}")
            yield Problem(
                str(place), f"{said}; the limit is {limit.written()}.", f"{limit.label}: stay within it. {GIVEN}"
            )
    yield from _too_soon(doses, known["spacing"], shot, place)


def _too_soon(doses: Doses, limit: Limit, shot: Shot, place: Place) -> Iterator[Problem]:
    today = doses.days.get(shot.visit)
    for other in doses.others(shot.lesion):
        then = doses.days.get(other.visit)
        if limit.value is None or today is None or then is None:
            continue
        days = abs((today - then).days)
        if days < limit.value:
            what = f"{shot.lesion} is injected {days} days from {other.visit}; the limit is {limit.written()}."
            yield Problem(str(place), what, f"{limit.label}: choose another day. {GIVEN}")


def _of_session(doses: Doses, place: Place) -> Iterator[Problem]:
    """Yield what must be known before a session can be judged: unanswered limits, age and body size."""
    where = f"{place.participant} {place.visit}"
    for limit in doses.wanted(shot.lesion for shot in doses.session):
        if limit.value is None:
            what = f"{limit.label}: the protocol does not say."
            yield Problem(f"{where} {limit.name}", what, "Say what limit you apply today, and why.")
    if doses.body.age is None and "max_session_dose_child" in doses.protocol.dose:
        yield Problem(where, "The age is not known, and children have a limit of their own.", "Enter it first.")
    if needs_surface(doses.protocol, doses.body) and doses.body.surface is None:
        yield Problem(f"{where} body_size", "The limit of a child goes by body surface.", "Enter weight and height.")


def _too_much(doses: Doses, place: Place) -> Iterator[Problem]:
    """Yield that all lesions of the session come to more than its limit."""
    limit, total = doses.limits["max_session_dose"], sum((shot.mass for shot in doses.session), Decimal())
    if limit.value is not None and total > limit.value:
        what = f"The session comes to {plain(total)} mg; the limit is {limit.written()}."
        yield Problem(f"{place.participant} {place.visit}", what, f"{limit.label}: inject less. {GIVEN}")
