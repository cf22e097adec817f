"""Checks that slices form one regular block before a single pixel is decoded.

A reader that takes the mean gap of an uneven or tilted stack returns millimetres that look right and are not;
here every departure is refused with its value (DICOM PS3.3 C.7.6.2, Image Plane Module).
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from pydicom.dataset import Dataset

Floats = NDArray[np.float64]

TILT_DEGREES = 0.5  # above the rounding of written positions, below any tilt a technician dials in
GAP_MM = 0.02  # vendors write slice positions to 0.01 mm
GAP_SHARE = 0.01
FEWEST_SLICES = 3
MOST_PIXELS = 8192  # rows or columns; the widest CT matrix in use is 2048
PIXEL_MM = (0.01, 10.0)  # micro-CT to the coarsest attenuation map
FARTHEST_MM = 1e5
NEEDED = (
    "ImageOrientationPatient",
    "ImagePositionPatient",
    "Rows",
    "Columns",
    "RescaleSlope",
    "RescaleIntercept",
    "SOPInstanceUID",
    "PixelData",
)


@dataclass(frozen=True, eq=False)
class Stack:
    """One regular block of slices.

    Attributes:
        order: indices that sort the images along the slice normal.
        affine: 4x4 matrix from voxel index (column, row, slice, 1) to patient LPS mm.
        spacing_mm: (z, y, x).
    """

    order: NDArray[np.intp]
    affine: Floats
    spacing_mm: tuple[float, float, float]


def check_stack(images: list[Dataset]) -> tuple[Stack | None, list[str]]:
    """Return the stack of CT slices, or None and every reason why they are not a regular block."""
    problems = _count(images) + _absent(images)
    if problems:
        return None, problems
    if several := _one_series(images):
        # Two series stacked together are uneven in every respect, which would only distract.
        return None, several
    problems = _one_shape(images) + _spacing(images)
    orientations = np.array([_numbers(i.ImageOrientationPatient, 6) for i in images])
    positions = np.array([_numbers(i.ImagePositionPatient, 3) for i in images])
    if not np.isfinite(orientations).all() or not (np.abs(positions) < FARTHEST_MM).all():
        return None, [
            *problems,
            "ImageOrientationPatient or ImagePositionPatient holds no number; export again.",
        ]
    problems += _orientation(orientations)
    row, column = orientations[0, :3], orientations[0, 3:]
    normal = np.cross(row, column)
    along = positions @ normal
    order = np.argsort(along, kind="stable")
    problems += _stacking(positions[order], normal, along[order], images)
    if problems:
        return None, problems
    y_mm, x_mm = (float(v) for v in images[0].PixelSpacing)
    step = (positions[order[-1]] - positions[order[0]]) / (len(images) - 1)
    affine = np.eye(4)
    affine[:3, :] = np.column_stack([row * x_mm, column * y_mm, step, positions[order[0]]])
    return Stack(order, affine, (float(step @ normal), y_mm, x_mm)), []


def _count(images: list[Dataset]) -> list[str]:
    if len(images) >= FEWEST_SLICES:
        return []
    n = len(images)
    return [f"The folder holds {n} usable CT slice(s), at least {FEWEST_SLICES} are needed; export the series."]


def _absent(images: list[Dataset]) -> list[str]:
    lacking = {tag: sum(i.get(tag) in (None, "", b"") for i in images) for tag in NEEDED}
    told = ", ".join(f"{tag} ({n} of {len(images)})" for tag, n in lacking.items() if n)
    return [f"Slices lack {told}: cut short or incomplete; export the series again."] if told else []


def _one_series(images: list[Dataset]) -> list[str]:
    found = {str(i.get("SeriesInstanceUID", "absent")): str(i.get("SeriesDescription", "")) for i in images}
    if len(found) == 1:
        return []
    listed = "; ".join(f"{uid} ({text or 'no description'})" for uid, text in sorted(found.items()))
    return [f"The folder holds {len(found)} series: {listed}; leave one series in the folder."]


def _one_shape(images: list[Dataset]) -> list[str]:
    shapes = sorted({(_whole(i.Rows), _whole(i.Columns)) for i in images})
    listed = ", ".join(f"{rows}x{columns}" for rows, columns in shapes)
    if min(map(min, shapes)) < 1 or max(map(max, shapes)) > MOST_PIXELS:
        return [f"The slices have rows x columns {listed}; CT has 1 to {MOST_PIXELS} of each, export the series again."]
    if len(shapes) == 1:
        return []
    return [f"The slices have rows x columns {listed}; all slices must share one size, export the series again."]


def _whole(value: Any) -> int:
    return value if isinstance(value, int) else -1


def _spacing(images: list[Dataset]) -> list[str]:
    found = np.array([_numbers(i.get("PixelSpacing"), 2) for i in images])
    if np.isnan(found).all():
        return ["PixelSpacing is absent, so no millimetre can be measured; export the original CT series."]
    low, high = PIXEL_MM
    bad = found[~((found >= low) & (found <= high)).all(axis=1)]
    if len(bad):
        return [
            f"PixelSpacing is {bad[0][0]:g} x {bad[0][1]:g} mm in {len(bad)} slice(s); "
            f"it must lie between {low:g} and {high:g} mm, export the original CT series."
        ]
    if np.ptp(found, axis=0).max() > 1e-4:
        low, high = found.min(), found.max()
        return [f"PixelSpacing runs from {low:g} to {high:g} mm within the series; export one reconstruction."]
    return []


def _orientation(orientations: Floats) -> list[str]:
    problems = []
    departure = float(np.abs(orientations - orientations[0]).max())
    if departure > 1e-3:
        problems.append(
            f"ImageOrientationPatient differs between slices by up to {departure:.3f}; leave one orientation."
        )
    row, column = orientations[0, :3], orientations[0, 3:]
    if abs(float(row @ column)) > 1e-3 or abs(row @ row - 1) > 2e-3 or abs(column @ column - 1) > 2e-3:
        problems.append("ImageOrientationPatient is not two unit vectors at right angles; export the series again.")
    return problems


def _stacking(positions: Floats, normal: Floats, along: Floats, images: list[Dataset]) -> list[str]:
    """Check positions sorted along the normal: distinct, upright, even and complete."""
    place = _namer(positions, normal, along)
    gaps = np.diff(along)
    if along[-1] - along[0] < GAP_MM:
        return [f"All {len(images)} slices lie at {place(0)}; export the series with its slice positions."]
    if (gaps < GAP_MM).any():
        return _tilt(positions, normal, images) + _repeated(gaps, place)
    # Distances, not steps along the normal: under a tilt they are what the technician sees as table travel.
    distances = np.linalg.norm(np.diff(positions, axis=0), axis=1)
    return _tilt(positions, normal, images) + _gaps(distances, place)


def _namer(positions: Floats, normal: Floats, along: Floats) -> Callable[[int], str]:
    if abs(normal[2]) > 0.999:
        return lambda i: f"z = {positions[i, 2]:.2f} mm"
    return lambda i: f"{along[i]:.2f} mm along the slice normal"


def _tilt(positions: Floats, normal: Floats, images: list[Dataset]) -> list[str]:
    run = positions[-1] - positions[0]
    angle = float(np.degrees(np.arccos(np.clip(abs(run @ normal) / np.linalg.norm(run), 0, 1))))
    if angle > TILT_DEGREES:
        stated = images[0].get("GantryDetectorTilt")
        header = f" (header: {stated:g})" if isinstance(stated, float) else ""
        return [
            f"The gantry was tilted by {angle:.1f} degrees{header}: slices are stacked askew; "
            "scan again without tilt or have the series resampled to a straight stack."
        ]
    line = positions[0] + np.outer(np.linspace(0, 1, len(positions)), run)
    sideways = positions - line
    shift = float(np.linalg.norm(sideways - np.outer(sideways @ normal, normal), axis=1).max())
    pixel = float(_numbers(images[0].get("PixelSpacing"), 2)[0])
    if shift > max(0.1, pixel) / 2:
        return [f"A slice is shifted sideways by {shift:.2f} mm; export one reconstruction."]
    return []


def _repeated(gaps: Floats, place: Callable[[int], str]) -> list[str]:
    twice = np.flatnonzero(gaps < GAP_MM)
    first = place(int(twice[0]))
    return [f"{len(twice)} slice(s) repeat a position, first at {first}; leave each slice once."]


def _gaps(gaps: Floats, place: Callable[[int], str]) -> list[str]:
    """Tell missing slices (gaps that are whole multiples of the usual gap) from uneven ones."""
    usual = float(np.median(gaps))
    odd = np.abs(gaps - usual) > GAP_MM + GAP_SHARE * usual
    if not odd.any():
        return []
    multiples = np.rint(gaps[odd] / usual)
    whole = (multiples >= 2) & (np.abs(gaps[odd] - multiples * usual) < multiples * (GAP_MM + GAP_SHARE * usual))
    if not whole.all():
        return [
            f"The gaps between slices run from {gaps.min():.2f} to {gaps.max():.2f} mm (median {usual:.2f}); "
            "export one evenly spaced reconstruction."
        ]
    starts = np.flatnonzero(odd)
    return [
        f"{int(n) - 1} slice(s) missing between {place(int(i))} and {place(int(i) + 1)}; export the whole series again."
        for i, n in zip(starts, multiples, strict=True)
    ]


def _numbers(value: Any, length: int) -> Floats:
    """Return `length` floats, all NaN when the attribute is absent, short or not numeric."""
    try:
        numbers = np.array([float(v) for v in value], dtype=np.float64)
    except (TypeError, ValueError):
        return np.full(length, np.nan)
    return numbers if numbers.shape == (length,) else np.full(length, np.nan)
