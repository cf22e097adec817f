"""A measurement becomes plain data that names everything it depends on."""

import json

from calcitrial import __version__
from calcitrial.dicom import read_series
from calcitrial.imaging import Seed, Settings, measure, to_json


def test_everything_the_numbers_depend_on_is_named(folder):
    series = read_series(folder)
    text = json.dumps(to_json(series, measure(series), Settings()), allow_nan=False)
    plain = json.loads(text)
    assert plain["code_version"] == __version__
    assert plain["series"]["kvp"] == 120 and plain["series"]["kernel"] == "SIMULATED"
    assert plain["series"]["slice_thickness_mm"] == 1.5 and plain["series"]["n_slices"] == 20
    assert plain["series"]["spacing_mm"] == [1.5, 1.0, 1.0] and len(plain["series"]["digest"]) == 64
    assert plain["series"]["manufacturer"] == "calcitrial" and plain["series"]["software_version"] == __version__
    assert plain["settings"]["threshold_hu"] == 130
    assert plain["settings"]["calibration_source"].startswith("assumed")
    assert "P-01" not in text and "PHANTOM" not in text


def test_numbers_are_rounded_and_flags_are_lists(folder):
    series = read_series(folder)
    (lesion,) = to_json(series, measure(series), Settings())["lesions"]
    assert lesion["mass_mg"] == round(lesion["mass_mg"], 4)
    assert lesion["volume_mm3"] == round(lesion["volume_mm3"], 3)
    assert lesion["hu_mean"] == round(lesion["hu_mean"], 2)
    assert lesion["flags"] == [] and len(lesion["bbox_mm"]) == 2 and len(lesion["bbox_mm"][0]) == 3
    assert all(value == round(value, 3) for value in lesion["centroid_mm"])


def test_a_lesion_that_is_gone_is_still_a_line(folder):
    series = read_series(folder)
    gone = to_json(series, measure(series, [Seed("g", (-12.0, -8.0, 0.0))]), Settings())["lesions"]
    assert [(line["id"], line["mass_mg"], line["flags"]) for line in gone] == [("g", 0.0, ["not_found"])]


def test_measuring_twice_gives_the_same_bytes(folder):
    texts = {json.dumps(to_json(s, measure(s), Settings())) for s in (read_series(folder), read_series(folder))}
    assert len(texts) == 1
