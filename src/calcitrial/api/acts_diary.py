"""Acts of the team about diaries: personal links, and answers taken down by telephone, in the clinic or from paper."""

from typing import Annotated, Literal

from django.http import HttpRequest
from django.urls import reverse
from ninja import Router
from pydantic import Field

from calcitrial.api.acting import ACT, Code, Done, Name, Of, Text, Value, Version, at, done
from calcitrial.api.shapes import Strict
from calcitrial.diary import Given, LinkOffer, Teller, answer, book_of, issue, next_link, revoke
from calcitrial.protocol import Problem, refuse
from calcitrial.record import now

router = Router(tags=["diary"])
RIGHT = "enter_diary"
Relation = Literal["", "parent", "guardian", "partner", "child", "carer", "other"]


class Offered(Of):
    """A personal link: for whom, in which language and time zone, and for how many days."""

    holder: Literal["participant", "proxy"] = "participant"
    relation: Relation = ""
    language: Literal["en", "fr"] = "en"
    zone: Name = ""
    days: Annotated[int, Field(ge=1, le=730)] = 365


class Closed(Of):
    """A link that opens nothing from now on, and why."""

    link: Code
    reason: Text


class Answered(Strict):
    """One answer; '' when the question was left out. A change names the version that was seen."""

    item: Code
    answer: Value
    expected: Version = 0


class TakenDown(Of):
    """Answers to one questionnaire that is due, who told them and how."""

    occasion: Code
    answers: Annotated[list[Answered], Field(min_length=1, max_length=200)]
    told_by: Literal["participant", "proxy", "physician"]
    relation: Relation = ""
    way: Literal["telephone", "in the clinic", "paper"]
    language: Literal["en", "fr"] = "en"
    reason: Text = ""


class Link(Done):
    """The address of a link's page, told this once."""

    address: str


@router.post("/{study}/acts/issue-diary-link", response=ACT | {200: Link})
def act_issue_diary_link(request: HttpRequest, study: str, body: Offered) -> Link:
    """Issue a personal link; only its digest is kept, so it is told this once."""
    who = at(request, study, body.participant, RIGHT)
    zone = body.zone or book_of(study, who.reading.rows).zone(who.code).key
    offer = LinkOffer(body.holder, body.relation, body.language, zone, body.days)
    name = next_link(study, who.code)
    token = issue(who.door, who.code, name, offer, who.author())
    return Link(**done(who, None, name).dict(), address=reverse("diary_home", args=[token]))


@router.post("/{study}/acts/revoke-diary-link", response=ACT)
def act_revoke_diary_link(request: HttpRequest, study: str, body: Closed) -> Done:
    """Let a link open nothing from now on."""
    who = at(request, study, body.participant, RIGHT)
    return done(who, revoke(who.door, who.code, body.link, body.reason, who.author()))


@router.post("/{study}/acts/take-down-answers", response=ACT)
def act_take_down_answers(request: HttpRequest, study: str, body: TakenDown) -> Done:
    """Take down answers that somebody gave by telephone, in the clinic or on paper."""
    who = at(request, study, body.participant, RIGHT)
    book = book_of(study, who.reading.rows)
    standings = book.standings(who.code, book.day(who.code, now()))
    found = next((one for one in standings if one.occasion.place.repeat == body.occasion), None)
    if found is None or found.state == "to come":
        refuse([Problem("occasion", "There is no such questionnaire yet.", "Choose one that is due.")])
        raise AssertionError
    physician = found.occasion.instrument.answered_by == "physician"
    if physician and not who.scope.may("assess_events", who.site):
        raise PermissionError("This scale is answered by a physician of the trial.")
    if physician != (body.told_by == "physician") or (body.told_by == "proxy") != bool(body.relation):
        refuse([Problem("told_by", "It is not said rightly who answered.", "A proxy has a relation, others none.")])
    given = [Given(one.item, "" if one.answer is None else str(one.answer), one.expected) for one in body.answers]
    teller = Teller(body.told_by, body.way, body.language, body.relation)
    return done(who, answer(who.door, (who.code, body.occasion), given, teller, who.author(), body.reason))
