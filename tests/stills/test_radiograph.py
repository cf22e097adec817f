"""Areas on a radiograph: of known shapes, with their uncertainty, dense side up in both photometric senses."""

import json

import numpy as np
import pytest

from calcitrial.dicom import read_picture
from calcitrial.protocol import RefusedError
from calcitrial.stills import Scale, film_json, film_text, measure_film, outlines
from tests.pictures import PERSON, film

SCALE = Scale(0.2, 0.1, 0.02, "known length")
BOX = [[10, 10], [30, 10], [30, 50], [10, 50]]


@pytest.fixture
def plain(tmp_path):
    return read_picture(film(tmp_path / "f.dcm"), "film")


def drawn(points=BOX, name="L1", **more):
    return outlines([{"id": name, "points_px": points, **more}])


def test_area_is_in_mm2_of_pixels_that_need_not_be_square(plain):
    found = measure_film(plain, drawn(), SCALE)[0]
    assert found.area_mm2 == pytest.approx(20 * 40 * 0.02) and found.flags == ()
    # Twice the scale's 2 %, and four vertices of 1 px: sqrt(4 * (20^2 + 40^2)) / 2 px2.
    placing = np.sqrt(4 * (20**2 + 40**2)) / 2 * 0.02
    assert found.area_se_mm2 == pytest.approx(np.hypot(0.04 * 16, placing))


@pytest.mark.parametrize(("sense", "dense"), [("MONOCHROME2", 900), ("MONOCHROME1", 100)])
def test_above_a_threshold_only_the_dense_pixels_count(tmp_path, sense, dense):
    pixels = np.full((100, 80), 500, np.uint16)
    pixels[20:30, 15:20] = dense
    picture = read_picture(film(tmp_path / "f.dcm", pixels, PhotometricInterpretation=sense), "film")
    found = measure_film(picture, drawn(threshold=dense), SCALE)[0]
    assert found.area_mm2 == pytest.approx(50 * 0.02)
    whole = measure_film(picture, drawn(threshold=500), SCALE)[0]
    assert whole.area_mm2 == pytest.approx(20 * 40 * 0.02, rel=0.08)
    none = measure_film(picture, drawn(threshold=2000 if sense == "MONOCHROME2" else 1), SCALE)[0]
    assert none.area_mm2 == 0 and none.flags == ("empty",)


@pytest.mark.parametrize(("sense", "sign", "low"), [("MONOCHROME2", 1, True), ("MONOCHROME1", -1, False)])
def test_the_sign_of_the_beam_counts_more_than_how_the_film_is_shown(tmp_path, sense, sign, low):
    pixels = np.full((100, 80), 500, np.uint16)
    pixels[20:30, 15:20] = 100 if low else 900
    more = {"PhotometricInterpretation": sense, "PixelIntensityRelationshipSign": sign}
    picture = read_picture(film(tmp_path / "f.dcm", pixels, **more), "film")
    found = measure_film(picture, drawn(threshold=100 if low else 900), SCALE)[0]
    assert picture.dense_low is low and found.area_mm2 == pytest.approx(50 * 0.02)


@pytest.mark.parametrize(
    ("points", "sentence"),
    [
        ([[10, 10], [90, 10], [30, 50]], "leaves the 80 x 100 picture"),
        ([[10, 10], [30, 50], [30, 10], [10, 50]], "crosses itself or encloses nothing"),
        ([[10, 10], [10, 10], [10, 10]], "crosses itself or encloses nothing"),
        ([[10, 10], [20, 20], [30, 30]], "crosses itself or encloses nothing"),
    ],
)
def test_an_outline_that_cannot_be_measured_is_refused(plain, points, sentence):
    with pytest.raises(RefusedError, match=sentence):
        measure_film(plain, drawn(points), SCALE)


def test_outlines_that_share_area_are_refused(plain):
    two = drawn() + drawn([[20, 20], [40, 20], [40, 60]], "L2")
    with pytest.raises(RefusedError, match=r"L1: Its outline overlaps that of L2"):
        measure_film(plain, two, SCALE)


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        ([], "There are 0"),
        ([{"id": "", "points_px": BOX}], "Its id is ''"),
        ([{"id": 3, "points_px": BOX}], "Its id is 3"),
        ([{"id": "a", "points_px": BOX[:2]}], "are no polygon"),
        ([{"id": "a", "points_px": [[1, 2], [3, 4], [5, True]]}], "are no polygon"),
        ([{"id": "a", "points_px": [[1, 2], [3, 4], [5, float("nan")]]}], "are no polygon"),
        ([{"id": "a", "points_px": "x"}], "are no polygon"),
        ([{"id": "a", "points_px": BOX, "treshold": 3}], "key 'treshold' is unknown"),
        ([{"id": "a", "points_px": BOX, "threshold": "x"}], "threshold is 'x'"),
        ([{"id": "a", "points_px": BOX}] * 2, "The id 'a' repeats"),
        ([{"id": "a", "points_px": [[i % 50, i] for i in range(3000)]}], "are no polygon"),
    ],
)
def test_outlines_that_are_none_are_refused(content, sentence):
    with pytest.raises(RefusedError, match=sentence):
        outlines(content)


def test_all_problems_of_all_outlines_are_told_at_once():
    with pytest.raises(RefusedError) as caught:
        outlines([{"id": ""}, {"id": "b", "points_px": 3, "threshold": "x"}])
    assert len(caught.value.problems) == 4


def test_json_and_text_tell_scale_and_sizes_and_no_person(plain):
    found = measure_film(plain, drawn() + drawn([[50, 50], [60, 50], [60, 60]], "L2"), SCALE)
    told = film_json(plain, found, SCALE)
    assert told["total_area_mm2"] == pytest.approx(16 + 1) and told["scale"]["source"] == "known length"
    assert PERSON not in json.dumps(told, allow_nan=False) and "16.00" in film_text(found, SCALE)
