"""Vector pictures as PNG, for programs that cannot draw SVG; drawn by Typst, as in the PDF."""

import os
import re
import struct
from pathlib import Path

import matplotlib as mpl
import typst

from calcitrial.documents.content import Picture

DPI = 300
TALLEST_MM = 215.0  # of A4, with margins and a caption
PAGE = """#set page(width: {width}mm, height: auto, margin: 0pt, fill: white)
#image(bytes(sys.inputs.picture), format: "svg", width: 100%)
"""


def png_of(picture: Picture, width_mm: float) -> bytes:
    """Return a picture as PNG with 300 dots per inch at the given width; a PNG is returned as it is."""
    if picture.format == "png":
        return picture.content
    made = typst.compile(  # type: ignore[call-overload]
        PAGE.format(width=width_mm).encode(),
        font_paths=[os.fspath(Path(mpl.get_data_path()) / "fonts" / "ttf")],
        ignore_system_fonts=True,
        sys_inputs={"picture": picture.content.decode()},
        format="png",
        ppi=DPI,
    )
    return bytes(made)


def fitting(picture: Picture, width_mm: float) -> float:
    """Return the width in mm, at most the one given, at which a picture is no taller than a page holds."""
    return min(width_mm, TALLEST_MM / _aspect(picture))


def _aspect(picture: Picture) -> float:
    """Return height over width: of a PNG from its header (PNG, second edition, 11.2.2), of an SVG from its viewBox.

    A picture that gives neither is taken for a square; whoever draws it will say what is wrong with it.
    """
    if picture.format == "png":
        width, height = struct.unpack(">II", picture.content[16:24]) if len(picture.content) >= 24 else (1, 1)
    else:
        box = re.search(rb'viewBox="[\d.-]+ [\d.-]+ ([\d.]+) ([\d.]+)"', picture.content)
        width, height = (float(box[1]), float(box[2])) if box else (1, 1)
    return height / width if width and height else 1.0
