"""The WHO Trial Registration Data Set (24 items) of a protocol, its gaps left visible.

The items are those of the WHO International Clinical Trials Registry Platform, version 1.3.1; 13.1 is ours and
tells the comparator apart from the intervention. A fact of a protocol names its item by number (`who`).
"""

import csv
import io
from collections.abc import Sequence
from dataclasses import asdict, dataclass, fields

import orjson

from calcitrial.protocol import Fact, Problem, Protocol, refuse

ITEMS = {
    "1": "Primary registry and trial identifying number",
    "2": "Date of registration in primary registry",
    "3": "Secondary identifying numbers",
    "4": "Source(s) of monetary or material support",
    "5": "Primary sponsor",
    "6": "Secondary sponsor(s)",
    "7": "Contact for public queries",
    "8": "Contact for scientific queries",
    "9": "Public title",
    "10": "Scientific title",
    "11": "Countries of recruitment",
    "12": "Health condition(s) or problem(s) studied",
    "13": "Intervention(s)",
    "13.1": "Comparator",
    "14": "Key inclusion and exclusion criteria",
    "15": "Study type",
    "16": "Date of first enrolment",
    "17": "Sample size",
    "18": "Recruitment status",
    "19": "Primary outcome(s)",
    "20": "Key secondary outcomes",
    "21": "Ethics review",
    "22": "Completion date",
    "23": "Summary results",
    "24": "Statement on sharing of individual participant data",
}
# From the least to the best known; an item of several facts is as well known as the least of them.
STANDING = ("conflict", "assumed", "inferred", "derived", "seen")


@dataclass(frozen=True)
class WhoItem:
    """One item: its number, name, value ('' when unspecified), status, addresses of its sources, and note."""

    number: str
    name: str
    value: str
    status: str
    sources: tuple[str, ...]
    note: str


def who_items(protocol: Protocol) -> tuple[WhoItem, ...]:
    """Return all 25 items in order, those without a public value as 'unspecified'.

    An item is 'partial' when one of its facts is, or when only some are specified. Raises RefusedError when a
    fact names an item that does not exist.
    """
    numbered = [(name, fact) for name, fact in protocol.facts.items() if fact.who]
    wrong = [(name, fact.who) for name, fact in numbered if fact.who not in ITEMS]
    known = f"Items are 1 to {len(ITEMS) - 1}, and 13.1."
    refuse([Problem(f"facts.{name}.who", f"There is no item {number!r}.", known) for name, number in wrong])
    return tuple(
        _item(protocol, number, name, [fact for _name, fact in numbered if fact.who == number])
        for number, name in ITEMS.items()
    )


def to_csv(protocol: Protocol) -> str:
    """Return the items as CSV text with a header; several sources are separated by ' ; '."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow([field.name for field in fields(WhoItem)])
    for item in who_items(protocol):
        writer.writerow([item.number, item.name, item.value, item.status, " ; ".join(item.sources), item.note])
    return text.getvalue()


def to_json(protocol: Protocol) -> str:
    """Return the items as JSON with the trial, the digest of its definition, and the numbers of the gaps."""
    items = who_items(protocol)
    content = {
        "trial": protocol.id,
        "definition": protocol.digest,
        "gaps": [item.number for item in items if item.status == "unspecified"],
        "items": [asdict(item) for item in items],
    }
    return orjson.dumps(content, option=orjson.OPT_INDENT_2).decode()


def _item(protocol: Protocol, number: str, name: str, facts: Sequence[Fact]) -> WhoItem:
    if not facts:
        return WhoItem(number, name, "", "unspecified", (), "No fact of the protocol speaks of it.")
    value = "; ".join(text for text in map(_value, facts) if text)
    read_at = dict.fromkeys(source for fact in facts for source in fact.source)
    sources = tuple(protocol.sources[source].url or protocol.sources[source].title for source in read_at)
    note = " ".join(fact.note for fact in facts if fact.note)
    return WhoItem(number, name, value, _status(facts), sources, note)


def _value(fact: Fact) -> str:
    if fact.value is None:
        return ""
    parts = fact.value if isinstance(fact.value, tuple) else (fact.value,)
    joint = " / " if fact.status == "conflict" else "; "
    return f"{joint.join(str(part) for part in parts)} {fact.unit}".strip()


def _status(facts: Sequence[Fact]) -> str:
    given = {fact.status for fact in facts}
    if len(given) == 1:
        return given.pop()
    if given & {"partial", "unspecified"}:
        return "partial"
    return min(given, key=STANDING.index)
