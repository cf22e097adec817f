"""The protocol as a page: every fact with how well it is known and where it was read."""

from collections.abc import Iterable
from dataclasses import dataclass

from calcitrial.protocol import SIZED_BY, Endpoint, Fact, Protocol, Sourced, rule_in_words

# How well a fact is known, in the page's words; the sign repeats in shape what the colour says.
STATUS = {
    "seen": ("●", "seen"),
    "derived": ("●", "derived"),
    "inferred": ("◐", "inferred"),
    "partial": ("◐", "partly seen"),
    "conflict": ("≠", "sources differ"),
    "assumed": ("△", "assumed"),
    "unspecified": ("○", "not public"),
}


@dataclass(frozen=True)
class Line:
    """One sourced part as a line: heading, text, status with its sign, sources by key, and note."""

    heading: str
    text: str
    status: str
    sign: str
    words: str
    sources: tuple[str, ...]
    note: str
    more: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True)
class Section:
    """A titled group of lines."""

    id: str
    title: str
    lines: tuple[Line, ...]


def sections(protocol: Protocol) -> list[Section]:
    """Return the whole protocol as sections of lines; sections without lines are left out."""
    found = [
        Section("facts", "Facts", tuple(_fact(fact) for fact in _in_who_order(protocol.facts.values()))),
        Section("control", "Control", (_control(protocol),)),
        Section("visits", "Visits", tuple(_visits(protocol))),
        Section("inclusion", "Inclusion criteria", tuple(_criteria(protocol, "inclusion"))),
        Section("exclusion", "Exclusion criteria", tuple(_criteria(protocol, "exclusion"))),
        Section("lesions", "Lesions", tuple(_fact(fact) for fact in protocol.lesions.values())),
        Section("dose", "Dose", tuple(_fact(fact) for fact in protocol.dose.values())),
        Section("endpoints", "Endpoints", tuple(_endpoint(protocol, one) for one in protocol.endpoints)),
        Section("checks", "Edit checks", tuple(_checks(protocol))),
        Section("stopping", "Stopping rules", tuple(_line(r.id, r.text, r) for r in protocol.stopping_rules)),
        Section("people", "People", tuple(_line(p.name, f"{p.role} {p.site}".strip(), p) for p in protocol.people)),
        Section("sites", "Sites", tuple(_line(s.name, s.country, s) for s in protocol.sites)),
    ]
    return [section for section in found if section.lines]


SEVERITY = {
    "hard": "refused",
    "soft": "must be confirmed",
    "query": "becomes a query",
}


def _checks(protocol: Protocol) -> Iterable[Line]:
    """Yield every check among answers, with what happens where it fails; limits of single items stand in the forms."""
    for form in protocol.forms:
        for one in form.checks:
            others = tuple((name, at) for name, at in sorted(one.others.items()))
            rule = rule_in_words(form, one.rule)
            if one.present:
                items = [item.label for item in form.items if item.id in one.present]
                rule = f"where {rule}: answered are {', '.join(f'“{label}”' for label in items)}"
            words = SEVERITY[one.severity]
            yield Line(f"{form.label}: {one.message}", rule, "assumed", "△", words, (), "", others)


def _line(heading: str, text: str, part: Sourced, more: tuple[tuple[str, str], ...] = ()) -> Line:
    sign, words = STATUS[part.status]
    return Line(heading, text, part.status, sign, words, part.source, part.note, more)


def _in_who_order(facts: Iterable[Fact]) -> list[Fact]:
    """Return the items of the WHO data set by their number (13 before 13.1), then the other facts by label."""
    return sorted(facts, key=lambda f: (not f.who, [int(part) for part in f.who.split(".") if part], f.label))


def _fact(fact: Fact) -> Line:
    value = fact.value
    if isinstance(value, tuple):
        value = "; ".join(str(part) for part in value)
    heading = f"{fact.label} (WHO item {fact.who})" if fact.who else fact.label
    return _line(heading, "" if value is None else f"{value} {fact.unit}".strip(), fact)


def _control(protocol: Protocol) -> Line:
    control = protocol.control
    chosen = next((variant.label for variant in control.variants if variant.id == control.chosen), "")
    offered = tuple(("Variant", variant.label) for variant in control.variants)
    arms = tuple(("Arm", f"{arm.id}: {arm.label}") for arm in protocol.arms)
    return _line(control.kind, f"chosen: {chosen}" if chosen else "", control, arms + offered)


def _visits(protocol: Protocol) -> Iterable[Line]:
    names = {form.id: form.label for form in protocol.forms}
    for visit in protocol.visits:
        first, last = visit.window
        text = f"day {visit.day}, window {first} to {last}"
        forms = ", ".join(names[form] for form in visit.forms)
        yield _line(f"{visit.id}: {visit.label}", text, visit, (("Forms", forms),) if forms else ())


def _criteria(protocol: Protocol, kind: str) -> Iterable[Line]:
    for criterion in protocol.criteria:
        if criterion.type == kind:
            rule = (("Rule", criterion.expression),) if criterion.expression else ()
            yield _line(criterion.id, criterion.text, criterion, rule)


def _endpoint(protocol: Protocol, endpoint: Endpoint) -> Line:
    visit = protocol.visit(endpoint.visit)
    estimand = endpoint.estimand
    more = (
        ("Outcome", f"{endpoint.outcome} at {visit.label if visit else endpoint.visit}"),
        ("Comparison", endpoint.contrast.replace("_", " ")),
        ("Model", endpoint.formula),
        ("Population", estimand.population),
        ("Unit", estimand.unit),
        ("Treatment", estimand.treatment),
        ("Variable", estimand.variable),
        *((("Sizes", SIZED_BY[endpoint.sized_by]),) if endpoint.sizes else ()),
        ("Intercurrent events", estimand.events_in_words),
        ("Summary", estimand.summary),
    )
    return _line(f"{endpoint.role.capitalize()}: {endpoint.label}", "", endpoint, more)
