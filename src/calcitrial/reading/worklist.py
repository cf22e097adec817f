"""What a reader gets: tasks in an order of the reader's own, from which nobody can tell whose image it is or when."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal

from calcitrial.protocol import Problem, RefusedError, refuse
from calcitrial.reading.case import Case, Kind, Known, Point, cases
from calcitrial.reading.order import Turn, blurred, draw, labelled, task_id, turns
from calcitrial.reading.plan import Opened, reading_rows, the_plan
from calcitrial.reading.reference import Reading, disputed, readings_of
from calcitrial.record import Gateway, gateway
from calcitrial.version import __version__


@dataclass(frozen=True)
class Asked:
    """One lesion to read: its label in this task, and about where it lies (patient LPS mm) when that is known."""

    label: str
    point_mm: Point | None


@dataclass(frozen=True)
class Task:
    """One case to read, with nothing in it that tells participant, visit, arm, date, or whether it is a repeat.

    Attributes:
        id: 32 hexadecimal digits from a salted draw.
        number: 1-based place in this reader's order.
        kind: of image.
        state: whether this reader has answered it.
        lesions: what is asked, sorted by label.
    """

    id: str
    number: int
    kind: Kind
    state: Literal["to read", "read"]
    lesions: tuple[Asked, ...]


@dataclass(frozen=True)
class Slot:
    """A task with what it stands for; stays on the server."""

    task: Task
    case: Case
    second: bool
    lesions: dict[str, Known]


def worklist(study: str, reader: str) -> tuple[Task, ...]:
    """Return the tasks of a reader in the reader's own order, hidden repeats among them.

    The third reader's list holds only the cases on which the two differ beyond the limit: first those read, in
    the order of reading, then the others shuffled. Raises RefusedError when there is no plan, or the reader is
    not in it.
    """
    return tuple(slot.task for slot in slots(gateway(study, __version__), reader))


def find_task(study: str, reader: str, task: str) -> Task:
    """Return one task of a reader by its id; RefusedError when the reader's list does not hold it."""
    return find_slot(gateway(study, __version__), reader, task).task


def find_slot(door: Gateway, reader: str, task: str) -> Slot:
    """Return a task with what it stands for; RefusedError when the reader's list does not hold it."""
    for slot in slots(door, reader):
        if slot.task.id == task:
            return slot
    what = f"The list of {reader} holds no task {task!r}."
    raise RefusedError([Problem("task", what, "Open the list again and choose from it.")])


def slots(door: Gateway, reader: str) -> tuple[Slot, ...]:
    """Return the list of a reader with what each task stands for."""
    rows = reading_rows(door)
    opened = the_plan(door.protocol, rows)
    found = cases(door.protocol, rows, opened.batches)
    readings = readings_of(door.protocol, rows)
    done = {one.task: one.entry for one in readings if one.reader == reader}
    if reader in opened.plan.readers:
        order: Sequence[Turn] = turns(opened, reader, found)
    elif reader and reader == opened.plan.third:
        order = _third(opened, reader, found, readings, done)
    else:
        refuse([Problem("reader", f"{reader!r} is not a reader of {door.study}.", "Ask who keeps the plan.")])
        raise AssertionError
    return tuple(_slot(opened, reader, number, turn, done) for number, turn in enumerate(order, 1))


def _third(
    opened: Opened, reader: str, found: Sequence[Case], readings: Sequence[Reading], done: dict[str, int]
) -> list[Turn]:
    differing = disputed(opened.plan, readings)
    turned = [(case, False) for case in found]
    ids = {case.key: task_id(opened, reader, (case, False)) for case in found}
    # A case that was read stays, even when a correction has brought the two together since.
    asked = [turn for turn in turned if ids[turn[0].key] in done or _images(turn[0]) & differing]
    last = max(done.values(), default=0) + 1
    return sorted(
        asked, key=lambda turn: (done.get(ids[turn[0].key], last), draw(opened, "order", reader, *turn[0].key))
    )


def _images(case: Case) -> set[tuple[str, str, str, Kind]]:
    return {(case.participant, case.visit, known.lesion, case.kind) for known in case.lesions}


def _slot(opened: Opened, reader: str, number: int, turn: Turn, done: dict[str, int]) -> Slot:
    lesions = labelled(opened, reader, turn)
    asked = tuple(Asked(label, blurred(opened, reader, turn, known)) for label, known in lesions.items())
    task = Task(task_id(opened, reader, turn), number, turn[0].kind, "to read", asked)
    return Slot(replace(task, state="read") if task.id in done else task, *turn, lesions)
