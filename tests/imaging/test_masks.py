"""Lesions come with their voxels, and a reader's outline is measured like any other."""

import numpy as np
import pytest

from calcitrial.imaging import Measured, Seed, measure, measure_mask, measure_masks
from calcitrial.phantoms import Bone, Deposit
from tests.scans import SMALL, in_memory, limb_with

PAIR = (
    Deposit("a", (-15.0, -10.0, -6.0), (4.0, 4.0, 4.0), 400.0),
    Deposit("b", (12.0, -14.0, 6.0), (3.0, 2.5, 4.0), 300.0),
)
LIMB = limb_with(*PAIR, bones=(Bone((0.0, 0.0), 8.0),))
SEEDS = [Seed(d.id, d.centre_mm) for d in PAIR]


def whole(one: Measured, shape: tuple[int, ...]) -> np.ndarray:
    mask = np.zeros(shape, dtype=bool)
    mask[one.box] = one.mask
    return mask


@pytest.mark.parametrize("seeds", [None, SEEDS])
def test_masks_are_those_of_the_lesions(seeds):
    series = in_memory(LIMB)
    found = measure_masks(series, seeds)
    assert [one.lesion for one in found] == measure(series, seeds) and len(found) == 2
    for one in found:
        assert one.mask.sum() * series.voxel_mm3 == pytest.approx(one.lesion.volume_mm3)
        assert series.voxels[one.box][one.mask].max() == one.lesion.hu_max
        assert all(one.mask.any(axis=tuple({0, 1, 2} - {a})).all() for a in range(3)), "the box is tight"


@pytest.mark.parametrize("deposit", [PAIR[0], Deposit("a", (11.8, 0.0, 0.0), (4.0, 4.0, 4.0), 400.0)])
def test_an_outline_of_the_same_voxels_gives_the_same_numbers(deposit):
    """The second deposit is fused with bone and was cut off it."""
    series = in_memory(limb_with(deposit, bones=(Bone((0.0, 0.0), 8.0),)))
    (one,) = measure_masks(series, [Seed("L1", deposit.centre_mm)])
    again = measure_mask(series, whole(one, series.voxels.shape), "L1")
    for name, value in vars(one.lesion).items():
        assert name == "flags" or getattr(again, name) == value
    assert set(again.flags) <= set(one.lesion.flags)


def test_parts_of_a_shared_finding_are_measured_as_outlined():
    series = in_memory(limb_with(Deposit("a", (-12.0, -12.0, 0.0), (8.0, 3.0, 3.0), 400.0)))
    left, right = measure_masks(series, [Seed("l", (-16.0, -12.0, 0.0)), Seed("r", (-8.0, -12.0, 0.0))])
    assert not (whole(left, series.voxels.shape) & whole(right, series.voxels.shape)).any()
    assert measure_mask(series, whole(left, series.voxels.shape), "l").mass_mg == left.lesion.mass_mg


def test_an_outline_is_cut_down_or_widened_as_the_reader_drew_it():
    series = in_memory(SMALL)
    (one,) = measure_masks(series)
    mask = whole(one, series.voxels.shape)
    half = mask.copy()
    half[: one.box[0].start + one.mask.shape[0] // 2] = False
    smaller = measure_mask(series, half, "half")
    assert smaller.id == "half" and 0.3 < smaller.volume_mm3 / one.lesion.volume_mm3 < 0.8
    assert smaller.mass_mg < 0.8 * one.lesion.mass_mg


def test_what_is_absent_or_outside_has_no_voxels():
    gone, outside = measure_masks(in_memory(SMALL), [Seed("g", (-12.0, -8.0, 0.0)), Seed("o", (0.0, 0.0, 400.0))])
    for one in (gone, outside):
        assert one.mask.size == 0 and one.mask.dtype == bool
        assert in_memory(SMALL).voxels[one.box].shape == one.mask.shape


def test_an_outline_of_nothing_or_of_another_series_is_refused():
    series = in_memory(SMALL)
    with pytest.raises(ValueError, match=r"L1 marks no voxel; outline"):
        measure_mask(series, np.zeros(series.voxels.shape, dtype=bool), "L1")
    with pytest.raises(ValueError, match=r"shape \(2, 2, 2\), the series \(20, 48, 48\); outline"):
        measure_mask(series, np.ones((2, 2, 2), dtype=bool), "L1")
