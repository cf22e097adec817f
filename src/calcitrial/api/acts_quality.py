"""Acts on data quality: queries, source verification, signatures, locks, endorsements, the review of the trail."""

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
    endorse,
    lock,
    next_query,
    next_span,
    numbers_of,
    raise_query,
    reopen_query,
    review_trail,
    sample,
    sign,
    sites_of,
    to_review,
    unlock,
    verify_source,
)
from calcitrial.record import Place, current_rows

router = Router(tags=["quality"])
SIZE = 20


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


class Locked(Strict):
    """What is locked or opened ('' the study), why, in the version that was seen, and the signature."""

    site: Name = ""
    reason: Text
    despite: Text = ""
    expected: Version = 0
    proof: Proof


class Endorsed(Strict):
    """The site whose data the investigator endorses, and the signature."""

    site: Code
    proof: Proof


class Reviewed(Strict):
    """What was found in the sample of `GET …/trail-review`, for the span that it named, and the signature."""

    site: Name = ""
    first: Version
    last: Version
    finding: Annotated[str, Field(min_length=1, max_length=20_000, pattern=r"^[^\x00]*$")]
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


@router.post("/{study}/acts/lock", response=ACT)
def act_lock(request: HttpRequest, study: str, body: Locked) -> Done:
    """Lock a site or the study, with a signature."""
    who = across(request, study, "lock")
    by, name = who.scope.author("lock", ""), prove(who, body.proof)
    return done(who, lock(who.door, body.site, body.reason, by, name, body.expected, body.despite))


@router.post("/{study}/acts/unlock", response=ACT)
def act_unlock(request: HttpRequest, study: str, body: Locked) -> Done:
    """Open a locked site or study again, with a reason and a signature."""
    who = across(request, study, "lock")
    by, name = who.scope.author("lock", ""), prove(who, body.proof)
    return done(who, unlock(who.door, body.site, body.reason, by, name, body.expected))


@router.post("/{study}/acts/endorse", response=ACT)
def act_endorse(request: HttpRequest, study: str, body: Endorsed) -> Done:
    """Endorse the data of a site as its investigator, with a signature."""
    who = across(request, study, "endorse")
    by, name = who.scope.author("endorse", body.site), prove(who, body.proof)
    return done(who, endorse(who.door, body.site, by, name))


@router.post("/{study}/acts/review-trail", response=ACT)
def act_review_trail(request: HttpRequest, study: str, body: Reviewed) -> Done:
    """Sign that the sample of changes was looked at, and say what was found."""
    who = across(request, study, "review_trail")
    by, (first, last) = who.scope.author("review_trail", body.site), next_span(study, body.site)
    if body.first != first or body.last > last:
        refuse([Problem("review", "Somebody reviewed meanwhile.", "Read the sample again.")])
    sites = sites_of(who.reading.protocol, who.reading.rows)
    people = frozenset(code for code, where in sites.items() if body.site in ("", where))
    span = first, body.last
    steps = to_review(study, *span, participants=people)
    entries, name = [step.number for step in sample(study, steps, SIZE)], prove(who, body.proof)
    made = review_trail(who.door, span, entries, body.finding, by, site=body.site, of=len(steps), printed_name=name)
    return done(who, made)
