"""Sentences of the rooms in the language of the reader.

The rooms speak English and know nothing of languages: what they refuse and what they remind of are sentences with
values in them ("MTX is missing."). Here, where a page is drawn, such a sentence is known again by the template it was
made from ("{label} is missing.", collected from the source by docs/words.py), and said by the French of that template
with the same values; values that are words themselves are said in French too. Programs (API, commands) read English.
"""

import gettext
import html
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache, lru_cache
from pathlib import Path

from django import template
from django.utils.html import conditional_escape
from django.utils.safestring import SafeString
from django.utils.translation import get_language

from calcitrial.protocol import Item

LOCALE = Path(__file__).parent / "locale"
HOLE = re.compile(r"\{([A-Za-z]\w*)\}")
NUMBER = re.compile(r"([-+−]?\d+)\.(\d+)((?:\s?[%²³°µ/\w]+){0,2})")
LABEL = re.compile(r'(aria-label="|<title>|<text [^>]*>)([^"<]*[A-Za-z]{3}[^"<]*)("|<)')
# A code, a repeat or a number in front of a sentence: PIT-001, AE1, 3.
PLACE_ALONE = re.compile(r"^\S+ ?|: $")
PLACE = re.compile(r"([A-Z]{2,}[\w-]*\d[^:.]{0,40}|\d+): ")
SPAN = re.compile(r"([-−]?[\d.]+) to ([-−]?[\d.]+(?:e\+\d+)?(?:\s?[%²³°µ/\w]+)?)")
QUOTED = re.compile(r"'(.*)'|“([^“”]*)”", re.DOTALL)
COUNTED = re.compile(r"(.+) \(([^()]+)\)")
AMOUNT = re.compile(r"([-+−]?[\d.,]+) (\D.*)")
SENTENCES = re.compile(r"(?<=[.?!]) (?=[^a-z])")
# Longer texts are no sentence of ours; nobody waits for a page that somebody made slow.
LONGEST = 20_000
MOST_PARTS = 12
DEEPEST = 4

register = template.Library()


@dataclass(frozen=True)
class Phrase:
    """A sentence with holes and what it is called in another language."""

    start: str
    end: str
    found: re.Pattern[str]
    said: str
    weight: int

    def values(self, text: str) -> dict[str, str] | None:
        """Return what stands in the holes; None when the text was not made from this template."""
        if not (text.startswith(self.start) and text.endswith(self.end)):
            return None
        match = self.found.fullmatch(text)
        return match.groupdict() if match else None

    def filled(self, values: Mapping[str, str]) -> str:
        """Return what the phrase is called, with values in its holes."""
        return HOLE.sub(lambda hole: values[hole[1]], self.said)


class Phrasebook:
    """What the sentences of the program are called in one other language."""

    def __init__(self, words: Mapping[str, str]) -> None:
        self.words = words
        made = [_phrase(text, said) for text, said in words.items() if HOLE.search(text)]
        # The template with the most words of its own says most exactly what is meant.
        self.phrases = sorted(made, key=lambda one: (-one.weight, one.found.pattern))
        self.say: Callable[[str], str] = lru_cache(maxsize=8192)(self._say)

    def _say(self, text: str) -> str:
        if len(text) > LONGEST:
            return text
        if "\n" in text:
            return "\n".join(self.say(line) for line in text.split("\n"))
        place = PLACE.match(text)
        if place and not self._holds(place[0], text):
            return f"{place[1]}\N{NO-BREAK SPACE}: {self.say(text[place.end() :])}"
        return self._sentences(text, 0)

    def _holds(self, head: str, text: str) -> bool:
        """Return whether a head such as `PIT-001 cannot be enrolled: ` is part of a template, and so no mere place."""
        words = PLACE_ALONE.sub("", head)
        found = (phrase.values(text) for phrase in self.phrases if words and re.escape(words) in phrase.found.pattern)
        return any(values and not any(head in one for one in values.values()) for values in found)

    def _known(self, text: str, depth: int) -> tuple[int, str] | None:
        """Return how many letters of a text are of a template's own, and what it is called; None if none made it."""
        if said := self.words.get(text):
            return len(text), said
        for phrase in self.phrases if depth <= DEEPEST else ():
            values = phrase.values(text)
            if values is not None:
                return phrase.weight, phrase.filled({name: self._value(one, depth + 1) for name, one in values.items()})
        return None

    def _sentences(self, text: str, depth: int) -> str:
        """Return a text cut into sentences so that as much of it as can be is known; the rest stays as it is."""
        parts = SENTENCES.split(text)
        if len(parts) > MOST_PARTS or depth > DEEPEST:
            return text
        # By the number of sentences from the end: how much is known, into how few it is cut, and what it is called.
        best: list[tuple[int, int, str]] = [(0, 0, "")]
        for start in reversed(range(len(parts))):
            found = []
            for end in range(start + 1, len(parts) + 1):
                known = self._known(" ".join(parts[start:end]), depth)
                if known or end == start + 1:
                    weight, said = known or (0, self._listed(parts[start], depth))
                    more, cuts, rest = best[len(parts) - end]
                    found.append((weight + more, cuts - 1, f"{said} {rest}".rstrip(" ") if rest else said))
            best.append(max(found, key=lambda one: one[:2]))
        return best[-1][2]

    def _listed(self, text: str, depth: int) -> str:
        """Return a list of words, or a sentence with its place in front; as it is where no part is known."""
        head, colon, rest = text.partition(": ")
        if not colon or depth > DEEPEST:
            return self._word(text) or self._items(text)
        said = self._value(head, depth + 1), self._sentences(rest, depth + 1)
        return text if said == (head, rest) else f"{said[0]}\N{NO-BREAK SPACE}: {said[1]}"

    def _items(self, text: str) -> str:
        """Return a list with each of its words said; names of body sites may hold a comma themselves."""
        parts, said = text.split(", "), []
        while parts:
            runs = (", ".join(parts[:upto]) for upto in range(min(len(parts), 3), 0, -1))
            run = next((run for run in runs if self._word(run)), parts[0])
            known = None if self._word(run) else self._known(run, DEEPEST)
            quoted = QUOTED.fullmatch(run)
            said.append(self._word(run) or (known[1] if known else self._value(run, DEEPEST) if quoted else run))
            parts = parts[run.count(", ") + 1 :]
        return ", ".join(said)

    def _word(self, text: str) -> str:
        """Return a word of the program, such as a label with how many of it there are; '' when it is none."""
        if said := self.words.get(text):
            return said
        if span := SPAN.fullmatch(text):
            return f"{comma(span[1])} à {comma(span[2])}"
        counted = COUNTED.fullmatch(text)
        if counted and (said := self._counted(counted[1], counted[2])):
            return said
        amount = AMOUNT.fullmatch(text)
        return f"{comma(amount[1])} {self.words[amount[2]]}" if amount and amount[2] in self.words else ""

    def _counted(self, head: str, inner: str) -> str:
        """Return a word or an amount with a remark in brackets; '' where the program knows neither."""
        known = head in self.words and (inner in self.words or " " not in inner)
        if not known and not (inner in self.words and AMOUNT.fullmatch(head)):
            return ""
        return f"{self.words.get(head) or self._word(head) or comma(head)} ({self.words.get(inner, inner)})"

    def _value(self, text: str, depth: int) -> str:
        """Return what stands in a hole: a number, a quoted value, a word or sentence of the program, or a list."""
        inner = text.strip(" ,")
        if text != inner and text not in self.words:
            known = self._known(text, depth) if inner else None
            return known[1] if known else text.replace(inner, self._value(inner, depth), 1) if inner else text
        if NUMBER.fullmatch(text):
            return comma(text)
        if quoted := QUOTED.fullmatch(text):
            return f"«\N{NO-BREAK SPACE}{quoted[1] or self.words.get(quoted[2], quoted[2])}\N{NO-BREAK SPACE}»"
        if said := self._word(text):
            return said
        if ", " in text and depth <= DEEPEST:
            return self._items(text)
        return self._sentences(text, depth)


def _phrase(text: str, said: str) -> Phrase:
    parts = HOLE.split(text)
    # A grade is one word, also where the next value follows it at once: "grade 2" before " at lesion PIT-001-L1".
    holes = [r"\S*" if part.startswith("grade") else ".*?" for part in parts]
    pattern = "".join(f"(?P<{part}>{holes[n]})" if n % 2 else re.escape(part) for n, part in enumerate(parts))
    fixed = parts[::2]
    return Phrase(fixed[0], fixed[-1], re.compile(pattern, re.DOTALL), said, sum(map(len, fixed)))


@cache
def phrasebook(language: str) -> Phrasebook:
    """Return the phrases of a language from its compiled catalogue; none for a language without one."""
    found = gettext.translation("django", LOCALE, [language], fallback=True)
    words = vars(found).get("_catalog", {})
    return Phrasebook({text: said for text, said in words.items() if isinstance(text, str) and text and said})


def spoken(text: str, language: str = "") -> str:
    """Return a sentence of the program in a language, that of the page if none is named."""
    language = language or get_language() or "en"
    return text if language.startswith("en") else phrasebook(language).say(text)


def spoken_svg(svg: str) -> str:
    """Return a drawing with its labels and titles in the language of the page."""
    return svg if (get_language() or "en").startswith("en") else LABEL.sub(_label, svg)


def _label(match: re.Match[str]) -> str:
    before, text, after = match.groups()
    return f"{before}{html.escape(spoken(html.unescape(text)))}{after}"


def comma(text: str) -> str:
    """Return a number with its decimal comma, as French writes it."""
    return NUMBER.sub(r"\1,\2\3", text)


@register.filter
def said(value: object) -> str:
    """Return a sentence of the program, or a word, in the language of the page; drawings and pages as they are."""
    return value if isinstance(value, SafeString) else spoken("" if value is None else str(value))


@register.filter
def number(value: object) -> str:
    """Return a number, with its unit if it has one, as the language of the page writes it; other texts as they are."""
    text = "" if value is None else str(value)
    return comma(text) if (get_language() or "en").startswith("fr") and NUMBER.fullmatch(text.strip()) else text


@register.simple_tag
def colon() -> str:
    """Return a colon, with the space that French sets before it."""
    return "\N{NO-BREAK SPACE}:" if (get_language() or "en").startswith("fr") else ":"


@register.filter
def quoted(value: object) -> str:
    """Return a word of the program in the quotation marks of the page's language."""
    text = said(value)
    french = (get_language() or "en").startswith("fr")
    return f"«\N{NO-BREAK SPACE}{text}\N{NO-BREAK SPACE}»" if french else f"“{text}”"


@register.filter
def unsaid(value: object) -> SafeString:
    """Return lang="en" for a text of a trial that stands in English on a page of another language."""
    text = "" if value is None else str(value)
    kept = not (get_language() or "en").startswith("en") and spoken(text) == text
    return SafeString(' lang="en"' if kept else "")


@register.filter
def told(value: object) -> str:
    """Return a word that a source or a protocol gives in the language of the page, where the program knows it whole.

    What only looks like a sentence of the program stays as the source has it: nothing of a quotation is changed.
    """
    text = "" if value is None else str(value)
    language = get_language() or "en"
    return text if language.startswith("en") else phrasebook(language).words.get(text, text)


@register.filter
def untold(value: object) -> SafeString:
    """Return lang="en" for what a source gives in English on a page of another language."""
    language = get_language() or "en"
    known = language.startswith("en") or str(value or "") in phrasebook(language).words
    return SafeString("" if known else ' lang="en"')


@register.filter
def shown(value: object, item: Item) -> str:
    """Return a value of an item: a choice in the language of the page, anything else as it was typed."""
    text = "" if value is None else str(value)
    return spoken(text) if text in item.choices else number(text) if item.type == "decimal" else text


@register.filter
def said_list(values: object) -> str:
    """Return several sentences, each in the language of the page, one after the other."""
    found = values if isinstance(values, (list, tuple)) else []
    return conditional_escape(" ".join(spoken(str(one)) for one in found))
