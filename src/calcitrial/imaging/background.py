"""What surrounds a lesion: the attenuation it stands out from, how even that is, and how noisy."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from calcitrial.dicom import Floats

Mask = NDArray[np.bool_]
FEWEST_RING = 20  # voxels; fewer give no median worth the name
FEWEST_OCTANT = 8  # voxels; fewer in an octant and noise decides its median
BLOCKS_MM = (3.0, 2.2, 1.5)  # sides of the blocks that tell how neighbours vary together
FEWEST_BLOCKS = 1.5  # blocks that would fit side by side
LEAST_INFLATION = 0.3  # filtered back projection leaves little noise in sums, but some


@dataclass(frozen=True)
class Background:
    """The tissue around one lesion.

    Attributes:
        hu: under the lesion.
        u_hu: its standard uncertainty, from how well the octants around the lesion agree.
        sd_hu: robust standard deviation of one voxel about the median of its octant.
        spread_hu: robust standard deviation of the whole ring.
        inflation: by how much neighbours that vary together inflate the variance of a sum.
    """

    hu: float
    u_hu: float
    sd_hu: float
    spread_hu: float
    inflation: float


def background_of(
    values: Floats, ring: Mask, beside: Mask, centre: Floats, spacing: tuple[float, ...]
) -> Background | None:
    """Return the background of a lesion from the ring around it, or None without a ring.

    The part of the ring beside the lesion tells what lies under it: on real muscle its tissue is nearer to the truth
    than that of the whole ring by a third. It is cut into octants, each gives its median, and the median of the means
    of all pairs (Hodges and Lehmann 1963) is the background: two octants of fat or vessel do not move it, and a
    lesion astride fat and muscle gets their mean and not the one of them that happens to be larger. The same of the
    whole ring, less noisy, is weighed in by its variance, which counts whatever its octants differ by beyond noise.

    Args:
        values: HU over a box.
        ring: where the surroundings are free of lesions, bone and air.
        beside: the part of the ring next to the lesion.
        centre: z, y, x of the lesion in voxels of the box.
        spacing: z, y, x in mm.
    """
    if np.count_nonzero(ring) < FEWEST_RING:
        return None
    levels, residual = _octants(values, ring, centre, spacing)
    near, _ = _octants(values, beside, centre, spacing)
    spread = _robust_sd(values[ring] - float(np.median(values[ring])))
    sd = _robust_sd(residual[ring])
    inflation = _inflation(ring, residual, sd, spacing)
    # A median of n voxels that vary together is no surer than noise allows.
    noise = [1.25 * sd * float(np.sqrt(inflation / max(1, int(np.count_nonzero(part))))) for part in (ring, beside)]
    if len(levels) < 2:
        return Background(float(np.median(values[ring])), spread, sd, spread, inflation)
    far, scatter = _middle(levels), float(np.std(levels, ddof=1))
    # What the octants differ by beyond noise, the whole ring may be off by.
    far_u = float(np.hypot(noise[0], np.sqrt(max(0.0, scatter**2 - len(levels) * noise[0] ** 2))))
    if len(near) < 3:
        return Background(far, far_u, sd, spread, inflation)
    near_u = float(max(noise[1], np.std(near, ddof=1) / np.sqrt(len(near))))
    share = near_u**2 / (near_u**2 + far_u**2) if near_u + far_u > 0 else 0.0
    u = near_u * far_u / float(np.hypot(near_u, far_u)) if near_u + far_u > 0 else 0.0
    return Background(share * far + (1 - share) * _middle(near), max(u, noise[0]), sd, spread, inflation)


def _middle(levels: Floats) -> float:
    """Return the median of the means of all pairs, each with itself included."""
    return float(np.median(np.add.outer(levels, levels)[np.triu_indices(len(levels))] / 2))


def _octants(values: Floats, ring: Mask, centre: Floats, spacing: tuple[float, ...]) -> tuple[Floats, Floats]:
    """Return the medians of the octants that hold enough of a ring, and what it holds above them, over the box."""
    index = np.argwhere(ring)
    octant = ((index - centre) * spacing > 0) @ np.array([4, 2, 1])
    found = values[ring]
    middle = float(np.median(found)) if found.size else 0.0
    rest = np.zeros_like(found)
    medians = []
    for number in range(8):
        inside = found[octant == number]
        level = float(np.median(inside)) if inside.size >= FEWEST_OCTANT else middle
        rest[octant == number] = inside - level
        if inside.size >= FEWEST_OCTANT:
            medians.append(level)
    residual = np.zeros_like(values)
    residual[ring] = rest
    return np.array(medians), residual


def _robust_sd(residual: Floats) -> float:
    # 1.4826 turns the median absolute deviation of a normal distribution into its standard deviation.
    return 1.4826 * float(np.median(np.abs(residual)))


def _inflation(ring: Mask, residual: Floats, sd: float, spacing: tuple[float, ...]) -> float:
    """Return by how much the variance of sums over blocks laid into the ring exceeds that of independent voxels.

    The largest of BLOCKS_MM that fits into the ring often enough is taken; strands and vessels are clipped.
    """
    if sd == 0:
        return 1.0
    clipped = np.clip(residual, -4 * sd, 4 * sd)
    for side in BLOCKS_MM:
        size = [max(1, round(side / mm)) for mm in spacing]
        whole = ndimage.uniform_filter(ring.astype(np.float32), size, mode="constant") > 1 - 1e-3
        if np.count_nonzero(whole) >= FEWEST_BLOCKS * np.prod(size):
            means = ndimage.uniform_filter(clipped, size, mode="constant")[whole]
            return max(float(np.prod(size) * (means**2).mean() / (clipped[ring] ** 2).mean()), LEAST_INFLATION)
    return 1.0
