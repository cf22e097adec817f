"""What the public record says about the trial, item by item, with its gaps printed as gaps."""

from collections.abc import Iterable, Sequence

from calcitrial.documents import Block, Gap, Listing, Paragraph, Table, Value
from calcitrial.protocol import Fact, Protocol, Visit, gaps

STATUS_WORDS = {
    "seen": "read in the source",
    "derived": "derived from the source",
    "inferred": "inferred",
    "partial": "known in part",
    "conflict": "sources disagree",
    "assumed": "assumed by this project",
    "unspecified": "not public",
}


def trial(protocol: Protocol) -> Iterable[Block]:
    """Yield every fact of the protocol with its source, the control, the visits, and what else is not public."""
    unknown = sum(fact.status == "unspecified" for fact in protocol.facts.values())
    yield Paragraph(
        f"What the public record says about this trial, item by item. {unknown} of {len(protocol.facts)} items are "
        "not public and are shown as gaps. Numbers in brackets name the source in the list at the end."
    )
    numbers = {name: place for place, name in enumerate(protocol.sources, 1)}
    groups = (
        ("Registration items (WHO data set)", sorted((f for f in protocol.facts.values() if f.who), key=_who)),
        ("Further facts", [f for f in protocol.facts.values() if not f.who]),
        ("Dose", list(protocol.dose.values())),
        ("Lesions", list(protocol.lesions.values())),
    )
    for caption, facts in groups:
        rows = tuple(_fact(fact, numbers) for fact in facts)
        if rows:
            yield Table(caption, ("Item", "What is known", "How well", "Source"), rows, 4)
    yield from _control(protocol)
    yield from _schedule(protocol)
    yield from _missing(protocol)


def _who(fact: Fact) -> tuple[int, ...]:
    return tuple(int(part) for part in fact.who.split("."))


def _fact(fact: Fact, numbers: dict[str, int]) -> tuple[Value, ...]:
    who = f" [WHO {fact.who}]" if fact.who else ""
    known: Value = Gap()
    if isinstance(fact.value, tuple):
        known = "; ".join(str(value) for value in fact.value)
    elif fact.value is not None:
        known = f"{fact.value} {fact.unit}".strip()
    how: Value = Gap("gap") if fact.value is None else STATUS_WORDS[fact.status]
    return f"{fact.label}{who}", known, how, _cited(fact.source, numbers)


def _cited(names: Sequence[str], numbers: dict[str, int]) -> str:
    return ", ".join(f"[{numbers[name]}]" for name in names)


def _control(protocol: Protocol) -> Iterable[Block]:
    control = protocol.control
    chosen = next((variant for variant in control.variants if variant.id == control.chosen), None)
    told = f"Control: {control.kind} ({STATUS_WORDS[control.status]}). {control.note}".strip()
    yield Paragraph(told, "gap" if control.status == "unspecified" else "")
    if chosen:
        yield Paragraph(f"The reading chosen for this run: {chosen.label}. {chosen.note}".strip())
    elif control.variants:
        readings = "; ".join(variant.label for variant in control.variants)
        yield Paragraph(f"No reading of the control was chosen. The protocol offers: {readings}.", "gap")


def _schedule(protocol: Protocol) -> Iterable[Block]:
    rows = tuple(_visit(visit) for visit in protocol.visits)
    if rows:
        yield Table("Visits", ("Visit", "What happens", "Day", "Window, days", "How well known"), rows, 5)
    else:
        yield Paragraph("The schedule of visits is not public.", "gap")


def _visit(visit: Visit) -> tuple[Value, ...]:
    known: Value = STATUS_WORDS[visit.status]
    if visit.status == "unspecified":
        known = Gap()
    return visit.id, visit.label, f"{visit.day}", f"{visit.window[0]} to {visit.window[1]}", known


def _missing(protocol: Protocol) -> Iterable[Block]:
    """Yield what is not public, or public in part, beside the facts: those are gaps in the tables already."""
    groups = (protocol.facts, protocol.dose, protocol.lesions)
    shown = ("Control:", *(fact.label for group in groups for fact in group.values()))
    if found := tuple(line for line in gaps(protocol) if not line.startswith(shown)):
        yield Paragraph("Not public, or only in part, besides the items above:", "gap")
        yield Listing(found)


def sources(protocol: Protocol) -> Block:
    """Return the list that the numbers in brackets point to."""
    rows = tuple(
        (f"[{place}]", source.title, source.url or source.note)
        for place, source in enumerate(protocol.sources.values(), 1)
    )
    if not rows:
        return Paragraph("The protocol names no source.", "gap")
    return Table("Sources of the facts about the trial", ("No.", "Source", "Where"), rows, 3)
