"""Sets apart what belongs to one lesion, what its blur reaches, and what its background is taken from."""

from dataclasses import dataclass

import numpy as np
from scipy import ndimage

from calcitrial.dicom import Floats, Series
from calcitrial.imaging.background import FEWEST_RING
from calcitrial.imaging.body import SOFT_HU
from calcitrial.imaging.lesion import Settings
from calcitrial.imaging.tissue import Finding, Mask, Tissue
from calcitrial.voxels import Squares, squared_distance, within

PLUS = ndimage.generate_binary_structure(2, 1)[None]  # four neighbours in the slice
TOUCHING = np.ones((3, 3, 3), dtype=np.bool_)
SOFT_TISSUE_HU = 40.0  # the fibrous tissue that deposits lie in, whatever lies around them
EDGE_MM = 2.0  # from half the maximum: two and a half sigmas of the softest common kernel
RING_MM = 3.5  # how far the ring reaches beyond
BESIDE_MM = 1.7  # how far its part next to the lesion does
SPOILED_MM = 1.2  # next to another lesion or bone
SPECK_MM = 0.6  # smoothing that leaves a crumb of a millimetre, and little of noise
UNEVEN_SHARE = 0.1  # of the lesion; less is noise at its rim


@dataclass(frozen=True, eq=False)
class Surroundings:
    """One lesion and what is around it, all masks over the same box.

    Attributes:
        values: HU as float.
        lesion: the threshold mask.
        half: what is connected to it above half its maximum, about as large as the deposit.
        usable: where nothing but the lesion and soft tissue is.
        near: where its blur may reach.
        ring: where the surroundings are known by.
        beside: its part next to the lesion, where the background is taken.
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
    beside: Mask
    cut: bool
    uneven: bool
    flags: frozenset[str]


def surround(
    series: Series, tissue: Tissue, finding: Finding, box: tuple[slice, ...], settings: Settings
) -> Surroundings:
    """Return the masks around one finding over a box that holds it with a margin."""
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
    # The blur of another lesion reaches into the own half of the gap; the model stands in for what it spoils.
    cut = bool((ndimage.binary_dilation(lesion, TOUCHING) & others).any())
    free = (apart > distance) & clear & (cut | ~within(apart, SPOILED_MM))
    # A dilation away from bone and other lesions, where nothing bleeds in.
    clean = np.isinf(apart) & clear
    far = ~near & np.isfinite(distance) & clean
    half = _half(values, lesion, near & free, float(np.median(values[far])) if far.any() else SOFT_TISSUE_HU)
    off, edge_mm, uneven = _off(series, values, lesion, half, settings)
    reached = within(off, edge_mm)
    ring = ~reached & ~lesion & within(off, edge_mm + RING_MM) & clean
    ring = ring if np.count_nonzero(ring) >= FEWEST_RING else far
    beside = ring & within(off, edge_mm + BESIDE_MM)
    flags = _flags(series, finding, bone, near, distance) | ({"at_skin"} if (reached & ~clear).any() else set())
    return Surroundings(values, lesion, half, lesion | free, reached, ring, beside, cut, uneven, frozenset(flags))


def _off(series: Series, values: Floats, lesion: Mask, half: Mask, settings: Settings) -> tuple[Squares, float, bool]:
    """Return the squared distance from what blurs, how far blur reaches, and whether the lesion is uneven.

    From half the maximum the blur of a faint lesion has gone sooner than from the threshold. What is brighter than
    the threshold beyond, blurred edge or halo of an uneven deposit, belongs to it. A chain of specks of noise hanging
    on it does not: smoothed, it falls below half the threshold above soft tissue.
    """
    edge_mm = min(EDGE_MM, settings.dilation_mm)
    steps = tuple(min(mm, edge_mm) for mm in series.spacing_mm)
    smooth = ndimage.gaussian_filter(values.astype(np.float32), [SPECK_MM / mm for mm in series.spacing_mm])
    solid = lesion & (smooth >= (settings.threshold_hu + SOFT_TISSUE_HU) / 2)
    beyond = int(np.count_nonzero(solid & ~within(squared_distance(half, steps, edge_mm), edge_mm)))
    many = beyond > UNEVEN_SHARE * int(np.count_nonzero(lesion))
    uneven = bool(many and beyond * series.voxel_mm3 >= settings.min_volume_mm3)
    return squared_distance(half | solid, steps, settings.ring_mm), edge_mm, uneven


def _flags(series: Series, finding: Finding, bone: Mask, near: Mask, distance: Squares) -> set[str]:
    flags = {"touches_bone"} if (near & bone).any() else set()
    flags |= {"near_bone"} if (bone & np.isfinite(distance)).any() else set()
    flags |= {"may_be_bone"} if finding.doubtful else set()
    edge = any(f.start == 0 or f.stop == n for f, n in zip(finding.box, series.voxels.shape, strict=True))
    return flags | ({"at_edge"} if edge else set())


def _half(values: Floats, lesion: Mask, reach: Mask, around_hu: float) -> Mask:
    """Return what is connected to the lesion above half its maximum; a faint lesion is larger than the threshold."""
    level = (float(np.percentile(values[lesion], 98)) + around_hu) / 2
    bright = (values >= level) & (lesion | reach)
    labels, _ = ndimage.label(bright, TOUCHING)
    own = np.unique(labels[lesion])
    return np.asarray(np.isin(labels, own[own > 0])) if own.any() else lesion
