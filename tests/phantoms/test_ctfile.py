"""Simulated scans are real CT files and say that they are simulated."""

import dataclasses
from pathlib import Path

import numpy as np
import pytest
from pydicom import dcmread
from pydicom.uid import CTImageStorage

from calcitrial.dicom import read_series
from calcitrial.phantoms import (
    SHARP,
    Calcification,
    Layer,
    Scanner,
    Scene,
    acquire,
    render,
    sample,
    sphere,
    write_scan,
    write_series,
)
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


SCENE = Scene(
    radius_mm=12.0,
    half_length_mm=9.0,
    calcifications=(Calcification("a", (Layer(sphere((3.0, 2.0, 0.0), 2.0), 400.0),), (3.0, 2.0, 0.0)),),
)
OVERLAPPING = Scanner(SHARP, (1.0, 0.6, 0.6), 2.5, 20.0)


def scanned(tmp_path, change=lambda series: series, **more):
    series = change(acquire(sample(SCENE), OVERLAPPING, np.random.default_rng(1)))
    write_scan(series, tmp_path / "scan", key="k", acquired=ACQUIRED, patient_id="P-01", **more)
    return series, read_series(tmp_path / "scan")


def oblique(series):
    angle = np.radians(25.0)
    about_x = np.array([[1, 0, 0], [0, np.cos(angle), -np.sin(angle)], [0, np.sin(angle), np.cos(angle)]])
    affine = series.affine.copy()
    affine[:3, :] = about_x @ affine[:3, :]
    return dataclasses.replace(series, affine=affine)


@pytest.mark.parametrize("change", [lambda series: series, oblique])
def test_a_scan_comes_back_as_it_was_written(tmp_path, change):
    written, read = scanned(tmp_path, change)
    assert np.array_equal(written.voxels, read.voxels)
    assert read.spacing_mm == pytest.approx(written.spacing_mm, abs=1e-3)
    assert read.affine == pytest.approx(written.affine, abs=1e-3)
    assert (read.facts.kernel, read.facts.kvp, read.facts.slice_thickness_mm) == ("SIM SHARP", 120.0, 2.5)


def test_a_scan_is_marked_and_written_the_same_again(tmp_path):
    scanned(tmp_path / "a")
    scanned(tmp_path / "b")
    for one, same in zip(sorted((tmp_path / "a").rglob("*.dcm")), sorted((tmp_path / "b").rglob("*.dcm")), strict=True):
        assert one.read_bytes() == same.read_bytes()
        assert "SIMULATED" in dcmread(one).ImageComments


def test_a_note_must_say_simulated(tmp_path):
    series, _ = scanned(tmp_path)
    with pytest.raises(ValueError, match="'a real leg' does not say SIMULATED; say it"):
        write_scan(series, tmp_path / "b", key="k", acquired=ACQUIRED, patient_id="P", note="a real leg")
    assert not (tmp_path / "b").exists()
