"""Turns a measurement into plain data that a record, a page or a file can hold."""

from dataclasses import asdict
from typing import Any

from calcitrial.dicom import Series
from calcitrial.imaging.lesion import Lesion, Settings
from calcitrial.version import __version__

DIGITS = {"mass_mg": 4, "mass_se_mg": 4, "mass_fibrous_mg": 4}
HU_DIGITS = 2
MM_DIGITS = 3


def to_json(series: Series, lesions: list[Lesion], settings: Settings) -> dict[str, Any]:
    """Return series, settings and lesions as JSON-ready data.

    Lengths and volumes carry 3 decimals, masses 4, HU 2. The series names its digest and how it was made;
    nothing in it names a person.
    """
    facts = asdict(series.facts)
    return {
        "series": {
            **{name: _plain(name, value) if name.endswith("_mm") else value for name, value in facts.items()},
            "spacing_mm": [round(mm, MM_DIGITS + 1) for mm in series.spacing_mm],
            "n_slices": int(series.voxels.shape[0]),
            "digest": series.digest,
        },
        "settings": asdict(settings),
        "lesions": [{name: _plain(name, value) for name, value in asdict(lesion).items()} for lesion in lesions],
        "code_version": __version__,
    }


def _plain(name: str, value: Any) -> Any:
    if isinstance(value, tuple):
        return [_plain(name, part) for part in value]
    if not isinstance(value, float):
        return value
    # Adding zero turns -0.0 into 0.0, which would print differently.
    return round(value, HU_DIGITS if "hu" in name.split("_") else DIGITS.get(name, MM_DIGITS)) + 0.0
