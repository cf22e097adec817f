"""Areas of outlines against shapes whose area is known, and shapes that enclose no single area."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from calcitrial.stills.polygon import area_px, area_se_px, crosses_itself, inside, overlap

SQUARE = np.array([[0, 0], [10, 0], [10, 10], [0, 10]], float)


def circle(radius: float, n: int = 200, centre: tuple[float, float] = (0.0, 0.0)) -> np.ndarray:
    turns = np.linspace(0, 2 * np.pi, n, endpoint=False)
    return np.column_stack([np.cos(turns), np.sin(turns)]) * radius + np.asarray(centre)


@given(st.floats(1, 50), st.floats(-1000, 1000), st.floats(-1000, 1000), st.booleans())
def test_a_circle_has_its_area_wherever_it_lies_and_whichever_way_it_is_drawn(radius, x, y, back):
    points = circle(radius, centre=(x, y))
    assert area_px(points[::-1] if back else points) == pytest.approx(math.pi * radius**2, rel=1e-3)


def test_the_uncertainty_is_what_scattered_vertices_show():
    points = circle(20, 24)
    dice = np.random.default_rng(5)
    areas = [area_px(points + dice.normal(0, 0.8, points.shape)) for _ in range(4000)]
    assert area_se_px(points, 0.8) == pytest.approx(np.std(areas), rel=0.05)


@pytest.mark.parametrize(
    ("points", "crosses"),
    [
        (SQUARE, False),
        ([[0, 0], [10, 10], [10, 0], [0, 10]], True),
        ([[0, 0], [10, 0], [10, 10], [5, 0], [0, 10]], True),  # touches its own side
        ([[0, 0], [10, 0], [10, 10], [5, 1], [0, 10]], False),
        ([[0, 0], [10, 0], [5, 0], [5, 5]], True),  # folds back onto itself
        (circle(30, 500), False),
        ([[0, 0], [3, 0], [0, 3]], False),
    ],
)
def test_an_outline_that_crosses_itself_is_seen(points, crosses):
    assert crosses_itself(np.array(points, float)) is crosses


@pytest.mark.parametrize(
    ("shift", "shared"),
    [((5, 5), True), ((11, 0), False), ((0, 20), False), ((9.9, 9.9), True), ((-30, -30), False)],
)
def test_outlines_that_share_area_are_seen(shift, shared):
    assert overlap(SQUARE, SQUARE + np.array(shift)) is shared


def test_an_outline_inside_another_shares_its_area():
    small = SQUARE * 0.2 + 3
    assert overlap(SQUARE, small) and overlap(small, SQUARE)


def test_inside_counts_a_ring_of_points():
    points = np.array([[5, 5], [-1, 5], [11, 5], [5, 11], [9.9, 0.1]])
    assert inside(SQUARE, points).tolist() == [True, False, False, False, True]
