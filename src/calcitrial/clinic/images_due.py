"""What is due in the reading room, for who runs the reads: images that wait for a reader."""

from collections.abc import Iterable
from datetime import date

from django.urls import reverse
from django.utils.translation import gettext as _

from calcitrial.desk import Due
from calcitrial.people import Scope
from calcitrial.reading import plan_of, worklist
from calcitrial.web import Reading


def images_due(reading: Reading, scope: Scope, _today: date) -> Iterable[Due]:
    """Yield, for who runs the reads, how many cases wait for each reader."""
    plan = plan_of(reading.study) if scope.may("manage_reads") and reading.table("reading_plan") else None
    if plan is None:
        return
    readers = [*plan.readers, *([plan.third] if plan.third else [])]
    waiting = {name: sum(task.state == "to read" for task in worklist(reading.study, name)) for name in readers}
    for name, number in waiting.items():
        if number:
            words = _("%(number)d images wait for reader %(name)s") % {"number": number, "name": name}
            yield Due("image", words, reverse("agreement", args=[reading.study]), None, False, "manage_reads")
