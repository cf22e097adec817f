"""Simulated scans are real CT files and say that they are simulated."""

from pathlib import Path

import numpy as np
import pytest
from pydicom import dcmread
from pydicom.uid import CTImageStorage

from calcitrial.phantoms import render, write_series
from tests.scans import ACQUIRED, SMALL, write

VOXELS = render(SMALL, np.random.default_rng(1))


def test_every_file_is_marked_simulated(folder):
    for path in folder.iterdir():
        image = dcmread(path)
        assert str(image.PatientName).startswith("SIMULATED^")
        assert "SIMULATED" in image.SeriesDescription and "SIMULATED" in image.ImageComments
        assert image.PatientID == "P-01" and image.ImageType[0] == "DERIVED"


def test_identifiers_are_valid_distinct_and_follow_the_key(tmp_path):
    first, again, other = (
        [dcmread(p) for p in sorted(write(SMALL, tmp_path / name, key=key).iterdir())]
        for name, key in (("a", "k1"), ("b", "k1"), ("c", "k2"))
    )
    uids = [image.SOPInstanceUID for image in first]
    assert len(set(uids)) == 20 and all(u.is_valid and u.startswith("2.25.") and len(u) <= 64 for u in uids)
    assert uids == [image.SOPInstanceUID for image in again]
    assert not set(uids) & {image.SOPInstanceUID for image in other}
    assert first[0].SeriesInstanceUID != other[0].SeriesInstanceUID
    assert first[0].StudyInstanceUID == other[0].StudyInstanceUID
    assert {image.SOPClassUID for image in first} == {CTImageStorage}


def test_the_clock_is_the_one_given(folder):
    image = dcmread(sorted(folder.iterdir())[0])
    assert (image.StudyDate, image.AcquisitionTime) == ("20240506", "070809")


def test_paths_come_back_in_slice_order(tmp_path):
    paths = write_series(SMALL, VOXELS, tmp_path / "x", key="k", acquired=ACQUIRED, patient_id="P")
    heights = [float(dcmread(path).ImagePositionPatient[2]) for path in paths]
    assert heights == sorted(heights) and heights[0] == -14.25


def test_a_folder_in_use_is_refused_and_left_alone(tmp_path):
    (tmp_path / "other.txt").write_text("mine")
    with pytest.raises(ValueError, match="not empty; give"):
        write_series(SMALL, VOXELS, tmp_path, key="k", acquired=ACQUIRED, patient_id="P")
    assert [p.name for p in tmp_path.iterdir()] == ["other.txt"]


@pytest.mark.parametrize("voxels", [VOXELS[1:], VOXELS.astype(np.int32)])
def test_voxels_of_another_phantom_are_refused(tmp_path, voxels):
    with pytest.raises(ValueError, match="not int16 \\(20, 48, 48\\); render"):
        write_series(SMALL, voxels, Path(tmp_path / "x"), key="k", acquired=ACQUIRED, patient_id="P")
    assert not (tmp_path / "x").exists()
