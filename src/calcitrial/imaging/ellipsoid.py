"""Fits a blurred ellipsoid of even density to a small lesion, to know its own size and contrast behind the blur.

The scan shows the ellipsoid convolved with the point spread of the scanner. In coordinates that make the point
spread a unit normal distribution, the blurred value at a place is the probability that a normal point around it
falls into the ellipsoid, the distribution of a quadratic form in normal variables; its power-normal approximation
(`ellipsoid_kernel`) is one power and one error function per voxel.
"""

from dataclasses import dataclass

import numpy as np
from scipy.optimize import least_squares

from calcitrial.dicom import Floats
from calcitrial.imaging.ellipsoid_kernel import NUMBERS, SIGMA, add_blurred, add_slopes, axes_of

LEAST_MM = 0.25  # semi-axes below it are points to every scanner
SIZE_SD = 0.4  # of the logarithm of the size about that of the lesion above half its maximum
ASPECT_SD = 0.25  # of the logarithm of a semi-axis about their mean: most deposits are longer than wide by less than 2
SLANT_SD = 0.3  # of the slant of the axes, as a share of the size
SOFTER = 2.5  # times as unlikely is a point spread wider than expected as a narrower one
THIN = 1.5  # slices thicker than this many sigmas are averaged over their thickness, others count as blur
GAUSS = ((-0.3872983, 5 / 18), (0.0, 8 / 18), (0.3872983, 5 / 18))  # Gauss-Legendre over one slice
MOST_CALLS = 100


@dataclass(frozen=True)
class Spread:
    """A normal point spread, the same on all axes: standard deviation in mm, and how well its logarithm is known.

    The thickness of the slice comes on top of it.
    """

    sigma_mm: float
    relative_u: float


@dataclass(frozen=True, eq=False)
class Ellipsoid:
    """What was fitted.

    Attributes:
        volume_mm3: of the ellipsoid before the blur.
        contrast_hu: its HU above the background.
        spread: the point spread that went with it; `relative_u` is that of the fit.
        numbers: centre z, y, x (mm), logarithms of the axes, slants, logarithm of sigma.
        slab_mm: thickness of a slice.
        volume_u: relative standard uncertainty of the volume from noise and from the doubt in the point spread.
    """

    volume_mm3: float
    contrast_hu: float
    spread: Spread
    numbers: Floats
    slab_mm: float
    volume_u: float

    def profile(self, places: Floats) -> Floats:
        """Return the blurred ellipsoid of unit contrast at places (n, 3), z, y, x in mm."""
        return _profile(self.numbers, places, self.slab_mm)


def _profile(numbers: Floats, places: Floats, slab_mm: float) -> Floats:
    """Return the blurred ellipsoid of unit contrast at places (n, 3)."""
    found = np.zeros(len(places))
    for step, share, variance in _layers(numbers, slab_mm):
        add_blurred(places, numbers, axes_of(numbers), step, share, variance, found)
    return found


def _slopes(numbers: Floats, places: Floats, slab_mm: float) -> Floats:
    """Return by how much `_profile` changes with each number, (n, 10)."""
    found = np.zeros((len(places), NUMBERS))
    for step, share, variance in _layers(numbers, slab_mm):
        add_slopes(places, numbers, axes_of(numbers), step, share, variance, found)
    return found


def _layers(numbers: Floats, slab_mm: float) -> list[tuple[float, float, float]]:
    """Return how a slice is averaged over its thickness: steps in mm, their shares, and the variance of the blur."""
    variance = float(np.exp(2 * numbers[SIGMA]))
    if slab_mm < THIN * np.sqrt(variance):
        return [(0.0, 1.0, variance + slab_mm**2 / 12)]
    return [(step * slab_mm, share, variance) for step, share in GAUSS]


def fit(places: Floats, excess: Floats, noise_hu: float, slab_mm: float, start: Floats, spread: Spread) -> Ellipsoid:
    """Fit centre, semi-axes, slant and contrast of an ellipsoid, and the point spread within what is known of it.

    Args:
        places: (n, 3) z, y, x in mm of the voxels that belong to the lesion and its surroundings.
        excess: (n,) HU above the background.
        noise_hu: standard deviation of one voxel, inflated by the correlation with its neighbours.
        slab_mm: thickness of a slice.
        start: centre z, y, x and semi-axes along z, y, x in mm, (6,).
        spread: what is known of the point spread.
    """
    known = np.log(spread.sigma_mm)
    first = np.concatenate([start[:3], np.log(start[3:]), np.zeros(3), [known]])

    # An uneven deposit looks like a softer kernel; few are softer than expected, many are sharper.
    def doubt(wider: float) -> float:
        return spread.relative_u / (SOFTER if wider > 0 else 1.0)

    def misfit(numbers: Floats) -> Floats:
        numbers = _bounded(numbers)
        model = _profile(numbers, places, slab_mm)
        size, wider = numbers[3:6].mean(), numbers[9] - known
        rest = (excess - _height(model, excess) * model) / noise_hu
        ends = [(size - first[3:6].mean()) / SIZE_SD, wider / doubt(wider)]
        return np.concatenate([rest, (numbers[3:6] - size) / ASPECT_SD, numbers[6:9] / SLANT_SD, ends])

    def slopes(numbers: Floats) -> Floats:
        kept = _bounded(numbers)
        model, steep = _profile(kept, places, slab_mm), _slopes(kept, places, slab_mm)
        height = _height(model, excess)
        higher = (excess @ steep - 2 * height * (model @ steep)) / max(float(model @ model), 1e-9)
        rest = -(height * steep + np.outer(model, higher)) / noise_hu
        return np.asarray(np.vstack([rest, _doubted(doubt(kept[9] - known))]) * (numbers == kept))

    found = least_squares(misfit, first, jac=slopes, method="lm", max_nfev=MOST_CALLS, xtol=1e-4, ftol=1e-4)
    numbers = _bounded(found.x)
    covariance = np.linalg.pinv(np.asarray(found.jac).T @ np.asarray(found.jac))
    chi2 = max(1.0, 2 * float(found.cost) / max(1, len(excess) - 11))
    size = np.isin(np.arange(10), (3, 4, 5)).astype(float)
    return Ellipsoid(
        volume_mm3=float(4 / 3 * np.pi * np.exp(numbers[3:6].sum())),
        contrast_hu=_height(_profile(numbers, places, slab_mm), excess),
        spread=Spread(float(np.exp(numbers[9])), float(np.sqrt(max(0.0, chi2 * covariance[9, 9])))),
        numbers=numbers,
        slab_mm=slab_mm,
        volume_u=float(np.sqrt(max(0.0, chi2 * size @ covariance @ size))),
    )


def _doubted(spread_u: float) -> Floats:
    """Return the slopes of what is known beforehand of the ten numbers, (8, 10)."""
    found = np.zeros((8, NUMBERS))
    found[:3, 3:6] = (np.eye(3) - 1 / 3) / ASPECT_SD
    found[3:6, 6:9] = np.eye(3) / SLANT_SD
    found[6, 3:6] = 1 / (3 * SIZE_SD)
    found[7, 9] = 1 / spread_u
    return found


def _height(model: Floats, excess: Floats) -> float:
    return float(model @ excess / max(float(model @ model), 1e-9))


def _bounded(numbers: Floats) -> Floats:
    kept = numbers.copy()
    kept[3:6] = np.clip(numbers[3:6], np.log(LEAST_MM), np.log(100.0))
    kept[6:9] = np.clip(numbers[6:9], -3, 3)
    kept[9] = np.clip(numbers[9], np.log(0.15), np.log(3.0))
    return kept
