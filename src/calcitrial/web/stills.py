"""Films and ultrasound pictures as cases: their values and scale for the browser, and the sizes drawn on them.

Which millimetre may be trusted is decided by `imaging` (a film's calibration, known length; an ultrasound picture's
regions); the browser shows the same rule while a line is drawn (static/viewer/calipers.js).
"""

from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any, Literal

import numpy as np

from calcitrial.dicom import Picture, Region, read_picture
from calcitrial.protocol import Problem, RefusedError, refuse
from calcitrial.stills import KnownLength, Outline, calipers, measure_film, measure_ultrasound, scale_of
from calcitrial.web.calipers import Ruler, Shape, size_mm
from calcitrial.web.case_values import Case

CALIBRATE = "Calibrate it with a known length (K) before you draw."
TISSUE, CENTIMETRES = 1, (3, 3)  # Region Spatial Format and Physical Units of DICOM PS3.3 C.8.5.5


@lru_cache(maxsize=2)
def open_still(folder: Path, kind: Literal["film", "ultrasound"], _changed: int) -> Case:
    """Return the one picture of a folder; RefusedError when there are several, or it cannot be read."""
    files = sorted(path for path in folder.iterdir() if path.is_file())
    if len(files) != 1:
        what = f"This case holds {len(files)} pictures, and each must be a case of its own."
        refuse([Problem("case", what, "Ask who keeps the images.")])
    picture = read_picture(files[0], kind)
    values = np.stack([picture.frame(number) for number in range(1, picture.frames + 1)])
    colour = values.ndim == 4
    low, high = int(values.min()), int(values.max())
    dtype = "rgb" if colour else "int16" if low < 0 else "uint16"
    about = {
        "dtype": dtype,
        "window": {"level": (low + high) / 2, "width": max(high - low + 1, 1)},
        "inverted": picture.photometric == "MONOCHROME1",
        "presets": [("all values", (low + high) / 2, max(high - low + 1, 1))],
        **(_film(picture) if kind == "film" else {"regions": [_region(one) for one in picture.regions]}),
    }
    kept = values.astype("u1" if colour else "<i2" if low < 0 else "<u2")
    return Case(np.ascontiguousarray(kept), about, picture=picture)


def _film(film: Picture) -> dict[str, Any]:
    # A line along a row tells the shape of a pixel and nothing else.
    across = scale_of(film, KnownLength((0.0, 0.0), (film.columns - 1.0, 0.0), film.columns - 1.0))
    about: dict[str, Any] = {"aspect": [1.0, across.row_mm / across.column_mm], "pixel_mm": None, "sentence": ""}
    try:
        scale = scale_of(film)
    except RefusedError as error:
        return {**about, "sentence": f"{error.problems[0].what} {CALIBRATE}"}
    return {**about, "pixel_mm": [scale.column_mm, scale.row_mm]}


def _region(region: Region) -> dict[str, Any]:
    """Return a region as the browser needs it: where it is, whether others may cover it, and mm per pixel or none."""
    mm = [10 * abs(delta) for delta in region.delta]
    plain = region.format == TISSUE and region.units == CENTIMETRES
    x0, y0, x1, y1 = region.box
    return {"x0": x0, "y0": y0, "x1": x1, "y1": y1, "low": region.low, "mm": mm if plain else None}


def drawn_sizes(picture: Picture, shapes: Sequence[Shape], known: KnownLength | None, label: str) -> dict[str, str]:
    """Return the items of the form `read` that were drawn for one lesion, in mm, mm² and mm³ to 0.01.

    Raises RefusedError about the lesion when nothing was drawn, or a line lies where nothing is calibrated.
    """
    place = f"lesion {label}"
    if not shapes:
        refuse([Problem(place, "It is measured, yet nothing is drawn.", "Draw a caliper or an area.")])
    try:
        return _scanned(picture, shapes, label) if picture.kind == "ultrasound" else _on_film(picture, shapes, known)
    except RefusedError as error:
        raise RefusedError([_about(place, problem) for problem in error.problems]) from None


def _about(place: str, problem: Problem) -> Problem:
    instead = CALIBRATE if "--known-length" in problem.instead else problem.instead
    return Problem(place, problem.what, instead)


def _scanned(picture: Picture, shapes: Sequence[Shape], label: str) -> dict[str, str]:
    lines = [shape for shape in shapes if shape.kind == "length"]
    told: dict[str, object] = {
        shape.name: {"points": [list(end[:2]) for end in shape.ends], "frame": round(shape.ends[0][2]) + 1}
        for shape in lines
    }
    lesion = measure_ultrasound(picture, calipers([{"id": label, **told}]))[0]
    found = {name: length.mm for name, length in lesion.lengths.items()}
    whole = {} if lesion.volume_mm3 is None else {"volume_ellipsoid": lesion.volume_mm3}
    return {name: f"{value:.2f}" for name, value in {**found, **whole}.items()}


def _on_film(film: Picture, shapes: Sequence[Shape], known: KnownLength | None) -> dict[str, str]:
    scale = scale_of(film, known)
    ruler = Ruler(pixel_mm=(scale.column_mm, scale.row_mm))
    found = {shape.name: size_mm(ruler, shape) for shape in shapes if shape.kind == "length"}
    outlines = [Outline("area", np.array([end[:2] for end in shape.ends])) for shape in shapes if shape.kind == "area"]
    found |= {one.id: one.area_mm2 for one in (measure_film(film, outlines, scale) if outlines else [])}
    return {name: f"{value:.2f}" for name, value in found.items()}
