"""Puts numbers on one finding: volume, calibrated integral mass with its uncertainty, Agatston-type score."""

from dataclasses import dataclass

import numpy as np
from scipy import ndimage

from calcitrial.dicom import Floats, Series
from calcitrial.imaging.lesion import Lesion, Point, Settings
from calcitrial.imaging.reach import squared_distance, within
from calcitrial.imaging.tissue import SOFT_HU, Finding, Mask, Tissue, around

PLUS = ndimage.generate_binary_structure(2, 1)[None]  # four neighbours in the slice
FEWEST_RING = 20  # voxels; fewer give no median worth the name
AGATSTON_KVP = 120.0
SOFT_TISSUE_HU = 40.0  # the fibrous tissue that deposits lie in, whatever lies around them
IN_FAT_HU = 0.0  # a ring below water holds more fat than anything else
NEEDS_READER = {"touches_bone", "may_be_bone", "at_edge", "at_skin", "metal", "merged"}


@dataclass(frozen=True, eq=False)
class Surroundings:
    """One lesion and what is around it, all masks over the same box.

    Attributes:
        values: HU as float.
        lesion: the threshold mask.
        summed: where HU above background are added up.
        ring: where the background is taken.
        flags: what was met.
    """

    values: Floats
    lesion: Mask
    summed: Mask
    ring: Mask
    flags: frozenset[str]


def quantify(series: Series, tissue: Tissue, finding: Finding, name: str, settings: Settings) -> Lesion:
    """Measure one finding.

    mass = c * v * (S - H * d) with S = sum over the dilated mask of (HU - b), b the ring median, v the voxel
    volume. Where the ring is darker than soft tissue, as fat is, HU above b holds the fibrous tissue of the
    deposit too: d = max(SOFT_TISSUE_HU - b, 0) is taken off the H voxels above half maximum.
    u(mass)^2 = (c v)^2 * (N s^2 f + N^2 u(b)^2 + (H d / 2)^2) + (r * mass)^2, where N is the number of voxels
    summed, s the robust standard deviation of the ring about the medians of its octants, f the inflation by
    correlated noise, product over the axes of (1 + rho) / (1 - rho) with rho the correlation of neighbours
    (first-order autoregression), u(b) the standard error of the octant medians, which grows where fat meets
    muscle, H d / 2 lets the interval of 1.96 u reach from no correction to twice it, and r is the repeat
    uncertainty of the segmentation. The uncertainty of c is left out (see Settings).

    Returns:
        The lesion; mass is None when there is no ring to take a background from.
    """
    box = around(series, finding.box, settings.ring_mm)
    around_it = _surround(series, tissue, finding, box, settings)
    values, mask = around_it.values, around_it.lesion
    inside = values[mask]
    flags = set(around_it.flags)
    flags |= {"too_small"} if inside.size * series.voxel_mm3 < settings.min_volume_mm3 else set()
    flags |= {"metal"} if inside.max() >= settings.metal_hu else set()
    flags |= {"other_kvp"} if series.facts.kvp != settings.calibration_kvp else set()
    background, sd = _background(values[around_it.ring])
    if background is None or sd is None:
        flags |= {"needs_reader", "not_measured"}
        mass = error = None
    else:
        flags |= {"low_contrast"} if inside.max() - background < settings.contrast_sigmas * sd else set()
        flags |= {"in_fat"} if background < IN_FAT_HU else set()
        mass, error = _mass(series, around_it, background, settings)
    flags |= {"needs_reader"} if flags & NEEDS_READER else set()
    return Lesion(
        id=name,
        centroid_mm=_centroid(series, box, around_it, background),
        bbox_mm=_bounds(series, box, mask),
        volume_mm3=inside.size * series.voxel_mm3,
        volume_pv_mm3=None if background is None else _integral_volume(series, around_it, background),
        mass_mg=mass,
        mass_se_mg=error,
        agatston=_agatston(series, values, mask),
        hu_mean=float(inside.mean()),
        hu_max=float(inside.max()),
        background_hu=background,
        background_sd_hu=sd,
        flags=tuple(sorted(flags)),
    )


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
    summed = lesion | (near & (apart > distance) & clear)
    # A dilation away from bone and other lesions, where nothing bleeds in.
    ring = ~near & np.isfinite(distance) & np.isinf(apart) & clear
    flags = {"touches_bone"} if (near & bone).any() else set()
    flags |= {"near_bone"} if (bone & np.isfinite(distance)).any() else set()
    flags |= {"at_skin"} if (near & ~tissue_here).any() else set()
    flags |= {"may_be_bone"} if finding.doubtful else set()
    edge = any(f.start == 0 or f.stop == n for f, n in zip(finding.box, series.voxels.shape, strict=True))
    flags |= {"at_edge"} if edge else set()
    return Surroundings(values, lesion, summed, ring, frozenset(flags))


def _background(ring: Floats) -> tuple[float | None, float | None]:
    if ring.size < FEWEST_RING:
        return None, None
    middle = float(np.median(ring))
    # 1.4826 turns the median absolute deviation of a normal distribution into its standard deviation.
    return middle, 1.4826 * float(np.median(np.abs(ring - middle)))


def _mass(series: Series, here: Surroundings, background: float, settings: Settings) -> tuple[float, float]:
    mg_per_hu = settings.calibration_mg_per_cm3_per_hu * series.voxel_mm3 / 1000.0
    n = int(here.summed.sum())
    correction = float(_half(here, background).sum()) * max(SOFT_TISSUE_HU - background, 0.0)
    mass = mg_per_hu * (float((here.values[here.summed] - background).sum()) - correction)
    medians, residual = _octants(here)
    noise = 1.4826 * float(np.median(np.abs(residual[here.ring]))) * np.sqrt(n * _inflation(here.ring, residual))
    background_u = n * float(medians.std(ddof=1)) / np.sqrt(medians.size)
    sums_u = float(np.linalg.norm([noise, background_u, correction / 2]))
    return mass, float(np.hypot(mg_per_hu * sums_u, settings.repeat_relative_u * mass))


def _half(here: Surroundings, background: float) -> Mask:
    """Return the lesion above half its maximum over the background, which is about as large as the deposit."""
    return np.asarray(here.lesion & (here.values >= (here.values[here.lesion].max() + background) / 2))


def _octants(here: Surroundings) -> tuple[Floats, Floats]:
    """Return the ring medians of the octants around the lesion, at least two, and the ring less them."""
    middle = np.argwhere(here.lesion).mean(axis=0)
    z, y, x = (np.arange(n) > m for n, m in zip(here.values.shape, middle, strict=True))
    octant = 4 * z[:, None, None] + 2 * y[None, :, None] + x[None, None, :]
    residual = np.zeros_like(here.values)
    medians = []
    for number in range(8):
        part = here.ring & (octant == number)
        if part.any():
            medians.append(float(np.median(here.values[part])))
            residual[part] = here.values[part] - medians[-1]
    # A ring inside one octant says nothing of the other side: its own spread stands in for it.
    if len(medians) == 1:
        spread = float(here.values[here.ring].std())
        medians = [medians[0] - spread, medians[0] + spread]
    return np.array(medians), residual


def _inflation(ring: Mask, residual: Floats) -> float:
    """Return by how much correlated noise inflates the variance of a sum over neighbours, at least 1."""
    factor = 1.0
    for axis in range(3):
        first = tuple(slice(None, -1) if a == axis else slice(None) for a in range(3))
        second = tuple(slice(1, None) if a == axis else slice(None) for a in range(3))
        both = ring[first] & ring[second]
        if both.sum() >= FEWEST_RING:
            a, b = residual[first][both], residual[second][both]
            power = float(np.sqrt((a * a).mean() * (b * b).mean()))
            rho = min(max(float((a * b).mean()) / power, 0.0), 0.9) if power > 0 else 0.0
            factor *= (1 + rho) / (1 - rho)
    return factor


def _integral_volume(series: Series, here: Surroundings, background: float) -> float | None:
    """Return the integral volume, or None without a plateau of at least 8 voxels to take the full HU from."""
    core = ndimage.binary_erosion(_half(here, background), iterations=2)
    if core.sum() < 8:
        return None
    plateau = float(np.median(here.values[core]))
    excess = float((here.values[here.summed] - background).sum())
    return excess / (plateau - background) * series.voxel_mm3


def _agatston(series: Series, values: Floats, mask: Mask) -> float | None:
    """Return the Agatston score over slices, 130 HU and 1 mm2 at least (doi 10.1016/0735-1097(90)90282-T)."""
    if series.facts.kvp != AGATSTON_KVP:
        return None
    thickness, y_mm, x_mm = series.spacing_mm
    counted = mask & (values >= 130)
    areas = counted.sum(axis=(1, 2)) * y_mm * x_mm
    peaks = np.where(counted, values, 0).max(axis=(1, 2))
    weights = np.digitize(peaks, [130, 200, 300, 400])
    # The score was defined on contiguous 3 mm slices; other slicing is scaled to it.
    return float((areas * weights)[areas >= 1].sum() * thickness / 3.0)


def _centroid(series: Series, box: tuple[slice, ...], here: Surroundings, background: float | None) -> Point:
    index = np.argwhere(here.lesion)
    weight = here.values[here.lesion] - (background or 0.0)
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
