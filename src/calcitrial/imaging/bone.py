"""Tells bone from calcification by shape and Hounsfield units alone, and cuts a lump off the bone it is fused with."""

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from calcitrial.dicom import Floats
from calcitrial.voxels import deeper_than, depth_up_to

Mask = NDArray[np.bool_]
SHELL_MM = 3.0  # cortical bone with the blur of a thick slice
TOUCHING = np.ones((3, 3, 3), dtype=np.bool_)  # 26 neighbours
IN_SLICE = np.zeros((3, 3, 3), dtype=np.bool_)  # 4 neighbours, no slice knows of the next
IN_SLICE[1] = ndimage.generate_binary_structure(2, 1)


def hollow(values: NDArray[np.int16], mask: Mask, spacing: tuple[float, float, float]) -> bool:
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


def cored(values: NDArray[np.int16], mask: Mask, spacing: tuple[float, float, float]) -> bool:
    """Say whether a small finding, too thin for a shell of SHELL_MM, is darker in its inner half than around it.

    A solid deposit is brightest in the middle, the more so the more it is blurred; a phalanx or sesamoid is not.
    """
    depth = depth_up_to(_filled(mask), spacing, 2 * SHELL_MM)
    if np.isinf(depth).any():
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


def lump_on_bone(bone: Mask, start: tuple[int, ...], spacing: tuple[float, ...], reach_mm: float) -> Mask | None:
    """Return the lump around a voxel of bone, cut off at the neck that joins it to the rest, or None without a neck.

    The filled bone is eroded step by step until the deepest point near `start` parts from all bone further
    away than `reach_mm`; each voxel then goes to the nearer of the two.
    """
    filled = _filled(bone)
    depth = _depth(filled, spacing)
    top = _climb(depth, start)
    elsewhere = filled & (_away(filled.shape, start, spacing) > reach_mm)
    cores = _part(depth, top, elsewhere, min(spacing) / 2)
    if cores is None:
        return None
    to_lump, to_bone = (ndimage.distance_transform_edt(~core, sampling=spacing) for core in cores)
    return np.asarray(to_lump < to_bone)


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
