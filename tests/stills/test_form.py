"""Sizes on a picture as items of a form: the numbers of the measurement, the scale, the picture's digest."""

import math

import pytest

from calcitrial.dicom import read_picture
from calcitrial.protocol import RefusedError, check_values, load
from calcitrial.stills import (
    absent_values,
    calipers,
    film_values,
    measure_film,
    measure_ultrasound,
    outlines,
    scale_of,
    ultrasound_values,
)
from tests.pictures import echo, film, region

SQUARE = {"id": "L1", "points_px": [[10, 10], [30, 10], [30, 50], [10, 50]]}
CALIBRATED = {"PixelSpacing": [0.2, 0.1], "PixelSpacingCalibrationType": "GEOMETRY"}


@pytest.fixture
def filmed(tmp_path):
    return read_picture(film(tmp_path / "f.dcm", **CALIBRATED), "film")


def test_a_film_gives_its_area_scale_flags_and_digest(filmed):
    scale = scale_of(filmed)
    values = film_values(filmed, measure_film(filmed, outlines([SQUARE]), scale), scale)["L1"]
    assert float(values["area"]) == pytest.approx(20 * 40 * 0.02) and float(values["area_se"]) > 0
    assert (values["scale_source"], values["scale_mm"], values["scale_u"]) == ("geometry", "0.100000", "5.000")
    assert values["flags"] == "unspecified_depth" and values["series_digest"] == filmed.digest
    assert {one.item for one in check_values(load("stsinj"), "film_measurement", values)} == set(values)


def test_nothing_dense_in_an_outline_is_no_size_until_a_person_says_so(filmed):
    scale = scale_of(filmed)
    lesions = measure_film(filmed, outlines([SQUARE | {"threshold": 60000}]), scale)
    with pytest.raises(RefusedError, match="--not-found"):
        film_values(filmed, lesions, scale)
    values = absent_values(filmed, "L1")["L1"]
    assert values["flags"] == "not_found" and "area" not in values


def test_ultrasound_gives_what_was_drawn_and_the_ellipsoid_only_of_three(tmp_path):
    picture = read_picture(echo(tmp_path / "u.dcm", region()), "ultrasound")
    three = {"length": [[10, 10], [40, 10]], "width": [[10, 20], [30, 20]], "depth": [[10, 10], [10, 20]]}
    drawn = calipers([{"id": "L1", **three}, {"id": "L2", "length": three["length"]}])
    found = ultrasound_values(picture, measure_ultrasound(picture, drawn))
    assert float(found["L1"]["volume_ellipsoid"]) == pytest.approx(math.pi / 6 * 6 * 4 * 2, abs=1e-3)
    assert float(found["L1"]["volume_se"]) > 0 and "width" not in found["L2"] and "volume_ellipsoid" not in found["L2"]
    for values in found.values():
        assert {one.item for one in check_values(load("stsinj"), "ultrasound_measurement", values)} == set(values)
