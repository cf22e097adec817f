"""Entering forms by script: one request is one submission, all or nothing."""

from typing import Annotated

from django.http import HttpRequest
from ninja import Router
from pydantic import Field

from calcitrial.api.service import allowed
from calcitrial.api.shapes import DraftIn, ReceiptOut, Strict, Told
from calcitrial.people import author_of
from calcitrial.record import protocol_of
from calcitrial.verbs import enter

router = Router(tags=["enter"])
MOST = 1_000


class Entered(Strict):
    """The forms of one submission."""

    drafts: Annotated[list[DraftIn], Field(min_length=1, max_length=MOST)]


@router.post("/{study}/entries", response={200: ReceiptOut, 422: Told})
def entries(request: HttpRequest, study: str, body: Entered) -> ReceiptOut:
    """Enter forms as one submission and return its receipt; every problem at once otherwise.

    The same request again makes no entry. A change needs the version that was seen, and a reason.
    """
    scope = allowed(request, study, "see_participants")
    drafts = [one.draft() for one in body.drafts]
    receipt = enter(study, drafts, author_of(scope, protocol_of(study), drafts))
    return ReceiptOut(sequence=receipt.sequence, hash=receipt.hash, entries=list(receipt.entries))
