"""Puts calcifications of known size into a real scan, so that the truth lies in real anatomy and real noise."""

import hashlib
from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from calcitrial.dicom import Floats, Series
from calcitrial.imaging import Settings
from calcitrial.phantoms.scanner import ROW_MM, Kernel, Scanner, spread
from calcitrial.phantoms.scene import Calcification, Layer
from calcitrial.phantoms.shapes import bounds, inside, volume_mm3

STEP_MM = 0.2
PARTS = 3
REACH = 4.0  # standard deviations of the widest blur that are computed


def insert(
    series: Series,
    calcifications: Sequence[Calcification],
    scanner: Scanner,
    rng: np.random.Generator,
    calibration_mg_per_cm3_per_hu: float = Settings().calibration_mg_per_cm3_per_hu,
) -> Series:
    """Return the series with calcifications added to the tissue that is there.

    Each adds HU whose sum times voxel volume times calibration is its exact mass (volume times density); nothing
    is taken away, so that in fat it lacks the soft tissue of a real deposit.

    Args:
        series: a real scan, or any other.
        calcifications: in the patient coordinates of the series.
        scanner: only `kernel` and `thickness_mm` are used; choose those of the series.
        rng: rounds HU up or down at random, so that rounding moves no sum.
        calibration_mg_per_cm3_per_hu: turns density into HU.

    Raises:
        ValueError: the blur of a calcification would leave the series, and its truth with it.
    """
    hounsfield = series.voxels.astype(np.float64)
    for calcification in calcifications:
        for layer in calcification.layers:
            box, added = _added(series, calcification.id, layer, scanner)
            hounsfield[box] += added / calibration_mg_per_cm3_per_hu
    low = np.floor(hounsfield)
    low += rng.random(low.shape) < hounsfield - low
    voxels = np.clip(low, -32768, 32767).astype(np.int16)
    digest = hashlib.sha256(series.digest.encode() + voxels.astype("<i2").tobytes()).hexdigest()
    return replace(series, voxels=voxels, digest=digest)


def _added(series: Series, name: str, layer: Layer, scanner: Scanner) -> tuple[tuple[slice, ...], Floats]:
    """Return where in the series a layer is and the mg/cm3 that it adds there."""
    low, high = bounds(layer.shape)
    corners = series.to_voxel(np.array(np.meshgrid(*zip(low, high, strict=True))).reshape(3, -1).T)
    least, most = corners.min(axis=0), corners.max(axis=0)
    pad = _reach(scanner.kernel, scanner.thickness_mm) / series.spacing_mm
    first, last = np.floor(least - pad).astype(int), np.ceil(most + pad).astype(int) + 1
    if (first < 0).any() or (last > series.voxels.shape).any():
        raise ValueError(f"Calcification {name} does not fit into the series with its blur; move it inwards.")
    fine = [
        np.arange(a * mm - STEP_MM, b * mm + STEP_MM, STEP_MM)
        for a, b, mm in zip(least, most, series.spacing_mm, strict=True)
    ]
    share = _share(series, layer, fine)
    # One empty cell on every side, because what lies beyond the last cell counts as the last.
    padded = np.pad(share, 1).astype(np.float32)
    axes = tuple(np.concatenate([[f[0] - STEP_MM], f, [f[-1] + STEP_MM]]) for f in fine)
    centres = [np.arange(a, b) * mm for a, b, mm in zip(first, last, series.spacing_mm, strict=True)]
    blurred = spread(padded, (axes[0], axes[1], axes[2]), centres, STEP_MM, scanner.kernel, scanner.thickness_mm)
    added = blurred.astype(np.float64)
    added *= volume_mm3(layer.shape) / series.voxel_mm3 / added.sum() * layer.density_mg_cm3
    return tuple(slice(int(a), int(b)) for a, b in zip(first, last, strict=True)), added


def _reach(kernel: Kernel, thickness_mm: float) -> Floats:
    widest = REACH * max(sigma for _, sigma in kernel.terms())
    return np.array([thickness_mm / 2 + REACH * ROW_MM, widest, widest])


def _share(series: Series, layer: Layer, fine: list[Floats]) -> Floats:
    """Return the share of each fine cell, laid along the axes of the series, that the layer fills."""
    offsets = (np.arange(PARTS) + 0.5) / PARTS - 0.5
    z, y, x = ((f[:, None] + offsets * STEP_MM).ravel() for f in fine)
    ways = series.direction
    place = [
        series.origin[i] + ways[i, 0] * x + ways[i, 1] * y[:, None] + ways[i, 2] * z[:, None, None] for i in range(3)
    ]
    within = inside(layer.shape, place[0], place[1], place[2])
    nz, ny, nx = (len(f) for f in fine)
    return np.asarray(within.reshape(nz, PARTS, ny, PARTS, nx, PARTS).mean(axis=(1, 3, 5)))
