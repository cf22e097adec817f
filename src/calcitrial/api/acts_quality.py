"""Acts on data quality: queries, source verification, signatures."""

from typing import Annotated

from django.http import HttpRequest
from ninja import Router
from pydantic import Field

from calcitrial.api.acting import ACT, Code, Done, Name, Of, Proof, Text, Version, across, at, done, prove
from calcitrial.api.shapes import PlaceIn, Strict
from calcitrial.protocol import Problem, refuse
from calcitrial.quality import (
    answer_query,
    check_values_again,
    close_query,
    next_query,
    numbers_of,
    raise_query,
    reopen_query,
    sign,
    verify_source,
)
from calcitrial.record import Place, current_rows

router = Router(tags=["quality"])


class Raised(Of):
    """A question about a form of a participant, or about one item of it."""

    place: PlaceIn
    item: Name = ""
    text: Text
    name: Name = ""


class Said(Of):
    """What is said to a query, in the version that was seen."""

    query: Code
    text: Text = ""
    expected: Version


class Seen(Of):
    """What was held against its source: a form, and by item the number of the entry that was seen."""

    place: PlaceIn
    entries: Annotated[dict[Name, Version], Field(min_length=1, max_length=1_000)]


class SignedForm(Strict):
    """A form that is signed, and the highest number of its entries that was seen."""

    place: PlaceIn
    last: Version


class Signed(Of):
    """The forms that are signed, what the signature means, and both its components."""

    forms: Annotated[list[SignedForm], Field(min_length=1, max_length=1_000)]
    meaning: Name
    proof: Proof


@router.post("/{study}/acts/raise-query", response=ACT)
def act_raise_query(request: HttpRequest, study: str, body: Raised) -> Done:
    """Ask about a value; `made` is the name of the query."""
    who = at(request, study, body.participant, "raise_query")
    place = _own(body.place, who.code)
    if place not in numbers_of(who.reading.rows):
        refuse([Problem(str(place), "Nothing is entered there.", "Ask about something that you see.")])
    name = body.name or next_query(current_rows(study, who.code), who.code)
    return done(who, raise_query(who.door, place, body.item, body.text, who.author(), name), name)


def _own(place: PlaceIn, code: str) -> Place:
    """Return a place of this participant; RefusedError for one of somebody else."""
    if place.participant not in ("", code):
        refuse([Problem("place", f"The form is not one of {code}.", "Leave the participant of the place out.")])
    return place.place()._replace(participant=code)


@router.post("/{study}/acts/answer-query", response=ACT)
def act_answer_query(request: HttpRequest, study: str, body: Said) -> Done:
    """Answer a query."""
    who = at(request, study, body.participant, "answer_query")
    return done(who, answer_query(who.door, _query(body), body.text, body.expected, who.author()))


@router.post("/{study}/acts/close-query", response=ACT)
def act_close_query(request: HttpRequest, study: str, body: Said) -> Done:
    """Close a query."""
    who = at(request, study, body.participant, "close_query")
    return done(who, close_query(who.door, _query(body), body.text, body.expected, who.author()))


@router.post("/{study}/acts/reopen-query", response=ACT)
def act_reopen_query(request: HttpRequest, study: str, body: Said) -> Done:
    """Open a query again."""
    who = at(request, study, body.participant, "close_query")
    return done(who, reopen_query(who.door, _query(body), body.text, body.expected, who.author()))


def _query(body: Said) -> Place:
    return Place(body.participant, "query", repeat=body.query)


@router.post("/{study}/acts/check-values", response=ACT)
def act_check_values(request: HttpRequest, study: str, body: Strict) -> Done:
    """Run the edit checks over everything entered and raise a query for each finding."""
    who = across(request, study, "raise_query")
    return done(who, check_values_again(who.door, who.scope.author("raise_query", "")))


@router.post("/{study}/acts/verify-source", response=ACT)
def act_verify_source(request: HttpRequest, study: str, body: Seen) -> Done:
    """Enter that values were held against their source."""
    who = at(request, study, body.participant, "verify_source")
    return done(who, verify_source(who.door, {_own(body.place, who.code): body.entries}, who.author()))


@router.post("/{study}/acts/sign", response=ACT)
def act_sign(request: HttpRequest, study: str, body: Signed) -> Done:
    """Sign forms of a participant in the version that was seen."""
    who = at(request, study, body.participant, "sign")
    numbers = numbers_of(who.reading.rows)
    places = {_own(one.place, who.code): one.last for one in body.forms}
    stale = [place for place, last in places.items() if max(numbers.get(place, {}).values(), default=0) != last]
    refuse([Problem(str(place), f"{place} changed since you looked.", "Read it again, then sign.") for place in stale])
    by, name = who.author(), prove(who, body.proof)
    return done(who, sign(who.door, list(places), body.meaning, by, who.site, name))
