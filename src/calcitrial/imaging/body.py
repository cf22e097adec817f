"""Tells the limb from the couch and the air around it."""

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from calcitrial.dicom import Series

Mask = NDArray[np.bool_]
Box = tuple[slice, ...]
SOFT_HU = -300  # above: skin, fat and everything denser; below: air, foam, most of a couch
BODY_MIN_MM3 = 2000.0  # a fingertip is larger, a skin marker or an intravenous line smaller


def body_of(series: Series) -> Mask:
    """Return soft tissue and denser: opened in-plane so that thin couch plates fall away."""
    body = np.zeros(series.voxels.shape, dtype=np.bool_)
    for plane, opened in zip(series.voxels, body, strict=True):
        soft = plane > SOFT_HU
        opened[:] = _dilated(_dilated(_eroded(_eroded(soft))))
        # The opening eats what touches the border of the image, where a cropped limb goes on.
        opened[[0, 1, -2, -1]] |= soft[[0, 1, -2, -1]]
        opened[:, [0, 1, -2, -1]] |= soft[:, [0, 1, -2, -1]]
    frame = frame_of(body)
    labels, n = ndimage.label(body[frame])
    if n == 0:
        return body
    small = np.bincount(labels.ravel()) * series.voxel_mm3 < BODY_MIN_MM3
    small[0] = False
    if small.any():
        body[frame] &= ~small[labels]
    return body


def _eroded(plane: Mask) -> Mask:
    """Return the pixels of a slice whose four neighbours are all marked; outside the image none is."""
    kept = np.zeros_like(plane)
    kept[1:-1, 1:-1] = plane[1:-1, 1:-1] & plane[2:, 1:-1] & plane[:-2, 1:-1] & plane[1:-1, 2:] & plane[1:-1, :-2]
    return kept


def _dilated(plane: Mask) -> Mask:
    """Return the pixels of a slice that are marked or have a marked neighbour among their four."""
    grown = plane.copy()
    grown[1:] |= plane[:-1]
    grown[:-1] |= plane[1:]
    grown[:, 1:] |= plane[:, :-1]
    grown[:, :-1] |= plane[:, 1:]
    return grown


def frame_of(mask: Mask) -> Box:
    """Return the box that holds all of a mask: most of a scan is air, and nobody need look there."""
    frame = []
    for axis in range(3):
        met = np.flatnonzero(mask.any(axis=tuple(a for a in range(3) if a != axis)))
        frame.append(slice(int(met[0]), int(met[-1]) + 1) if met.size else slice(0, 0))
    return tuple(frame)


def around(series: Series, box: tuple[slice, ...], margin_mm: float) -> Box:
    """Return the box widened by a margin in mm on every side (at least two voxels), clipped to the series."""
    return tuple(
        slice(max(b.start - pad, 0), min(b.stop + pad, size))
        for b, size, pad in zip(
            box,
            series.voxels.shape,
            (max(2, int(np.ceil(margin_mm / mm))) for mm in series.spacing_mm),
            strict=True,
        )
    )
