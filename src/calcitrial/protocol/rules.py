"""What must be true inside one protocol beyond the types: sources, windows, and names that must exist."""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence

from calcitrial.protocol.estimand_rules import estimand_problems, multiplicity_problems
from calcitrial.protocol.expression import ExpressionError, names_in, texts_in
from calcitrial.protocol.form import Item
from calcitrial.protocol.form_rules import form_problems
from calcitrial.protocol.problem import Problem, one_of
from calcitrial.protocol.schema import Criterion, Endpoint, Protocol, Variant, Visit
from calcitrial.protocol.sourced import source_problems
from calcitrial.protocol.variant import made_real

EVENT_NAMES = frozenset({"term", "grade", "related", "kind", "lesion", "serious"})
READS = ("reading_plan", "reading_batch", "read")
COMPARED = {"between_arms": "participant", "within_participant": "lesion"}


def inconsistencies(protocol: Protocol) -> list[Problem]:
    """Return every rule that the protocol breaks, each with its place and what to write instead."""
    return [
        *source_problems(protocol),
        *_duplicates(protocol),
        *_people(protocol),
        *_criteria(protocol),
        *_visits(protocol, protocol.visits, "visits"),
        *_forms(protocol),
        *_endpoints(protocol.endpoints, protocol, "endpoints"),
        *_stopping(protocol),
        *_allocation(protocol, "allocation"),
        *multiplicity_problems(protocol),
        *(problem for variant in protocol.control.variants for problem in _variant(protocol, variant)),
    ]


def _duplicates(protocol: Protocol) -> Iterator[Problem]:
    for group in ("criteria", "arms", "visits", "forms", "endpoints", "stopping_rules", "sites"):
        yield from _twice(group, [part.id for part in getattr(protocol, group)])
    for form in protocol.forms:
        yield from _twice(f"forms.{form.id}", [item.id for item in form.items])


def _twice(place: str, names: Sequence[str]) -> Iterator[Problem]:
    for name, count in Counter(names).items():
        if count > 1:
            yield Problem(place, f"{name!r} is there {count} times.", "Give each its own id.")


def _people(protocol: Protocol) -> Iterator[Problem]:
    known = [site.id for site in protocol.sites]
    for person in protocol.people:
        if person.site and person.site not in known:
            yield Problem(
                f"people.{person.name}.site",
                f"The site {person.site!r} is not listed.",
                one_of(person.site, known),
            )


def _stopping(protocol: Protocol) -> Iterator[Problem]:
    for rule in protocol.stopping_rules:
        place = f"stopping_rules.{rule.id}"
        if bool(rule.level) != bool(rule.when):
            what = "It has a level and no condition." if rule.level else "It has a condition and no level."
            yield Problem(place, what, "Give both, or leave both out for a rule that people follow.")
        try:
            unknown = sorted(names_in(rule.when) - EVENT_NAMES) if rule.when else []
        except ExpressionError as error:
            yield Problem(f"{place}.when", str(error), "Mend the condition.")
            continue
        for name in unknown:
            yield Problem(f"{place}.when", f"No event has {name!r}.", one_of(name, sorted(EVENT_NAMES)))


def criterion_items(protocol: Protocol) -> dict[str, Item]:
    """Return the items that a criterion may name: those of forms at participant level."""
    forms = [form for form in protocol.forms if form.level == "participant"]
    return {item.id: item for form in forms for item in form.items}


def _criteria(protocol: Protocol) -> Iterator[Problem]:
    known = criterion_items(protocol)
    for criterion in protocol.criteria:
        place = f"criteria.{criterion.id}.expression"
        try:
            yield from _expression(criterion, known, place)
        except ExpressionError as error:
            yield Problem(place, str(error), "Mend the expression.")


def _expression(criterion: Criterion, known: dict[str, Item], place: str) -> Iterator[Problem]:
    if not criterion.expression:
        return
    names = names_in(criterion.expression)
    for name in sorted(names - known.keys()):
        yield Problem(place, f"It names the item {name!r}, which no form has.", one_of(name, known))
    asked = [known[name] for name in names & known.keys()]
    if any(item.type == "text" for item in asked):
        return  # free text may be compared with anything
    choices = sorted({choice for item in asked for choice in item.choices})
    for text in sorted(texts_in(criterion.expression).difference(choices)):
        yield Problem(place, f"It compares with {text!r}, which is no choice of its items.", one_of(text, choices))


def _visits(protocol: Protocol, visits: Iterable[Visit], place: str) -> Iterator[Problem]:
    known = [form.id for form in protocol.forms]
    for visit in visits:
        here = f"{place}.{visit.id}"
        yield from _window(visit, here)
        for name in visit.forms:
            if name not in known:
                yield Problem(
                    f"{here}.forms",
                    f"It asks for the form {name!r}, which is not there.",
                    one_of(name, known),
                )


def _window(visit: Visit, place: str) -> Iterator[Problem]:
    first, last = visit.window
    if first > last:
        yield Problem(
            f"{place}.window",
            f"The window [{first}, {last}] is upside down.",
            f"Write the earlier day first: [{last}, {first}].",
        )
    elif not first <= visit.day <= last:
        yield Problem(
            f"{place}.day",
            f"Day {visit.day} lies outside the window [{first}, {last}].",
            "Widen the window or move the day.",
        )


def _forms(protocol: Protocol) -> Iterator[Problem]:
    for form in protocol.forms:
        yield from form_problems(form)


def _endpoints(endpoints: Iterable[Endpoint], real: Protocol, place: str) -> Iterator[Problem]:
    known = [visit.id for visit in real.visits]
    for endpoint in endpoints:
        here = f"{place}.{endpoint.id}"
        if endpoint.visit not in known:
            yield Problem(
                f"{here}.visit",
                f"The visit {endpoint.visit!r} is not planned.",
                one_of(endpoint.visit, known),
            )
        yield from estimand_problems(endpoint, known, here)
        yield from _sizes(endpoint, real, f"{here}.sizes")
        unit = COMPARED.get(endpoint.contrast, real.allocation.unit)
        if real.allocation.unit != unit:
            yield Problem(
                f"{here}.contrast",
                f"A contrast {endpoint.contrast!r} needs allocation of each {unit}, "
                f"and the allocation is by {real.allocation.unit!r}.",
                "Change the contrast or the allocation.",
            )


def _sizes(endpoint: Endpoint, real: Protocol, place: str) -> Iterator[Problem]:
    missing = [name for name in READS if not any(form.id == name for form in real.forms)]
    if endpoint.sized_by == "reads" and missing:
        what = f"It takes the sizes of blinded readers, and there is no form {', '.join(missing)}."
        yield Problem(place, what, "Name the forms of the reads in use_forms.")


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
            yield Problem(f"{place}.strata", f"There is no item {name!r} to stratify by.", one_of(name, known))


def _variant(protocol: Protocol, variant: Variant) -> Iterator[Problem]:
    """Check what the variant brings, in the protocol that it makes."""
    place = f"control.variants.{variant.id}"
    for group in ("arms", "visits", "endpoints"):
        yield from _twice(f"{place}.{group}", [part.id for part in getattr(variant, group)])
    yield from _visits(protocol, variant.visits, f"{place}.visits")
    real = made_real(protocol, variant)
    yield from _endpoints(variant.endpoints, real, f"{place}.endpoints")
    yield from _allocation(real, f"{place}.allocation")
