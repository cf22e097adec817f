"""A deposit below the threshold in fat, and where nothing can be told, a reader is asked."""

import numpy as np
import pytest
from scipy import ndimage

from calcitrial.dicom import Facts, Series
from calcitrial.imaging import Seed, measure

SPACING = (3.0, 1.0, 1.0)
SHAPE = (15, 60, 60)
FACTS = Facts("2.25.1", None, None, None, 120.0, None, 3.0, 1.0, 0.0, "none")


def limb(bump_hu: float, at: tuple[int, int, int], border: int = 30) -> Series:
    """Return a limb of fat up to a border along y and muscle beyond, with a bump of a few millimetres."""
    values = np.full(SHAPE, -1000.0)
    values[:, 8:52, 8:52] = -100.0
    values[:, border:52, 8:52] = 50.0
    spike = np.zeros(SHAPE)
    spike[at] = 1.0
    blurred = ndimage.gaussian_filter(spike, (0.5, 1.5, 1.5))
    values += bump_hu * blurred / blurred.max()
    values += ndimage.gaussian_filter(np.random.default_rng(3).normal(size=SHAPE), (0, 0.6, 0.6)) * 10
    return Series(np.rint(values).astype(np.int16), SPACING, np.diag([1.0, 1.0, 3.0, 1.0]), FACTS, "")


def asked(series: Series, at: tuple[int, int, int]) -> tuple[str, ...]:
    """Return the flags of a seed at a voxel."""
    (lesion,) = measure(series, [Seed("a", (float(at[2]), float(at[1]), 3.0 * at[0]))])
    return lesion.flags


@pytest.mark.parametrize("row", [20, 25, 27])
def test_what_is_below_the_threshold_in_fat_goes_to_a_reader_beside_muscle_too(row):
    at = (7, row, 30)
    assert "needs_reader" in asked(limb(150.0, at), at)


@pytest.mark.parametrize("row", [20, 40])
def test_where_nothing_is_nothing_is_asked(row):
    at = (7, row, 30)
    assert asked(limb(0.0, at), at) == ("not_found",)
