"""Acts about adverse events: reported, followed up, judged and signed, told again, handed on; holds lifted."""

from typing import Literal

from django.http import HttpRequest
from ninja import Router
from ninja.errors import HttpError

from calcitrial.api.acting import (
    ACT,
    Code,
    Done,
    Name,
    Of,
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
from calcitrial.clinic import EventView, SentEvent, Visitor, enter_event, event_address, event_views, sheet_of
from calcitrial.protocol import Problem, refuse
from calcitrial.quality import sign
from calcitrial.record import Place, current_rows, now, read_head
from calcitrial.safety import (
    Kind,
    Standing,
    assess,
    enter_contact,
    entered_holds,
    lift,
    next_name,
    recommend,
    record_report,
    tell,
)
from calcitrial.verbs import cut

router = Router(tags=["safety"])
FORM, JUDGEMENT = "adverse_event", "event_assessment"


class Reported(Of):
    """An adverse event; without `event` it gets the next name (AE1, AE2 …), with it it is followed up or corrected."""

    event: Name = ""
    values: Values
    expected: Version = 0
    reason: Text = ""


class Assessed(Of):
    """The investigator's judgement of an event."""

    event: Code
    values: Values
    expected: Version = 0
    reason: Text = ""


class OfEvent(Of):
    """Which event of a participant."""

    event: Code


class SignedEvent(OfEvent):
    """The event whose judgement is signed, and the signature."""

    proof: Proof


class HandedOn(OfEvent):
    """To whom the report of an event was handed on."""

    to: Literal["sponsor", "authorities", "ethics committee", "safety board"]


class Lifted(Strict):
    """The hold that ends and why; without a participant it is one of the study, for the safety board."""

    participant: Name = ""
    hold: Code
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


@router.post("/{study}/acts/report-event", response=ACT)
def act_report_event(request: HttpRequest, study: str, body: Reported) -> Done:
    """Report an adverse event, or follow one up with a reason; who must know is told as from the page."""
    who = at(request, study, body.participant, "report_events")
    named = [row["repeat"] for row in who.reading.table(FORM)]
    name = body.event or next_name(named, "AE")
    place = Place(who.code, FORM, repeat=name)
    enter_event(request, who.reading, SentEvent(place, as_text(body.values), body.expected, body.reason.strip()))
    return done(who, None, name)


@router.post("/{study}/acts/assess-event", response=ACT)
def act_assess_event(request: HttpRequest, study: str, body: Assessed) -> Done:
    """Enter the investigator's judgement of an event, beside the report."""
    who = at(request, study, body.participant, "assess_events")
    view, values = _view(who, body.event), as_text(body.values)
    return done(who, assess(who.door, who.code, view.name, values, body.expected, body.reason, who.author()))


@router.post("/{study}/acts/sign-event", response=ACT)
def act_sign_event(request: HttpRequest, study: str, body: SignedEvent) -> Done:
    """Sign the judgement of an event together with the report that it is of."""
    who = at(request, study, body.participant, "assess_events")
    by, name = who.author(), prove(who, body.proof)
    places = [Place(who.code, form, repeat=body.event) for form in (FORM, JUDGEMENT)]
    return done(who, sign(who.door, places, "causality assessed", by, who.site, name))


@router.post("/{study}/acts/tell-event-again", response=ACT)
def act_tell_event_again(request: HttpRequest, study: str, body: OfEvent) -> Done:
    """Send the message about an event anew."""
    who = at(request, study, body.participant, "report_events")
    view = _view(who, body.event)
    kind: Kind = "first report" if view.serious else "special interest" if view.special else "hold"
    return done(who, tell(who.door, who.code, view.name, kind, event_address(request, study, view.place), who.author()))


@router.post("/{study}/acts/hand-on-report", response=ACT)
def act_hand_on_report(request: HttpRequest, study: str, body: HandedOn) -> Done:
    """Record that the report of an event was handed on, with the text as it was."""
    who = at(request, study, body.participant, "report_events")
    view = _view(who, body.event)
    sheet = sheet_of(who.reading, view, blinded=True)
    again = any(one["notice_way"] == "report" for one in view.notices)
    kind: Kind = "follow-up report" if again else "first report"
    return done(who, record_report(who.door, who.code, view.name, kind, body.to, sheet.text, who.author()))


def _view(who: Visitor, name: str) -> EventView:
    views = event_views(who.reading, now(), blinded=who.scope.blinded)
    found = next((one for one in views if one.name == name), None)
    if found is None:
        raise HttpError(404, f"There is no event {name!r} of {who.code}.")
    return found


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
    """Enter what the safety board recommends and sign it (two submissions: the signature is under what stands)."""
    who, last = across(request, study, "recommend"), read_head(study).sequence
    if body.at > last:
        refuse([Problem("at", f"There is no submission {body.at} in {study}.", f"Its submissions are 1 to {last}.")])
    typed = sorted({"board_cut", "board_digest"} & set(body.values))
    refuse([Problem(one, "The cut is not typed.", "Name the submission in `at`.") for one in typed])
    by, name = who.author(), prove(who, body.proof)
    place, _receipt = recommend(who.door, cut(study, body.at or last), as_text(body.values), by)
    return done(who, sign(who.door, [place], "approved", by, "", name), place.repeat)
