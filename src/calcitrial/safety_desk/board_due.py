"""What waits for a member of the safety board: the package since the last recommendation, and holds of the study."""

from collections.abc import Iterator
from datetime import date

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from calcitrial.desk import Due
from calcitrial.people import Scope
from calcitrial.protocol import Protocol
from calcitrial.record import current_rows, read_head, tabulate
from calcitrial.safety import entered_holds
from calcitrial.verbs import cut
from calcitrial.web import Reading

RIGHT = "recommend"


def board_due(reading: Reading, scope: Scope, _today: date) -> Iterator[Due]:
    """Yield, for the board, the package that nobody has seen yet, and a hold of the study that only it can lift."""
    if not scope.may(RIGHT):
        return
    protocol, study = reading.protocol, reading.study
    link, head = reverse("board", args=[study]), read_head(study).sequence
    rows = current_rows(study, "", ("board_recommendation", "study_hold", "study_hold_lift"))
    seen = _last_cut(protocol, study)
    about = _("submissions %(first)d to %(last)d") % {"first": seen + 1, "last": head}
    if not seen:
        yield Due("package", _("The package waits for the first recommendation"), link, None, False, RIGHT, about=about)
    elif new := _serious(protocol, study) - _serious(protocol, study, seen):
        words = ngettext("%(n)d new serious event to look at", "%(n)d new serious events to look at", new)
        yield Due("package", words % {"n": new}, link, None, False, RIGHT, about=about)
    for hold in entered_holds(protocol, rows):
        if hold.in_force:
            yield Due("package", _("The study is on hold"), link, None, True, "lift_study_holds", about=hold.name)


def _last_cut(protocol: Protocol, study: str) -> int:
    rows = current_rows(study, "", ("board_recommendation",))
    seen = (row["board_cut"] for row in tabulate(protocol, rows, "board_recommendation").iter_rows(named=True))
    return max((int(one) for one in seen if one), default=0)


def _serious(protocol: Protocol, study: str, at: int | None = None) -> int:
    """Return how many serious events were known after a submission, or are now: a number, which tells no arm."""
    rows = current_rows(study, forms=("adverse_event",)) if at is None else cut(study, at).rows
    if protocol.form("adverse_event") is None:
        return 0
    found = tabulate(protocol, rows, "adverse_event").iter_rows(named=True)
    return sum(row["serious"] == "true" for row in found)
