"""Sizes on a single picture as the forms `film_measurement` and `ultrasound_measurement`, with what they depend on."""

from collections.abc import Mapping, Sequence

from calcitrial.dicom import Picture
from calcitrial.protocol import Problem, refuse
from calcitrial.stills.radiograph import FilmLesion
from calcitrial.stills.scale import Scale
from calcitrial.stills.ultrasound import AXES, ScannedLesion
from calcitrial.version import __version__

Values = dict[str, object]
FORMS = {"film": "film_measurement", "ultrasound": "ultrasound_measurement"}
NOT_FOUND = "not_found"


def film_values(film: Picture, lesions: Sequence[FilmLesion], scale: Scale) -> dict[str, Values]:
    """Return the items of `film_measurement` by the id of each outline: mm2 and mm with 4 decimals.

    Raises RefusedError for an outline in which nothing is as dense as its threshold: a person says whether it is gone.
    """
    refuse(
        [
            Problem(one.id, "Nothing in its outline is as dense as its threshold.", "Draw anew, or say --not-found.")
            for one in lesions
            if not one.area_mm2
        ]
    )
    scaled: Values = {
        "scale_source": scale.source,
        "scale_mm": f"{scale.column_mm:.6f}",
        "scale_u": f"{100 * scale.relative_u:.3f}",
    }
    return {
        one.id: {
            "area": f"{one.area_mm2:.4f}",
            "area_se": f"{one.area_se_mm2:.4f}",
            **scaled,
            "flags": " ".join(one.flags) or None,
            **picture_values(film),
        }
        for one in lesions
    }


def ultrasound_values(picture: Picture, lesions: Sequence[ScannedLesion]) -> dict[str, Values]:
    """Return the items of `ultrasound_measurement` by the id of each lesion: mm and mm3 with 4 decimals."""
    return {one.id: {**_diameters(one), **picture_values(picture)} for one in lesions}


def _diameters(one: ScannedLesion) -> Values:
    found: Values = {}
    for axis in AXES:
        if axis in one.lengths:
            found |= {axis: f"{one.lengths[axis].mm:.4f}", f"{axis}_se": f"{one.lengths[axis].se_mm:.4f}"}
    if one.volume_mm3 is not None:
        found |= {"volume_ellipsoid": f"{one.volume_mm3:.4f}", "volume_se": f"{one.volume_se_mm3:.4f}"}
    return found


def picture_values(picture: Picture) -> Values:
    """Return what names a picture and the program that measured on it: the items every such form has."""
    return {
        "software": f"calcitrial {__version__}",
        "series_uid": str(picture.header.get("SeriesInstanceUID", "")),
        "series_digest": picture.digest,
    }


def absent_values(picture: Picture, lesion: str) -> Mapping[str, Values]:
    """Return the items for a lesion that was looked for on a picture and is not there: its size counts as 0."""
    return {lesion: {"flags": NOT_FOUND, **picture_values(picture)}}
