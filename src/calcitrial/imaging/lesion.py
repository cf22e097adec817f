"""What is asked of a measurement (Seed, Settings) and what comes back (Lesion)."""

import math
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

Point = tuple[float, float, float]

CALIBRATION_SOURCE = (
    "assumed: 100 mg HA/cm3 taken as 130 HU at 120 kVp, inside the 77-136 mg/cm3 per 130 HU seen in patients "
    "(PubMed 7784560, electron-beam CT); replace by a scan of inserts of known density on the same scanner"
)


@dataclass(frozen=True)
class Seed:
    """Where a known lesion lies: `point_mm` is (x, y, z) in patient coordinates (LPS, mm)."""

    id: str
    point_mm: Point


@dataclass(frozen=True)
class Settings:
    """Everything a number depends on besides the pixels; printed with every result.

    Attributes:
        threshold_hu: voxels at or above it are calcified (130 HU, coronary practice).
        calibration_mg_per_cm3_per_hu: c in mass = c * volume * HU above background. With inserts
            c = insert density / (HU of insert - HU of water), standard doi 10.1148/radiol.2432050808.
        calibration_kvp: tube voltage c belongs to; lesions on other series are flagged `other_kvp`. None: c was
            determined for this scanner at the voltage of the series (`calibrated`).
        calibration_relative_u: relative standard uncertainty of c, rectangular over the published 77-136
            mg/cm3 per 130 HU: (136 - 77) / 100 / sqrt(12). Common to all scans of one scanner, so it is not
            part of `mass_se_mg` and cancels in a ratio of two visits. None: whoever gave c did not say.
        calibration_source: where c comes from.
        min_volume_mm3: smaller findings are not reported without a seed, and flagged `too_small` with one.
        dilation_mm: the sum runs this far beyond the threshold mask, to catch the blurred edge.
        ring_mm: the background ring runs from `dilation_mm` to this distance.
        match_mm: how far from a seed its lesion may begin.
        bone_min_mm3: smaller findings are never taken for bone.
        cortical_hu: bone reaches at least this value somewhere.
        metal_hu: a lesion reaching this value is metal or spoiled by it.
        contrast_sigmas: a peak fewer ring standard deviations above background is `low_contrast`.
        repeat_relative_u: relative standard uncertainty of summing and of the point spread, 1.8 %, so that the
            intervals cover the truth of objects of known size put into CT.
    """

    threshold_hu: float = 130.0
    calibration_mg_per_cm3_per_hu: float = 100.0 / 130.0
    calibration_kvp: float | None = 120.0
    calibration_relative_u: float | None = 0.17
    calibration_source: str = CALIBRATION_SOURCE
    min_volume_mm3: float = 4.0
    dilation_mm: float = 2.5
    ring_mm: float = 6.0
    match_mm: float = 8.0
    bone_min_mm3: float = 150.0
    cortical_hu: float = 500.0
    metal_hu: float = 3000.0
    contrast_sigmas: float = 5.0
    repeat_relative_u: float = 0.018

    def __post_init__(self) -> None:
        wrong = [
            name for name, value in vars(self).items() if isinstance(value, (int, float)) and not 0 < value < math.inf
        ]
        if wrong:
            told = ", ".join(f"{name} = {getattr(self, name)}" for name in wrong)
            raise ValueError(f"Settings must be above zero and finite: {told}; correct them.")
        if self.ring_mm <= self.dilation_mm:
            told = f"ring_mm {self.ring_mm} does not exceed dilation_mm {self.dilation_mm}"
            raise ValueError(f"The background ring is empty: {told}; make ring_mm larger.")


def calibrated(settings: Settings, mg_per_cm3_per_hu: float, relative_u: float | None = None) -> Settings:
    """Return settings with a calibration of the scanner at hand, at the voltage of the series it is used on.

    Args:
        settings: everything else.
        mg_per_cm3_per_hu: c, from inserts of known density on this scanner at this voltage.
        relative_u: its relative standard uncertainty; None where it was not stated.
    """
    return replace(
        settings,
        calibration_mg_per_cm3_per_hu=mg_per_cm3_per_hu,
        calibration_kvp=None,
        calibration_relative_u=relative_u,
        calibration_source="given by --calibration for this scanner and its tube voltage",
    )


@dataclass(frozen=True)
class Lesion:
    """One measured calcification.

    Attributes:
        id: of the seed, or C01, C02, ... from the largest without seeds.
        centroid_mm: (x, y, z), patient LPS mm, weighted by HU above background; the seed when not found.
        bbox_mm: lowest and highest corner of the threshold mask with its voxel edges, LPS mm.
        volume_mm3: threshold volume, N(HU >= T) * voxel volume; biased by blur, repeatable; None when the
            seed lies in bone that cannot be parted from it, or outside the scan.
        volume_pv_mm3: partial-volume corrected, sum(HU - background) / (full HU - background) * voxel volume
            (doi 10.1002/mp.16326), the full HU from a plateau, or from the fitted ellipsoid where the lesion is too
            small to show one; None with the flag `unresolved` where neither tells it.
        mass_mg: calibrated integral mass of hydroxyapatite, c * voxel volume * sum(HU - background): what the
            deposit holds more than the tissue around it (see `quantify`).
        mass_se_mg: its standard uncertainty without that of c and of the deposit's own tissue (see `quantify`).
        agatston: scaled to 3 mm slices; None at voltages without known bounds (see `agatston`).
        hu_mean: mean HU of the threshold mask.
        hu_max: peak HU.
        background_hu: median of the ring; None when no ring is free of bone, air and other lesions.
        background_sd_hu: robust standard deviation of the ring.
        flags: sorted; any of at_edge, at_skin, in_fat, low_contrast, may_be_bone, merged, metal, more_nearby,
            near_bone, needs_reader, not_found, not_measured, other_kvp, too_small, touches_bone,
            unresolved.
        mass_fibrous_mg: in fat only: the mass if the soft tissue of the deposit is fibrous (40 HU) and not fat.
    """

    id: str
    centroid_mm: Point
    bbox_mm: tuple[Point, Point]
    volume_mm3: float | None
    volume_pv_mm3: float | None
    mass_mg: float | None
    mass_se_mg: float | None
    agatston: float | None
    hu_mean: float | None
    hu_max: float | None
    background_hu: float | None
    background_sd_hu: float | None
    flags: tuple[str, ...]
    mass_fibrous_mg: float | None = None


@dataclass(frozen=True, eq=False)
class Measured:
    """A lesion and the voxels it was measured on.

    Attributes:
        lesion: the numbers.
        box: where the mask lies in the voxels of the series (z, y, x), tight around it.
        mask: over the box; empty, as the box is, where the lesion is absent or was not measured.
    """

    lesion: Lesion
    box: tuple[slice, slice, slice]
    mask: NDArray[np.bool_]
