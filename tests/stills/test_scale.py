"""Millimetres of a radiograph: from a calibration or a known length, never from the detector."""

import math

import pytest

from calcitrial.dicom import read_picture
from calcitrial.protocol import RefusedError
from calcitrial.stills import known_length, scale_of
from calcitrial.stills.scale import FIDUCIAL_U, GEOMETRY_U
from tests.pictures import film

pytestmark = pytest.mark.filterwarnings("ignore::UserWarning")


@pytest.fixture
def made(tmp_path):
    return lambda **more: read_picture(film(tmp_path / "f.dcm", **more), "film")


def refused(picture, *args, **more) -> str:
    with pytest.raises(RefusedError) as caught:
        scale_of(picture, *args, **more)
    assert "--known-length" in str(caught.value)
    return str(caught.value)


@pytest.mark.parametrize(
    ("kind", "unit", "flags"), [("FIDUCIAL", FIDUCIAL_U, ()), ("GEOMETRY", GEOMETRY_U, ("unspecified_depth",))]
)
def test_a_calibration_to_the_object_is_taken(made, kind, unit, flags):
    found = scale_of(made(PixelSpacing=[0.2, 0.1], PixelSpacingCalibrationType=kind, ImagerPixelSpacing=[0.3, 0.15]))
    assert (found.row_mm, found.column_mm, found.relative_u) == (0.2, 0.1, unit)
    assert found.source == kind.lower() and found.flags == flags


@pytest.mark.parametrize(
    ("header", "sentence"),
    [
        ({}, "tells no pixel spacing"),
        ({"ImagerPixelSpacing": [0.1, 0.1]}, "only the pitch of the detector"),
        ({"PixelSpacing": [0.1, 0.1]}, "not said to be calibrated"),
        ({"PixelSpacing": [0.1, 0.1], "ImagerPixelSpacing": [0.1, 0.1]}, "not said to be calibrated"),
        ({"PixelSpacing": [0.1, 0.1], "ImagerPixelSpacing": [0.14, 0.14]}, "not said to be calibrated"),
        ({"PixelSpacing": [0.1, 0.1], "PixelSpacingCalibrationType": "DETECTOR"}, "not said to be calibrated"),
        ({"PixelSpacing": [0, 0], "PixelSpacingCalibrationType": "FIDUCIAL"}, "0 x 0 mm, which no picture has"),
        ({"PixelSpacing": [-0.1, 0.1], "PixelSpacingCalibrationType": "FIDUCIAL"}, "-0.1 x 0.1 mm"),
        ({"PixelSpacing": [0.1, 900], "PixelSpacingCalibrationType": "GEOMETRY"}, "0.1 x 900 mm"),
        ({"PixelSpacing": ["nan", "nan"], "PixelSpacingCalibrationType": "FIDUCIAL"}, "tells no pixel spacing"),
        ({"PixelSpacing": 0.1, "PixelSpacingCalibrationType": "FIDUCIAL"}, "tells no pixel spacing"),
    ],
)
def test_any_other_spacing_is_refused_with_its_value(made, header, sentence):
    assert sentence in refused(made(**header))


def test_a_known_length_makes_the_scale_and_its_uncertainty(made):
    found = scale_of(made(PixelSpacing=[0, 0]), known_length("10,20,50,50,25"))
    assert found.row_mm == found.column_mm == pytest.approx(0.5)
    assert found.relative_u == pytest.approx(math.sqrt(2) / 50) and found.source == "known length"


@pytest.mark.parametrize("header", [{"ImagerPixelSpacing": [0.2, 0.1]}, {"PixelAspectRatio": [2, 1]}])
def test_pixels_that_are_not_square_are_heeded(made, header):
    along = scale_of(made(**header), known_length("10,50,50,50,20"))
    down = scale_of(made(**header), known_length("10,10,10,50,40"))
    assert (along.row_mm, along.column_mm) == pytest.approx((1.0, 0.5)) == (down.row_mm, down.column_mm)


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("", "is no length"),
        ("1,2,3,4", "is no length"),
        ("1,2,3,4,nan", "no finite ends"),
        ("1,2,inf,4,10", "no finite ends"),
        ("1,2,3,4,-5", "no finite ends or no length"),
        ("a,2,3,4,5", "is no length"),
    ],
)
def test_a_length_that_is_none_is_refused(text, sentence):
    with pytest.raises(RefusedError, match=sentence):
        known_length(text)


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("10,10,10,15,20", "5.0 pixels long, too short"),
        ("10,10,90,10,20", "outside the 80 x 100 picture"),
        ("10,10,30,10,1000", "makes a pixel 50 mm wide"),
    ],
)
def test_a_length_that_does_not_fit_the_picture_is_refused(made, text, sentence):
    assert sentence in refused(made(), known_length(text))


def test_the_geometry_of_the_exposure_counts_only_when_asked_for_and_is_flagged(made):
    header = {"ImagerPixelSpacing": [0.15, 0.15], "DistanceSourceToDetector": 1200, "DistanceSourceToPatient": 1000}
    assert "only the pitch" in refused(made(**header))
    found = scale_of(made(**header), estimate=True)
    assert found.row_mm == pytest.approx(0.125) and found.flags == ("estimated",) and found.relative_u == GEOMETRY_U
    told = made(**header, EstimatedRadiographicMagnificationFactor=1.5)
    assert scale_of(told, estimate=True).column_mm == pytest.approx(0.1)


@pytest.mark.parametrize(
    ("header", "sentence"),
    [
        ({"ImagerPixelSpacing": [0.15, 0.15]}, "gives no magnification"),
        (
            {"ImagerPixelSpacing": [0.15, 0.15], "EstimatedRadiographicMagnificationFactor": 0.5},
            "a magnification of 0.5",
        ),
        ({"EstimatedRadiographicMagnificationFactor": 1.1}, "no usable pitch"),
        ({"ImagerPixelSpacing": [0, 0], "EstimatedRadiographicMagnificationFactor": 1.1}, "no usable pitch"),
        (
            {"ImagerPixelSpacing": [0.1, 0.1], "DistanceSourceToDetector": 1000, "DistanceSourceToPatient": 0},
            "gives no magnification",
        ),
    ],
)
def test_an_estimate_without_its_parts_is_refused(made, header, sentence):
    assert sentence in refused(made(**header), estimate=True)
