"""What may lie beside a series, what is refused, and that a cut file never becomes half an image."""

from pathlib import Path

import pytest
from pydicom import dcmread
from pydicom.uid import UID

from calcitrial.dicom import read_series
from tests.scans import edit, problems


def change_first(folder: Path, **values: object) -> Path:
    def change(i, image):
        for name, value in values.items() if i == 0 else ():
            setattr(image, name, value)

    return edit(folder, change)


def test_other_files_are_passed_over(folder):
    before = read_series(folder).digest
    (folder / "LICENSE").write_text("words")
    (folder / "mask.nii.gz").write_bytes(b"\x1f\x8b123")
    plan = dcmread(next(folder.glob("*.dcm")))
    plan.Modality = "RTSTRUCT"
    plan.save_as(folder / "RTSTRUCT.dcm")
    assert read_series(folder).digest == before


def test_text_called_dcm_is_an_error(folder):
    (folder / "zz.dcm").write_text("hello")
    assert problems(folder) == (
        "File 21 of 21 in name order ends in .dcm but is not DICOM; remove it or export it again.",
    )


@pytest.mark.parametrize("share", [0.001, 0.01, 0.05, 0.1, 0.2, 0.5, 0.9, 0.999])
def test_a_cut_file_is_refused_wherever_it_was_cut(folder, share):
    path = sorted(folder.iterdir())[6]
    content = path.read_bytes()
    path.write_bytes(content[: int(len(content) * share)])
    assert problems(folder)


def test_pixels_cut_short_are_counted(folder):
    path = sorted(folder.iterdir())[6]
    path.write_bytes(path.read_bytes()[:-100])
    assert problems(folder) == (
        "The slice at z = -5.25 mm is cut short: 4508 of 4608 pixel bytes; export the series again.",
    )


def test_a_cut_jpeg_ls_slice_is_refused(images, tmp_path):
    paths = sorted((images / "ct_phantom_UB").iterdir())[:5]
    for path in paths:
        (tmp_path / path.name).write_bytes(path.read_bytes())
    cut = tmp_path / paths[4].name
    cut.write_bytes(cut.read_bytes()[:-3000])
    assert "cut short" in problems(tmp_path)[0]


def test_a_jpeg_ls_stream_of_rubbish_is_refused(images, tmp_path):
    for path in sorted((images / "ct_phantom_UB").iterdir())[:4]:
        image = dcmread(path)
        image.PixelData = image.PixelData[:2000] + b"\x00" * 400 + image.PixelData[2400:]
        image.save_as(tmp_path / path.name)
    assert any("cannot be decoded" in p or "cut short" in p for p in problems(tmp_path))


def test_empty_and_missing_folders(tmp_path):
    assert "no CT image among its 0 files" in problems(tmp_path)[0]
    assert "does not exist" in problems(tmp_path / "nowhere")[0]


@pytest.mark.parametrize("modality", ["US", "CR", "MR", "PT"])
def test_other_modalities_are_refused_by_name(folder, modality):
    edit(folder, lambda i, image: setattr(image, "Modality", modality))
    assert problems(folder)[0].startswith(f"20 image(s) have Modality {modality}, not CT")


def test_shared_ultrasound_and_radiographs_are_refused(images):
    assert "3 image(s) have Modality US" in problems(images / "us")[0]
    assert "2 image(s) have Modality CR" in problems(images / "xr")[0]


def test_enhanced_multi_frame_is_refused(folder):
    change_first(folder, SOPClassUID=UID("1.2.840.10008.5.1.4.1.1.2.1"), NumberOfFrames=40)
    assert "enhanced multi-frame CT (40 frames)" in problems(folder)[0]


def test_secondary_capture_is_refused(folder):
    change_first(folder, SOPClassUID=UID("1.2.840.10008.5.1.4.1.1.7"))
    assert "Secondary Capture Image Storage" in problems(folder)[0]


def test_localizer_is_refused(folder):
    change_first(folder, ImageType=["ORIGINAL", "PRIMARY", "LOCALIZER"])
    assert "localizers" in problems(folder)[0]


def test_dicom_without_modality_is_refused(folder):
    edit(folder, lambda i, image: image.__delitem__("Modality") if i == 3 else None)
    assert "File 4 of 20 in name order is DICOM without Modality" in problems(folder)[0]
