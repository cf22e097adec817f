"""Noise has the strength and grain that were asked for; shading darkens the middle and the way between bones."""

import dataclasses

import numpy as np
import pytest

from calcitrial.phantoms import SHARP, SOFT, Scanner, Scene, Shaft, acquire, sample
from calcitrial.phantoms.artefacts import noise, shading

SHAPE = (24, 96, 96)
LEG = Scene(radius_mm=30.0, shafts=(Shaft((-12.0, 0.0), (5.0, 5.0)), Shaft((12.0, 0.0), (4.0, 4.0))))


def drawn(kernel=SOFT, thickness=0.6, spacing=(0.6, 0.6, 0.6), hu=20.0, seed=1):
    return noise(SHAPE, spacing, kernel.terms(), thickness, hu, np.random.default_rng(seed))


def correlation(values, axis, lag=1):
    n = values.shape[axis]
    return np.corrcoef(values.take(range(n - lag), axis).ravel(), values.take(range(lag, n), axis).ravel())[0, 1]


@pytest.mark.parametrize("kernel", [SOFT, SHARP])
@pytest.mark.parametrize("hu", [8.0, 45.0])
@pytest.mark.parametrize("thickness", [0.6, 1.2, 2.1])
def test_noise_has_its_standard_deviation(kernel, hu, thickness):
    values = drawn(kernel, thickness, hu=hu)
    assert values.std() == pytest.approx(hu, rel=0.04) and abs(values.mean()) < 0.05 * hu


def test_a_soft_kernel_has_the_coarser_grain():
    assert correlation(drawn(SOFT), 2) > correlation(drawn(SHARP), 2) + 0.1
    assert correlation(drawn(SOFT), 2) == pytest.approx(correlation(drawn(SOFT), 1), abs=0.03)


def test_the_power_follows_the_ramp_and_the_transfer_function():
    values = drawn(SOFT)
    power = (np.abs(np.fft.fft2(values)) ** 2).mean(axis=0)
    f = np.hypot(np.fft.fftfreq(96, 0.6)[:, None], np.fft.fftfreq(96, 0.6)[None, :])
    expected = (f + 0.02) * np.exp(-4 * np.pi**2 * 0.6**2 * f**2)
    bands = [(0.05, 0.15), (0.15, 0.25), (0.25, 0.35), (0.35, 0.5)]
    got = np.array([power[(f >= a) & (f < b)].mean() for a, b in bands])
    want = np.array([expected[(f >= a) & (f < b)].mean() for a, b in bands])
    assert got / got.sum() == pytest.approx(want / want.sum(), rel=0.08)


@pytest.mark.parametrize(("thickness", "shared"), [(0.6, 0.0), (1.2, 0.5), (1.8, 2 / 3)])
def test_slices_that_overlap_share_their_noise(thickness, shared):
    assert correlation(drawn(thickness=thickness), 0) == pytest.approx(shared, abs=0.08)


def test_equal_generators_give_equal_noise():
    assert np.array_equal(drawn(), drawn()) and not np.array_equal(drawn(), drawn(seed=2))


def test_cupping_darkens_the_middle_and_nothing_outside():
    x = np.linspace(-40, 40, 161)
    field = shading(LEG, x, x, 30.0, 0.0)
    assert field[80, 80] == -30 and field[80, 140] == pytest.approx(0, abs=0.5)
    assert field[80, 0] == 0 and (np.diff(field[80, 80:141]) >= 0).all()


def test_between_bones_a_dark_band_has_bright_flanks():
    x = np.linspace(-40, 40, 161)
    field = shading(LEG, x, x, 0.0, 40.0)
    assert field[80, 80] == pytest.approx(-40, abs=1)
    assert field[80 + 12, 80] > 5 and abs(field[80 + 40, 80]) < 1
    one = dataclasses.replace(LEG, shafts=LEG.shafts[:1])
    assert not shading(one, x, x, 0.0, 40.0).any()


def test_a_scanner_adds_its_shading():
    cells = sample(dataclasses.replace(LEG, half_length_mm=3.0))
    plain, shaded = (
        acquire(cells, Scanner(spacing_mm=(1.0, 1.0, 1.0), noise_hu=0.0, cupping_hu=cup), np.random.default_rng(0))
        for cup in (0.0, 25.0)
    )
    middle = np.array(plain.voxels.shape) // 2
    assert plain.voxels[tuple(middle)] - shaded.voxels[tuple(middle)] == pytest.approx(25, abs=1)
