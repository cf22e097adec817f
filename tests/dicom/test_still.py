"""One radiograph, still or clip: pixels as they are, facts as written, and a sentence for everything else."""

import random
import tracemalloc

import numpy as np
import pytest
from pydicom import dcmread
from pydicom.encaps import encapsulate
from pydicom.uid import MPEG2MPML, RLELossless

from calcitrial.dicom import read_picture
from calcitrial.dicom.codestream import claimed_size
from calcitrial.protocol import RefusedError
from tests.pictures import CLIP, CR, PERSON, US, echo, film, picture, region, save

# pydicom warns while the damage is written.
pytestmark = pytest.mark.filterwarnings("ignore::UserWarning")


def refused(path, kind) -> str:
    with pytest.raises(RefusedError) as caught:
        read_picture(path, kind).frame()
    assert PERSON not in str(caught.value) and str(path) not in str(caught.value)
    return str(caught.value)


def test_grey_values_are_those_stored(tmp_path):
    pixels = np.random.default_rng(1).integers(0, 4096, (40, 30)).astype(np.uint16)
    found = read_picture(film(tmp_path / "f.dcm", pixels, PhotometricInterpretation="MONOCHROME1"), "film")
    assert np.array_equal(found.frame(), pixels) and found.photometric == "MONOCHROME1"
    assert (found.rows, found.columns, found.frames) == (40, 30, 1)


def test_rgb_and_palette_come_as_colours(tmp_path):
    pixels = np.random.default_rng(1).integers(0, 256, (20, 30, 3)).astype(np.uint8)
    found = read_picture(save(picture(pixels, US), tmp_path / "c.dcm"), "ultrasound")
    assert np.array_equal(found.frame(), pixels)
    grey = np.arange(6, dtype=np.uint8).reshape(2, 3)
    image = picture(grey, US, PhotometricInterpretation="PALETTE COLOR")
    for i, colour in enumerate(("Red", "Green", "Blue")):
        setattr(image, f"{colour}PaletteColorLookupTableDescriptor", [256, 0, 16])
        table = (np.arange(256) * (i + 1) % 256 * 257).astype("<u2")
        setattr(image, f"{colour}PaletteColorLookupTableData", table.tobytes())
    found = read_picture(save(image, tmp_path / "p.dcm"), "ultrasound").frame()
    assert np.array_equal(found, np.stack([grey, grey * 2, grey * 3], axis=-1))


def test_ybr_comes_as_rgb(tmp_path):
    grey = np.full((4, 4, 3), (100, 128, 128), np.uint8)  # Y = 100 without chroma is grey 100
    image = picture(grey, US, PhotometricInterpretation="YBR_FULL")
    assert (read_picture(save(image, tmp_path / "y.dcm"), "ultrasound").frame() == 100).all()


def test_a_still_keeps_its_pixels_through_another_codec(images, tmp_path):
    path = images / "us" / "us_philips_echo_ticks.dcm"
    image = dcmread(path)
    image.decompress()
    plain = read_picture(save(image, tmp_path / "plain.dcm"), "ultrasound").frame()
    image.compress(RLELossless)
    run = read_picture(save(image, tmp_path / "rle.dcm"), "ultrasound").frame()
    assert np.array_equal(plain, run) and np.array_equal(plain, read_picture(path, "ultrasound").frame())


def test_each_frame_of_a_clip_is_its_own(tmp_path):
    found = read_picture(echo(tmp_path / "c.dcm", frames=3), "ultrasound")
    assert found.frames == 3 and [int(found.frame(n)[0, 0]) for n in (1, 2, 3)] == [0, 1, 2]
    with pytest.raises(RefusedError, match="There is no frame 4; it has 3"):
        found.frame(4)
    with pytest.raises(RefusedError, match="There is no frame 0"):
        found.frame(0)


def test_geometry_is_told_as_written(tmp_path):
    path = film(
        tmp_path / "f.dcm",
        PixelSpacing=[0.2, 0.1],
        PixelSpacingCalibrationType="FIDUCIAL",
        ImagerPixelSpacing=[0.3, 0.15],
        DistanceSourceToDetector=1800,
        EstimatedRadiographicMagnificationFactor=1.25,
        PixelAspectRatio=[2, 1],
    )
    found = read_picture(path, "film").spacing
    assert found.pixel == (0.2, 0.1) and found.imager == (0.3, 0.15) and found.calibration == "FIDUCIAL"
    assert found.magnification == 1.25 and found.aspect == 2 and found.source_to_patient is None


def test_regions_are_told_as_written(tmp_path):
    given = region((1, 2, 70, 50), (0.01, -0.02), (3, 4), form=2, flags=1)
    found = read_picture(echo(tmp_path / "u.dcm", given), "ultrasound").regions[0]
    assert (found.format, found.low, found.box, found.units, found.delta) == (
        2,
        True,
        (1, 2, 70, 50),
        (3, 4),
        (0.01, -0.02),
    )


@pytest.mark.parametrize(
    ("values", "sentence"),
    [
        ({"SOPClassUID": "1.2.840.10008.5.1.4.1.1.7"}, "Secondary Capture Image Storage; it is not a CR"),
        ({"SOPClassUID": "1.2.840.10008.5.1.4.1.1.2"}, "it is not a CR"),
        ({"SOPClassUID": PERSON}, "of an unknown class"),
        ({"Rows": 60000, "Columns": 60000}, "claims 1 frames of 60000 x 60000 pixels"),
        ({"Rows": 0}, "claims 1 frames of 0 x"),
        ({"NumberOfFrames": 2000000000}, "claims 2000000000 frames"),
        ({"PixelData": b"12"}, "cut short: 2 of 16000 pixel bytes"),
        ({"BitsAllocated": 32}, "layout that is not read"),
        ({"PhotometricInterpretation": PERSON}, "layout that is not read"),
        ({"SamplesPerPixel": 3}, "layout that is not read"),
    ],
)
def test_what_is_no_readable_film_is_refused(tmp_path, values, sentence):
    assert sentence in refused(film(tmp_path / "f.dcm", **values), "film")


@pytest.mark.parametrize("name", ["PixelData", "Rows", "SOPInstanceUID"])
def test_what_lacks_a_part_is_refused(tmp_path, name):
    image = dcmread(film(tmp_path / "f.dcm"))
    delattr(image, name)
    image.save_as(tmp_path / "f.dcm")
    assert f"It lacks {name}" in refused(tmp_path / "f.dcm", "film")


def test_a_film_is_no_ultrasound_and_video_is_refused(tmp_path):
    assert "not an ultrasound image" in refused(film(tmp_path / "f.dcm"), "ultrasound")
    image = picture(np.zeros((2, 60, 80), np.uint8), CLIP)
    image.file_meta.TransferSyntaxUID = MPEG2MPML
    image.PixelData = encapsulate([b"\0" * 10])
    image["PixelData"].is_undefined_length = True
    assert "stored as video" in refused(save(image, tmp_path / "v.dcm"), "ultrasound")


def test_a_stream_that_claims_more_than_its_header_is_refused_before_decoding(images, tmp_path):
    image = dcmread(images / "xr" / "cr_extremity_nospacing_j2k.dcm")
    at = image.PixelData.index(b"\xff\x4f\xff\x51") + 8
    image.PixelData = image.PixelData[:at] + (60000).to_bytes(4, "big") * 2 + image.PixelData[at + 8 :]
    path = save(image, tmp_path / "f.dcm")
    tracemalloc.start()
    assert "Its pixels claim 60000 x 60000, its header 1760 x 1760" in refused(path, "film")
    assert tracemalloc.get_traced_memory()[1] < 50e6
    tracemalloc.stop()


def test_the_size_in_a_stream_is_read_without_decoding(images):
    for name, size in [
        ("us/us_philips_echo_ticks.dcm", (768, 1024)),
        ("us/us_noregions_j2k.dcm", (480, 640)),
        ("ct_codecs/jpegls.dcm", (512, 512)),
        ("ct_codecs/jpeg_lossless_sv1.dcm", (512, 512)),
        ("ct_codecs/jpeg2000.dcm", (512, 512)),
    ]:
        data = dcmread(images / name).PixelData
        start = data.index(b"\xff\xd8\xff") if b"\xff\xd8\xff" in data[:64] else data.index(b"\xff\x4f\xff\x51")
        assert claimed_size(data[start:]) == size, name
    assert claimed_size(b"RLE or anything else") is None and claimed_size(b"\xff\xd8\xff") is None


def test_a_deflated_file_is_refused(tmp_path):
    image = picture(np.zeros((4, 4), np.uint8), CR)
    image.file_meta.TransferSyntaxUID = "1.2.840.10008.1.2.1.99"
    assert "deflated" in refused(save(image, tmp_path / "d.dcm"), "film")


@pytest.mark.parametrize("case", [5, 9, 251])
def test_damage_that_ends_gdcm_is_a_sentence(images, tmp_path, case):
    """In the same process each of these ended all of Python (gdcm 3.2.6: SIGABRT, SIGABRT, SIGSEGV)."""
    data = bytearray((images / "us" / "us_philips_echo_ticks.dcm").read_bytes())
    dice, start = random.Random(case), data.find(b"\xe0\x7f\x10\x00")
    for _ in range(dice.choice([1, 3, 20])):
        at = dice.randrange(start, min(len(data), start + dice.choice([200, 2000, 10**9])))
        data[at] ^= 1 << dice.randrange(8)
    (tmp_path / "u.dcm").write_bytes(data)
    assert "damaged or incomplete" in refused(tmp_path / "u.dcm", "ultrasound")
