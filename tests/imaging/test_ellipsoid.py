"""The blurred ellipsoid agrees with blurring one numerically, and the fit finds it again."""

import numpy as np
import pytest
from scipy import ndimage

from calcitrial.imaging.ellipsoid import Spread, fit
from calcitrial.imaging.ellipsoid_kernel import add_blurred, add_slopes, axes_of

STEP = 0.2
GRID = np.stack(np.meshgrid(*[np.arange(-6, 6.01, STEP)] * 3, indexing="ij"), axis=-1)


def numerically(axes: np.ndarray, sigma_mm: float, slab_mm: float = 0.0) -> np.ndarray:
    inside = (np.einsum("...i,ji->...j", GRID, np.linalg.inv(axes)) ** 2).sum(axis=-1) <= 1
    image = ndimage.gaussian_filter(inside.astype(float), sigma_mm / STEP, truncate=6)
    return ndimage.uniform_filter1d(image, round(slab_mm / STEP), axis=0) if slab_mm else image


def blurred(numbers: np.ndarray, places: np.ndarray, step: float = 0.0) -> np.ndarray:
    found = np.zeros(len(places))
    add_blurred(places, numbers, axes_of(numbers), step, 1.0, float(np.exp(2 * numbers[9])), found)
    return found


def numbers_of(semi: tuple[float, ...], slants: tuple[float, ...], sigma: float) -> np.ndarray:
    """The ten numbers of a centred ellipsoid; slants in mm, as the lower triangle of its axes."""
    return np.array([0, 0, 0, *np.log(semi), *(np.array(slants) / np.cbrt(np.prod(semi))), np.log(sigma)])


@pytest.mark.parametrize("sigma", [0.4, 0.6, 0.9])
@pytest.mark.parametrize("semi", [(1.5, 1.5, 1.5), (1.5, 2.0, 2.5), (4.0, 4.0, 3.0)])
def test_it_is_the_convolution_with_a_normal_point_spread(semi, sigma):
    axes = np.diag(semi) + np.tril(np.full((3, 3), 0.3), -1)
    expected = numerically(axes, sigma)
    found = blurred(numbers_of(semi, (0.3, 0.3, 0.3), sigma), GRID.reshape(-1, 3)).reshape(expected.shape)
    assert np.abs(found - expected).max() < 0.05
    assert found.sum() == pytest.approx(expected.sum(), rel=0.06)


@pytest.mark.parametrize("semi", [(0.4, 0.5, 0.4), (1.5, 2.0, 2.5), (9.0, 4.0, 6.0)])
def test_its_slopes_are_those_of_differences(semi):
    numbers = numbers_of(semi, (0.4, -0.2, 0.1), 0.6) + np.array([0.3, -0.2, 0.1, *np.zeros(7)])
    places = np.random.default_rng(3).normal(0, max(semi), (200, 3))
    slopes = np.zeros((200, 10))
    add_slopes(places, numbers, axes_of(numbers), 0.4, 1.0, float(np.exp(2 * numbers[9])), slopes)
    for j in range(10):
        step = np.eye(10)[j] * 1e-5
        differences = (blurred(numbers + step, places, 0.4) - blurred(numbers - step, places, 0.4)) / 2e-5
        assert slopes[:, j] == pytest.approx(differences, abs=1e-7)
        assert np.abs(differences).max() > 1e-3


@pytest.mark.parametrize("slab", [0.0, 2.0])
@pytest.mark.parametrize(("semi", "sigma"), [((2.0, 2.0, 2.0), 0.6), ((1.8, 2.4, 2.0), 0.5), ((3.5, 3.0, 3.0), 0.8)])
def test_the_fit_finds_size_contrast_and_point_spread_again(semi, sigma, slab):
    image = 400 * numerically(np.diag(semi), sigma, slab)
    seen = (slice(0, None, 10), slice(0, None, 3), slice(0, None, 3)) if slab else (slice(None, None, 3),) * 3
    excess = image[seen] + np.random.default_rng(1).normal(0, 5, image[seen].shape)
    start = np.array([0.3, -0.2, 0.2, 2.2, 2.2, 2.2])
    found = fit(GRID[seen].reshape(-1, 3), excess.ravel(), 5.0, slab, start, Spread(0.6, 0.3))
    volume = 4 / 3 * np.pi * np.prod(semi)
    assert found.volume_mm3 == pytest.approx(volume, rel=0.06) and found.contrast_hu == pytest.approx(400, rel=0.06)
    assert found.spread.sigma_mm == pytest.approx(sigma, rel=0.15)
    assert abs(found.volume_mm3 / volume - 1) < 4 * found.volume_u + 0.02
    assert found.profile(np.zeros((1, 3)))[0] > 0.9


def test_noise_makes_the_volume_uncertain():
    image = 60 * numerically(np.diag([1.2, 1.2, 1.2]), 0.6)[::5, ::5, ::5]
    places, start = GRID[::5, ::5, ::5].reshape(-1, 3), np.array([0, 0, 0, 1.2, 1.2, 1.2])
    uncertain = []
    for noise in (1.0, 20.0):
        excess = image + np.random.default_rng(2).normal(0, noise, image.shape)
        uncertain.append(fit(places, excess.ravel(), noise, 0.6, start, Spread(0.6, 0.3)).volume_u)
    assert uncertain[0] < 0.3 < uncertain[1]
