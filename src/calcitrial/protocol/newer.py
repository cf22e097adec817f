"""What the program asks today and a definition from earlier does not: forms, and items of forms that it has.

A study runs under the definition that it was opened with. When the program learns to ask more, that study does not:
its pages leave the newer questions out, and this says which they are.
"""

import tomllib
from collections.abc import Iterator
from functools import cache

from calcitrial.protocol.form import Form
from calcitrial.protocol.load import LIBRARY, SHIPPED, find
from calcitrial.protocol.schema import Protocol


@cache
def library() -> dict[str, Form]:
    """Return the forms that ship with the program today, by id."""
    found = [Form.model_validate(raw) for raw in tomllib.loads(LIBRARY.read_text("utf-8"))["forms"]]
    return {form.id: form for form in found}


def newer_items(form: Form) -> tuple[str, ...]:
    """Return the items that the shipped form of this id asks today and this form of a definition does not."""
    today = library().get(form.id)
    known = {item.id for item in form.items}
    return tuple(item.id for item in today.items if item.id not in known) if today else ()


def lacking(protocol: Protocol) -> tuple[str, ...]:
    """Return in sentences what a definition lacks of what the program asks today; nothing when it lacks nothing.

    A form as a whole is told only of a study that the program ships, because others may leave it out on purpose.
    """
    return tuple(_lacking(protocol))


def _lacking(protocol: Protocol) -> Iterator[str]:
    there = {form.id for form in protocol.forms}
    for name in _shipped(protocol.id):
        if name not in there and name in library():
            yield f"It has no form “{library()[name].label}” ({name}), so nothing of it can be entered here."
    for form in protocol.forms:
        missing = newer_items(form)
        if missing and form.id in library():
            today = library()[form.id]
            labels = ", ".join(item.label for item in today.items if item.id in missing)
            yield f"Its form “{form.label}” does not ask: {labels}."


@cache
def _shipped(study: str) -> tuple[str, ...]:
    """Return the forms that the shipped definition of this name asks for today; none for any other study."""
    if study not in SHIPPED:
        return ()
    return tuple(tomllib.loads(find(study).read_text("utf-8")).get("use_forms", ()))
