"""A change with its standard error, and whether it is more than measuring twice."""

from dataclasses import fields, replace

import numpy as np
import pytest

from calcitrial.imaging import Lesion, Settings
from calcitrial.tracking.change import MASS_REPEAT_U, UNKNOWN, change, loss, mass_change, volume_change

UNSAID = {field.name: None for field in fields(Lesion)}
LESION = Lesion(**UNSAID | {"id": "a", "volume_mm3": 100.0, "mass_mg": 40.0, "mass_se_mg": 2.0, "flags": ()})


def test_the_delta_method_gives_the_spread_of_simulated_ratios():
    rng = np.random.default_rng(4)
    ratios = rng.normal(30.0, 1.5, 200_000) / rng.normal(40.0, 2.0, 200_000)
    found = change(40.0, 2.0, 30.0, 1.5)
    assert found.percent == pytest.approx(-25.0)
    assert found.se_percent == pytest.approx(100 * ratios.std(), rel=0.02)


def test_what_did_not_change_exceeds_its_limit_in_one_of_twenty():
    rng = np.random.default_rng(5)
    pairs = rng.normal(40.0, 2.0, (5000, 2))
    beyond = [change(float(a), 2.0, float(b), 2.0).exceeds_sdc for a, b in pairs]
    assert 0.04 < np.mean(beyond) < 0.06


def test_the_limit_is_that_of_the_lesion():
    small = change(40.0, 2.0, 44.0, 2.2)
    assert small.exceeds_sdc is False and small.sdc_percent == pytest.approx(
        100 * np.expm1(1.96 * np.hypot(0.05, 0.05))
    )
    assert change(40.0, 0.4, 44.0, 0.4).exceeds_sdc is True


@pytest.mark.parametrize(
    "values", [(None, 1.0, 2.0, 1.0), (2.0, None, 2.0, 1.0), (2.0, 1.0, 0.0, 1.0), (0.0, 1.0, 2.0, 1.0)]
)
def test_what_was_not_measured_has_no_change(values):
    assert change(*values) == UNKNOWN


def test_no_mass_repeats_better_than_the_segmentation_does():
    sure = replace(LESION, mass_se_mg=1e-6)
    floor = 100 * np.sqrt(2) * MASS_REPEAT_U
    assert mass_change([sure], [sure], Settings()).se_percent == pytest.approx(floor)
    assert mass_change([LESION], [LESION], Settings()).se_percent == pytest.approx(100 * np.hypot(0.05, 0.05))


def test_lesions_that_merged_are_summed():
    one = replace(LESION, mass_mg=90.0, mass_se_mg=3.0, volume_mm3=230.0)
    found = mass_change([LESION, LESION], [one], Settings())
    assert found.percent == pytest.approx(12.5)
    assert found.se_percent == pytest.approx(112.5 * np.hypot(np.hypot(2, 2) / 80, 3 / 90))
    assert volume_change([LESION, LESION], [one], (1.0, 1.0)).percent == pytest.approx(15.0)
    assert mass_change([LESION, replace(LESION, mass_mg=None)], [one], Settings()) == UNKNOWN
    assert volume_change([replace(LESION, volume_mm3=None)], [one], (1.0, 1.0)) == UNKNOWN


def test_the_error_of_a_volume_is_that_of_spheres_thrown_on_a_grid():
    rng = np.random.default_rng(6)
    grid = np.stack(np.meshgrid(*[np.arange(-6.0, 7.0)] * 3), axis=-1)
    radius = (100 * 3 / (4 * np.pi)) ** (1 / 3)
    counts = [(np.linalg.norm(grid - rng.uniform(-0.5, 0.5, 3), axis=-1) <= radius).sum() for _ in range(300)]
    stated = volume_change([LESION], [replace(LESION, volume_mm3=1e9)], (1.0, 1e-9))
    assert stated.se_percent is not None and stated.percent is not None
    relative = np.sqrt((stated.se_percent / (100 + stated.percent)) ** 2 - 2 * 0.036**2)
    assert np.std(counts) / 100 < relative < 3 * np.std(counts) / 100, "neighbours are not in or out independently"


def test_a_loss_is_detectable_when_the_lesion_was():
    gone = loss(LESION, 1.0, Settings())
    assert (gone.percent, gone.se_percent, gone.exceeds_sdc) == (-100.0, 2.5, True)
    assert loss(replace(LESION, mass_mg=3.0), 1.0, Settings()).exceeds_sdc is False
    assert loss(replace(LESION, mass_mg=None), 1.0, Settings()) == UNKNOWN
