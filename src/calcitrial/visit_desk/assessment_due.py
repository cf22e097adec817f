"""What waits for a blinded assessor: forms of the last visit of each participant that are not complete."""

from collections.abc import Iterable
from datetime import date

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from calcitrial.desk import Due
from calcitrial.people import Scope, shown_blinded
from calcitrial.protocol import completeness
from calcitrial.record import Place
from calcitrial.visit_desk.visit_rows import asked_at, values_by_place
from calcitrial.web import Reading

RIGHT = "enter_forms"
# The visit, its label and day, and how many of its forms are not complete.
Left = tuple[str, str, date, int]


def assessments_due(reading: Reading, scope: Scope, today: date) -> Iterable[Due]:
    """Yield, for an assessor, each participant whose last visit has forms to fill that may be shown."""
    if "assessor" not in scope.roles:
        return
    for code, left in sorted(reading.each("assessments_due", _left).items()):
        if left and scope.may(RIGHT, reading.sites.get(code, "")):
            visit, label, on, many = left
            words = ngettext("%(n)d form of a visit to fill in", "%(n)d forms of a visit to fill in", many)
            link = f"{reverse('visits', args=[reading.study, code])}?visit={visit}#{visit}"
            yield Due("form", words % {"n": many}, link, on, False, RIGHT, f"{code} · {_(label)}", code)


def _left(reading: Reading) -> dict[str, Left | None]:
    """Return what is left of the last visit of each participant whose study goes on; None where nothing is."""
    forms = reading.protocol.forms
    shown = {form.id for form in forms if any(shown_blinded(form.id, item.id) for item in form.items)}
    values: dict[str, dict[Place, dict[str, str]]] = {}
    for place, said in values_by_place(reading).items():
        values.setdefault(place.participant, {})[place] = said
    return dict.fromkeys(reading.sites) | {
        code: _of_last_visit(reading, code, shown, here)
        for code, here in values.items()
        if code and code not in reading.ends
    }


def _of_last_visit(reading: Reading, code: str, shown: set[str], values: dict[Place, dict[str, str]]) -> Left | None:
    begun = {place.visit: said.get("visit_date") for place, said in values.items() if place.form == "visit"}
    days = {visit: date.fromisoformat(day) for visit, day in begun.items() if day}
    if not days:
        return None
    planned = [visit.id for visit in reading.protocol.visits]
    last = max((one for one in [*planned, *sorted(days.keys() - set(planned))] if one in days), key=days.__getitem__)
    lesions = [place.lesion for place in values if place.form == "lesion"]
    many = sum(
        form.id in shown and completeness(reading.asked(place, form), values.get(place, {})) != "complete"
        for form, place in asked_at(reading.protocol, code, last, lesions, values)
    )
    visit = reading.protocol.visit(last)
    return (last, visit.label if visit else last, days[last], many) if many else None
