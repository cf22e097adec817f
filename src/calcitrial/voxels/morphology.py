"""Opens masks slice by slice and says how deep they are, in compiled loops."""

import numpy as np
from numpy.typing import NDArray

from calcitrial.compiled import compiled, spread, threads
from calcitrial.dicom import Floats

Mask = NDArray[np.bool_]
Plane = NDArray[np.uint8]

BORDER = 2  # as far as the opening reaches


def opened_above(voxels: NDArray[np.int16], level: float) -> Mask:
    """Return where voxels (z, y, x) exceed a level in HU, opened in each slice.

    Opened twice with a pixel and its four neighbours, so that what is thinner than five pixels falls away; outside
    the image nothing is marked. Within two pixels of the border of the image nothing falls away.
    """
    opened = np.empty(voxels.shape, dtype=np.bool_)
    slices = len(voxels)
    share = max(1, -(-slices // (2 * threads())))
    least = int(np.floor(np.clip(level, -(1 << 16), 1 << 16))) + 1
    spread(lambda start: _open(voxels, least, start, min(start + share, slices), opened), range(0, slices, share))
    return opened


@compiled
def _open(voxels: NDArray[np.int16], least: int, start: int, end: int, opened: Mask) -> None:
    height, width = voxels.shape[1], voxels.shape[2]
    soft = np.zeros((height + 2, width + 2), dtype=np.uint8)  # a rim of nothing around the image
    one, two = np.zeros_like(soft), np.zeros_like(soft)
    for z in range(start, end):
        for y in range(height):
            _mark(voxels[z, y], least, soft[y + 1])
        _erode(soft, one)
        _erode(one, two)
        _dilate(two, one)
        _dilate(one, two)
        for y in range(height):
            edge = y < BORDER or y >= height - BORDER
            for x in range(width):
                rim = edge or x < BORDER or x >= width - BORDER
                opened[z, y, x] = two[y + 1, x + 1] > 0 or (rim and soft[y + 1, x + 1] > 0)


@compiled
def _mark(row: NDArray[np.int16], least: int, marked: NDArray[np.uint8]) -> None:
    for x in range(len(row)):
        marked[x + 1] = np.uint8(row[x] >= least)


@compiled
def _erode(plane: Plane, kept: Plane) -> None:
    """Keep the pixels whose four neighbours are all marked."""
    for y in range(1, plane.shape[0] - 1):
        up, here, down, to = plane[y - 1], plane[y], plane[y + 1], kept[y]
        for x in range(1, len(here) - 1):
            to[x] = here[x] & up[x] & down[x] & here[x - 1] & here[x + 1]


@compiled
def _dilate(plane: Plane, grown: Plane) -> None:
    """Mark the pixels that are marked or have a marked neighbour among their four."""
    for y in range(1, plane.shape[0] - 1):
        up, here, down, to = plane[y - 1], plane[y], plane[y + 1], grown[y]
        for x in range(1, len(here) - 1):
            to[x] = here[x] | up[x] | down[x] | here[x - 1] | here[x + 1]


def depth_up_to(mask: Mask, spacing: tuple[float, ...], limit_mm: float) -> Floats:
    """Return the distance in mm from each voxel of a mask (z, y, x) to the nearest outside it or outside its array.

    Exact up to the limit, the very numbers of scipy's transform; infinity beyond it, zero outside the mask.
    """
    depth = np.zeros(mask.shape)
    _deepen(np.ascontiguousarray(mask), np.array(spacing, dtype=np.float64), limit_mm, depth)
    return depth


@compiled
def _deepen(mask: Mask, spacing: Floats, limit_mm: float, depth: Floats) -> None:
    """Axis by axis, each voxel of the mask takes the least sum of squares within the limit (see `reach`)."""
    steps = (limit_mm / spacing).astype(np.int64) + 1
    _deepen_along_z(mask, spacing[0], steps[0], depth)
    row = np.empty(max(mask.shape[1], mask.shape[2]))
    for z in range(mask.shape[0]):
        for x in range(mask.shape[2]):
            row[: mask.shape[1]] = depth[z, :, x]
            for y in range(mask.shape[1]):
                if mask[z, y, x]:
                    depth[z, y, x] = _least(row, mask.shape[1], y, spacing[1], steps[1])
        for y in range(mask.shape[1]):
            row[: mask.shape[2]] = depth[z, y]
            for x in range(mask.shape[2]):
                if mask[z, y, x]:
                    mm = np.sqrt(_least(row, mask.shape[2], x, spacing[2], steps[2]))
                    depth[z, y, x] = mm if mm <= limit_mm else np.inf


@compiled
def _deepen_along_z(mask: Mask, mm: float, most: int, depth: Floats) -> None:
    """Write the squared distance to the next voxel outside the mask along z, infinity where it is too many off."""
    slices = mask.shape[0]
    away = np.zeros(mask.shape[1:], dtype=np.int64)
    for z in range(2 * slices):
        if z == slices:
            away[:] = 0
        at = z if z < slices else 2 * slices - 1 - z
        for y in range(mask.shape[1]):
            for x in range(mask.shape[2]):
                away[y, x] = away[y, x] + 1 if mask[at, y, x] else 0
                square = (away[y, x] * mm) ** 2 if away[y, x] <= most else np.inf
                if z < slices or square < depth[at, y, x]:
                    depth[at, y, x] = square


@compiled
def _least(row: Floats, length: int, at: int, mm: float, most: int) -> float:
    """Return the least of a row's squares plus the square of the way there; beyond the row lies a zero."""
    best = row[at]
    for k in range(1, most + 1):
        step = (k * mm) ** 2
        if step >= best:
            break
        before = row[at - k] if at >= k else 0.0
        after = row[at + k] if at + k < length else 0.0
        best = min(best, before + step, after + step)
    return float(best)
