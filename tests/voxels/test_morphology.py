"""The compiled opening is that of scipy, with the border of the image kept."""

import numpy as np
import pytest
from scipy import ndimage

from calcitrial.voxels.morphology import depth_up_to, opened_above

PLUS = ndimage.generate_binary_structure(2, 1)[None]


@pytest.mark.parametrize("threads", ["1", "3"])
@pytest.mark.parametrize("shape", [(5, 40, 51), (1, 5, 5), (3, 1, 9), (2, 70, 3), (4, 2, 2)])
def test_the_same_as_scipy(shape, threads, monkeypatch):
    monkeypatch.setenv("CALCITRIAL_THREADS", threads)
    rng = np.random.default_rng(sum(shape))
    voxels = (800 * ndimage.gaussian_filter(rng.normal(size=shape), (0, 1.5, 1.5))).astype(np.int16)
    soft = voxels > -50
    expected = ndimage.binary_dilation(ndimage.binary_erosion(soft, PLUS, iterations=2), PLUS, iterations=2)
    rim = np.ones(shape, bool)
    rim[:, 2:-2, 2:-2] = False
    assert np.array_equal(opened_above(voxels, -50), expected | (soft & rim))


def test_the_level_itself_is_not_above():
    voxels = np.full((2, 20, 20), -300, np.int16)
    assert not opened_above(voxels, -300).any() and opened_above(voxels, -300.5).all()
    assert opened_above(voxels, -1e9).all() and not opened_above(voxels, 1e9).any()


@pytest.mark.parametrize("limit", [0.4, 1.0, 3.0, 6.0, 60.0])
@pytest.mark.parametrize("spacing", [(1.0, 1.0, 1.0), (3.27, 0.977, 0.977), (0.6, 0.45, 0.35)])
def test_depths_are_those_of_scipy_to_the_last_bit(spacing, limit):
    rng = np.random.default_rng(7)
    for shape, smooth in [((9, 31, 40), 2.0), ((20, 12, 9), 1.0), ((1, 8, 8), 0.5), ((12, 12, 12), 9.0)]:
        mask = ndimage.gaussian_filter(rng.normal(size=shape), smooth) > -0.02
        whole = ndimage.distance_transform_edt(np.pad(mask, 1), sampling=spacing)[1:-1, 1:-1, 1:-1]
        assert np.array_equal(depth_up_to(mask, spacing, limit), np.where(whole <= limit, whole, np.inf))


def test_the_depth_of_a_mask_without_an_outside_ends_at_its_array():
    assert depth_up_to(np.ones((3, 5, 7), bool), (1.0, 1.0, 1.0), 9.0).max() == 2.0
