"""A consent text as a page shows it: headings, paragraphs and lists from plain text, and nothing else."""

from typing import NamedTuple


class Block(NamedTuple):
    """One part of a text: 'heading', 'paragraph' or 'list', with its lines."""

    kind: str
    lines: tuple[str, ...]


def blocks(text: str) -> list[Block]:
    """Return the parts of a text: '# ' begins a heading, '- ' a point of a list, an empty line ends a paragraph."""
    found: list[Block] = []
    for part in text.replace("\r\n", "\n").split("\n\n"):
        lines = [line.strip() for line in part.split("\n") if line.strip()]
        while lines and lines[0].startswith("#"):
            found.append(Block("heading", (lines.pop(0).lstrip("#").strip(),)))
        if lines and all(line.startswith("- ") for line in lines):
            found.append(Block("list", tuple(line[2:] for line in lines)))
        elif lines:
            found.append(Block("paragraph", (" ".join(lines),)))
    return found
