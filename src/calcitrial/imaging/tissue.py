"""Tells the limb from the couch and bone from calcification, by shape and Hounsfield units alone.

What was seen while tuning on three real scans (140 kVp, 3.27 mm slices; no radiologist labelled them):
- calf with a calcified sarcoma: tibia, fibula and knee join into one component, a bright shell around a darker
  core; five streaks of calcification (16-93 mg, peaks 166-398 HU) and two crumbs in the tumour stand free. The
  fabella behind the knee (440 HU) looks just like a deposit, hence the flag `near_bone`.
- thigh: the femur is one component; plaques of the femoral artery stand free, the largest (652 HU) cut by the
  first slice. Streak noise reaches 160 HU in specks of 20 mm3, hence `low_contrast`.
- wrist and hand: at 130 HU radius, carpal bones and fingers are one component; one bone cut by the image border is
  listed with `may_be_bone`. From 300 HU on bones splinter, so bone is always sought at 130 HU or below.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from calcitrial.imaging.geometry import Floats
from calcitrial.imaging.lesion import Settings
from calcitrial.imaging.series import Series

Mask = NDArray[np.bool_]
Box = tuple[slice, ...]

SOFT_HU = -300  # above: skin, fat and everything denser; below: air, foam, most of a couch
BODY_MIN_MM3 = 2000.0  # a fingertip is larger, a skin marker or an intravenous line smaller
SHELL_MM = 3.0  # cortical bone with the blur of a thick slice
BONE_HU = 130.0  # at most; above it cortex and spongy bone fall apart
LARGE_MM3 = 1000.0  # a solid finding above it might be a bone without visible marrow
TOUCHING = np.ones((3, 3, 3), dtype=np.bool_)  # 26 neighbours


@dataclass(frozen=True, eq=False)
class Finding:
    """One calcified component: its bounding box, its mask inside the box, and whether it looks like bone."""

    box: Box
    mask: Mask
    bone: bool
    doubtful: bool


@dataclass(frozen=True, eq=False)
class Tissue:
    """One series sorted into body, bone and findings; masks have the shape of its voxels."""

    body: Mask
    hot: Mask
    bone: Mask
    findings: tuple[Finding, ...]


def sort_tissue(series: Series, settings: Settings) -> Tissue:
    """Return the body, the bone and every calcified component inside the body."""
    body = _body(series)
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
    hot = (series.voxels >= threshold) & body
    labels, _ = ndimage.label(hot, TOUCHING)
    boxes = enumerate(ndimage.find_objects(labels), 1)
    return hot, tuple(_finding(series, settings, box, labels[box] == number) for number, box in boxes)


def _body(series: Series) -> Mask:
    """Return soft tissue and denser: opened in-plane so that thin couch plates fall away."""
    soft = series.voxels > SOFT_HU
    disc = np.zeros((1, 3, 3), dtype=np.bool_)
    disc[0, 1, :] = disc[0, :, 1] = True
    opened = ndimage.binary_opening(soft, disc, iterations=2)
    # binary_opening eats what touches the border of the image, where a cropped limb goes on.
    opened[:, [0, 1, -2, -1], :] |= soft[:, [0, 1, -2, -1], :]
    opened[:, :, [0, 1, -2, -1]] |= soft[:, :, [0, 1, -2, -1]]
    labels, n = ndimage.label(opened)
    if n == 0:
        return opened
    keep = np.bincount(labels.ravel()) * series.voxel_mm3 >= BODY_MIN_MM3
    keep[0] = False
    return np.asarray(keep[labels])


def _finding(series: Series, settings: Settings, box: Box, mask: Mask) -> Finding:
    volume = float(mask.sum()) * series.voxel_mm3
    if volume < settings.bone_min_mm3:
        return Finding(box, mask, bone=False, doubtful=False)
    values = series.voxels[box]
    cortical = float(values[mask].max()) >= settings.cortical_hu
    runs_out = box[0].start == 0 or box[0].stop == series.voxels.shape[0]
    hollow = _hollow(values, mask, series.spacing_mm)
    bone = cortical and (hollow or (runs_out and volume >= LARGE_MM3))
    return Finding(box, mask, bone=bone, doubtful=not bone and (hollow or runs_out or volume >= LARGE_MM3))


def _hollow(values: NDArray[np.int16], mask: Mask, spacing: tuple[float, float, float]) -> bool:
    """Say whether a shell of at most SHELL_MM encloses a darker core, as cortex encloses marrow."""
    # Steps of about a millimetre are fine enough for a shell of three, and spare most of the work.
    skip = tuple(max(1, int(1.0 / mm)) for mm in spacing)
    thinned = tuple(slice(None, None, n) for n in skip)
    values, mask = values[thinned], mask[thinned]
    depth = _depth(_filled(mask), tuple(n * mm for n, mm in zip(skip, spacing, strict=True)))
    core = depth > SHELL_MM
    shell = mask & ~core
    if core.sum() < 0.02 * mask.sum() or not shell.any():
        return False
    return bool(np.median(values[core]) < 0.85 * np.percentile(values[shell], 75))


def _filled(mask: Mask) -> Mask:
    """Fill what each slice encloses; marrow is open along a cut bone, where a solid fill would miss it."""
    return np.stack([ndimage.binary_fill_holes(plane) for plane in mask])


def _depth(mask: Mask, spacing: tuple[float, ...]) -> Floats:
    """Return the distance in mm from each voxel of the mask to the nearest voxel outside mask or box."""
    padded = ndimage.distance_transform_edt(np.pad(mask, 1), sampling=spacing)
    return np.asarray(padded[1:-1, 1:-1, 1:-1])


def in_bone(tissue: Tissue, at: tuple[int, int, int]) -> bool:
    """Say whether a voxel lies in bone or in the marrow that bone encloses in its slice."""
    return bool(ndimage.binary_fill_holes(tissue.bone[at[0]])[at[1:]])


def carve_from_bone(series: Series, tissue: Tissue, at: tuple[int, int, int], reach_mm: float) -> Finding | None:
    """Cut the lump around a voxel off the bone it is fused with, at the neck between them.

    The filled bone is eroded step by step until the deepest point near `at` parts from all bone further
    away than `reach_mm`; each voxel then goes to the nearer of the two. The cut is a proposal for a reader,
    never a result on its own.

    Returns:
        The lump, or None when `at` is not in bone or no neck parts it from the bone.
    """
    if not in_bone(tissue, at):
        return None
    box = around(series, tuple(slice(i, i + 1) for i in at), 2 * reach_mm)
    start = tuple(i - b.start for i, b in zip(at, box, strict=True))
    filled = _filled(tissue.bone[box])
    depth = _depth(filled, series.spacing_mm)
    top = _climb(depth, start)
    elsewhere = filled & (_away(filled.shape, start, series.spacing_mm) > reach_mm)
    cores = _part(depth, top, elsewhere, min(series.spacing_mm) / 2)
    if cores is None:
        return None
    to_lump, to_bone = (ndimage.distance_transform_edt(~core, sampling=series.spacing_mm) for core in cores)
    return Finding(box, (to_lump < to_bone) & tissue.hot[box], bone=False, doubtful=True)


def _away(shape: tuple[int, ...], start: tuple[int, ...], spacing: tuple[float, ...]) -> Floats:
    grids = np.ogrid[tuple(slice(n) for n in shape)]
    squares = [((g - i) * mm) ** 2 for g, i, mm in zip(grids, start, spacing, strict=True)]
    return np.asarray(np.sqrt(sum(squares)))


def _part(depth: Floats, top: tuple[int, ...], elsewhere: Mask, step: float) -> tuple[Mask, Mask] | None:
    """Return the cores of lump and bone at the least erosion that parts them, or None when nothing does."""
    for erosion in np.arange(step, depth[top], step):
        labels, _ = ndimage.label(depth > erosion, TOUCHING)
        lump = labels == labels[top]
        if not (lump & elsewhere).any():
            bone = (labels > 0) & ~lump
            return (lump, bone) if bone.any() else None
    return None


def _climb(depth: Floats, start: tuple[int, ...]) -> tuple[int, ...]:
    """Walk to ever deeper neighbours until none is deeper."""
    here = start
    while True:
        low = [max(i - 1, 0) for i in here]
        near = depth[tuple(slice(a, i + 2) for a, i in zip(low, here, strict=True))]
        best = np.unravel_index(int(near.argmax()), near.shape)
        there = tuple(int(a + b) for a, b in zip(low, best, strict=True))
        if depth[there] <= depth[here]:
            return here
        here = there


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
