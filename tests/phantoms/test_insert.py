"""What is put into a series adds exactly its mass, where it was asked for, and nothing anywhere else."""

import dataclasses

import numpy as np
import pytest

from calcitrial.dicom import read_series
from calcitrial.imaging import Seed, measure
from calcitrial.phantoms import (
    SHARP,
    SOFT,
    Calcification,
    Layer,
    Scanner,
    Scene,
    acquire,
    exact,
    insert,
    sample,
    sediment,
    shell,
    sphere,
)

HOST = acquire(
    sample(Scene(radius_mm=15.0, half_length_mm=14.0)),
    Scanner(SOFT, (2.0, 0.7, 0.7), 2.0, 10.0),
    np.random.default_rng(1),
)
AT = (3.0, -2.0, 1.1)
NODULE = Calcification("n", (Layer(sphere(AT, 2.0), 300.0),), AT)
SAC = Calcification("s", (Layer(shell(AT, 3.0, 0.7), 400.0), Layer(sediment(AT, 2.3, AT[1]), 200.0)), AT)
MG = Scene().calibration_mg_per_cm3_per_hu


def put(calcification, host=HOST, scanner=None, seed=0):
    return insert(host, [calcification], scanner or Scanner(SOFT, thickness_mm=2.0), np.random.default_rng(seed))


def turned(host):
    """The same voxels as an oblique series."""
    angle = np.radians(20.0)
    about_x = np.array([[1, 0, 0], [0, np.cos(angle), -np.sin(angle)], [0, np.sin(angle), np.cos(angle)]])
    affine = host.affine.copy()
    affine[:3, :] = about_x @ affine[:3, :]
    return dataclasses.replace(host, affine=affine)


@pytest.mark.parametrize("calcification", [NODULE, SAC])
@pytest.mark.parametrize("scanner", [Scanner(SOFT, thickness_mm=2.0), Scanner(SHARP, thickness_mm=1.0)])
@pytest.mark.parametrize("change", [lambda s: s, turned])
def test_the_added_hounsfield_units_are_the_mass(calcification, scanner, change):
    host = change(HOST)
    added = put(calcification, host, scanner).voxels.astype(float) - host.voxels
    mass = added.sum() * host.voxel_mm3 * MG / 1000
    real = exact(Scene(radius_mm=99.0, calcifications=(calcification,)))[0]
    assert mass == pytest.approx(real.mass_mg, rel=0.002)


@pytest.mark.parametrize("change", [lambda s: s, turned])
def test_it_lies_where_it_was_put(change):
    host = change(HOST)
    added = put(NODULE, host).voxels.astype(float) - host.voxels
    middle = [(added * grid).sum() / added.sum() for grid in np.indices(added.shape)]
    assert host.to_patient(middle) == pytest.approx(AT, abs=0.05)


def test_far_away_not_one_voxel_changes():
    changed = np.argwhere(put(NODULE).voxels != HOST.voxels)
    away = np.linalg.norm(HOST.to_patient(changed) - AT, axis=1)
    assert away.max() < 2.0 + 4 * 0.6 + 2.0


def test_the_host_is_left_alone_and_equal_generators_give_equal_series():
    before = HOST.voxels.copy()
    one, same, other = (put(NODULE, seed=seed) for seed in (1, 1, 2))
    assert np.array_equal(HOST.voxels, before)
    assert one.digest == same.digest != other.digest and one.digest != HOST.digest
    assert np.array_equal(one.voxels, same.voxels)


def test_what_does_not_fit_is_refused():
    at = (3.0, -2.0, 13.0)
    outside = Calcification("too high", (Layer(sphere(at, 2.0), 300.0),), at)
    with pytest.raises(ValueError, match=r"too high does not fit .* move it inwards"):
        put(outside)


def test_it_is_found_and_measured_in_a_real_calf(images):
    """Muscle of the calf of ct_sts028, 140 kVp, 3.27 mm slices; the host has nothing there."""
    host = read_series(images / "ct_sts028")
    at = (80.0, 20.0, 520.0)
    empty, *_ = measure(host, [Seed("x", at)])
    real = Calcification("x", (Layer(sphere(at, 4.0), 350.0),), at)
    series = insert(host, [real], Scanner(SOFT, thickness_mm=3.27), np.random.default_rng(0))
    (lesion,) = measure(series, [Seed("x", at)])
    assert "not_found" in empty.flags
    assert lesion.mass_mg == pytest.approx(exact(Scene(radius_mm=999.0, calcifications=(real,)))[0].mass_mg, rel=0.15)
