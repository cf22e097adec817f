"""Outlines written and read back: the same voxels, overlapping or not, and never those of another series."""

from datetime import datetime
from pathlib import Path

import numpy as np
import pytest
from pydicom import dcmread
from pydicom.dataset import Dataset

from calcitrial.dicom import Series, read_series
from calcitrial.objects import Segment, read_segmentation, write_segmentation
from calcitrial.protocol import RefusedError
from tests.scans import SMALL, write

AT = datetime(2026, 3, 4, 5, 6, 7)


def ball(series: Series, centre: tuple[int, int, int], radius: float) -> np.ndarray:
    grids = np.ogrid[tuple(slice(n) for n in series.voxels.shape)]
    return np.asarray(sum((g - c) ** 2 for g, c in zip(grids, centre, strict=True)) <= radius**2)


@pytest.fixture
def series(folder: Path) -> Series:
    return read_series(folder)


@pytest.fixture
def segments(series: Series) -> list[Segment]:
    return [
        Segment("L1", "2.25.1", ball(series, (5, 20, 20), 4)),
        Segment("L2", "2.25.2", ball(series, (14, 30, 9), 3)),
    ]


def written(folder: Path, series: Series, segments: list[Segment], out: Path, **more: str) -> Dataset:
    return write_segmentation(folder, series, segments, out, **{"key": "k", **more}, at=AT)


def refused(path: Path, series: Series) -> str:
    with pytest.raises(RefusedError) as caught:
        read_segmentation(path, series)
    return str(caught.value)


def test_outlines_come_back_voxel_by_voxel(folder, series, segments, tmp_path):
    written(folder, series, segments, tmp_path / "seg.dcm")
    back = read_segmentation(tmp_path / "seg.dcm", series)
    assert [(one.id, one.uid) for one in back] == [("L1", "2.25.1"), ("L2", "2.25.2")]
    assert all(np.array_equal(a.mask, b.mask) for a, b in zip(segments, back, strict=True))


def test_outlines_that_overlap_come_back_too(folder, series, segments, tmp_path):
    both = [*segments, Segment("L3", "2.25.3", ball(series, (6, 21, 22), 5))]
    assert (both[0].mask & both[2].mask).any()
    written(folder, series, both, tmp_path / "seg.dcm")
    back = read_segmentation(tmp_path / "seg.dcm", series)
    assert all(np.array_equal(a.mask, b.mask) for a, b in zip(both, back, strict=True))


@pytest.mark.parametrize("columns", [33, 37, 48])
def test_frames_that_begin_inside_a_byte_come_back(tmp_path, columns):
    """33 x 37 pixels are no whole bytes, so every second frame begins in the middle of one."""
    odd = type(SMALL)(
        shape=(6, 33, columns), spacing_mm=(1.5, 1.0, 1.0), limb_radius_mm=14.0, deposits=SMALL.deposits[:1]
    )
    series = read_series(write(odd, tmp_path / "s"))
    mask = np.random.default_rng(3).random(series.voxels.shape) > 0.6
    written(tmp_path / "s", series, [Segment("L1", "2.25.1", mask)], tmp_path / "seg.dcm")
    assert np.array_equal(read_segmentation(tmp_path / "seg.dcm", series)[0].mask, mask)


def test_equal_arguments_give_equal_files_and_other_keys_other_uids(folder, series, segments, tmp_path):
    one = written(folder, series, segments, tmp_path / "a.dcm")
    same = written(folder, series, segments, tmp_path / "b.dcm")
    other = written(folder, series, segments, tmp_path / "c.dcm", key="other")
    assert one.SOPInstanceUID == same.SOPInstanceUID and one.SOPInstanceUID != other.SOPInstanceUID
    drop = ("InstanceCreationDate", "InstanceCreationTime")
    texts = [[str(e) for e in dcmread(tmp_path / f"{n}.dcm") if e.keyword not in drop] for n in "ab"]
    assert texts[0] == texts[1]


def test_segments_say_what_they_are_and_who_drew_them(folder, series, segments, tmp_path):
    written(folder, series, segments, tmp_path / "seg.dcm", drawn="MANUAL", reader="R1")
    found = dcmread(tmp_path / "seg.dcm")
    first = found.SegmentSequence[0]
    assert first.SegmentedPropertyTypeCodeSequence[0].CodeValue == "18115005"
    assert first.SegmentAlgorithmType == "MANUAL" and str(found.ContentCreatorName).startswith("R1")
    assert found.ContentDate == "20260304" and found.PatientID == "P-01"
    assert {i.ReferencedSOPInstanceUID for i in found.ReferencedSeriesSequence[0].ReferencedInstanceSequence} <= {
        dcmread(p).SOPInstanceUID for p in folder.iterdir()
    }


@pytest.mark.parametrize(
    ("spoil", "sentence"),
    [
        (lambda s: [], "Nothing is outlined"),
        (lambda s: [s[0], s[0]], "share an id"),
        (lambda s: [s[0]._replace(mask=s[0].mask & False)], "is empty or not of the series"),
        (lambda s: [s[0]._replace(mask=s[0].mask[1:])], "is empty or not of the series"),
    ],
)
def test_outlines_that_make_no_sense_are_refused_and_nothing_is_written(
    folder, series, segments, tmp_path, spoil, sentence
):
    with pytest.raises(RefusedError, match=sentence):
        written(folder, series, spoil(segments), tmp_path / "seg.dcm")
    assert not (tmp_path / "seg.dcm").exists()


def test_the_folder_must_hold_the_slices(folder, series, segments, tmp_path):
    sorted(folder.iterdir())[3].unlink()
    with pytest.raises(RefusedError, match="holds 19 slices of the series, which has 20"):
        written(folder, series, segments, tmp_path / "seg.dcm")


def test_a_segmentation_of_another_series_is_refused(folder, series, segments, tmp_path):
    written(folder, series, segments, tmp_path / "seg.dcm")
    other = read_series(write(SMALL, tmp_path / "other", key="other"))
    assert "another series" in refused(tmp_path / "seg.dcm", other)


def edited(path: Path, change) -> Path:
    found = dcmread(path)
    change(found)
    found.save_as(path)
    return path


def flip(found: Dataset) -> None:
    found.SharedFunctionalGroupsSequence[0].PlaneOrientationSequence[0].ImageOrientationPatient = [-1, 0, 0, 0, 1, 0]


def shift(found: Dataset) -> None:
    for group in found.PerFrameFunctionalGroupsSequence:
        place = group.PlanePositionSequence[0]
        place.ImagePositionPatient = [v + 0.3 for v in place.ImagePositionPatient]


def stretch(found: Dataset) -> None:
    found.SharedFunctionalGroupsSequence[0].PixelMeasuresSequence[0].PixelSpacing = [2.0, 1.0]


def beyond(found: Dataset) -> None:
    found.PerFrameFunctionalGroupsSequence[0].PlanePositionSequence[0].ImagePositionPatient[2] += 1.5 * 40


def nowhere(found: Dataset) -> None:
    found.PerFrameFunctionalGroupsSequence[0].PlanePositionSequence[0].ImagePositionPatient = [1e308, 1e308, 1e308]


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        (flip, "does not lie on the voxels"),
        (shift, "does not lie on the voxels"),
        (stretch, "does not lie on the voxels"),
        (beyond, "does not lie on the voxels"),
        (nowhere, "does not lie on the voxels"),
        (lambda f: setattr(f, "SegmentationType", "FRACTIONAL"), "not a binary segmentation"),
        (lambda f: setattr(f, "SOPClassUID", "1.2.840.10008.5.1.4.1.1.2"), "no Segmentation object"),
        (lambda f: setattr(f, "NumberOfFrames", 4000000), "cut short"),
        (lambda f: setattr(f, "Rows", 60000), "60000 x 48 pixels"),
        (lambda f: setattr(f, "PixelData", f.PixelData[:-40]), "cut short"),
        (lambda f: setattr(f.SegmentSequence[1], "SegmentNumber", 1), "lists 2 segments"),
        (lambda f: delattr(f, "SegmentSequence"), "damaged or incomplete"),
    ],
)
def test_what_does_not_fit_the_series_is_refused(folder, series, segments, tmp_path, change, sentence):
    written(folder, series, segments, tmp_path / "seg.dcm")
    assert sentence in refused(edited(tmp_path / "seg.dcm", change), series)


def test_a_frame_that_repeats_a_place_is_refused(folder, series, segments, tmp_path):
    written(folder, series, segments, tmp_path / "seg.dcm")

    def repeat(found: Dataset) -> None:
        groups = found.PerFrameFunctionalGroupsSequence
        groups[1].PlanePositionSequence = groups[0].PlanePositionSequence

    assert "repeats a place" in refused(edited(tmp_path / "seg.dcm", repeat), series)


def test_a_segment_without_tracking_is_named_by_its_label(folder, series, segments, tmp_path):
    written(folder, series, segments, tmp_path / "seg.dcm")

    def strip(found: Dataset) -> None:
        del found.SegmentSequence[0].TrackingID, found.SegmentSequence[0].TrackingUID
        found.SegmentSequence[0].SegmentLabel = "calf"

    first = read_segmentation(edited(tmp_path / "seg.dcm", strip), series)[0]
    assert (first.id, first.uid) == ("calf", "")


@pytest.mark.parametrize("content", [b"", b"hello", b"\0" * 200, b"\0" * 128 + b"DICM"])
def test_what_is_no_dicom_file_is_refused(series, tmp_path, content):
    (tmp_path / "seg.dcm").write_bytes(content)
    assert refused(tmp_path / "seg.dcm", series).startswith("segmentation: ")
    assert "no such file" in refused(tmp_path / "none.dcm", series)
