"""What the header of a radiograph or ultrasound picture says of its millimetres, as written, judged by nobody yet."""

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from pydicom.dataset import Dataset

Pair = tuple[float, float]


@dataclass(frozen=True)
class Spacing:
    """What a radiograph says of its geometry; pairs are (row, column) in mm, None where silent or no number.

    `nominal` is the pitch of a film scanner. Distances are in mm, `magnification` is the estimated radiographic
    magnification factor (0018,1114), `aspect` the height of a pixel over its width.
    """

    pixel: Pair | None
    calibration: str
    imager: Pair | None
    nominal: Pair | None
    aspect: float | None
    source_to_detector: float | None
    source_to_patient: float | None
    magnification: float | None


@dataclass(frozen=True)
class Region:
    """One calibrated region of an ultrasound picture (PS3.3 C.8.5.5), as written.

    `box` is (x0, y0, x1, y1) in pixels, last ones included; `delta` (x, y) in the `units` (x, y) per pixel, where 3
    means cm and 4 seconds; `format` 1 is a picture of tissue; `low` tells that another region may cover it.
    """

    format: int
    low: bool
    box: tuple[int, int, int, int]
    units: tuple[int, int]
    delta: Pair


def spacing_of(image: Dataset) -> Spacing:
    """Return what the header of a radiograph says of its geometry."""
    aspect = _pair(image, "PixelAspectRatio")
    return Spacing(
        pixel=_pair(image, "PixelSpacing"),
        calibration=str(image.get("PixelSpacingCalibrationType") or ""),
        imager=_pair(image, "ImagerPixelSpacing"),
        nominal=_pair(image, "NominalScannedPixelSpacing"),
        aspect=aspect[0] / aspect[1] if aspect and min(aspect) > 0 else None,
        source_to_detector=_number(image, "DistanceSourceToDetector"),
        source_to_patient=_number(image, "DistanceSourceToPatient"),
        magnification=_number(image, "EstimatedRadiographicMagnificationFactor"),
    )


def region_of(item: Dataset) -> Region:
    """Return one item of the Sequence of Ultrasound Regions; whatever pydicom raises where it is incomplete."""

    def numbers(kind: Callable[[Any], Any], *names: str) -> tuple[Any, ...]:
        return tuple(kind(item[name].value) for name in names)

    corners = [f"RegionLocation{corner}" for corner in ("MinX0", "MinY0", "MaxX1", "MaxY1")]
    return Region(
        format=int(item.RegionSpatialFormat),
        # Bit 0: 1 is low priority (PS3.3 C.8.5.5.1.3).
        low=bool(int(item.RegionFlags) & 1),
        box=numbers(int, *corners),
        units=numbers(int, "PhysicalUnitsXDirection", "PhysicalUnitsYDirection"),
        delta=numbers(float, "PhysicalDeltaX", "PhysicalDeltaY"),
    )


def _number(image: Dataset, name: str) -> float | None:
    try:
        value = float(image.get(name))
    except (TypeError, ValueError):
        return None
    return value if math.isfinite(value) else None


def _pair(image: Dataset, name: str) -> Pair | None:
    try:
        first, second = (float(v) for v in image.get(name))
    except (TypeError, ValueError):
        return None
    return (first, second) if math.isfinite(first) and math.isfinite(second) else None
