"""Fits one data set after another, compiled, and tests contrasts as in `kenward_roger.py`; `many.py` calls it."""

import math

import numpy as np
from numpy.typing import NDArray

from calcitrial.models.many_kernel import (
    Layout,
    Sums,
    compiled,
    member,
    pairs_along,
    refresh,
    second_forms,
    second_traces,
    tilt,
)
from calcitrial.models.many_search import Point, along_first, form_of, maximise, squares_along, sweep

Array = NDArray[np.float64]
Indices = NDArray[np.int64]

FINE, SINGULAR, UNKNOWN = 0, 1, 2


@compiled
def sandwiches(here: Point, far: Array, further: Array, lay: Layout, sums: Sums) -> Array:
    """Return X'V^-1 G_k V^-1 X, 3 x p x p."""
    p = len(here.phi)
    out = np.zeros((3, p, p))
    for s in range(len(here.variance)):
        for k in range(3):
            weight = member(lay.parts[s], k) / here.variance[s] ** 2
            if weight:
                for i in range(p):
                    for j in range(p):
                        out[k, i, j] += weight * sums.squares[s, i, j]
    for person in range(len(here.own)):
        k, g, dd, dnd = here.own[person, 0], here.own[person, 1], here.own[person, 3], here.own[person, 4]
        near, e, h = here.near[person], far[person], further[person]
        for i in range(p):
            left, left_e, left_h = near[i], k * (k * dd * near[i] - e[i]), k * (k * dnd * near[i] - h[i])
            for j in range(p):
                out[0, i, j] += left_e * near[j] - k * left * e[j]
                out[1, i, j] += g**2 * left * near[j]
                out[2, i, j] += left_h * near[j] - k * left * h[j]
    return out


@compiled
def traced_second(here: Point, far: Array, further: Array, lay: Layout, sums: Sums) -> Array:
    """Return the traces of phi X'V^-1 G_k V^-1 G_l V^-1 X (3 x 3)."""
    p = len(here.phi)
    forms, pairs = np.zeros(len(here.variance)), np.empty((len(here.own), 9))
    for s in range(len(forms)):
        for i in range(p):
            for j in range(p):
                forms[s] += here.phi[i, j] * sums.squares[s, i, j]
    if len(here.own):
        one, two = tilt(here.theta, lay, sums.loose, 3, 0), tilt(here.theta, lay, sums.loose, 3, 1)
        three = tilt(here.theta, lay, sums.loose, 3, 2)
        turned = np.empty((3, p))
        for person in range(len(here.own)):
            for i in range(p):
                turned[:, i] = 0.0
                for j in range(p):
                    turned[0, i] += here.phi[i, j] * here.near[person, j]
                    turned[1, i] += here.phi[i, j] * far[person, j]
                    turned[2, i] += here.phi[i, j] * further[person, j]
            pairs[person] = 0.0
            for i in range(p):
                c, e, h = turned[0, i], turned[1, i], turned[2, i]
                pairs[person, 0] += c * here.near[person, i]
                pairs[person, 1] += c * far[person, i]
                pairs[person, 2] += c * further[person, i]
                pairs[person, 3] += c * one[person, i]
                pairs[person, 4] += c * two[person, i]
                pairs[person, 5] += c * three[person, i]
                pairs[person, 6] += e * far[person, i]
                pairs[person, 7] += e * further[person, i]
                pairs[person, 8] += h * further[person, i]
    return second_forms(here.variance, here.own, lay, forms, pairs)


@compiled
def spread_of_variances(here: Point, far: Array, further: Array, lay: Layout, sums: Sums) -> tuple[Array, bool]:
    """Return the covariance of the variances from the expected information (3 x 3), and whether it exists."""
    first = sandwiches(here, far, further, lay, sums)
    turned = np.empty_like(first)
    for k in range(3):
        turned[k] = here.phi @ first[k]
    expected = 0.5 * second_traces(here.variance, here.own, lay) - traced_second(here, far, further, lay, sums)
    for k in range(3):
        for m in range(3):
            expected[k, m] += 0.5 * np.sum(turned[k] * turned[m].T)
    known = not math.isnan(sweep(expected, 3))
    return -expected, known


@compiled
def test(here: Point, lay: Layout, sums: Sums, lines: Array, out: Array) -> bool:
    """Fill standard error and degrees of freedom of each contrast after Kenward and Roger; say whether they exist."""
    far, further = tilt(here.theta, lay, sums.loose, 2, 0), tilt(here.theta, lay, sums.loose, 2, 1)
    spread, known = spread_of_variances(here, far, further, lay, sums)
    if not known:
        return False
    p = len(here.phi)
    away = np.zeros(p + 1)
    for c in range(len(lines)):
        away[:p] = here.phi @ lines[c]
        along = along_first(here, far, further, lay, sums, away)
        pairs = pairs_along(here.theta, lay, sums.loose, away)
        bent = second_forms(here.variance, here.own, lay, squares_along(sums.squares, away), pairs)
        plain, excess, moved = 0.0, 0.0, 0.0
        slopes = along @ away
        for i in range(p):
            plain += lines[c, i] * away[i]
        for k in range(3):
            for m in range(3):
                excess += spread[k, m] * (bent[k, m] - form_of(here.phi, along[k], along[m]))
                moved += slopes[k] * spread[k, m] * slopes[m]
        out[c] = math.sqrt(plain + 2 * excess)
        out[len(lines) + c] = 2 * plain**2 / moved
    return True


@compiled
def place(values: Array, places: Indices, lay: Layout, sums: Sums, inverse: Array) -> bool:
    """Put columns (n x q) into A and fill (X'X)^-1; say whether it exists."""
    for row in range(len(values)):
        for k in range(len(places)):
            sums.both[row, places[k]] = values[lay.order[row], k]
    refresh(places, lay, sums)
    p = len(inverse)
    gram = np.zeros((p, p))
    for s in range(len(sums.squares)):
        gram += sums.squares[s, :p, :p]
    known = not math.isnan(sweep(gram, p))
    inverse[:] = -gram
    return known


@compiled
def centre(response: Array, inverse: Array, lay: Layout, sums: Sums) -> Array:
    """Put what least squares leaves of the response into the last column of A; return the coefficients.

    The digits that the response would lose in sums of squares are kept.
    """
    p = len(inverse)
    target = np.zeros(p)
    for row in range(len(response)):
        value = response[lay.order[row]]
        for c in range(p):
            target[c] += sums.both[row, c] * value
    rough = inverse @ target
    for row in range(len(response)):
        fitted = 0.0
        for c in range(p):
            fitted += sums.both[row, c] * rough[c]
        sums.both[row, p] = response[lay.order[row]] - fitted
    return rough


@compiled
def fit_all(fixed: Array, own: Array, places: Indices, responses: Array, lines: Array, lay: Layout) -> Array:
    """Return per data set: estimates, standard errors, degrees of freedom, 3 variances, log-likelihood, status.

    `fixed` is n x p; `own` (m x n x q) replaces the columns `places` of it in each data set.
    """
    m, n = responses.shape
    p, c = fixed.shape[1], len(lines)
    table = np.full((m, 3 * c + 5), np.nan)
    strata, lesions, entries = len(lay.parts), len(lay.size), len(lay.rows)
    both, squares = np.zeros((n, p + 1)), np.zeros((strata, p + 1, p + 1))
    sums = Sums(both, squares, np.zeros((lesions, p + 1)), np.zeros((entries, p + 1)))
    inverse, last = np.empty((p, p)), np.array([p])
    known = place(fixed, np.arange(p), lay, sums, inverse)
    for i in range(m):
        table[i, -1] = UNKNOWN
        if len(places):
            known = place(own[i], places, lay, sums, inverse)
        if not known:
            continue
        rough = centre(responses[i], inverse, lay, sums)
        refresh(last, lay, sums)
        here, converged = maximise(lay, sums)
        table[i, :c] = lines @ (rough - here.contrast[:p])
        theta = here.theta
        table[i, 3 * c], table[i, 3 * c + 1], table[i, 3 * c + 2] = theta[1], theta[2], theta[0]
        table[i, -2] = here.loglik
        if converged and test(here, lay, sums, lines, table[i, c:]):
            table[i, -1] = SINGULAR if theta.min() == 0 else FINE
        else:
            table[i, : 3 * c] = np.nan
    return table
