"""Every part of a protocol that has a status: its sources must exist, and its status must be true to it."""

from collections.abc import Iterable, Iterator

from calcitrial.protocol.problem import Problem, one_of
from calcitrial.protocol.schema import Endpoint, Fact, Protocol, Sourced, Variant

NEEDS_SOURCE = {"seen", "derived", "inferred", "partial", "conflict"}


def sourced_parts(protocol: Protocol) -> Iterator[tuple[str, Sourced]]:
    """Yield every part of the protocol that has a status and sources, with its place (`visits.W12`)."""
    for group in ("facts", "lesions", "dose"):
        for name, fact in getattr(protocol, group).items():
            yield f"{group}.{name}", fact
    for person in protocol.people:
        yield f"people.{person.name}", person
    for group in ("sites", "criteria", "visits", "endpoints", "stopping_rules"):
        for part in getattr(protocol, group):
            yield f"{group}.{part.id}", part
    yield from _size_parts(protocol.endpoints, "endpoints")
    if protocol.multiplicity is not None:
        yield "multiplicity", protocol.multiplicity
    yield "control", protocol.control
    for variant in protocol.control.variants:
        yield from _variant_parts(variant)


def _variant_parts(variant: Variant) -> Iterator[tuple[str, Sourced]]:
    place = f"control.variants.{variant.id}"
    yield place, variant
    yield from ((f"{place}.visits.{visit.id}", visit) for visit in variant.visits)
    yield from ((f"{place}.endpoints.{endpoint.id}", endpoint) for endpoint in variant.endpoints)
    yield from _size_parts(variant.endpoints, f"{place}.endpoints")


def _size_parts(endpoints: Iterable[Endpoint], place: str) -> Iterator[tuple[str, Sourced]]:
    yield from ((f"{place}.{one.id}.sizes", one.sizes) for one in endpoints if one.sizes is not None)


def source_problems(protocol: Protocol) -> Iterator[Problem]:
    """Yield what is wrong with sources and statuses: no such source, no source, no reason, no value."""
    for place, part in sourced_parts(protocol):
        for name in part.source:
            if name not in protocol.sources:
                yield Problem(
                    f"{place}.source",
                    f"The source {name!r} is not listed.",
                    f"Add it to [sources]. {one_of(name, protocol.sources)}",
                )
        if part.status in NEEDS_SOURCE and not part.source:
            yield Problem(f"{place}.source", f"Status {part.status!r} has no source.", "Name one, or mark it assumed.")
        if part.status == "assumed" and not part.note:
            yield Problem(f"{place}.note", "An assumed value gives no reason.", "Add a note that says why.")
        if isinstance(part, Fact):
            yield from _fact(place, part)


def _fact(place: str, fact: Fact) -> Iterator[Problem]:
    if fact.status == "unspecified" and fact.value is not None:
        yield Problem(f"{place}.value", f"It is unspecified and yet {fact.value!r}.", "Remove the value or the status.")
    if fact.status != "unspecified" and fact.value is None:
        yield Problem(f"{place}.value", f"Status {fact.status!r} has no value.", "Add it, or write unspecified.")
    if fact.status == "conflict" and not isinstance(fact.value, tuple):
        yield Problem(
            f"{place}.value",
            f"A conflict has the single value {fact.value!r}.",
            "Write all the values in a list.",
        )
