"""Threshold, connected components and their statistics in one pass over the voxels.

The block is cut into slabs of slices, one for each thread. A slab is read once: each row falls into runs of voxels
at or above the threshold, a run joins the runs it touches in the rows and the slice before it (union-find), and its
sums go to its component. Slabs are then joined at their borders. No label image is ever made: a component's mask
is expanded from its runs, in its box, when somebody asks for it.
"""

import math
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from calcitrial.compiled import spread, threads
from calcitrial.voxels.runs import (
    HU,
    HU_HU,
    HU_MAX,
    HU_MIN,
    HU_Z,
    Z_0,
    Z_END,
    Block,
    Counts,
    Mask,
    N,
    Numbers,
    Pair,
    Slab,
    Z,
    deal,
    fill,
    find_hot,
    gathered,
    scan_slab,
    settle,
    stitch,
    tally,
)

SLICES_PER_SLAB = 8  # a thinner slab costs more at its border than a further thread saves
ALL_NEIGHBOURS, FACES = 26, 6


@dataclass(frozen=True, eq=False)
class Components:
    """The connected components of the voxels at or above a threshold, in the order of their first voxel (z, y, x).

    Attributes:
        shape: of the block, (z, y, x).
        voxels: how many voxels each has, int64 (n,).
        hu_sum: sum of HU, int64 (n,).
        hu_squares: sum of squared HU, int64 (n,).
        hu_max: largest HU, int64 (n,).
        hu_min: smallest HU, int64 (n,).
        begin: first index of the box that holds it, int64 (n, 3), (z, y, x).
        end: index after the last of that box, int64 (n, 3).
        index_sum: sum of the voxel indices, int64 (n, 3); divided by `voxels` it is the centroid.
        hu_index_sum: sum of HU times index, int64 (n, 3); (hu_index_sum - b * index_sum) / (hu_sum - b * voxels)
            is the centroid weighted by HU above a background b.
        rows: which row each run lies in, z * rows per slice + y, int32 (runs,); runs of a component lie together.
        ends: first column of each run and the one after its last, int32 (runs, 2).
        starts: where the runs of each component begin, int64 (n + 1,).
    """

    shape: tuple[int, int, int]
    voxels: Counts
    hu_sum: Counts
    hu_squares: Counts
    hu_max: Counts
    hu_min: Counts
    begin: Counts
    end: Counts
    index_sum: Counts
    hu_index_sum: Counts
    rows: Numbers
    ends: Numbers
    starts: Counts

    def __len__(self) -> int:
        return len(self.voxels)

    def box(self, which: int) -> tuple[slice, slice, slice]:
        """Return the box (z, y, x) that just holds one component."""
        z, y, x = (slice(int(a), int(b)) for a, b in zip(self.begin[which], self.end[which], strict=True))
        return z, y, x

    def mask(self, which: int) -> Mask:
        """Return the voxels of one component within its box."""
        mask = np.zeros(self.end[which] - self.begin[which], dtype=np.bool_)
        part = slice(int(self.starts[which]), int(self.starts[which + 1]))
        fill(mask, self.rows[part], self.ends[part], self.begin[which], self.shape[1])
        return mask

    def paint(self, chosen: Mask | None = None) -> Mask:
        """Return the voxels of the chosen components (n,), or of all, as a mask of the whole block."""
        whole = np.zeros(self.shape, dtype=np.bool_)
        taken = np.ones(len(self), dtype=np.bool_) if chosen is None else chosen
        which = np.repeat(taken, np.diff(self.starts))
        fill(whole, self.rows[which], self.ends[which], np.zeros(3, dtype=np.int64), self.shape[1])
        return whole


def find_components(
    voxels: Block, threshold: float, within: Mask | None = None, neighbours: int = ALL_NEIGHBOURS
) -> Components:
    """Return the connected components of the voxels at or above a threshold.

    Args:
        voxels: integers (z, y, x), Hounsfield units or a mask with threshold 1; read once and not copied.
        threshold: in HU.
        within: voxels outside this mask, of the same shape, are left out.
        neighbours: 26 joins voxels that share a face, an edge or a corner, 6 only a face.

    Raises:
        ValueError: the block is not three-dimensional integers, the mask has another shape, or `neighbours` is
            neither 26 nor 6.
    """
    block = _checked(voxels, within, neighbours)
    inside = np.zeros((1, 1, 1), dtype=np.bool_) if within is None else np.ascontiguousarray(within)
    kind = np.iinfo(block.dtype)
    slabs = _slabs(len(block)) if threshold <= kind.max else [(0, 0)]
    least = block.dtype.type(math.ceil(min(max(threshold, kind.min), kind.max)))
    reach = int(neighbours == ALL_NEIGHBOURS)

    def scanned(slab: Pair) -> Slab:
        hot = find_hot(block, least, *slab)
        return scan_slab(block, hot, inside, within is not None, least, slab, reach)

    return _joined(spread(scanned, slabs), slabs, block.shape, reach)


def _checked(voxels: Block, within: Mask | None, neighbours: int) -> Block:
    block = voxels.view(np.uint8) if voxels.dtype == np.bool_ else voxels
    if block.ndim != 3 or block.dtype.kind not in "iu":
        raise ValueError(f"Components need a block of integers (z, y, x), not {block.dtype} {block.shape}; convert it.")
    if within is not None and within.shape != block.shape:
        raise ValueError(f"The mask has the shape {within.shape}, not {block.shape}; give one of the block's shape.")
    if neighbours not in (ALL_NEIGHBOURS, FACES):
        raise ValueError(f"A voxel has 26 or 6 neighbours, not {neighbours}; write one of them.")
    return np.ascontiguousarray(block)


def _slabs(slices: int) -> list[Pair]:
    """Return the first slice and the one after the last of each slab; two a thread, since bone is not everywhere."""
    most = 1 if threads() == 1 else 2 * threads()
    count = max(1, min(most, slices // SLICES_PER_SLAB))
    cuts = [slices * i // count for i in range(count + 1)]
    return list(pairwise(cuts))


def _joined(
    parts: list[Slab],
    slabs: list[Pair],
    shape: tuple[int, ...],
    reach: int,
) -> Components:
    """Return the components of all slabs, those that touch across a border as one."""
    shift = np.cumsum([0] + [len(parent) for _, _, parent, _ in parts])
    parent = np.concatenate([own + shift[i] for i, (_, _, own, _) in enumerate(parts)])
    for i in range(1, len(parts)):
        (upper, upper_runs, _, _), (lower, lower_runs, _, _) = parts[i - 1], parts[i]
        stitch(upper[-shape[1] - 1 :], upper_runs, lower, lower_runs, parent, (shift[i - 1], shift[i]), reach)
    number = settle(parent)
    table = gathered(np.concatenate([stats for _, _, _, stats in parts]), parent, number)
    starts, rows, ends = _sorted_runs(parts, slabs, parent, shift, shape[1], number)
    depth, height, width = shape
    voxels, hu_sum, hu_squares, hu_max, hu_min = (table[:, i].copy() for i in (N, HU, HU_HU, HU_MAX, HU_MIN))
    begin, end, index_sum, hu_index_sum = (table[:, i : i + 3].copy() for i in (Z_0, Z_END, Z, HU_Z))
    return Components(
        shape=(depth, height, width),
        voxels=voxels,
        hu_sum=hu_sum,
        hu_squares=hu_squares,
        hu_max=hu_max,
        hu_min=hu_min,
        begin=begin,
        end=end,
        index_sum=index_sum,
        hu_index_sum=hu_index_sum,
        rows=rows,
        ends=ends,
        starts=starts,
    )


def _sorted_runs(
    parts: list[Slab],
    slabs: list[Pair],
    label: Numbers,
    shift: Counts,
    height: int,
    number: int,
) -> tuple[Counts, Numbers, Numbers]:
    """Return where the runs of each component begin, and rows and columns of the runs, sorted by component."""
    starts = np.zeros(number + 1, dtype=np.int64)
    for i, (_, runs, _, _) in enumerate(parts):
        tally(runs, label, shift[i], starts)
    np.cumsum(starts, out=starts)
    rows, ends = np.empty(starts[-1], dtype=np.int32), np.empty((starts[-1], 2), dtype=np.int32)
    at = starts[:-1].copy()
    for i, (first, runs, _, _) in enumerate(parts):
        deal(first, runs, label, (shift[i], slabs[i][0] * height), at, rows, ends)
    return starts, rows, ends
