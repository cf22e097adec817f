"""An empty place holds nothing within its uncertainty; a deposit too faint for the threshold is found there."""

import numpy as np
import pytest

from calcitrial.imaging import Settings
from calcitrial.tracking.remains import Remains, remains
from tests.moved_limbs import Ball, calf, scan

PLACE = (-6.0, 20.0, 0.0)
GRID = np.stack(np.meshgrid(*[np.arange(-3.0, 4.0)] * 3), axis=-1).reshape(-1, 3)
BALL = GRID[np.linalg.norm(GRID, axis=1) <= 3.0] + PLACE


@pytest.mark.parametrize("seed", range(1, 6))
def test_an_empty_place_is_consistent_with_nothing(seed):
    left = remains(scan(calf, {}, seed=seed), BALL, 1.5, Settings())
    assert left is not None and abs(left.mass_mg) < 3 * left.u_mg and not left.there(20.0)


def test_a_deposit_below_the_threshold_is_there():
    """115 HU in muscle of 55: nothing reaches 130 HU but for noise."""
    left = remains(scan(calf, {"faint": Ball(PLACE, 4.0, 115.0)}), BALL, 1.5, Settings())
    whole = 60 * 100 / 130 * 4 / 3 * np.pi * 4.0**3 / 1000
    assert left is not None and left.there(20.0) and 0.5 * whole < left.mass_mg < 1.3 * whole


def test_a_trifle_beside_what_was_there_does_not_count():
    assert not Remains(2.0, 0.1).there(40.0) and Remains(8.0, 0.1).there(40.0) and not Remains(8.0, 4.0).there(40.0)


@pytest.mark.parametrize("shift", [(0.0, 0.0, 200.0), (0.0, 30.0, 0.0)])
def test_outside_the_scan_or_the_body_nothing_is_said(shift):
    assert remains(scan(calf, {}), BALL + shift, 1.5, Settings()) is None
