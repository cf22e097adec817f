"""What waits before treatment can begin: lists of lesions to be signed, and draws."""

from collections.abc import Iterator
from datetime import date

from django.urls import reverse
from django.utils.translation import gettext as _

from calcitrial.desk import Due
from calcitrial.people import Scope
from calcitrial.web import Reading


def due(reading: Reading, scope: Scope, today: date) -> Iterator[Due]:
    """Yield every enrolled participant whose list is not frozen, or whose arm is not drawn, for who may do it."""
    unit = reading.protocol.allocation.unit
    if unit == "none" or scope.blinded:
        return
    sites = {code: row["site"] or "" for code, row in reading.by_participant("screening").items()}
    frozen = {row["participant"] for row in reading.table("lesion_list") if row["list_state"] == "frozen"}
    drawn = {row["participant"] for row in reading.table("lesion_allocation" if unit == "lesion" else "allocation")}
    withdrawn = {row["participant"] for row in reading.table("withdrawal")}
    waiting = reading.by_participant("enrolment").keys() - drawn - reading.ends.keys() - withdrawn
    for code in sorted(waiting):
        ready = unit == "participant" or code in frozen
        capability = "allocate" if ready else "freeze_lesions"
        if not scope.may(capability, sites.get(code, "")):
            continue
        text = _("Draw the arm") if ready else _("Freeze and sign the list of lesions")
        link = reverse("allocation", args=[reading.study, code])
        yield Due("allocation" if ready else "signature", text, link, None, False, capability, code, code)
