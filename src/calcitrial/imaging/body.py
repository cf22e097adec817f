"""Tells the limb from the couch and the air around it."""

import numpy as np
from numpy.typing import NDArray

from calcitrial.dicom import Series
from calcitrial.voxels import FACES, find_components, opened_above

Mask = NDArray[np.bool_]
Box = tuple[slice, ...]
SOFT_HU = -300  # above: skin, fat and everything denser; below: air, foam, most of a couch
BODY_MIN_MM3 = 2000.0  # a fingertip is larger, a skin marker or an intravenous line smaller


def body_of(series: Series) -> Mask:
    """Return soft tissue and denser: opened in-plane so that thin couch plates fall away."""
    # The opening keeps the border of the image, where a cropped limb goes on.
    body = opened_above(series.voxels, SOFT_HU)
    parts = find_components(body, 1, neighbours=FACES)
    large = parts.voxels * series.voxel_mm3 >= BODY_MIN_MM3
    return body if large.all() else parts.paint(large)


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
