"""A public page as data: parts of sentences, each with what it rests on; and the same read back from its HTML."""

import re
from dataclasses import dataclass
from html.parser import HTMLParser

UNSAID = ("script", "style", "title")
# What stands here is no sentence of the page: titles and links, the list of sources, pictures, how it was made; and
# what is asked of its reader. Titles, footer and sources are read apart.
AROUND = ("header", "footer", "nav", "h1", "h2", "h3", "svg", "label", "fieldset", "select", "button", "strong")
SOURCES = "sources"
BLOCKS = ("p", "li", "h1", "h2", "h3", "dt", "dd", "div", "br", "td", "th", "tr", "section", "ul", "main")
MARK = re.compile(r"\s*\[\d+\]")


@dataclass(frozen=True)
class Sentence:
    """One sentence (or a few that rest on the same) and the places it rests on; evidence has route and outcome."""

    text: str
    basis: tuple[str, ...] = ()
    route: str = ""
    outcome: str = ""


@dataclass(frozen=True)
class Part:
    """A titled part of a page."""

    id: str
    title: str
    sentences: tuple[Sentence, ...]


@dataclass(frozen=True)
class Page:
    """A page of one study in one language, made from the definition with this digest."""

    study: str
    language: str
    title: str
    definition: str
    parts: tuple[Part, ...]

    def part(self, name: str) -> Part | None:
        """Return the part with this id, or None."""
        return next((part for part in self.parts if part.id == name), None)


class _Reader(HTMLParser):
    """Collects the sentences of a page that this program wrote, marked or not, and all words of any page."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.about: dict[str, str] = {}
        self.parts: list[tuple[str, list[Sentence]]] = []
        self.words: list[str] = []
        self.said: list[str] = []
        self.hidden = self.around = 0
        self.tag, self.depth, self.marks = "", 0, dict[str, str]()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        values = {name: value or "" for name, value in attrs}
        self.hidden += tag in UNSAID
        if "data-study" in values:
            self.about = values
        if self.tag:
            self.depth += tag == self.tag
            return
        if tag in BLOCKS or "data-basis" in values:
            self._end()
            self.words.append("\n")
        if "data-part" in values:
            self.parts.append((values["data-part"], []))
        self.around += tag in AROUND or values.get("id") == SOURCES
        if "data-basis" in values:
            self.tag, self.depth, self.marks = tag, 1, values

    def handle_endtag(self, tag: str) -> None:
        self.hidden -= tag in UNSAID and self.hidden > 0
        if self.tag:
            self.depth -= tag == self.tag
            if self.depth == 0:
                self._end()
        elif tag in BLOCKS:
            self._end()
        if not self.tag:
            self.around -= self.around > 0 and (tag in AROUND or (tag == "section" and self.around == 1))

    def handle_data(self, data: str) -> None:
        if self.hidden:
            return
        self.words.append(data)
        if self.tag or (self.parts and not self.around):
            self.said.append(data)

    def _end(self) -> None:
        """Close a sentence: with its marks, or without any where somebody wrote it beside those of the program."""
        text = MARK.sub("", " ".join("".join(self.said).split()))
        marks, self.said, self.tag, self.marks = self.marks, [], "", {}
        if not text and not marks:
            return
        basis = tuple(marks["data-basis"].split("|")) if marks else ()
        self.parts = self.parts or [("page", [])]
        self.parts[-1][1].append(Sentence(text, basis, marks.get("data-route", ""), marks.get("data-outcome", "")))


def page_in(html: str) -> Page | None:
    """Return the page in HTML that this program wrote; None for any other."""
    reader = _read(html)
    about = reader.about
    if not about.get("data-study"):
        return None
    parts = tuple(Part(name, "", tuple(sentences)) for name, sentences in reader.parts)
    return Page(about["data-study"], about.get("lang", "en"), "", about.get("data-definition", ""), parts)


def words_of(html: str) -> str:
    """Return the words of any page, line by line, without scripts and styles."""
    lines = ("".join(_read(html).words)).splitlines()
    return "\n".join(line.strip() for line in lines if line.strip())


def _read(html: str) -> _Reader:
    reader = _Reader()
    reader.feed(html)
    reader.close()
    reader._end()
    return reader
