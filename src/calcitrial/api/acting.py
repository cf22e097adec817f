"""What every act shares: who acts and where, the manners of what comes in, and what comes back."""

from typing import Annotated

from django.http import HttpRequest
from ninja import Schema
from ninja.errors import HttpError
from pydantic import Field

from calcitrial.api.service import allowed
from calcitrial.api.shapes import Strict, Told
from calcitrial.consent_desk import Visitor
from calcitrial.people import card_of
from calcitrial.record import Receipt, read_head
from calcitrial.web import prove_both

# No text of these bodies may hold the one sign that PostgreSQL cannot store.
CLEAN = r"^[^\x00]*$"
Name = Annotated[str, Field(max_length=200, pattern=CLEAN)]
Code = Annotated[str, Field(min_length=1, max_length=100, pattern=CLEAN)]
Text = Annotated[str, Field(max_length=20_000, pattern=CLEAN)]
Version = Annotated[int, Field(ge=0, lt=1_000_000_000)]
Value = str | int | float | bool | None
Values = dict[Name, Value]


class Proof(Strict):
    """Both components of a signature: the password, and the app's code or (without one) the own user name."""

    password: Name
    code: Name


class Of(Strict):
    """Whom an act is about."""

    participant: Code


class Done(Schema):
    """What an act made: the last submission, and the name of what is new ('' for nothing that has one)."""

    sequence: int
    hash: str
    entries: list[int] = []  # noqa: RUF012 - pydantic copies it
    made: str = ""


ACT = {200: Done, 401: dict, 403: dict, 404: dict, 422: Told}


def at(request: HttpRequest, study: str, code: str, capability: str) -> Visitor:
    """Return who acts on a participant; 404 for one who is not there for them, 403 without the right at the site."""
    allowed(request, study, capability)
    who = Visitor(request, study, code, capability)
    if who.reading.rows.is_empty():
        raise HttpError(404, f"Participant {code!r} is not known in study {study}.")
    if not who.scope.may(capability, who.site):
        raise HttpError(403, f"This needs the right “{capability.replace('_', ' ')}” at the site of {code}.")
    return who


def across(request: HttpRequest, study: str, capability: str) -> Visitor:
    """Return who acts on a study, with this capability somewhere in it."""
    allowed(request, study, capability)
    return Visitor(request, study, "", capability)


def not_blinded(who: Visitor) -> Visitor:
    """Return the visitor; 403 for who must not know an arm."""
    if who.scope.blinded:
        raise HttpError(403, f"You are blinded in {who.study}, so this is not for you.")
    return who


def prove(who: Visitor, proof: Proof) -> str:
    """Return the printed name of who signs, after both components held; RefusedError otherwise."""
    prove_both(who.request, who.scope.person, proof.password, proof.code)
    return str(card_of(who.scope.person).full_name)


def done(who: Visitor, receipt: object = None, made: str = "") -> Done:
    """Return what comes back of an act: its receipt, or where a verb gives none, the head of the record."""
    if isinstance(receipt, Receipt):
        return Done(sequence=receipt.sequence, hash=receipt.hash, entries=list(receipt.entries), made=made)
    head = read_head(who.study)
    return Done(sequence=head.sequence, hash=head.hash, made=made)


def as_text(values: Values) -> dict[str, str]:
    """Return values as a page would send them."""
    words = {True: "true", False: "false"}
    return {
        name: words[value] if isinstance(value, bool) else "" if value is None else str(value)
        for name, value in values.items()
    }
