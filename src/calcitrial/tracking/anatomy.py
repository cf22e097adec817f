"""What of a scan may drive its alignment with a later one: the limbs without their calcifications.

Deposits change between visits, so every voxel of one, with its blur, is blank here; so is everything outside the
body, where the couch and the edge of a field of view lie. What is left is bone, muscle and fat.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from calcitrial.dicom import Floats, Series
from calcitrial.imaging import Finding, Mask, Settings, around, sort_tissue
from calcitrial.voxels import squared_distance

Grid = NDArray[np.float32]

LOW_HU, HIGH_HU = -150.0, 1000.0  # fat to bone; beyond, voxel size and kernel decide more than anatomy
BLANK_MM = 2.5  # blur of a deposit around its threshold mask
GRID_MM = 1.5  # finest grid; anatomy is placed to a tenth of it
NECK_MM = 5.0  # limbs that touch over less than twice this are two limbs
LIMB_SHARE = 0.15  # of the largest limb: smaller pieces are no limb of their own
LIMB_MIN_MM3 = 2000.0
LIMB_REACH_MM = 15.0  # skin and thin parts belong to the core this near


@dataclass(frozen=True, eq=False)
class Anatomy:
    """A scan reduced to what lasts, on a grid of about GRID_MM.

    Attributes:
        values: HU from LOW_HU to HIGH_HU times `weight`.
        weight: share of each cell that is body and no deposit, 0 to 1.
        body: share of each cell that is body.
        affine: 4x4 from (x, y, z, 1) index to patient LPS mm.
        spacing_mm: (z, y, x).
    """

    values: Grid
    weight: Grid
    body: Grid
    affine: Floats
    spacing_mm: tuple[float, float, float]

    def to_patient(self, zyx: NDArray[np.generic]) -> Floats:
        """Return patient points (..., 3) of grid indices (..., 3) given as (z, y, x)."""
        index = np.asarray(zyx, dtype=np.float64)[..., ::-1]
        return np.asarray(index @ self.affine[:3, :3].T + self.affine[:3, 3])

    def to_grid(self, points: Floats) -> Floats:
        """Return fractional grid indices (..., 3) as (z, y, x) of patient points (..., 3)."""
        offset = points - self.affine[:3, 3]
        return np.asarray(offset @ np.linalg.inv(self.affine[:3, :3]).T)[..., ::-1]

    @property
    def axes(self) -> Floats:
        """3x3 matrix whose columns are the unit directions of x, y and z index in the patient."""
        steps = self.affine[:3, :3]
        return np.asarray(steps / np.linalg.norm(steps, axis=0))

    def smoothed(self, sigma_mm: float) -> Grid:
        """Return the mean HU around each cell, Gaussian weights over body without deposits, 0 where there is none."""
        sigma = [sigma_mm / mm for mm in self.spacing_mm]
        total = ndimage.gaussian_filter(self.values, sigma, mode="constant", truncate=3.0)
        weight = ndimage.gaussian_filter(self.weight, sigma, mode="constant", truncate=3.0)
        return np.asarray(np.where(weight > 1e-3, total / np.maximum(weight, 1e-3), 0), dtype=np.float32)


def anatomy_of(series: Series, settings: Settings) -> Anatomy:
    """Return what of a series may drive an alignment."""
    tissue = sort_tissue(series, settings)
    kept = tissue.body.copy()
    for finding in tissue.findings:
        if not finding.bone and np.count_nonzero(finding.mask) * series.voxel_mm3 >= settings.min_volume_mm3:
            _blank(kept, series, finding)
    factors = tuple(max(1, round(GRID_MM / mm)) for mm in series.spacing_mm)
    affine = series.affine.copy()
    affine[:3, 3] = series.to_patient([(n - 1) / 2 for n in factors])
    affine[:3, :3] *= factors[::-1]
    hounsfield = np.clip(series.voxels, LOW_HU, HIGH_HU).astype(np.float32)
    z, y, x = (mm * n for mm, n in zip(series.spacing_mm, factors, strict=True))
    grids = (np.where(kept, hounsfield, np.float32(0)), kept, tissue.body)
    values, weight, body = (_pooled(grid, factors) for grid in grids)
    frame = _frame(body)
    affine[:3, 3] += affine[:3, :3] @ [f.start for f in reversed(frame)]
    return Anatomy(values[frame], weight[frame], body[frame], affine, (z, y, x))


def _frame(body: Grid) -> tuple[slice, slice, slice]:
    """Return the box that holds the body, with a cell around it where there is one; most of a scan is air."""
    if not body.any():
        return (slice(0, None),) * 3
    met = [np.flatnonzero(body.any(axis=tuple(a for a in range(3) if a != axis))) for axis in range(3)]
    z, y, x = (slice(max(int(at[0]) - 1, 0), int(at[-1]) + 2) for at in met)
    return z, y, x


def _blank(kept: Mask, series: Series, finding: Finding) -> None:
    box = around(series, finding.box, BLANK_MM)
    inner = tuple(slice(f.start - b.start, f.stop - b.start) for f, b in zip(finding.box, box, strict=True))
    mask = np.zeros(kept[box].shape, dtype=np.bool_)
    mask[inner] = finding.mask
    kept[box] &= np.isinf(squared_distance(mask, series.spacing_mm, BLANK_MM))


def _pooled(voxels: NDArray[np.generic], factors: tuple[int, ...]) -> Grid:
    """Return means over blocks of voxels; what is left over at the far ends is dropped."""
    counts = [n // f for n, f in zip(voxels.shape, factors, strict=True)]
    whole = voxels[tuple(slice(0, n * f) for n, f in zip(counts, factors, strict=True))]
    split = [part for pair in zip(counts, factors, strict=True) for part in pair]
    return np.asarray(whole.reshape(split).mean(axis=(1, 3, 5), dtype=np.float32))


def limbs_of(anatomy: Anatomy) -> list[Mask]:
    """Return one mask per limb, the largest first; limbs that touch in a narrow place are parted there."""
    body = anatomy.body > 0.5
    depth = ndimage.distance_transform_edt(np.pad(body, 1), sampling=anatomy.spacing_mm)[1:-1, 1:-1, 1:-1]
    labels, _ = ndimage.label(depth > min(NECK_MM, depth.max() / 2))
    sizes = np.bincount(labels.ravel()).astype(np.float64) * float(np.prod(anatomy.spacing_mm))
    sizes[0] = 0
    large = [int(i) for i in np.argsort(-sizes) if sizes[i] > max(LIMB_SHARE * sizes.max(), LIMB_MIN_MM3)]
    cores = np.where(np.isin(labels, large), labels, 0)
    away, nearest = ndimage.distance_transform_edt(cores == 0, sampling=anatomy.spacing_mm, return_indices=True)
    owner = np.where(body & (away <= LIMB_REACH_MM), cores[tuple(nearest)], 0)
    return [owner == i for i in large]
