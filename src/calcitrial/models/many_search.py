"""Finds the variances of highest restricted likelihood for one data set after another, compiled; see `many.py`.

Steps with the average information (Gilmour, Thompson and Cullis, Biometrics 1995;51:1440), halved until the likelihood
does not fall; a variance that reaches zero is held there as long as its score is not positive. Kenward-Roger as in
`kenward_roger.py`.
"""

import math
from typing import Any

import numpy as np
from numpy.typing import NDArray

from calcitrial.models.many_kernel import compiled, sandwiches, seconds, sum_up, traces_of

Array = NDArray[np.float64]

FINE, SINGULAR, UNKNOWN = 0, 1, 2
STEPS = 100
HALVINGS = 40
CONVERGED = 1e-14  # half squared length of the next step, as in variances.py
ROUNDING = 1e-8
LOG_TWO_PI = math.log(2 * math.pi)


@compiled
def root_of(matrix: Array, root: Array) -> float:
    """Fill the lower Cholesky root of a matrix and return its log determinant, NaN when it is not positive definite."""
    volume = 0.0
    for j in range(len(matrix)):
        for i in range(j, len(matrix)):
            root[i, j] = matrix[i, j]
            for k in range(j):
                root[i, j] -= root[i, k] * root[j, k]
            if i > j:
                root[i, j] /= root[j, j]
            elif root[j, j] > 1e-13 * matrix[j, j]:
                volume += math.log(root[j, j])
                root[j, j] = math.sqrt(root[j, j])
            else:
                return math.nan
    return volume


@compiled
def invert(matrix: Array, inverse: Array) -> float:
    """Fill the inverse of a positive definite matrix and return its log determinant, NaN when it is none."""
    size = len(matrix)
    root = np.zeros((size, size))
    volume = root_of(matrix, root)
    if math.isnan(volume):
        return math.nan
    for j in range(size):  # the root becomes its own inverse
        root[j, j] = 1 / root[j, j]
        for i in range(j + 1, size):
            value = 0.0
            for k in range(j, i):
                value -= root[i, k] * root[k, j]
            root[i, j] = value / root[i, i]
    inverse[:] = root.T @ root
    return volume


@compiled
def evaluate(theta: Array, rows: int, parts: Array, squares: Array, loose: Any) -> Any:
    """Return the log-likelihood, its score, (X'V^-1 X)^-1, A'V^-1 G_k V^-1 A and the contrast (-b, 1)."""
    whole, first, trace, volume = sandwiches(theta, parts, squares, loose)
    p = len(whole) - 1
    phi = np.empty((p, p))
    volume += invert(whole[:p, :p], phi)
    contrast = np.ones(p + 1)
    contrast[:p] = -(phi @ np.ascontiguousarray(whole[:p, p]))
    quadratic = contrast @ np.ascontiguousarray(whole[:, p])
    score = np.empty(3)
    for k in range(3):
        inner = contrast @ (first[k] @ contrast)
        score[k] = 0.5 * (inner - trace[k] + np.sum(phi * first[k, :p, :p]))
    loglik = -0.5 * ((rows - p) * LOG_TWO_PI + volume + quadratic)
    return loglik, score, phi, first, contrast


@compiled
def average_information(theta: Array, now: Any, parts: Array, squares: Array, loose: Any) -> Array:
    """Return half of y'P G_k P G_l P y, 3 x 3."""
    _, _, phi, first, contrast = now
    p = len(phi)
    scaled, counts, starts = loose
    narrow = np.empty((len(parts), 1, 1))
    for s in range(len(parts)):
        narrow[s, 0, 0] = contrast @ (squares[s] @ contrast)
    along = np.empty((3, p))
    for k in range(3):
        along[k] = (first[k] @ contrast)[:p]
    column = np.ascontiguousarray(scaled @ contrast).reshape(-1, 1)
    second = seconds(theta, parts, narrow, (column, counts, starts))
    return 0.5 * (second[:, :, 0, 0] - along @ phi @ along.T)


@compiled
def step_over(free: Any, score: Array, information: Array) -> Array:
    """Return the step over the free variances; along the scaled gradient where the information is not definite."""
    kept, target, inverse = np.eye(3), np.zeros(3), np.empty((3, 3))
    for k in range(3):
        for m in range(3):
            if free[k] and free[m]:
                kept[k, m] = information[k, m]
        if free[k]:
            target[k] = score[k]
    if math.isnan(invert(kept, inverse)):
        inverse = np.diag(1 / np.maximum(np.diag(kept), 1e-300))
    return inverse @ target


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
def begin(parts: Array, squares: Array, loose: Any, rows: int) -> Array:
    """Return first variances from the mean squares of the strata; equal shares where no participant has a shape."""
    scaled, counts, _ = loose
    last = squares.shape[1] - 1
    total = (scaled[:, last] ** 2).sum()
    for s in range(len(parts)):
        total += squares[s, last, last]
    share = total / rows
    theta = np.full(3, share / 3)
    between, people, weight = 0.0, 0.0, np.zeros(2)
    dims = np.zeros(2)
    for s in range(1, len(parts), 2):
        between += squares[s, last, last]
        people += squares[s + 1, last, last]
        dims += np.array([parts[s, 0], parts[s + 1, 0]])
        weight += np.array([parts[s, 0] * parts[s, 2], parts[s + 1, 0] * parts[s + 1, 1]])
    if len(counts) == 0 and dims.min() > 0 and parts[0, 0] > 0:
        theta[0] = squares[0, last, last] / parts[0, 0]
        theta[2] = max((between / dims[0] - theta[0]) * dims[0] / weight[0], 0.02 * share)
        theta[1] = max((people / dims[1] - between / dims[0]) * dims[1] / weight[1], 0.02 * share)
    return theta


@compiled
def maximise(parts: Array, squares: Array, loose: Any, rows: int) -> Any:
    """Return the variances (residual, participant, lesion), what `evaluate` says there, and whether it converged."""
    theta = begin(parts, squares, loose, rows)
    now = evaluate(theta, rows, parts, squares, loose)
    for _ in range(STEPS):
        step = direction(theta, now[1], average_information(theta, now, parts, squares, loose))
        gain = 0.5 * step @ now[1]
        if gain < CONVERGED or math.isnan(gain):
            return theta, now, not math.isnan(gain)
        length, accepted = 1.0, False
        slack = 1e-11 * (1 + abs(now[0]))
        for _ in range(HALVINGS):
            there = moved(theta, step, length)
            new = evaluate(there, rows, parts, squares, loose)
            if new[0] >= now[0] - slack:
                theta, now, accepted = there, new, True
                break
            length /= 2
        if not accepted:
            return theta, now, gain < ROUNDING
    return theta, now, False


@compiled
def test(theta: Array, now: Any, parts: Array, squares: Array, loose: Any, lines: Array, out: Array) -> bool:
    """Fill standard error and degrees of freedom of each contrast after Kenward and Roger; say whether they exist."""
    _, _, phi, first, _ = now
    p = len(phi)
    second = seconds(theta, parts, squares, loose)[:, :, :p, :p]
    expected = 0.5 * traces_of(theta, parts, loose)
    turned = np.empty((3, p, p))
    for k in range(3):
        turned[k] = phi @ np.ascontiguousarray(first[k, :p, :p])
    for k in range(3):
        for m in range(3):
            expected[k, m] += 0.5 * np.sum(turned[k] * turned[m].T) - np.sum(phi * second[k, m].T)
    spread = np.empty((3, 3))
    if math.isnan(invert(expected, spread)):
        return False
    inner = np.zeros((p, p))
    for k in range(3):
        mixed = np.zeros((p, p))
        for m in range(3):
            inner += spread[k, m] * second[k, m]
            mixed += spread[k, m] * turned[m]
        inner -= np.ascontiguousarray(first[k, :p, :p]) @ mixed
    excess = phi @ inner @ phi
    for c in range(len(lines)):
        line = np.ascontiguousarray(lines[c])
        away = phi @ line
        slopes = np.empty(3)
        for k in range(3):
            slopes[k] = away @ np.ascontiguousarray(first[k, :p, :p]) @ away
        plain = line @ away
        out[c] = math.sqrt(plain + 2 * (line @ excess @ line))
        out[len(lines) + c] = 2 * plain**2 / (slopes @ spread @ slopes)
    return True


@compiled
def fit_all(
    fixed: Array,
    responses: Array,
    lines: Array,
    order: Any,
    lesions: Any,
    people: Any,
    shape: Any,
    parts: Array,
    which: Any,
    counts: Array,
    starts: Any,
) -> Array:
    """Return per data set: estimates, standard errors, degrees of freedom, 3 variances, log-likelihood, status."""
    m, n = responses.shape
    p, c = fixed.shape[2], len(lines)
    table = np.full((m, 3 * c + 5), np.nan)
    both = np.empty((n, p + 1))
    squares, scaled = np.zeros((len(parts), p + 1, p + 1)), np.zeros((len(lesions) - 1, p + 1))
    matrix, y, gram, known = np.empty((n, p)), np.empty(n), np.empty((p, p)), False
    for i in range(m):
        table[i, -1] = UNKNOWN
        if i == 0 or len(fixed) > 1:
            for row in range(n):
                for column in range(p):
                    matrix[row, column] = fixed[i if len(fixed) > 1 else 0, order[row], column]
            both[:, :p] = matrix
            known = not math.isnan(invert(matrix.T @ matrix, gram))
        if not known:
            continue
        for row in range(n):
            y[row] = responses[i, order[row]]
        rough = gram @ (matrix.T @ y)
        both[:, p] = y - matrix @ rough  # keeps the digits that the response would lose
        sum_up(both, lesions, people, shape, squares, scaled)
        loose = (scaled[which], counts, starts)
        theta, now, converged = maximise(parts, squares, loose, n)
        table[i, :c] = lines @ (rough - now[4][:p])
        table[i, 3 * c], table[i, 3 * c + 1], table[i, 3 * c + 2] = theta[1], theta[2], theta[0]
        table[i, -2] = now[0]
        if converged and test(theta, now, parts, squares, loose, lines, table[i, c:]):
            table[i, -1] = SINGULAR if theta.min() == 0 else FINE
        else:
            table[i, : 3 * c] = np.nan
    return table
