"""Areas times weights of the peak, slice by slice, with the bounds of the voltage."""

import numpy as np
import pytest

from calcitrial.imaging.agatston import FIRST_HU, agatston

SPACING = (3.0, 0.5, 0.5)
EVERYWHERE = np.ones((3, 10, 10), dtype=bool)


def block(hu: float, thickness: int = 1) -> tuple[np.ndarray, np.ndarray]:
    values = np.full((3, 10, 10), 40.0)
    values[:thickness, 2:6, 2:6] = hu
    return values, values == hu


@pytest.mark.parametrize(("hu", "weight"), [(130, 1), (199, 1), (200, 2), (299, 2), (300, 3), (400, 4), (1500, 4)])
def test_four_square_millimetres_count_by_their_peak(hu, weight):
    values, lesion = block(hu)
    assert agatston(values, lesion, EVERYWHERE, SPACING, 120.0) == pytest.approx(4.0 * weight)
    assert agatston(values, lesion, EVERYWHERE, (1.5, 0.5, 0.5), 120.0) == pytest.approx(2.0 * weight)


@pytest.mark.parametrize(("kvp", "first"), FIRST_HU.items())
def test_each_voltage_has_its_own_first_bound(kvp, first):
    """doi 10.1093/ehjci/jey019; the further bounds keep their ratio to it."""
    at, below = block(first), block(first - 1)
    assert agatston(*at, EVERYWHERE, SPACING, kvp) == 4.0 and agatston(*below, EVERYWHERE, SPACING, kvp) == 0.0
    assert agatston(*block(np.ceil(first * 200 / 130)), EVERYWHERE, SPACING, kvp) == 8.0


@pytest.mark.parametrize("kvp", [None, 90.0, 140.0])
def test_a_voltage_without_bounds_has_no_score(kvp):
    assert agatston(*block(300), EVERYWHERE, SPACING, kvp) is None


def test_specks_below_a_square_millimetre_and_neighbours_do_not_count():
    values, lesion = block(300)
    values[2, 8, 8] = 900
    assert agatston(values, lesion, EVERYWHERE, SPACING, 120.0) == 12.0
    speck = np.full((3, 10, 10), 40.0)
    speck[1, 4, 4:7] = 500
    assert agatston(speck, speck == 500, EVERYWHERE, SPACING, 120.0) == 0.0


def test_a_lesion_sought_at_a_high_threshold_still_counts_from_its_bound():
    values, lesion = block(140)
    values[0, 3, 3] = 450
    assert agatston(values, values == 450, EVERYWHERE, SPACING, 120.0) == 16.0
    assert agatston(values, values == 450, lesion | (values == 450), SPACING, 120.0) == 16.0
