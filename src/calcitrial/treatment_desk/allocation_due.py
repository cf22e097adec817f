"""What waits before treatment can begin: lists of lesions to be signed, and draws."""

from collections.abc import Iterator
from datetime import date

from django.utils.translation import gettext as _

from calcitrial.desk import Due, link_to
from calcitrial.people import Scope
from calcitrial.web import Reading


def due(reading: Reading, scope: Scope, today: date) -> Iterator[Due]:
    """Yield every enrolled participant whose list is not frozen, or whose arm is not drawn, for who may do it."""
    unit = reading.protocol.allocation.unit
    if unit == "none" or scope.blinded:
        return
    for code, capability in reading.each("allocation due", _waiting).items():
        if capability and scope.may(capability, reading.sites[code]):
            ready = capability == "allocate"
            text = _("draw the arm") if ready else _("freeze and sign the list of lesions")
            link, kind = link_to("allocation", reading.study, code), "allocation" if ready else "signature"
            yield Due(kind, f"{code}: {text}", link, None, False, capability)


def _waiting(reading: Reading) -> dict[str, str]:
    """Return the right to do what waits for each participant; '' where nothing does."""
    unit = reading.protocol.allocation.unit
    frozen = {row["participant"] for row in reading.table("lesion_list") if row["list_state"] == "frozen"}
    drawn = {row["participant"] for row in reading.table("lesion_allocation" if unit == "lesion" else "allocation")}
    waiting = reading.by_participant("enrolment").keys() - drawn - reading.ends.keys()
    return dict.fromkeys(reading.sites, "") | {
        code: "allocate" if unit == "participant" or code in frozen else "freeze_lesions" for code in sorted(waiting)
    }
