"""Outlines of lesions as a DICOM Segmentation (PS3.3 A.51), binary, one segment per lesion, and back again."""

from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from highdicom import AlgorithmIdentificationSequence
from highdicom.seg import Segmentation, SegmentDescription
from numpy.typing import NDArray
from pydicom.dataset import Dataset
from pydicom.uid import ExplicitVRLittleEndian, ImplicitVRLittleEndian

from calcitrial.dicom.codes import ALGORITHM, CALCIFICATION, MORPHOLOGY
from calcitrial.dicom.opening import derived_uid, open_object, plainly
from calcitrial.dicom.series import Series
from calcitrial.dicom.sources import source_images
from calcitrial.protocol import Problem, refuse
from calcitrial.version import __version__

SEGMENTATION = "1.2.840.10008.5.1.4.1.1.66.4"
SERIES_NUMBER = 901
MOST_STACKED_BYTES = 2**31
MOST_SEGMENTS = 1000
GRID_VOXELS = 0.05  # by which a frame may lie off the voxels of the series
GRID_DIRECTION = 1e-3
Mask = NDArray[np.bool_]


class Segment(NamedTuple):
    """One outlined lesion.

    Attributes:
        id: the tracking identifier, which people read.
        uid: the tracking UID, one for the lesion over all its scans.
        mask: its voxels, shape of the series (z, y, x).
    """

    id: str
    uid: str
    mask: Mask


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


def read_segmentation(path: Path, series: Series) -> list[Segment]:
    """Return the outlines of a binary Segmentation, of ours or anybody's, on the voxels of a series.

    A segment without tracking identifiers is named by its label, or by its number.

    Raises:
        RefusedError: damaged, not binary, compressed, of another series, or on another grid than its voxels.
    """
    found = open_object(path, "segmentation")
    with plainly("segmentation"):
        _check_kind(found)
        _check_series(found, series)
        _check_size(found, series)
        numbers = [int(item.SegmentNumber) for item in found.SegmentSequence]
        masks = {number: np.zeros(series.voxels.shape, dtype=np.bool_) for number in numbers}
        if len(masks) != len(numbers) or len(numbers) > MOST_SEGMENTS:
            refuse([_problem(f"It lists {len(numbers)} segments.", "Number each one once, at most 1,000.")])
        _fill(found, series, masks)
        return [_segment(item, masks[int(item.SegmentNumber)]) for item in found.SegmentSequence]


def _problem(what: str, instead: str) -> Problem:
    return Problem("segmentation", what, instead)


def _check_kind(found: Dataset) -> None:
    if found.get("SOPClassUID") != SEGMENTATION:
        refuse([_problem("It is no Segmentation object.", "Give a binary DICOM SEG.")])
    if found.get("SegmentationType") != "BINARY" or found.get("BitsAllocated") != 1:
        refuse([_problem("It is not a binary segmentation.", "Export it as BINARY; a share is no outline.")])
    if found.file_meta.TransferSyntaxUID not in (ExplicitVRLittleEndian, ImplicitVRLittleEndian):
        refuse([_problem("Its pixels are compressed.", "Export it uncompressed.")])


def _check_series(found: Dataset, series: Series) -> None:
    named = [str(item.SeriesInstanceUID) for item in found.get("ReferencedSeriesSequence", [])]
    if named and series.facts.series_uid not in named:
        refuse([_problem("It was drawn on another series.", "Give the segmentation of this series.")])


def _check_size(found: Dataset, series: Series) -> None:
    rows, columns, frames = int(found.Rows), int(found.Columns), int(found.NumberOfFrames)
    if (rows, columns) != series.voxels.shape[1:]:
        what = f"Its frames have {rows} x {columns} pixels, the series {series.voxels.shape[1]} x "
        refuse([_problem(f"{what}{series.voxels.shape[2]}.", "Give the segmentation of this series.")])
    have, need = len(found.PixelData), (frames * rows * columns + 7) // 8
    if frames != len(found.PerFrameFunctionalGroupsSequence) or frames < 1 or have < need:
        refuse([_problem(f"Its {frames} frames are cut short: {have} of {need} bytes.", "Export it again.")])


def _fill(found: Dataset, series: Series, masks: dict[int, Mask]) -> None:
    rows, columns = series.voxels.shape[1:]
    size = rows * columns
    bits = np.frombuffer(found.PixelData, np.uint8)
    shared = found.SharedFunctionalGroupsSequence[0] if found.get("SharedFunctionalGroupsSequence") else Dataset()
    seen: set[tuple[int, int]] = set()
    for i, group in enumerate(found.PerFrameFunctionalGroupsSequence):
        number = int(_macro(group, shared, "SegmentIdentificationSequence").ReferencedSegmentNumber)
        plane = _plane(group, shared, series)
        if number not in masks or (number, plane) in seen:
            refuse([_problem(f"Frame {i + 1} repeats a place or names no segment.", "Export it again.")])
        seen.add((number, plane))
        # Frames follow each other without padding, so that one may begin inside a byte (PS3.5 8.2, bit packing).
        first, last = i * size // 8, ((i + 1) * size + 7) // 8
        frame = np.unpackbits(bits[first:last], bitorder="little")[i * size - 8 * first :][:size]
        masks[number][plane] = frame.reshape(rows, columns)


def _macro(group: Dataset, shared: Dataset, name: str) -> Dataset:
    holder = group if name in group else shared
    item: Dataset = holder[name].value[0]
    return item


def _plane(group: Dataset, shared: Dataset, series: Series) -> int:
    """Return which slice of the series a frame lies on; the frame must lie on its voxels, the same way round."""
    position = [float(v) for v in _macro(group, shared, "PlanePositionSequence").ImagePositionPatient]
    turned = [float(v) for v in _macro(group, shared, "PlaneOrientationSequence").ImageOrientationPatient]
    spacing = [float(v) for v in _macro(group, shared, "PixelMeasuresSequence").PixelSpacing]
    at = series.to_voxel(position)
    offset = at - np.array([round(float(at[0])) if np.isfinite(at[0]) else 0, 0, 0])
    direction = np.concatenate([series.direction[:, 0], series.direction[:, 1]])
    same = (
        np.abs(offset).max() <= GRID_VOXELS
        and np.abs(direction - turned).max() <= GRID_DIRECTION
        and np.abs(np.array(series.spacing_mm[1:]) - spacing).max() <= GRID_DIRECTION
        and 0 <= round(float(at[0])) < len(series.voxels)
    )
    if not same:
        refuse([_problem("A frame does not lie on the voxels of the series.", "Export it on the grid of the series.")])
    return round(float(at[0]))


def _segment(item: Dataset, mask: Mask) -> Segment:
    name = str(item.get("TrackingID") or item.get("SegmentLabel") or f"segment {item.SegmentNumber}")
    return Segment(name, str(item.get("TrackingUID", "")), mask)
