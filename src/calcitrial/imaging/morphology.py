"""Opens masks slice by slice, and finds boxes in them, in compiled loops."""

import numpy as np
from numpy.typing import NDArray

from calcitrial.compiled import compiled, spread, threads

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


@compiled
def holds_box(mask: Mask, size: tuple[int, ...]) -> bool:
    """Say whether somewhere in a mask (z, y, x) a box of this size in voxels is marked throughout."""
    rows = np.zeros(mask.shape[2], dtype=np.int64)
    slices = np.zeros(mask.shape[1:], dtype=np.int64)
    for z in range(mask.shape[0]):
        rows[:] = 0
        for y in range(mask.shape[1]):
            run = 0
            for x in range(mask.shape[2]):
                run = run + 1 if mask[z, y, x] else 0
                rows[x] = rows[x] + 1 if run >= size[2] else 0
                slices[y, x] = slices[y, x] + 1 if rows[x] >= size[1] else 0
                if slices[y, x] >= size[0]:
                    return True
    return False
