"""Acts of an injection visit: all injections of a session at once, and the second person's check."""

from collections.abc import Iterator

from django.http import HttpRequest
from ninja import Router

from calcitrial.api.acting import ACT, Code, Done, Name, Of, Text, Value, Values, Version, at, done, not_blinded
from calcitrial.api.shapes import Strict
from calcitrial.pharmacy import UNITS, confirm, read_vial
from calcitrial.protocol import Problem, refuse
from calcitrial.record import Draft, Place
from calcitrial.verbs import enter

router = Router(tags=["injections"])


class Judged(Strict):
    """What the physician answers where the protocol specifies no limit, and why."""

    value: Value
    reason: Text


class Reacted(Strict):
    """What somebody had within the first hours of an injection, and how many minutes after it."""

    lesion: Code
    reaction: Name
    minutes: Value


class InjectionVisit(Of):
    """One session: injections by lesion, limits judged by name, body size, immediate reactions.

    `confirmed` holds what was asked about unusual values and is right: by lesion, or 'body_size', and by item.
    """

    visit: Code
    injections: dict[Name, Values]
    judged: dict[Name, Judged] = {}  # noqa: RUF012 - pydantic copies it
    body_size: Values = {}  # noqa: RUF012
    reactions: list[Reacted] = []  # noqa: RUF012
    confirmed: dict[Name, dict[Name, Text]] = {}  # noqa: RUF012


class Checked(Of):
    """The injection that a second person confirms, in the version that they saw."""

    visit: Code
    lesion: Code
    expected: Version


@router.post("/{study}/acts/inject", response=ACT)
def act_inject(request: HttpRequest, study: str, body: InjectionVisit) -> Done:
    """Enter the injections of a visit as one submission; every limit, vial, hold and consent is asked."""
    who = not_blinded(at(request, study, body.participant, "inject"))
    unknown = sorted(set(body.judged) - set(UNITS))
    refuse([Problem(one, f"There is no limit {one!r}.", f"Known: {', '.join(UNITS)}.") for one in unknown])
    strange = sorted(set(body.confirmed) - {"body_size", *body.injections})
    refuse(
        [Problem(one, f"Something of {one!r} is confirmed, and it is not sent.", "Leave it out.") for one in strange]
    )
    if not body.injections:
        refuse([Problem(body.visit, "Nothing is said of any lesion.", "Say of each whether it was injected.")])
    return done(who, enter(study, list(_drafts(study, body)), who.author()))


def _drafts(study: str, body: InjectionVisit) -> Iterator[Draft]:
    code, visit = body.participant, body.visit
    if body.body_size:
        sure = body.confirmed.get("body_size", {})
        yield Draft(Place(code, "body_size", visit), dict(body.body_size), confirmed=sure)
    for name, one in body.judged.items():
        said = {"limit_value": one.value, "limit_unit": UNITS[name], "limit_reason": one.reason}
        yield Draft(Place(code, "dose_judgement", visit, repeat=name), said)
    for lesion, values in body.injections.items():
        vial = {"vial": read_vial(study, str(values["vial"]))} if values.get("vial") else {}
        sure = body.confirmed.get(lesion, {})
        yield Draft(Place(code, "injection", visit, lesion), {**values, **vial}, confirmed=sure)
    told: dict[str, int] = {}
    for reacted in body.reactions:
        told[reacted.lesion] = told.get(reacted.lesion, 0) + 1
        said = {"reaction_lesion": reacted.lesion, "reaction": reacted.reaction, "minutes_after": reacted.minutes}
        yield Draft(Place(code, "injection_reaction", visit, repeat=f"{reacted.lesion}-{told[reacted.lesion]}"), said)


@router.post("/{study}/acts/check-dose", response=ACT)
def act_check_dose(request: HttpRequest, study: str, body: Checked) -> Done:
    """Confirm, as a second person, concentration, volume and vial of an injection."""
    who = not_blinded(at(request, study, body.participant, "check_dose"))
    place = Place(who.code, "injection", body.visit, body.lesion)
    return done(who, confirm(who.door, place, body.expected, who.author()))
