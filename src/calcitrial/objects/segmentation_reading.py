"""Outlines out of a binary DICOM Segmentation, of ours or of another program, onto the voxels of a series."""

from pathlib import Path

import numpy as np
from pydicom.dataset import Dataset
from pydicom.uid import ExplicitVRLittleEndian, ImplicitVRLittleEndian

from calcitrial.dicom import Series, open_object, plainly
from calcitrial.objects.segmentation import SEGMENTATION, Mask, Segment
from calcitrial.protocol import Problem, refuse

MOST_SEGMENTS = 1000
GRID_VOXELS = 0.05  # by which a frame may lie off the voxels of the series
GRID_DIRECTION = 1e-3


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
    return Segment(name, str(item.get("TrackingUID", "")), mask, str(item.get("SegmentAlgorithmType", "")))
