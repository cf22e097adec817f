"""Bodies of exactly known volume: ellipsoids, plates, irregular lumps, hollow sacs with or without a fluid level.

A `Shape` is what its solids cover together, less its holes, and where it has a level only the part below it. That
is enough for what calcinosis looks like on CT: round nodules, sheets along fascia, lumps grown together, and sacs
of "milk of calcium" whose chalk settles at the back of a person lying on it.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from calcitrial.dicom import Floats
from calcitrial.imaging import Point

Reals = NDArray[np.floating[Any]]

FINEST = 160  # samples across a shape without a formula; a sphere comes out within 0.02 %


@dataclass(frozen=True)
class Solid:
    """An ellipsoid, or a plate with square edges.

    Attributes:
        centre_mm: (x, y, z), patient LPS mm.
        half_mm: semi-axes of the ellipsoid, half lengths of the plate, along its own (x, y, z).
        turn_degrees: rotation about z, from x towards y.
        tilt_degrees: rotation about its own x before the turn, from y towards z.
        plate: whether it is a plate.
    """

    centre_mm: Point
    half_mm: Point
    turn_degrees: float = 0.0
    tilt_degrees: float = 0.0
    plate: bool = False


@dataclass(frozen=True)
class Shape:
    """The union of `solids` less the union of `holes`, and of that only y >= `level_mm` where a level is given."""

    solids: tuple[Solid, ...]
    holes: tuple[Solid, ...] = ()
    level_mm: float | None = None


def ellipsoid(centre_mm: Point, half_mm: Point, turn_degrees: float = 0.0, tilt_degrees: float = 0.0) -> Shape:
    """Return an ellipsoid with semi-axes in mm."""
    return Shape((Solid(centre_mm, half_mm, turn_degrees, tilt_degrees),))


def sphere(centre_mm: Point, radius_mm: float) -> Shape:
    """Return a sphere."""
    return ellipsoid(centre_mm, (radius_mm, radius_mm, radius_mm))


def plate(centre_mm: Point, half_mm: Point, turn_degrees: float = 0.0, tilt_degrees: float = 0.0) -> Shape:
    """Return a plate with half lengths in mm, as calcium lies along fascia."""
    return Shape((Solid(centre_mm, half_mm, turn_degrees, tilt_degrees, plate=True),))


def shell(centre_mm: Point, radius_mm: float, wall_mm: float) -> Shape:
    """Return a hollow sphere, the rim of a sac."""
    inner = radius_mm - wall_mm
    return Shape(sphere(centre_mm, radius_mm).solids, (Solid(centre_mm, (inner, inner, inner)),))


def sediment(centre_mm: Point, radius_mm: float, level_mm: float) -> Shape:
    """Return what has settled in a round sac below a level, given as y in patient LPS mm (y points to the back)."""
    return Shape(sphere(centre_mm, radius_mm).solids, level_mm=level_mm)


def lump(centre_mm: Point, radius_mm: float, rng: np.random.Generator, lobes: int = 5) -> Shape:
    """Return an irregular lump: a core with `lobes` ellipsoids grown out of its surface, equal for equal generators."""
    core = 0.7 * radius_mm
    solids = [Solid(centre_mm, (core, core, core))]
    for _ in range(lobes):
        way = rng.standard_normal(3)
        x, y, z = np.asarray(centre_mm) + 0.65 * radius_mm * way / np.linalg.norm(way)
        a, b, c = rng.uniform(0.3, 0.55, 3) * radius_mm
        turn, tilt = rng.uniform(0.0, 180.0, 2)
        solids.append(Solid((float(x), float(y), float(z)), (float(a), float(b), float(c)), float(turn), float(tilt)))
    return Shape(tuple(solids))


def inside(shape: Shape, x: Reals, y: Reals, z: Reals) -> NDArray[np.bool_]:
    """Say of points (three arrays in LPS mm that broadcast together) whether they lie in the shape."""
    within = _any(shape.solids, x, y, z)
    if shape.holes:
        within &= ~_any(shape.holes, x, y, z)
    if shape.level_mm is not None:
        within &= y >= shape.level_mm
    return within


def bounds(shape: Shape) -> tuple[Floats, Floats]:
    """Return the lowest and highest (x, y, z) in mm of a box along the patient axes that holds the shape."""
    low, high = zip(*(_box(solid) for solid in shape.solids), strict=True)
    lowest = np.min(low, axis=0)
    if shape.level_mm is not None:
        lowest[1] = max(lowest[1], shape.level_mm)
    return lowest, np.max(high, axis=0)


def volume_mm3(shape: Shape) -> float:
    """Return the volume: by formula for one solid, else by FINEST ** 3 samples of its box."""
    if len(shape.solids) == 1 and shape.level_mm is None and not shape.holes:
        return _formula(shape.solids[0])
    low, high = bounds(shape)
    x, y, z = (a + (np.arange(FINEST) + 0.5) * (b - a) / FINEST for a, b in zip(low, high, strict=True))
    share = inside(shape, x, y[:, None], z[:, None, None]).mean()
    return float(share * np.prod(high - low))


def _formula(solid: Solid) -> float:
    return float((8.0 if solid.plate else 4 / 3 * np.pi) * np.prod(solid.half_mm))


def _any(solids: tuple[Solid, ...], x: Reals, y: Reals, z: Reals) -> NDArray[np.bool_]:
    within = _within(solids[0], x, y, z)
    for solid in solids[1:]:
        within |= _within(solid, x, y, z)
    return within


def _within(solid: Solid, x: Reals, y: Reals, z: Reals) -> NDArray[np.bool_]:
    off = [axis - centre for axis, centre in zip((x, y, z), solid.centre_mm, strict=True)]
    if solid.turn_degrees or solid.tilt_degrees:
        off = [a * off[0] + b * off[1] + c * off[2] for a, b, c in _axes(solid)]
    u, v, w = off
    a, b, c = solid.half_mm
    if solid.plate:
        return np.asarray((np.abs(u) <= a) & (np.abs(v) <= b) & (np.abs(w) <= c))
    return np.asarray((u / a) ** 2 + (v / b) ** 2 + (w / c) ** 2 <= 1)


def _axes(solid: Solid) -> Floats:
    """Return the solid's own unit axes as rows, shape (3, 3), in patient coordinates."""
    turn, tilt = np.radians([solid.turn_degrees, solid.tilt_degrees])
    about_z = np.array([[np.cos(turn), np.sin(turn), 0], [-np.sin(turn), np.cos(turn), 0], [0, 0, 1]])
    about_x = np.array([[1, 0, 0], [0, np.cos(tilt), np.sin(tilt)], [0, -np.sin(tilt), np.cos(tilt)]])
    return np.asarray(about_x @ about_z)


def _box(solid: Solid) -> tuple[Floats, Floats]:
    parts = _axes(solid) * np.asarray(solid.half_mm)[:, None]
    # The reach along a patient axis: the sum of half edges of a plate, the root sum of squares of an ellipsoid.
    reach = np.abs(parts).sum(axis=0) if solid.plate else np.linalg.norm(parts, axis=0)
    return np.asarray(solid.centre_mm) - reach, np.asarray(solid.centre_mm) + reach
