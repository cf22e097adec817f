"""Pixels become Hounsfield units in the right place, however the files are called and packed."""

import numpy as np
import pytest
from pydicom import dcmread, dcmwrite
from pydicom.uid import ExplicitVRBigEndian, ImplicitVRLittleEndian

from calcitrial.dicom import read_series
from calcitrial.imaging import measure
from calcitrial.phantoms import render
from tests.scans import SMALL, edit, problems, scan, write

CODECS = ["explicit_le", "rle", "jpeg_lossless_sv1", "jpegls", "jpeg2000"]


def test_written_voxels_come_back(folder):
    series = read_series(folder)
    assert np.array_equal(series.voxels, render(SMALL, np.random.default_rng(1)))
    assert series.voxels.dtype == np.int16
    assert series.spacing_mm == pytest.approx((1.5, 1.0, 1.0))
    assert series.origin == pytest.approx(SMALL.origin())
    assert series.direction == pytest.approx(np.eye(3))
    assert (series.facts.kvp, series.facts.kernel, series.facts.slice_thickness_mm) == (120, "SIMULATED", 1.5)


def test_file_names_change_nothing(folder):
    before = read_series(folder)
    paths = sorted(folder.iterdir())
    for i, path in enumerate(paths):
        path.rename(folder / f"x{(i * 7) % 20}")
    after = read_series(folder)
    assert after.digest == before.digest
    assert measure(after) == measure(before)


def test_digest_sees_one_pixel_and_one_position(folder):
    before = read_series(folder).digest

    def spoil(i, image):
        if i == 10:
            image.PixelData = b"\x01\x00" + image.PixelData[2:]

    edit(folder, spoil)
    changed = read_series(folder).digest
    edit(folder, lambda i, image: setattr(image, "PixelSpacing", [1.1, 1.1]))
    assert len({before, changed, read_series(folder).digest}) == 3


def test_rescale_and_padding(folder):
    plain = read_series(folder).voxels

    def shift(i, image):
        stored = np.frombuffer(image.PixelData, "<i2").astype(int) + 1024
        stored[0] = 5000
        image.PixelData = (stored * 2).astype("<u2").tobytes()
        image.PixelRepresentation, image.RescaleSlope, image.RescaleIntercept = 0, 0.5, -1024
        image.add_new("PixelPaddingValue", "US", 10000)

    edit(folder, shift)
    voxels = read_series(folder).voxels
    assert (voxels[:, 0, 0] == -1024).all()
    assert np.array_equal(voxels.ravel()[1:48], plain.ravel()[1:48])


def test_padding_range_of_signed_pixels_written_as_unsigned(folder):
    def pad(i, image):
        image.PixelData = np.full(48 * 48, -2000, "<i2").tobytes()
        image.add_new("PixelPaddingValue", "US", 65536 - 2048)
        image.add_new("PixelPaddingRangeLimit", "US", 65536 - 1900)

    edit(folder, pad)
    assert (read_series(folder).voxels == -1024).all()


@pytest.mark.parametrize("bits", [12, 13])
def test_signed_pixels_narrower_than_their_cell(folder, bits):
    before = read_series(folder).voxels

    def narrow(i, image):
        image.BitsStored, image.HighBit = bits, bits - 1
        image.PixelData = (np.frombuffer(image.PixelData, "<i2") & ((1 << bits) - 1)).astype("<i2").tobytes()

    edit(folder, narrow)
    assert np.array_equal(read_series(folder).voxels, before)


@pytest.mark.parametrize("syntax", [ImplicitVRLittleEndian, ExplicitVRBigEndian])
def test_uncompressed_syntaxes_agree(folder, syntax):
    before = read_series(folder).digest
    little = syntax == ImplicitVRLittleEndian
    for path in folder.iterdir():
        image = dcmread(path)
        image.file_meta.TransferSyntaxUID = syntax
        if not little:
            image.PixelData = np.frombuffer(image.PixelData, "<i2").astype(">i2").tobytes()
        dcmwrite(path, image, little_endian=little, implicit_vr=little, force_encoding=True)
    assert read_series(folder).digest == before


@pytest.mark.parametrize(
    ("name", "value", "words"),
    [
        ("RescaleType", "OD", "RescaleType is OD, not HU"),
        ("BitsAllocated", 8, "Pixels are 8 bit"),
        ("PhotometricInterpretation", "MONOCHROME1", "MONOCHROME1"),
        ("RescaleSlope", None, "RescaleSlope (20 of 20)"),
    ],
)
def test_pixels_that_are_no_hounsfield_units(folder, name, value, words):
    edit(folder, lambda i, image: setattr(image, name, value))
    assert words in problems(folder)[0]


def test_oblique_but_upright_stack_puts_the_lesion_where_it_is(folder):
    before = measure(read_series(folder))[0].centroid_mm
    a, b = np.radians(25), np.radians(-15)
    turn = np.array([[np.cos(a), -np.sin(a), 0], [np.sin(a), np.cos(a), 0], [0, 0, 1]]) @ np.array(
        [[1, 0, 0], [0, np.cos(b), -np.sin(b)], [0, np.sin(b), np.cos(b)]]
    )

    def rotate(i, image):
        image.ImagePositionPatient = [round(v, 6) for v in turn @ np.array(image.ImagePositionPatient, float)]
        image.ImageOrientationPatient = [round(v, 8) for v in (*turn[:, 0], *turn[:, 1])]

    after = read_series(edit(folder, rotate))
    assert after.spacing_mm == pytest.approx((1.5, 1, 1), abs=1e-4)
    assert measure(after)[0].centroid_mm == pytest.approx(turn @ before, abs=0.01)


def test_head_first_stacking_is_sorted_along_its_own_normal(folder):
    before = measure(read_series(folder))[0]

    def flip(i, image):
        # The same anatomy stored with columns running the other way: the normal points to the feet.
        rows = np.frombuffer(image.PixelData, "<i2").reshape(48, 48)[::-1]
        x, y, z = (float(v) for v in image.ImagePositionPatient)
        image.PixelData, image.ImagePositionPatient = rows.tobytes(), [x, y + 47, z]
        image.ImageOrientationPatient = [1, 0, 0, 0, -1, 0]

    after = measure(read_series(edit(folder, flip)))[0]
    assert after.centroid_mm == pytest.approx(before.centroid_mm, abs=1e-6)
    # A fit walks another way through mirrored voxels, and stops within its tolerance.
    assert after.mass_mg == pytest.approx(before.mass_mg, rel=1e-4)
    assert np.allclose(after.bbox_mm, before.bbox_mm)


def test_voxel_and_patient_coordinates_are_inverse(tmp_path):
    series = scan(SMALL, tmp_path / "s")
    point = np.array([3.0, -4.5, 2.25])
    assert series.to_patient(series.to_voxel(point)) == pytest.approx(point)


def test_same_key_writes_the_same_bytes(tmp_path):
    folders = write(SMALL, tmp_path / "a"), write(SMALL, tmp_path / "b")
    first, second = ([path.read_bytes() for path in sorted(folder.iterdir())] for folder in folders)
    assert first == second


def test_five_codecs_hold_the_same_slice(images, tmp_path):
    digests = {}
    for codec in CODECS:
        (tmp_path / codec).mkdir()
        for i in range(3):
            image = dcmread(images / "ct_codecs" / f"{codec}.dcm")
            image.ImagePositionPatient[2] = float(i)
            image.SOPInstanceUID = f"2.25.{i}"
            image.save_as(tmp_path / codec / f"{i}.dcm")
        digests[codec] = read_series(tmp_path / codec).digest
    assert len(digests) == 5 and set(digests.values()) == {digests["explicit_le"]}
    plain = dcmread(images / "ct_codecs" / "explicit_le.dcm")
    stored = np.frombuffer(plain.PixelData, "<u2").reshape(512, 512).astype(int)
    assert np.array_equal(read_series(tmp_path / "explicit_le").voxels[1], stored - 1024)


def test_a_jpeg_ls_series_reads_whole(images):
    series = read_series(images / "ct_phantom_UB")
    assert series.voxels.shape == (70, 512, 512)
    assert series.voxels.min() == -1024 and series.facts.transfer_syntax == "1.2.840.10008.1.2.4.80"
