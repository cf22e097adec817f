"""Ultrasound measurements as a DICOM report, as plain data and as a page."""

from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

from calcitrial.dicom import Picture, derived_uid
from calcitrial.objects import Finding, Quantity, write_measurements
from calcitrial.stills.regions import END_PX, ends_of
from calcitrial.stills.ultrasound import AXES, Calipers, ScannedLesion
from calcitrial.version import __version__

DIGITS = 4


def store_ultrasound(
    picture: Picture,
    drawn: Sequence[Calipers],
    lesions: Sequence[ScannedLesion],
    out: Path,
    *,
    at: datetime,
    reader: str = "",
) -> Path:
    """Write the lengths and volumes as a TID 1500 report that points to picture, frame and ends; return its path."""
    patient = str(picture.header.get("PatientID", ""))
    findings = [
        Finding(one.id, derived_uid("lesion", patient, one.id), _quantities(picture, marked, one))
        for marked, one in zip(drawn, lesions, strict=True)
    ]
    out.mkdir(parents=True, exist_ok=True)
    key = repr((picture.digest, findings, at, reader, __version__))
    images = {one.id: [picture.header] for one in findings}
    part = out / "sr.dcm.part"
    write_measurements(findings, images, part, key=key, at=at, modality="US", reader=reader)
    return part.replace(out / "sr.dcm")


def _quantities(picture: Picture, marked: Calipers, one: ScannedLesion) -> tuple[Quantity, ...]:
    numbers = [
        Quantity(
            axis,
            length.mm,
            "mm",
            length.se_mm,
            ends_of(marked.axes[axis].start, marked.axes[axis].end),
            marked.axes[axis].frame if picture.header.get("NumberOfFrames") else 0,
        )
        for axis, length in one.lengths.items()
    ]
    if one.volume_mm3 is not None:
        numbers.append(Quantity("volume_ellipsoid", one.volume_mm3, "mm3", one.volume_se_mm3))
    return tuple(numbers)


def ultrasound_json(picture: Picture, lesions: Sequence[ScannedLesion]) -> dict[str, Any]:
    """Return picture and sizes as JSON-ready data: mm and mm3 with 4 decimals; nothing names a person."""
    return {
        "picture": {
            "digest": picture.digest,
            "rows": picture.rows,
            "columns": picture.columns,
            "frames": picture.frames,
            "manufacturer": picture.manufacturer,
            "model": picture.model,
            "regions": [vars(region) for region in picture.regions],
        },
        "settings": {"end_px": END_PX},
        "lesions": [_lesion_json(one) for one in lesions],
        "code_version": __version__,
    }


def _lesion_json(one: ScannedLesion) -> dict[str, Any]:
    found: dict[str, Any] = {"id": one.id}
    for axis in AXES:
        length = one.lengths.get(axis)
        found[f"{axis}_mm"] = None if length is None else round(length.mm, DIGITS)
        found[f"{axis}_se_mm"] = None if length is None else round(length.se_mm, DIGITS)
    found["volume_mm3"] = None if one.volume_mm3 is None else round(one.volume_mm3, DIGITS)
    found["volume_se_mm3"] = None if one.volume_se_mm3 is None else round(one.volume_se_mm3, DIGITS)
    return found


def ultrasound_text(lesions: Sequence[ScannedLesion]) -> str:
    """Return a line per lesion for people: mm with their standard uncertainty, then the ellipsoid in mm3."""
    lines = [f"{'lesion':<14}{'length mm':>16}{'width mm':>16}{'depth mm':>16}{'ellipsoid mm³':>20}"]
    for one in lesions:
        sizes = [one.lengths.get(axis) for axis in AXES]
        told = "".join(f"{'—' if s is None else f'{s.mm:.2f} ± {s.se_mm:.2f}':>16}" for s in sizes)
        volume = "—" if one.volume_mm3 is None else f"{one.volume_mm3:.1f} ± {one.volume_se_mm3:.1f}"
        lines.append(f"{one.id:<14}{told}{volume:>20}")
    return "\n".join(lines)
