"""Shapes have the volume they claim, wherever and however they lie."""

from math import pi

import numpy as np
import pytest

from calcitrial.phantoms import Shape, Solid, ellipsoid, lump, plate, sediment, shell, sphere, volume_mm3
from calcitrial.phantoms.shapes import bounds, inside

AT = (1.3, -2.1, 0.4)


def counted(shape: Shape, mm: float = 0.05) -> float:
    """The volume by counting points of a grid that knows nothing of the shape's own box."""
    low, high = (np.asarray(edge) for edge in bounds(shape))
    x, y, z = (np.arange(a - 0.525, b + 0.5, mm) for a, b in zip(low, high, strict=True))
    return float(inside(shape, x, y[:, None], z[:, None, None]).sum() * mm**3)


@pytest.mark.parametrize(
    ("shape", "volume"),
    [
        (sphere(AT, 3.0), 36 * pi),
        (ellipsoid(AT, (1.0, 2.0, 4.0)), 32 / 3 * pi),
        (ellipsoid(AT, (1.0, 2.0, 4.0), 33.0, 71.0), 32 / 3 * pi),
        (plate(AT, (4.0, 1.0, 3.0), 20.0, 50.0), 96.0),
        (shell(AT, 4.0, 1.0), 4 / 3 * pi * (64 - 27)),
        (sediment(AT, 3.0, AT[1]), 18 * pi),
    ],
)
def test_volumes_are_those_of_the_formulas(shape, volume):
    assert volume_mm3(shape) == pytest.approx(volume, rel=0.005)
    assert counted(shape) == pytest.approx(volume, rel=0.005)


def test_an_irregular_lump_has_the_volume_that_counting_finds():
    shape = lump(AT, 4.0, np.random.default_rng(3))
    assert volume_mm3(shape) == pytest.approx(counted(shape), rel=0.005)
    assert volume_mm3(shape) > volume_mm3(sphere(AT, 2.8))


def test_equal_generators_give_equal_lumps():
    one, same, other = (lump(AT, 4.0, np.random.default_rng(seed)) for seed in (1, 1, 2))
    assert one == same and one != other


def test_what_overlaps_is_counted_once():
    solid = Solid(AT, (2.0, 2.0, 2.0))
    assert volume_mm3(Shape((solid, solid))) == pytest.approx(32 / 3 * pi, rel=0.005)


def test_chalk_settles_at_the_back():
    x, y, z = (np.array(v) for v in ([AT[0]] * 2, [AT[1] - 1, AT[1] + 1], [AT[2]] * 2))
    assert inside(sediment(AT, 3.0, AT[1]), x, y, z).tolist() == [False, True]


def test_a_shell_is_hollow():
    x, y, z = (np.array(v) for v in ([AT[0], AT[0] + 3.5], [AT[1]] * 2, [AT[2]] * 2))
    assert inside(shell(AT, 4.0, 1.0), x, y, z).tolist() == [False, True]


@pytest.mark.parametrize("shape", [plate(AT, (4.0, 1.0, 3.0), 20.0, 50.0), ellipsoid(AT, (1.0, 2.0, 4.0), 33.0, 71.0)])
def test_bounds_hold_the_shape_and_touch_it(shape):
    low, high = bounds(shape)
    points = np.random.default_rng(0).uniform(low - 2, high + 2, (200_000, 3)).T
    hit = points[:, inside(shape, *points)]
    assert (hit.min(axis=1) >= low).all() and (hit.max(axis=1) <= high).all()
    assert (hit.min(axis=1) - low < 0.4).all() and (high - hit.max(axis=1) < 0.4).all()
