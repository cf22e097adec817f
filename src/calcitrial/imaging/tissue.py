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

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from calcitrial.dicom import Floats, Series
from calcitrial.imaging.lesion import Settings
from calcitrial.imaging.reach import deeper_than

Mask = NDArray[np.bool_]
Box = tuple[slice, ...]

SOFT_HU = -300  # above: skin, fat and everything denser; below: air, foam, most of a couch
BODY_MIN_MM3 = 2000.0  # a fingertip is larger, a skin marker or an intravenous line smaller
SHELL_MM = 3.0  # cortical bone with the blur of a thick slice
BONE_HU = 130.0  # at most; above it cortex and spongy bone fall apart
LARGE_MM3 = 1000.0  # a solid finding above it might be a bone without visible marrow
TOUCHING = np.ones((3, 3, 3), dtype=np.bool_)  # 26 neighbours
IN_SLICE = np.zeros((3, 3, 3), dtype=np.bool_)  # 4 neighbours, no slice knows of the next
IN_SLICE[1] = ndimage.generate_binary_structure(2, 1)


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
    for finding in findings:
        # Specks of noise would push the background ring to where noise happens to be dark.
        if np.count_nonzero(finding.mask) * series.voxel_mm3 < settings.min_volume_mm3:
            hot[finding.box] &= ~finding.mask
    return Tissue(body, hot, bone, findings)


def _components(series: Series, body: Mask, threshold: float, settings: Settings) -> tuple[Mask, tuple[Finding, ...]]:
    hot = (series.voxels >= threshold) & body
    found: list[Finding] = []
    if not hot.any():
        return hot, ()
    frame = _frame(hot)
    labels, _ = ndimage.label(hot[frame], TOUCHING)
    for number, box in enumerate(ndimage.find_objects(labels), 1):
        place = tuple(slice(b.start + f.start, b.stop + f.start) for b, f in zip(box, frame, strict=True))
        found.append(_finding(series, settings, place, labels[box] == number))
    return hot, tuple(found)


def _frame(mask: Mask) -> Box:
    """Return the box that holds all of a mask: most of a scan is air, and nobody need look there."""
    frame = []
    for axis in range(3):
        met = np.flatnonzero(mask.any(axis=tuple(a for a in range(3) if a != axis)))
        frame.append(slice(int(met[0]), int(met[-1]) + 1) if met.size else slice(0, 0))
    return tuple(frame)


def trimmed(finding: Finding) -> Finding:
    """Return a finding whose box is tight around its mask, which must mark something."""
    tight = _frame(finding.mask)
    box = tuple(slice(b.start + t.start, b.start + t.stop) for b, t in zip(finding.box, tight, strict=True))
    return replace(finding, box=box, mask=finding.mask[tight])


def _body(series: Series) -> Mask:
    """Return soft tissue and denser: opened in-plane so that thin couch plates fall away."""
    body = np.zeros(series.voxels.shape, dtype=np.bool_)
    for plane, opened in zip(series.voxels, body, strict=True):
        soft = plane > SOFT_HU
        opened[:] = _dilated(_dilated(_eroded(_eroded(soft))))
        # The opening eats what touches the border of the image, where a cropped limb goes on.
        opened[[0, 1, -2, -1]] |= soft[[0, 1, -2, -1]]
        opened[:, [0, 1, -2, -1]] |= soft[:, [0, 1, -2, -1]]
    frame = _frame(body)
    labels, n = ndimage.label(body[frame])
    if n == 0:
        return body
    small = np.bincount(labels.ravel()) * series.voxel_mm3 < BODY_MIN_MM3
    small[0] = False
    if small.any():
        body[frame] &= ~small[labels]
    return body


def _eroded(plane: Mask) -> Mask:
    """Return the pixels of a slice whose four neighbours are all marked; outside the image none is."""
    kept = np.zeros_like(plane)
    kept[1:-1, 1:-1] = plane[1:-1, 1:-1] & plane[2:, 1:-1] & plane[:-2, 1:-1] & plane[1:-1, 2:] & plane[1:-1, :-2]
    return kept


def _dilated(plane: Mask) -> Mask:
    """Return the pixels of a slice that are marked or have a marked neighbour among their four."""
    grown = plane.copy()
    grown[1:] |= plane[:-1]
    grown[:-1] |= plane[1:]
    grown[:, 1:] |= plane[:, :-1]
    grown[:, :-1] |= plane[:, 1:]
    return grown


def _finding(series: Series, settings: Settings, box: Box, mask: Mask) -> Finding:
    volume = float(np.count_nonzero(mask)) * series.voxel_mm3
    if volume < settings.bone_min_mm3:
        return Finding(box, mask, bone=False, doubtful=False, bony=False)
    values = series.voxels[box]
    cortical = float(values[mask].max()) >= settings.cortical_hu
    ends = box[0].start == 0, box[0].stop == series.voxels.shape[0]
    hollow = _hollow(values, mask, series.spacing_mm)
    bone = cortical and (hollow or (any(ends) and volume >= LARGE_MM3))
    doubtful = not bone and (hollow or any(ends) or volume >= LARGE_MM3)
    return Finding(box, mask, bone, doubtful, bony=hollow or all(ends) or _cored(values, mask, series.spacing_mm))


def _hollow(values: NDArray[np.int16], mask: Mask, spacing: tuple[float, float, float]) -> bool:
    """Say whether a shell of at most SHELL_MM encloses a darker core, as cortex encloses marrow."""
    # Steps of about a millimetre are fine enough for a shell of three, and spare most of the work.
    skip = tuple(max(1, int(1.0 / mm)) for mm in spacing)
    thinned = tuple(slice(None, None, n) for n in skip)
    values, mask = values[thinned], mask[thinned]
    core = deeper_than(_filled(mask), tuple(n * mm for n, mm in zip(skip, spacing, strict=True)), SHELL_MM)
    shell = mask & ~core
    if np.count_nonzero(core) < 0.02 * np.count_nonzero(mask) or not shell.any():
        return False
    return _darker(values[core], values[shell])


def _cored(values: NDArray[np.int16], mask: Mask, spacing: tuple[float, float, float]) -> bool:
    """Say whether a small finding, too thin for a shell of SHELL_MM, is darker in its inner half than around it.

    A solid deposit is brightest in the middle, the more so the more it is blurred; a phalanx or sesamoid is not.
    """
    depth = _depth(_filled(mask), spacing)
    if depth.max() > 2 * SHELL_MM:
        return False
    core = depth > depth.max() / 2
    shell = mask & ~core
    return bool(np.count_nonzero(core) >= 8 and shell.any() and _darker(values[core], values[shell]))


def _darker(core: NDArray[np.int16], shell: NDArray[np.int16]) -> bool:
    return bool(np.median(core) < 0.85 * np.percentile(shell, 75))


def _filled(mask: Mask) -> Mask:
    """Fill what each slice encloses; marrow is open along a cut bone, where a solid fill would miss it."""
    labels, n = ndimage.label(~mask, IN_SLICE)
    outside = np.zeros(n + 1, dtype=np.bool_)
    for side in (labels[:, 0], labels[:, -1], labels[:, :, 0], labels[:, :, -1]):
        outside[side] = True
    outside[0] = False
    return np.asarray(~outside[labels])


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
    lump = (to_lump < to_bone) & tissue.hot[box]
    return trimmed(Finding(box, lump, bone=False, doubtful=True, bony=True)) if lump.any() else None


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
