"""Acts after an event: holds lifted, who is told, what the safety board recommends."""

from typing import Annotated

from django.http import HttpRequest
from ninja import Router
from ninja.errors import HttpError
from pydantic import Field

from calcitrial.api.acting import (
    ACT,
    Code,
    Done,
    Name,
    Proof,
    Text,
    Values,
    Version,
    across,
    as_text,
    at,
    done,
    prove,
)
from calcitrial.api.shapes import Strict
from calcitrial.protocol import Problem, refuse
from calcitrial.record import current_rows, read_head
from calcitrial.safety import Standing, entered_holds, lift, next_hold, next_name, set_hold
from calcitrial.verbs import cut
from calcitrial.vigilance import enter_contact, recommend

router = Router(tags=["safety"])


class Lifted(Strict):
    """The hold that ends and why; without a participant it is one of the study, for the safety board."""

    participant: Name = ""
    hold: Code
    reason: Text


class Held(Strict):
    """What is held and why; `hold` is its name (H1 …), with which it counts once, or the next one is taken."""

    participant: Name = ""
    lesion: Name = ""
    hold: Annotated[str, Field(pattern=r"^(H[0-9]{1,4})?$")] = ""
    reason: Text


class Told(Strict):
    """Who is told of events by e-mail; without `contact` somebody new."""

    contact: Name = ""
    values: Values
    expected: Version = 0
    reason: Text = ""


class Recommended(Strict):
    """What the safety board recommends on the cut after submission `at` (0: the last), and its signature."""

    at: Version = 0
    values: Values
    proof: Proof


@router.post("/{study}/acts/lift-hold", response=ACT)
def act_lift_hold(request: HttpRequest, study: str, body: Lifted) -> Done:
    """Lift a hold with a reason: of a participant or lesion as investigator, of the study as safety board."""
    reason = body.reason.strip()[:5000]
    if body.participant:
        who = at(request, study, body.participant, "lift_holds")
        found = [one for one in entered_holds(who.reading.protocol, who.reading.rows) if one.level != "study"]
        return done(who, lift(who.door, _hold(found, body.hold), reason, "investigator", who.author()))
    who = across(request, study, "lift_study_holds")
    rows = current_rows(study, "", ("study_hold", "study_hold_lift"))
    hold = _hold(entered_holds(who.door.protocol, rows), body.hold)
    return done(who, lift(who.door, hold, reason, "safety board", who.author("")))


@router.post("/{study}/acts/set-hold", response=ACT)
def act_set_hold(request: HttpRequest, study: str, body: Held) -> Done:
    """Hold injections with a reason: of a lesion or a participant, or without either of the whole study."""
    if body.participant:
        who = at(request, study, body.participant, "set_holds")
        by = who.author()
    else:
        who = across(request, study, "set_study_holds")
        by = who.scope.author("set_study_holds")
    name = body.hold or next_hold(who.door, body.participant)
    return done(who, set_hold(who.door, body.participant, body.lesion, name, body.reason[:1900], by), name)


def _hold(found: list[Standing] | tuple[Standing, ...], name: str) -> Standing:
    hold = next((one for one in found if one.name == name), None)
    if hold is None:
        raise HttpError(404, f"There is no hold {name!r} here. Choose one from the list of holds.")
    return hold


@router.post("/{study}/acts/keep-contact", response=ACT)
def act_keep_contact(request: HttpRequest, study: str, body: Told) -> Done:
    """Say who is told of events by e-mail, or change that with a reason; `made` is the contact."""
    who = across(request, study, "keep_contacts")
    by = who.scope.author("keep_contacts", "")
    known = current_rows(study, "", ("safety_contact",))["repeat"].unique().to_list()
    name = body.contact or next_name(known, "C")
    return done(who, enter_contact(who.door, name, as_text(body.values), body.expected, body.reason, by), name)


@router.post("/{study}/acts/recommend", response=ACT)
def act_recommend(request: HttpRequest, study: str, body: Recommended) -> Done:
    """Enter what the safety board recommends and sign it, as one submission."""
    who, last = across(request, study, "recommend"), read_head(study).sequence
    if body.at > last:
        refuse([Problem("at", f"There is no submission {body.at} in {study}.", f"Its submissions are 1 to {last}.")])
    typed = sorted({"board_cut", "board_digest"} & set(body.values))
    refuse([Problem(one, "The cut is not typed.", "Name the submission in `at`.") for one in typed])
    by, name = who.author(), prove(who, body.proof)
    place, receipt = recommend(who.door, cut(study, body.at or last), as_text(body.values), by, name)
    return done(who, receipt, place.repeat)
