"""Puts numbers on one finding: volume, calibrated integral mass with its uncertainty, Agatston score."""

import numpy as np

from calcitrial.dicom import Floats, Series
from calcitrial.imaging.agatston import agatston
from calcitrial.imaging.background import Background, background_of
from calcitrial.imaging.body import around
from calcitrial.imaging.integral import add_up
from calcitrial.imaging.lesion import Lesion, Point, Settings
from calcitrial.imaging.surroundings import Surroundings, surround
from calcitrial.imaging.tissue import Finding, Mask, Tissue

IN_FAT_HU = 0.0  # a ring below water holds more fat than anything else
NEEDS_READER = {"touches_bone", "may_be_bone", "at_edge", "at_skin", "metal", "merged"}
UNSURE = 0.15  # of the mass; with a larger standard uncertainty, as astride fat and muscle, a reader has to look
OBVIOUS_HU = 400  # noise does not reach it in a scan that anyone would read


def quantify(series: Series, tissue: Tissue, finding: Finding, name: str, settings: Settings) -> Lesion:
    """Measure one finding.

    mass = c * v * sum(HU - b) over the lesion and its blurred edge, b the background under it
    (`background_of`), v the voxel volume. A blurred ellipsoid fitted to the lesion (`ellipsoid.fit`) says where its
    edge fades below TAIL, stands in for what lies beyond, and for voxels that another lesion or bone spoils:
    sum = sum over the voxels above TAIL of (HU - b) + max(0, A * V / v - sum over them of A * p), A and V the fitted
    contrast and volume and p the fitted profile, and what is left around them as far as noise lets it be told; where
    noise is low, that makes it the plain sum over all that blur reaches.
    u(mass)^2 = (c v)^2 * (N s^2 f + M^2 u(b)^2) + (c l)^2 + (r * mass)^2, where N is the number of voxels above TAIL,
    M that of all that were counted, s the standard deviation of a voxel in the ring, f the inflation by noise of
    neighbours that vary together (from blocks laid into the ring), u(b) the standard error of the background, l that
    of the tail and of what is left around (`integral.add_up`) and r the repeat uncertainty of the segmentation. The
    uncertainty of c is left out (see Settings).

    Returns:
        The lesion; mass is None when there is no ring to take a background from.
    """
    box = around(series, finding.box, settings.ring_mm)
    here = surround(series, tissue, finding, box, settings)
    values, mask = here.values, here.lesion
    inside = values[mask]
    flags = set(here.flags)
    flags |= {"too_small"} if inside.size * series.voxel_mm3 < settings.min_volume_mm3 else set()
    flags |= {"metal"} if inside.max() >= settings.metal_hu else set()
    flags |= {"other_kvp"} if settings.calibration_kvp not in (None, series.facts.kvp) else set()
    background = _background(series, here)
    sums = None
    if background is None:
        flags |= {"needs_reader", "not_measured"}
    else:
        flags |= {"low_contrast"} if _faint(here, background, settings) else set()
        flags |= {"in_fat"} if background.hu < IN_FAT_HU else set()
        sums = add_up(series, here, background, settings)
        flags |= {"unresolved"} if sums.volume_mm3 is None else set()
        flags |= {"needs_reader"} if sums.mass_u_mg > UNSURE * abs(sums.mass_mg) else set()
    flags |= {"needs_reader"} if flags & NEEDS_READER else set()
    return Lesion(
        id=name,
        centroid_mm=_centroid(series, box, here, background.hu if background else 0.0),
        bbox_mm=_bounds(series, box, mask),
        volume_mm3=np.count_nonzero(inside >= settings.threshold_hu) * series.voxel_mm3,
        volume_pv_mm3=sums.volume_mm3 if sums else None,
        mass_mg=sums.mass_mg if sums else None,
        mass_se_mg=sums.mass_u_mg if sums else None,
        agatston=agatston(values, mask, here.usable & here.near, series.spacing_mm, series.facts.kvp),
        hu_mean=float(inside.mean()),
        hu_max=float(inside.max()),
        background_hu=background.hu if background else None,
        background_sd_hu=background.spread_hu if background else None,
        mass_fibrous_mg=sums.fibrous_mg if sums and "in_fat" in flags else None,
        flags=tuple(sorted(flags)),
    )


def stands_out(series: Series, tissue: Tissue, finding: Finding, settings: Settings) -> bool:
    """Say whether a finding is bright enough over its surroundings not to be noise; yes where they are hidden."""
    if series.voxels[finding.box][finding.mask].max() >= OBVIOUS_HU:
        return True
    here = surround(series, tissue, finding, around(series, finding.box, settings.ring_mm), settings)
    background = _background(series, here)
    return background is None or not _faint(here, background, settings)


def _background(series: Series, here: Surroundings) -> Background | None:
    centre = np.argwhere(here.half).mean(axis=0)
    return background_of(here.values, here.ring, here.beside, centre, series.spacing_mm)


def _faint(here: Surroundings, background: Background, settings: Settings) -> bool:
    peak = float(here.values[here.lesion].max())
    return peak - background.hu < settings.contrast_sigmas * background.spread_hu


def _centroid(series: Series, box: tuple[slice, ...], here: Surroundings, background_hu: float) -> Point:
    index = np.argwhere(here.lesion)
    weight = here.values[here.lesion] - background_hu
    middle = (index * weight[:, None]).sum(axis=0) / weight.sum() + [b.start for b in box]
    return _point(series.to_patient(middle))


def _bounds(series: Series, box: tuple[slice, ...], mask: Mask) -> tuple[Point, Point]:
    index = np.argwhere(mask) + [b.start for b in box]
    low, high = index.min(axis=0) - 0.5, index.max(axis=0) + 0.5
    corners = np.array(np.meshgrid(*zip(low, high, strict=True))).reshape(3, -1).T
    places = series.to_patient(corners)
    return _point(places.min(axis=0)), _point(places.max(axis=0))


def _point(values: Floats) -> Point:
    x, y, z = (float(v) for v in values)
    return x, y, z
