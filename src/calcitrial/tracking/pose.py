"""Finds where a limb lies in a later scan: every shift at once for many rotations, then a fit to the fraction of a mm.

First, for each of a fan of rotations, the mean squared difference of HU is computed for all shifts by Fourier
transform, over what is body in both scans (masked matching after Padfield, doi 10.1109/TIP.2011.2181402, with
squared differences, because Hounsfield units mean the same in both). So neither table position nor field of view has
to agree, and no first guess is needed. The best few are then fitted by Gauss-Newton with Huber weights from coarse to
fine. Nothing is drawn at random but the voxels that are compared, from a fixed seed.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import product

import numpy as np
from numpy.typing import NDArray
from scipy import fft, ndimage
from scipy.spatial.transform import Rotation

from calcitrial.dicom import Floats
from calcitrial.imaging import Mask
from calcitrial.tracking.anatomy import Anatomy, Grid

STEP_DEGREES = 18  # the fit recovers from half of it
AXIAL_STEPS = 3  # rotations about the long axis of the table, either way
TILT_STEPS = 2
MISSING_HU = 60.0  # what a voxel without counterpart counts as, so that overlap is worth something
CELLS = 15  # along a limb, in the coarse search
STEP_MM = (3.5, 9.0)
LEAST_OVERLAP = 0.4
APART_MM = 40.0  # two limbs lie at least this far apart
PROCESSORS = 2
HUBER = 3.0  # robust standard deviations; beyond, tissue has changed
CAPPED_HU = 200.0
SEED = 1


Spectra = dict[tuple[int, ...], list[NDArray[np.complexfloating]]]


@dataclass(frozen=True, eq=False)
class Pose:
    """A rigid motion q = R (p - centre) + to, patient LPS mm, from baseline to follow-up.

    Attributes:
        rotation: R, 3x3.
        centre: middle of the limb at baseline.
        to: where the motion takes it.
        cost: mean squared difference in HU2, with MISSING_HU for what has no counterpart.
        overlap: share of the compared voxels that have a counterpart.
    """

    rotation: Floats
    centre: Floats
    to: Floats
    cost: float = np.inf
    overlap: float = 0.0

    @property
    def matrix(self) -> Floats:
        """4x4 matrix from baseline to follow-up points (x, y, z, 1) in LPS mm."""
        whole = np.eye(4)
        whole[:3, :3] = self.rotation
        whole[:3, 3] = self.to - self.rotation @ self.centre
        return whole

    def moved(self, points: Floats) -> Floats:
        """Return where baseline points (..., 3) lie at follow-up."""
        return np.asarray((points - self.centre) @ self.rotation.T + self.to)

    def moved_back(self, points: Floats) -> Floats:
        """Return where follow-up points (..., 3) lay at baseline."""
        return np.asarray((points - self.to) @ self.rotation + self.centre)


@dataclass(frozen=True, eq=False)
class Field:
    """A scan on a coarse cubic grid along patient axes: HU, weight, first point (x, y, z) and step in mm."""

    values: Grid
    weight: Grid
    start: Floats
    step: float


def search(fixed: Anatomy, limb: Mask, moving: Anatomy, places: int = 1, keep: int = 4) -> list[Pose]:
    """Return the best `keep` poses of one limb of `fixed` in `moving` at each of `places` places, best first.

    With several limbs in one field, one limb may be taken for another, so that several places are handed on.
    """
    points = fixed.to_patient(np.argwhere(limb))
    low, high = points.min(axis=0), points.max(axis=0)
    step = float(np.clip(np.prod(high - low) ** (1 / 3) / CELLS, *STEP_MM))
    target = _field(moving, step)
    if not target.weight.any():
        return []
    spectra: Spectra = {}
    values = fixed.smoothed(step / 2)
    weight = ndimage.gaussian_filter(fixed.weight * limb, [step / 2 / mm for mm in fixed.spacing_mm])
    found: list[list[Pose]] = [[] for _ in range(places)]
    for rotation in rotations():
        turned = _turned(fixed, values, weight, rotation, (low + high) / 2, (high - low) / 2, step)
        poses = _best_shifts(turned, target, rotation, (low + high) / 2, spectra, places)
        for place, pose in zip(found, poses, strict=False):
            place.append(pose)
    return [pose for place in found for pose in sorted(place, key=lambda pose: pose.cost)[:keep]]


def rotations() -> list[Floats]:
    """Return the rotations that are tried: up to 54 degrees about z after tilts of up to 36 degrees."""
    tilts = range(-TILT_STEPS, TILT_STEPS + 1)
    fan = []
    for turn, x, y in product(range(-AXIAL_STEPS, AXIAL_STEPS + 1), tilts, tilts):
        if x * x + y * y <= TILT_STEPS**2:
            tilt = Rotation.from_rotvec([STEP_DEGREES * x, STEP_DEGREES * y, 0], degrees=True)
            fan.append((Rotation.from_rotvec([0, 0, STEP_DEGREES * turn], degrees=True) * tilt).as_matrix())
    return fan


def _field(anatomy: Anatomy, step: float) -> Field:
    places = anatomy.to_patient(np.argwhere(anatomy.body > 0.5))
    if not len(places):
        return Field(np.zeros((1, 1, 1), np.float32), np.zeros((1, 1, 1), np.float32), np.zeros(3), step)
    low = places.min(axis=0) - step
    counts = np.ceil((places.max(axis=0) + step - low) / step).astype(int) + 1
    points = np.indices(counts[::-1]).reshape(3, -1).T[:, ::-1] * step + low
    weight = ndimage.gaussian_filter(anatomy.weight, [step / 2 / mm for mm in anatomy.spacing_mm])
    at = anatomy.to_grid(points).T
    return Field(_at(anatomy.smoothed(step / 2), at, counts[::-1]), _at(weight, at, counts[::-1]), low, step)


def _at(values: Grid, at: Floats, shape: Sequence[int]) -> Grid:
    return np.asarray(ndimage.map_coordinates(values, at, order=1).reshape(shape), dtype=np.float32)


def _turned(
    fixed: Anatomy, values: Grid, weight: Grid, rotation: Floats, centre: Floats, half: Floats, step: float
) -> Field:
    """Return the limb rotated about its centre, on a grid whose middle is that centre."""
    corners = np.array(list(product(*zip(-half, half, strict=True)))) @ rotation.T
    reach = np.ceil(corners.max(axis=0) / step).astype(int)
    shape = tuple(2 * reach[::-1] + 1)
    points = (np.indices(shape).reshape(3, -1).T[:, ::-1] - reach) * step
    at = fixed.to_grid(points @ rotation + centre).T
    return Field(_at(values, at, shape), _at(weight, at, shape), -reach * step, step)


def _best_shifts(
    limb: Field,
    target: Field,
    rotation: Floats,
    centre: Floats,
    spectra: Spectra,
    places: int,
) -> list[Pose]:
    sizes = zip(limb.values.shape, target.values.shape, strict=True)
    shape = tuple(int(fft.next_fast_len(a + b - 1, real=True)) for a, b in sizes)
    if shape not in spectra:
        spectra[shape] = _spectra(target, shape)
    (w, v, s), (lw, lv, ls) = spectra[shape], (np.conj(part) for part in _spectra(limb, shape))
    overlap = fft.irfftn(w * lw, shape, workers=PROCESSORS)
    squares = fft.irfftn(w * ls - 2 * v * lv + s * lw, shape, workers=PROCESSORS)
    most = float(min(limb.weight.sum(), target.weight.sum()))
    cost = (squares + MISSING_HU**2 * (most - overlap)) / most
    cost[overlap < LEAST_OVERLAP * most] = np.inf
    found = []
    for at in _lowest(cost, places, round(APART_MM / target.step)):
        # Beyond the size of the target the transform has wrapped round to negative shifts.
        shift = [i - n if i >= size else i for i, n, size in zip(at, shape, target.values.shape, strict=True)]
        to = target.start - limb.start + np.array(shift[::-1]) * target.step
        found.append(Pose(rotation, centre, to, float(cost[at]), float(overlap[at]) / most))
    return found


def _lowest(cost: NDArray[np.floating], most: int, apart: int) -> list[tuple[int, ...]]:
    """Return up to `most` places of least cost, each more than `apart` cells in z, y or x from the others."""
    cost = cost.copy() if most > 1 else cost
    found: list[tuple[int, ...]] = []
    while len(found) < most:
        at = tuple(int(i) for i in np.unravel_index(int(cost.argmin()), cost.shape))
        if not np.isfinite(cost[at]):
            break
        found.append(at)
        if len(found) < most:
            near = [np.arange(i - apart, i + apart + 1) % n for i, n in zip(at, cost.shape, strict=True)]
            cost[np.ix_(*near)] = np.inf
    return found


def _spectra(field: Field, shape: tuple[int, ...]) -> list[NDArray[np.complexfloating]]:
    weighted = field.weight * field.values
    parts = (field.weight, weighted, weighted * field.values)
    return [np.asarray(fft.rfftn(part.astype(np.float32), shape, workers=PROCESSORS)) for part in parts]


@dataclass(frozen=True, eq=False)
class Sample:
    """Voxels of one limb at one scale, ready to be compared.

    Attributes:
        points: baseline, (n, 3) LPS mm.
        values: their HU, (n,).
        slopes: their gradients in HU per mm along patient axes, (n, 3).
        moving: the follow-up.
        moving_values: its HU, smoothed alike.
        moving_slopes: its gradients along z, y and x index in HU per mm.
    """

    points: Floats
    values: Floats
    slopes: Floats
    moving: Anatomy
    moving_values: Grid
    moving_slopes: list[Grid]

    def compared(self, pose: Pose) -> tuple[Mask, Floats, Floats]:
        """Return which points have a counterpart, its HU and its gradient along patient axes."""
        at = self.moving.to_grid(pose.moved(self.points)).T
        there = ndimage.map_coordinates(self.moving.weight, at, order=1) > 0.5
        values = ndimage.map_coordinates(self.moving_values, at, order=1).astype(np.float64)
        slopes = [ndimage.map_coordinates(part, at, order=1) for part in reversed(self.moving_slopes)]
        return there, values, np.stack(slopes, axis=1) @ self.moving.axes.T


def sample(fixed: Anatomy, limb: Mask, moving: Anatomy, sigma_mm: float, most: int) -> Sample:
    """Return at most `most` voxels of a limb, the same ones each time, with both scans smoothed by `sigma_mm`."""
    index = np.argwhere((fixed.weight * limb) > 0.5)
    if len(index) > most:
        index = index[np.sort(np.random.default_rng(SEED).choice(len(index), most, replace=False))]
    values, moving_values = fixed.smoothed(sigma_mm), moving.smoothed(sigma_mm)
    slopes = [part[tuple(index.T)] for part in reversed(np.gradient(values, *fixed.spacing_mm))]
    return Sample(
        fixed.to_patient(index),
        values[tuple(index.T)].astype(np.float64),
        np.stack(slopes, axis=1) @ fixed.axes.T,
        moving,
        moving_values,
        list(np.gradient(moving_values, *moving.spacing_mm)),
    )


def fit(pose: Pose, voxels: Sample, rounds: int = 12) -> Pose:
    """Return the pose moved to the nearest least sum of Huber-weighted squared differences."""
    away = voxels.points - pose.centre
    for _ in range(rounds):
        there, values, slopes = voxels.compared(pose)
        if there.sum() < 100:
            return Pose(pose.rotation, pose.centre, pose.to)
        residual = values - voxels.values
        scale = max(1.4826 * float(np.median(np.abs(residual[there]))), 1.0)
        weight = there / np.maximum(1.0, np.abs(residual) / (HUBER * scale))
        change = _change(away @ pose.rotation.T, slopes, residual, weight)
        turned = Rotation.from_rotvec(change[3:]).as_matrix() @ pose.rotation
        pose = Pose(turned, pose.centre, pose.to + change[:3])
        if np.abs(change[:3]).max() < 0.01 and np.abs(change[3:]).max() < 1e-4:
            break
    there, values, _ = voxels.compared(pose)
    capped = np.minimum((values - voxels.values)[there] ** 2, CAPPED_HU**2).sum()
    cost = (capped + MISSING_HU**2 * np.count_nonzero(~there)) / len(there)
    return Pose(pose.rotation, pose.centre, pose.to, float(cost), float(there.mean()))


def _change(away: Floats, slopes: Floats, residual: Floats, weight: Floats) -> Floats:
    """Return the Gauss-Newton step: shift in mm and rotation vector in radians, six numbers."""
    jacobian = np.concatenate([slopes, np.cross(away, slopes)], axis=1)
    weighted = jacobian * weight[:, None]
    normal = weighted.T @ jacobian
    normal[np.diag_indices(6)] *= 1.001
    normal[np.diag_indices(6)] += 1e-6
    return -np.linalg.solve(normal, weighted.T @ residual)
