"""The compiled opening is that of scipy, with the border of the image kept."""

import numpy as np
import pytest
from scipy import ndimage

from calcitrial.imaging.morphology import holds_box, opened_above

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


@pytest.mark.parametrize("size", [(1, 1, 1), (2, 3, 4), (5, 2, 1), (3, 3, 3), (9, 9, 9)])
def test_a_box_is_found_exactly_where_an_erosion_leaves_something(size):
    for seed in range(40):
        mask = np.random.default_rng(seed).random((7, 8, 9)) < 0.5 + 0.0125 * seed
        eroded = ndimage.binary_erosion(mask, np.ones(size))
        assert holds_box(mask, size) == eroded.any()


def test_a_depth_beyond_the_limit_is_never_denied():
    """What `cored` concludes from a box must follow from the depth."""
    spacing = (1.0, 0.45, 0.45)
    for radius in (4, 5.9, 6.1, 9, 12):
        z, y, x = (np.arange(-30, 31) * mm for mm in spacing)
        ball = z[:, None, None] ** 2 + y[:, None] ** 2 + x**2 <= radius**2
        depth = ndimage.distance_transform_edt(np.pad(ball, 1), sampling=spacing).max()
        assert depth > 6 or not holds_box(ball, tuple(2 * int(6 / mm) + 3 for mm in spacing))
    assert holds_box(ball, tuple(2 * int(6 / mm) + 3 for mm in spacing))
