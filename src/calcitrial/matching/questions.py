"""The criteria of a trial as questions in plain words, and who can answer each: the person, or the site."""

import csv
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from types import MappingProxyType
from typing import Literal

from calcitrial.matching.rules import still_asked
from calcitrial.protocol import Item, Protocol, criterion_items

AskedOf = Literal["person", "site"]


@dataclass(frozen=True)
class Question:
    """One item of the criteria as it is asked: of whom, and its words by language ('en', 'fr')."""

    item: Item
    asked_of: AskedOf
    words: Mapping[str, str]

    def text(self, language: str) -> str:
        """Return the words in a language; in English where there are none."""
        return self.words.get(language) or self.words["en"]


@cache
def _table() -> Mapping[str, tuple[AskedOf, Mapping[str, str]]]:
    text = (files("calcitrial.matching") / "questions.csv").read_text("utf-8")
    found: dict[str, tuple[AskedOf, Mapping[str, str]]] = {}
    for row in csv.DictReader(text.splitlines()):
        found[row["item"]] = ("site" if row["asked_of"] == "site" else "person", {"en": row["en"], "fr": row["fr"]})
    return MappingProxyType(found)


def question_of(item: Item) -> Question:
    """Return how an item is asked; one that the table does not know is asked by its label, at the site."""
    asked_of, words = _table().get(item.id, ("site", {"en": f"{item.label}: the site asks."}))
    return Question(item, asked_of, words)


def questions_of(protocol: Protocol) -> tuple[Question, ...]:
    """Return every question that the criteria of a trial ask, in their order, each once."""
    items = criterion_items(protocol)
    return tuple(question_of(items[name]) for name in still_asked(protocol, {}) if name in items)
