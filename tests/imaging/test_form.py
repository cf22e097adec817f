"""A measured lesion fits the form it is entered on, and what was not measured is left out."""

from dataclasses import replace

import pytest

from calcitrial import __version__
from calcitrial.dicom import read_series
from calcitrial.imaging import Settings, form_values, measure
from calcitrial.protocol import check_values, load


@pytest.fixture
def measured(folder):
    series = read_series(folder)
    (lesion,) = measure(series)
    return series, lesion


def test_every_value_passes_the_check_of_the_form(measured):
    series, lesion = measured
    values = form_values(lesion, series.facts, series.digest, Settings())
    checked = {
        value.item: (value.value, value.unit) for value in check_values(load("stsinj"), "ct_measurement", values)
    }
    assert checked["mass"] == (f"{lesion.mass_mg:.4f}", "mg")
    assert checked["volume_threshold"] == (f"{lesion.volume_mm3:.2f}", "mm3")
    assert [float(checked[f"centroid_{axis}"][0]) for axis in "xyz"] == pytest.approx(lesion.centroid_mm, abs=0.005)
    assert checked["series_digest"][0] == series.digest and checked["software"][0] == f"calcitrial {__version__}"
    assert checked["threshold"] == ("130", "HU") and checked["calibration"][0] == "0.769231"


def test_what_was_not_measured_is_left_out_and_never_zero(measured):
    series, lesion = measured
    absent = replace(
        lesion,
        mass_mg=None,
        mass_se_mg=None,
        volume_mm3=None,
        hu_mean=None,
        hu_max=None,
        flags=("needs_reader", "metal"),
    )
    facts = replace(series.facts, kvp=None, kernel=None, slice_thickness_mm=None)
    values = form_values(absent, facts, series.digest, Settings())
    entered = {value.item for value in check_values(load("stsinj"), "ct_measurement", values)}
    assert entered.isdisjoint({"mass", "mass_se", "volume_threshold", "hu_mean", "hu_max", "kvp", "kernel"})
    assert values["flags"] == "needs_reader metal"


def test_the_settings_of_the_measurement_travel_with_it(measured):
    series, lesion = measured
    other = Settings(threshold_hu=200, calibration_mg_per_cm3_per_hu=0.8)
    values = form_values(lesion, series.facts, series.digest, other)
    assert (values["threshold"], values["calibration"]) == ("200", "0.800000")
