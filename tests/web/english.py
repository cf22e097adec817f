"""Which texts of a page in French are English: told by small words, and by words that only our English has."""

import re
from functools import cache
from html.parser import HTMLParser

from docs.words import catalogue, french

# None of these is a French word.
SMALL = re.compile(
    r"\b(the|is|are|was|were|of|and|with|not|for|from|has|have|this|that|these|those|no|yet|by|be|been|it|its|to|at|"
    r"who|which|what|when|where|how|your|you|they|their|nothing|nobody|missing|entered|yes|day|days|open|new|first|"
    r"last|write|choose|enter|due|late|left|right|back|front|over|under|all|more|save|add|form|forms|value|values)\b",
    re.IGNORECASE,
)
# French words that our English has too, though our French happens not to.
FRENCH_TOO = {"force", "excellent", "possible", "note", "test"}
HELD = re.compile(r"%\(\w+\)[a-z]|\{\w+\}|<[^>]*>|&\w+;")
WORD = re.compile(r"[a-zà-öø-ÿœ]{3,}", re.IGNORECASE)
SHOWN = ("aria-label", "title", "placeholder", "data-label", "alt", "aria-valuetext")
SILENT = ("script", "style", "code", "kbd", "textarea", "pre")
VOID = ("img", "input", "br", "meta", "link", "hr", "path", "circle", "rect", "use", "line", "polyline", "col", "wbr")


class _Texts(HTMLParser):
    """Collects what a page shows in its own language: nothing inside another `lang`, a script or a code."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []
        self.away: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        held = dict(attrs)
        if self.away:
            self.away += [tag] * (tag == self.away[-1])
            return
        if tag not in VOID and (tag in SILENT or (held.get("lang") or "fr") != "fr"):
            self.away = [tag]
            return
        self.found += [text for name in SHOWN if (text := held.get(name))]

    def handle_endtag(self, tag: str) -> None:
        if self.away and tag == self.away[-1]:
            self.away.pop()

    def handle_data(self, data: str) -> None:
        if not self.away:
            self.found.append(data)


def texts_of(page: str) -> list[str]:
    """Return the texts of a page that are in its own language, and those of its attributes."""
    parser = _Texts()
    parser.feed(page)
    return [" ".join(text.split()) for text in parser.found if text.strip()]


@cache
def only_english() -> frozenset[str]:
    """Return the words of the catalogue's English that stand nowhere in its French."""
    english, said = set[str](), set[str]()
    for entry in catalogue():
        english |= _words(entry.msgid) | _words(entry.msgid_plural)
        said |= {word for text in french(entry) for word in _words(text)}
    return frozenset(english - said - FRENCH_TOO)


def _words(text: str) -> set[str]:
    return {word.lower() for word in WORD.findall(HELD.sub(" ", text or ""))}


def english_in(page: str, allowed: re.Pattern[str] | None = None) -> list[str]:
    """Return the texts of a page that hold an English word, once what is allowed is taken out of them."""
    found = []
    for text in texts_of(page):
        plain = allowed.sub(" ", text) if allowed else text
        if SMALL.search(plain) or _words(plain) & only_english():
            found.append(text)
    return list(dict.fromkeys(found))
