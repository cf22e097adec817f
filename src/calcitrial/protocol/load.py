"""From a protocol file to a frozen Protocol, or every problem of the file at once."""

import tomllib
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from calcitrial.protocol.problem import Problem, RefusedError, refuse
from calcitrial.protocol.rules import inconsistencies
from calcitrial.protocol.schema import Protocol
from calcitrial.protocol.variant import made_real

HERE = Path(__file__).parent
LIBRARY = HERE / "forms.toml"
SHIPPED = tuple(sorted(p.stem for p in HERE.glob("*.toml") if p != LIBRARY))


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
        shipped = ", ".join(SHIPPED)
        refuse([Problem(text, "There is no such protocol.", f"Name a file, or one of: {shipped}.")])
    return path


def parse(content: bytes, name: str) -> Protocol:
    """Return the protocol written in this TOML text; RefusedError with every problem otherwise."""
    try:
        raw = tomllib.loads(content.decode("utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise RefusedError([Problem(name, f"This is not TOML: {error}.", "Mend that line.")]) from None
    try:
        protocol = Protocol.model_validate(_with_library(raw))
    except ValidationError as error:
        raise RefusedError([_as_problem(dict(detail)) for detail in error.errors()]) from None
    refuse(inconsistencies(protocol))
    return protocol


def choose_control(protocol: Protocol, control: str) -> Protocol:
    """Return the protocol with one variant of its control made real; RefusedError for an unknown variant."""
    variant = next((v for v in protocol.control.variants if v.id == control), None)
    if variant is None:
        known = ", ".join(v.id for v in protocol.control.variants) or "none"
        place = f"{protocol.id}.control"
        raise RefusedError(
            [Problem(place, f"There is no control variant {control!r}.", f"Variants: {known}.")]
        )
    return made_real(protocol, variant)


def _with_library(raw: dict[str, Any]) -> dict[str, Any]:
    """Put the shipped forms that the protocol names before its own forms."""
    library = {form["id"]: form for form in tomllib.loads(LIBRARY.read_text("utf-8"))["forms"]}
    wanted = raw.pop("use_forms", [])
    missing = [name for name in wanted if name not in library]
    refuse(
        [
            Problem("use_forms", f"There is no shipped form {name!r}.", f"Shipped: {', '.join(library)}.")
            for name in missing
        ]
    )
    return {**raw, "forms": [library[name] for name in wanted] + raw.get("forms", [])}


def _as_problem(detail: dict[str, Any]) -> Problem:
    place = ".".join(str(step) for step in detail["loc"])
    kind, value = detail["type"], detail.get("input")
    if kind == "extra_forbidden":
        return Problem(place, f"The key {detail['loc'][-1]!r} is unknown.", "Remove it or mend its spelling.")
    if kind == "missing":
        return Problem(place, f"The key {detail['loc'][-1]!r} is missing.", "Add it.")
    return Problem(place, f"The value {value!r} does not fit.", f"{detail['msg']}.")
