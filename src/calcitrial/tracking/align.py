"""Lays a follow-up scan over the baseline scan, each limb by a rigid motion of its own.

A limb is a piece of the body at baseline (`anatomy.limbs_of`). Its motion is found from bone, muscle and fat alone
(`pose`), deposits blanked out, and judged by what both scans share (`agreement`). A motion that is not credible is
never passed on in silence: it carries `alignment_poor` and a sentence. A bent joint is not followed; it shows in
`residual_mm` and `worst_mm`.

Where the anatomy does not say how far a limb was moved, as along a shaft without landmarks, the deposits have the
last word after all (`settled`), in that direction only, and the flag `position_uncertain` stays unless two of them
agree.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from itertools import product

import numpy as np
from scipy import ndimage
from scipy.spatial.transform import Rotation

from calcitrial.dicom import Floats, Series
from calcitrial.imaging import Mask, Settings
from calcitrial.tracking.agreement import NOTHING, Agreement, agree
from calcitrial.tracking.anatomy import Anatomy, anatomy_of, limbs_of
from calcitrial.tracking.pose import Pose, fit, sample, search

POOR = 0.75  # correlation of gradients: seen up to 0.74 for other limbs, at least 0.95 for the same one
SURE = 0.9  # below, a mirror image is tried as well
OVERLAP_LEAST = 0.2
RESIDUAL_MOST_MM = 3.0
MIRROR_GAIN = 0.05
UNPLACED = 1e6  # HU2, as the cost of a pose: a limb goes without a place only where two would share one
COLLISION = 1e9
FREE_REACH_MM = 80.0
FREE_STEP_MM = 1.5
AGREE_MM = 3.0
OTHER_PART = (
    "The scans do not match at the limb around {place}: {why}; check that both show the same limb of the same person."
)
MIRRORED = (
    "The follow-up matches the mirror image of the limb around {place} better than the limb itself; check the side of "
    "the body and the orientation of both series."
)
UNCERTAIN = (
    "The anatomy does not say where along its length the limb around {place} lies; {by} placed it; check the links."
)


@dataclass(frozen=True, eq=False)
class LimbAlignment:
    """One limb of the baseline and where it lies at follow-up.

    Attributes:
        name: limb1, limb2, ... from the largest.
        pose: the motion from baseline to follow-up; None when none was found.
        agreement: how well it fits.
        flags: sorted; any of alignment_poor, mirrored, position_uncertain.
        note: a sentence on the flags, '' without.
        away: distance from every voxel of the anatomy at baseline to this limb in mm.
        anatomy: the baseline.
    """

    name: str
    pose: Pose | None
    agreement: Agreement
    flags: tuple[str, ...]
    note: str
    away: Floats
    anatomy: Anatomy

    @property
    def poor(self) -> bool:
        """Whether nothing may be concluded from this motion."""
        return self.pose is None or "alignment_poor" in self.flags

    def distance(self, points: Floats) -> Floats:
        """Return how far baseline points (..., 3) lie from this limb in mm, 0 inside."""
        at = self.anatomy.to_grid(points)
        near = np.clip(at, 0, np.array(self.away.shape) - 1)
        beyond = np.linalg.norm((at - near) * self.anatomy.spacing_mm, axis=-1)
        return np.asarray(ndimage.map_coordinates(self.away, np.moveaxis(near, -1, 0), order=1) + beyond)


def align(baseline: Series, followup: Series, settings: Settings) -> tuple[LimbAlignment, ...]:
    """Return each limb of the baseline, the largest first, with its motion to the follow-up.

    Deterministic: equal series give equal motions.
    """
    fixed, moving = anatomy_of(baseline, settings), anatomy_of(followup, settings)
    limbs = limbs_of(fixed)
    chosen = _chosen([_candidates(fixed, limb, moving, places=len(limbs)) for limb in limbs])
    pairs = enumerate(zip(limbs, chosen, strict=True), 1)
    return tuple(_judged(f"limb{number}", fixed, limb, moving, pose) for number, (limb, pose) in pairs)


def _candidates(fixed: Anatomy, limb: Mask, moving: Anatomy, places: int = 1) -> list[Pose]:
    """Return fitted poses, the best first, no two at the same place."""
    poses = search(fixed, limb, moving, places)
    if not poses:
        return []
    coarse = sample(fixed, limb, moving, 3.0, 3000)
    found: list[Pose] = []
    for pose in sorted((fit(pose, coarse) for pose in poses), key=lambda pose: pose.cost):
        if all(np.linalg.norm(pose.to - other.to) > 20 for other in found):
            found.append(pose)
    return [pose for pose in found if np.isfinite(pose.cost)]


def _chosen(candidates: list[list[Pose]]) -> list[Pose | None]:
    """Return one pose per limb so that no two limbs land in one place or change sides, at the least cost."""
    # Two legs are alike enough that the worse of two scans may swap them; people do not.
    options: list[list[Pose | None]] = [[*found, None] for found in candidates]
    return list(min(product(*options), key=_cost)) if options else []


def _cost(poses: Iterable[Pose | None]) -> float:
    every = list(poses)
    there = [pose for pose in every if pose is not None]
    cost = sum(pose.cost for pose in there) + UNPLACED * (len(every) - len(there))
    for i, first in enumerate(there):
        for second in there[i + 1 :]:
            before, after = second.centre - first.centre, second.to - first.to
            if np.linalg.norm(after) < 0.5 * np.linalg.norm(before):
                cost += COLLISION
            elif before @ after < 0:
                cost *= 2
    return cost


def _judged(name: str, fixed: Anatomy, limb: Mask, moving: Anatomy, pose: Pose | None) -> LimbAlignment:
    away = ndimage.distance_transform_edt(~limb, sampling=fixed.spacing_mm)
    where = _place(fixed.to_patient(np.argwhere(limb)).mean(axis=0))
    pose, agreement = _refined(fixed, limb, moving, pose)
    mirrored = agreement.correlation < SURE and _mirrored(fixed, limb, moving) > agreement.correlation + MIRROR_GAIN
    flags, note = _verdict(pose, agreement, mirrored=mirrored)
    return LimbAlignment(name, pose, agreement, flags, note.format(place=where), away, fixed)


def _verdict(pose: Pose | None, agreement: Agreement, *, mirrored: bool) -> tuple[tuple[str, ...], str]:
    if mirrored:
        return ("alignment_poor", "mirrored"), MIRRORED
    if why := _doubts(pose, agreement):
        return ("alignment_poor",), OTHER_PART.replace("{why}", why)
    if len(agreement.free):
        return ("position_uncertain",), UNCERTAIN.replace("{by}", "the field of view")
    return (), ""


def _refined(fixed: Anatomy, limb: Mask, moving: Anatomy, pose: Pose | None) -> tuple[Pose | None, Agreement]:
    if pose is None:
        return None, NOTHING
    for sigma, most in ((2.0, 10000), (1.0, 30000)):
        pose = fit(pose, sample(fixed, limb, moving, sigma, most))
    return pose, agree(pose, sample(fixed, limb, moving, 1.5, 20000))


def _mirrored(fixed: Anatomy, limb: Mask, moving: Anatomy) -> float:
    """Return the correlation that the mirror image of a limb reaches."""
    values, weight, body = (part[:, :, ::-1] for part in (fixed.values, fixed.weight, fixed.body))
    image = replace(fixed, values=values, weight=weight, body=body)
    found = _candidates(image, limb[:, :, ::-1], moving)
    return _refined(image, limb[:, :, ::-1], moving, found[0] if found else None)[1].correlation


def _doubts(pose: Pose | None, agreement: Agreement) -> str:
    """Say why a motion is not credible; nothing when it is."""
    if pose is None:
        return "no position was found in which they overlap"
    if pose.overlap < OVERLAP_LEAST:
        return f"only {100 * pose.overlap:.0f} % of it has a counterpart"
    if agreement.correlation < POOR:
        return f"their structures correlate by {agreement.correlation:.2f} only"
    if agreement.residual_mm > RESIDUAL_MOST_MM:
        return f"parts of it lie {agreement.residual_mm:.1f} mm off"
    if len(agreement.free) > 2:
        return "it has too little structure to tell its position"
    return ""


def _place(point: Floats) -> str:
    return "(" + ", ".join(f"{mm:.0f}" for mm in point) + ") mm"


def settled(limb: LimbAlignment, before: Floats, after: Floats) -> LimbAlignment:
    """Place a limb by its lesions along the motions that its anatomy leaves free, and along these only.

    Args:
        limb: from `align`.
        before: centroids of its lesions at baseline, (n, 3) LPS mm.
        after: centroids of the findings at follow-up, (m, 3).

    Returns:
        The limb, moved so that most lesions meet a finding; as it was when nothing is free, it is poor, or none does.
    """
    free = limb.agreement.free
    if limb.pose is None or limb.poor or not len(free) or not len(before) or not len(after):
        return limb
    steps = np.arange(-FREE_REACH_MM, FREE_REACH_MM + FREE_STEP_MM / 2, FREE_STEP_MM * len(free))
    tried = np.array(list(product(steps, repeat=len(free))))
    tried = tried[np.argsort(np.linalg.norm(tried, axis=1), kind="stable")]
    scores = [_met(_along(limb.pose, free, amount), before, after, AGREE_MM) for amount in tried]
    best = _along(limb.pose, free, tried[int(np.argmax(scores))]) if max(scores) > 0.3 else limb.pose
    best = _drawn(best, free, before, after)
    gaps = np.linalg.norm(best.moved(before)[:, None] - after, axis=-1).min(axis=1)
    agreeing = int((gaps < AGREE_MM).sum())
    if agreeing > len(free):
        return replace(limb, pose=best, flags=(), note="")
    by = {0: "the field of view", 1: "one lesion"}.get(agreeing, f"{agreeing} lesions")
    return replace(limb, pose=best, note=limb.note.replace("the field of view", by))


def _along(pose: Pose, free: Floats, amount: Floats) -> Pose:
    motion = amount @ free
    return replace(pose, rotation=Rotation.from_rotvec(motion[3:]).as_matrix() @ pose.rotation, to=pose.to + motion[:3])


def _met(pose: Pose, before: Floats, after: Floats, sigma: float) -> float:
    gaps = np.linalg.norm(pose.moved(before)[:, None] - after, axis=-1).min(axis=1)
    return float(np.exp(-(gaps**2) / (2 * sigma**2)).sum())


def _drawn(pose: Pose, free: Floats, before: Floats, after: Floats) -> Pose:
    """Move a pose along its free motions to the least squares of the lesions that meet a finding."""
    for _ in range(5):
        moved = pose.moved(before)
        gaps = after[np.linalg.norm(moved[:, None] - after, axis=-1).argmin(axis=1)] - moved
        near = np.linalg.norm(gaps, axis=1) < 2 * AGREE_MM
        if not near.any():
            break
        moves = free[:, None, :3] + np.cross(free[:, None, 3:], (moved - pose.to)[None])
        amount, *_ = np.linalg.lstsq(moves[:, near].reshape(len(free), -1).T, gaps[near].ravel(), rcond=None)
        pose = _along(pose, free, amount)
    return pose
