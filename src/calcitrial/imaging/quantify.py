"""Puts numbers on one finding: volume, calibrated integral mass with its uncertainty, Agatston-type score."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from calcitrial.dicom import Floats, Series
from calcitrial.imaging.agatston import agatston
from calcitrial.imaging.background import FEWEST_RING, Background, background_of, local_background
from calcitrial.imaging.body import SOFT_HU, around
from calcitrial.imaging.ellipsoid import Ellipsoid, Spread, fit
from calcitrial.imaging.lesion import Lesion, Point, Settings
from calcitrial.imaging.reach import deeper_than, squared_distance, within
from calcitrial.imaging.tissue import Finding, Mask, Tissue

PLUS = ndimage.generate_binary_structure(2, 1)[None]  # four neighbours in the slice
SOFT_TISSUE_HU = 40.0  # the fibrous tissue that deposits lie in, whatever lies around them
IN_FAT_HU = 0.0  # a ring below water holds more fat than anything else
NEEDS_READER = {"touches_bone", "may_be_bone", "at_edge", "at_skin", "metal", "merged"}
EXPECTED = Spread(sigma_mm=0.6, relative_u=0.3)  # soft and sharp kernels of body scanners lie within twice the u
EDGE_MM = 2.0  # from half the maximum: two and a half sigmas of the softest common kernel
RING_MM = 3.5  # how far the ring reaches beyond
SPOILED_MM = 1.2  # next to another lesion or bone
TOUCHING = np.ones((3, 3, 3), dtype=np.bool_)
OBVIOUS_HU = 400  # noise does not reach it in a scan that anyone would read
UNEVEN_SHARE = 0.1  # of the lesion; less is noise at its rim
UNEVEN_U = 0.03  # relative, of where the sum over an uneven deposit ends
TAIL = 0.03  # of full contrast; where the blurred lesion falls below it, noise outweighs what is left
MOST_FITTED = 800  # voxels; more do not sharpen the fit of ten numbers
MOST_BEYOND = 0.3  # of what was summed; a model that adds more was not fitted to this lesion
UNEVEN_HU = 15.0  # octants that differ by more lie in different tissues
RESOLVED_U = 0.3  # relative uncertainty of the volume beyond which none is given
MISFIT = 0.25  # of the contrast, root mean square; beyond it the lesion is nothing like an even ellipsoid
PLATEAU_SIGMAS = 2.0  # this deep inside, blur from outside has gone


@dataclass(frozen=True, eq=False)
class Surroundings:
    """One lesion and what is around it, all masks over the same box.

    Attributes:
        values: HU as float.
        lesion: the threshold mask.
        half: what is connected to it above half its maximum, about as large as the deposit.
        usable: where nothing but the lesion and soft tissue is.
        near: where its blur may reach.
        ring: where the background is taken.
        cut: whether it goes on beyond its mask, into another lesion or bone that it was parted from.
        uneven: whether it is brighter away from its maximum than blur explains; no ellipsoid stands for it then.
        flags: what was met.
    """

    values: Floats
    lesion: Mask
    half: Mask
    usable: Mask
    near: Mask
    ring: Mask
    cut: bool
    uneven: bool
    flags: frozenset[str]


@dataclass(frozen=True)
class Sums:
    """What was added up: masses in mg, volume in mm3, None where it cannot be told."""

    mass_mg: float
    noise_u_mg: float
    volume_mm3: float | None
    fibrous_mg: float | None


def quantify(series: Series, tissue: Tissue, finding: Finding, name: str, settings: Settings) -> Lesion:
    """Measure one finding.

    mass = c * v * sum(HU - b) over the lesion and its blurred edge, b the background at its centre
    (`background_of`), v the voxel volume. A blurred ellipsoid fitted to the lesion (`ellipsoid.fit`) says where its
    edge fades below TAIL, stands in for what lies beyond, and for voxels that another lesion or bone spoils:
    sum = A * V / v + sum over the voxels above TAIL of (HU - b - A * p), A and V the fitted contrast and volume and
    p the fitted profile. u(mass)^2 = (c v)^2 * (N s^2 f + N^2 u(b)^2) + (c t / 2)^2 + (r * mass)^2, where N is the
    number of voxels above TAIL, s the standard deviation of a voxel in the ring, f the inflation by noise of
    neighbours that vary together, u(b) the standard error of the background, t what the model stands in for and r
    the repeat uncertainty of the segmentation. The uncertainty of c is left out (see Settings).

    Returns:
        The lesion; mass is None when there is no ring to take a background from.
    """
    box = around(series, finding.box, settings.ring_mm)
    here = _surround(series, tissue, finding, box, settings)
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
        sums = _sums(series, here, background, settings)
        flags |= {"unresolved"} if sums.volume_mm3 is None else set()
    flags |= {"needs_reader"} if flags & NEEDS_READER else set()
    return Lesion(
        id=name,
        centroid_mm=_centroid(series, box, here, background.hu if background else 0.0),
        bbox_mm=_bounds(series, box, mask),
        volume_mm3=np.count_nonzero(inside >= settings.threshold_hu) * series.voxel_mm3,
        volume_pv_mm3=sums.volume_mm3 if sums else None,
        mass_mg=sums.mass_mg if sums else None,
        mass_se_mg=sums.noise_u_mg if sums else None,
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
    here = _surround(series, tissue, finding, around(series, finding.box, settings.ring_mm), settings)
    background = _background(series, here)
    return background is None or not _faint(here, background, settings)


def _background(series: Series, here: Surroundings) -> Background | None:
    return background_of(here.values, here.ring, np.argwhere(here.half).mean(axis=0), series.spacing_mm)


def _faint(here: Surroundings, background: Background, settings: Settings) -> bool:
    peak = float(here.values[here.lesion].max())
    return peak - background.hu < settings.contrast_sigmas * background.spread_hu


def _surround(
    series: Series, tissue: Tissue, finding: Finding, box: tuple[slice, ...], settings: Settings
) -> Surroundings:
    values = series.voxels[box].astype(np.float64)
    inner = tuple(slice(f.start - b.start, f.stop - b.start) for f, b in zip(finding.box, box, strict=True))
    lesion = np.zeros(values.shape, dtype=np.bool_)
    lesion[inner] = finding.mask
    # Thick slices count as no thicker than the dilation, so that blur into the next slice is always summed.
    steps = tuple(min(mm, settings.dilation_mm) for mm in series.spacing_mm)
    distance = squared_distance(lesion, steps, settings.ring_mm)
    bone = tissue.bone[box] & ~lesion
    others = (tissue.hot[box] & ~lesion) | bone
    apart = squared_distance(others, steps, settings.dilation_mm)
    near = within(distance, settings.dilation_mm)
    tissue_here = tissue.body[box] & (values > SOFT_HU)
    # Air blurs into the skin and would count as negative mass: two voxels along each slice are left out.
    clear = ~ndimage.binary_dilation(~tissue_here, PLUS, iterations=2)
    flags = {"touches_bone"} if (near & bone).any() else set()
    flags |= {"near_bone"} if (bone & np.isfinite(distance)).any() else set()
    flags |= {"may_be_bone"} if finding.doubtful else set()
    edge = any(f.start == 0 or f.stop == n for f, n in zip(finding.box, series.voxels.shape, strict=True))
    flags |= {"at_edge"} if edge else set()
    # The blur of another lesion reaches into the own half of the gap; the model stands in for what it spoils.
    cut = bool((ndimage.binary_dilation(lesion, TOUCHING) & others).any())
    free = (apart > distance) & clear & (cut | ~within(apart, SPOILED_MM))
    # A dilation away from bone and other lesions, where nothing bleeds in.
    far = ~near & np.isfinite(distance) & np.isinf(apart) & clear
    half = _half(values, lesion, near & free, float(np.median(values[far])) if far.any() else SOFT_TISSUE_HU)
    # From half the maximum the blur has gone sooner than from the threshold, and tissue close by tells more; what is
    # brighter than blur explains, as the streaks and crumbs of an uneven deposit, counts as deposit.
    edge_mm = min(EDGE_MM, settings.dilation_mm)
    fine = tuple(min(mm, edge_mm) for mm in series.spacing_mm)
    off = squared_distance(half, fine, settings.ring_mm)
    beyond = int(np.count_nonzero(lesion & ~within(off, edge_mm)))
    share = beyond / np.count_nonzero(lesion)
    uneven = bool(share > UNEVEN_SHARE and beyond * series.voxel_mm3 >= settings.min_volume_mm3)
    if uneven:
        off = squared_distance(half | lesion, fine, settings.ring_mm)
    near, ring = within(off, edge_mm) | lesion, ~within(off, edge_mm) & within(off, edge_mm + RING_MM)
    ring &= np.isinf(apart) & clear & ~lesion
    flags |= {"at_skin"} if (near & ~tissue_here).any() else set()
    if np.count_nonzero(ring) < FEWEST_RING:
        ring = far
    return Surroundings(values, lesion, half, lesion | free, near, ring, cut, uneven, frozenset(flags))


def _half(values: Floats, lesion: Mask, reach: Mask, around_hu: float) -> Mask:
    """Return what is connected to the lesion above half its maximum; a faint lesion is larger than the threshold."""
    level = (float(np.percentile(values[lesion], 98)) + around_hu) / 2
    bright = (values >= level) & (lesion | reach)
    labels, _ = ndimage.label(bright, TOUCHING)
    own = np.unique(labels[lesion])
    return np.asarray(np.isin(labels, own[own > 0])) if own.any() else lesion


def _sums(series: Series, here: Surroundings, background: Background, settings: Settings) -> Sums:
    under = _under(series, here, background)
    shape = _fitted(series, here, background, under)
    known = here.usable & here.near
    excess = (here.values - under)[known]
    model = shape.contrast_hu * shape.profile(_places(np.argwhere(known), series))
    summed = (model > TAIL * shape.contrast_hu) | (here.lesion | here.half)[known] | here.uneven
    volume = series.voxel_mm3
    inside = float(excess[summed].sum()) * volume
    whole = shape.contrast_hu * shape.volume_mm3
    beyond = whole - float(model[summed].sum()) * volume
    misfit = float(np.sqrt(((excess - model)[summed] ** 2).mean()))
    # Across a cut the model would count what belongs to the other side.
    total = inside + (
        0.0 if here.cut or here.uneven else float(np.clip(beyond, -MOST_BEYOND * inside, MOST_BEYOND * inside))
    )
    n = int(summed.sum())
    noise = volume * float(np.hypot(background.sd_hu * np.sqrt(n * background.inflation), n * background.u_hu))
    mg_per_hu = settings.calibration_mg_per_cm3_per_hu / 1000.0
    mass = mg_per_hu * total
    model_u = UNEVEN_U * inside if here.uneven else beyond / 2
    u = float(np.linalg.norm([mg_per_hu * noise, mg_per_hu * model_u, settings.repeat_relative_u * mass]))
    size = _plateau_volume(series, here, background, shape, total)
    fits = shape.volume_u < RESOLVED_U and misfit < MISFIT * shape.contrast_hu + 2 * background.sd_hu
    if size is None and not here.uneven and fits and abs(beyond) <= MOST_BEYOND * inside:
        size = total / shape.contrast_hu
    taken = size if size is not None else float(np.count_nonzero(here.half)) * volume
    return Sums(mass, u, size, mass - mg_per_hu * taken * max(SOFT_TISSUE_HU - background.hu, 0.0))


def _under(series: Series, here: Surroundings, background: Background) -> Floats:
    """Return what lies under the lesion: one number, or a field where the surroundings are uneven."""
    if background.uneven < max(UNEVEN_HU, background.sd_hu):
        return np.full(here.values.shape, background.hu)
    return local_background(here.values, here.ring, series.spacing_mm)


def _fitted(series: Series, here: Surroundings, background: Background, under: Floats) -> Ellipsoid:
    """Fit an ellipsoid to at most MOST_FITTED voxels, of the lesion rather than of the ring."""
    half = np.argwhere(here.half) * series.spacing_mm
    semi = np.maximum(np.sqrt(5 * half.var(axis=0)), np.cbrt(len(half) * series.voxel_mm3 * 3 / (4 * np.pi)) / 2)
    near, far = np.argwhere(here.usable & here.near), np.argwhere(here.ring)
    near = near[:: max(1, len(near) * 4 // (3 * MOST_FITTED))]
    far = far[:: max(1, len(far) * 4 // MOST_FITTED)]
    index = np.concatenate([near, far])
    excess = (here.values - under)[tuple(index.T)]
    start = np.concatenate([half.mean(axis=0), semi])
    noise = max(background.sd_hu, 1.0)
    return fit(_places(index, series), excess, noise, series.spacing_mm[0], start, EXPECTED)


def _places(index: NDArray[np.int64], series: Series) -> Floats:
    """Return voxels (n, 3) of the box as places in it, z, y, x in mm."""
    return np.asarray(index * np.array(series.spacing_mm), dtype=np.float64)


def _plateau_volume(
    series: Series, here: Surroundings, background: Background, shape: Ellipsoid, total: float
) -> float | None:
    """Return the integral volume, or None without a plateau of at least 8 voxels to take the full HU from."""
    depth = PLATEAU_SIGMAS * shape.spread.sigma_mm
    # A neighbour in a thick slice is as near as the blur reaches: its share of the edge is in this voxel too.
    steps = tuple(min(mm, depth) for mm in series.spacing_mm)
    core = deeper_than(here.half, steps, depth)
    if core.sum() < 8:
        return None
    plateau = float(np.median(here.values[core]))
    return total / (plateau - background.hu)


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
