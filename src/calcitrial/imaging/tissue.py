"""Sorts a series into body, bone and calcified findings.

What was seen while tuning on three real scans (140 kVp, 3.27 mm slices; no radiologist labelled them):
- calf with a calcified sarcoma: tibia, fibula and knee join into one component, a bright shell around a darker
  core; five streaks of calcification (16-93 mg, peaks 166-398 HU) and two crumbs in the tumour stand free. The
  fabella behind the knee (440 HU) looks just like a deposit, hence the flag `near_bone`.
- thigh: the femur is one component; plaques of the femoral artery stand free, the largest (652 HU) cut by the
  first slice. Streak noise reaches 160 HU in specks of 20 mm3, hence `low_contrast`.
- wrist and hand: at 130 HU radius, carpal bones and fingers are one component; one bone cut by the image border is
  listed with `may_be_bone`. From 300 HU on bones splinter, so bone is always sought at 130 HU or below.
"""

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from calcitrial.dicom import Series
from calcitrial.imaging.body import around, body_of, frame_of
from calcitrial.imaging.bone import cored, hollow, lump_on_bone
from calcitrial.imaging.lesion import Settings
from calcitrial.voxels import find_components

Mask = NDArray[np.bool_]
Box = tuple[slice, ...]

BONE_HU = 130.0  # at most; above it cortex and spongy bone fall apart
LARGE_MM3 = 1000.0  # a solid finding above it might be a bone without visible marrow


@dataclass(frozen=True, eq=False)
class Finding:
    """One calcified component.

    Attributes:
        box: its bounding box.
        mask: its voxels inside the box.
        bone: taken for bone.
        doubtful: might be bone as far as the scan alone can tell.
        bony: shaped like bone even where a person says that it is a lesion (see `measure`).
    """

    box: Box
    mask: Mask
    bone: bool
    doubtful: bool
    bony: bool


@dataclass(frozen=True, eq=False)
class Tissue:
    """One series sorted into body, bone and findings; masks have the shape of its voxels.

    `hot` holds what is calcified, without specks too small to be reported.
    """

    body: Mask
    hot: Mask
    bone: Mask
    findings: tuple[Finding, ...]


def sort_tissue(series: Series, settings: Settings) -> Tissue:
    """Return the body, the bone and every calcified component inside the body."""
    body = body_of(series)
    hot, findings = _components(series, body, settings.threshold_hu, settings)
    seen = findings
    if settings.threshold_hu > BONE_HU:
        # A high threshold breaks bone into splinters that look like deposits; bone is sought whole.
        _, seen = _components(series, body, BONE_HU, settings)
    bone = np.zeros(hot.shape, dtype=np.bool_)
    for finding in seen:
        if finding.bone:
            bone[finding.box] |= finding.mask
    return Tissue(body, hot, bone, findings)


def _components(series: Series, body: Mask, threshold: float, settings: Settings) -> tuple[Mask, tuple[Finding, ...]]:
    found = find_components(series.voxels, threshold, body)
    findings = tuple(_finding(series, settings, found.box(i), found.mask(i)) for i in range(len(found)))
    # Specks of noise would push the background ring to where noise happens to be dark.
    return found.paint(found.voxels * series.voxel_mm3 >= settings.min_volume_mm3), findings


def trimmed(finding: Finding) -> Finding:
    """Return a finding whose box is tight around its mask, which must mark something."""
    tight = frame_of(finding.mask)
    box = tuple(slice(b.start + t.start, b.start + t.stop) for b, t in zip(finding.box, tight, strict=True))
    return replace(finding, box=box, mask=finding.mask[tight])


def _finding(series: Series, settings: Settings, box: Box, mask: Mask) -> Finding:
    volume = float(np.count_nonzero(mask)) * series.voxel_mm3
    if volume < settings.bone_min_mm3:
        return Finding(box, mask, bone=False, doubtful=False, bony=False)
    values = series.voxels[box]
    cortical = float(values[mask].max()) >= settings.cortical_hu
    ends = box[0].start == 0, box[0].stop == series.voxels.shape[0]
    shell = hollow(values, mask, series.spacing_mm)
    bone = cortical and (shell or (any(ends) and volume >= LARGE_MM3))
    doubtful = not bone and (shell or any(ends) or volume >= LARGE_MM3)
    return Finding(box, mask, bone, doubtful, bony=shell or all(ends) or cored(values, mask, series.spacing_mm))


def in_bone(tissue: Tissue, at: tuple[int, int, int]) -> bool:
    """Say whether a voxel lies in bone or in the marrow that bone encloses in its slice."""
    return bool(ndimage.binary_fill_holes(tissue.bone[at[0]])[at[1:]])


def carve_from_bone(series: Series, tissue: Tissue, at: tuple[int, int, int], reach_mm: float) -> Finding | None:
    """Cut the lump around a voxel off the bone it is fused with; a proposal for a reader, never a result on its own.

    Returns:
        The lump, or None when `at` is not in bone or no neck parts it from the bone.
    """
    if not in_bone(tissue, at):
        return None
    box = around(series, tuple(slice(i, i + 1) for i in at), 2 * reach_mm)
    start = tuple(i - b.start for i, b in zip(at, box, strict=True))
    parted = lump_on_bone(tissue.bone[box], start, series.spacing_mm, reach_mm)
    lump = None if parted is None else parted & tissue.hot[box]
    if lump is None or not 0 < np.count_nonzero(lump) < _ball(series, reach_mm):
        return None
    return trimmed(Finding(box, lump, bone=False, doubtful=True, bony=True))


def shell_around(series: Series, tissue: Tissue, at: tuple[int, int, int], reach_mm: float) -> Finding | None:
    """Return the hollow finding whose box holds a voxel, when it is small enough to be a deposit with a shell.

    Chalky deposits calcify from their rim, and look like a small bone with marrow; a person who points into one says
    that it is none. Noise may open the shell, so that the voxel need not be enclosed.
    """
    last = series.voxels.shape[0]
    for finding in tissue.findings:
        ends = finding.box[0].start == 0 or finding.box[0].stop == last
        inside = all(part.start <= i < part.stop for i, part in zip(at, finding.box, strict=True))
        if finding.bone and inside and not ends and np.count_nonzero(finding.mask) < _ball(series, reach_mm):
            return replace(finding, bone=False, doubtful=True, bony=True)
    return None


def _ball(series: Series, radius_mm: float) -> float:
    """Return how many voxels a ball has; what would not fit into one of the reach is the bone itself."""
    return float(4 / 3 * np.pi * radius_mm**3 / series.voxel_mm3)
