"""Acts before and around enrolment: the log, registration, identity, screening, enrolment, screen failure."""

from datetime import date
from typing import Annotated, Literal

from django.http import HttpRequest
from ninja import Router
from pydantic import Field

from calcitrial.api.acting import ACT, Code, Done, Name, Of, Text, Values, Version, across, as_text, at, done
from calcitrial.api.shapes import Strict
from calcitrial.consent_desk import Judgement, Sheet, Visitor, drafts_of, filled_in, unexplained
from calcitrial.identity import FIELDS, Identity
from calcitrial.participants import enrol, log_person, register
from calcitrial.protocol import Problem, refuse
from calcitrial.record import Draft, Place
from calcitrial.verbs import enter

router = Router(tags=["screening"])
Failure = Literal["screen failure", "withdrew consent", "physician decision", "lost to follow-up", "other"]


class LogLine(Strict):
    """A line of the pre-screening log; the same `ticket` counts once."""

    values: Values
    ticket: Name = ""


class Registration(Strict):
    """The number of a line of the pre-screening log."""

    number: Code


class Decided(Strict):
    """What somebody decided about a criterion, and why."""

    result: Literal["true", "false", "unknown"]
    reason: Text = ""


class Screened(Of):
    """Answers of a screening and judgements by criterion; `expected` holds the versions that were seen."""

    answers: Values
    judged: dict[Name, Decided] = {}  # noqa: RUF012 - pydantic copies it
    expected: dict[Name, Version] = {}  # noqa: RUF012
    reason: Text = ""


class Enrolled(Of):
    """Who is enrolled, and on which day."""

    on: date


class Failed(Of):
    """Whose screening ended, when and why."""

    on: date
    reason: Failure


class Details(Of):
    """Name and contact of a participant, for the vault."""

    values: dict[Name, Annotated[str, Field(max_length=500, pattern=r"^[^\x00]*$")]]


class Erased(Of):
    """Whose key is destroyed for good; the code once more, so that no loop erases by mistake."""

    code_again: Code


@router.post("/{study}/acts/prescreen", response=ACT)
def act_prescreen(request: HttpRequest, study: str, body: LogLine) -> Done:
    """Enter a line of the pre-screening log; `made` is its number."""
    who, values = across(request, study, "screen"), dict(body.values)
    site = str(values.get("prescreening_site") or "")
    return done(who, None, log_person(who.door, values, who.author(site), body.ticket))


@router.post("/{study}/acts/register", response=ACT)
def act_register(request: HttpRequest, study: str, body: Registration) -> Done:
    """Give a line of the log its participant code; `made` is the code, the same one however often it is sent."""
    who = across(request, study, "screen")
    line = next((row for row in who.reading.table("prescreening") if row["repeat"] == body.number), None)
    site = line["prescreening_site"] if line else ""
    if line is None or not who.scope.may("screen", site):
        refuse([Problem("log", f"Line {body.number!r} is not in your log.", "Choose a line of your site.")])
    note = f"log {body.number}"
    code = register(who.door, site, who.today, who.author(site), number_in_log=body.number, ticket=note)
    return done(who, None, code)


@router.post("/{study}/acts/register-again", response=ACT)
def act_register_again(request: HttpRequest, study: str, body: Of) -> Done:
    """Register somebody whose screening ended once more, under a new code that names the earlier one."""
    who = at(request, study, body.participant, "screen")
    ended = who.reading.by_participant("end_of_study").get(who.code)
    if not ended or who.reading.by_participant("enrolment").get(who.code):
        what = f"The screening of {who.code} has not ended."
        refuse([Problem("screening", what, "Only who failed a screening is screened again.")])
    code = register(who.door, who.site, who.today, who.author(), earlier=who.code, ticket=f"again {who.code}")
    known = who.vault.peek(study, who.code)
    if known and not who.vault.peek(study, code):
        who.vault.keep(study, code, known, who.looker("to enter or correct the details"))
    return done(who, None, code)


@router.post("/{study}/acts/screen", response=ACT)
def act_screen(request: HttpRequest, study: str, body: Screened) -> Done:
    """Enter a screening and the result of every criterion as one submission."""
    who = at(request, study, body.participant, "screen")
    judged = {name: Judgement(one.result, one.reason.strip()) for name, one in body.judged.items()}
    sheet = Sheet(as_text(body.answers), filled_in(who), _whole(who, judged))
    known = {one.id for one in who.reading.protocol.criteria if not one.expression}
    strange = sorted(set(judged) - known)
    silent = unexplained(sheet, who.reading.protocol)
    refuse(
        [
            *(Problem(one, f"There is no criterion {one!r} to judge.", "See the protocol.") for one in strange),
            *(Problem(one, f"{one} was decided without a reason.", "Say why.") for one in silent),
        ]
    )
    return done(who, enter(study, drafts_of(who, sheet, body.expected, body.reason.strip()), who.author()))


def _whole(who: Visitor, judged: dict[str, Judgement]) -> dict[str, Judgement]:
    """Return a judgement of every criterion that is judged: what is not said is not known."""
    mine = [one.id for one in who.reading.protocol.criteria if not one.expression]
    return {name: judged.get(name, Judgement("unknown", "")) for name in mine}


@router.post("/{study}/acts/enrol", response=ACT)
def act_enrol(request: HttpRequest, study: str, body: Enrolled) -> Done:
    """Enrol a participant; refused unless every criterion is met and consent stands."""
    who = at(request, study, body.participant, "enrol")
    return done(who, enrol(who.door, who.code, body.on, who.author()))


@router.post("/{study}/acts/screen-failure", response=ACT)
def act_screen_failure(request: HttpRequest, study: str, body: Failed) -> Done:
    """End a screening without enrolment, with a reason."""
    who = at(request, study, body.participant, "screen")
    if who.reading.by_participant("enrolment").get(who.code):
        what = f"{who.code} is enrolled, so the screening did not fail."
        refuse([Problem("end_reason", what, "Enter the end of study instead.")])
    values = {"end_date": body.on.isoformat(), "end_reason": body.reason}
    return done(who, enter(study, [Draft(Place(who.code, "end_of_study"), values)], who.author()))


@router.post("/{study}/acts/keep-identity", response=ACT)
def act_keep_identity(request: HttpRequest, study: str, body: Details) -> Done:
    """Keep name and contact in the vault; nothing of it reaches the record."""
    who = at(request, study, body.participant, "see_identity")
    unknown = sorted(set(body.values) - set(FIELDS))
    refuse([Problem("identity", "A field is not known here.", f"Known: {', '.join(FIELDS)}.")] if unknown else [])
    who.vault.keep(study, who.code, Identity(**body.values), who.looker("to enter or correct the details"))
    return done(who)


@router.post("/{study}/acts/erase-identity", response=ACT)
def act_erase_identity(request: HttpRequest, study: str, body: Erased) -> Done:
    """Destroy the key of a participant's identity for good."""
    who = at(request, study, body.participant, "erase_identity")
    if body.code_again != who.code:
        refuse([Problem("code", "The code typed is another one.", "Write the same code twice to erase for good.")])
    who.vault.erase(study, who.code, who.looker("at the person's request"))
    return done(who)
