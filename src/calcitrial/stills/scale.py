"""How many millimetres of the patient a pixel of a radiograph stands for, and how well that is known.

The beam spreads, so the pitch of the detector (Imager Pixel Spacing) is not the size of what is seen. It never
counts as such (DICOM PS3.3 10.7): only a calibration does, a known length in the picture, or, when asked for
expressly, an estimate from the geometry of the exposure.
"""

import math
from dataclasses import dataclass

from calcitrial.dicom import Picture, Spacing
from calcitrial.protocol import Problem, RefusedError, refuse

END_PX = 1.0  # standard uncertainty with which an end of the known length is placed, along it (assumed)
FIDUCIAL_U = 0.01  # relative standard uncertainty of a calibration whose own is not told (assumed)
GEOMETRY_U = 0.05  # of one for "some unspecified depth": 50 mm at a metre from the source (assumed)
PITCH_MM = (0.005, 5.0)  # mammography to a coarse scan of a film
MAGNIFICATIONS = (1.0, 3.0)
SHORTEST_PX = 10.0
ADVICE = "Give --known-length x1,y1,x2,y2,mm of a marker that lies in the plane of the calcification."


@dataclass(frozen=True)
class KnownLength:
    """Two ends of something of known length in the picture, (x, y) in pixels, and that length in mm."""

    start: tuple[float, float]
    end: tuple[float, float]
    mm: float


@dataclass(frozen=True)
class Scale:
    """Millimetres per pixel.

    `relative_u` is the relative standard uncertainty of a length; `source` says where the scale comes from: known
    length, fiducial, geometry or estimated; `flags` what a reader must know.
    """

    row_mm: float
    column_mm: float
    relative_u: float
    source: str
    flags: tuple[str, ...] = ()


def known_length(text: str) -> KnownLength:
    """Return what 'x1,y1,x2,y2,mm' says; RefusedError with what is wrong."""
    try:
        x1, y1, x2, y2, mm = (float(part) for part in text.split(","))
    except ValueError:
        raise RefusedError([Problem("--known-length", f"{text!r} is no length.", "Write x1,y1,x2,y2,mm.")]) from None
    if not all(map(math.isfinite, (x1, y1, x2, y2))) or not 1 <= mm <= 1000:
        what = f"{text!r} has no finite ends or no length of 1 to 1,000 mm."
        refuse([Problem("--known-length", what, "Write x1,y1,x2,y2,mm.")])
    return KnownLength((x1, y1), (x2, y2), mm)


def scale_of(film: Picture, known: KnownLength | None = None, *, estimate: bool = False) -> Scale:
    """Return the scale of a radiograph: of a known length where one is given, else of its calibration.

    Args:
        film: what is measured.
        known: a marker or ruler in the picture; its own length is taken as exact.
        estimate: accept the detector's pitch divided by the magnification that the exposure's geometry gives,
            flagged `estimated`.

    Raises:
        RefusedError: no calibration, spacing zero or absurd, or the known length is too short or outside.
    """
    if known is not None:
        return _from_length(film, known)
    spacing = film.spacing
    if spacing.calibration in ("FIDUCIAL", "GEOMETRY") and _sound(spacing.pixel):
        assert spacing.pixel is not None
        geometry = spacing.calibration == "GEOMETRY"
        unit = GEOMETRY_U if geometry else FIDUCIAL_U
        return Scale(*spacing.pixel, unit, spacing.calibration.lower(), ("unspecified_depth",) if geometry else ())
    if estimate:
        return _estimated(spacing)
    raise RefusedError([Problem("film", _why(spacing), ADVICE)])


def _sound(pair: tuple[float, float] | None) -> bool:
    return pair is not None and all(PITCH_MM[0] <= mm <= PITCH_MM[1] for mm in pair)


def _why(spacing: Spacing) -> str:
    """Say why the file's own spacing is no millimetre of the patient."""
    if spacing.pixel is not None and not _sound(spacing.pixel):
        return f"PixelSpacing is {spacing.pixel[0]:g} x {spacing.pixel[1]:g} mm, which no picture has."
    if spacing.pixel is not None:
        return (
            f"PixelSpacing {spacing.pixel[0]:g} x {spacing.pixel[1]:g} mm is not said to be calibrated to the object."
        )
    if spacing.imager is not None:
        return "It tells only the pitch of the detector (ImagerPixelSpacing), which is not the size of the object."
    return "It tells no pixel spacing, so no millimetre can be measured."


def _from_length(film: Picture, known: KnownLength) -> Scale:
    ends = (known.start, known.end)
    if not all(-0.5 <= x <= film.columns - 0.5 and -0.5 <= y <= film.rows - 0.5 for x, y in ends):
        what = f"An end of the known length lies outside the {film.columns} x {film.rows} picture."
        refuse([Problem("--known-length", what, "Give pixels of this picture.")])
    aspect = _aspect(film.spacing)
    pixels = math.hypot(known.end[0] - known.start[0], aspect * (known.end[1] - known.start[1]))
    if pixels < SHORTEST_PX:
        what = f"The known length is {pixels:.1f} pixels long, too short for a scale."
        refuse([Problem("--known-length", what, "Mark a longer one, 10 pixels at least.")])
    column = known.mm / pixels
    if not _sound((aspect * column, column)):
        what = f"It makes a pixel {column:.3g} mm wide, which no radiograph has."
        refuse([Problem("--known-length", what, "Check the ends and the length.")])
    return Scale(aspect * column, column, math.sqrt(2) * END_PX / pixels, "known length")


def _aspect(spacing: Spacing) -> float:
    """Return the height of a pixel over its width; square where the file is silent (PS3.3 C.7.6.3.1.7)."""
    for pair in (spacing.pixel, spacing.imager, spacing.nominal):
        if pair is not None and _sound(pair):
            return pair[0] / pair[1]
    aspect = 1.0 if spacing.aspect is None else spacing.aspect
    if not 0.2 <= aspect <= 5:
        refuse([Problem("film", f"PixelAspectRatio is {aspect:g}.", "Export the original picture.")])
    return aspect


def _estimated(spacing: Spacing) -> Scale:
    factor = spacing.magnification
    if factor is None and spacing.source_to_detector and spacing.source_to_patient:
        factor = spacing.source_to_detector / spacing.source_to_patient
    if factor is None or not MAGNIFICATIONS[0] <= factor <= MAGNIFICATIONS[1]:
        told = "no magnification" if factor is None else f"a magnification of {factor:g}"
        refuse([Problem("film", f"Its exposure gives {told}, so the scale cannot be estimated.", ADVICE)])
    if spacing.imager is None or not _sound(spacing.imager) or factor is None:
        raise RefusedError([Problem("film", "It tells no usable pitch of the detector.", ADVICE)])
    row, column = (mm / factor for mm in spacing.imager)
    return Scale(row, column, GEOMETRY_U, "estimated", ("estimated",))
