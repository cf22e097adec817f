"""What waits before treatment can begin: lists of lesions to be signed, and draws."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

from django.utils.translation import gettext as _

from calcitrial.desk import Due, link_to
from calcitrial.people import Scope
from calcitrial.web import Reading

KINDS = {"allocate": "allocation", "freeze_lesions": "signature"}


@dataclass(frozen=True)
class Step:
    """The next step of one participant's allocation: in words, who may do it, and at which site."""

    code: str
    words: str
    capability: str
    site: str


def waiting(reading: Reading) -> list[Step]:
    """Return the next step of every enrolled participant whose list is not frozen, or whose arm is not drawn."""
    unit = reading.protocol.allocation.unit
    if unit == "none":
        return []
    found = []
    for code, capability in reading.each("allocation due", _next).items():
        if capability:
            words = _("Draw the arm") if capability == "allocate" else _("Freeze and sign the list of lesions")
            found.append(Step(code, words, capability, reading.sites[code]))
    return found


def _next(reading: Reading) -> dict[str, str]:
    """Return the right to do what waits for each participant; '' where nothing does."""
    unit = reading.protocol.allocation.unit
    frozen = {row["participant"] for row in reading.table("lesion_list") if row["list_state"] == "frozen"}
    drawn = {row["participant"] for row in reading.table("lesion_allocation" if unit == "lesion" else "allocation")}
    withdrawn = {row["participant"] for row in reading.table("withdrawal")}
    waiting = reading.by_participant("enrolment").keys() - drawn - reading.ends.keys() - withdrawn
    return dict.fromkeys(reading.sites, "") | {
        code: "allocate" if unit == "participant" or code in frozen else "freeze_lesions" for code in waiting
    }


def due(reading: Reading, scope: Scope, today: date) -> Iterator[Due]:
    """Yield every enrolled participant whose list is not frozen, or whose arm is not drawn, for who may do it."""
    for one in [] if scope.blinded else waiting(reading):
        if scope.may(one.capability, one.site):
            link, kind = link_to("allocation", reading.study, one.code), KINDS[one.capability]
            yield Due(kind, one.words, link, None, False, one.capability, one.code, one.code)
