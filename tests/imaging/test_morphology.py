"""The compiled opening is that of scipy, with the border of the image kept."""

import numpy as np
import pytest
from scipy import ndimage

from calcitrial.imaging.morphology import opened_above

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
