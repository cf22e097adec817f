"""Asks whether anything calcified lies where a lesion lies at the other visit, too faint to be found by threshold."""

from dataclasses import dataclass

import numpy as np
from scipy import ndimage

from calcitrial.dicom import Floats, Series
from calcitrial.imaging import BONE_HU, SOFT_HU, Mask, Settings
from calcitrial.voxels import squared_distance, within

FEWEST_RING = 20
SIGMAS = 3.0  # one in 700 empty places looks fuller by chance


@dataclass(frozen=True)
class Remains:
    """Mass at a place above its surroundings, in mg, with its standard uncertainty."""

    mass_mg: float
    u_mg: float

    def there(self, other_mg: float) -> bool:
        """Say whether it is too much for an empty place, and not a trifle beside the mass of the other visit."""
        return self.mass_mg > SIGMAS * self.u_mg and self.mass_mg > 0.15 * other_mg


def remains(series: Series, points: Floats, reach_mm: float, settings: Settings) -> Remains | None:
    """Measure what lies at a place, with the threshold out of play.

    mass = c v N (mean HU - b) over the N voxels nearest to `points` and within half the dilation of them; b is the
    median of soft tissue up to the ring, u^2 = (c v N)^2 (s_b^2 + s^2 f / N) with s the robust standard deviation of
    the ring, s_b that of the medians of its octants over the root of their number, and f = 8 for noise of neighbours
    that vary together.

    Args:
        series: where to look.
        points: voxels of the lesion at the other visit, moved here, (n, 3) LPS mm.
        reach_mm: by how much they may be off.
        settings: calibration, dilation and ring.

    Returns:
        The mass; None where the place is outside the scan or the body, or has no soft tissue around it.
    """
    spread = settings.ring_mm + reach_mm
    at = series.to_voxel(points)
    pad = np.array([spread / mm for mm in series.spacing_mm])
    low = np.maximum(np.floor(at.min(axis=0) - pad), 0).astype(int)
    high = np.minimum(np.ceil(at.max(axis=0) + pad) + 1, series.voxels.shape).astype(int)
    inside = ((at > -0.5) & (at < np.array(series.voxels.shape) - 0.5)).all(axis=1)
    if inside.mean() < 0.9:
        return None
    values = series.voxels[tuple(slice(a, b) for a, b in zip(low, high, strict=True))].astype(np.float64)
    marked = np.zeros(values.shape, dtype=np.bool_)
    marked[tuple((np.rint(at[inside]).astype(int) - low).T)] = True
    if np.median(values[marked]) < SOFT_HU:
        return None
    steps = tuple(min(mm, settings.dilation_mm) for mm in series.spacing_mm)
    distance = squared_distance(marked, steps, spread)
    counted = within(distance, settings.dilation_mm / 2) & (values > SOFT_HU)
    ring = ~within(distance, settings.dilation_mm + reach_mm) & np.isfinite(distance)
    ring &= _quiet(values)
    if np.count_nonzero(ring) < FEWEST_RING:
        return None
    return _excess(values, counted, ring, settings.calibration_mg_per_cm3_per_hu * series.voxel_mm3 / 1000)


def _quiet(values: Floats) -> Mask:
    """Return soft tissue away from what is calcified and from air."""
    loud = (values >= BONE_HU) | (values < SOFT_HU)
    return np.asarray(~ndimage.binary_dilation(loud, iterations=2))


def _excess(values: Floats, counted: Mask, ring: Mask, mg_per_hu: float) -> Remains:
    n = int(np.count_nonzero(counted))
    background = float(np.median(values[ring]))
    spread = 1.4826 * float(np.median(np.abs(values[ring] - background)))
    middle = np.argwhere(counted).mean(axis=0)
    z, y, x = (np.arange(size) > m for size, m in zip(values.shape, middle, strict=True))
    octant = 4 * z[:, None, None] + 2 * y[None, :, None] + x[None, None, :]
    parts = [values[ring & (octant == number)] for number in range(8)]
    medians = np.array([np.median(part) for part in parts if part.size])
    level_u = float(medians.std(ddof=1)) / np.sqrt(medians.size) if medians.size > 1 else spread
    excess = float(values[counted].mean()) - background
    return Remains(mg_per_hu * n * excess, mg_per_hu * n * float(np.hypot(level_u, spread * np.sqrt(8 / n))))
