"""The claim check of what stands around the sentences of a page: titles, footer, the list of sources.

They point at nothing, so they may claim nothing: titles are the trial's name and those of the catalogue, the footer
speaks of no effect, share, route or disease, and every source is one of the protocol or a report, under its address.
"""

from collections.abc import Iterator, Mapping
from html.parser import HTMLParser

from calcitrial.claims.bases import Ground
from calcitrial.claims.check import SHARE
from calcitrial.claims.defect import Defect
from calcitrial.claims.wording import conditions_in, routes_in, says

HEADINGS = ("title", "h1", "h2")


class _Frame(HTMLParser):
    """Collects titles with the part they head, the words of the footer, and the sources with their addresses."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.part, self.inside = "", ""
        self.titles: list[tuple[str, str, str]] = []
        self.footer: list[str] = []
        self.sources: list[tuple[str, str]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        values = {name: value or "" for name, value in attrs}
        if tag == "section":
            self.part = values.get("data-part", values.get("id", ""))
        # The title of a picture is no title of the page.
        if tag in HEADINGS and not (tag == "title" and self.titles):
            self.inside = tag
            self.titles.append((tag, self.part, ""))
        elif tag == "footer":
            self.inside = tag
        elif tag == "li" and values.get("id", "").startswith("source-"):
            self.inside = "source"
            self.sources.append(("", ""))
        elif tag == "a" and self.inside == "source":
            self.sources[-1] = (values.get("href", ""), self.sources[-1][1])

    def handle_endtag(self, tag: str) -> None:
        if tag == self.inside or (tag == "li" and self.inside == "source"):
            self.inside = ""

    def handle_data(self, data: str) -> None:
        if self.inside in HEADINGS:
            tag, part, said = self.titles[-1]
            self.titles[-1] = (tag, part, said + data)
        elif self.inside == "footer":
            self.footer.append(data)
        elif self.inside == "source":
            href, said = self.sources[-1]
            self.sources[-1] = (href, said + data)


def check_frame(html: str, ground: Ground, titles: Mapping[str, str]) -> list[Defect]:
    """Return what titles, footer and sources of a page of this program may not say; `titles` are those of its parts."""
    frame = _Frame()
    frame.feed(html)
    frame.close()
    return [*_titles(frame, ground, titles), *_footer(frame), *_sources(frame, ground)]


def _titles(frame: _Frame, ground: Ground, titles: Mapping[str, str]) -> Iterator[Defect]:
    name = ground.protocol.name
    for tag, part, said in frame.titles:
        text = _one_line(said)
        if (tag == "title" and name not in text) or (tag == "h1" and text != name):
            yield Defect("changed_text", "title", text, f"the trial is called {name!r}.")
        elif tag == "h2" and part in titles and text != titles[part]:
            yield Defect("changed_text", part, text, f"the catalogue has {titles[part]!r}.")
        elif tag == "h2" and part not in titles and (why := _claims(text)):
            yield Defect("no_source", part or "title", text, why)


def _footer(frame: _Frame) -> Iterator[Defect]:
    text = _one_line("".join(frame.footer))
    if why := _claims(text):
        yield Defect("no_source", "footer", text, why)


def _claims(text: str) -> str:
    """Return what words that point at nothing claim all the same; '' when nothing."""
    if says("effect", text) or says("comfort", text):
        return "it tells an effect and points at nothing."
    if SHARE.search(text) or "%" in text or says("share", text):
        return "it tells a share and points at nothing."
    named = [*sorted(routes_in(text)), *sorted(conditions_in(text))]
    return f"it speaks of {', '.join(named)} and points at nothing." if named else ""


def _sources(frame: _Frame, ground: Ground) -> Iterator[Defect]:
    known = {source.title: source.url for source in ground.protocol.sources.values()}
    for href, said in frame.sources:
        text = _one_line(said)
        report = next((one for one in ground.reports if text.startswith(f"{one.id}: {one.label}. {one.source}")), None)
        if report is None and text not in known:
            yield Defect("unknown_source", "sources", text, "neither the protocol nor the evidence base has it.")
            continue
        addresses = [url.split(" ")[0] for url in report.urls] if report else [known[text]]
        if href and href not in addresses:
            yield Defect("unknown_source", "sources", text, f"its address is not {href!r}.")


def _one_line(text: str) -> str:
    return " ".join(text.split())
