"""The blurred ellipsoid and its slopes, voxel by voxel: the loops of `ellipsoid`.

With y the place about the centre in mm, K = (A A')^-1 of the axes A, and u the variance of the point spread, the
quadratic form has the three sums (cumulants over 2^(k-1) (k-1)!)

    one = y'Ky + u tr K,  two = 2u y'K^2 y + u^2 tr K^2,  three = 3u^2 y'K^3 y + u^3 tr K^3,

and with h = 1 - 2 one three / (3 two^2) the probability that it stays below one is about the normal distribution
function at (one^-h - 1 - two h (h - 1) / one^2) one / (sqrt(2 two) h) (Jensen and Solomon, doi
10.1080/01621459.1972.10481287). The slopes are the derivatives of these lines.
"""

import math

import numpy as np

from calcitrial.compiled import compiled
from calcitrial.dicom import Floats

LEAST_POWER = 1e-3  # where the power vanishes the law is that of a logarithm; a small one is as good
NUMBERS = 10  # centre z, y, x; logarithms of three axes; three slants; logarithm of sigma
AXES = 3  # the first of the logarithms of the axes
SLANTS = 6
SIGMA = 9


@compiled
def axes_of(numbers: Floats) -> Floats:
    """Return the (3, 3) matrix whose columns span the ellipsoid, mm."""
    axes = np.zeros((3, 3))
    scale = math.exp((numbers[3] + numbers[4] + numbers[5]) / 3)
    for i in range(3):
        axes[i, i] = math.exp(numbers[AXES + i])
    axes[1, 0], axes[2, 0], axes[2, 1] = numbers[6] * scale, numbers[7] * scale, numbers[8] * scale
    return axes


@compiled
def _axes_slopes(numbers: Floats, axes: Floats) -> Floats:
    """Return the slopes of the axes by their logarithms and slants, (6, 3, 3)."""
    slopes = np.zeros((6, 3, 3))
    scale = math.exp((numbers[3] + numbers[4] + numbers[5]) / 3)
    for i in range(3):
        slopes[i, i, i] = axes[i, i]
        slopes[i, 1, 0], slopes[i, 2, 0], slopes[i, 2, 1] = axes[1, 0] / 3, axes[2, 0] / 3, axes[2, 1] / 3
    slopes[3, 1, 0] = slopes[4, 2, 0] = slopes[5, 2, 1] = scale
    return slopes


@compiled
def _law(one: float, two: float, three: float) -> tuple[float, float, float, float]:
    """Return the normal deviate of the three sums and its slopes by each of them."""
    h = 1 - 2 * one * three / (3 * two * two)
    h1, h2, h3 = -2 * three / (3 * two**2), 4 * one * three / (3 * two**3), -2 * one / (3 * two**2)
    if abs(h) < LEAST_POWER:
        h, h1, h2, h3 = LEAST_POWER, 0.0, 0.0, 0.0
    log = math.log(one)
    raised = math.exp(-h * log)
    bend = two * (h - 1) / one**2
    f, g = raised - 1 - h * bend, one / (math.sqrt(2 * two) * h)
    f1, f2 = -h * raised / one + 2 * h * bend / one, -h * (h - 1) / one**2
    by_h = (-log * raised - two * (2 * h - 1) / one**2) * g - f * g / h
    return f * g, f1 * g + f * g / one + by_h * h1, f2 * g - f * g / (2 * two) + by_h * h2, by_h * h3


@compiled
def add_blurred(
    places: Floats, numbers: Floats, axes: Floats, step: float, share: float, variance: float, out: Floats
) -> None:
    """Add `share` of the blurred ellipsoid of unit height, `step` mm lower, to `out` (n,)."""
    inverse = np.linalg.inv(axes)
    k1 = inverse.T @ inverse
    k2 = k1 @ k1
    t1, t2, t3 = np.trace(k1), np.trace(k2), np.trace(k2 @ k1)
    y, v, w = np.empty(3), np.empty(3), np.empty(3)
    for n in range(len(places)):
        q1, q2, q3 = _forms(places[n], numbers, step, k1, k2, y, v, w)
        one, two = q1 + variance * t1, variance * (2 * q2 + variance * t2)
        three = variance**2 * (3 * q3 + variance * t3)
        out[n] += share * 0.5 * math.erfc(-_law(one, two, three)[0] / math.sqrt(2.0))


@compiled
def _forms(
    place: Floats, numbers: Floats, step: float, k1: Floats, k2: Floats, y: Floats, v: Floats, w: Floats
) -> tuple[float, float, float]:
    """Return y'Ky, y'K^2 y and y'K^3 y, and leave y, Ky and K^2 y in the last three."""
    for i in range(3):
        y[i] = place[i] - numbers[i]
    y[0] += step
    for i in range(3):
        v[i] = k1[i, 0] * y[0] + k1[i, 1] * y[1] + k1[i, 2] * y[2]
        w[i] = k2[i, 0] * y[0] + k2[i, 1] * y[1] + k2[i, 2] * y[2]
    q1 = y[0] * v[0] + y[1] * v[1] + y[2] * v[2]
    q2 = v[0] * v[0] + v[1] * v[1] + v[2] * v[2]
    return q1, q2, v[0] * w[0] + v[1] * w[1] + v[2] * w[2]


@compiled
def add_slopes(
    places: Floats, numbers: Floats, axes: Floats, step: float, share: float, variance: float, out: Floats
) -> None:
    """Add `share` of the slopes of the blurred ellipsoid by the ten numbers to `out` (n, 10)."""
    inverse = np.linalg.inv(axes)
    k1 = inverse.T @ inverse
    k2 = k1 @ k1
    t1, t2, t3 = np.trace(k1), np.trace(k2), np.trace(k2 @ k1)
    by_axes = _axes_slopes(numbers, axes)
    turned = np.empty((6, 3, 3))
    for j in range(6):
        half = k1 @ by_axes[j] @ inverse
        turned[j] = -(half + half.T)
    y, v, w, x, g = np.empty(3), np.empty(3), np.empty(3), np.empty(3), np.empty((3, 3))
    u, sigma = variance, math.exp(2 * numbers[SIGMA])
    for n in range(len(places)):
        q1, q2, q3 = _forms(places[n], numbers, step, k1, k2, y, v, w)
        z, z1, z2, z3 = _law(q1 + u * t1, u * (2 * q2 + u * t2), u * u * (3 * q3 + u * t3))
        density = share * math.exp(-z * z / 2) / math.sqrt(2 * math.pi)
        if density == 0.0:
            continue
        z1, z2, z3 = z1 * density, z2 * density, z3 * density
        for i in range(3):
            x[i] = k1[i, 0] * w[0] + k1[i, 1] * w[1] + k1[i, 2] * w[2]
            out[n, i] -= 2 * z1 * v[i] + 4 * u * z2 * w[i] + 6 * u * u * z3 * x[i]
        for i in range(3):
            for j in range(3):
                g[i, j] = z1 * y[i] * y[j] + 2 * u * z2 * (y[i] * v[j] + v[i] * y[j] + u * k1[i, j])
                g[i, j] += 3 * u * u * z3 * (y[i] * w[j] + v[i] * v[j] + w[i] * y[j] + u * k2[i, j])
            g[i, i] += z1 * u
        for j in range(6):
            t = turned[j]
            crossed = (g[0, 1] + g[1, 0]) * t[0, 1] + (g[0, 2] + g[2, 0]) * t[0, 2] + (g[1, 2] + g[2, 1]) * t[1, 2]
            out[n, AXES + j] += g[0, 0] * t[0, 0] + g[1, 1] * t[1, 1] + g[2, 2] * t[2, 2] + crossed
        by_variance = z1 * t1 + z2 * (2 * q2 + 2 * u * t2) + z3 * (6 * u * q3 + 3 * u * u * t3)
        out[n, SIGMA] += by_variance * 2 * sigma
