"""Tokens of the programming interface: for one person, one study and some capabilities, until a day, revocable."""

import hashlib
import secrets
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from django.db import transaction

from calcitrial.people.accounts import user_named
from calcitrial.people.events import happened, model
from calcitrial.people.scope import Scope, capabilities_of, roles
from calcitrial.protocol import Problem, refuse

LONGEST_DAYS = 365
PREFIX = "calcitrial_"


@dataclass(frozen=True)
class Token:
    """What is known of a token, never the token itself; `digest` names it."""

    digest: str
    person: str
    label: str
    study: str
    capabilities: frozenset[str]
    made_at: datetime
    until: datetime
    revoked_at: datetime | None = None

    def narrows(self, scope: Scope) -> Scope:
        """Return the person's scope as far as this token reaches: its own study, and its own capabilities only."""
        if scope.study != self.study or scope.person != self.person:
            return Scope(scope.study, self.person, ())
        return replace(scope, only=self.capabilities)


def issue_token(person: str, study: str, capabilities: Iterable[str], label: str, days: int, moment: datetime) -> str:
    """Make a token and return it, which is the only time that it is seen; only its digest is kept.

    Raises RefusedError for an unknown person, a capability that no role has, or more than 365 days.
    """
    user, asked = user_named(person), frozenset(capabilities)
    unknown = sorted(asked - capabilities_of(roles()))
    found = [Problem("capabilities", f"There is no capability {name!r}.", "See roles.csv.") for name in unknown]
    if not asked:
        found.append(Problem("capabilities", "The token may do nothing.", "Name what it may do."))
    if not 1 <= days <= LONGEST_DAYS:
        found.append(Problem("days", f"It would be good for {days} days.", f"Write 1 to {LONGEST_DAYS}."))
    if not label.strip():
        found.append(Problem("label", "It is not said what the token is for.", "Write what will use it."))
    if not user.is_active:
        found.append(Problem("person", f"{person} is deactivated.", "Choose somebody else."))
    refuse(found)
    token = PREFIX + secrets.token_urlsafe(32)
    with transaction.atomic():
        model("Token").objects.create(
            digest=_digest(token),
            person=user.username,
            label=label,
            study=study,
            capabilities=" ".join(sorted(asked)),
            made_at=moment,
            until=moment + timedelta(days=days),
        )
        happened("token", user.username, detail=f"{study}: {label}")
    return token


def person_of_token(token: str, moment: datetime) -> Token | None:
    """Return whose token this is and how far it reaches; None when it is unknown, run out or revoked."""
    row = model("Token").objects.filter(digest=_digest(token), revoked_at=None, until__gt=moment).first()
    if row is None or not user_named(row.person).is_active:
        return None
    return _told(row)


def tokens_of(person: str) -> list[Token]:
    """Return every token that a person was ever issued, the latest first."""
    return [_told(row) for row in model("Token").objects.filter(person=person).order_by("-made_at")]


def revoke_token(digest: str, person: str, by: str, moment: datetime) -> None:
    """End a token of a person for good; RefusedError when there is none like this, or it has ended."""
    with transaction.atomic():
        ended = model("Token").objects.filter(digest=digest, person=person, revoked_at=None).update(revoked_at=moment)
        if not ended:
            refuse([Problem("token", "There is no such token that still holds.", "Load the list again.")])
        happened("token_revoked", person, by, digest[:12])


def _told(row: object) -> Token:
    names = [name for name in Token.__dataclass_fields__ if name != "capabilities"]
    values = {name: getattr(row, name) for name in names}
    return Token(**values, capabilities=frozenset(str(getattr(row, "capabilities", "")).split()))


def _digest(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()
