"""Says how well two aligned scans agree, how far off the alignment may be, and which motions nothing speaks against.

All of it rests on one fact: the noise of two scans is independent, so that the product of their gradients at the same
place holds anatomy only, while the square of either holds anatomy and noise.
"""

from dataclasses import dataclass

import numpy as np
from scipy.linalg import eigh

from calcitrial.dicom import Floats
from calcitrial.tracking.pose import Pose, Sample

SHARED_LEAST = 0.4  # a motion along which less of the gradient is anatomy is free
BLOCK_MM = 24.0
BLOCK_LEAST = 60  # voxels
BLOCK_SHARE = 0.15  # directions of a block with less of its strongest gradient say nothing


@dataclass(frozen=True, eq=False)
class Agreement:
    """How well a pose fits.

    Attributes:
        correlation: of the gradients of both scans, 1 for equal anatomy, 0.1 to 0.7 for another body part.
        residual_mm: root mean square, over blocks of BLOCK_MM, of the shift that would fit each block better.
        worst_mm: 95th percentile of the shifts of the blocks; large where a joint was bent.
        free: motions that the anatomy does not determine, (k, 6): shift and rotation vector about the middle of
            the limb, which move its voxels by 1 mm (root mean square).
    """

    correlation: float
    residual_mm: float
    worst_mm: float
    free: Floats


NOTHING = Agreement(0.0, np.inf, np.inf, np.zeros((0, 6)))


def agree(pose: Pose, voxels: Sample) -> Agreement:
    """Return how well a pose fits, from about 20,000 voxels smoothed by about the size of one."""
    there, values, later = voxels.compared(pose)
    if np.count_nonzero(there) < 6 * BLOCK_LEAST:
        return NOTHING
    earlier = (voxels.slopes @ pose.rotation.T)[there]
    later, residual = later[there], (values - voxels.values)[there]
    away = (voxels.points - pose.centre)[there]
    shifts, weights = _block_shifts(away, earlier, later, residual)
    energy = float(np.sqrt((earlier**2).sum() * (later**2).sum()))
    return Agreement(
        correlation=float((earlier * later).sum()) / energy if energy > 0 else 0.0,
        residual_mm=float(np.sqrt((weights * shifts**2).sum() / weights.sum())) if weights.sum() > 0 else np.inf,
        worst_mm=float(np.percentile(shifts, 95)) if shifts.size else np.inf,
        free=_free(away @ pose.rotation.T, earlier, later),
    )


def _free(away: Floats, earlier: Floats, later: Floats) -> Floats:
    """Return the motions whose shared gradient is less than SHARED_LEAST of all gradient along them."""
    size = float(np.sqrt((away**2).sum(axis=1).mean()))
    first, second = (np.concatenate([g, np.cross(away, g) / size], axis=1) for g in (earlier, later))
    shared = first.T @ second
    whole = (first.T @ first + second.T @ second) / 2
    shares, motions = eigh((shared + shared.T) / 2, whole + 1e-6 * np.trace(whole) * np.eye(6))
    free = motions[:, shares < SHARED_LEAST].T
    free = free / np.linalg.norm(free, axis=1, keepdims=True)
    free[:, 3:] /= size
    return np.asarray(free)


def _block_shifts(away: Floats, earlier: Floats, later: Floats, residual: Floats) -> tuple[Floats, Floats]:
    """Return the length in mm of each block's better shift, and the weight of the block, its gradient."""
    _, block = np.unique(np.floor(away / BLOCK_MM).astype(int), axis=0, return_inverse=True)
    order = np.argsort(block.ravel(), kind="stable")
    ends = np.flatnonzero(np.diff(block.ravel()[order])) + 1
    lengths, weights = [], []
    for part in np.split(order, ends):
        if len(part) < BLOCK_LEAST:
            continue
        slopes = (earlier[part] + later[part]) / 2
        shared = earlier[part].T @ later[part]
        strengths, axes = np.linalg.eigh((shared + shared.T) / 2)
        top = float(np.linalg.eigvalsh(slopes.T @ slopes)[-1])
        firm = strengths > BLOCK_SHARE * max(top, 1e-9)
        if firm.any():
            pull = axes[:, firm].T @ (slopes.T @ residual[part])
            lengths.append(float(np.linalg.norm(pull / strengths[firm])))
            weights.append(float(np.sqrt(top)))
    return np.array(lengths), np.array(weights)
