"""What does not fit the shape of a protocol, as plain sentences, and the rest of the file without it."""

import copy
from collections.abc import Iterator, Sequence
from typing import Any, get_args

from pydantic import BaseModel

from calcitrial.protocol.problem import Problem, one_of
from calcitrial.protocol.schema import Protocol

Step = str | int
Fault = dict[str, Any]

# Types of faults (pydantic's names), what the value is not, and what to write instead.
PLAIN = {
    "string_type": ("is no text", "Put it in quotation marks."),
    "int_type": ("is no whole number", "Write a whole number."),
    "int_parsing": ("is no whole number", "Write a whole number."),
    "int_from_float": ("is no whole number", "Write a whole number."),
    "float_type": ("is no number", "Write a number."),
    "float_parsing": ("is no number", "Write a number."),
    "bool_type": ("is neither true nor false", "Write true or false."),
    "bool_parsing": ("is neither true nor false", "Write true or false."),
    "tuple_type": ("is no list", "Write a list in square brackets."),
    "dict_type": ("is no table", "Write a table: key = value in braces, or under its own heading."),
    "model_type": ("is no table", "Write a table: key = value in braces, or under its own heading."),
}

# What stands in for a part that no protocol can lack, so that the rest of a faulty file can be judged.
REQUIRED: dict[tuple[Step, ...], Any] = {
    ("id",): "?",
    ("name",): "?",
    ("version",): "?",
    ("facts",): {},
    ("control",): {"kind": "unspecified", "status": "unspecified"},
}


def shape_problems(raw: dict[str, Any], faults: Sequence[Fault]) -> list[Problem]:
    """Return one problem per place of the file that does not fit, in the order of the faults."""
    found: dict[str, Problem] = {}
    for fault in faults:
        problem = _problem(raw, fault)
        if problem.place in found and fault["type"] != "extra_forbidden":
            # Several faults at one place are the readings of a value that may be of several kinds.
            problem = Problem(
                problem.place,
                f"The value {_short(_value(raw, fault))} does not fit.",
                "Write a text in quotation marks, a number, true or false, or a list of those.",
            )
        found[problem.place] = problem
    return list(found.values())


def without(raw: dict[str, Any], faults: Sequence[Fault]) -> tuple[dict[str, Any], set[str]]:
    """Return a copy of the file without the faulty parts, and the names that are gone with them.

    An unknown key goes alone; otherwise the whole member (one visit, one fact) goes, because half of one
    cannot be judged.
    """
    rest = copy.deepcopy(raw)
    gone: set[str] = set()
    for path in sorted({_cut(raw, fault) for fault in faults}, reverse=True):  # later members first
        if path in REQUIRED:
            rest[str(path[0])] = copy.deepcopy(REQUIRED[path])
            continue
        part = _at(rest, path)
        if part is not None:
            gone |= set(_names(path, part))
            del _at(rest, path[:-1])[path[-1]]
        if path[0] == "arms":
            rest.pop("allocation", None)  # its ratio cannot be judged without every arm
    return rest, gone


def _cut(raw: dict[str, Any], fault: Fault) -> tuple[Step, ...]:
    """Return the path of what must go: the unknown key, or the member that holds the fault."""
    loc = tuple(fault["loc"])
    if fault["type"] == "extra_forbidden":
        return loc
    if loc[0] == "control":
        return loc[:3] if loc[1:2] == ("variants",) and len(loc) > 2 else loc[:1]
    return loc[:2] if isinstance(raw.get(str(loc[0])), (list, dict)) else loc[:1]


def _names(path: tuple[Step, ...], part: Any) -> Iterator[str]:
    """Yield the names by which other parts call this one: its id or key, and the items of a form."""
    if path[0] == "sources":
        yield str(path[-1])
    for inner in (part, *part.get("items", ())) if isinstance(part, dict) else ():
        if isinstance(inner, dict) and "id" in inner:
            yield str(inner["id"])


def _at(raw: Any, path: Sequence[Step]) -> Any:
    for step in path:
        if isinstance(raw, dict):
            raw = raw.get(step)
        elif isinstance(raw, list) and isinstance(step, int) and step < len(raw):
            raw = raw[step]
        else:
            return None
    return raw


def _place(raw: Any, loc: Sequence[Step]) -> str:
    """Return the place in words: the id of a list member instead of its number, no inner readings."""
    steps: list[str] = []
    for step in loc:
        inside = _at(raw, [step])
        if inside is None and not isinstance(raw, dict):
            break
        name = inside.get("id") or inside.get("name") if isinstance(inside, dict) else None
        steps.append(str(name) if name and isinstance(step, int) else str(step))
        raw = inside
    return ".".join(steps)


def _value(raw: dict[str, Any], fault: Fault) -> Any:
    found = _at(raw, fault["loc"])
    return fault.get("input") if found is None else found


def _short(value: Any) -> str:
    text = repr(value)
    return text if len(text) <= 80 else f"{text[:77]}..."


def _problem(raw: dict[str, Any], fault: Fault) -> Problem:
    place, kind, last = _place(raw, fault["loc"]), fault["type"], fault["loc"][-1]
    value = _short(fault.get("input"))
    if kind == "extra_forbidden":
        instead = one_of(last, _known_keys(fault["loc"][:-1]))
        return Problem(place, f"The key {last!r} (with the value {value}) is unknown.", instead)
    if kind == "missing" and isinstance(last, str):
        return Problem(place, f"The key {last!r} is missing.", f"Add {last} = ...")
    if kind in ("missing", "too_long", "too_short"):
        return Problem(place, *_length(raw, fault))
    if kind == "literal_error":
        choices = [text.strip("'") for text in fault["ctx"]["expected"].replace(" or ", ", ").split(", ")]
        return Problem(place, f"The value {value} is not possible here.", one_of(fault["input"], choices))
    what, instead = PLAIN.get(kind, ("does not fit", f"{fault['msg']}."))
    return Problem(place, f"The value {value} {what}.", instead)


def _length(raw: dict[str, Any], fault: Fault) -> tuple[str, str]:
    """Return what is wrong with a list of the wrong length; only windows have a fixed length."""
    path = fault["loc"][:-1] if fault["type"] == "missing" else fault["loc"]
    listed = _at(raw, path) or []
    return f"The list {_short(listed)} has {len(listed)} values.", "Write exactly two: [first, last]."


def _known_keys(loc: Sequence[Step]) -> list[str]:
    """Return the keys that a table at this place may have."""
    model = Protocol
    for step in loc:
        field = model.model_fields.get(str(step))
        if field is not None:
            model = next(_models(field.annotation), model)
    extra = ["use_forms"] if model is Protocol else []
    return [*model.model_fields, *extra]


def _models(annotation: Any) -> Iterator[Any]:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        yield annotation
    for inner in get_args(annotation):
        yield from _models(inner)
