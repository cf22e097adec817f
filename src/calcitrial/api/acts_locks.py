"""Acts that close data: locks, endorsements, the review of the trail; each with a signature."""

from datetime import date
from typing import Annotated

from django.http import HttpRequest
from ninja import Router
from pydantic import Field

from calcitrial.api.acting import ACT, Code, Done, Name, Proof, Text, Version, across, done, prove
from calcitrial.api.shapes import Strict
from calcitrial.protocol import Problem, refuse
from calcitrial.quality import (
    Policy,
    acknowledge,
    add_policy,
    endorse,
    lock,
    next_span,
    policies,
    review_trail,
    sample,
    sites_of,
    to_review,
    unlock,
)
from calcitrial.record import current_rows
from calcitrial.web import home

router = Router(tags=["quality"])
SIZE = 20


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


class PolicyText(Strict):
    """A version of a written policy, in force from a day, with its text."""

    name: Code
    version: Code
    title: Code
    since: date
    text: Annotated[str, Field(min_length=1, max_length=400_000, pattern=r"^[^\x00]*$")]


class PolicyRead(Strict):
    """The version of a policy that the caller has read, and the signature."""

    name: Code
    version: Code
    proof: Proof


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


@router.post("/{study}/acts/release-policy", response=ACT)
def act_release_policy(request: HttpRequest, study: str, body: PolicyText) -> Done:
    """Release a version of a written policy with its text."""
    who = across(request, study, "release_version")
    one = Policy(body.name, body.version, body.title, body.since)
    return done(who, add_policy(who.door, home() / "policies", one, body.text, who.scope.author("release_version")))


@router.post("/{study}/acts/acknowledge-policy", response=ACT)
def act_acknowledge_policy(request: HttpRequest, study: str, body: PolicyRead) -> Done:
    """Sign that one has read and accepts the version of a policy that is in force."""
    who = across(request, study, "see_protocol")
    key = f"{body.name} {body.version}"
    rows = current_rows(study, "", ("policy",))
    found = next((one for one in policies(rows) if one.key == key), None)
    if found is None:
        refuse([Problem("policy", f"There is no policy {key!r}.", "See GET forms.")])
        raise AssertionError
    by, name = who.scope.author("see_protocol"), prove(who, body.proof)
    return done(who, acknowledge(who.door, found, by, name))
