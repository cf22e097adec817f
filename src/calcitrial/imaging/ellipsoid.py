"""Fits a blurred ellipsoid of even density to a small lesion, to know its own size and contrast behind the blur.

The scan shows the ellipsoid convolved with the point spread of the scanner. In coordinates that make the point
spread a unit normal distribution, the blurred value at a place is the probability that a normal point around it
falls into the ellipsoid, the distribution of a quadratic form in normal variables; its power-normal approximation
(Jensen and Solomon, doi 10.1080/01621459.1972.10481287) is one power and one error function per voxel.
"""

from dataclasses import dataclass

import numpy as np
from scipy.optimize import least_squares
from scipy.special import ndtr

from calcitrial.dicom import Floats

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


def blurred(places: Floats, axes: Floats, sigma_mm: float) -> Floats:
    """Return the blurred ellipsoid {|axes^-1 x| <= 1} of unit height at places (n, 3) mm about its centre.

    `axes` is a (3, 3) matrix whose columns span the ellipsoid, mm.
    """
    inverse = np.linalg.inv(axes / sigma_mm)
    weights, turn = np.linalg.eigh(inverse.T @ inverse)
    square = (places @ (turn / sigma_mm)) ** 2
    powers = np.stack([k * weights**k for k in (1, 2, 3)], axis=1)
    one, two, three = (square @ powers + powers.sum(axis=0) / [1, 2, 3]).T
    power = 1 - 2 * one * three / (3 * two**2)
    # Where the power vanishes the law is that of a logarithm; a small one is as good.
    power[np.abs(power) < 1e-3] = 1e-3
    middle = 1 + two * power * (power - 1) / one**2
    return np.asarray(ndtr((one**-power - middle) * one / (np.sqrt(2 * two) * power)))


def _profile(numbers: Floats, places: Floats, slab_mm: float) -> Floats:
    axes = np.diag(np.exp(numbers[3:6]))
    axes[1, 0], axes[2, 0], axes[2, 1] = numbers[6:9] * np.exp(numbers[3:6].mean())
    sigma, offset = float(np.exp(numbers[9])), places - numbers[:3]
    if slab_mm < THIN * sigma:
        return blurred(offset, axes, float(np.hypot(sigma, slab_mm / np.sqrt(12))))
    along = np.array([slab_mm, 0.0, 0.0])
    parts = [share * blurred(offset + along * step, axes, sigma) for step, share in GAUSS]

    return np.asarray(sum(parts))


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

    def misfit(numbers: Floats) -> Floats:
        numbers = _bounded(numbers)
        model = _profile(numbers, places, slab_mm)
        size = numbers[3:6].mean()
        wider = numbers[9] - known
        # An uneven deposit looks like a softer kernel; few are softer than expected, many are sharper.
        doubt = [(size - first[3:6].mean()) / SIZE_SD, wider / (spread.relative_u / (SOFTER if wider > 0 else 1.0))]
        rest = (excess - _height(model, excess) * model) / noise_hu
        return np.concatenate([rest, (numbers[3:6] - size) / ASPECT_SD, numbers[6:9] / SLANT_SD, doubt])

    found = least_squares(
        misfit, first, method="lm", diff_step=np.array([1e-4]), max_nfev=MOST_CALLS, xtol=1e-4, ftol=1e-4
    )
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


def _height(model: Floats, excess: Floats) -> float:
    return float(model @ excess / max(float(model @ model), 1e-9))


def _bounded(numbers: Floats) -> Floats:
    kept = numbers.copy()
    kept[3:6] = np.clip(numbers[3:6], np.log(LEAST_MM), np.log(100.0))
    kept[6:9] = np.clip(numbers[6:9], -3, 3)
    kept[9] = np.clip(numbers[9], np.log(0.15), np.log(3.0))
    return kept
