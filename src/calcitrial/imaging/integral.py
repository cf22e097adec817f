"""Adds up what a lesion holds above its background, with a fitted ellipsoid for what cannot be added up."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from calcitrial.dicom import Floats, Series
from calcitrial.imaging.background import Background
from calcitrial.imaging.ellipsoid import Ellipsoid, Spread, fit
from calcitrial.imaging.lesion import Settings
from calcitrial.imaging.surroundings import SOFT_TISSUE_HU, Surroundings
from calcitrial.imaging.tissue import Mask
from calcitrial.voxels import deeper_than

EXPECTED = Spread(sigma_mm=0.6, relative_u=0.3)  # soft and sharp kernels of body scanners lie within twice the u
UNEVEN_U = 0.03  # relative, of where the sum over an uneven deposit ends
TAIL = 0.03  # of full contrast; where the blurred lesion falls below it, noise outweighs what is left
LOBE = -0.05  # of the whole, around the voxels summed: by so much sharp kernels undershoot
SHARP_MM = (0.42, 0.52)  # kernels of a point spread below the first enhance edges, above the second they do not
LOBE_U = 0.03  # of the whole
WHOLE = 0.98  # of where blur reaches; with less of it seen, what is left there cannot be told
HIDDEN_U = 0.4  # of the share of the surroundings that another lesion, bone or air hides
MODEL_U = 0.05  # of the contrast: no deposit is an even ellipsoid
MOST_FITTED = 800  # voxels; more do not sharpen the fit of ten numbers
MOST_BEYOND = 0.3  # of what was summed; a model that adds more was not fitted to this lesion
RESOLVED_U = 0.3  # relative uncertainty of the volume beyond which none is given
MISFIT = 0.25  # of the contrast, root mean square; beyond it the lesion is nothing like an even ellipsoid
PLATEAU_SIGMAS = 2.0  # this deep inside, blur from outside has gone


@dataclass(frozen=True)
class Sums:
    """What was added up: masses and standard uncertainty in mg, volume in mm3, None where it cannot be told."""

    mass_mg: float
    mass_u_mg: float
    volume_mm3: float | None
    fibrous_mg: float | None


def add_up(series: Series, here: Surroundings, background: Background, settings: Settings) -> Sums:
    """Return mass, its uncertainty and the volume free of blur, by the formulas of `quantify`."""
    shape = _fitted(series, here, background)
    known = here.usable & here.near
    excess = here.values[known] - background.hu
    model = shape.contrast_hu * shape.profile(_places(np.argwhere(known), series))
    summed = (model > TAIL * shape.contrast_hu) | (here.lesion | here.half)[known] | here.uneven
    volume = series.voxel_mm3
    inside = float(excess[summed].sum()) * volume
    whole = shape.contrast_hu * shape.volume_mm3
    beyond = whole - float(model[summed].sum()) * volume
    misfit = float(np.sqrt(((excess - model)[summed] ** 2).mean()))
    # Across a cut the model would count what belongs to the other side.
    tail = 0.0 if here.cut or here.uneven else float(np.clip(beyond, 0.0, MOST_BEYOND * inside))
    total = inside + tail
    n = int(summed.sum())
    # How badly the ellipsoid fits says how far what it tells of the tail may be off.
    odd = float(np.sqrt(max(0.0, misfit**2 - background.sd_hu**2))) / max(shape.contrast_hu, 1.0)
    hidden = 1 - known.sum() / np.count_nonzero(here.near)
    doubts = [LOBE_U * total, tail / 2, min(odd, MOST_BEYOND) / 2 * total, HIDDEN_U * hidden * total]
    doubt = float(np.linalg.norm(doubts))
    lobe = LOBE * total * float(np.interp(shape.spread.sigma_mm, SHARP_MM, (1, 0)))
    extra, lobe_u, more = _lobes(series, here, background, excess - model, summed, (lobe, doubt))
    total += extra
    # The background is off by the same under all of them.
    noise = volume * float(np.hypot(background.sd_hu * np.sqrt(n * background.inflation), (n + more) * background.u_hu))
    mg_per_hu = settings.calibration_mg_per_cm3_per_hu / 1000.0
    mass = mg_per_hu * total
    model_u = UNEVEN_U * inside if here.uneven else lobe_u
    u = float(np.linalg.norm([mg_per_hu * noise, mg_per_hu * model_u, settings.repeat_relative_u * mass]))
    size = _plateau_volume(series, here, background, shape, total)
    fits = shape.volume_u < RESOLVED_U and misfit < MISFIT * shape.contrast_hu + 2 * background.sd_hu
    if size is None and not here.uneven and fits and abs(beyond) <= MOST_BEYOND * inside:
        size = total / shape.contrast_hu
    taken = size if size is not None else float(np.count_nonzero(here.half)) * volume
    return Sums(mass, u, size, mass - mg_per_hu * taken * max(SOFT_TISSUE_HU - background.hu, 0.0))


def _lobes(
    series: Series,
    here: Surroundings,
    background: Background,
    rest: Floats,
    summed: Mask,
    expected: tuple[float, float],
) -> tuple[float, float, float]:
    """Return what the model leaves around the voxels summed, HU mm3, as far as noise lets it be told, and its u.

    The third number is how many voxels' worth of it was counted.

    A sharp kernel undershoots around what is bright, which no normal point spread knows. That what is left there is
    `expected`, a value and its standard uncertainty, and what is found there, are weighed by their variances.
    """
    lobe, doubt = expected
    whole = rest.size >= WHOLE * np.count_nonzero(here.near)
    if here.cut or here.uneven or not whole or doubt == 0:
        return (0.0 if here.cut or here.uneven else lobe), doubt, 0.0
    n = int(np.count_nonzero(~summed))
    variance = (n * background.sd_hu**2 * background.inflation + (n * background.u_hu) ** 2) * series.voxel_mm3**2
    share = doubt**2 / (doubt**2 + variance)
    found = float(rest[~summed].sum()) * series.voxel_mm3
    return lobe + share * (found - lobe), doubt * float(np.sqrt(1 - share)), share * n


def _fitted(series: Series, here: Surroundings, background: Background) -> Ellipsoid:
    """Fit an ellipsoid to at most MOST_FITTED voxels, of the lesion rather than of the ring."""
    half = np.argwhere(here.half) * series.spacing_mm
    semi = np.maximum(np.sqrt(5 * half.var(axis=0)), np.cbrt(len(half) * series.voxel_mm3 * 3 / (4 * np.pi)) / 2)
    near, far = np.argwhere(here.usable & here.near), np.argwhere(here.ring)
    near = near[:: max(1, len(near) * 4 // (3 * MOST_FITTED))]
    far = far[:: max(1, len(far) * 4 // MOST_FITTED)]
    index = np.concatenate([near, far])
    excess = here.values[tuple(index.T)] - background.hu
    start = np.concatenate([half.mean(axis=0), semi])
    top = float(np.percentile(here.values[here.half], 90)) - background.hu
    noise = max(float(np.hypot(background.sd_hu, MODEL_U * top)), 1.0)
    return fit(_places(index, series), excess, noise, series.spacing_mm[0], start, EXPECTED)


def _places(index: NDArray[np.int64], series: Series) -> Floats:
    """Return voxels (n, 3) of the box as places in it, z, y, x in mm."""
    return np.asarray(index * np.array(series.spacing_mm), dtype=np.float64)


def _plateau_volume(
    series: Series, here: Surroundings, background: Background, shape: Ellipsoid, total: float
) -> float | None:
    """Return the integral volume, or None without a plateau of at least 8 voxels to take the full HU from."""
    depth = PLATEAU_SIGMAS * shape.spread.sigma_mm
    # A neighbour in a thick slice is as near as the blur reaches: its share of the edge is in this voxel too.
    steps = tuple(min(mm, depth) for mm in series.spacing_mm)
    core = deeper_than(here.half, steps, depth)
    if core.sum() < 8:
        return None
    plateau = float(np.median(here.values[core]))
    return total / (plateau - background.hu)
