"""The report as PDF/A-2b: the same content, set by Typst with fonts that come with the program, no network."""

import os
from datetime import UTC, datetime
from pathlib import Path

import matplotlib as mpl
import orjson
import typst

from calcitrial.analysis.content import Content, Picture, as_data

TEMPLATES = Path(__file__).parent / "templates"


def pdf(content: Content) -> bytes:
    """Return the report as PDF/A-2b (ISO 19005-2, level B); the same content gives the same bytes.

    Fonts are Typst's own and matplotlib's DejaVu, never the machine's; the date inside is the content's.
    """
    data = as_data(content)
    for section, raw in zip(data["sections"], content.sections, strict=True):
        for block, original in zip(section["blocks"], raw.blocks, strict=True):
            if isinstance(original, Picture):
                block["content"] = list(original.content) if original.format == "png" else original.content.decode()
    fonts = Path(mpl.get_data_path()) / "fonts" / "ttf"
    return bytes(
        typst.compile(
            (TEMPLATES / "report.typ").read_bytes(),
            root=os.fspath(TEMPLATES),
            font_paths=[os.fspath(fonts)],
            ignore_system_fonts=True,
            sys_inputs={"content": orjson.dumps(data, default=_never).decode()},
            pdf_standards=["a-2b"],
            timestamp=int(datetime.fromisoformat(f"{content.date}T00:00:00").replace(tzinfo=UTC).timestamp()),
        )
    )


def _never(value: object) -> object:
    return "" if isinstance(value, bytes) else value
