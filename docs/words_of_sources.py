"""The words of protocols and registries that pages show: labels and notes of facts, WHO items, states, countries.

What a source itself says is quoted as it stands; these are the words around it, and our own notes on it.
"""

import csv
from collections.abc import Iterator
from pathlib import Path

from calcitrial.exchange import ITEMS
from calcitrial.imaging.lesion import CALIBRATION_SOURCE
from calcitrial.protocol import SHIPPED, Protocol, load
from calcitrial.registrations import CREDIT, STATUSES
from calcitrial.registrations.compare import NO_FIELD

COUNTRIES = Path(__file__).parents[1] / "src" / "calcitrial" / "registrations" / "countries.csv"
# Put together where they are shown, so that no list holds them.
SHOWN = (
    *("postal code", "town", "Protocol {id}", "{label} (WHO item {who})", "Primary", "Secondary", "chosen"),
    *("Events", "Mass", "years", "weeks", "months", "the physician's", "Unscheduled {visit}", "partial"),
    *("Dermatomyositis", "Bone"),
)


def of_sources() -> Iterator[str]:
    """Yield every such text."""
    yield from (*ITEMS.values(), *STATUSES.values(), *SHOWN, CALIBRATION_SOURCE, CREDIT, NO_FIELD)
    with COUNTRIES.open(encoding="utf-8", newline="") as lines:
        yield from (line["name"] for line in csv.DictReader(lines))
    for name in SHIPPED:
        for variant in ("", *(one.id for one in load(name).control.variants)):
            yield from _of_protocol(load(name, variant))


def _of_protocol(protocol: Protocol) -> Iterator[str]:
    facts = (*protocol.facts.values(), *protocol.lesions.values(), *protocol.dose.values())
    yield from (fact.label for fact in facts)
    yield from (endpoint.label for endpoint in protocol.endpoints)
    noted = (*facts, *protocol.criteria, *protocol.endpoints, *protocol.people, *protocol.sites, *protocol.visits)
    noted += (protocol.control, *protocol.control.variants, *protocol.stopping_rules)
    yield from (one.note for one in noted)
