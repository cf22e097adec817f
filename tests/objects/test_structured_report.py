"""Numbers written and read back: the very same doubles, with units, uncertainties, calipers and flags."""

from datetime import datetime
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydicom import dcmread
from pydicom.dataset import Dataset

from calcitrial.dicom import read_series, source_images
from calcitrial.objects import Finding, Quantity, Segment, read_measurements, write_measurements, write_segmentation
from calcitrial.objects.codes import KINDS
from calcitrial.protocol import RefusedError
from tests.pictures import CLIP, US, picture

AT = datetime(2026, 3, 4, 5, 6, 7)
IMAGE = picture(np.zeros((60, 80), np.uint8), US)
ALL = tuple(Quantity(name, 10 / 3 + i, KINDS[name].unit.value) for i, name in enumerate(KINDS))


def written(findings: list[Finding], out: Path, image: Dataset = IMAGE, **more: object) -> Dataset:
    images = {one.id: [image] for one in findings}
    return write_measurements(findings, images, out, **{"key": "k", "at": AT, "modality": "US", **more})  # type: ignore


def test_every_kind_of_number_comes_back_as_the_same_double(tmp_path):
    findings = [Finding("L1", "2.25.1", ALL, ("merged", "needs_reader")), Finding("gone", "2.25.2", (), ("not_found",))]
    written(findings, tmp_path / "sr.dcm")
    assert read_measurements(tmp_path / "sr.dcm") == findings


@given(
    value=st.floats(1e-9, 1e9),
    error=st.one_of(st.none(), st.floats(1e-9, 1e6)),
)
def test_any_mass_comes_back(tmp_path_factory, value, error):
    path = tmp_path_factory.mktemp("sr") / "sr.dcm"
    findings = [Finding("L1", "2.25.1", (Quantity("mass", value, "mg", error),))]
    written(findings, path)
    assert read_measurements(path) == findings


def test_calipers_come_back_with_their_frame(tmp_path):
    clip = picture(np.zeros((5, 60, 80), np.uint8), CLIP)
    lengths = tuple(Quantity(n, 7.25, "mm", 0.3, ((10.5, 20.25), (30.0, 40.0)), 3) for n in ("length", "width"))
    findings = [Finding("L1", "2.25.1", (*lengths, Quantity("volume_ellipsoid", 3.5, "mm3", 0.4)))]
    written(findings, tmp_path / "sr.dcm", clip)
    assert read_measurements(tmp_path / "sr.dcm") == findings


def test_findings_point_to_their_segment_and_slices(folder, tmp_path):
    series = read_series(folder)
    mask = np.zeros(series.voxels.shape, bool)
    mask[4:6, 20:24, 20:24] = True
    seg = write_segmentation(folder, series, [Segment("L1", "2.25.1", mask)], tmp_path / "seg.dcm", key="k", at=AT)
    images = source_images(folder, series)
    findings = [Finding("L1", "2.25.1", (Quantity("mass", 1.5, "mg"),), (), 1)]
    made = write_measurements(
        findings, {"L1": images[4:6]}, tmp_path / "sr.dcm", key="k", at=AT, modality="CT", segmentation=seg
    )
    assert read_measurements(tmp_path / "sr.dcm") == findings
    told = str(dcmread(tmp_path / "sr.dcm"))
    assert str(seg.SOPInstanceUID) in told and str(images[4].SOPInstanceUID) in told
    assert str(images[7].SOPInstanceUID) not in told and made.StudyInstanceUID == images[0].StudyInstanceUID


def test_the_observer_is_the_device_or_the_code_of_a_reader(tmp_path):
    findings = [Finding("L1", "2.25.1", ALL[:1])]
    written(findings, tmp_path / "a.dcm")
    written(findings, tmp_path / "b.dcm", reader="R7")
    assert "R7" not in str(dcmread(tmp_path / "a.dcm")) and "Device Observer" in str(dcmread(tmp_path / "a.dcm"))
    assert "R7" in str(dcmread(tmp_path / "b.dcm"))


def test_equal_arguments_give_equal_uids(tmp_path):
    findings = [Finding("L1", "2.25.1", ALL)]
    one, same = (written(findings, tmp_path / f"{n}.dcm") for n in "ab")
    other = written(findings, tmp_path / "c.dcm", key="other")
    assert one.SOPInstanceUID == same.SOPInstanceUID != other.SOPInstanceUID
    assert one.SeriesInstanceUID == same.SeriesInstanceUID and one.ContentTime == same.ContentTime


@pytest.mark.parametrize(
    ("finding", "sentence"),
    [
        (Finding("L1", "2.25.1", (Quantity("weight", 1.0),)), "quantity 'weight' is unknown"),
        (Finding("L1", "2.25.1", (Quantity("mass", 1.0, "g"),)), "mass is given in g. Give it in mg"),
        (Finding("L1", "2.25.1", (Quantity("mass", float("nan")),)), "mass is nan"),
        (Finding("L1", "2.25.1", (Quantity("mass", 1.0, "mg", float("inf")),)), "± inf"),
        (Finding("L1", "2.25.1", (), ("a_word_that_is_far_too_long",)), "is no code"),
        (Finding("L1", "2.25.1", (), (), 3), "names segment 3 of nothing"),
    ],
)
def test_what_cannot_be_written_is_refused(tmp_path, finding, sentence):
    with pytest.raises(RefusedError) as caught:
        written([finding], tmp_path / "sr.dcm")
    assert sentence in str(caught.value) and not (tmp_path / "sr.dcm").exists()


def test_nothing_and_no_image_are_refused(tmp_path):
    with pytest.raises(RefusedError, match="Nothing was measured"):
        written([], tmp_path / "sr.dcm")
    with pytest.raises(RefusedError, match="refers to no image"):
        write_measurements([Finding("L1", "2.25.1", ())], {}, tmp_path / "sr.dcm", key="k", at=AT, modality="US")


def change_number(path: Path, **values: object) -> None:
    found = dcmread(path)

    def walk(item: Dataset) -> None:
        for child in item.get("ContentSequence", []):
            if child.get("ValueType") == "NUM" and "MeasuredValueSequence" in child:
                for name, value in values.items():
                    setattr(child.MeasuredValueSequence[0], name, value)
            walk(child)

    walk(found)
    found.save_as(path)


def test_a_number_that_differs_from_its_text_is_refused(tmp_path):
    written([Finding("L1", "2.25.1", ALL[:1])], tmp_path / "sr.dcm")
    change_number(tmp_path / "sr.dcm", FloatingPointValue=99.0)
    with pytest.raises(RefusedError, match="disagree"):
        read_measurements(tmp_path / "sr.dcm")


def test_a_known_number_in_another_unit_is_refused(tmp_path):
    written([Finding("L1", "2.25.1", ALL[:1])], tmp_path / "sr.dcm")
    unit = Dataset()
    unit.CodeValue, unit.CodingSchemeDesignator, unit.CodeMeaning = "cm3", "UCUM", "cm3"
    change_number(tmp_path / "sr.dcm", MeasurementUnitsCodeSequence=[unit])
    with pytest.raises(RefusedError, match="another unit"):
        read_measurements(tmp_path / "sr.dcm")


def test_an_image_is_no_report(folder):
    with pytest.raises(RefusedError, match="no measurement report"):
        read_measurements(next(folder.iterdir()))
