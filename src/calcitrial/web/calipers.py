"""Sizes of what a reader drew, in mm and mm², computed here from the voxels it was drawn through.

The browser shows the same numbers while drawing (static/viewer/calipers.js); only these are entered. Where a picture
has no calibration there is no millimetre, and nothing is entered.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from calcitrial.protocol import Problem, refuse

Voxel = tuple[float, float, float]
NAMES = ("length", "width", "depth", "area")
MOST_POINTS = 5000
FARTHEST = 100_000.0


@dataclass(frozen=True)
class Region:
    """A calibrated part of an ultrasound picture: its corners in pixels and mm per pixel along x and y."""

    x0: float
    y0: float
    x1: float
    y1: float
    mm_x: float
    mm_y: float

    def holds(self, points: Sequence[Voxel]) -> bool:
        """Return whether all points lie in the region, edges included."""
        return all(self.x0 <= x <= self.x1 and self.y0 <= y <= self.y1 for x, y, _frame in points)


@dataclass(frozen=True)
class Shape:
    """A line or a closed line of voxels (x, y, z), drawn for one lesion."""

    kind: Literal["length", "area"]
    name: str
    ends: tuple[Voxel, ...]


@dataclass(frozen=True)
class Ruler:
    """How voxels become millimetres: an affine (CT), or mm per pixel (film), or regions (ultrasound)."""

    affine: NDArray[np.float64] | None = None
    pixel_mm: tuple[float, float] | None = None
    regions: tuple[Region, ...] = ()

    def points_mm(self, voxels: Sequence[Voxel]) -> NDArray[np.float64] | None:
        """Return the voxels in mm, shape (n, 3), up to a shift; None where they have no common calibration."""
        at = np.array(voxels, np.float64)
        if self.affine is not None:
            return np.asarray(at @ self.affine[:3, :3].T)
        region = next((region for region in self.regions if region.holds(voxels)), None)
        scale = (region.mm_x, region.mm_y) if region else self.pixel_mm
        return None if scale is None else np.asarray(at * [*scale, 0.0])


def size_mm(ruler: Ruler, shape: Shape) -> float | None:
    """Return a length in mm or an area in mm² (half the sum of cross products), None where nothing is calibrated."""
    points = ruler.points_mm(shape.ends)
    if points is None:
        return None
    if shape.kind == "length":
        return float(np.linalg.norm(points[1] - points[0]))
    centred = points - points[0]
    return float(np.linalg.norm(np.cross(centred, np.roll(centred, -1, axis=0)).sum(axis=0)) / 2)


def sizes(ruler: Ruler, shapes: Sequence[Shape], label: str) -> dict[str, str]:
    """Return the items of the form `read` that were drawn, in mm and mm² to 0.01; RefusedError where uncalibrated."""
    found = {shape.name: size_mm(ruler, shape) for shape in shapes}
    bare = [name for name, value in found.items() if value is None]
    what = f"Its {', '.join(bare)} cannot be told in millimetres: the picture is not calibrated there."
    do = "Calibrate with a known length, draw within one calibrated region, or say not assessable."
    refuse([Problem(f"lesion {label}", what, do)] if bare else [])
    return {name: f"{value:.2f}" for name, value in found.items() if value is not None}


def known_length(told: object, aspect: tuple[float, float]) -> tuple[float, float] | None:
    """Return mm per pixel along x and y from a line of known length, None when none was drawn.

    `aspect` is how pixels relate in width and height. Raises RefusedError when line or length cannot be.
    """
    if told is None:
        return None
    ends = read_points(told.get("ends"), 2) if isinstance(told, Mapping) else None
    mm = told.get("mm") if isinstance(told, Mapping) else None
    mm = float(mm) if isinstance(mm, int | float) else 0.0
    good = 0 < mm < 10_000
    length = math.hypot(*((b - a) * one for a, b, one in zip(ends[0], ends[1], aspect, strict=False))) if ends else 0.0
    if not good or length < 1:
        refuse([Problem("known length", "The line or its millimetres cannot be.", "Draw it again and say its length.")])
    return mm / length * aspect[0], mm / length * aspect[1]


def read_shapes(told: object, label: str) -> tuple[Shape, ...]:
    """Return the drawn shapes of one lesion as the browser tells them; RefusedError when they cannot be."""
    found = [_shape(one) for one in told] if isinstance(told, list) and len(told) <= len(NAMES) else [None]
    good = [shape for shape in found if shape is not None]
    if len(good) < len(found) or len({shape.name for shape in good}) < len(good):
        what = "What was drawn is not one length, width, depth and area at most."
        refuse([Problem(f"lesion {label}", what, "Load the page again and draw it anew.")])
    return tuple(good)


def _shape(told: object) -> Shape | None:
    if not isinstance(told, Mapping) or told.get("name") not in NAMES:
        return None
    kind: Literal["length", "area"] = "area" if told["name"] == "area" else "length"
    ends = read_points(told.get("ends"), 3 if kind == "area" else 2)
    if ends is None or told.get("kind") != kind or (kind == "length" and len(ends) != 2):
        return None
    return Shape(kind, told["name"], ends)


def read_points(told: object, least: int) -> tuple[Voxel, ...] | None:
    """Return voxels (x, y, z) from JSON, or None when they are not at least so many finite triples."""
    if not isinstance(told, list) or not least <= len(told) <= MOST_POINTS:
        return None
    if not all(isinstance(one, list) and len(one) == 3 and all(map(_plain, one)) for one in told):
        return None
    return tuple((float(x), float(y), float(z)) for x, y, z in told)


def _plain(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and abs(value) < FARTHEST
