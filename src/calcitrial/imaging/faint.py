"""Looks for a deposit too faint or too small to reach the threshold, where a person says that one is."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage
from scipy.special import ndtri

from calcitrial.dicom import Floats, Series
from calcitrial.imaging.body import around
from calcitrial.imaging.bone import TOUCHING
from calcitrial.imaging.tissue import Finding, Mask, Tissue, trimmed
from calcitrial.voxels import squared_distance, within

LOOK_MM = 10.0  # how far the surroundings are looked at
NEAR_MM = 3.0  # a point lies no farther from the middle of its lesion
GRAIN_MM = 0.7  # smoothing that keeps a lesion of 3 mm and halves noise
SOFT_HU = 55.0  # muscle, tendon and vessel: half-way from it to the peak, a deposit parts from all of them
LEAST_HU = 20.0  # above soft tissue; blood and tendon vary by no more
CLEAR_MM = 2.0  # from bone and other findings, whose blur makes slopes of its own
SIGMAS = 5.0
LAG = 3  # voxels, beyond which smoothed noise is no longer the same
LARGEST_MM3 = 400.0  # what is larger and still below the threshold is tissue
FAT_HU = -20.0  # a bump in what is darker may be a deposit no denser than muscle
FAT_PERCENT = 20  # of what is near the point; where fat meets muscle, a deposit in fat looks like more muscle
IN_FAT_RISE_HU = 50.0
IN_FAT_SIGMAS = 3.0  # only a question to a reader hangs on it


@dataclass(frozen=True)
class Faint:
    """What is at a point below the threshold: a bump denser than soft tissue, or one that only fat is darker than."""

    finding: Finding | None
    soft: bool


def look_closer(series: Series, tissue: Tissue, at: Floats) -> Faint:
    """Look for the bump around a point (z, y, x voxels) and mark it above half its height over soft tissue.

    It must rise SIGMAS standard deviations of the smoothed noise above what soft tissue reaches, and be closed: what
    runs on to the border of the neighbourhood is a vessel or a muscle.
    """
    place = tuple(int(i) for i in np.rint(at))
    box = around(series, tuple(slice(i, i + 1) for i in place), LOOK_MM)
    spacing = series.spacing_mm
    smooth = ndimage.gaussian_filter(series.voxels[box].astype(np.float32), [GRAIN_MM / mm for mm in spacing])
    spoiled = squared_distance(tissue.bone[box] | tissue.hot[box], spacing, CLEAR_MM)
    free = tissue.body[box] & ~within(spoiled, CLEAR_MM)
    away = _away(smooth.shape, at - [b.start for b in box], spacing)
    here, ring = free & (away <= NEAR_MM), free & (away > NEAR_MM) & (away <= 2 * NEAR_MM)
    if not here.any() or not ring.any():
        return Faint(None, soft=False)
    peak, usual = float(smooth[here].max()), float(np.median(smooth[ring]))
    noise = _noise(smooth, free)
    if peak >= SOFT_HU + max(LEAST_HU, SIGMAS * noise):
        level = (peak + max(SOFT_HU, usual)) / 2
        return Faint(_closed(series, box, (smooth >= level) & free, (smooth == peak) & here), soft=True)
    fat, rise = min(usual, float(np.percentile(smooth[here], FAT_PERCENT))), max(IN_FAT_RISE_HU, IN_FAT_SIGMAS * noise)
    return Faint(None, soft=fat < FAT_HU and peak > fat + rise)


def _noise(smooth: NDArray[np.float32], free: Mask) -> float:
    """Return the standard deviation of smoothed noise from differences along x, which tissue hardly enters."""
    both = free[:, :, LAG:] & free[:, :, :-LAG]
    if not both.any():
        return 0.0
    # The quartile and not the median: at the border of a limb half the differences are those of tissues.
    quartile = float(np.percentile(np.abs((smooth[:, :, LAG:] - smooth[:, :, :-LAG])[both]), 25))
    return quartile / float(ndtri(0.625) * np.sqrt(2))


def _closed(series: Series, box: tuple[slice, ...], bright: Mask, top: Mask) -> Finding | None:
    labels, _ = ndimage.label(bright, TOUCHING)
    own = labels == labels[top].max()
    inner = tuple(slice(1, -1) for _ in range(3))
    if own.sum() * series.voxel_mm3 > LARGEST_MM3 or own.sum() > own[inner].sum():
        return None
    return trimmed(Finding(box, np.asarray(own), bone=False, doubtful=False, bony=False))


def _away(shape: tuple[int, ...], at: Floats, spacing: tuple[float, ...]) -> Floats:
    grids = np.ogrid[tuple(slice(n) for n in shape)]
    return np.asarray(np.sqrt(sum(((g - i) * mm) ** 2 for g, i, mm in zip(grids, at, spacing, strict=True))))
