"""Change of one lesion between two visits, with its uncertainty, and whether it is more than measuring it twice."""

import math
from dataclasses import dataclass

from calcitrial.imaging import Lesion, Settings

NORMAL_95 = 1.96
MASS_REPEAT_U = 0.026  # repeat wCV of the integral mass of objects of known size put into CT
VOLUME_REPEAT_U = 0.036  # repeat wCV of the volume at 130 HU of objects of known size put into CT


@dataclass(frozen=True)
class Change:
    """A relative change in percent.

    Attributes:
        percent: 100 (later / earlier - 1).
        se_percent: its standard error.
        exceeds_sdc: whether it is more than the smallest detectable change of this lesion.
        sdc_percent: that smallest detectable change: the growth beyond which it counts (a loss counts from
            100 (1 - 1 / (1 + sdc / 100))).
    """

    percent: float | None
    se_percent: float | None
    exceeds_sdc: bool | None
    sdc_percent: float | None


UNKNOWN = Change(None, None, None, None)


def change(earlier: float | None, earlier_u: float | None, later: float | None, later_u: float | None) -> Change:
    """Return the relative change between two positive values with their standard uncertainties.

    se = 100 r sqrt((u1 / x1)^2 + (u2 / x2)^2), r = x2 / x1, by the delta method. It exceeds the smallest detectable
    change when |ln r| > 1.96 sqrt((u1 / x1)^2 + (u2 / x2)^2): the repeatability limit 1.96 sqrt(2) SEM (Bland and
    Altman 1999, doi 10.1177/096228029900800204; Beckerman 2001, doi 10.1023/A:1013138911638), on the ratio scale
    because errors grow with size, with each visit's own standard error in place of a common one.

    Returns:
        The change; UNKNOWN where a value is missing or not above zero, or has no uncertainty.
    """
    if earlier is None or later is None or earlier_u is None or later_u is None or earlier <= 0 or later <= 0:
        return UNKNOWN
    ratio, relative = later / earlier, math.hypot(earlier_u / earlier, later_u / later)
    limit = NORMAL_95 * relative
    return Change(
        percent=100 * (ratio - 1),
        se_percent=100 * ratio * relative,
        exceeds_sdc=abs(math.log(ratio)) > limit,
        sdc_percent=100 * math.expm1(min(limit, 10.0)),
    )


def mass_change(earlier: list[Lesion], later: list[Lesion], settings: Settings) -> Change:
    """Return the change of the summed mass; the calibration is common to both visits and cancels.

    No lesion repeats better than MASS_REPEAT_U or `Settings.repeat_relative_u`, whatever its stated uncertainty.
    """
    (first, first_u), (second, second_u) = (_sum_mass(lesions, settings) for lesions in (earlier, later))
    return change(first, first_u, second, second_u)


def _sum_mass(lesions: list[Lesion], settings: Settings) -> tuple[float | None, float | None]:
    masses = [lesion.mass_mg for lesion in lesions]
    errors = [lesion.mass_se_mg for lesion in lesions]
    known = [mass for mass in masses if mass is not None]
    if len(known) < len(masses) or None in errors:
        return None, None
    stated = math.hypot(*(error for error in errors if error is not None))
    return sum(known), max(stated, max(MASS_REPEAT_U, settings.repeat_relative_u) * sum(known))


def volume_change(earlier: list[Lesion], later: list[Lesion], voxels_mm3: tuple[float, float]) -> Change:
    """Return the change of the summed threshold volume.

    u(V)^2 = (VOLUME_REPEAT_U V)^2 + S v^(4/3) / 12: a voxel at the surface is in or out by chance, a uniform error of
    one voxel for each of the S / v^(2/3) of them; S is the surface of a sphere of volume V, v the voxel's volume.
    """
    sums = [_sum_volume(lesions, voxel) for lesions, voxel in zip((earlier, later), voxels_mm3, strict=True)]
    (first, first_u), (second, second_u) = sums
    return change(first, first_u, second, second_u)


def _sum_volume(lesions: list[Lesion], voxel_mm3: float) -> tuple[float | None, float | None]:
    volumes = [lesion.volume_mm3 for lesion in lesions if lesion.volume_mm3 is not None]
    if len(volumes) < len(lesions):
        return None, None
    surfaces = [(36 * math.pi) ** (1 / 3) * volume ** (2 / 3) for volume in volumes]
    return sum(volumes), math.hypot(
        VOLUME_REPEAT_U * sum(volumes), math.sqrt(sum(surfaces) * voxel_mm3 ** (4 / 3) / 12)
    )


def loss(earlier: Lesion, remains_u_mg: float, settings: Settings) -> Change:
    """Return the change of a lesion of which nothing is left: -100 %.

    Its standard error is that of the absence, u(remains) / mass. A difference is taken here, because zero has no
    logarithm: the loss is detectable when mass > 1.96 sqrt(u(mass)^2 + u(remains)^2).
    """
    mass, error = _sum_mass([earlier], settings)
    if mass is None or error is None or mass <= 0:
        return UNKNOWN
    limit = NORMAL_95 * math.hypot(error, remains_u_mg)
    return Change(-100.0, 100 * remains_u_mg / mass, mass > limit, 100 * limit / mass)
