"""Decides which finding of one visit is which lesion of the other, from their voxels laid over each other."""

from dataclasses import dataclass

import numpy as np
from scipy.optimize import linear_sum_assignment
from scipy.spatial import KDTree

from calcitrial.dicom import Floats, Series
from calcitrial.imaging import Lesion, Measured

SAME = 0.5  # share of the smaller that lies in the larger, within the error of the alignment
INSIDE = 0.7  # share of a lesion that lies in the finding that it became part of
PIECE = 0.5  # share of a finding that lies in the lesion that it came from
DENSE_MM = 1.0  # points of a lesion lie no farther apart, or one thick voxel would seem to lie beside another
MOST_POINTS = 20000  # of a lesion; more do not change its shape
NEVER = 1e6


@dataclass(frozen=True, eq=False)
class Sighting:
    """A lesion at one visit.

    Attributes:
        lesion: its numbers.
        points: what it fills, DENSE_MM apart (of a large one every second, third ...), or its seed where it has no
            voxels, (n, 3) LPS mm at that visit.
        seen: whether it has voxels.
    """

    lesion: Lesion
    points: Floats
    seen: bool


@dataclass(frozen=True)
class Matches:
    """Indices: (baseline, follow-up), (baselines that merged, follow-up), (baseline, follow-ups it split into)."""

    pairs: tuple[tuple[int, int], ...]
    merged: tuple[tuple[tuple[int, ...], int], ...]
    split: tuple[tuple[int, tuple[int, ...]], ...]

    @property
    def met(self) -> tuple[set[int], set[int]]:
        """Every index at baseline and at follow-up that belongs to another."""
        before = (
            {i for i, _ in self.pairs} | {i for group, _ in self.merged for i in group} | {i for i, _ in self.split}
        )
        after = {j for _, j in self.pairs} | {j for _, j in self.merged} | {j for _, group in self.split for j in group}
        return before, after


def sighting(series: Series, measured: Measured) -> Sighting:
    """Return a measured lesion with its voxels in the patient."""
    if not measured.mask.any():
        return Sighting(measured.lesion, np.array([measured.lesion.centroid_mm]), seen=False)
    index = np.argwhere(measured.mask) + [b.start for b in measured.box]
    parts = [(np.arange(n) + 0.5) / n - 0.5 for n in (int(np.ceil(mm / DENSE_MM)) for mm in series.spacing_mm)]
    within = np.stack(np.meshgrid(*parts, indexing="ij"), axis=-1).reshape(-1, 3)
    points = (index[:, None] + within).reshape(-1, 3)
    return Sighting(measured.lesion, series.to_patient(points[:: len(points) // MOST_POINTS + 1]), seen=True)


def overlap(moved: Floats, found: Floats, reach_mm: float) -> tuple[float, float]:
    """Return which share of each of two sets of points lies within a distance in mm of the other."""
    return _share(moved, found, reach_mm), _share(found, moved, reach_mm)


def _share(points: Floats, others: Floats, reach_mm: float) -> float:
    distances = np.asarray(KDTree(others).query(points)[0])
    return float(np.mean(distances <= reach_mm))


def same(moved: Floats, found: Floats, reach_mm: float) -> bool:
    """Say whether two sets of points may be one lesion: half of either lies in the other."""
    return max(overlap(moved, found, reach_mm)) >= SAME


def match(moved: list[Floats], found: list[Floats], reach_mm: float, tight_mm: float) -> Matches:
    """Link lesions one to one, by linear assignment over the distances of their middles, and call merged and split.

    A pair is allowed where half of either lies in the other within `reach_mm` (see `same`), so that a lesion that
    vanished does not take a neighbour's finding. A lesion left over that lies within `tight_mm` in the finding of
    another has merged with it; a finding left over that lies so in a lesion is a part of it.

    Args:
        moved: voxels of the baseline lesions at follow-up, (n, 3) LPS mm each.
        found: voxels of the follow-up findings.
        reach_mm: error of the alignment and of the edges.
        tight_mm: the same, for what must lie inside.
    """
    distance = np.full((len(moved), len(found)), NEVER)
    for i, earlier in enumerate(moved):
        for j, later in enumerate(found):
            if _boxes_meet(earlier, later, reach_mm) and same(earlier, later, reach_mm):
                distance[i, j] = np.linalg.norm(earlier.mean(axis=0) - later.mean(axis=0))
    rows, columns = linear_sum_assignment(distance)
    pairs = {int(i): int(j) for i, j in zip(rows, columns, strict=True) if distance[i, j] < NEVER}
    left, over = (set(range(len(part))) for part in (moved, found))
    parts = _inside(moved, found, left - set(pairs), set(pairs.values()), tight_mm, INSIDE)
    pieces = _inside(found, moved, over - set(pairs.values()), set(pairs), tight_mm, PIECE)
    owner = {j: i for i, j in pairs.items()}
    merged = {j: (owner[j], *(i for i, into in parts.items() if into == j)) for j in set(parts.values())}
    split = {i: (pairs[i], *(j for j, of in pieces.items() if of == i)) for i in set(pieces.values())}
    grouped = {i for group in merged.values() for i in group} | set(split)
    return Matches(
        tuple((i, j) for i, j in sorted(pairs.items()) if i not in grouped),
        tuple((tuple(sorted(group)), j) for j, group in sorted(merged.items())),
        tuple((i, tuple(sorted(group))) for i, group in sorted(split.items())),
    )


def _inside(
    parts: list[Floats], wholes: list[Floats], left: set[int], into: set[int], tight_mm: float, least: float
) -> dict[int, int]:
    """Return, for each part left over, the whole that holds most of it, where one holds enough."""
    found = {}
    for i in sorted(left):
        shares = {
            j: overlap(parts[i], wholes[j], tight_mm)[0]
            for j in sorted(into)
            if _boxes_meet(parts[i], wholes[j], tight_mm)
        }
        best = max(shares, key=lambda j: shares[j], default=None)
        if best is not None and shares[best] >= least:
            found[i] = best
    return found


def _boxes_meet(first: Floats, second: Floats, reach_mm: float) -> bool:
    low, high = first.min(axis=0) - reach_mm, first.max(axis=0) + reach_mm
    return bool((second.min(axis=0) <= high).all() and (second.max(axis=0) >= low).all())
