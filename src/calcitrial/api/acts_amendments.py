"""The act by which a study moves to a newer definition."""

from datetime import date
from typing import Annotated

from django.http import HttpRequest
from ninja import Router
from pydantic import Field

from calcitrial.api.acting import ACT, CLEAN, Done, Name, Text, across, done
from calcitrial.api.shapes import Strict
from calcitrial.protocol import chosen_as, parse
from calcitrial.record import Decision, protocol_of
from calcitrial.verbs import amend

router = Router(tags=["amendments"])
RIGHT = "amend"


class Amended(Strict):
    """A new definition as TOML, why and on which approval the study moves to it, and the digest it moves from.

    `consent_again` says that the consent documents may need a new version, of which people are then reminded.
    """

    definition: Annotated[str, Field(max_length=1_000_000, pattern=CLEAN)]
    seen: Name
    reason: Text
    on: date
    approval: Text = ""
    consent_again: bool = True


@router.post("/{study}/acts/amend", response=ACT)
def act_amend(request: HttpRequest, study: str, body: Amended) -> Done:
    """Move the study to a newer definition; `made` is the digest that it runs under then."""
    who = across(request, study, RIGHT)
    new = chosen_as(parse(body.definition.encode(), "definition"), protocol_of(study))
    decision = Decision(body.reason, body.on, body.approval, body.consent_again)
    return done(who, amend(study, new, decision, who.scope.author(RIGHT), body.seen), new.digest)
