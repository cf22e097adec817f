"""Distances that matter only up to a few millimetres, without a distance transform of the whole block."""

import numpy as np
from numpy.typing import NDArray

Mask = NDArray[np.bool_]
Squares = NDArray[np.float32]
FAR = np.float32(np.inf)
CHUNK = 1 << 18  # voxels worked on at a time: a megabyte stays in the cache of a processor core


def squared_distance(mask: Mask, spacing: tuple[float, ...], limit_mm: float) -> Squares:
    """Return the squared distance in mm2 from each voxel (z, y, x) to a mask, infinity beyond the limit.

    Exact up to the limit: the squared Euclidean distance is a minimum of parabolas, axis by axis (Felzenszwalb
    and Huttenlocher, doi 10.4086/toc.2012.v008a019), and no parabola is followed beyond the limit.
    """
    squared = np.where(mask, np.float32(0), FAR)
    planes = max(1, CHUNK // max(1, squared[0].size))
    rows = max(1, CHUNK // max(1, squared[:, 0].size))
    for first in range(0, len(squared), planes):
        part = squared[first : first + planes]
        if np.isfinite(part).any():
            part[:] = _along(_along(part, 2, spacing[2], limit_mm), 1, spacing[1], limit_mm)
    for first in range(0, squared.shape[1], rows):
        part = squared[:, first : first + rows]
        part[:] = _along(part, 0, spacing[0], limit_mm)
    squared[~within(squared, limit_mm)] = FAR
    return squared


def _along(before: Squares, axis: int, mm: float, limit_mm: float) -> Squares:
    after = before.copy()
    for step in range(1, min(int(limit_mm / mm + 1e-6), before.shape[axis] - 1) + 1):
        farther = before + np.float32((step * mm) ** 2)
        ahead = tuple(slice(step, None) if a == axis else slice(None) for a in range(3))
        behind = tuple(slice(None, -step) if a == axis else slice(None) for a in range(3))
        np.minimum(after[ahead], farther[behind], out=after[ahead])
        np.minimum(after[behind], farther[ahead], out=after[behind])
    return after


def within(squared: Squares, limit_mm: float) -> Mask:
    """Mark what lies within a distance in mm, at it included, whatever single precision makes of the square."""
    return np.asarray(squared <= np.float32(limit_mm**2 * (1 + 1e-6)))


def deeper_than(mask: Mask, spacing: tuple[float, ...], depth_mm: float) -> Mask:
    """Mark voxels of a mask farther than a depth in mm from everything outside the mask or its array."""
    outside = np.pad(~mask, 1, constant_values=True)
    return np.asarray(np.isinf(squared_distance(outside, spacing, depth_mm))[1:-1, 1:-1, 1:-1])
