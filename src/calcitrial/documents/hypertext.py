"""The report as one web page that asks the network for nothing: styles, pictures and text in a single file."""

import base64
import re
from collections.abc import Callable, Mapping
from html import escape
from pathlib import Path
from string import Template
from typing import Any

from calcitrial.documents.content import (
    Block,
    Cell,
    Content,
    Gap,
    Headline,
    Listing,
    Paragraph,
    Picture,
    Section,
    Steps,
    Table,
    Value,
)

TEMPLATES = Path(__file__).parent / "templates"


MANY = 40  # rows; the figures of longer tables are reached by pointer, or by their address, and not by Tab


def page(content: Content) -> bytes:
    """Return the report as HTML5: landmarks, headings in order, tables with scoped headers, pictures named.

    Each figure of a table has its key as anchor and the command that explains it as title; following it to itself
    shows the command at the foot of the window, without any script.
    """
    template = Template((TEMPLATES / "report.html").read_text("utf-8"))
    banner = f'<p class="banner" role="note">{escape(content.banner)}</p>' if content.banner else ""
    return template.substitute(
        kind=escape(content.kind),
        title=escape(content.title),
        subtitle=escape(content.subtitle),
        style=(TEMPLATES / "report.css").read_text("utf-8"),
        banner=banner,
        key_facts=_pairs(content.key_facts),
        contents="".join(f'<li><a href="#{s.id}">{escape(s.title)}</a></li>' for s in content.sections),
        sections="\n".join(_section(section, content.command) for section in content.sections),
        fingerprint=_pairs(content.fingerprint),
        footer=escape(content.footer),
    ).encode()


def _pairs(pairs: tuple[tuple[str, str], ...]) -> str:
    return "".join(f"<div><dt>{escape(name)}</dt><dd>{escape(value)}</dd></div>" for name, value in pairs)


def _section(section: Section, command: str) -> str:
    body = "\n".join(
        WRITERS[type(block)](block, f"{section.id}-{place}", command) for place, block in enumerate(section.blocks, 1)
    )
    heading = f'<h2 id="{section.id}-h">{escape(section.title)}</h2>'
    return f'<section id="{section.id}" aria-labelledby="{section.id}-h">\n{heading}\n{body}\n</section>'


def _paragraph(block: Paragraph, _name: str, _command: str) -> str:
    tone = f' class="{block.tone}"' if block.tone else ""
    return f"<p{tone}>{escape(block.text)}</p>"


def _listing(block: Listing, _name: str, _command: str) -> str:
    return "<ul>" + "".join(f"<li>{escape(item)}</li>" for item in block.items) + "</ul>"


def _steps(block: Steps, _name: str, _command: str) -> str:
    pairs = (f"<dt><code>{escape(line)}</code></dt><dd>{escape(what)}</dd>" for line, what in block.lines)
    return f'<dl class="steps">{"".join(pairs)}</dl>'


def _headline(block: Headline, _name: str, command: str) -> str:
    number, interval = (_figure(value, command) for value in (block.number, block.interval))
    return (
        f'<p class="headline"><strong{number[0]}>{number[1]}</strong> '
        f"<span{interval[0]}>{interval[1]}</span><br><small>{escape(block.label)}</small></p>"
    )


def _table(block: Table, name: str, command: str) -> str:
    """Return a table in a region that scrolls sideways on a narrow screen and can be reached by keyboard."""
    kinds = ["" if place < block.text_columns else "n" for place in range(len(block.header))]
    head = "".join(
        f'<th scope="col"{_class(kind)}>{escape(cell)}</th>' for kind, cell in zip(kinds, block.header, strict=True)
    )
    reached = len(block.rows) <= MANY
    rows = "".join(_row(row, kinds, command, reached) for row in block.rows)
    note = f'<p class="note">{escape(block.note)}</p>' if block.note else ""
    wide = " wide" if len(block.header) > 7 else ""
    return (
        f'<div class="table{wide}" role="region" aria-labelledby="{name}" tabindex="0"><table>'
        f'<caption id="{name}">{escape(block.caption)}</caption>'
        f"<thead><tr>{head}</tr></thead><tbody>{rows}</tbody></table></div>{note}"
    )


def _row(row: tuple[Value, ...], kinds: list[str], command: str, reached: bool) -> str:
    cells = []
    for kind, value in zip(kinds[1:], row[1:], strict=True):
        named, text = _figure(value, command, reached)
        gap = "gap" if isinstance(value, Gap) else ""
        cells.append(f"<td{_class(kind, gap)}{named}>{text}</td>")
    return f'<tr><th scope="row">{escape(str(row[0]))}</th>{"".join(cells)}</tr>'


def _class(*names: str) -> str:
    given = " ".join(name for name in names if name)
    return f' class="{given}"' if given else ""


def _figure(value: Value, command: str, reached: bool = True) -> tuple[str, str]:
    """Return the attributes of the element that holds a value, and what stands in it."""
    if not isinstance(value, Cell):
        return "", _linked(str(value))
    key = escape(value.key)
    tab = "" if reached else ' tabindex="-1"'
    named = f' id="{key}" title="{escape(command.format(key=value.key))}"'
    return named, f'<a class="why" href="#{key}"{tab}>{escape(value.text)}</a>'


def _linked(cell: str) -> str:
    text = escape(cell)
    return f'<a href="{text}">{text}</a>' if re.fullmatch(r"https?://\S+", cell) else text


def _picture(block: Picture, name: str, _command: str) -> str:
    if block.format == "svg":
        inner = _inline(block, name)
    else:
        data = base64.b64encode(block.content).decode()
        inner = f'<img src="data:image/png;base64,{data}" alt="{escape(block.alt)}">'
    return f'<figure class="{block.width}">{inner}<figcaption>{escape(block.caption)}</figcaption></figure>'


def _inline(block: Picture, name: str) -> str:
    """Return an SVG for use inside the page: it has a role and a name, and ids that no other picture has."""
    text = block.content.decode()
    given = set(re.findall(r'\bid="([^"]+)"', text))

    def own(found: re.Match[str]) -> str:
        return f"{found[1]}{name}-{found[2]}" if found[2] in given else found[0]

    text = re.sub(r'(\bid="|href="#|url\(#)([^")]+)', own, text)
    return text.replace("<svg ", f'<svg role="img" aria-label="{escape(block.alt)}" ', 1)


WRITERS: Mapping[type[Block], Callable[[Any, str, str], str]] = {
    Paragraph: _paragraph,
    Listing: _listing,
    Steps: _steps,
    Headline: _headline,
    Table: _table,
    Picture: _picture,
}
