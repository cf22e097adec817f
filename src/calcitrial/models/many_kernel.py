"""The sums that REML and Kenward-Roger need for two nested random intercepts, compiled; `many.py` uses them.

Notation as in `variances.py`, with G_0 = I, G_1 = same participant, G_2 = same lesion and A = [X e]. Deviations within
a lesion have variance theta_0. What is left of a participant are its scaled lesion sums t_j = sum(A) / sqrt(n_j), in
which V = diag(theta_0 + n_j theta_2) + theta_1 f f' with f_j = sqrt(n_j), inverted by Sherman and Morrison. Where all
lesions of a participant have as many rows, V, G_1 and G_2 are diagonal together in three strata (within lesions,
between lesions, between participants): all participants of one shape are summed up once, and a step costs nothing
per participant.
"""

import math
from typing import Any

import numpy as np
from numpy.typing import NDArray

from calcitrial.compiled import compiler

Array = NDArray[np.float64]
Indices = NDArray[np.int64]
compiled: Any = compiler(error_model="numpy", fastmath={"contract", "reassoc"})


@compiled
def add_outer(into: Array, weight: float, left: Array, right: Array) -> None:
    """Add weight * left right' to a square matrix."""
    for row in range(len(left)):
        value = weight * left[row]
        for column in range(len(right)):
            into[row, column] += value * right[column]


@compiled
def sum_up(both: Array, lesions: Indices, people: Indices, shape: Indices, squares: Array, scaled: Array) -> None:
    """Fill the cross-products of the strata, and the scaled sums of every lesion (lesions x (p + 1)).

    Strata: within lesions, then between lesions and between participants of each shape.
    """
    width = both.shape[1]
    squares[:] = 0.0
    squares[0] = both.T @ both
    for lesion in range(len(lesions) - 1):
        own = scaled[lesion]
        own[:] = 0.0
        for row in range(lesions[lesion], lesions[lesion + 1]):
            for column in range(width):
                own[column] += both[row, column]
        own /= math.sqrt(lesions[lesion + 1] - lesions[lesion])
        add_outer(squares[0], -1.0, own, own)
    whole = np.empty(width)
    for person in range(len(shape)):
        if shape[person] < 0:
            continue
        whole[:] = 0.0
        between = squares[1 + 2 * shape[person]]
        for lesion in range(people[person], people[person + 1]):
            add_outer(between, 1.0, scaled[lesion], scaled[lesion])
            whole += scaled[lesion]
        whole /= math.sqrt(people[person + 1] - people[person])
        add_outer(between, -1.0, whole, whole)
        add_outer(squares[2 + 2 * shape[person]], 1.0, whole, whole)


@compiled
def shrink(theta: Array, counts: Array, sums: Array, solved: Array) -> tuple[float, float]:
    """Fill V^-1 t of one participant; return the factor k of V^-1 = D^-1 - k d d' (d = D^-1 f) and log|V|."""
    reach, volume = 0.0, 0.0
    common = np.zeros(sums.shape[1])
    for j in range(len(counts)):
        variance = theta[0] + counts[j] * theta[2]
        reach += counts[j] / variance
        volume += math.log(variance)
        for c in range(sums.shape[1]):
            common[c] += math.sqrt(counts[j]) / variance * sums[j, c]
    factor = theta[1] / (1 + theta[1] * reach)
    for j in range(len(counts)):
        variance = theta[0] + counts[j] * theta[2]
        for c in range(sums.shape[1]):
            solved[j, c] = (sums[j, c] - factor * math.sqrt(counts[j]) * common[c]) / variance
    return factor, volume + math.log(1 + theta[1] * reach)


@compiled
def inverse_of(theta: Array, counts: Array, factor: float) -> Array:
    """Return V^-1 in the lesion sums of one participant."""
    size = len(counts)
    inverse = np.empty((size, size))
    for i in range(size):
        left = theta[0] + counts[i] * theta[2]
        for j in range(size):
            right = theta[0] + counts[j] * theta[2]
            inverse[i, j] = -factor * math.sqrt(counts[i] * counts[j]) / (left * right)
        inverse[i, i] += 1 / left
    return inverse


@compiled
def sandwiches(theta: Array, parts: Array, squares: Array, loose: Any) -> tuple[Array, Array, Array, float]:
    """Return A'V^-1 A, A'V^-1 G_k V^-1 A (3), the traces of V^-1 G_k (3) and log|V|.

    `parts` holds the dimensions of each stratum and what G_1 and G_2 are there; `loose` the participants without a
    shape: (scaled sums, rows of each lesion, first lesion of each participant).
    """
    width = squares.shape[1]
    whole, first, trace, volume = np.zeros((width, width)), np.zeros((3, width, width)), np.zeros(3), 0.0
    for s in range(len(parts)):
        variance = theta[0] + parts[s, 1] * theta[1] + parts[s, 2] * theta[2]
        volume += parts[s, 0] * math.log(variance)
        for k in range(3):
            member = parts[s, k] if k else 1.0
            trace[k] += parts[s, 0] * member / variance
            if member:
                first[k] += squares[s] * (member / variance**2)
        whole += squares[s] / variance
    scaled, counts, starts = loose
    if len(counts) == 0:
        return whole, first, trace, volume
    solved, reach = np.empty((len(counts), width)), np.zeros((len(starts) - 1, width))
    for person in range(len(starts) - 1):
        a, b = starts[person], starts[person + 1]
        factor, own = shrink(theta, counts[a:b], scaled[a:b], solved[a:b])
        volume += own
        common = 0.0
        for j in range(a, b):
            variance = theta[0] + counts[j] * theta[2]
            alone = 1 / variance - factor * counts[j] / variance**2
            common += counts[j] / variance
            trace[0] += alone
            trace[2] += counts[j] * alone
            for c in range(width):
                reach[person, c] += math.sqrt(counts[j]) * solved[j, c]
        trace[1] += common - factor * common**2
    whole += scaled.T @ solved
    first[0] += solved.T @ solved
    first[1] += reach.T @ reach
    first[2] += solved.T @ (counts.reshape(-1, 1) * solved)
    return whole, first, trace, volume


@compiled
def add_loose_seconds(theta: Array, scaled: Array, counts: Array, starts: Indices, second: Array) -> None:
    """Add what participants without a shape give to `seconds`, below its diagonal."""
    people, width = len(starts) - 1, scaled.shape[1]
    solved = np.empty((len(counts), width))
    # Of each participant: f'u, and d'G_k u for k = 0, 1, 2, where u = V^-1 t; as rows, with the factors of d d'.
    reach, tilted, bent = np.zeros((people, width)), np.zeros((3, people, width)), np.empty((people, 1))
    totals = np.zeros((people, 1))
    for person in range(people):
        a, b = starts[person], starts[person + 1]
        bent[person, 0], _ = shrink(theta, counts[a:b], scaled[a:b], solved[a:b])
        for j in range(a, b):
            variance = theta[0] + counts[j] * theta[2]
            root = math.sqrt(counts[j])
            totals[person, 0] += counts[j] / variance
            for c in range(width):
                reach[person, c] += root * solved[j, c]
                tilted[0, person, c] += root / variance * solved[j, c]
                tilted[2, person, c] += root * counts[j] / variance * solved[j, c]
    tilted[1] = totals * reach
    rows = counts.reshape(-1, 1)
    weighted = solved / (theta[0] + rows * theta[2])
    second[0, 0] += solved.T @ weighted
    weighted *= rows
    second[2, 0] += solved.T @ weighted
    second[2, 2] += solved.T @ (rows * weighted)
    second[1, 0] += reach.T @ tilted[0]
    second[1, 1] += reach.T @ tilted[1]
    second[2, 1] += tilted[2].T @ reach
    for m in range(3):
        turned = bent * tilted[m]
        for k in range(m, 3):
            second[k, m] -= tilted[k].T @ turned


@compiled
def seconds(theta: Array, parts: Array, squares: Array, loose: Any) -> Array:
    """Return A'V^-1 G_k V^-1 G_l V^-1 A, 3 x 3 x width x width; the width may be 1."""
    width = squares.shape[1]
    second = np.zeros((3, 3, width, width))
    for s in range(len(parts)):
        variance = theta[0] + parts[s, 1] * theta[1] + parts[s, 2] * theta[2]
        for k in range(3):
            for m in range(k + 1):
                both = (parts[s, k] if k else 1.0) * (parts[s, m] if m else 1.0)
                if both:
                    second[k, m] += squares[s] * (both / variance**3)
    scaled, counts, starts = loose
    if len(counts):
        add_loose_seconds(theta, scaled, counts, starts, second)
    for k in range(3):
        for m in range(k):
            second[m, k] = second[k, m].T
    return second


@compiled
def traces_of(theta: Array, parts: Array, loose: Any) -> Array:
    """Return the traces of V^-1 G_k V^-1 G_l, 3 x 3."""
    traces = np.zeros((3, 3))
    for s in range(len(parts)):
        variance = theta[0] + parts[s, 1] * theta[1] + parts[s, 2] * theta[2]
        for k in range(3):
            for m in range(3):
                both = (parts[s, k] if k else 1.0) * (parts[s, m] if m else 1.0)
                traces[k, m] += parts[s, 0] * both / variance**2
    _, counts, starts = loose
    for person in range(len(starts) - 1):
        own = counts[starts[person] : starts[person + 1]]
        reach = 0.0
        for j in range(len(own)):
            reach += own[j] / (theta[0] + own[j] * theta[2])
        inverse = inverse_of(theta, own, theta[1] / (1 + theta[1] * reach))
        through = 0.0  # f'V^-1 f
        for i in range(len(own)):
            along = 0.0  # (V^-1 f)_i
            for j in range(len(own)):
                square = inverse[i, j] ** 2
                along += inverse[i, j] * math.sqrt(own[j])
                traces[0, 0] += square
                traces[0, 2] += own[j] * square
                traces[2, 2] += own[i] * own[j] * square
            through += math.sqrt(own[i]) * along
            traces[0, 1] += along**2
            traces[1, 2] += own[i] * along**2
        traces[1, 1] += through**2
    for k in range(3):
        for m in range(k):
            traces[k, m] = traces[m, k]
    return traces
