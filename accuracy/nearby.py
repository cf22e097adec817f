"""Which finding a seed means, and what lies around it: the same for every peer."""

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from calcitrial.dicom import Floats, Series
from calcitrial.imaging import Seed, Settings

Mask = NDArray[np.bool_]
Labels = NDArray[np.integer]
SETTINGS = Settings()
SURE_MM, FAR_MM, LEAST_MM3 = 2.0, 8.0, 4.0
TISSUE_HU = -300.0  # darker is air


def ring_hu(series: Series, mask: Mask, labels: Labels) -> float:
    """Return the median HU between 2.5 and 6 mm from a mask, without air and other hot voxels."""
    box = box_around(series, mask, SETTINGS.ring_mm)
    away = outside_mm(series, mask[box])
    values = series.voxels[box]
    ring = (away > SETTINGS.dilation_mm) & (away <= SETTINGS.ring_mm) & (labels[box] == 0) & (values > TISSUE_HU)
    return float(np.median(values[ring])) if ring.any() else 50.0


def outside_mm(series: Series, mask: Mask) -> Floats:
    """Return the distance in mm of each voxel outside a mask to it."""
    return np.asarray(ndimage.distance_transform_edt(~mask, sampling=series.spacing_mm))


def box_around(series: Series, mask: Mask, margin_mm: float) -> tuple[slice, ...]:
    """Return the box of a mask with a margin, inside the series."""
    (box,) = ndimage.find_objects(mask.astype(np.int8))
    pads = (int(np.ceil(margin_mm / mm)) for mm in series.spacing_mm)
    return tuple(slice(max(b.start - pad, 0), b.stop + pad) for b, pad in zip(box, pads, strict=True))


def box_of(series: Series, seed: Seed, half_mm: float) -> tuple[slice, ...]:
    """Return the cube around a seed, inside the series."""
    at = np.rint(series.to_voxel(seed.point_mm)).astype(int)
    return tuple(
        slice(max(int(i - half_mm / mm), 0), min(int(i + half_mm / mm) + 1, n))
        for i, mm, n in zip(at, series.spacing_mm, series.voxels.shape, strict=True)
    )


def distance_mm(series: Series, box: tuple[slice, ...], seed: Seed) -> Floats:
    """Return the distance in mm of each voxel of a box from a seed."""
    at = series.to_voxel(seed.point_mm)
    grids = np.ogrid[box]
    return np.sqrt(sum(((g - i) * mm) ** 2 for g, i, mm in zip(grids, at, series.spacing_mm, strict=True)))


def pick(series: Series, labels: Labels, seed: Seed, within: tuple[slice, ...] | None = None) -> int:
    """Return the label of a seed by the rule that `methods` tells, or 0; `within` is the box that `labels` cover."""
    box = box_of(series, seed, FAR_MM)
    inner = (
        box
        if within is None
        else tuple(slice(b.start - w.start, b.stop - w.start) for b, w in zip(box, within, strict=True))
    )
    part = labels[inner]
    away = distance_mm(series, box, seed)
    hot = part > 0
    if not hot.any():
        return 0
    found = np.unique(part[hot])
    nearest = np.atleast_1d(ndimage.minimum(away, part, found))
    sizes = np.array([np.count_nonzero(part == which) for which in found[nearest <= SURE_MM]])
    if sizes.size:
        return int(found[nearest <= SURE_MM][sizes.argmax()])
    for which in found[np.argsort(nearest)]:
        if np.count_nonzero(part == which) * series.voxel_mm3 >= LEAST_MM3:
            return int(which)
    return 0
