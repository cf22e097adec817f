"""What is not public about a trial, what the project proposes instead, and the whole definition as data."""

from typing import Any

from calcitrial.protocol.schema import (
    Control,
    Criterion,
    Endpoint,
    Fact,
    Person,
    Protocol,
    Site,
    Sizes,
    Sourced,
    StoppingRule,
    Variant,
    Visit,
)
from calcitrial.protocol.sourced import sourced_parts

NOT_WHOLE = {"unspecified": "not public", "partial": "public in part"}


def gaps(protocol: Protocol) -> tuple[str, ...]:
    """Return one line for everything that is not public, or public only in part, in the protocol's order."""
    return tuple(
        f"{title(place, part)}: {NOT_WHOLE[part.status]}. {part.note}".strip()
        for place, part in sourced_parts(protocol)
        if part.status in NOT_WHOLE
    )


def assumed(protocol: Protocol) -> tuple[str, ...]:
    """Return one line for everything that the project proposes, each with its reason."""
    return tuple(
        f"{title(place, part)}{_value(part)}: {part.note}"
        for place, part in sourced_parts(protocol)
        if part.status == "assumed"
    )


def describe(protocol: Protocol) -> dict[str, Any]:
    """Return the whole definition as plain data, with its digest, its gaps and what is assumed."""
    return {
        **protocol.model_dump(mode="json"),
        "digest": protocol.digest,
        "gaps": list(gaps(protocol)),
        "assumed": list(assumed(protocol)),
    }


def said(fact: Fact) -> str:
    """Return the value of a fact in words, with its unit."""
    if fact.value is None:
        return "not in any public copy read"
    if isinstance(fact.value, tuple):
        return (" / " if fact.status == "conflict" else "; ").join(str(value) for value in fact.value)
    value = {True: "yes", False: "no"}[fact.value] if isinstance(fact.value, bool) else fact.value
    return f"{value} {fact.unit}".strip()


def _value(part: Sourced) -> str:
    return f", {said(part)}" if isinstance(part, Fact) else ""


def title(place: str, part: Sourced) -> str:
    """Return what a reader calls a part: its label and, where it belongs to one variant only, which."""
    steps = place.split(".")
    if isinstance(part, Sizes):
        return f"Source of the sizes of endpoint {steps[-2]}"
    inside = steps[:2] == ["control", "variants"] and not isinstance(part, Variant)
    return f"{_title(part)} (variant {steps[2]})" if inside else _title(part)


def _title(part: Sourced) -> str:
    match part:
        case Fact(who=""):
            return part.label
        case Fact():
            return f"{part.label} (WHO item {part.who})"
        case Control():
            return "Control"
        case Variant():
            return f"Control read as {part.id}, {part.label}"
        case Criterion():
            return f"Criterion {part.id}, {part.text}"
        case StoppingRule():
            return f"Stopping rule, {part.text}"
        case Visit() | Endpoint():
            return f"{type(part).__name__} {part.id}, {part.label}"
        case Site() | Person():
            return part.name
        case _:
            return type(part).__name__
