"""The package of the safety board from one cut: an open part and a closed one, each as a web page and as PDF/A.

The fingerprint of the cut and the head of its chain stand on every page, so that a package that was sent around can
be held to the record.
"""

from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal

from calcitrial.documents import Content, page, pdf
from calcitrial.record import Cut
from calcitrial.reporting.board_closed import closed_sections
from calcitrial.reporting.board_open import open_sections
from calcitrial.reporting.write import BANNER, is_simulated, last_date
from calcitrial.sections import fingerprint
from calcitrial.whole_file import write_whole

Part = Literal["open", "closed"]
Kind = Literal["html", "pdf"]
KINDS: tuple[Kind, ...] = ("html", "pdf")
WORDS = {
    "open": "Safety board: open part. Everything pooled, no arm.",
    "closed": "Safety board: CLOSED part, by arm. For the members of the board only.",
}


@dataclass(frozen=True)
class BoardPaths:
    """The files of a package; those of the closed part are None where it was not asked for."""

    open_html: Path
    open_pdf: Path
    closed_html: Path | None = None
    closed_pdf: Path | None = None


def board_part(cut: Cut, part: Part) -> Content:
    """Return what one part of the package says."""
    sections = closed_sections(cut) if part == "closed" else open_sections(cut)
    simulated = BANNER if is_simulated(cut) else ""
    closed = "CLOSED PART: for the safety board only." if part == "closed" else ""
    return Content(
        title=f"{cut.study}: safety board",
        subtitle=WORDS[part],
        banner=" ".join(text for text in (closed, simulated) if text),
        key_facts=(
            ("Protocol", f"{cut.protocol.id}, version {cut.protocol.version}"),
            ("Data up to", last_date(cut)),
            ("Data cut", f"submission {cut.sequence}, digest {cut.digest[:12]}"),
        ),
        sections=sections,
        fingerprint=fingerprint(cut),
        footer=f"{cut.study} · {part} part · submission {cut.sequence} · cut {cut.digest[:16]} · head {cut.head[:16]}",
        date=last_date(cut),
        command=f"calcitrial why {cut.study} {{key}} --at {cut.sequence}",
        kind="Package for the safety board",
    )


def board_file(cut: Cut, part: Part, kind: Kind) -> bytes:
    """Return one part of the package as a web page or PDF/A-2b; the same cut gives the same bytes."""
    content = board_part(cut, part)
    return page(content) if kind == "html" else pdf(content)


def pooled_file(cut: Cut, kind: Kind) -> bytes:
    """Return the report for who is blinded, everything pooled, as a web page or PDF/A-2b."""
    whole = board_part(cut, "open")
    content = replace(
        whole,
        title=f"{cut.study}: pooled report",
        subtitle="Everything pooled, no arm, and no word of an event that could tell one.",
        sections=open_sections(cut, terms=False),
        footer=whole.footer.replace("open part", "pooled"),
        kind="Pooled report",
    )
    return page(content) if kind == "html" else pdf(content)


def write_board(cut: Cut, out: Path, *, closed: bool = True) -> BoardPaths:
    """Write the package into a folder; the closed part readable by the owner only. Return the paths."""
    out.mkdir(parents=True, exist_ok=True)
    parts: tuple[Part, ...] = ("open", "closed") if closed else ("open",)
    found: dict[str, Path] = {}
    for part in parts:
        mode = 0o600 if part == "closed" else 0o644
        for kind in KINDS:
            path = out / f"board-{part}.{kind}"
            write_whole(path, board_file(cut, part, kind), mode)
            found[f"{part}_{kind}"] = path
    return BoardPaths(**found)
