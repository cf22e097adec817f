"""Acts of the pharmacist: vials received, moved, counted, and a difference explained."""

from datetime import date
from typing import Annotated

from django.http import HttpRequest
from ninja import Router
from pydantic import Field

from calcitrial.api.acting import ACT, Code, Done, Name, Text, Values, across, done
from calcitrial.api.shapes import Strict
from calcitrial.consent_desk import Visitor
from calcitrial.pharmacy import count, explain, ledger, move, read_vials, receive
from calcitrial.protocol import Problem, refuse
from calcitrial.record import Author

router = Router(tags=["drug"])
KEEP = "keep_drug"


class Received(Strict):
    """A receipt of vials: the items of the form `drug_receipt` but the first number, which the program gives."""

    values: Values


class Moved(Strict):
    """Vials that move: named one by one, as a range, or as a whole receipt."""

    movement: Code
    vials: Annotated[str, Field(min_length=1, max_length=20_000, pattern=r"^[^\x00]*$")]
    on: date
    reason: Text = ""
    second_person: Name = ""


class Counted(Strict):
    """How many vials of a lot a site has."""

    site: Code
    lot: Code
    counted: Annotated[int, Field(ge=0, lt=1_000_000)]
    on: date


class Explained(Strict):
    """Why a count differs from the ledger."""

    count: Code
    explanation: Text


class Vials(Done):
    """What the vials received are called."""

    vials: list[str] = []  # noqa: RUF012 - pydantic copies it


@router.post("/{study}/acts/receive-drug", response=ACT | {200: Vials})
def act_receive_drug(request: HttpRequest, study: str, body: Received) -> Vials:
    """Receive vials at a site."""
    who, values = across(request, study, KEEP), dict(body.values)
    if "first_vial" in values:
        refuse([Problem("first_vial", "The first number is not sent.", "The program numbers vials itself.")])
    by = who.author(str(values.get("site") or ""))
    names = receive(who.door, values, by)
    return Vials(**done(who).dict(), vials=names)


@router.post("/{study}/acts/move-drug", response=ACT)
def act_move_drug(request: HttpRequest, study: str, body: Moved) -> Done:
    """Enter a movement of vials of one site."""
    who = across(request, study, KEEP)
    known = ledger(who.door).at(who.scope.sites(KEEP))
    vials = read_vials(known, body.vials)
    found = {known.vials[name].of.site for name in vials if name in known.vials}
    by = _of_site(who, found)
    second = body.second_person
    return done(who, move(who.door, body.movement, vials, body.on, by, reason=body.reason, second=second))


def _of_site(who: Visitor, found: set[str]) -> Author:
    if len(found) != 1:
        refuse([Problem("vials", "The vials are not those of one site of yours.", "Move those of one site at a time.")])
    return who.author(found.pop())


@router.post("/{study}/acts/count-drug", response=ACT)
def act_count_drug(request: HttpRequest, study: str, body: Counted) -> Done:
    """Enter what was counted of a lot; the number by the ledger is that of this moment."""
    who = across(request, study, KEEP)
    by = who.author(body.site)
    if (body.site, body.lot) not in {(one.site, one.lot) for one in ledger(who.door).lines}:
        refuse([Problem("lot", f"The ledger has no lot {body.lot!r} at {body.site}.", "Choose one of the stock.")])
    return done(who, count(who.door, body.site, body.lot, body.counted, body.on, by))


@router.post("/{study}/acts/explain-count", response=ACT)
def act_explain_count(request: HttpRequest, study: str, body: Explained) -> Done:
    """Explain the difference at a count."""
    who = across(request, study, KEEP)
    found = next((one for one in ledger(who.door).counts if one.id == body.count), None)
    if found is None or not who.scope.may(KEEP, found.site):
        refuse([Problem("count", f"There is no count {body.count!r} of yours.", "Choose one of the stock.")])
        raise AssertionError
    return done(who, explain(who.door, found.id, body.explanation, who.author(found.site)))
