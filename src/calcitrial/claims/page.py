"""A public page as data: parts of sentences, each with what it rests on; and the same read back from its HTML."""

from dataclasses import dataclass
from html.parser import HTMLParser


# Marks of sources stand in `sup`; they are no part of a sentence.
UNSAID = ("script", "style", "sup")


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
    """Collects the marked elements of a page that this program wrote, and all words of any page."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.about: dict[str, str] = {}
        self.parts: list[tuple[str, list[Sentence]]] = []
        self.words: list[str] = []
        self.unmarked: list[str] = []
        self.hidden = 0
        self.open: tuple[str, int, dict[str, str], list[str]] | None = None

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        values = {name: value or "" for name, value in attrs}
        self.hidden += tag in UNSAID
        if "data-study" in values:
            self.about = values
        if "data-part" in values:
            self.parts.append((values["data-part"], []))
        if self.open is not None:
            name, depth, found, said = self.open
            self.open = (name, depth + (tag == name), found, said)
        elif "data-basis" in values:
            self.open = (tag, 1, values, [])
        if tag in ("p", "li", "h1", "h2", "h3", "dt", "dd", "div", "br", "td", "th", "tr", "section"):
            self.words.append("\n")

    def handle_endtag(self, tag: str) -> None:
        self.hidden -= tag in UNSAID
        if self.open is None:
            return
        name, depth, found, said = self.open
        depth -= tag == name
        self.open = (name, depth, found, said)
        if depth == 0:
            text = " ".join("".join(said).split())
            sentence = Sentence(
                text, tuple(found["data-basis"].split("|")), found.get("data-route", ""), found.get("data-outcome", "")
            )
            self.parts = self.parts or [("page", [])]
            self.parts[-1][1].append(sentence)
            self.open = None

    def handle_data(self, data: str) -> None:
        if self.hidden:
            return
        self.words.append(data)
        if self.open is not None:
            self.open[3].append(data)


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
    return reader
