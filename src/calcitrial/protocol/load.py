"""From a protocol file to a frozen Protocol, or every problem of the file at once."""

import tomllib
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from calcitrial.protocol.problem import Problem, RefusedError, one_of, refuse
from calcitrial.protocol.rules import inconsistencies
from calcitrial.protocol.schema import Protocol
from calcitrial.protocol.shape import shape_problems, without
from calcitrial.protocol.variant import made_real

HERE = Path(__file__).parent
LIBRARY = HERE / "forms.toml"
LIST_FORMS = "Write use_forms as a list of names, and your own forms under [[forms]]."
SHIPPED = tuple(sorted(p.stem for p in HERE.glob("*.toml") if p != LIBRARY and not p.name.startswith("house_")))


def load(name_or_file: str | Path, control: str = "") -> Protocol:
    """Return the shipped protocol of this name, or the one in this TOML file, every rule of it checked.

    `control` chooses one of the variants of an unspecified control. Raises RefusedError with all problems.
    """
    path = find(name_or_file)
    protocol = parse(path.read_bytes(), path.name)
    return choose_control(protocol, control) if control else protocol


def find(name_or_file: str | Path) -> Path:
    """Return the path of a shipped protocol (by name) or of a file; RefusedError when there is neither."""
    text = str(name_or_file)
    if text in SHIPPED:
        return HERE / f"{text}.toml"
    path = Path(text)
    if not path.is_file():
        hint = f"Name a file or a shipped protocol. {one_of(text, SHIPPED)}"
        refuse([Problem(text, "There is no such protocol.", hint)])
    return path


def parse(content: bytes, name: str) -> Protocol:
    """Return the protocol written in this TOML text; RefusedError with every problem otherwise."""
    try:
        raw = tomllib.loads(content.decode("utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise RefusedError([Problem(name, f"This is not TOML: {error}.", "Mend that line.")]) from None
    whole, problems = _with_library(raw)
    try:
        protocol = Protocol.model_validate(whole)
    except ValidationError as error:
        raise RefusedError(problems + _all_problems(whole, [dict(f) for f in error.errors()])) from None
    refuse(problems + inconsistencies(protocol))
    return protocol


def _all_problems(whole: dict[str, Any], faults: list[dict[str, Any]]) -> list[Problem]:
    """Return what does not fit, and what the part that does fit contradicts."""
    problems = shape_problems(whole, faults)
    rest, gone = without(whole, faults)
    try:
        protocol = Protocol.model_validate(rest)
    except ValidationError:
        return problems  # too little is left to be judged
    # A name that is only missing because its own part was faulty is no second problem.
    found = inconsistencies(protocol)
    return problems + [p for p in found if not any(repr(name) in p.what for name in gone)]


def choose_control(protocol: Protocol, control: str) -> Protocol:
    """Return the protocol with one variant of its control made real; RefusedError for an unknown variant."""
    variant = next((v for v in protocol.control.variants if v.id == control), None)
    if variant is None:
        known = [v.id for v in protocol.control.variants]
        place = f"{protocol.id}.control"
        raise RefusedError([Problem(place, f"There is no control variant {control!r}.", one_of(control, known))])
    return made_real(protocol, variant)


def chosen_as(protocol: Protocol, running: Protocol, control: str = "") -> Protocol:
    """Return a definition with the variant of its control that the running one chose, or that is named.

    Raises RefusedError where it has variants and not this one.
    """
    wanted = control or (running.control.chosen if protocol.control.variants else "")
    return choose_control(protocol, wanted) if wanted and not protocol.control.chosen else protocol


def _with_library(raw: dict[str, Any]) -> tuple[dict[str, Any], list[Problem]]:
    """Put the shipped forms that the protocol names before its own forms; and the names nobody ships."""
    library = {form["id"]: form for form in tomllib.loads(LIBRARY.read_text("utf-8"))["forms"]}
    whole = dict(raw)
    wanted, own = whole.pop("use_forms", []), whole.get("forms", [])
    if not isinstance(wanted, list) or not isinstance(own, list):
        return whole, [Problem("use_forms", f"The value {wanted!r} is no list of forms.", LIST_FORMS)]
    problems = [
        Problem("use_forms", f"There is no shipped form {name!r}.", one_of(name, library))
        for name in wanted
        if name not in library
    ]
    whole["forms"] = [library[name] for name in wanted if name in library] + own
    return whole, problems
