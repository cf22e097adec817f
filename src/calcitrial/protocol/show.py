"""The protocol as a plain page that a physician can read: what is known, how well, and what is missing."""

import textwrap
from collections.abc import Iterable, Iterator

from calcitrial.protocol.gaps import assumed, gaps, said
from calcitrial.protocol.schema import SIZED_BY, Criterion, Endpoint, Fact, Protocol, Sourced, Variant, Visit

WIDTH = 100
MARKS = {
    "seen": "seen",
    "derived": "derived",
    "inferred": "inferred",
    "partial": "in part",
    "conflict": "CONFLICT",
    "assumed": "ASSUMED",
    "unspecified": "NOT PUBLIC",
}
LEGEND = (
    "seen: read in a public copy. derived: computed from such. inferred: concluded from such. "
    "in part: public only in part. CONFLICT: public copies differ. ASSUMED: our proposal. "
    "NOT PUBLIC: in no public copy read. Numbers in brackets are sources."
)
# The registry's items that answer a reader's first questions (numbers of the WHO data set).
FIRST = {"13": "What", "12": "In whom", "13.1": "Against", "5": "Who runs it", "17": "How many"}


def show(protocol: Protocol) -> str:
    """Return the protocol as plain text of about 100 columns, ending in the numbered sources."""
    sections = {
        "In short": _in_short(protocol),
        "Registered facts (WHO trial registration data set)": _facts(protocol, registered=True),
        "More that is public": _facts(protocol, registered=False),
        "People and sites": _people(protocol),
        "Who can take part": _criteria(protocol, "inclusion"),
        "Who cannot": _criteria(protocol, "exclusion"),
        "Control": _control(protocol),
        "Visits": _visits(protocol),
        "Lesions": _group(protocol, protocol.lesions.values()),
        "Dose and limits": _group(protocol, protocol.dose.values()),
        "Endpoints": _endpoints(protocol),
        "Stopping rules": (_row(protocol, rule, rule.text) for rule in protocol.stopping_rules),
        "What is not public": (_bullet(gap) for gap in gaps(protocol)),
        "What we propose (assumed)": _proposals(protocol),
        "Sources": _sources(protocol),
    }
    blocks = [_head(protocol), *(_section(name, lines) for name, lines in sections.items())]
    return "\n\n".join(blocks) + "\n"


def _head(protocol: Protocol) -> str:
    lines = [*_wrap(protocol.name, 0), f"{protocol.id}, version {protocol.version}"]
    return "\n".join([*lines, f"digest {protocol.digest}", "", *_wrap(LEGEND, 0)])


def _section(name: str, lines: Iterable[str]) -> str:
    body = list(lines) or ["  None."]
    return "\n".join([name.upper(), *body])


def _wrap(text: str, indent: int, first: str = "") -> list[str]:
    return textwrap.wrap(
        text,
        WIDTH,
        initial_indent=first or " " * indent,
        subsequent_indent=" " * indent,
        break_long_words=False,
        break_on_hyphens=False,
    )


def _row(protocol: Protocol, part: Sourced, text: str, note: bool = False) -> str:
    """Return a line with the mark of its status in front, its sources at the end, its note below."""
    lines = _wrap(f"{text}{_numbers(protocol, part)}", 14, f"  {MARKS[part.status]:<12}")
    return "\n".join([*lines, *(_wrap(part.note, 16) if note else [])])


def _bullet(text: str) -> str:
    return "\n".join(_wrap(text, 4, "  - "))


def _numbers(protocol: Protocol, part: Sourced) -> str:
    order = list(protocol.sources)
    return "".join(f" [{order.index(name) + 1}]" for name in part.source)


def _in_short(protocol: Protocol) -> Iterator[str]:
    by_number = {fact.who: fact for fact in reversed(protocol.facts.values())}
    chosen = {word: by_number.get(number) for number, word in FIRST.items()}
    chosen["Why"] = protocol.facts.get("objective")
    for word, fact in chosen.items():
        if fact is not None:
            yield _row(protocol, fact, f"{word}: {said(fact)}")


def _facts(protocol: Protocol, registered: bool) -> Iterator[str]:
    yield from _group(protocol, (fact for fact in protocol.facts.values() if bool(fact.who) == registered))


def _group(protocol: Protocol, facts: Iterable[Fact]) -> Iterator[str]:
    for fact in facts:
        number = f"{fact.who}. " if fact.who else ""
        yield _row(protocol, fact, f"{number}{fact.label}: {said(fact)}", note=True)


def _people(protocol: Protocol) -> Iterator[str]:
    for person in protocol.people:
        at = f", {person.site}" if person.site else ""
        yield _row(protocol, person, f"{person.name}: {person.role}{at}", note=True)
    for site in protocol.sites:
        yield _row(protocol, site, f"{site.id}: {site.name}, {site.country}", note=True)


def _criteria(protocol: Protocol, kind: str) -> Iterator[str]:
    for criterion in protocol.criteria:
        if criterion.type == kind:
            yield _row(protocol, criterion, _criterion(criterion), note=True)


def _criterion(criterion: Criterion) -> str:
    by_hand = "" if criterion.expression else " (a person must answer)"
    return f"{criterion.id}: {criterion.text}{by_hand}"


def _control(protocol: Protocol) -> Iterator[str]:
    control = protocol.control
    yield _row(protocol, control, f"Kind of control: {control.kind}", note=True)
    for variant in control.variants:
        chosen = "CHOSEN: " if variant.id == control.chosen else ""
        yield _row(protocol, variant, f"{chosen}{variant.id}: {_variant(variant)}", note=True)
    for arm in protocol.arms:
        yield _bullet(f"Arm {arm.id}: {arm.label} ({'treated' if arm.treated else 'not treated'})")


def _variant(variant: Variant) -> str:
    plan = variant.allocation
    arms = " or ".join(arm.id for arm in variant.arms)
    if plan.unit == "none":
        return f"{variant.label}. Everybody is {arms}."
    ratio, strata = ":".join(map(str, plan.ratio)), ", ".join(plan.strata)
    within = f", within {strata}" if strata else ""
    return f"{variant.label}. Each {plan.unit} is {arms}, {ratio} in blocks of {plan.block}{within}."


def _visits(protocol: Protocol) -> Iterator[str]:
    yield f"  {'status':<12}{'visit':<7}{'day':>5}  {'window':<14}what is done"
    for visit in protocol.visits:
        yield "\n".join(_visit(protocol, visit))


def _visit(protocol: Protocol, visit: Visit) -> list[str]:
    window = f"{visit.window[0]} to {visit.window[1]}"
    first = f"  {MARKS[visit.status]:<12}{visit.id:<7}{visit.day:>5}  {window:<14}"
    forms = (protocol.form(name) for name in visit.forms)
    done = [form.label for form in forms if form is not None and not form.opens]
    return _wrap(f"{visit.label}. {'; '.join(done)}{_numbers(protocol, visit)}", 42, first)


def _endpoints(protocol: Protocol) -> Iterator[str]:
    for endpoint in protocol.endpoints:
        yield from _endpoint(protocol, endpoint)
    for variant in () if protocol.control.chosen else protocol.control.variants:
        for endpoint in variant.endpoints:
            text = f"{endpoint.role.capitalize()}, if the control is {variant.id}: {endpoint.label}"
            yield _row(protocol, endpoint, text)


def _endpoint(protocol: Protocol, endpoint: Endpoint) -> Iterator[str]:
    yield _row(protocol, endpoint, f"{endpoint.role.capitalize()}: {endpoint.label}", note=True)
    if endpoint.sizes is not None:
        yield _row(protocol, endpoint.sizes, f"Sizes: {SIZED_BY[endpoint.sizes.by]}", note=True)
    estimand = endpoint.estimand
    words = {
        "In": f"{estimand.population}; counted by {estimand.unit}",
        "Treatment": estimand.treatment,
        "Variable": f"{estimand.variable} (outcome {endpoint.outcome}, visit {endpoint.visit})",
        "If something intervenes": estimand.events_in_words,
        "Summary": estimand.summary,
        "Model": endpoint.formula,
    }
    for name, text in words.items():
        yield "\n".join(_wrap(f"{name}: {text}", 18, " " * 16))


def _proposals(protocol: Protocol) -> Iterator[str]:
    yield _bullet(f"The forms and their items: {', '.join(form.label for form in protocol.forms)}")
    for line in assumed(protocol):
        yield _bullet(line)


def _sources(protocol: Protocol) -> Iterator[str]:
    for number, source in enumerate(protocol.sources.values(), start=1):
        note = f" ({source.note})" if source.note else ""
        yield "\n".join(_wrap(f"{source.title}{note}. {source.url}".strip(), 7, f"  [{number:>2}] "))
