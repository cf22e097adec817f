"""The report as PDF/A-2b: the same content, set by Typst with fonts that come with the program, no network."""

import os
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import matplotlib as mpl
import orjson
import typst

from calcitrial.documents.content import Content, Picture, as_data
from calcitrial.documents.raster import fitting
from calcitrial.protocol import Problem, RefusedError

FULL_MM, HALF_MM = 172.0, 103.0  # of 210 mm with the margins of report.typ
TEMPLATES = Path(__file__).parent / "templates"


def pdf(content: Content) -> bytes:
    """Return the report as PDF/A-2b (ISO 19005-2, level B); the same content gives the same bytes.

    Fonts are Typst's own and matplotlib's DejaVu, never the machine's; the date inside is the content's. Raises
    RefusedError when an image cannot be read.
    """
    data = as_data(content)
    for section, raw in zip(data["sections"], content.sections, strict=True):
        for block, original in zip(section["blocks"], raw.blocks, strict=True):
            if isinstance(original, Picture):
                block["width"] = fitting(original, FULL_MM if original.width == "full" else HALF_MM)
                block["content"] = list(original.content) if original.format == "png" else original.content.decode()
    try:
        return _compiled(data, int(datetime.fromisoformat(content.date).replace(tzinfo=UTC).timestamp()))
    except typst.TypstError as error:
        what = f"The PDF could not be made: {error}."
        raise RefusedError([Problem("report.pdf", what, "Check the images given to the report.")]) from None


def _compiled(data: dict[str, Any], timestamp: int) -> bytes:
    fonts = Path(mpl.get_data_path()) / "fonts" / "ttf"
    made = typst.compile(  # type: ignore[misc]
        (TEMPLATES / "report.typ").read_bytes(),
        root=os.fspath(TEMPLATES),
        font_paths=[os.fspath(fonts)],
        ignore_system_fonts=True,
        sys_inputs={"content": orjson.dumps(data, default=_never).decode()},
        pdf_standards=["a-2b"],
        timestamp=timestamp,
    )
    return bytes(made)


def _never(value: object) -> object:
    return "" if isinstance(value, bytes) else value
