"""What a report says, before any typesetting: sections of paragraphs, tables and pictures, written once."""

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal


@dataclass(frozen=True)
class Paragraph:
    """A paragraph of plain text; `tone` sets it apart: a lead sentence, a small note, or a gap in what is known."""

    text: str
    tone: Literal["", "lead", "note", "gap"] = ""


@dataclass(frozen=True)
class Listing:
    """A bulleted list."""

    items: tuple[str, ...]


@dataclass(frozen=True)
class Steps:
    """Commands to be typed, one per line, with what each does."""

    lines: tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class Cell:
    """A figure in a table that answers why.

    `key` names it within the report, in parts from wide to narrow ("safety.any_event.STS"); `entries` are the
    numbers of the record entries that it was counted or computed from; `how` says in a sentence how.
    """

    text: str
    key: str
    entries: tuple[int, ...]
    how: str = ""

    def __str__(self) -> str:
        """Return the figure as the report prints it."""
        return self.text


@dataclass(frozen=True)
class Gap:
    """Something the report ought to say and that nobody wrote down in public; printed so that nobody reads past it."""

    text: str = "not public"

    def __str__(self) -> str:
        """Return the gap as the report prints it."""
        return self.text


Value = str | Cell | Gap


@dataclass(frozen=True)
class Headline:
    """The one number of a section, large, with what it is and its interval."""

    number: str | Cell
    interval: str | Cell
    label: str


@dataclass(frozen=True)
class Table:
    """A table: caption, header, rows; the first `text_columns` columns are words, the rest numbers.

    A figure is text, or a `Cell` where it can be walked back to the record; a `Gap` is what nobody knows.
    """

    caption: str
    header: tuple[str, ...]
    rows: tuple[tuple[Value, ...], ...]
    text_columns: int = 1
    note: str = ""


@dataclass(frozen=True)
class Picture:
    """A picture as SVG text or PNG bytes, with its text alternative and caption."""

    content: bytes
    format: Literal["svg", "png"]
    alt: str
    caption: str
    width: Literal["full", "half"] = "full"


Block = Paragraph | Listing | Steps | Headline | Table | Picture


@dataclass(frozen=True)
class Section:
    """A titled part of the report; `id` is its anchor."""

    id: str
    title: str
    blocks: tuple[Block, ...]


@dataclass(frozen=True)
class Content:
    """A whole report: what stands on its first page, its sections, and the line on every page.

    `banner` warns on the first page and on every page after it ('' when there is nothing to warn of); `date` is
    the last date in the data (ISO), never the day of printing; `command` is what to type for the reason of a
    figure, with {key} where its key goes; `kind` says what kind of document it is.
    """

    title: str
    subtitle: str
    banner: str
    key_facts: tuple[tuple[str, str], ...]
    sections: tuple[Section, ...]
    fingerprint: tuple[tuple[str, str], ...]
    footer: str
    date: str
    command: str = "{key}"
    kind: str = "Trial report"


def key_of(*parts: str) -> str:
    """Return the key of a figure from its parts, wide to narrow; what is no letter, digit, - or _ becomes _."""
    return ".".join(re.sub(r"[^A-Za-z0-9_-]+", "_", part).strip("_") or "none" for part in parts)


def cells_of(block: Block) -> Iterator[Cell]:
    """Yield the figures of a block in reading order."""
    match block:
        case Table():
            yield from (cell for row in block.rows for cell in row if isinstance(cell, Cell))
        case Headline():
            yield from (cell for cell in (block.number, block.interval) if isinstance(cell, Cell))


def figures(sections: Sequence[Section]) -> dict[str, Cell]:
    """Return every figure of the sections by its key, in reading order."""
    return {cell.key: cell for section in sections for block in section.blocks for cell in cells_of(block)}


def told_apart(sections: Sequence[Section]) -> tuple[Section, ...]:
    """Return the sections with every key once: where two figures have one name, the second is called name~2."""
    seen: Counter[str] = Counter()

    def apart(value: Any) -> Any:
        if not isinstance(value, Cell):
            return value
        seen[value.key] += 1
        return value if seen[value.key] == 1 else replace(value, key=f"{value.key}~{seen[value.key]}")

    def block_of(block: Block) -> Block:
        match block:
            case Table():
                return replace(block, rows=tuple(tuple(apart(cell) for cell in row) for row in block.rows))
            case Headline():
                return replace(block, number=apart(block.number), interval=apart(block.interval))
            case _:
                return block

    return tuple(replace(section, blocks=tuple(block_of(block) for block in section.blocks)) for section in sections)


def as_data(content: Content) -> dict[str, Any]:
    """Return the content as plain values, each block with its `kind`; cells and SVG as text, PNG left out.

    A figure is its text; a gap is {"gap": its text}, so that the typesetter can set it apart.
    """
    return {
        **vars(content),
        "sections": [{**vars(one), "blocks": [_block_data(block) for block in one.blocks]} for one in content.sections],
    }


def _block_data(block: Block) -> dict[str, Any]:
    plain = {"kind": type(block).__name__.lower(), **vars(block)}
    if isinstance(block, Table):
        plain["rows"] = [[_plain(cell) for cell in row] for row in block.rows]
    elif isinstance(block, Headline):
        plain |= {"number": str(block.number), "interval": str(block.interval)}
    return plain


def _plain(value: Value) -> str | dict[str, str]:
    return {"gap": value.text} if isinstance(value, Gap) else str(value)
