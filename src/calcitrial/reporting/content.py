"""What a report says, before any typesetting: sections of paragraphs, tables and pictures, written once."""

from dataclasses import asdict, dataclass
from typing import Any, Literal


@dataclass(frozen=True)
class Paragraph:
    """A paragraph of plain text; `tone` sets it apart: lead for a first sentence, note for a small one."""

    text: str
    tone: Literal["", "lead", "note"] = ""


@dataclass(frozen=True)
class Listing:
    """A bulleted list."""

    items: tuple[str, ...]


@dataclass(frozen=True)
class Steps:
    """Commands to be typed, one per line, with what each does."""

    lines: tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class Headline:
    """The one number of a section, large, with what it is and its interval."""

    number: str
    interval: str
    label: str


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
class Table:
    """A table: caption, header, rows; the first `text_columns` columns are words, the rest numbers.

    A figure is text, or a `Cell` where it can be walked back to the record.
    """

    caption: str
    header: tuple[str, ...]
    rows: tuple[tuple[str | Cell, ...], ...]
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
    the last date in the data (ISO), never the day of printing.
    """

    title: str
    subtitle: str
    banner: str
    key_facts: tuple[tuple[str, str], ...]
    sections: tuple[Section, ...]
    fingerprint: tuple[tuple[str, str], ...]
    footer: str
    date: str


def as_data(content: Content) -> dict[str, Any]:
    """Return the content as plain values, each block with its `kind`; cells and SVG as text, PNG left out."""
    plain = asdict(content)
    for section, raw in zip(plain["sections"], content.sections, strict=True):
        for block, original in zip(section["blocks"], raw.blocks, strict=True):
            block["kind"] = type(original).__name__.lower()
            if isinstance(original, Table):
                block["rows"] = [[str(cell) for cell in row] for row in original.rows]
    return plain
