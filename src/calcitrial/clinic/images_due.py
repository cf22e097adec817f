"""What is due in the reading room: images that wait, for who runs the reads and for the reader."""

from collections.abc import Iterable
from datetime import date

from django.urls import reverse
from django.utils.translation import ngettext

from calcitrial.desk import Due
from calcitrial.people import Scope
from calcitrial.protocol import RefusedError
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
            words = ngettext("%(n)d image waits for its reader", "%(n)d images wait for their reader", number)
            link = reverse("agreement", args=[reading.study])
            yield Due("image", words % {"n": number}, link, None, False, "manage_reads", name)


def own_reads_due(reading: Reading, scope: Scope, _today: date) -> Iterable[Due]:
    """Yield, for a reader, how many cases wait: a number, which tells nothing of whose they are."""
    if not scope.may("read_images"):
        return
    try:
        waiting = sum(task.state == "to read" for task in worklist(reading.study, scope.person))
    except RefusedError:
        return  # no plan yet, or the person is not in it
    if waiting:
        words = ngettext("%(n)d case waits for your reading", "%(n)d cases wait for your reading", waiting)
        yield Due(
            "image", words % {"n": waiting}, reverse("worklist", args=[reading.study]), None, False, "read_images"
        )
