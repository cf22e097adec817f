"""CT measurements as DICOM objects beside the series, and outlines of any program measured anew."""

import hashlib
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from pathlib import Path

import numpy as np
from pydicom.dataset import Dataset

from calcitrial.dicom import Series, derived_uid, source_images
from calcitrial.imaging.lesion import Lesion, Measured, Settings
from calcitrial.imaging.measure import measure_mask
from calcitrial.objects import Finding, Quantity, Segment, read_segmentation, write_measurements, write_segmentation
from calcitrial.protocol import Problem, refuse
from calcitrial.version import __version__

NAMES = {
    "mass": "mass_mg",
    "volume_threshold": "volume_mm3",
    "volume_pv": "volume_pv_mm3",
    "hu_mean": "hu_mean",
    "hu_max": "hu_max",
    "agatston": "agatston",
}


def store(
    folder: Path,
    series: Series,
    measured: Sequence[Measured],
    settings: Settings,
    out: Path,
    *,
    at: datetime,
    drawn: str = "AUTOMATIC",
    uids: Sequence[str] = (),
    reader: str = "",
) -> list[Path]:
    """Write seg.dcm (outlines) and sr.dcm (numbers that point to them) into a folder, and return their paths.

    Args:
        folder: what the series was read from.
        series: what was measured.
        measured: lesions with their voxels; those without voxels are in the report alone.
        settings: what the numbers depend on; part of what the UIDs are derived from.
        out: made if needed; files of an earlier measurement are replaced.
        at: date and time of the measurement.
        drawn: AUTOMATIC, SEMIAUTOMATIC (from seeds, whose ids then name a lesion of the patient over all scans), or
            MANUAL.
        uids: tracking UIDs in the order of `measured`; derived where none or '' is given.
        reader: the code of the person who outlined.

    Raises:
        RefusedError: nothing was measured, or the folder does not hold the slices.
    """
    if not measured:
        refuse([Problem("--dicom", "Nothing was found, so there is nothing to store.", "Give --seeds or look again.")])
    images = source_images(folder, series)
    of = str(images[0].get("PatientID", "")) if drawn != "AUTOMATIC" else series.facts.series_uid
    given = uids or [""] * len(measured)
    names = [uid or derived_uid("lesion", of, one.lesion.id) for uid, one in zip(given, measured, strict=True)]
    key = _key(series, measured, settings, at, reader)
    out.mkdir(parents=True, exist_ok=True)
    parts = [out / "seg.dcm.part", out / "sr.dcm.part"]
    segments = [_segment(series, one, uid) for one, uid in zip(measured, names, strict=True) if one.mask.any()]
    made = None
    if segments:
        made = write_segmentation(folder, series, segments, parts[0], key=key, at=at, drawn=drawn, reader=reader)
    numbers = {segment.id: i for i, segment in enumerate(segments, 1)}
    findings = [_finding(one.lesion, uid, numbers) for one, uid in zip(measured, names, strict=True)]
    held = {one.lesion.id: _slices(series, one, images) for one in measured}
    write_measurements(findings, held, parts[1], key=key, at=at, modality="CT", segmentation=made, reader=reader)
    if made is None:
        (out / "seg.dcm").unlink(missing_ok=True)
    return [part.replace(part.with_suffix("")) for part in (parts if made is not None else parts[1:])]


def _key(series: Series, measured: Sequence[Measured], settings: Settings, at: datetime, reader: str) -> str:
    """Return a text that differs whenever anything stored differs, so that no UID ever names two objects."""
    whole = hashlib.sha256(repr((series.digest, settings, at, reader, __version__)).encode())
    for one in measured:
        whole.update(repr((one.lesion, one.box)).encode() + np.packbits(one.mask).tobytes())
    return whole.hexdigest()


def _segment(series: Series, one: Measured, uid: str) -> Segment:
    mask = np.zeros(series.voxels.shape, dtype=np.bool_)
    mask[one.box] = one.mask
    return Segment(one.lesion.id, uid, mask)


def _finding(lesion: Lesion, uid: str, numbers: dict[str, int]) -> Finding:
    quantities = tuple(
        Quantity(name, float(getattr(lesion, field)), "", lesion.mass_se_mg if name == "mass" else None)
        for name, field in NAMES.items()
        if getattr(lesion, field) is not None
    )
    return Finding(lesion.id, uid, quantities, lesion.flags, numbers.get(lesion.id, 0))


def _slices(series: Series, one: Measured, images: list[Dataset]) -> list[Dataset]:
    """Return the headers of the slices a lesion lies on, or the one nearest to where it was looked for."""
    if one.mask.any():
        return images[one.box[0]]
    at = float(series.to_voxel(one.lesion.centroid_mm)[0])
    return [images[int(np.clip(round(at), 0, len(images) - 1))]]


def measure_segmentation(path: Path, series: Series, settings: Settings) -> tuple[list[Measured], list[str]]:
    """Measure the outlines of a binary segmentation of the series, and return them with their tracking UIDs.

    The numbers are those that `measure` gave where it made the outlines with the same settings. Outlines that no
    reader drew need one where they lie near bone, as they did when they were found.

    Raises:
        RefusedError: see `read_segmentation`; ids that repeat; an outline that marks nothing.
    """
    segments = read_segmentation(path, series)
    problems = [
        Problem("segmentation", f"The outline {one.id} marks no voxel.", "Leave it out.")
        for one in segments
        if not one.mask.any()
    ]
    if len({one.id for one in segments}) != len(segments):
        problems.append(Problem("segmentation", "Two outlines share an id.", "Give every lesion an id of its own."))
    refuse(problems)
    return [_measured(series, one, settings) for one in segments], [one.uid for one in segments]


def _measured(series: Series, one: Segment, settings: Settings) -> Measured:
    index = np.argwhere(one.mask)
    low, high = index.min(axis=0), index.max(axis=0) + 1
    z, y, x = (slice(int(a), int(b)) for a, b in zip(low, high, strict=True))
    lesion = measure_mask(series, one.mask, one.id, settings)
    if one.drawn != "MANUAL" and "near_bone" in lesion.flags:
        # No reader has vouched for it, so it may be a small bone as when it was found.
        lesion = replace(lesion, flags=tuple(sorted({*lesion.flags, "needs_reader"})))
    return Measured(lesion, (z, y, x), one.mask[z, y, x])
