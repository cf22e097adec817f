"""Limbs that were moved between two scans, with deposits that grew, vanished, merged or split: all of it known."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage
from scipy.spatial.transform import Rotation

from calcitrial.dicom import Facts, Series

Points = NDArray[np.float64]
Anatomy = Callable[[Points], Points]
FACTS = Facts("2.25.1", None, None, None, 120.0, "SIMULATED", None, 1.0, 0.0, "1.2.840.10008.1.2.1")
FINE = (np.arange(3) + 0.5) / 3 - 0.5


@dataclass(frozen=True)
class Ball:
    """A round deposit in the limb's own coordinates: centre, radius in mm, HU."""

    centre: tuple[float, float, float]
    radius: float
    hu: float = 550.0


@dataclass(frozen=True, eq=False)
class Motion:
    """Turns a limb by a rotation vector in degrees about its origin, then shifts it."""

    degrees: tuple[float, float, float] = (0.0, 0.0, 0.0)
    shift: tuple[float, float, float] = (0.0, 0.0, 0.0)

    @property
    def rotation(self) -> Points:
        return Rotation.from_rotvec(self.degrees, degrees=True).as_matrix()

    def moved(self, points: object) -> Points:
        return np.asarray(points) @ self.rotation.T + self.shift

    def moved_back(self, points: object) -> Points:
        return (np.asarray(points) - self.shift) @ self.rotation


def calf(at: Points) -> Points:
    """HU of a calf that widens upwards, with a tibia that spreads towards the knee and a fibula behind it."""
    x, y, z = at.T
    up = z / 60.0
    hu = np.full(len(at), -1000.0)
    skin = np.hypot(x, 1.1 * y)
    hu[skin <= 40 + 5 * up] = -100.0
    hu[skin <= 35 + 4 * up + np.cos(2 * np.arctan2(y, x))] = 55.0
    _tube(hu, np.hypot(x - 8 - up, y + 12 - up), 9 + 4 * np.clip(up, 0, 2) ** 2, 3 - 0.9 * up)
    _tube(hu, np.hypot(x + 20 - up, y - 4 + 2 * up), 5 + 0.8 * up, np.full(len(at), 2.0))
    return hu


def shafts(at: Points) -> Points:
    """HU of a limb that is the same all along z: nothing says how far along it a scan was taken."""
    x, y, _ = at.T
    hu = np.where(np.hypot(x, y) <= 34, 50.0, -1000.0)
    _tube(hu, np.hypot(x - 10, y + 4), np.full(len(at), 8.0), np.full(len(at), 3.0))
    _tube(hu, np.hypot(x + 12, y - 8), np.full(len(at), 4.0), np.full(len(at), 2.0))
    return hu


def mirrored(anatomy: Anatomy) -> Anatomy:
    """The limb of the other side."""
    return lambda at: anatomy(at * [-1.0, 1.0, 1.0])


def beside(first: Anatomy, second: Anatomy, gap: float, motion: Motion | None = None) -> Anatomy:
    """Two limbs in one field, the second `gap` mm along x and moved on its own."""
    turn = motion or Motion()
    return lambda at: np.maximum(first(at), second(turn.moved_back(at - [gap, 0.0, 0.0])))


def _tube(hu: Points, off: Points, radius: Points, cortex: Points) -> None:
    hu[off <= radius] = 1000.0
    hu[off <= radius - cortex] = 0.0


def scan(
    anatomy: Anatomy,
    balls: Mapping[str, Ball],
    motion: Motion | None = None,
    *,
    shape: tuple[int, int, int] = (60, 72, 72),
    spacing: tuple[float, float, float] = (2.0, 1.3, 1.3),
    middle: tuple[float, float, float] = (0.0, 0.0, 0.0),
    sigma_mm: float = 0.7,
    noise: float = 8.0,
    seed: int = 1,
    facts: Facts = FACTS,
) -> Series:
    """Scan a moved limb; the field of view lies around `middle` of the limb as it was moved."""
    pose = motion or Motion()
    affine = np.diag([*spacing[::-1], 1.0])
    half = [(n - 1) / 2 * mm for n, mm in zip(shape, spacing, strict=True)]
    affine[:3, 3] = np.array(pose.shift) + middle - half[::-1]
    index = np.indices(shape).reshape(3, -1).T[:, ::-1]
    at = pose.moved_back(index @ affine[:3, :3].T + affine[:3, 3])
    hu = anatomy(at)
    within = np.stack(np.meshgrid(*[FINE * mm for mm in spacing[::-1]]), axis=-1).reshape(-1, 3) @ pose.rotation
    for ball in balls.values():
        near = np.flatnonzero(np.linalg.norm(at - ball.centre, axis=1) < ball.radius + 2 * max(spacing))
        off = np.linalg.norm(at[near][:, None] + within - ball.centre, axis=2)
        hu[near] += (off <= ball.radius).mean(axis=1) * np.maximum(ball.hu - hu[near], 0.0)
    blurred = ndimage.gaussian_filter(hu.reshape(shape), [sigma_mm / mm for mm in spacing])
    noisy = blurred + noise * np.random.default_rng(seed).standard_normal(shape)
    return Series(np.clip(np.rint(noisy), -1024, 3000).astype(np.int16), spacing, affine, facts, f"scan {seed}")
