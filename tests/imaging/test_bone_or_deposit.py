"""A seed says that something is a lesion: size and density do not speak against it, the shape of a bone does."""

import dataclasses

import numpy as np
import pytest
from scipy import ndimage

from calcitrial.dicom import Series, read_series
from calcitrial.imaging import Seed, Settings, measure
from calcitrial.phantoms import Bone, Deposit, Phantom, truth
from tests.scans import in_memory, limb_with

TIBIA = Bone((14.0, 0.0), 7.0)
CLEAR = (-13.0, 0.0, 0.0)


def seeded(series: Series, point: tuple[float, float, float] = CLEAR, threshold: float = 130.0) -> set[str]:
    (lesion,) = measure(series, [Seed("a", point)], Settings(threshold_hu=threshold))
    return set(lesion.flags)


def with_ossicle(radius: float, cortex: float, marrow_hu: float, mm: float) -> Series:
    """Return a limb with a round bone, cortex around spongy bone, clear of the tibia."""
    phantom = limb_with(bones=(TIBIA,), spacing_mm=(mm, mm, mm), shape=(int(40 / mm), int(72 / mm), int(72 / mm)))
    series = in_memory(phantom)
    z, y, x = np.indices(series.voxels.shape)
    away = np.linalg.norm(series.to_patient(np.stack([z, y, x], axis=-1)) - CLEAR, axis=-1)
    bone = np.where(away <= radius - cortex, marrow_hu, 1200.0)
    sharp = np.where(away <= radius, bone, 50.0) - 50.0
    added = ndimage.gaussian_filter(sharp, 0.6 / mm)
    return dataclasses.replace(series, voxels=(series.voxels + added).astype(np.int16))


@pytest.mark.parametrize("density", [200.0, 600.0, 1200.0])
@pytest.mark.parametrize("volume", [200.0, 1000.0, 2500.0, 8000.0])
@pytest.mark.parametrize("spacing", [(1.0, 0.8, 0.8), (3.3, 1.0, 1.0)])
def test_a_solid_deposit_clear_of_bone_is_measured_whatever_its_size(volume, density, spacing):
    radius = float(np.cbrt(volume * 3 / (4 * np.pi)))
    shape = tuple(int(extent / mm) for extent, mm in zip((46, 96, 96), spacing, strict=True))
    deposit = Deposit("a", (-17.0, 0.0, 0.0), (radius, radius, radius), density)
    bone = Bone((20.0, 0.0), 7.0)
    phantom = Phantom(
        shape=shape, spacing_mm=spacing, limb_radius_mm=46.0, bones=(bone,), deposits=(deposit,), noise_hu=15.0
    )
    (lesion,) = measure(in_memory(phantom), [Seed("a", deposit.centre_mm)])
    assert lesion.flags == ()
    assert lesion.mass_mg == pytest.approx(truth(phantom)[0].mass_mg, rel=0.1)


def test_without_a_seed_the_same_deposit_goes_to_a_reader():
    phantom = limb_with(Deposit("a", CLEAR, (8.0, 8.0, 8.0), 600.0))
    assert "may_be_bone" in measure(in_memory(phantom))[0].flags
    assert seeded(in_memory(phantom)) == set()


@pytest.mark.parametrize("mm", [0.6, 1.0])
@pytest.mark.parametrize(
    ("radius", "cortex", "marrow_hu"), [(9.0, 1.5, 250.0), (7.0, 1.5, 300.0), (5.0, 1.5, 200.0), (4.0, 1.2, 200.0)]
)
def test_a_round_bone_clear_of_others_is_never_let_through(radius, cortex, marrow_hu, mm):
    series = with_ossicle(radius, cortex, marrow_hu, mm)
    for off in (0.0, radius - cortex / 2):
        point = (CLEAR[0] + off, CLEAR[1], CLEAR[2])
        assert "needs_reader" in seeded(series, point)


def test_a_bar_through_the_whole_scan_is_a_shaft():
    phantom = limb_with(Deposit("a", CLEAR, (4.0, 4.0, 500.0), 250.0))
    assert {"may_be_bone", "needs_reader"} <= seeded(in_memory(phantom))


@pytest.mark.parametrize(
    ("radius", "density", "flagged"), [(2.5, 400.0, True), (2.5, 120.0, False), (3.5, 400.0, False)]
)
def test_beside_bone_only_the_small_and_bright_may_be_an_ossicle(radius, density, flagged):
    """The gap of 4.5 mm between deposit and cortex is that of the real fabella, once both are blurred."""
    place = (14.0 - 7.0 - 4.5 - radius, 0.0, 0.0)
    phantom = limb_with(Deposit("a", place, (radius,) * 3, density), bones=(TIBIA,), noise_hu=5.0)
    flags = seeded(in_memory(phantom), place)
    assert "near_bone" in flags and ("needs_reader" in flags) is flagged


@pytest.mark.parametrize("name", ["ct_sts028", "ct_sts038", "ct_sts019"])
@pytest.mark.parametrize("threshold", [130.0, 300.0])
def test_seeds_on_real_bones_are_flagged(images, name, threshold):
    """Forty points in bone of 400 HU and more: tibia, femur, carpal bones, phalanges."""
    series = read_series(images / name)
    bone, _ = ndimage.label(series.voxels >= 130, np.ones((3, 3, 3)))
    largest = np.argwhere((series.voxels >= 400) & (bone == np.bincount(bone[bone > 0]).argmax()))
    picked = largest[np.random.default_rng(5).choice(len(largest), 40, replace=False)]
    seeds = [Seed(str(i), tuple(series.to_patient(at))) for i, at in enumerate(picked)]
    lesions = measure(series, seeds, Settings(threshold_hu=threshold))
    assert all("needs_reader" in lesion.flags for lesion in lesions)


def test_a_seed_on_the_fabella_is_flagged_and_one_on_the_tumour_is_not(images):
    series = read_series(images / "ct_sts028")
    fabella, tumour = measure(series, [Seed("fabella", (93.0, -43.0, 577.0)), Seed("tumour", (49.0, 2.0, 479.0))])
    assert {"may_be_bone", "needs_reader"} <= set(fabella.flags) and round(fabella.hu_max) == 440
    assert tumour.flags == ("other_kvp",)


def with_shell(mm: float, speck_hu: float) -> tuple[Series, float]:
    """Return a limb with a deposit calcified at its rim, open at one place, a speck inside, and its sum in HU mm3."""
    series = in_memory(limb_with(spacing_mm=(mm, mm, mm), shape=(int(40 / mm), int(72 / mm), int(72 / mm))))
    z, y, x = np.indices(series.voxels.shape)
    offset = series.to_patient(np.stack([z, y, x], axis=-1)) - CLEAR
    away = np.linalg.norm(offset, axis=-1)
    rim = (away <= 4.5) & (away > 3.2) & ~((np.abs(offset[..., 1:]) < 0.4).all(axis=-1) & (offset[..., 0] > 0))
    added = ndimage.gaussian_filter(np.where(rim, 900.0, 0.0), 0.5 / mm)
    added[away < mm] += speck_hu
    return dataclasses.replace(series, voxels=(series.voxels + added).astype(np.int16)), float(added.sum() * mm**3)


@pytest.mark.parametrize("speck_hu", [0.0, 150.0])
@pytest.mark.parametrize("mm", [0.5, 0.6])
def test_a_seed_inside_a_deposit_with_a_shell_measures_the_shell(mm, speck_hu):
    series, whole = with_shell(mm, speck_hu)
    (lesion,) = measure(series, [Seed("a", CLEAR)])
    assert {"may_be_bone", "needs_reader"} <= set(lesion.flags)
    assert lesion.mass_mg == pytest.approx(whole * Settings().calibration_mg_per_cm3_per_hu / 1000, rel=0.08)
