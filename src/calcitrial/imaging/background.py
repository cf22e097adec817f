"""What surrounds a lesion: the attenuation it stands out from, how even that is, and how noisy."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from calcitrial.dicom import Floats

Mask = NDArray[np.bool_]
FEWEST_RING = 20  # voxels; fewer give no median worth the name
FEWEST_OCTANT = 8  # voxels; fewer in an octant and noise decides its median
TILT = 0.3  # ridge on the slope of the plane through the octants, so that a ring on one side is not extrapolated
REACH_MM = 2.5
LAGS = np.arange(1, 12)


@dataclass(frozen=True)
class Background:
    """The tissue around one lesion.

    Attributes:
        hu: at the centre of the lesion.
        u_hu: its standard uncertainty, from how well the octants around the lesion agree.
        sd_hu: robust standard deviation of one voxel about the median of its octant.
        spread_hu: robust standard deviation of the whole ring.
        inflation: by how much neighbours that vary together inflate the variance of a sum, at least 1.
        uneven: how far the medians of the octants lie apart, their standard deviation in HU.
    """

    hu: float
    u_hu: float
    sd_hu: float
    spread_hu: float
    inflation: float
    uneven: float


def local_background(values: Floats, ring: Mask, spacing: tuple[float, ...]) -> Floats:
    """Return the surroundings carried on into the lesion, HU over the box: the mean of the ring near each voxel.

    Where fat meets muscle or a strand runs by, one number stands for neither. Weights fall off with a standard
    deviation of REACH_MM (normalised convolution, Knutsson and Westin 1993).
    """
    sigma = [REACH_MM / mm for mm in spacing]
    weight = ndimage.gaussian_filter(ring.astype(np.float32), sigma, truncate=3.5)
    total = ndimage.gaussian_filter(np.where(ring, values, 0).astype(np.float32), sigma, truncate=3.5)
    middle = float(np.median(values[ring]))
    # A pinch of the median decides where no ring is near.
    return np.asarray((total + 1e-4 * middle) / (weight + 1e-4), dtype=np.float64)


def background_of(values: Floats, ring: Mask, centre: Floats, spacing: tuple[float, ...]) -> Background | None:
    """Return the background of a lesion from the ring around it, or None without a ring.

    The ring is cut into octants. Each gives its median, which a strand of fat or a vessel does not move; a plane
    through the medians gives the value at the centre, so that a lesion astride fat and muscle gets their mean and
    not the one of them that happens to be larger.

    Args:
        values: HU over a box.
        ring: where the surroundings are free of lesions, bone and air.
        centre: z, y, x of the lesion in voxels of the box.
        spacing: z, y, x in mm.
    """
    if np.count_nonzero(ring) < FEWEST_RING:
        return None
    index = np.argwhere(ring)
    offset = (index - centre) * spacing
    found = values[ring]
    octant = (offset > 0) @ np.array([4, 2, 1])
    middle = float(np.median(found))
    residual = np.zeros_like(values)
    medians, places, weights = [], [], []
    for number in range(8):
        part = octant == number
        inside = found[part]
        if inside.size == 0:
            continue
        level = float(np.median(inside)) if inside.size >= FEWEST_OCTANT else middle
        residual[tuple(index[part].T)] = inside - level
        if inside.size >= FEWEST_OCTANT:
            medians.append(level)
            places.append(offset[part].mean(axis=0))
            weights.append(inside.size)
    spread = _robust_sd(found - middle)
    sd = _robust_sd(residual[ring])
    inflation = _inflation(ring, residual)
    if len(medians) < 2:
        return Background(middle, spread, sd, spread, inflation, spread)
    hu, u = _at_centre(np.array(medians), np.array(places), np.sqrt(weights))
    # A median of n voxels that vary together is no surer than noise allows.
    floor = 1.25 * sd * float(np.sqrt(inflation / found.size))
    return Background(hu, float(np.hypot(u, floor)), sd, spread, inflation, float(np.std(medians)))


def _robust_sd(residual: Floats) -> float:
    # 1.4826 turns the median absolute deviation of a normal distribution into its standard deviation.
    return 1.4826 * float(np.median(np.abs(residual)))


def _at_centre(medians: Floats, places: Floats, weights: Floats) -> tuple[float, float]:
    """Return the plane through the octants at the centre, and its standard error."""
    weights = weights / weights.max()
    design = np.column_stack([np.ones(len(medians)), places / np.abs(places).mean()])
    weighted = design * weights[:, None]
    ridge = np.diag([0.0, TILT, TILT, TILT])
    inverse = np.linalg.inv(weighted.T @ weighted + ridge)
    plane = inverse @ (weighted.T @ (medians * weights))
    rest = (medians - design @ plane) * weights
    freedom = max(1.0, len(medians) - 4.0 if len(medians) > 5 else 1.0)
    return float(plane[0]), float(np.sqrt((rest @ rest) / freedom * inverse[0, 0]))


def _inflation(ring: Mask, residual: Floats) -> float:
    """Return the product over the axes of the sum of correlations over all lags.

    The correlation of neighbours, r, stands for a grain of normal shape, whose correlation at lag k is r**(k * k).
    """
    factor = 1.0
    for axis in range(3):
        first = tuple(slice(None, -1) if a == axis else slice(None) for a in range(3))
        second = tuple(slice(1, None) if a == axis else slice(None) for a in range(3))
        both = ring[first] & ring[second]
        if both.sum() >= FEWEST_RING:
            a, b = residual[first][both], residual[second][both]
            power = float(np.sqrt((a * a).mean() * (b * b).mean()))
            rho = min(max(float((a * b).mean()) / power, 0.0), 0.95) if power > 0 else 0.0
            factor *= 1 + 2 * float((rho ** (LAGS**2.0)).sum())
    return factor
