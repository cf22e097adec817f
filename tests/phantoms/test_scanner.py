"""A scanner keeps mass, has the slice profile and the point spread it claims, and repeats itself by seed."""

import dataclasses

import numpy as np
import pytest

from calcitrial.phantoms import (
    SHARP,
    SOFT,
    Calcification,
    Ghost,
    Layer,
    Scanner,
    Scene,
    Shaft,
    acquire,
    exact,
    plate,
    sample,
    sphere,
)
from calcitrial.phantoms.scanner import ROW_MM, weights

EMPTY = Scene(radius_mm=13.0, fat_mm=1.0, half_length_mm=12.0)
AT = (3.0, 2.0, 0.4)
NODULE = Calcification("a", (Layer(sphere(AT, 2.0), 300.0),), AT)
LIMB = dataclasses.replace(EMPTY, calcifications=(NODULE,))
CELLS, BARE = sample(LIMB), sample(EMPTY)
WAYS = [
    Scanner(SOFT, (0.35, 0.35, 0.35), 0.7),
    Scanner(SHARP, (0.5, 0.5, 0.5), 0.5),
    Scanner(SOFT, (2.0, 0.6, 0.6), 2.0),
    Scanner(SOFT, (1.0, 0.6, 0.6), 2.0),
    Scanner(SOFT, (3.3, 1.0, 1.0), 3.3),
]


def rng(seed=0):
    return np.random.default_rng(seed)


def quiet(scanner, cells=CELLS, shift=(0.0, 0.0, 0.0)):
    return acquire(cells, dataclasses.replace(scanner, noise_hu=0.0), rng(), shift)


def excess(scanner, shift=(0.0, 0.0, 0.0)):
    bare = quiet(scanner, BARE, shift)
    return bare, quiet(scanner, CELLS, shift).voxels.astype(float) - bare.voxels


@pytest.mark.parametrize("scanner", WAYS)
@pytest.mark.parametrize("shift", [(0.0, 0.0, 0.0), (0.21, -0.4, 0.33)])
def test_no_reconstruction_makes_or_loses_mass(scanner, shift):
    series, more = excess(scanner, shift)
    mass = more.sum() * series.voxel_mm3 * LIMB.calibration_mg_per_cm3_per_hu / 1000
    assert mass == pytest.approx(exact(LIMB)[0].mass_mg, rel=0.01)


@pytest.mark.parametrize("scanner", WAYS)
def test_the_deposit_lies_where_it_was_put(scanner):
    shift = (0.4, -0.3, 0.5)
    series, more = excess(scanner, shift)
    middle = [(more * grid).sum() / more.sum() for grid in np.indices(more.shape)]
    assert series.to_patient(middle) == pytest.approx(np.add(AT, shift), abs=0.06 * scanner.spacing_mm[0] + 0.02)


def test_a_motionless_scan_is_one_motion_with_one_copy():
    moved = dataclasses.replace(WAYS[1], motion=(Ghost((0.0, 0.0, 0.0), 0.4), Ghost((0.0, 0.0, 0.0), 0.6)))
    assert np.abs(quiet(moved).voxels.astype(int) - quiet(WAYS[1]).voxels).max() <= 1


def test_motion_moves_and_smears_but_keeps_the_mass():
    ghosts = (Ghost((0.0, 0.0, 0.0), 0.5), Ghost((4.0, 0.0, 0.0), 0.5))
    moved = dataclasses.replace(WAYS[1], motion=ghosts)
    (series, still), (_, smeared) = excess(WAYS[1]), excess(moved)
    assert smeared.sum() == pytest.approx(still.sum(), rel=0.01)
    assert smeared.max() < 0.8 * still.max()
    middles = [(more * np.arange(more.shape[2])).sum() / more.sum() * 0.5 for more in (still, smeared)]
    assert middles[1] - middles[0] == pytest.approx(2.0, abs=0.05)
    assert series.voxels.shape == still.shape


@pytest.mark.parametrize(("spacing", "thickness"), [(0.5, 2.0), (0.25, 0.75), (1.0, 3.0)])
def test_the_slice_profile_is_as_thick_as_asked(spacing, thickness):
    """A thin plate across z shows the profile itself: its full width at half maximum."""
    sheet = Calcification("p", (Layer(plate((0.0, 0.0, 0.0), (8.0, 8.0, 0.05)), 2000.0),), (0.0, 0.0, 0.0))
    cells = sample(dataclasses.replace(EMPTY, calcifications=(sheet,)), 0.1)
    scanner = Scanner(SOFT, (spacing, 0.6, 0.6), thickness)
    line = quiet(scanner, cells).voxels.astype(float) - 50
    profile = line[:, line.shape[1] // 2, line.shape[2] // 2]
    z = np.arange(len(profile)) * spacing
    above = np.interp(np.arange(0, z[-1], 0.01), z, profile) >= profile.max() / 2
    assert above.sum() * 0.01 == pytest.approx(thickness, abs=max(0.1, spacing / 4))
    assert quiet(scanner, cells).facts.slice_thickness_mm == thickness


def test_weights_add_to_one_and_integrate_the_profile():
    cells, centres = np.arange(-6, 6, 0.2), np.array([-1.0, 0.05, 2.0])
    for width in (0.0, 2.0):
        found = weights(centres, cells, 0.2, ROW_MM, width).toarray()
        assert found.sum(axis=1) == pytest.approx(1, abs=1e-6)
        assert found @ cells == pytest.approx(centres, abs=1e-4)
        variance = found @ cells**2 - centres**2
        assert variance == pytest.approx(ROW_MM**2 + width**2 / 12 + 0.2**2 / 12, abs=3e-3)


def test_a_sharp_kernel_overshoots_at_edges_and_a_soft_one_does_not():
    bone = sample(dataclasses.replace(EMPTY, shafts=(Shaft((0.0, 0.0), (6.0, 6.0), 5.9),)))
    soft, sharp = (quiet(Scanner(kernel, (0.5, 0.5, 0.5), 0.5), bone).voxels[20] for kernel in (SOFT, SHARP))
    # The dimple of marrow in the middle is left out.
    assert soft.max() <= 1200 and sharp.max() > 1230
    assert soft[soft.shape[0] // 2].min() >= -1000 and soft.max() - soft.min() < int(sharp.max()) - sharp.min()


def test_noise_is_drawn_anew_and_equal_generators_give_equal_series():
    one, same, other = (acquire(CELLS, WAYS[1], rng(seed)) for seed in (1, 1, 2))
    assert np.array_equal(one.voxels, same.voxels) and one.digest == same.digest
    assert not np.array_equal(one.voxels, other.voxels) and one.digest != other.digest


def test_the_series_says_how_it_was_made():
    series = acquire(CELLS, WAYS[3], rng())
    assert series.spacing_mm == (1.0, 0.6, 0.6) and series.facts.slice_thickness_mm == 2.0
    assert (series.facts.kernel, series.facts.kvp) == ("SIM SOFT", 120.0)
    assert series.to_patient((np.array(series.voxels.shape) - 1) / 2) == pytest.approx([0, 0, 0], abs=1e-9)
