"""Outlines drawn on a picture: their area in pixels, how well it is known, and whether they can be measured.

Points are (x, y) = (column, row) with the centre of the first pixel at (0, 0), so a picture spans -0.5 to
columns - 0.5 and -0.5 to rows - 0.5.
"""

import numpy as np
from numpy.typing import NDArray

from calcitrial.dicom import Floats

MOST_POINTS = 2000


def area_px(points: Floats) -> float:
    """Return the area of a simple polygon (n, 2) in square pixels, by the shoelace formula."""
    x, y = (points - points[0]).T
    return float(abs(x @ np.roll(y, -1) - y @ np.roll(x, -1)) / 2)


def area_se_px(points: Floats, placing_px: float) -> float:
    """Return the standard uncertainty of the area in square pixels when each vertex is placed with `placing_px`.

    First order, vertices independent and equal along both axes: u(A) = u/2 * sqrt(sum |P[i+1] - P[i-1]|^2).
    """
    across = np.roll(points, -1, axis=0) - np.roll(points, 1, axis=0)
    return float(placing_px / 2 * np.sqrt((across**2).sum()))


def crosses_itself(points: Floats) -> bool:
    """Say whether two sides that do not share a vertex meet, so that the outline encloses no single area."""
    n = len(points)
    first, second = np.triu_indices(n, 2)
    apart = ~((first == 0) & (second == n - 1))
    return bool(_meet(points, np.roll(points, -1, axis=0), first[apart], second[apart]).any())


def overlap(one: Floats, other: Floats) -> bool:
    """Say whether two simple polygons share area: a side of one crosses one of the other, or one holds the other."""
    both = np.concatenate([one, other])
    ends = np.concatenate([np.roll(one, -1, axis=0), np.roll(other, -1, axis=0)])
    first, second = np.divmod(np.arange(len(one) * len(other)), len(other))
    if _meet(both, ends, first, second + len(one)).any():
        return True
    return bool(inside(one, other[:1])[0] or inside(other, one[:1])[0])


def inside(polygon: Floats, points: Floats) -> NDArray[np.bool_]:
    """Say of each point (n, 2) whether it lies inside, by counting the sides to its right (even-odd rule)."""
    held = np.zeros(len(points), dtype=np.bool_)
    x, y = points.T
    for (x0, y0), (x1, y1) in zip(polygon, np.roll(polygon, -1, axis=0), strict=True):
        if y0 == y1:
            continue
        spans = (y0 > y) != (y1 > y)
        held ^= spans & (x < x0 + (y - y0) * (x1 - x0) / (y1 - y0))
    return held


def _meet(
    starts: Floats,
    ends: Floats,
    first: NDArray[np.intp],
    second: NDArray[np.intp],
) -> NDArray[np.bool_]:
    """Say of each pair of sides whether they cross or touch."""
    a, b, c, d = starts[first], ends[first], starts[second], ends[second]
    turns = [_turn(a, b, c), _turn(a, b, d), _turn(c, d, a), _turn(c, d, b)]
    crossing = (turns[0] * turns[1] <= 0) & (turns[2] * turns[3] <= 0)
    # Sides on one line have four zero turns and meet only where their spans do.
    low, high = np.maximum(np.minimum(a, b), np.minimum(c, d)), np.minimum(np.maximum(a, b), np.maximum(c, d))
    return np.asarray(crossing & (low <= high).all(axis=1))


def _turn(a: Floats, b: Floats, c: Floats) -> Floats:
    return np.sign((b[:, 0] - a[:, 0]) * (c[:, 1] - a[:, 1]) - (b[:, 1] - a[:, 1]) * (c[:, 0] - a[:, 0]))
