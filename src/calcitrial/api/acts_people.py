"""Acts about people and versions: roles, training, delegation, releases to sites; the own tokens."""

from datetime import date
from typing import Literal

from django.http import HttpRequest
from ninja import Router
from ninja.errors import HttpError

from calcitrial.api.acting import ACT, Code, Done, Name, Text, across, done
from calcitrial.api.service import known
from calcitrial.api.shapes import Strict, Told
from calcitrial.people import (
    Grant,
    Task,
    Training,
    delegate,
    demand,
    grant,
    record_training,
    release_version,
    revoke,
    revoke_token,
    tokens_of,
    withdraw_release,
)
from calcitrial.record import now

router = Router(tags=["people"])
MANAGE = "manage_people"


class Granted(Strict):
    """A role for a person at a site ('' for all), from a day, perhaps until another."""

    person: Code
    role: Code
    site: Name = ""
    since: date
    until: date | None = None
    reason: Text = ""


class Revoked(Strict):
    """The role that ends, and why."""

    person: Code
    role: Code
    site: Name = ""
    reason: Text


class Trained(Strict):
    """A training of a person."""

    person: Code
    topic: Code
    on: date
    until: date | None = None
    reason: Text = ""


class Delegated(Strict):
    """A task that the principal investigator gives to a person at their site."""

    person: Code
    task: Code
    site: Code
    since: date
    until: date | None = None
    reason: Text = ""


class Demanded(Strict):
    """What is demanded of people: of which role, and 'required', 'not required' or topics apart by semicolons."""

    what: Literal["delegation", "training", "second factor"]
    role: Name = ""
    says: Name
    reason: Text


class Released(Strict):
    """The site at which the study's definition is in use from a day, and the approval for it."""

    site: Code
    approval: Text
    on: date
    reason: Text = ""


class Ended(Strict):
    """The site at which the definition is no longer in use, and why."""

    site: Code
    reason: Text


class EndedToken(Strict):
    """The digest of an own token, as `GET /tokens` names it."""

    digest: Code


@router.post("/{study}/acts/grant", response=ACT)
def act_grant(request: HttpRequest, study: str, body: Granted) -> Done:
    """Give a person a role."""
    who = across(request, study, MANAGE)
    one = Grant(body.person.strip(), body.role, body.site.strip(), body.since, body.until)
    return done(who, grant(who.door, one, who.scope.author(MANAGE), body.reason))


@router.post("/{study}/acts/revoke", response=ACT)
def act_revoke(request: HttpRequest, study: str, body: Revoked) -> Done:
    """End a role of a person, with a reason."""
    who = across(request, study, MANAGE)
    return done(who, revoke(who.door, body.person, body.role, body.site, who.scope.author(MANAGE), body.reason))


@router.post("/{study}/acts/train", response=ACT)
def act_train(request: HttpRequest, study: str, body: Trained) -> Done:
    """Enter the training of a person."""
    who = across(request, study, MANAGE)
    one = Training(body.person, body.topic, body.on, body.until)
    return done(who, record_training(who.door, one, who.scope.author(MANAGE), body.reason))


@router.post("/{study}/acts/delegate", response=ACT)
def act_delegate(request: HttpRequest, study: str, body: Delegated) -> Done:
    """Delegate a task at a site to a person."""
    who = across(request, study, "delegate")
    one = Task(body.person, body.task, body.site.strip(), body.since, body.until)
    return done(who, delegate(who.door, one, who.author(body.site.strip()), body.reason))


@router.post("/{study}/acts/set-people-rule", response=ACT)
def act_set_people_rule(request: HttpRequest, study: str, body: Demanded) -> Done:
    """Demand delegation, a training of a role, or a second factor of a role; or demand it no longer."""
    who = across(request, study, MANAGE)
    return done(who, demand(who.door, body.what, body.role, body.says, who.scope.author(MANAGE), body.reason))


@router.post("/{study}/acts/release-version", response=ACT)
def act_release_version(request: HttpRequest, study: str, body: Released) -> Done:
    """Put the study's definition into use at a site."""
    who = across(request, study, "release_version")
    by = who.author(body.site.strip())
    return done(who, release_version(who.door, body.site.strip(), body.approval, body.on, by, body.reason))


@router.post("/{study}/acts/withdraw-release", response=ACT)
def act_withdraw_release(request: HttpRequest, study: str, body: Ended) -> Done:
    """Take the study's definition out of use at a site, with a reason."""
    who = across(request, study, "release_version")
    return done(who, withdraw_release(who.door, body.site, who.author(body.site), body.reason))


@router.get("/{study}/tokens")
def own_tokens(request: HttpRequest, study: str) -> list[dict[str, object]]:
    """Return the caller's own tokens of a study, never the tokens themselves."""
    scope = _somebody(request, study)
    return [
        {
            "digest": one.digest,
            "label": one.label,
            "capabilities": sorted(one.capabilities),
            "until": one.until.isoformat(),
            "revoked_at": one.revoked_at.isoformat() if one.revoked_at else None,
        }
        for one in tokens_of(scope)
        if one.study == study
    ]


def _somebody(request: HttpRequest, study: str) -> str:
    scope = known(request, study)
    if not scope.grants:
        raise HttpError(403, f"You have no role in {study}.")
    return scope.person


@router.post("/{study}/acts/revoke-token", response={200: dict, 401: dict, 403: dict, 422: Told})
def act_revoke_token(request: HttpRequest, study: str, body: EndedToken) -> dict[str, str]:
    """End an own token for good; a script may so end the one it asks with."""
    person = _somebody(request, study)
    revoke_token(body.digest, person, person, now())
    return {"revoked": body.digest}
