"""Every syntax gives the Hounsfield units that pydicom's own decoders give, on one thread and on several."""

import numpy as np
import pytest
from jpeg_ls import encode_array
from pydicom import dcmread
from pydicom.encaps import encapsulate
from pydicom.pixels.utils import pixel_array
from pydicom.uid import JPEGLSLossless, RLELossless

from calcitrial.dicom import charls, decode, read_series
from calcitrial.dicom.series import check_stack, open_images
from tests.scans import edit, problems

CODECS = ["explicit_le", "rle", "jpeg_lossless_sv1", "jpegls", "jpeg2000"]
HU = np.random.default_rng(5).integers(-1024, 1000, (20, 48, 48))


@pytest.fixture(params=["1", "3"], autouse=True)
def threads(request, monkeypatch):
    monkeypatch.setenv("CALCITRIAL_THREADS", request.param)


def stored(folder, bits, signed, pack, syntax):
    """Write the same Hounsfield units in cells of fewer bits, signed or not, in another syntax."""

    def change(i, image):
        cells = HU[i] if signed else HU[i] + 1024
        image.BitsStored, image.HighBit, image.PixelRepresentation = bits, bits - 1, int(signed)
        image.RescaleIntercept = 0 if signed else -1024
        image.PixelData = pack(cells, bits)
        image["PixelData"].VR = "OW"
        if syntax:
            image.file_meta.TransferSyntaxUID = syntax
            image.PixelData = encapsulate([image.PixelData])
            image["PixelData"].is_undefined_length = True

    edit(folder, change)


def jpeg_ls(cells, bits):
    return bytes(encode_array((cells & ((1 << bits) - 1)).astype(np.uint16)))


def rle(cells, bits):
    """One literal and one replicate packet at a time, with the sign written into the unused bits."""
    cells = cells.astype("<i2").view("<u2").ravel()
    segments = []
    for half in (cells >> 8, cells & 255):
        packed = bytearray()
        for value in half.astype(np.uint8).reshape(-1, 3):
            packed += bytes([255, value[0], value[1]][:2]) if value[0] == value[1] else bytes([1, *value[:2]])
            packed += bytes([128, 0, value[2]])
        segments.append(bytes(packed) + b"\0" * (len(packed) % 2))
    starts = [64, 64 + len(segments[0])]
    return np.array([2, *starts, *[0] * 13], "<u4").tobytes() + b"".join(segments)


def plain(cells, bits):
    return (cells & ((1 << bits) - 1)).astype("<u2").tobytes()


@pytest.mark.parametrize("signed", [True, False])
@pytest.mark.parametrize("bits", [11, 12, 13, 16])
@pytest.mark.parametrize(("pack", "syntax"), [(plain, None), (jpeg_ls, JPEGLSLossless), (rle, RLELossless)])
def test_cells_of_every_width_and_sign(folder, bits, signed, pack, syntax):
    stored(folder, bits, signed, pack, syntax)
    if bits < 12 and not signed:
        pytest.skip("2024 steps fit 11 bits; nothing more to see than with 12") if HU.max() + 1024 > 2047 else None
    assert np.array_equal(read_series(folder).voxels, HU)


@pytest.mark.parametrize("codec", CODECS)
def test_one_slice_in_every_syntax_as_pydicom_decodes_it(images, tmp_path, codec):
    image = dcmread(images / "ct_codecs" / f"{codec}.dcm")
    for i in range(4):
        image.ImagePositionPatient[2] = float(i)
        image.SOPInstanceUID = f"2.25.{i}"
        image.save_as(tmp_path / f"{i}.dcm")
    peer = pixel_array(image).astype(int) + int(image.RescaleIntercept)
    assert all(np.array_equal(plane, peer) for plane in read_series(tmp_path).voxels)


def test_a_build_without_the_interface_of_charls_gives_the_same(folder, monkeypatch):
    stored(folder, 12, True, jpeg_ls, JPEGLSLossless)
    quick = read_series(folder)
    monkeypatch.setattr(charls, "CHARLS", None)
    assert read_series(folder).digest == quick.digest


def test_charls_is_what_decodes_here():
    """Were it not found, all would still be right, and slow."""
    if charls.CHARLS is None:
        pytest.skip("SKIPPED FOR WANT OF THE C INTERFACE OF CHARLS in this build of pyjpegls")
    cells = np.arange(64 * 32, dtype=np.uint16).reshape(64, 32)
    out = np.zeros_like(cells)
    assert charls.decode_into(bytes(encode_array(cells)), out) == 11 and np.array_equal(out, cells)
    bytes_only = (cells % 256).astype(np.uint8)
    assert charls.decode_into(bytes(encode_array(bytes_only)), out) == 8 and np.array_equal(out, bytes_only)


@pytest.mark.parametrize("shape", [(32, 32), (32, 64), (128, 32), (16, 128), (65, 64)])
@pytest.mark.parametrize("locked", [True, False])
def test_a_picture_of_another_size_is_never_taken(shape, locked, monkeypatch):
    """Gdcm takes the first four, scrambled, and ends the process at the fifth."""
    if locked:
        monkeypatch.setattr(charls, "CHARLS", None)
    stream = bytes(encode_array(np.arange(64 * 32, dtype=np.uint16).reshape(64, 32)))
    with pytest.raises(ValueError, match="another size"):
        charls.decode_into(stream, np.zeros(shape, np.uint16))


@pytest.mark.parametrize("share", [0, 0.1, 0.5, 0.9])
def test_a_stream_that_is_none_is_an_error(share):
    stream = bytes(encode_array(np.random.default_rng(0).integers(0, 4000, (64, 32), dtype=np.uint16)))
    with pytest.raises(RuntimeError):
        charls.decode_into(stream[: int(share * len(stream))], np.zeros((64, 32), np.uint16))


@pytest.mark.parametrize("pack", [jpeg_ls, rle])
def test_a_stream_cut_short_is_refused_with_the_first_such_slice(folder, pack):
    syntax = JPEGLSLossless if pack is jpeg_ls else RLELossless
    stored(folder, 12, True, lambda cells, bits: pack(cells, bits), syntax)

    def cut(i, image):
        if i in (7, 11):
            frame = next(iter(decode.get_frame(image.PixelData, 0, number_of_frames=1) for _ in "x"))
            image.PixelData = encapsulate([frame[: len(frame) // 2]])
            image["PixelData"].is_undefined_length = True

    edit(folder, cut)
    (told,) = problems(folder)
    assert told.startswith("Slice 8 (") and "cannot be decoded" in told


@pytest.mark.parametrize("pack", [jpeg_ls, rle])
def test_a_stream_of_another_size_is_refused(folder, pack):
    syntax = JPEGLSLossless if pack is jpeg_ls else RLELossless
    stored(folder, 12, True, lambda cells, bits: pack(cells[:42], bits), syntax)
    (told,) = problems(folder)
    assert told.startswith("Slice 1 (")


def test_rescale_with_fractions_is_rounded_and_kept_in_range(folder):
    def change(i, image):
        image.PixelData = np.array([-32768, 32767, 3, 5] * 576, "<i2").tobytes()
        image.RescaleSlope, image.RescaleIntercept = 1.5, -1024

    edit(folder, change)
    # 3.48 and 6.5 above the intercept; half to even, as numpy rounds.
    assert read_series(folder).voxels[0, 0, :4].tolist() == [-32768, 32767, -1020, -1016]


def test_slices_lie_in_one_block_without_a_second_copy(folder):
    images, _ = open_images(folder)
    stack, _ = check_stack(images)
    voxels = decode.decode([images[i] for i in stack.order])
    assert voxels.flags.c_contiguous and voxels.base is None and voxels.dtype == np.int16
