"""What must be true inside one protocol beyond the types: sources, windows, and names that must exist."""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence

from calcitrial.protocol.expression import ExpressionError, names_in
from calcitrial.protocol.problem import Problem
from calcitrial.protocol.schema import Endpoint, Fact, Form, Item, Protocol, Sourced, Variant, Visit
from calcitrial.protocol.variant import made_real

NEEDS_SOURCE = {"seen", "derived", "inferred", "partial", "conflict"}
NUMERIC = {"integer", "decimal"}


def inconsistencies(protocol: Protocol) -> list[Problem]:
    """Return every rule that the protocol breaks, each with its place and what to write instead."""
    return [
        *_sources(protocol),
        *_duplicates(protocol),
        *_criteria(protocol),
        *_visits(protocol, protocol.visits, "visits"),
        *_forms(protocol),
        *_endpoints(protocol.endpoints, protocol.visits, "endpoints"),
        *_allocation(protocol, "allocation"),
        *(problem for variant in protocol.control.variants for problem in _variant(protocol, variant)),
    ]


def sourced_parts(protocol: Protocol) -> Iterator[tuple[str, Sourced]]:
    """Yield every part of the protocol that has a status and sources, with its place."""
    for group in ("facts", "lesions", "dose"):
        for name, fact in getattr(protocol, group).items():
            yield f"{group}.{name}", fact
    for group in ("people", "sites", "criteria", "visits", "endpoints", "stopping_rules"):
        for number, part in enumerate(getattr(protocol, group)):
            yield f"{group}.{getattr(part, 'id', number)}", part
    yield "control", protocol.control
    for variant in protocol.control.variants:
        place = f"control.variants.{variant.id}"
        yield place, variant
        yield from ((f"{place}.visits.{visit.id}", visit) for visit in variant.visits)
        yield from ((f"{place}.endpoints.{endpoint.id}", endpoint) for endpoint in variant.endpoints)


def _sources(protocol: Protocol) -> Iterator[Problem]:
    for place, part in sourced_parts(protocol):
        for name in part.source:
            if name not in protocol.sources:
                known = ", ".join(protocol.sources)
                yield Problem(place, f"The source {name!r} is not listed.", f"Sources: {known}.")
        if part.status in NEEDS_SOURCE and not part.source:
            yield Problem(
                place, f"Status {part.status!r} has no source.", "Name the source, or mark it assumed."
            )
        if part.status == "assumed" and not part.note:
            yield Problem(place, "An assumed value gives no reason.", "Add a note that says why.")
        if isinstance(part, Fact):
            yield from _fact(place, part)


def _fact(place: str, fact: Fact) -> Iterator[Problem]:
    if fact.status == "unspecified" and fact.value is not None:
        yield Problem(
            place, f"It is unspecified and yet has the value {fact.value!r}.", "Remove one of the two."
        )
    if fact.status != "unspecified" and fact.value is None:
        yield Problem(place, f"Status {fact.status!r} has no value.", "Add the value or write unspecified.")


def _duplicates(protocol: Protocol) -> Iterator[Problem]:
    for group in ("criteria", "arms", "visits", "forms", "endpoints", "stopping_rules", "sites"):
        yield from _twice(group, [part.id for part in getattr(protocol, group)])
    for form in protocol.forms:
        yield from _twice(f"forms.{form.id}", [item.id for item in form.items])


def _twice(place: str, names: Sequence[str]) -> Iterator[Problem]:
    for name, count in Counter(names).items():
        if count > 1:
            yield Problem(place, f"{name!r} is there {count} times.", "Give each its own id.")


def criterion_items(protocol: Protocol) -> dict[str, Item]:
    """Return the items that a criterion may name: those of forms at participant level."""
    forms = [form for form in protocol.forms if form.level == "participant"]
    return {item.id: item for form in forms for item in form.items}


def _criteria(protocol: Protocol) -> Iterator[Problem]:
    known = criterion_items(protocol)
    for criterion in protocol.criteria:
        place = f"criteria.{criterion.id}"
        if not criterion.expression:
            continue
        try:
            names = names_in(criterion.expression)
        except ExpressionError as error:
            yield Problem(place, str(error), "Mend the expression.")
            continue
        for name in sorted(names - known.keys()):
            yield Problem(
                place, f"It names the item {name!r}, which no form has.", f"Items: {', '.join(known)}."
            )


def _visits(protocol: Protocol, visits: Iterable[Visit], place: str) -> Iterator[Problem]:
    for visit in visits:
        here, (first, last) = f"{place}.{visit.id}", visit.window
        if first > last:
            yield Problem(
                here,
                f"The window [{first}, {last}] is upside down.",
                f"Write the earlier day first: [{last}, {first}].",
            )
        elif not first <= visit.day <= last:
            yield Problem(
                here,
                f"Day {visit.day} lies outside the window [{first}, {last}].",
                "Widen it or move the day.",
            )
        for name in visit.forms:
            if protocol.form(name) is None:
                known = ", ".join(form.id for form in protocol.forms)
                yield Problem(here, f"It asks for the form {name!r}, which is not there.", f"Forms: {known}.")


def _forms(protocol: Protocol) -> Iterator[Problem]:
    for form in protocol.forms:
        for item in form.items:
            yield from _item(form, item)


def _item(form: Form, item: Item) -> Iterator[Problem]:
    place = f"forms.{form.id}.{item.id}"
    if item.type == "choice" and not item.choices:
        yield Problem(place, "A choice has no choices.", "List them.")
    if item.type not in NUMERIC and (item.unit or item.min is not None or item.max is not None):
        yield Problem(place, f"An item of type {item.type} has a unit or limits.", "Only numbers have them.")
    if item.min is not None and item.max is not None and item.min > item.max:
        yield Problem(place, f"The limits {item.min} to {item.max} are upside down.", "Swap them.")


def _endpoints(endpoints: Iterable[Endpoint], visits: Sequence[Visit], place: str) -> Iterator[Problem]:
    known = [visit.id for visit in visits]
    for endpoint in endpoints:
        if endpoint.visit not in known:
            yield Problem(
                f"{place}.{endpoint.id}.visit",
                f"The visit {endpoint.visit!r} is not planned.",
                f"Visits: {', '.join(known)}.",
            )


def _allocation(protocol: Protocol, place: str) -> Iterator[Problem]:
    plan, arms = protocol.allocation, len(protocol.arms)
    if plan.unit == "none":
        return
    if len(plan.ratio) != arms:
        yield Problem(f"{place}.ratio", f"{len(plan.ratio)} parts for {arms} arms.", "Give one part per arm.")
    if plan.block <= 0 or min(plan.ratio, default=0) <= 0 or plan.block % sum(plan.ratio):
        yield Problem(
            f"{place}.block",
            f"A block of {plan.block} cannot hold the ratio {list(plan.ratio)}.",
            f"Use positive parts and a block that is a multiple of their sum, {sum(plan.ratio)}.",
        )
    known = criterion_items(protocol)
    for name in plan.strata:
        if name not in known:
            yield Problem(
                f"{place}.strata", f"There is no item {name!r} to stratify by.", f"Items: {', '.join(known)}."
            )


def _variant(protocol: Protocol, variant: Variant) -> Iterator[Problem]:
    """Check what the variant brings, in the protocol that it makes."""
    place = f"control.variants.{variant.id}"
    for group in ("arms", "visits", "endpoints"):
        yield from _twice(f"{place}.{group}", [part.id for part in getattr(variant, group)])
    yield from _visits(protocol, variant.visits, f"{place}.visits")
    real = made_real(protocol, variant)
    yield from _endpoints(variant.endpoints, real.visits, f"{place}.endpoints")
    yield from _allocation(real, f"{place}.allocation")
