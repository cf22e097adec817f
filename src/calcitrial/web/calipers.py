"""Sizes of what a reader drew, in mm and mm², computed here from the voxels it was drawn through.

The browser shows the same numbers while drawing (static/viewer/calipers.js); only these are entered.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from calcitrial.protocol import Problem, refuse
from calcitrial.stills import KnownLength

Voxel = tuple[float, float, float]
NAMES = ("length", "width", "depth", "area")
MOST_POINTS = 5000
FARTHEST = 100_000.0
LONGEST_MM = 10_000.0


@dataclass(frozen=True)
class Shape:
    """A line or a closed line of voxels (x, y, z; z is the frame of a flat picture), drawn for one lesion."""

    kind: Literal["length", "area"]
    name: str
    ends: tuple[Voxel, ...]


@dataclass(frozen=True)
class Ruler:
    """How voxels become millimetres: the affine of a CT, or mm per pixel along x and y."""

    affine: NDArray[np.float64] | None = None
    pixel_mm: tuple[float, float] = (1.0, 1.0)

    def points_mm(self, voxels: Sequence[Voxel]) -> NDArray[np.float64]:
        """Return the voxels in mm, shape (n, 3), up to a shift."""
        at = np.array(voxels, np.float64)
        return np.asarray(at * [*self.pixel_mm, 0.0] if self.affine is None else at @ self.affine[:3, :3].T)


def size_mm(ruler: Ruler, shape: Shape) -> float:
    """Return a length in mm, or an area in mm² (half the sum of the cross products around it)."""
    points = ruler.points_mm(shape.ends)
    if shape.kind == "length":
        return float(np.linalg.norm(points[1] - points[0]))
    centred = points - points[0]
    return float(np.linalg.norm(np.cross(centred, np.roll(centred, -1, axis=0)).sum(axis=0)) / 2)


def known_length(told: object) -> KnownLength | None:
    """Return the line of known length that a browser tells, None when there is none; RefusedError when it cannot be."""
    if told is None:
        return None
    ends = read_points(told.get("ends"), 2) if isinstance(told, Mapping) else None
    mm = told.get("mm") if isinstance(told, Mapping) else None
    if not ends or not isinstance(mm, int | float) or not 0 < mm < LONGEST_MM:
        refuse([Problem("known length", "The line or its millimetres cannot be.", "Draw it again and say its length.")])
        raise AssertionError
    return KnownLength(ends[0][:2], ends[1][:2], float(mm))


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
