"""What spoils a scan besides blur: noise with a grain, movement, and the shading of dense bones."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import fft

from calcitrial.dicom import Floats
from calcitrial.imaging import Point
from calcitrial.phantoms.scene import Scene

LOWEST = 0.02  # cycles/mm added to the ramp, so that the noise keeps some power at its lowest frequencies
BAND_MM = 3.0  # half width of a dark band between two shafts


@dataclass(frozen=True)
class Ghost:
    """One copy of the object: moved by (x, y, z) mm for a share of the scan."""

    shift_mm: Point
    share: float


def noise(
    shape: tuple[int, ...],
    spacing_mm: tuple[float, float, float],
    terms: tuple[tuple[float, float], ...],
    thickness_mm: float,
    noise_hu: float,
    rng: np.random.Generator,
) -> NDArray[np.float32]:
    """Return noise (z, y, x) of standard deviation `noise_hu` with the grain of a kernel.

    In the slice its power is (|f| + LOWEST) * MTF(f)^2, as filtered back-projection makes it (Riederer, Pelc and
    Chesler, doi 10.1088/0031-9155/23/3/004), with MTF that of the Gaussians `terms` (weight, sigma in mm). Slices
    that overlap share the noise of what they share.
    """
    n, rows, columns = shape
    white = rng.standard_normal(shape, dtype=np.float32)
    fy, fx = fft.fftfreq(rows, spacing_mm[1])[:, None], fft.fftfreq(columns, spacing_mm[2])[None, :]
    gain = _gain(fy, fx, terms)
    gain *= noise_hu / np.sqrt((gain**2).mean())
    half = gain[:, : columns // 2 + 1].astype(np.float32)
    grain = fft.irfft2(fft.rfft2(white) * half, s=(rows, columns))
    if thickness_mm > spacing_mm[0]:
        grain = np.tensordot(_sharing(n, spacing_mm[0] / thickness_mm), grain, axes=(1, 0))
    return np.asarray(grain, dtype=np.float32)


def shading(scene: Scene, x: Floats, y: Floats, cupping_hu: float, streak_hu: float) -> NDArray[np.float32]:
    """Return the error in HU (y, x) that a hardening beam leaves: a dark middle, dark bands between shafts.

    A stand-in with the look of the real thing, computed from geometry and not from spectra.
    """
    away = np.hypot(x[None, :], y[:, None]) / scene.radius_mm
    field = np.where(away < 1, -cupping_hu * (1 - away**2), 0.0)
    for i, one in enumerate(scene.shafts):
        for other in scene.shafts[i + 1 :]:
            start, way = np.asarray(one.centre_mm), np.subtract(other.centre_mm, one.centre_mm)
            length = float(np.linalg.norm(way))
            dx, dy = x[None, :] - start[0], y[:, None] - start[1]
            along = (dx * way[0] + dy * way[1]) / length**2 - 0.5
            across = (dx * way[1] - dy * way[0]) / length / BAND_MM
            # Bright flanks beside the dark band; the band ends inside the bones.
            field -= streak_hu * (1 - across**2) * np.exp(-(across**2) / 2) * np.exp(-((along / 0.45) ** 6))
    return field.astype(np.float32)


def _gain(fy: Floats, fx: Floats, terms: tuple[tuple[float, float], ...]) -> Floats:
    squared = fy**2 + fx**2
    transfer = sum(weight * np.exp(-2 * np.pi**2 * sigma**2 * squared) for weight, sigma in terms)
    return np.asarray(np.sqrt(np.sqrt(squared) + LOWEST) * transfer)


def _sharing(n: int, step: float) -> NDArray[np.float32]:
    """Return what turns independent slices into slices a share of `step` of their thickness apart, (n, n).

    The root of their correlation, which falls in a straight line to none where they no longer overlap.
    """
    lag = np.abs(np.subtract.outer(np.arange(n), np.arange(n)))
    size, ways = np.linalg.eigh(np.maximum(1 - lag * step, 0.0))
    return np.asarray((ways * np.sqrt(np.maximum(size, 0.0))) @ ways.T, dtype=np.float32)
