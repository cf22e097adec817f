"""What waits for a blinded assessor: forms of the last visit of each participant that are not complete."""

from collections.abc import Iterable
from datetime import date

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from calcitrial.desk import Due
from calcitrial.people import Scope, shown_blinded
from calcitrial.visit_desk.form_places import site_of
from calcitrial.visit_desk.visit_rows import visit_rows
from calcitrial.web import Reading

RIGHT = "enter_forms"


def assessments_due(reading: Reading, scope: Scope, today: date) -> Iterable[Due]:
    """Yield, for an assessor, each participant whose last visit has forms to fill that may be shown."""
    if "assessor" not in scope.roles:
        return
    shown = {form.label for form in reading.protocol.forms if any(shown_blinded(form.id, i.id) for i in form.items)}
    for code in sorted({code for code, _visit in reading.visit_dates} - reading.ends.keys()):
        begun = [row for row in visit_rows(reading, code, today) if row.begun]
        if not begun or not scope.may(RIGHT, site_of(reading, code)):
            continue
        last = max(begun, key=lambda row: row.visit.on or date.min)
        left = [row for row in last.forms if row.state != "complete" and row.label in shown]
        if left:
            words = ngettext("%(n)d form of a visit to fill in", "%(n)d forms of a visit to fill in", len(left))
            link = f"{reverse('visits', args=[reading.study, code])}?visit={last.visit.id}#{last.visit.id}"
            about = f"{code} · {_(last.visit.label)}"
            yield Due("form", words % {"n": len(left)}, link, last.visit.on, False, RIGHT, about, code)
