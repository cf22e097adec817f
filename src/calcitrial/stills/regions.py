"""Which calibrated region of an ultrasound picture a caliper lies in, and its length in mm.

A picture may hold several regions, side by side, one inside another, in cm, in seconds, or reaching past its edge
(DICOM PS3.3 C.8.5.5). A caliper is measured only where one scale in cm certainly holds for both its ends.
"""

import math
from dataclasses import dataclass

import numpy as np

from calcitrial.dicom import Picture, Region
from calcitrial.protocol import Problem, RefusedError

TISSUE = 1  # Region Spatial Format 2D (C.8.5.5.1.1); M-mode, spectra, waves and graphics are no pictures of tissue
CENTIMETRES = 3  # Physical Units (C.8.5.5.1.15); 4 is seconds
DELTA_CM = (1e-5, 1.0)  # a pixel of 0.1 micrometres to 1 cm
END_PX = 1.0  # standard uncertainty of each end of a caliper along each axis, as a reader places it (assumed)
NAMES = {0: "no picture", 2: "M-mode", 3: "a spectrum", 4: "a wave", 5: "graphics"}
UNITS = {0: "no unit", 1: "percent", 2: "dB", 4: "seconds", 5: "hertz", 6: "dB per second", 7: "cm per second"}
Point = tuple[float, float]


@dataclass(frozen=True)
class Length:
    """A caliper in mm with the standard uncertainty of placing its ends."""

    mm: float
    se_mm: float


def caliper_mm(picture: Picture, start: Point, end: Point, place: str) -> Length:
    """Return the length between two points (x, y) in pixels, the centre of the first pixel at (0, 0).

    Where regions overlap, one of high priority hides those of low priority (C.8.5.5.1.3); between equals the scale
    is indeterminate unless they agree. Both ends must lie in one region. The sign of a Physical Delta tells the
    direction only. u^2 = 2 u_px^2 ((sx^2 dx)^2 + (sy^2 dy)^2) / length^2 with sx, sy in mm per pixel.

    Raises:
        RefusedError: about `place`, with the reason in words.
    """
    for x, y in (start, end):
        if not (-0.5 <= x <= picture.columns - 0.5 and -0.5 <= y <= picture.rows - 0.5):
            what = f"The point {x:g}, {y:g} lies outside the {picture.columns} x {picture.rows} picture."
            raise _refused(place, what, "Mark points of the picture.")
    region = _region(picture, start, end, place)
    sx, sy = (10 * abs(delta) for delta in region.delta)
    dx, dy = (end[0] - start[0]) * sx, (end[1] - start[1]) * sy
    mm = math.hypot(dx, dy)
    if mm == 0:
        raise _refused(place, "Its two ends are one point.", "Mark both ends.")
    return Length(mm, math.sqrt(2) * END_PX * math.hypot(sx * dx, sy * dy) / mm)


def _refused(place: str, what: str, instead: str) -> RefusedError:
    return RefusedError([Problem(place, what, instead)])


def _region(picture: Picture, start: Point, end: Point, place: str) -> Region:
    if not picture.regions:
        raise _refused(place, "The picture has no calibrated region, so no mm.", "Export it with its calibration.")
    held = [[one for one in picture.regions if _holds(picture, one, point)] for point in (start, end)]
    for point, regions in zip((start, end), held, strict=True):
        if not regions:
            what = f"The point {point[0]:g}, {point[1]:g} lies outside every calibrated region."
            raise _refused(place, what, "Mark points inside the picture of tissue.")
    both = [one for one in held[0] if one in held[1]]
    if not both:
        raise _refused(place, "Its ends lie in different regions.", "Mark both ends in one region.")
    scales = {_scale(one) for regions in held for one in _on_top(regions)}
    if len(scales) > 1:
        raise _refused(place, "Regions of different scales overlap at its ends.", "Mark ends that only one covers.")
    chosen = next((one for one in both if _scale(one) in scales), None)
    if chosen is None:
        raise _refused(place, "Its ends lie in different regions.", "Mark both ends in one region.")
    if fault := _fault(chosen):
        raise _refused(place, fault, "Measure in a two-dimensional picture with a scale in cm.")
    return chosen


def _holds(picture: Picture, region: Region, point: Point) -> bool:
    """Say whether a point lies in a region, clipped to the picture; the last pixels belong to it (C.8.5.5.1.4)."""
    x0, y0, x1, y1 = region.box
    right, low = min(x1, picture.columns - 1), min(y1, picture.rows - 1)
    return max(x0, 0) - 0.5 <= point[0] <= right + 0.5 and max(y0, 0) - 0.5 <= point[1] <= low + 0.5


def _on_top(regions: list[Region]) -> list[Region]:
    high = [one for one in regions if not one.low]
    return high or regions


def _scale(region: Region) -> tuple[int, tuple[int, int], tuple[float, float]]:
    # A delta that is no number differs from itself; as zero it is refused as one scale, not as two.
    x, y = (0.0 if math.isnan(delta) else round(abs(delta), 12) for delta in region.delta)
    return region.format, region.units, (x, y)


def _fault(region: Region) -> str:
    """Say why a region measures no mm, or nothing when it does."""
    if region.format != TISSUE:
        return f"The region shows {NAMES.get(region.format, 'something unknown')}, not tissue in two dimensions."
    if region.units != (CENTIMETRES, CENTIMETRES):
        told = next(unit for unit in region.units if unit != CENTIMETRES)
        return f"The region is in {UNITS.get(told, 'another unit')}, not in cm."
    if not all(DELTA_CM[0] <= abs(delta) <= DELTA_CM[1] for delta in region.delta):
        return f"The region's pixel is {region.delta[0]:g} x {region.delta[1]:g} cm, which no scanner has."
    return ""


def ends_of(start: Point, end: Point) -> tuple[Point, Point]:
    """Return two points as a report counts them: the corner of the first pixel at (0, 0), in single precision."""
    a, b = (tuple(float(np.float32(v + 0.5)) for v in point) for point in (start, end))
    return (a[0], a[1]), (b[0], b[1])
