"""A measured lesion as the form `ct_measurement`: numbers with everything they depend on."""

from calcitrial.dicom import Facts
from calcitrial.imaging.lesion import Lesion, Settings
from calcitrial.version import __version__


def form_values(lesion: Lesion, facts: Facts, digest: str, settings: Settings) -> dict[str, object]:
    """Return the items of the form for one lesion of one series; what was not measured is left out.

    Masses in mg (4 decimals), volumes in mm3 and points in mm (2 decimals), attenuation in HU.
    """
    measured = {
        "mass": _written(lesion.mass_mg, 4),
        "mass_se": _written(lesion.mass_se_mg, 4),
        "volume_threshold": _written(lesion.volume_mm3, 2),
        "hu_mean": _written(lesion.hu_mean, 1),
        "hu_max": _written(lesion.hu_max, 1),
        "flags": " ".join(lesion.flags) or None,
    }
    points = {f"centroid_{axis}": f"{value:.2f}" for axis, value in zip("xyz", lesion.centroid_mm, strict=True)}
    return {
        **measured,
        **points,
        "threshold": f"{settings.threshold_hu:g}",
        "calibration": f"{settings.calibration_mg_per_cm3_per_hu:.6f}",
        "calibration_source": settings.calibration_source,
        "kvp": _written(facts.kvp, 1),
        "kernel": facts.kernel,
        "slice_thickness": _written(facts.slice_thickness_mm, 3),
        "software": f"calcitrial {__version__}",
        "series_uid": facts.series_uid,
        "series_digest": digest,
    }


def _written(value: float | None, places: int) -> str | None:
    return None if value is None else f"{value:.{places}f}"
