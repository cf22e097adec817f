"""A stack that is not one regular block is refused with the value and the way out."""

from pathlib import Path

import numpy as np
import pytest
from pydicom.uid import generate_uid

from calcitrial.dicom import read_series
from tests.scans import SMALL, edit, problems, write


def moved(folder: Path, position: object) -> Path:
    def change(i, image):
        image.ImagePositionPatient = position(i, [float(v) for v in image.ImagePositionPatient])

    return edit(folder, change)


def test_missing_slice_is_named_by_its_neighbours(folder):
    sorted(folder.iterdir())[7].unlink()
    assert problems(folder) == (
        "1 slice(s) missing between z = -5.25 mm and z = -2.25 mm; export the whole series again.",
    )


def test_two_holes_are_both_named(folder):
    for name in ("IM0005.dcm", "IM0013.dcm", "IM0014.dcm"):
        (folder / name).unlink()
    first, second = problems(folder)
    assert first.startswith("1 slice(s) missing") and second.startswith("2 slice(s) missing")


def test_uneven_gaps_are_refused_with_their_range(folder):
    moved(folder, lambda i, p: [p[0], p[1], p[2] + (0.6 if i == 9 else 0)])
    assert "from 0.90 to 2.10 mm" in problems(folder)[0]


def test_rounding_of_positions_is_accepted(folder):
    moved(folder, lambda i, p: [p[0], p[1], p[2] + 0.005 * (-1) ** i])
    assert read_series(folder).spacing_mm[0] == pytest.approx(1.5, abs=0.001)


def test_tilt_is_refused_with_its_angle(folder):
    tangent = np.tan(np.radians(12))
    moved(folder, lambda i, p: [p[0], p[1] + p[2] * tangent, p[2]])
    assert "tilted by 12.0 degrees" in problems(folder)[0]


def test_a_slice_shifted_sideways_is_refused(folder):
    moved(folder, lambda i, p: [p[0] + (3 if i == 8 else 0), p[1], p[2]])
    assert "shifted sideways by 3.00 mm" in problems(folder)[0]


def test_all_slices_at_one_place(folder):
    moved(folder, lambda i, p: [p[0], p[1], 5.0])
    assert "All 20 slices lie at z = 5.00 mm" in problems(folder)[0]


def test_repeated_position(folder):
    moved(folder, lambda i, p: [p[0], p[1], p[2] - (1.5 if i == 3 else 0)])
    assert "repeat a position, first at z = -11.25 mm" in problems(folder)[0]


def test_zero_pixel_spacing(folder):
    edit(folder, lambda i, image: setattr(image, "PixelSpacing", [0, 0]))
    assert "PixelSpacing is 0 x 0 mm in 20 slice(s)" in problems(folder)[0]


def test_absent_pixel_spacing(folder):
    edit(folder, lambda i, image: image.__delitem__("PixelSpacing"))
    assert problems(folder)[0].startswith("PixelSpacing is absent")


def test_mixed_pixel_spacing(folder):
    edit(folder, lambda i, image: setattr(image, "PixelSpacing", [1, 1] if i else [2, 2]))
    assert "from 1 to 2 mm" in problems(folder)[0]


def test_mixed_orientation(folder):
    edit(
        folder,
        lambda i, image: setattr(image, "ImageOrientationPatient", [1, 0, 0, 0, -1 if i == 5 else 1, 0]),
    )
    assert "differs between slices by up to 2.000" in problems(folder)[0]


def test_mixed_size_is_refused(folder):
    def crop(i, image):
        if i == 2:
            image.Rows, image.PixelData = 40, image.PixelData[: 40 * 48 * 2]

    edit(folder, crop)
    assert "40x48, 48x48" in problems(folder)[0]


def test_two_series_are_listed_by_uid_and_description(folder, tmp_path):
    write(SMALL, folder / "other", key="second")
    (message, *_) = problems(folder)
    assert message.startswith("The folder holds 2 series: 2.25.") and "SIMULATED CT of a digital limb" in message


def test_a_missing_header_value_is_named(folder):
    edit(folder, lambda i, image: image.__delitem__("ImagePositionPatient") if i < 2 else None)
    assert "ImagePositionPatient (2 of 20)" in problems(folder)[0]


def test_positions_that_are_no_numbers(folder):
    edit(folder, lambda i, image: setattr(image, "ImagePositionPatient", [1, 2]) if i == 0 else None)
    assert "holds no number" in problems(folder)[0]


def test_fewer_than_three_slices(folder):
    for path in sorted(folder.iterdir())[2:]:
        path.unlink()
    assert "2 usable CT slice(s), at least 3" in problems(folder)[0]


def test_every_problem_is_told_at_once(folder):
    edit(folder, lambda i, image: setattr(image, "PixelSpacing", [0, 1]))
    sorted(folder.iterdir())[7].unlink()
    (folder / "notes.dcm").write_text("not an image")
    told = " ".join(problems(folder))
    assert "PixelSpacing is 0 x 1" in told and "missing between" in told and "is not DICOM" in told


def test_messages_hold_no_person_and_no_file_name(folder):
    def name(i, image):
        image.PatientName, image.PatientID = "DOE^JANE", "NHS-4711"
        image.SOPInstanceUID = generate_uid()
        image.PixelSpacing = [0, 0]

    edit(folder, name)
    (folder / "DOE_JANE.dcm").write_text("x")
    sorted(folder.iterdir())[5].unlink()
    told = " ".join(problems(folder))
    assert not any(word in told for word in ("DOE", "JANE", "4711", "IM00"))


def test_the_tilted_head_is_refused(images):
    tilt, uneven = problems(images / "ct_ge_tilt")
    assert "tilted by 18.5 degrees" in tilt
    assert "1.14 to 7.38 mm" in uneven
