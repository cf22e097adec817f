"""Films and ultrasound pictures as cases: what is sent, and that only calibrated millimetres are entered."""

from pathlib import Path

import numpy as np
import pytest

from calcitrial.protocol import RefusedError
from calcitrial.stills import KnownLength
from calcitrial.web.calipers import Shape
from calcitrial.web.stills import drawn_sizes, open_still

from .reading_home import FILM_MM, write_film, write_ultrasound

SQUARE = ((79.5, 59.5, 0.0), (129.5, 59.5, 0.0), (129.5, 109.5, 0.0), (79.5, 109.5, 0.0))


def length(name: str, *ends: tuple[float, float, float]) -> Shape:
    return Shape("length", name, ends)


def opened(folder: Path, kind: str):
    return open_still(folder, kind, 0)


@pytest.fixture
def film(tmp_path: Path):
    write_film(tmp_path / "film" / "a.dcm", "1.2.3", calibrated=True)
    return opened(tmp_path / "film", "film")


@pytest.fixture
def bare_film(tmp_path: Path):
    write_film(tmp_path / "bare" / "a.dcm", "1.2.3")
    return opened(tmp_path / "bare", "film")


@pytest.fixture
def scan(tmp_path: Path):
    write_ultrasound(tmp_path / "us" / "a.dcm", "1.2.3")
    return opened(tmp_path / "us", "ultrasound")


def test_a_film_is_sent_as_it_is_stored(film) -> None:
    assert film.shape == (1, 200, 240) and film.values.dtype == np.uint16
    assert (film.values[0, 60:110, 80:130] == 3000).all()
    assert film.about["pixel_mm"] == [FILM_MM, FILM_MM] and film.about["sentence"] == ""


def test_the_area_and_lengths_of_a_calibrated_film(film) -> None:
    drawn = (Shape("area", "area", SQUARE), length("length", SQUARE[0], SQUARE[1]))
    assert drawn_sizes(film.picture, drawn, None, "A") == {"length": "10.00", "area": "100.00"}


def test_detector_spacing_is_no_calibration(bare_film) -> None:
    assert bare_film.about["pixel_mm"] is None
    assert bare_film.about["sentence"].endswith("Calibrate it with a known length (K) before you draw.")
    with pytest.raises(RefusedError, match=r"lesion B: .*Calibrate it with a known length \(K\)"):
        drawn_sizes(bare_film.picture, (length("length", SQUARE[0], SQUARE[1]),), None, "B")


def test_a_known_length_calibrates_a_film(bare_film) -> None:
    known = KnownLength((20.0, 150.0), (120.0, 150.0), 40.0)
    drawn = (length("length", SQUARE[0], SQUARE[1]), Shape("area", "area", SQUARE))
    assert drawn_sizes(bare_film.picture, drawn, known, "A") == {"length": "20.00", "area": "400.00"}


def test_colour_is_sent_with_its_regions(scan) -> None:
    assert scan.values.shape == (1, 240, 320, 3) and scan.about["dtype"] == "rgb"
    assert [one["mm"] for one in scan.about["regions"]] == [[pytest.approx(0.2)] * 2, None]


def test_three_calipers_span_an_ellipsoid(scan) -> None:
    drawn = (
        length("length", (60, 100, 0), (130, 100, 0)),
        length("width", (100, 80, 0), (100, 130, 0)),
        length("depth", (60, 80, 0), (100, 110, 0)),
    )
    assert drawn_sizes(scan.picture, drawn, None, "A") == {
        "length": "14.00",
        "width": "10.00",
        "depth": "10.00",
        "volume_ellipsoid": f"{np.pi / 6 * 1400:.2f}",
    }


@pytest.mark.parametrize(
    ("ends", "sentence"),
    [
        (((60, 100, 0), (240, 100, 0)), "different regions"),
        (((220, 100, 0), (240, 100, 0)), "not tissue"),
        (((2, 2, 0), (60, 60, 0)), "outside every calibrated region"),
    ],
)
def test_a_caliper_outside_one_region_of_tissue_is_refused(scan, ends, sentence: str) -> None:
    with pytest.raises(RefusedError, match=f"lesion A: .*{sentence}"):
        drawn_sizes(scan.picture, (length("length", *ends),), None, "A")


def test_measured_without_a_line_is_refused(scan) -> None:
    with pytest.raises(RefusedError, match="nothing is drawn"):
        drawn_sizes(scan.picture, (), None, "A")


def test_several_pictures_in_one_case_are_refused(tmp_path: Path) -> None:
    for name in ("a", "b"):
        write_film(tmp_path / "two" / f"{name}.dcm", "1.2.3")
    with pytest.raises(RefusedError, match="This case holds 2 pictures"):
        opened(tmp_path / "two", "film")
