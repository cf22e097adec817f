"""A phantom holds exactly what its truth says, and the same every time."""

import dataclasses
from math import pi

import numpy as np
import pytest

from calcitrial.phantoms import Bone, Deposit, Phantom, render, truth
from tests.scans import SMALL

QUIET = dataclasses.replace(SMALL, noise_hu=0.0)
EMPTY = dataclasses.replace(QUIET, deposits=())


def test_truth_is_the_ellipsoid():
    (real,) = truth(Phantom(deposits=(Deposit("a", (1.0, 2.0, 3.0), (1.0, 2.0, 3.0), 250.0),)))
    assert real.volume_mm3 == pytest.approx(8 * pi)
    assert real.mass_mg == pytest.approx(2 * pi)
    assert (real.id, real.centre_mm) == ("a", (1.0, 2.0, 3.0))


@pytest.mark.parametrize("sigma", [0.3, 0.8])
def test_the_voxels_hold_the_true_mass_however_blurred(sigma):
    with_it, without = (dataclasses.replace(p, psf_sigma_mm=sigma) for p in (QUIET, EMPTY))
    rng = np.random.default_rng(0)
    extra = render(with_it, rng).astype(float) - render(without, rng)
    mass = extra.sum() * 1.5 * QUIET.calibration_mg_per_cm3_per_hu / 1000
    assert mass == pytest.approx(truth(QUIET)[0].mass_mg, rel=0.01)


def test_tissues_have_their_hounsfield_units():
    bone = Bone((-8.0, 0.0), 6.0, 3.0)
    voxels = render(dataclasses.replace(EMPTY, bones=(bone,), couch=True, psf_sigma_mm=0.2), np.random.default_rng(0))
    plane = voxels[10]
    assert plane[0, 0] == -1000 and plane[24, 40] == 50
    assert plane[24, 24 - 8] == -20 and plane.max() > 1100
    assert plane[23 + 22 + 1].max() > 0  # the couch, under the limb of 21 mm
    assert np.array_equal(voxels[0], voxels[-1])


def test_fat_surrounds_the_muscle():
    assert render(EMPTY, np.random.default_rng(0))[10, 24, 23 + 20] == pytest.approx(-100, abs=25)


def test_noise_has_its_standard_deviation():
    noisy = render(dataclasses.replace(EMPTY, noise_hu=15.0), np.random.default_rng(3))
    noise = noisy.astype(float) - render(EMPTY, np.random.default_rng(0))
    inside = noise[:, 20:28, 20:28]
    assert inside.std() == pytest.approx(15, rel=0.15) and abs(inside.mean()) < 2


def test_equal_generators_give_equal_voxels():
    first, second, other = (render(SMALL, np.random.default_rng(seed)) for seed in (5, 5, 6))
    assert np.array_equal(first, second) and not np.array_equal(first, other)


def test_a_deposit_outside_the_scan_changes_nothing():
    far = dataclasses.replace(QUIET, deposits=(Deposit("x", (0.0, 0.0, 500.0), (3.0, 3.0, 3.0), 400.0),))
    assert np.array_equal(render(far, np.random.default_rng(0)), render(EMPTY, np.random.default_rng(0)))


def test_a_deposit_never_darkens_bone():
    bone = Bone((0.0, 6.0), 5.0, 4.9)
    plain = render(dataclasses.replace(EMPTY, bones=(bone,)), np.random.default_rng(0))
    assert (render(dataclasses.replace(QUIET, bones=(bone,)), np.random.default_rng(0)) >= plain - 1).all()
