"""Whether a condition of a registry record is one of the person: by the words that registries use for our codes."""

import csv
from collections.abc import Mapping, Sequence
from functools import cache
from importlib.resources import files
from typing import Literal, NamedTuple

from calcitrial.matching.facts import Facts
from calcitrial.registrations import Statement, searchable

Truth = Literal["true", "false", "unknown"]
# Words of a coded name that say nothing of the disease.
EMPTY = frozenset(
    {"a", "an", "and", "by", "disease", "disorder", "due", "in", "induced", "nos", "not", "of", "or", "other"}
    | {"specified", "syndrome", "the", "unspecified", "with"}
)


class Way(NamedTuple):
    """One way in which a record may name a disease: all of these words, and whether that is certain to mean it."""

    words: frozenset[str]
    text: str
    certain: bool
    note: str


@cache
def _table() -> Mapping[tuple[str, str], tuple[Way, ...]]:
    text = (files("calcitrial.matching") / "record_words.csv").read_text("utf-8")
    found: dict[tuple[str, str], tuple[Way, ...]] = {}
    for row in csv.DictReader(text.splitlines()):
        way = Way(frozenset(row["words"].split()), row["words"], row["certain"] == "yes", row["note"])
        found[row["item"], row["value"]] = (*found.get((row["item"], row["value"]), ()), way)
    return found


def ways_of(facts: Facts) -> tuple[Way, ...]:
    """Return how records may name what the person has: by our table for our codes, else by the words of the file."""
    coded = [("diagnosis", one) for one in facts.diagnoses]
    coded += [("lesion_type", value)] if (value := facts.values.get("lesion_type")) else []
    ways = [way for pair in coded for way in _table().get(pair, ())]
    for name in facts.illnesses:
        words = [word for word in searchable(name).split() if word not in EMPTY]
        if words:
            ways.append(Way(frozenset(words), " ".join(words), True, ""))
    return tuple(dict.fromkeys(ways))


def illness_named(one: Statement, facts: Facts) -> tuple[Truth, str]:
    """Return whether a record names a disease of the person; never false, since not all that a person has is known."""
    named = one.facets.conditions
    if not named:
        return "unknown", "the record names no condition"
    doubts: list[str] = []
    for text in named:
        there = frozenset(searchable(text).split())
        found = [way for way in ways_of(facts) if way.words <= there]
        for way in found:
            told, why = _meant(text, there, way, found)
            if told:
                return "true", f"the record names {text!r}"
            doubts.append(f"the record names {text!r}: {why}")
    if doubts:
        return "unknown", doubts[0]
    return "unknown", f"the record names {', '.join(named[:4])}; none is known of the person"


def _meant(text: str, there: frozenset[str], way: Way, found: Sequence[Way]) -> tuple[bool, str]:
    if not way.certain:
        return False, way.note
    other = "juvenile" in there and "juvenile" not in way.words and not any("juvenile" in one.words for one in found)
    return (False, "the form of children may be meant") if other else (True, text)
