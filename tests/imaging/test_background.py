"""The tissue around a lesion: its value at the centre, its spread, and noise that neighbours share."""

import numpy as np
import pytest
from scipy import ndimage

from calcitrial.imaging.background import background_of

SHAPE = (31, 31, 31)
CENTRE = np.array([15.0, 15.0, 15.0])
SPACING = (1.0, 1.0, 1.0)
AWAY = np.linalg.norm(np.indices(SHAPE).T - CENTRE, axis=-1).T
RING = (AWAY > 5) & (AWAY < 9)
BESIDE = RING & (AWAY < 6.7)


def noise(grain: float, seed: int = 1) -> np.ndarray:
    field = ndimage.gaussian_filter(np.random.default_rng(seed).normal(size=SHAPE), grain)
    return 10 * field / field.std()


def test_even_tissue_is_known_to_within_its_noise():
    errors = []
    for seed in range(20):
        found = background_of(50 + noise(0.8, seed), RING, BESIDE, CENTRE, SPACING)
        assert found.sd_hu == pytest.approx(10, rel=0.2)
        errors.append((found.hu - 50) / found.u_hu)
    assert 0.4 < np.sqrt(np.mean(np.square(errors))) < 1.5


@pytest.mark.parametrize("axis", [0, 1, 2])
def test_between_two_tissues_it_is_their_mean(axis):
    values = np.where(np.indices(SHAPE)[axis] < 15, -100.0, 50.0) + noise(0.8)
    found = background_of(values, RING, BESIDE, CENTRE, SPACING)
    assert found.hu == pytest.approx(-25, abs=12) and found.u_hu > 10


def test_a_strand_of_fat_does_not_pull_it_down():
    values = 50 + noise(0.8)
    values[:, 20:23, 8:10] = -100
    assert background_of(values, RING, BESIDE, CENTRE, SPACING).hu == pytest.approx(50, abs=4)


def test_too_small_a_ring_gives_none_and_a_ring_on_one_side_is_not_carried_far():
    few = np.zeros(SHAPE, dtype=bool)
    few[15, 15, :19] = True
    assert background_of(50 + noise(0.8), few, few, CENTRE, SPACING) is None
    tilted = 50 + noise(0.8) + np.indices(SHAPE)[2]
    half = RING & (np.indices(SHAPE)[2] > 15)
    assert 50 + 15 <= background_of(tilted, half, half & BESIDE, CENTRE, SPACING).hu <= 50 + 24


@pytest.mark.parametrize("grain", [0.0, 0.8, 1.2])
def test_inflation_is_that_of_a_sum_over_a_block(grain):
    """Var(sum) / (n * var) over blocks of the size of a lesion, of noise whose grain is normal."""
    many = [noise(grain, seed) for seed in range(40)]
    sums = [field[a : a + 5, 8:13, b : b + 5].sum() for field in many for a in (3, 12, 21) for b in (3, 12, 21)]
    expected = np.var(sums) / (5**3 * 100)
    found = np.mean([background_of(50 + field, RING, BESIDE, CENTRE, SPACING).inflation for field in many[:8]])
    assert 0.5 < found / expected < 2.0


def test_noise_that_cancels_in_sums_is_known_to():
    """Filtered back projection suppresses low frequencies: a sum is surer than independent voxels would make it."""
    field = noise(0.0) - ndimage.gaussian_filter(noise(0.0), 1.0)
    assert background_of(50 + field, RING, BESIDE, CENTRE, SPACING).inflation < 0.6


def test_tissue_beside_the_lesion_counts_for_more_than_tissue_farther_off():
    values = 50 + noise(0.8)
    values[(AWAY > 7.2) & (np.indices(SHAPE)[2] > 15)] = -100
    found = background_of(values, RING, BESIDE, CENTRE, SPACING)
    assert found.hu == pytest.approx(50, abs=5)
