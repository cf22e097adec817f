"""Finds the variances of highest restricted likelihood for one data set after another, compiled; see `many.py`.

Steps with the average information (Gilmour, Thompson and Cullis, Biometrics 1995;51:1440), halved until the likelihood
does not fall; a variance that reaches zero is held there as long as its score is not positive.
"""

import math
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from calcitrial.models.many_kernel import (
    Layout,
    Sums,
    compiled,
    first_traces,
    inverse_sandwich,
    member,
    pairs_along,
    second_forms,
    spread_of,
    tilt,
    weigh,
)

Array = NDArray[np.float64]

STEPS = 100
HALVINGS = 40
CONVERGED = 1e-14  # half squared length of the next step, as in variances.py
ROUNDING = 1e-8
LOG_TWO_PI = math.log(2 * math.pi)


class Point(NamedTuple):
    """What is known at given variances: `phi` = (X'V^-1 X)^-1, `contrast` = (-b, 1), and what the kernel weighs with.

    That is the `variance` of each stratum, and of each loose participant what `weigh` says (`own`) and c (`near`).
    """

    theta: Array
    loglik: float
    phi: Array
    contrast: Array
    variance: Array
    own: Array
    near: Array


@compiled
def sweep(matrix: Array, pivots: int) -> float:
    """Sweep a symmetric matrix on its first columns in place; return the log determinant, NaN when it has none.

    The swept block becomes minus its inverse, the columns beside it the solution, the rest what is left over;
    Beaton 1964, Goodnight, Am Stat 1979;33:149.
    """
    volume, size = 0.0, len(matrix)
    lengths = np.empty(pivots)
    for k in range(pivots):
        lengths[k] = matrix[k, k]
    for k in range(pivots):
        pivot = matrix[k, k]
        if not pivot > 1e-13 * lengths[k]:
            return math.nan
        volume += math.log(pivot)
        for i in range(size):
            if i != k:
                factor = matrix[i, k] / pivot
                for j in range(size):
                    matrix[i, j] -= factor * matrix[k, j]
                matrix[i, k] = factor
        for j in range(size):
            matrix[k, j] /= pivot
        matrix[k, k] = -1 / pivot
    return volume


@compiled
def evaluate(theta: Array, rows: int, lay: Layout, sums: Sums) -> Point:
    """Return the likelihood at given variances with what its derivatives need; it is NaN where it does not exist."""
    variance, own, near = spread_of(theta, lay.parts), weigh(theta, lay), tilt(theta, lay, sums.loose, 1, 0)
    whole, volume = inverse_sandwich(variance, own, near, lay, sums)
    p = len(whole) - 1
    volume += sweep(whole, p)
    contrast = np.ones(p + 1)
    contrast[:p] = -whole[:p, p]
    loglik = -0.5 * ((rows - p) * LOG_TWO_PI + volume + whole[p, p])
    return Point(theta, loglik, -whole[:p, :p], contrast, variance, own, near)


@compiled
def along_first(here: Point, far: Array, further: Array, lay: Layout, sums: Sums, vector: Array) -> Array:
    """Return A'V^-1 G_k V^-1 A times a vector, 3 x w; `far` and `further` hold e and h of the loose participants."""
    width = len(vector)
    out = np.zeros((3, width))
    for s in range(len(here.variance)):
        weights = np.array([member(lay.parts[s], k) / here.variance[s] ** 2 for k in range(3)])
        for i in range(width):
            value = 0.0
            for j in range(width):
                value += sums.squares[s, i, j] * vector[j]
            for k in range(3):
                out[k, i] += weights[k] * value
    for person in range(len(here.own)):
        k, g, dd, dnd = here.own[person, 0], here.own[person, 1], here.own[person, 3], here.own[person, 4]
        c, e, h = 0.0, 0.0, 0.0
        for i in range(width):
            c += here.near[person, i] * vector[i]
            e += far[person, i] * vector[i]
            h += further[person, i] * vector[i]
        for i in range(width):
            near = here.near[person, i]
            out[0, i] += k * (k * dd * c - e) * near - k * c * far[person, i]
            out[1, i] += g**2 * c * near
            out[2, i] += k * (k * dnd * c - h) * near - k * c * further[person, i]
    return out


@compiled
def traced_first(here: Point, far: Array, further: Array, lay: Layout, sums: Sums) -> Array:
    """Return the traces of phi X'V^-1 G_k V^-1 X (3)."""
    p = len(here.phi)
    out = np.zeros(3)
    for s in range(len(here.variance)):
        value = 0.0
        for i in range(p):
            for j in range(p):
                value += here.phi[i, j] * sums.squares[s, i, j]
        for k in range(3):
            out[k] += value * member(lay.parts[s], k) / here.variance[s] ** 2
    for person in range(len(here.own)):
        k, g, dd, dnd = here.own[person, 0], here.own[person, 1], here.own[person, 3], here.own[person, 4]
        cc, ce, ch = 0.0, 0.0, 0.0
        for i in range(p):
            turned = 0.0
            for j in range(p):
                turned += here.phi[i, j] * here.near[person, j]
            cc += here.near[person, i] * turned
            ce += far[person, i] * turned
            ch += further[person, i] * turned
        out[0] += k**2 * dd * cc - 2 * k * ce
        out[1] += g**2 * cc
        out[2] += k**2 * dnd * cc - 2 * k * ch
    return out


@compiled
def squares_along(squares: Array, vector: Array) -> Array:
    """Return the square of a vector in each stratum."""
    out = np.zeros(len(squares))
    for s in range(len(squares)):
        for i in range(len(vector)):
            value = 0.0
            for j in range(len(vector)):
                value += squares[s, i, j] * vector[j]
            out[s] += value * vector[i]
    return out


@compiled
def form_of(matrix: Array, left: Array, right: Array) -> float:
    """Return left' matrix right, over the columns of the matrix."""
    total = 0.0
    for i in range(len(matrix)):
        value = 0.0
        for j in range(len(matrix)):
            value += matrix[i, j] * right[j]
        total += value * left[i]
    return total


@compiled
def derivatives(here: Point, lay: Layout, sums: Sums) -> tuple[Array, Array]:
    """Return the score (3) and the average information: half of y'P G_k P G_l P y (3 x 3)."""
    far, further = tilt(here.theta, lay, sums.loose, 2, 0), tilt(here.theta, lay, sums.loose, 2, 1)
    along = along_first(here, far, further, lay, sums, here.contrast)
    score = traced_first(here, far, further, lay, sums) - first_traces(here.variance, here.own, lay)
    pairs = pairs_along(here.theta, lay, sums.loose, here.contrast)
    forms = squares_along(sums.squares, here.contrast)
    information = second_forms(here.variance, here.own, lay, forms, pairs)
    for k in range(3):
        for i in range(len(here.contrast)):
            score[k] += along[k, i] * here.contrast[i]
        for m in range(3):
            information[k, m] -= form_of(here.phi, along[k], along[m])
    return 0.5 * score, 0.5 * information


@compiled
def step_over(free: Any, score: Array, information: Array) -> Array:
    """Return the step over the free variances; along the scaled gradient where the information is not definite."""
    kept, target = np.eye(3), np.zeros(3)
    for k in range(3):
        for m in range(3):
            if free[k] and free[m]:
                kept[k, m] = information[k, m]
        if free[k]:
            target[k] = score[k]
    step = target / np.maximum(np.diag(kept), 1e-300)
    if math.isnan(sweep(kept, 3)):
        return step
    for k in range(3):
        step[k] = -(kept[k, 0] * target[0] + kept[k, 1] * target[1] + kept[k, 2] * target[2])
    return step


@compiled
def direction(theta: Array, score: Array, information: Array) -> Array:
    """Return the step over the variances that are free; one at zero that would fall is held."""
    free = (theta > 0) | (score > 0)
    while True:
        step = step_over(free, score, information)
        falling = free & (theta == 0) & (step < 0)
        if not falling.any():
            return step
        free = free & ~falling


@compiled
def moved(theta: Array, step: Array, length: float) -> Array:
    """Go along the step to the first boundary at most; a variance that reaches it becomes exactly zero."""
    reach = np.full(3, np.inf)
    for k in range(3):
        if step[k] < 0:
            reach[k] = -theta[k] / step[k]
    reach[0] *= 0.9  # the residual variance never becomes zero
    length = min(length, reach.min())
    new = theta + length * step
    for k in range(1, 3):
        if reach[k] <= length:
            new[k] = 0.0
    return new


@compiled
def begin(lay: Layout, sums: Sums) -> Array:
    """Return first variances from the sums of squares within lesions, between lesions and between participants."""
    last, n = sums.both.shape[1] - 1, float(len(sums.both))
    lesions = people = 0.0
    even = 0.0  # sum over participants of sum(n_j^2) / sum(n_j)
    for person in range(len(lay.shape)):
        total, rows, square = 0.0, 0.0, 0.0
        for lesion in range(lay.people[person], lay.people[person + 1]):
            own = float(lay.lesions[lesion + 1] - lay.lesions[lesion])
            total += sums.scaled[lesion, last] * math.sqrt(own)
            lesions += sums.scaled[lesion, last] ** 2
            rows += own
            square += own**2
        people += total**2 / rows
        even += square / rows
    within = sums.squares[0, last, last]
    share = (within + lesions) / n
    spare, many = float(len(lay.size) - len(lay.shape)), float(len(lay.shape))
    theta = np.full(3, share / 3)
    if spare > 0 and n > len(lay.size) and n > even:
        theta[0] = max(within / (n - len(lay.size)), 1e-3 * share)
        theta[2] = max((lesions - people - spare * theta[0]) / (n - even), 0.02 * share)
        theta[1] = max((people - many * theta[0] - even * theta[2]) / n, 0.02 * share)
    return theta


@compiled
def climb(theta: Array, lay: Layout, sums: Sums) -> tuple[Point, bool]:
    """Return what is known at the maximum that is reached from given variances, and whether it was reached."""
    rows = len(sums.both)
    now = evaluate(theta, rows, lay, sums)
    for _ in range(STEPS):
        score, information = derivatives(now, lay, sums)
        step = direction(now.theta, score, information)
        gain = 0.5 * (step[0] * score[0] + step[1] * score[1] + step[2] * score[2])
        if gain < CONVERGED or math.isnan(gain):
            return now, not math.isnan(gain)
        length, accepted = 1.0, False
        slack = 1e-11 * (1 + abs(now.loglik))
        for _ in range(HALVINGS):
            new = evaluate(moved(now.theta, step, length), rows, lay, sums)
            if new.loglik >= now.loglik - slack:
                now, accepted = new, True
                break
            length /= 2
        if not accepted:
            return now, gain < ROUNDING
    return now, False


@compiled
def maximise(lay: Layout, sums: Sums) -> tuple[Point, bool]:
    """Return what is known at the variances (residual, participant, lesion), and whether they converged.

    With few participants the likelihood may have one maximum without participants' variance and another without
    lesions'; where the search ends on one of these edges it is begun again on the other.
    """
    found, converged = climb(begin(lay, sums), lay, sums)
    if (found.theta[1] == 0) == (found.theta[2] == 0):
        return found, converged
    start = np.array([found.theta[0], found.theta[2], found.theta[1]])
    other, also = climb(start, lay, sums)
    if also and (not converged or other.loglik > found.loglik + 1e-9):
        return other, also
    return found, converged
