"""Outside the regions everything is black, in every frame and colour; inside, nothing changed."""

from pathlib import Path

import numpy as np
import pydicom
import pytest
from pydicom.dataset import Dataset
from pydicom.pixels.utils import pixel_array

from calcitrial.dicom import SeriesError
from calcitrial.intake import Deidentification, deidentify
from calcitrial.intake.blackout import blacken, may_show_text, regions
from tests.intake.people import RULES, reread, sonogram

pytestmark = pytest.mark.filterwarnings("ignore")
INSIDE = np.s_[..., 6:24, 8:32]
KEEP = ((8, 6, 31, 23),)


def gray(dataset: Dataset) -> np.ndarray:
    found = pixel_array(dataset, raw=True)
    return found.max(axis=-1) if found.shape[-1] == 3 else found


@pytest.mark.parametrize("colour", [True, False])
@pytest.mark.parametrize("frames", [1, 5])
def test_only_the_region_remains_in_every_frame(frames: int, colour: bool) -> None:
    before, after = sonogram(frames, colour), sonogram(frames, colour)
    blacken(after)
    assert (gray(after)[INSIDE] == gray(before)[INSIDE]).all()
    assert gray(after).astype(bool).sum() == frames * 18 * 24
    assert after.BurnedInAnnotation == "NO" and after.ImageType[0] == "DERIVED"


def test_several_overlapping_regions_remain_together() -> None:
    after = sonogram(regions=((0, 0, 9, 9), (5, 5, 14, 14)))
    blacken(after)
    assert gray(after).astype(bool).sum() == 100 + 100 - 25


def test_a_region_that_reaches_outside_is_clipped() -> None:
    after = sonogram(regions=((-3, 20, 60, 90),))
    blacken(after)
    assert gray(after).astype(bool).sum() == 10 * 40


@pytest.mark.parametrize("kind", [(), ((0, 0, 39, 29),), ((-5, -5, 99, 99),), ((50, 50, 60, 60),), ((9, 9, 2, 2),)])
def test_no_region_or_the_whole_picture_says_nothing(kind: tuple[tuple[int, int, int, int], ...]) -> None:
    with pytest.raises(SeriesError, match="nothing says which part is image"):
        blacken(sonogram(regions=kind))
    after = sonogram(regions=kind)
    blacken(after, KEEP)
    assert gray(after).astype(bool).sum() == 18 * 24


def test_a_region_lacking_an_edge_is_none() -> None:
    dataset = sonogram()
    del dataset.SequenceOfUltrasoundRegions[0].RegionLocationMaxX1
    assert regions(dataset) == []


@pytest.mark.parametrize(
    ("keep", "count"),
    [(((0, 0, 39, 29),), 18 * 24), (((0, 0, 39, 9),), 4 * 24), (((0, 0, 9, 39), (30, 0, 39, 39)), 18 * 4)],
)
def test_rectangles_narrow_regions_and_never_widen_them(
    keep: tuple[tuple[int, int, int, int], ...], count: int
) -> None:
    after = sonogram()
    blacken(after, keep)
    assert gray(after).astype(bool).sum() == count


def test_rectangles_beside_the_regions_leave_nothing() -> None:
    with pytest.raises(SeriesError, match="nothing says"):
        blacken(sonogram(), ((0, 0, 5, 5),))


@pytest.mark.parametrize(
    ("tag", "value"),
    [
        ("SOPClassUID", "1.2.840.10008.5.1.4.1.1.7"),
        ("SOPClassUID", "1.2.840.10008.5.1.4.1.1.7.4"),
        ("BurnedInAnnotation", "YES"),
        ("ImageType", ["DERIVED", "SECONDARY", "SCREEN SAVE"]),
    ],
)
def test_captures_and_declared_text_need_rectangles(tag: str, value: object) -> None:
    image = sonogram()
    image.SOPClassUID, image.Modality = "1.2.840.10008.5.1.4.1.1.2", "CT"
    assert not may_show_text(image)
    setattr(image, tag, value)
    del image.SequenceOfUltrasoundRegions
    with pytest.raises(SeriesError, match="--keep"):
        blacken(image)
    blacken(image, KEEP)
    assert gray(image).astype(bool).sum() == 18 * 24


@pytest.mark.parametrize(("kind", "black"), [("MONOCHROME1", 255), ("MONOCHROME2", 0)])
def test_black_is_what_shows_as_black(kind: str, black: int) -> None:
    image = sonogram(colour=False)
    image.PhotometricInterpretation = kind
    blacken(image)
    assert (pixel_array(image, raw=True)[0] == black).all()


def test_black_of_a_palette_is_its_darkest_colour() -> None:
    image = sonogram(colour=False)
    image.PhotometricInterpretation = "PALETTE COLOR"
    table = np.full(256, 65535, "<u2")
    table[77] = 0
    for name in ("Red", "Green", "Blue"):
        setattr(image, f"{name}PaletteColorLookupTableDescriptor", [256, 0, 16])
        setattr(image, f"{name}PaletteColorLookupTableData", table.tobytes())
    blacken(image)
    assert (pixel_array(image, raw=True)[:6] == 77).all()


@pytest.mark.parametrize("kind", ["YBR_FULL", "YBR_FULL_422"])
def test_other_colours_become_rgb(kind: str) -> None:
    image = sonogram()
    image.PhotometricInterpretation = kind
    if kind == "YBR_FULL_422":
        image.PixelData = image.PixelData[: 30 * 40 * 2]
    inside = pixel_array(image)[INSIDE[1:]]
    blacken(image)
    assert image.PhotometricInterpretation == "RGB" and (pixel_array(image)[INSIDE[1:]] == inside).all()
    assert (pixel_array(image)[:6] == 0).all()


def test_planes_of_colours_are_understood() -> None:
    image = sonogram()
    pixels = pixel_array(image)
    image.PlanarConfiguration, image.PixelData = 1, np.ascontiguousarray(pixels.transpose(2, 0, 1)).tobytes()
    blacken(image)
    assert (pixel_array(image)[INSIDE[1:]] == pixels[INSIDE[1:]]).all()


def test_an_overlay_in_the_bits_of_pixels_is_refused() -> None:
    image = sonogram()
    image.add_new(0x60000100, "US", 16)
    with pytest.raises(SeriesError, match="unused bits"):
        blacken(image)


def test_pixels_that_cannot_be_decoded_are_refused() -> None:
    image = sonogram()
    image.PixelData = image.PixelData[:100]
    with pytest.raises(SeriesError, match="cannot be decoded"):
        blacken(image)


def test_the_whole_way_through_a_file() -> None:
    after = reread(deidentify(sonogram(3), RULES))
    assert gray(after).astype(bool).sum() == 3 * 18 * 24 and after.NumberOfFrames == 3
    assert len(after.SequenceOfUltrasoundRegions) == 1


def test_real_ultrasound_keeps_its_regions_and_loses_the_rest(images: Path) -> None:
    for name, box in (("echo_ticks", np.s_[38:759, 14:1011]), ("ob_2regions", np.s_[60:519, 120:800])):
        before = pydicom.dcmread(images / "us" / f"us_philips_{name}.dcm")
        pixels = pixel_array(before, raw=True)
        after = pixel_array(reread(deidentify(before, RULES)), raw=True)
        assert (after[box] == pixels[box]).all()
        assert len(np.unique(after[:30])) == 1 and len(np.unique(pixels)) > 2


def test_real_ultrasound_without_regions_is_refused_until_rectangles_are_given(images: Path) -> None:
    path = images / "us" / "us_noregions_j2k.dcm"
    with pytest.raises(SeriesError, match="nothing says which part"):
        deidentify(pydicom.dcmread(path), RULES)
    given = Deidentification(RULES.secret, "PIT-001", ((0, 60, 639, 479),))
    after = pixel_array(reread(deidentify(pydicom.dcmread(path), given)))
    assert (after[:60] == 0).all() and (after[60:] == pixel_array(pydicom.dcmread(path))[60:]).all()
