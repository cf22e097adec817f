"""The page for people: every unit named, every flag in words, nothing run together."""

import dataclasses
import re

import pytest

from calcitrial.dicom import read_series
from calcitrial.imaging import Seed, Settings, measure, seed, to_json, to_text
from calcitrial.imaging.lesion import Lesion
from calcitrial.imaging.present import WORDS


def test_columns_stand_apart_even_where_nothing_is_known(folder):
    series = read_series(folder)
    lesions = measure(series, [Seed("a", (0.0, 6.0, 2.0)), Seed("gone", (-12.0, -8.0, 0.0)), Seed("out", (0, 0, 999))])
    text = to_text(series, lesions)
    rows = {line.split()[0]: line for line in text.splitlines() if line and line[0] != " "}
    assert len(rows["a"].split()) == len(rows["gone"].split()) == len(rows["out"].split()) == 9
    assert rows["gone"].split()[4:] == ["0.00", "-", "0.0", "-", "-"] and rows["out"].split()[4:] == ["-"] * 5
    assert "20 slices, calcitrial, 120 kV, kernel SIMULATED, voxels 1.00 x 1.00 x 1.50 mm" in text
    assert "threshold 130 HU, 0.7692 mg hydroxyapatite per cm3 per HU" in text and "calibration assumed" in text
    assert "nothing calcified at the point" in text and "cut by the edge of the scan" in text


def test_numbers_are_those_of_the_lesion_rounded(folder):
    series = read_series(folder)
    (lesion,) = measure(series)
    line = next(line for line in to_text(series, [lesion]).splitlines() if line.startswith("C01"))
    mass, error, volume, mean, highest = line.split()[4:]
    assert (mass, error, volume) == (
        f"{lesion.mass_mg:.2f}",
        f"{lesion.mass_se_mg:.2f}",
        f"{lesion.volume_mm3:.1f}",
    )
    assert (mean, highest) == (f"{lesion.hu_mean:.0f}", f"{lesion.hu_max:.0f}")


def test_a_tiny_negative_mass_has_no_minus(folder):
    series = read_series(folder)
    (lesion,) = measure(series)
    assert "-0.00" not in to_text(series, [dataclasses.replace(lesion, mass_mg=-0.001)])


def test_every_flag_has_words():
    listed = re.search(r"any of (.*?)\.", Lesion.__doc__ or "", re.DOTALL)
    assert listed is not None and set(re.findall(r"\w+", listed[1])) == set(WORDS)


def test_an_empty_list_says_so(folder):
    assert to_text(read_series(folder), []).endswith("No calcification was found outside bone.")


@pytest.mark.parametrize("point", [[1, 2], [1, 2, "3"], [True, 2, 3], [1, 2, float("nan")], [1, 2, float("inf")], None])
def test_points_that_are_none_are_refused(point):
    with pytest.raises(ValueError, match="is not usable; write"):
        seed({"id": "L1", "point_mm": point})


def test_settings_and_thickness_are_written_as_used(folder):
    series = read_series(folder)
    used = Settings(threshold_hu=200.0, calibration_mg_per_cm3_per_hu=0.9, calibration_source="inserts of May")
    series = dataclasses.replace(series, facts=dataclasses.replace(series.facts, slice_thickness_mm=3.26999999999998))
    plain = to_json(series, measure(series, settings=used), used)
    assert plain["settings"] == dataclasses.asdict(used) and plain["series"]["slice_thickness_mm"] == 3.27


def test_ids_run_by_mass_and_stay_when_measured_again(folder):
    series = read_series(folder)
    again = measure(read_series(folder))
    assert [lesion.id for lesion in again] == [lesion.id for lesion in measure(series)] == ["C01"]


def test_an_infinite_calibration_is_refused():
    with pytest.raises(ValueError, match="finite"):
        Settings(calibration_mg_per_cm3_per_hu=float("inf"))


def test_a_point_is_read_as_it_is_written():
    assert seed({"id": "L1", "point_mm": [1, -2.5, 30]}) == Seed("L1", (1.0, -2.5, 30.0))
