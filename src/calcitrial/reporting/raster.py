"""Vector pictures as PNG, for programs that cannot draw SVG; drawn by Typst, as in the PDF."""

import os
import struct
from pathlib import Path

import matplotlib as mpl
import typst

from calcitrial.reporting.content import Picture

DPI = 300
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


def png_size(png: bytes) -> tuple[int, int]:
    """Return width and height in pixels, from the header of the file (PNG, second edition, 11.2.2)."""
    width, height = struct.unpack(">II", png[16:24])
    return width, height
