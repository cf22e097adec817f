"""Acts about adverse events: reported, followed up, judged and signed, told again, handed on."""

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
    as_text,
    at,
    done,
    prove,
)
from calcitrial.consent_desk import Visitor
from calcitrial.quality import sign
from calcitrial.record import Place, now
from calcitrial.safety import next_name
from calcitrial.safety_desk import EventView, SentEvent, enter_event, event_views, sheet_of
from calcitrial.vigilance import Kind, assess, record_report, tell_again

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
    return done(who, tell_again(who.door, who.code, view.name, kind, who.author()))


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
