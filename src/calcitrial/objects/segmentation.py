"""Outlines of lesions as a DICOM Segmentation (PS3.3 A.51), binary, one segment per lesion."""

from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from highdicom import AlgorithmIdentificationSequence
from highdicom.seg import Segmentation, SegmentDescription
from numpy.typing import NDArray
from pydicom.dataset import Dataset
from pydicom.uid import ExplicitVRLittleEndian

from calcitrial.dicom import Series, derived_uid, plainly, source_images
from calcitrial.objects.codes import ALGORITHM, CALCIFICATION, MORPHOLOGY
from calcitrial.protocol import Problem, refuse
from calcitrial.version import __version__

SEGMENTATION = "1.2.840.10008.5.1.4.1.1.66.4"
SERIES_NUMBER = 901
MOST_STACKED_BYTES = 2**31
Mask = NDArray[np.bool_]


class Segment(NamedTuple):
    """One outlined lesion.

    Attributes:
        id: the tracking identifier, which people read.
        uid: the tracking UID, one for the lesion over all its scans.
        mask: its voxels, shape of the series (z, y, x).
        drawn: AUTOMATIC, SEMIAUTOMATIC or MANUAL, as read; empty where nobody told.
    """

    id: str
    uid: str
    mask: Mask
    drawn: str = ""


def write_segmentation(
    folder: Path,
    series: Series,
    segments: Sequence[Segment],
    out: Path,
    *,
    key: str,
    at: datetime,
    drawn: str = "AUTOMATIC",
    reader: str = "",
) -> Dataset:
    """Write outlines on a series as one binary Segmentation and return it; equal arguments give equal UIDs.

    Args:
        folder: what the series was read from; its headers give patient, study and slice references.
        series: what was outlined.
        segments: at least one, none empty; they may overlap.
        out: the file to write.
        key: any text; series and object UIDs are derived from it.
        at: date and time of the outlining.
        drawn: AUTOMATIC, SEMIAUTOMATIC or MANUAL (Segment Algorithm Type, PS3.3 C.8.20.4).
        reader: the code of the person who outlined; empty for the program alone.

    Raises:
        RefusedError: nothing is outlined, ids repeat, or the folder does not hold the slices.
    """
    _check(series, segments)
    images = source_images(folder, series)
    held = np.flatnonzero(np.any([segment.mask.any(axis=(1, 2)) for segment in segments], axis=0))
    with plainly("segmentation"):
        made = Segmentation(
            source_images=[images[i] for i in held],
            pixel_array=_pixels(segments, held),
            segmentation_type="BINARY",
            segment_descriptions=[_described(i, segment, drawn) for i, segment in enumerate(segments, 1)],
            series_instance_uid=derived_uid("segmentation series", key),
            series_number=SERIES_NUMBER,
            sop_instance_uid=derived_uid("segmentation", key),
            instance_number=1,
            content_label="CALCIFICATIONS",
            content_description="Outlined calcifications",
            content_creator_name=reader or None,
            transfer_syntax_uid=ExplicitVRLittleEndian,
            **written_by(at, "Outlined calcifications"),
        )
        made.save_as(out, enforce_file_format=True)
    return made


def written_by(at: datetime, description: str) -> dict[str, Any]:
    """Return what every object we write says of its maker, its moment and its series."""
    return {
        "manufacturer": "calcitrial",
        "manufacturer_model_name": "calcitrial",
        "software_versions": __version__,
        "device_serial_number": __version__,
        "series_description": description,
        "content_date": at.date(),
        "content_time": at.time().replace(microsecond=0),
        "series_date": at.date(),
        "series_time": at.time().replace(microsecond=0),
    }


def _check(series: Series, segments: Sequence[Segment]) -> None:
    problems = []
    ids = [segment.id for segment in segments]
    if not segments:
        problems.append(Problem("segmentation", "Nothing is outlined.", "Outline a lesion, or write the report alone."))
    if len(set(ids)) != len(ids):
        problems.append(Problem("segmentation", "Two outlines share an id.", "Give every lesion an id of its own."))
    for segment in segments:
        if segment.mask.shape != series.voxels.shape or not segment.mask.any():
            what = f"Its outline of {segment.mask.shape} voxels is empty or not of the series."
            problems.append(Problem(segment.id, what, f"Outline it on the series, {series.voxels.shape}."))
    refuse(problems)


def _pixels(segments: Sequence[Segment], held: NDArray[np.intp]) -> NDArray[np.integer[Any]]:
    """Return the slices that hold something: as labels, or where outlines overlap as one layer per segment."""
    first = segments[0].mask[held]
    labels = np.zeros(first.shape, dtype=np.uint16)
    overlap = False
    for number, segment in enumerate(segments, 1):
        mask = segment.mask[held]
        overlap = overlap or bool(labels[mask].any())
        labels[mask] = number
    if not overlap:
        return labels
    if labels.size * len(segments) > MOST_STACKED_BYTES:
        what = f"{len(segments)} outlines overlap on {len(held)} slices."
        refuse([Problem("segmentation", what, "Write fewer lesions into one segmentation.")])
    return np.stack([segment.mask[held] for segment in segments], axis=-1).astype(np.uint8)


def _described(number: int, segment: Segment, drawn: str) -> SegmentDescription:
    algorithm = AlgorithmIdentificationSequence("calcitrial", ALGORITHM, __version__, source="calcitrial")
    return SegmentDescription(
        number,
        segment.id,
        MORPHOLOGY,
        CALCIFICATION,
        drawn,
        None if drawn == "MANUAL" else algorithm,
        tracking_uid=segment.uid,
        tracking_id=segment.id,
    )
