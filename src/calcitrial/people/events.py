"""What happened to accounts, append-only and chained by hashes, so that the users of any past day can be listed."""

import hashlib
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

import orjson
from django.apps import apps
from django.db import connection, transaction

from calcitrial.record import now, stamp

KINDS = {
    "created": "account made",
    "identity": "identity verified",
    "administrator": "made administrator of the home",
    "signed_in": "signed in",
    "failed": "sign-in failed",
    "locked_out": "locked out after repeated failures",
    "refused": "session refused",
    "signed_out": "signed out",
    "password": "password changed by the owner",
    "reset": "password reset by an administrator",
    "factor": "second factor enrolled",
    "recovered": "recovery code used",
    "deactivated": "deactivated",
    "token": "token issued",
    "token_revoked": "token revoked",
}


@dataclass(frozen=True)
class Event:
    """One account event: its number in the chain, when, what, to whom, by whom, and what else is to say."""

    number: int
    at: str
    kind: str
    person: str
    by: str
    detail: str
    previous: str
    hash: str = ""

    @property
    def words(self) -> str:
        """Return what happened in words."""
        return KINDS.get(self.kind, self.kind)

    def link(self) -> str:
        """Return the SHA-256 of the event's canonical text, which holds the hash before it."""
        content = {name: value for name, value in vars(self).items() if name != "hash"}
        return sha256(orjson.dumps(content, option=orjson.OPT_SORT_KEYS))


def sha256(content: bytes) -> str:
    """Return the SHA-256 in hexadecimal."""
    return hashlib.sha256(content).hexdigest()


def model(name: str) -> Any:
    """Return a model of this app; looked up when called, so that the room can be imported before Django is set up."""
    return apps.get_model("people", name)


def happened(kind: str, person: str, by: str = "", detail: str = "", clock: Callable[[], datetime] = now) -> Event:
    """Append one account event and return it."""
    with transaction.atomic():
        if connection.vendor == "postgresql":
            with connection.cursor() as cursor:
                cursor.execute("LOCK TABLE people_accountevent IN EXCLUSIVE MODE")
        last = model("AccountEvent").objects.order_by("-number").first()
        number, previous = (last.number + 1, last.hash) if last else (1, "")
        event = Event(number, stamp(clock()), kind, person, by or person, detail, previous)
        event = replace(event, hash=event.link())
        model("AccountEvent").objects.create(**vars(event))
    return event


def events(person: str = "", until: datetime | None = None) -> list[Event]:
    """Return the account events in order, of one person or all, up to a moment."""
    found = model("AccountEvent").objects.order_by("number")
    if person:
        found = found.filter(person=person)
    if until is not None:
        found = found.filter(at__lte=stamp(until))
    names = tuple(Event.__dataclass_fields__)
    return [Event(*row) for row in found.values_list(*names)]


def altered() -> str:
    """Return '' when the chain of account events is whole, or the sentence that says where it is not."""
    previous = ""
    for number, event in enumerate(events(), 1):
        if event.number != number or event.previous != previous or event.link() != event.hash:
            return f"Account event {event.number} is not what was written."
        previous = event.hash
    return ""


@dataclass(frozen=True)
class Account:
    """One account as it stood at some moment."""

    name: str
    since: str
    active: bool
    administrator: bool
    verified: str
    factor: bool = False


def accounts_at(moment: datetime | None = None) -> list[Account]:
    """Return every account that was there at a moment (now when left out), from the events alone."""
    found: dict[str, Account] = {}
    for event in events(until=moment):
        if event.kind == "created":
            found[event.person] = Account(event.person, event.at, True, False, "")
        here = found.get(event.person)
        if here is None:
            continue
        if event.kind == "deactivated":
            found[event.person] = replace(here, active=False)
        elif event.kind == "administrator":
            found[event.person] = replace(here, administrator=True)
        elif event.kind in ("factor", "reset"):
            found[event.person] = replace(here, factor=event.kind == "factor")
        elif event.kind == "identity":
            found[event.person] = replace(here, verified=event.detail)
    return [found[name] for name in sorted(found)]
