"""The projected area of calcifications that were outlined on a radiograph, in mm2 of the patient."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from calcitrial.dicom import Floats, Picture
from calcitrial.protocol import Problem, RefusedError, refuse
from calcitrial.stills.polygon import MOST_POINTS, area_px, area_se_px, crosses_itself, inside, overlap
from calcitrial.stills.scale import Scale
from calcitrial.version import __version__

VERTEX_PX = 1.0  # standard uncertainty with which a reader places a vertex, per axis (assumed)
MOST_OUTLINES = 500
KEYS = {"id", "points_px", "threshold"}
DIGITS = 4


@dataclass(frozen=True, eq=False)
class Outline:
    """One calcification as drawn: vertices (n, 2) as (x, y) pixels, the first pixel's centre at (0, 0).

    With a `threshold`, in stored values, only pixels inside that are at least as dense count.
    """

    id: str
    points: Floats
    threshold: float | None = None


@dataclass(frozen=True)
class FilmLesion:
    """The size of one outlined calcification: area in mm2 with its standard uncertainty, and its pixels' values."""

    id: str
    area_mm2: float
    area_se_mm2: float
    flags: tuple[str, ...]


def outlines(contents: Sequence[Mapping[str, object]]) -> list[Outline]:
    """Return the outlines that a list of {"id", "points_px": [[x, y], …], "threshold"?} describes.

    Raises:
        RefusedError: with every problem: keys, numbers, too few or too many points, ids that repeat.
    """
    problems = []
    ids = [str(one.get("id", "")) for one in contents]
    if not 1 <= len(contents) <= MOST_OUTLINES:
        problems.append(Problem("outlines", f"There are {len(contents)}.", f"Give 1 to {MOST_OUTLINES}."))
    for number, one in enumerate(contents, 1):
        problems += [Problem(f"outline {number}", what, instead) for what, instead in _faults(one)]
    for name in sorted({name for name in ids if ids.count(name) > 1}):
        problems.append(Problem("outlines", f"The id {name!r} repeats.", "Give every outline an id of its own."))
    refuse(problems)
    return [_outline(one) for one in contents]


def _faults(one: Mapping[str, object]) -> list[tuple[str, str]]:
    name, points, threshold = (one.get(key) for key in ("id", "points_px", "threshold"))
    found = []
    if unknown := sorted(set(one) - KEYS):
        found.append((f"The key {unknown[0]!r} is unknown.", f"Known: {', '.join(sorted(KEYS))}."))
    if not isinstance(name, str) or not name:
        found.append((f"Its id is {name!r}.", "Write a name."))
    if not isinstance(points, list) or not 3 <= len(points) <= MOST_POINTS or not all(map(is_point, points)):
        found.append(("Its points_px are no polygon.", f"Write 3 to {MOST_POINTS} points [x, y]."))
    if threshold is not None and not is_number(threshold):
        found.append((f"Its threshold is {threshold!r}.", "Write a stored pixel value."))
    return found


def is_number(value: object) -> bool:
    """Say whether a value from JSON is a finite number; in Python true and false are whole numbers too."""
    return isinstance(value, (int, float)) and not isinstance(value, bool) and math.isfinite(value)


def is_point(value: object) -> bool:
    """Say whether a value from JSON is [x, y]."""
    return isinstance(value, list) and len(value) == 2 and all(map(is_number, value))


def _outline(one: Mapping[str, Any]) -> Outline:
    threshold = one.get("threshold")
    points = np.array(one["points_px"], dtype=np.float64)
    return Outline(one["id"], points, None if threshold is None else float(threshold))


def measure_film(film: Picture, drawn: Sequence[Outline], scale: Scale) -> list[FilmLesion]:
    """Return the area of each outline, in the order drawn.

    The standard uncertainty joins the scale's, twice for an area, and that of placing the vertices (VERTEX_PX).

    Raises:
        RefusedError: an outline that leaves the picture, crosses itself or encloses nothing; two that overlap; a
            clip; a threshold on a picture whose dense side is not told.
    """
    if film.frames != 1:
        refuse([Problem("film", f"It has {film.frames} frames.", "Give one exposure.")])
    problems = [problem for one in drawn for problem in _shape_problems(film, one)]
    refuse(problems)
    for i, one in enumerate(drawn):
        problems += [
            Problem(one.id, f"Its outline overlaps that of {other.id}, so area would count twice.", "Part them.")
            for other in drawn[i + 1 :]
            if overlap(one.points, other.points)
        ]
    refuse(problems)
    pixels = film.frame() if any(one.threshold is not None for one in drawn) else None
    return [_lesion(film, one, scale, pixels) for one in drawn]


def _shape_problems(film: Picture, one: Outline) -> list[Problem]:
    low, high = one.points.min(axis=0), one.points.max(axis=0)
    if (low < -0.5).any() or (high > np.array([film.columns, film.rows]) - 0.5).any():
        what = f"Its outline leaves the {film.columns} x {film.rows} picture."
        return [Problem(one.id, what, "Outline it inside the picture.")]
    if crosses_itself(one.points) or area_px(one.points) == 0:
        return [Problem(one.id, "Its outline crosses itself or encloses nothing.", "Draw it around the calcification.")]
    return []


def _lesion(film: Picture, one: Outline, scale: Scale, pixels: NDArray[np.integer[Any]] | None) -> FilmLesion:
    pixel_mm2 = scale.row_mm * scale.column_mm
    drawn_px = area_px(one.points)
    counted_px = drawn_px if one.threshold is None else float(_dense(film, one, pixels))
    # What the outline lets in or cuts off counts in the share that lies above the threshold.
    placing = area_se_px(one.points, VERTEX_PX) * (counted_px / drawn_px)
    se = math.hypot(2 * scale.relative_u * counted_px, placing) * pixel_mm2
    flags = scale.flags + (("empty",) if counted_px == 0 else ())
    return FilmLesion(one.id, counted_px * pixel_mm2, se, flags)


def _dense(film: Picture, one: Outline, pixels: NDArray[np.integer[Any]] | None) -> int:
    """Count the pixels inside an outline that are at least as dense as its threshold."""
    if pixels is None or film.photometric not in ("MONOCHROME1", "MONOCHROME2"):
        raise RefusedError([Problem("film", "It is no grey picture.", "Outline without a threshold.")])
    x0, y0 = np.maximum(np.floor(one.points.min(axis=0)), 0).astype(int)
    x1, y1 = np.ceil(one.points.max(axis=0)).astype(int)
    part = pixels[y0 : y1 + 1, x0 : x1 + 1]
    ys, xs = np.mgrid[y0 : y0 + part.shape[0], x0 : x0 + part.shape[1]]
    held = inside(one.points, np.column_stack([xs.ravel(), ys.ravel()]).astype(np.float64)).reshape(part.shape)
    assert one.threshold is not None
    dense = part <= one.threshold if film.dense_low else part >= one.threshold
    return int((held & dense).sum())


def film_json(film: Picture, lesions: Sequence[FilmLesion], scale: Scale) -> dict[str, Any]:
    """Return picture, scale and areas as JSON-ready data; areas in mm2 with 4 decimals, nothing names a person."""
    return {
        "picture": {
            "digest": film.digest,
            "rows": film.rows,
            "columns": film.columns,
            "photometric": film.photometric,
            "manufacturer": film.manufacturer,
            "model": film.model,
        },
        "scale": {**asdict(scale), "vertex_px": VERTEX_PX},
        "lesions": [
            {**asdict(one), "area_mm2": round(one.area_mm2, DIGITS), "area_se_mm2": round(one.area_se_mm2, DIGITS)}
            for one in lesions
        ],
        "total_area_mm2": round(sum(one.area_mm2 for one in lesions), DIGITS),
        "code_version": __version__,
    }


def film_text(lesions: Sequence[FilmLesion], scale: Scale) -> str:
    """Return a page for people: the scale in a line, then a line per calcification, areas in mm2."""
    lines = [
        f"{scale.column_mm:.4f} x {scale.row_mm:.4f} mm per pixel, from {scale.source}, "
        f"known to {100 * scale.relative_u:.1f} %",
        f"{'lesion':<14}{'area mm²':>12}{'± se':>10}",
    ]
    for one in lesions:
        flags = f"   {', '.join(one.flags)}" if one.flags else ""
        lines.append(f"{one.id:<14}{one.area_mm2:>12.2f}{one.area_se_mm2:>10.2f}{flags}")
    return "\n".join(lines)
