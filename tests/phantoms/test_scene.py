"""A scene holds what its exact sizes say, in tissue, beside bone and under the skin."""

import dataclasses
from math import pi

import numpy as np
import pytest

from calcitrial.phantoms import Calcification, Layer, Scene, Shaft, exact, plate, sample, sediment, shell, sphere

SMALL = Scene(radius_mm=12.0, fat_mm=2.0, half_length_mm=8.0)
MG = SMALL.calibration_mg_per_cm3_per_hu


def nodule(at=(5.0, 1.0, 0.5), radius=2.0, density=300.0):
    return Calcification("a", (Layer(sphere(at, radius), density),), at)


def with_(*calcifications, **more):
    return dataclasses.replace(SMALL, calcifications=calcifications, **more)


def added_mg(scene, step=0.2):
    """Hydroxyapatite that the fine cells hold over those of the same limb without it."""
    bare = sample(dataclasses.replace(scene, calcifications=()), step).values.astype(float)
    return (sample(scene, step).values - bare).sum() * step**3 * MG / 1000


def test_exact_sizes_are_those_of_the_shape():
    (real,) = exact(with_(nodule()))
    assert real.volume_mm3 == pytest.approx(32 / 3 * pi, rel=1e-9)
    assert real.mass_mg == pytest.approx(3.2 * pi, rel=1e-9)
    assert (real.id, real.centre_mm) == ("a", (5.0, 1.0, 0.5))


@pytest.mark.parametrize("radius", [1.5, 3.0])
def test_the_cells_hold_the_exact_mass(radius):
    scene = with_(nodule(radius=radius))
    assert added_mg(scene) == pytest.approx(exact(scene)[0].mass_mg, rel=0.005)


def test_layers_of_a_sac_add_up():
    at = (4.0, 0.0, 0.0)
    sac = Calcification("s", (Layer(shell(at, 3.5, 0.6), 400.0), Layer(sediment(at, 2.9, 0.4), 250.0)), at)
    (real,) = exact(with_(sac))
    wall, chalk = 4 / 3 * pi * (3.5**3 - 2.9**3), pi * (2.9 - 0.4) ** 2 * (2 * 2.9 + 0.4) / 3
    assert real.mass_mg == pytest.approx((wall * 400 + chalk * 250) / 1000, rel=0.005)
    assert added_mg(with_(sac)) == pytest.approx(real.mass_mg, rel=0.005)


def test_bone_cuts_what_is_fused_with_it():
    shaft = Shaft((0.0, 0.0), (4.0, 4.0), 1.5)
    wall = Calcification("w", (Layer(plate((4.0, 0.0, 0.0), (1.0, 0.5, 2.0)), 300.0),), (4.5, 0.0, 0.0))
    scene = with_(wall, shafts=(shaft,))
    (real,) = exact(scene)
    # The part of the plate with x^2 + y^2 > 16, from x = 3 to 5 and |y| < 0.5, 4 mm long.
    y = np.linspace(-0.5, 0.5, 2001)
    assert real.volume_mm3 == pytest.approx(4 * np.mean(5 - np.sqrt(16 - y**2)), rel=0.02)
    assert added_mg(scene) == pytest.approx(real.mass_mg, rel=0.03)


def test_the_skin_cuts_what_would_stick_out():
    (real,) = exact(with_(nodule(at=(12.0, 0.0, 0.0))))
    assert 0.3 < real.volume_mm3 / (32 / 3 * pi) < 0.5


def test_in_fat_the_deposit_brings_its_own_soft_tissue():
    at = (0.0, -7.0, 0.0)
    values = sample(dataclasses.replace(with_(nodule(at, 2.0)), fat_mm=9.0)).values
    middle, edge = np.array(values.shape) // 2, values.shape[1] // 2 - int(7.0 / 0.2)
    assert values[middle[0], edge, middle[2]] == pytest.approx(50 + 300 / MG, abs=0.1)
    assert values[middle[0], middle[1] + int(7.0 / 0.2), middle[2]] == -100


def test_hydroxyapatite_may_lie_in_the_fat_itself():
    at = (0.0, -7.0, 0.0)
    layer = Layer(sphere(at, 2.0), 300.0, fibrous=False)
    scene = dataclasses.replace(with_(Calcification("f", (layer,), at)), fat_mm=9.0)
    assert added_mg(scene) == pytest.approx(exact(scene)[0].mass_mg, rel=0.005)


def test_bone_has_cortex_and_marrow_and_swells():
    values = sample(with_(shafts=(Shaft((0.0, 0.0), (4.0, 5.0), 1.5, flare=0.2, flare_mm=32.0),))).values
    middle = values.shape[1] // 2
    assert values[0, middle, middle] == -20 and values.max() == 1200
    areas = (values >= 500).sum(axis=(1, 2))
    assert areas.max() > 1.3 * areas.min()


def test_tissue_is_as_uneven_as_asked_and_the_same_for_every_scan():
    even, uneven = sample(SMALL).values, sample(with_(grain_hu=6.0)).values
    grain = (uneven - even)[:, 40:80, 40:80]
    assert grain.std() == pytest.approx(6, rel=0.4)
    assert np.corrcoef(grain[:, :, :-5].ravel(), grain[:, :, 5:].ravel())[0, 1] > 0.8  # a millimetre apart
    assert np.array_equal(uneven, sample(with_(grain_hu=6.0)).values)
    assert not np.array_equal(uneven, sample(with_(grain_hu=6.0, grain_seed=1)).values)


def test_unevenness_changes_no_deposit():
    at, scene = (5.0, 1.0, 0.5), with_(nodule(), grain_hu=6.0)
    index = tuple(round((c - o) / 0.2) for c, o in zip(at[::-1], sample(scene).origin_mm[::-1], strict=True))
    assert sample(scene).values[index] == pytest.approx(50 + 300 / MG, abs=0.1)


def test_what_lies_outside_the_limb_changes_nothing():
    far = with_(nodule(at=(0.0, 0.0, 500.0)))
    assert np.array_equal(sample(far).values, sample(SMALL).values)
