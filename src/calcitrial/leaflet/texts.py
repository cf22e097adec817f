"""The texts of the public pages in one language, and the words of a protocol put into it."""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from calcitrial.claims import MONTHS
from calcitrial.protocol import Fact, Problem, refuse

HERE = Path(__file__).parent
LANGUAGES = ("en", "fr")
Words = Mapping[str, str]


@dataclass(frozen=True)
class Texts:
    """What a page says in one language; `plain` holds the plain words of each study by place of its protocol."""

    language: str
    parts: Words
    house: Words
    fact: Words
    gap: Words
    words: Words
    kinds: Words
    conditions: Words
    routes: Words
    kinds_of_visit: Words
    forms: Words
    english: Words
    labels: Words
    page: Words
    fit: Words
    plain: Mapping[str, Words]

    def word(self, text: str) -> str:
        """Return the words of a protocol or report (English) in this language; as they are when nobody put them so."""
        return self.english.get(text, text)

    def value(self, fact: Fact) -> str:
        """Return the value of a fact: words put into the language, dates written out, with its unit."""
        return f"{self.number(fact)} {self.word(fact.unit)}".strip()

    def number(self, fact: Fact) -> str:
        """Return the same without the unit."""
        values = fact.value if isinstance(fact.value, tuple) else (fact.value,)
        said = [self._one(str(value)) for value in values if value is not None]
        joint = f" {self.words['and']} " if fact.status == "conflict" else ", "
        return joint.join(said)

    def condition_list(self, codes: list[str]) -> str:
        """Return the names of conditions, with commas."""
        return ", ".join(self.conditions.get(code, code) for code in codes)

    def _one(self, value: str) -> str:
        parts = value.split("-")
        if not (2 <= len(parts) <= 3 and len(parts[0]) == 4 and all(part.isdigit() for part in parts)):
            return self.word(value)
        day = f"{int(parts[2])} " if len(parts) == 3 else ""
        return f"{day}{MONTHS[self.language][int(parts[1]) - 1]} {parts[0]}"


@cache
def texts_in(language: str) -> Texts:
    """Return the texts of a language; RefusedError for one that has none."""
    if language not in LANGUAGES:
        problem = Problem("language", f"There is no page in {language!r}.", f"Languages: {', '.join(LANGUAGES)}.")
        refuse([problem])
    return Texts(language=language, **tomllib.loads((HERE / f"texts_{language}.toml").read_text("utf-8")))
