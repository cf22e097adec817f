"""The words of protocols and registries that pages show: labels and notes of facts, WHO items, states, countries.

What a source itself says is quoted as it stands; these are the words around it, and our own notes on it.
"""

import ast
import csv
from collections.abc import Iterator
from pathlib import Path

from calcitrial.exchange import ITEMS
from calcitrial.imaging.lesion import CALIBRATION_SOURCE
from calcitrial.people import tasks
from calcitrial.protocol import SHIPPED, Protocol, load
from calcitrial.registrations import CREDIT, STATUSES
from calcitrial.registrations.compare import NO_FIELD

PACKAGE = Path(__file__).parents[1] / "src" / "calcitrial"
COUNTRIES = PACKAGE / "registrations" / "countries.csv"
SHEET = PACKAGE / "safety_desk" / "event_report.py"
# Put together where they are shown, so that no list holds them.
SHOWN = (
    *("postal code", "town", "Protocol {id}", "{label} (WHO item {who})", "Primary", "Secondary", "chosen"),
    *("Events", "Mass", "years", "weeks", "months", "the physician's", "Unscheduled {visit}", "partial"),
    *("Dermatomyositis", "Bone", "{what} (while causality is not judged)", "follow-up {sent}"),
    "There is no trial {name} in this registry.",
    "Search for it, or import its registry file.",
    *("{participant} cannot be enrolled: {points}", "{id} ({text}) is not met.", "{id} ({text}) is not known."),
    *("sponsor", "SERIOUS", "authorities", "ethics committee", "safety board"),
    "interventional; open label; phase 2; stages: screening, treatment, follow-up",
)


def of_sources() -> Iterator[str]:
    """Yield every such text."""
    yield from (*ITEMS.values(), *STATUSES.values(), *SHOWN, CALIBRATION_SOURCE, CREDIT, NO_FIELD)
    with COUNTRIES.open(encoding="utf-8", newline="") as lines:
        yield from (line["name"] for line in csv.DictReader(lines))
    yield from (*_of_sheet(), *tasks())
    for name in SHIPPED:
        for variant in ("", *(one.id for one in load(name).control.variants)):
            yield from _of_protocol(load(name, variant))


def _of_sheet() -> Iterator[str]:
    """Yield the headings and labels of the report of a serious event: `yield "Sex", …`, `("Person", …)`."""
    for node in ast.walk(ast.parse(SHEET.read_text("utf-8"))):
        first = node.elts[0] if isinstance(node, ast.Tuple) and len(node.elts) == 2 else None
        if isinstance(first, ast.Constant) and isinstance(first.value, str):
            yield first.value


def _of_protocol(protocol: Protocol) -> Iterator[str]:
    facts = (*protocol.facts.values(), *protocol.lesions.values(), *protocol.dose.values())
    yield from (fact.label for fact in facts)
    yield from (endpoint.label for endpoint in protocol.endpoints)
    noted = (*facts, *protocol.criteria, *protocol.endpoints, *protocol.people, *protocol.sites, *protocol.visits)
    noted += (protocol.control, *protocol.control.variants, *protocol.stopping_rules)
    yield from (one.note for one in noted)
