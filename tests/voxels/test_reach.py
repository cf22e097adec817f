"""Distances up to a limit agree with the full Euclidean distance transform."""

import numpy as np
import pytest
from scipy import ndimage

from calcitrial.voxels import reach
from calcitrial.voxels.reach import deeper_than, squared_distance, within

SPACING = (1.1, 0.7, 0.45)


@pytest.mark.parametrize("limit", [0.5, 0.7, 2.1, 2.5, 6.0])
@pytest.mark.parametrize("chunk", [1, 40, 1 << 18])
def test_it_is_the_euclidean_distance_up_to_the_limit(limit, chunk, monkeypatch):
    monkeypatch.setattr(reach, "CHUNK", chunk)
    rng = np.random.default_rng(7)
    for _ in range(20):
        mask = rng.random(tuple(rng.integers(1, 12, 3))) < 0.03
        mask.flat[0] = True
        whole = ndimage.distance_transform_edt(~mask, sampling=SPACING)
        found = squared_distance(mask, SPACING, limit)
        near = whole <= limit + 1e-9
        assert np.array_equal(np.isfinite(found), near) and np.array_equal(within(found, limit), near)
        assert np.sqrt(found[near]) == pytest.approx(whole[near], abs=1e-5)


def test_an_empty_mask_is_far_from_everywhere():
    assert np.isinf(squared_distance(np.zeros((3, 4, 5), dtype=bool), SPACING, 6.0)).all()


@pytest.mark.parametrize("depth", [0.45, 1.0, 3.0])
def test_depth_counts_the_border_of_the_array_as_outside(depth):
    mask = np.ones((9, 12, 17), dtype=bool)
    mask[4, 6, 8] = False
    whole = ndimage.distance_transform_edt(np.pad(mask, 1), sampling=SPACING)[1:-1, 1:-1, 1:-1]
    assert np.array_equal(deeper_than(mask, SPACING, depth), whole > depth + 1e-9)
