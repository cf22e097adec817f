"""Acts of allocation: the list frozen and signed, the secret committed, the draw, the reveal, an unblinding."""

from typing import Annotated

from django.http import HttpRequest
from ninja import Router
from pydantic import Field

from calcitrial.api.acting import (
    ACT,
    Code,
    Done,
    Name,
    Of,
    Proof,
    Text,
    Values,
    Version,
    across,
    at,
    done,
    not_blinded,
    prove,
)
from calcitrial.api.shapes import Strict
from calcitrial.lesions import (
    activate,
    draw_arms,
    freeze,
    next_unblinding,
    reveal,
    secret_of,
    targets,
    unblind,
    unfreeze,
)
from calcitrial.protocol import Problem, refuse
from calcitrial.record import current_rows
from calcitrial.web import home

router = Router(tags=["allocation"])
KEEP = "keep_allocation"


class Frozen(Of):
    """The target lesions that were seen, the version of the list, and the signature."""

    lesions: Annotated[list[Code], Field(min_length=1, max_length=1_000)]
    expected: Version = 0
    proof: Proof


class Unfrozen(Of):
    """Why a frozen list is opened again."""

    reason: Text
    expected: Version


class Revealed(Strict):
    """Why the secret is revealed."""

    reason: Text


class Unblinded(Of):
    """Category, reason and who is told; `repeat` names the event so that it counts once (U1, U2 …)."""

    values: Values
    repeat: Annotated[str, Field(pattern=r"^(U[0-9]{1,3})?$")] = ""


class Arms(Done):
    """The arms that were drawn or told, by participant or lesion."""

    arms: dict[str, str] = {}  # noqa: RUF012 - pydantic copies it


TOLD = ACT | {200: Arms}


@router.post("/{study}/acts/freeze-lesions", response=ACT)
def act_freeze_lesions(request: HttpRequest, study: str, body: Frozen) -> Done:
    """Freeze and sign the list of target lesions that was seen."""
    who = at(request, study, body.participant, "freeze_lesions")
    if body.lesions != targets(who.reading.protocol, who.reading.rows):
        what = "The target lesions are not these."
        refuse([Problem(who.code, what, "Look at the list again, then freeze it.")])
    by, name = who.author(), prove(who, body.proof)
    return done(who, freeze(who.door, who.code, by, expected=body.expected, at_site=who.site, printed_name=name))


@router.post("/{study}/acts/unfreeze-lesions", response=ACT)
def act_unfreeze_lesions(request: HttpRequest, study: str, body: Unfrozen) -> Done:
    """Open a frozen list again, with a reason, before the draw."""
    who = at(request, study, body.participant, "freeze_lesions")
    return done(who, unfreeze(who.door, who.code, body.reason.strip(), who.author(), expected=body.expected))


@router.post("/{study}/acts/activate-allocation", response=ACT)
def act_activate_allocation(request: HttpRequest, study: str, body: Strict) -> Done:
    """Make the secret and enter the commitment, once."""
    who = not_blinded(across(request, study, KEEP))
    return done(who, activate(who.door, home(), who.author("")))


@router.post("/{study}/acts/draw", response=TOLD)
def act_draw(request: HttpRequest, study: str, body: Of) -> Arms:
    """Draw the arm of a participant, or of each listed lesion; the same call again tells what was drawn.

    Who must not know an arm may draw, as on the page, and is told none.
    """
    who = at(request, study, body.participant, "allocate")
    arms = _drawn(who.reading.arms, who.code)
    if not arms:
        arms = draw_arms(who.door, secret_of(home(), who.door), who.code, who.author())
    return Arms(**done(who).dict(), arms={} if who.scope.blinded else arms)


def _drawn(arms: dict[str, str], code: str) -> dict[str, str]:
    """Return the arms of a participant or of their lesions, out of those of everybody that may be seen."""
    return {unit: arm for unit, arm in arms.items() if unit == code or unit.startswith(f"{code}-L")}


@router.post("/{study}/acts/reveal-allocation", response=ACT)
def act_reveal_allocation(request: HttpRequest, study: str, body: Revealed) -> Done:
    """Enter the secret with a reason, so that every arm can be checked."""
    who = not_blinded(across(request, study, KEEP))
    return done(who, reveal(who.door, secret_of(home(), who.door), body.reason.strip(), who.author("")))


@router.post("/{study}/acts/unblind", response=TOLD)
def act_unblind(request: HttpRequest, study: str, body: Unblinded) -> Arms:
    """Enter an unblinding, and then tell the arm to who entered it; `made` is its name."""
    who = at(request, study, body.participant, "unblind")
    rows = current_rows(study, who.code, ["unblinding"])
    name: Name = body.repeat or next_unblinding(who.reading.protocol, rows)
    arms = unblind(who.door, who.code, dict(body.values), who.author(), repeat=name)
    return Arms(**done(who, None, name).dict(), arms=arms)
