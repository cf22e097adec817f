"""One submission of a reader: every lesion of a task answered, as entries through the gateway."""

import math
import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from calcitrial.protocol import Problem, RefusedError, check_values, refuse
from calcitrial.reading.plan import FORMS
from calcitrial.reading.reference import QUANTITIES, SIZES, Outcome, repeat_key
from calcitrial.reading.worklist import Slot, find_slot
from calcitrial.record import Author, Draft, Gateway, Place, Receipt, current_rows, gateway
from calcitrial.version import __version__

ROLE = "reader"
DIGEST = re.compile("[0-9a-f]{64}")


@dataclass(frozen=True)
class Answer:
    """What a reader says of one lesion.

    Attributes:
        label: of the lesion in the task.
        outcome: measured, absent (looked for and not there), or not assessable (the image does not allow to tell).
        values: sizes by item of the form `read` (mass, volume_threshold, length, …), with or without units.
        mask_digest: SHA-256 of the outlined mask in HOME/reads, '' when nothing was outlined.
        comment: free text, '' for none.
    """

    label: str
    outcome: Outcome
    values: Mapping[str, str] = field(default_factory=dict)
    mask_digest: str = ""
    comment: str = ""


def answer(
    study: str,
    reader: str,
    task_id: str,
    answers: Sequence[Answer],
    seconds: float,
    *,
    reason: str = "",
    door: Gateway | None = None,
) -> Receipt:
    """Enter a reader's answers on all lesions of a task as one submission and return its receipt.

    Args:
        study: must be open here, with a plan.
        reader: who answers; becomes the author, in the role `reader`.
        task_id: of the reader's list.
        answers: one for every label of the task.
        seconds: time that the task took; a correction leaves that of the first reading.
        reason: needed when the task was answered before; then only what differs is entered.
        door: the gateway to enter through; that of the study when left out.

    Raises:
        RefusedError: with every problem, each named by the label of its lesion and nothing that unblinds.
    """
    door = door or gateway(study, __version__)
    slot = find_slot(door, reader, task_id)
    refuse([*_label_problems(slot, answers), *_time_problems(seconds)])
    places = {one.label: _place(slot, reader, one.label) for one in answers}
    versions = _versions(door, slot)
    again = any(place in versions for place in places.values())
    values = {one.label: _values(slot, one, None if again else seconds) for one in answers}
    refuse([problem for one in answers for problem in _problems(door, one, values[one.label])])
    if again and not reason.strip():
        refuse([Problem("task", "It was answered before.", "Give a reason for the correction.")])
    drafts = [
        Draft(place, values[label], expected=versions.get(place, 0), reason=reason if place in versions else "")
        for label, place in places.items()
    ]
    try:
        return door.enter(drafts, Author(reader, ROLE))
    except RefusedError as error:
        raise RefusedError([_blinded(problem, slot, places) for problem in error.problems]) from None


def reading_problems(gateway: Gateway, draft: Draft) -> list[Problem]:
    """Return that plan, batch and read cannot be entered like any other form: they come from the worklists."""
    if draft.place.form not in FORMS:
        return []
    what = f"The form {draft.place.form} is not entered by hand."
    return [Problem(str(draft.place), what, "Use the reading room, which keeps the readers blinded.")]


def _place(slot: Slot, reader: str, label: str) -> Place:
    case = slot.case
    repeat = repeat_key(reader, case.kind, slot.second)
    return Place(case.participant, "read", case.visit, slot.lesions[label].lesion, repeat)


def _versions(door: Gateway, slot: Slot) -> dict[Place, int]:
    """Return the version of every read of the participant that is there."""
    found: dict[Place, int] = {}
    for *place, _item, version, _value, _unit, _number in current_rows(
        door.study, slot.case.participant, ("read",)
    ).iter_rows():
        found[Place(*place)] = max(version, found.get(Place(*place), 0))
    return found


def _values(slot: Slot, one: Answer, seconds: float | None) -> dict[str, object]:
    """Return the whole form: what is not given is cleared, but the time of the first reading stays."""
    fixed = {
        "read_outcome": one.outcome,
        "image_kind": slot.case.kind,
        "task": slot.task.id,
        "task_label": one.label,
        "mask_digest": one.mask_digest,
        "reading_comment": one.comment,
        "series_uid": slot.case.series_uid,
        "series_digest": slot.case.series_digest,
    }
    time = {} if seconds is None else {"reading_seconds": f"{seconds:.1f}"}
    return {**dict.fromkeys(QUANTITIES), **one.values, **fixed, **time}


def _label_problems(slot: Slot, answers: Sequence[Answer]) -> Iterator[Problem]:
    given = Counter(one.label for one in answers)
    for label in slot.lesions.keys() - given.keys():
        yield Problem(f"lesion {label}", "It has no answer.", "Say measured, absent or not assessable.")
    for label, times in given.items():
        if label not in slot.lesions:
            yield Problem(f"lesion {label}", "The task does not ask for it.", f"It asks for {', '.join(slot.lesions)}.")
        elif times > 1:
            yield Problem(f"lesion {label}", f"It is answered {times} times.", "Answer it once.")


def _time_problems(seconds: float) -> list[Problem]:
    if math.isfinite(seconds) and 0 <= seconds <= 86400:
        return []
    return [Problem("seconds", f"The time taken is {seconds}.", "Give seconds from 0 to 86400.")]


def _problems(door: Gateway, one: Answer, values: Mapping[str, object]) -> Iterator[Problem]:
    """Yield what is wrong with one answer: items, values, and what does not go with its outcome."""
    place = f"lesion {one.label}"
    strange = sorted(set(one.values) - set(QUANTITIES))
    for name in strange:
        yield Problem(place, f"{name!r} is no size.", f"Known: {', '.join(QUANTITIES)}.")
    try:
        checked = {c.item: c.value for c in check_values(door.protocol, "read", values)} if not strange else {}
    except RefusedError as error:
        yield from (Problem(f"{place} {p.place.removeprefix('read.')}", p.what, p.instead) for p in error.problems)
        return
    if one.mask_digest and not DIGEST.fullmatch(one.mask_digest):
        yield Problem(place, f"The mask's digest is {one.mask_digest!r}.", "Give its SHA-256 in hexadecimal.")
    sizes = {name: float(checked[name]) for name in QUANTITIES if name in checked}
    if one.outcome == "measured" and not strange:
        yield from _size_problems(place, sizes)
    elif sizes or (one.mask_digest and one.outcome != "measured"):
        yield Problem(place, f"It is {one.outcome}, yet a size or a mask is given.", "Leave them out, or say measured.")


def _size_problems(place: str, sizes: Mapping[str, float]) -> Iterator[Problem]:
    if not sizes.keys() & set(SIZES):
        yield Problem(place, "It is measured, yet no size is given.", "Give at least one size.")
    for name in SIZES:
        if sizes.get(name) == 0:
            yield Problem(place, f"Its {name} is 0.", "Say absent, or leave the size out.")


def _blinded(problem: Problem, slot: Slot, places: Mapping[str, Place]) -> Problem:
    """Return a problem of the gateway with labels for places; its words must not tell whose image it is."""
    where = next((label for label, place in places.items() if problem.place.startswith(str(place))), "")
    telling = (slot.case.participant, slot.case.visit, slot.case.series_uid)
    if any(word in f"{problem.what} {problem.instead}" for word in telling):
        return Problem(f"lesion {where}", "The record does not take this answer.", "Ask who keeps the plan.")
    return Problem(f"lesion {where}", problem.what, problem.instead)
