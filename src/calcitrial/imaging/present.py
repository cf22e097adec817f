"""A measurement as people read it, and the points they ask about as they write them."""

import math
from collections.abc import Mapping, Sequence

from calcitrial.dicom import Series
from calcitrial.imaging.lesion import Lesion, Seed, Settings

WORDS = {
    "at_edge": "cut by the edge of the scan",
    "at_skin": "lies in the skin",
    "in_fat": "lies in fat; less mass if its own soft tissue is fibrous (mass_fibrous_mg)",
    "low_contrast": "hardly brighter than its surroundings",
    "may_be_bone": "may be bone",
    "merged": "one finding for several points",
    "metal": "metal, or spoiled by metal",
    "more_nearby": "another finding is near the point",
    "near_bone": "near bone",
    "needs_reader": "a reader must look",
    "not_found": "nothing calcified at the point",
    "not_measured": "could not be measured",
    "other_kvp": "scanned at another tube voltage than the calibration's",
    "too_small": "smaller than what is reported",
    "touches_bone": "touches bone",
    "unresolved": "too small or uneven for a volume free of blur",
}


def seed(content: Mapping[str, object]) -> Seed:
    """Return the point that {"id", "point_mm": [x, y, z]} describes; ValueError with what is wrong."""
    name, point = content.get("id"), content.get("point_mm")
    numbers = isinstance(point, list) and len(point) == 3 and all(map(_is_length, point))
    if not isinstance(name, str) or not name or not isinstance(point, list) or not numbers:
        raise ValueError(
            f'The point {dict(content)} is not usable; write {{"id": "L1", "point_mm": [x, y, z]}} in millimetres.'
        )
    return Seed(name, (float(point[0]), float(point[1]), float(point[2])))


def _conditions(settings: Settings) -> list[str]:
    """Return what the numbers depend on besides the pixels, and how well it is known."""
    calibration = settings.calibration_mg_per_cm3_per_hu
    return [
        f"threshold {settings.threshold_hu:g} HU, {calibration:.4g} mg hydroxyapatite per cm3 per HU",
        f"calibration {settings.calibration_source}",
    ]


def _is_length(value: object) -> bool:
    # In Python true and false are whole numbers; a point is made of neither.
    return isinstance(value, (int, float)) and not isinstance(value, bool) and math.isfinite(value)


def to_text(series: Series, lesions: Sequence[Lesion], settings: Settings | None = None) -> str:
    """Return a page for people: series and settings in a line each, a line per lesion, flags in words below it.

    Masses in mg to 2 decimals, volumes (threshold volume) in mm3 and points in mm to 1, HU whole; a dash where
    nothing could be measured.
    """
    facts = series.facts
    z, y, x = series.spacing_mm
    voltage = "tube voltage unknown" if facts.kvp is None else f"{facts.kvp:.0f} kV"
    made = f"{facts.manufacturer or 'unknown maker'}, {voltage}, kernel {facts.kernel or 'unknown'}"
    lines = [
        f"{series.voxels.shape[0]} slices, {made}, voxels {x:.2f} x {y:.2f} x {z:.2f} mm",
        *_conditions(settings or Settings()),
        "",
        f"{'lesion':<14}{'x, y, z mm (patient)':>26}{'mass mg':>10}{'± se':>8}{'volume mm³':>12}"
        f"{'HU mean':>9}{'HU max':>8}",
    ]
    for lesion in lesions:
        place = ", ".join(f"{value:.1f}" for value in lesion.centroid_mm)
        lines.append(
            f"{lesion.id:<14}{place:>26}{_number(lesion.mass_mg, 2):>10}{_number(lesion.mass_se_mg, 2):>8}"
            f"{_number(lesion.volume_mm3, 1):>12}{_number(lesion.hu_mean, 0):>9}{_number(lesion.hu_max, 0):>8}"
        )
        if lesion.flags:
            lines.append(" " * 14 + "; ".join(WORDS.get(flag, flag) for flag in lesion.flags))
    if not lesions:
        lines.append("No calcification was found outside bone.")
    return "\n".join(lines)


def _number(value: float | None, places: int) -> str:
    """Return a column's text; a dash where nothing is known, and zero never with a minus."""
    return "-" if value is None else f"{round(value, places) + 0.0:.{places}f}"
