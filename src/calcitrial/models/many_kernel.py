"""The sums that REML and Kenward-Roger need for two nested random intercepts, compiled; `many_search.py` uses them.

Notation as in `variances.py`, with G_0 = I, G_1 = same participant, G_2 = same lesion and A = [X e]. Deviations within
a lesion have variance theta_0. What is left of a participant are its scaled lesion sums t_j = sum(A) / sqrt(n_j), in
which V = diag(v_j) + theta_1 f f' with v_j = theta_0 + n_j theta_2 and f_j = sqrt(n_j); by Sherman and Morrison
V^-1 = D - k d d' with D = diag(1 / v_j), d = D f and k = theta_1 / (1 + theta_1 f'd).

So only two kinds of sums are needed. A'DA is one matrix for each number of rows that a lesion may have ("stratum"),
summed up once. The rest are a few vectors per participant, such as c = A'd. Where all lesions of a participant have
as many rows, even that is not needed: its mean over lesions is one more direction in which V, G_1 and G_2 are
diagonal, and all participants of one shape share a stratum. The other participants are called loose.
"""

import math
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from calcitrial.compiled import compiler

Array = NDArray[np.float64]
Indices = NDArray[np.int64]
compiled: Any = compiler(error_model="numpy", fastmath={"contract", "reassoc"})


class Layout(NamedTuple):
    """Rows of one design in order, and what of them is the same for every data set.

    `lesions` are the first rows of lesions, `people` the first lesions of participants (each with the end last).
    `parts`: of each stratum its dimensions and what G_1 and G_2 are there; `size` is the stratum of each lesion,
    `shape` that of each participant's mean, -1 for the loose. Lesions of one loose participant with as many rows
    are one entry: `entry` is that of each lesion (-1 elsewhere), `rows` and `alike` are the rows of a lesion and the
    lesions of each entry, `first` the first entry of each loose participant.
    """

    order: Indices
    lesions: Indices
    people: Indices
    parts: Array
    size: Indices
    shape: Indices
    entry: Indices
    rows: Array
    alike: Array
    first: Indices


class Sums(NamedTuple):
    """Of one data set: A (`both`, n x w), cross-products of strata (x w x w), sums of lesions and entries (x w)."""

    both: Array
    squares: Array
    scaled: Array
    loose: Array


@compiled
def refresh(columns: Any, lay: Layout, sums: Sums) -> None:
    """Bring the sums of some columns of A up to date."""
    for c in columns:
        _add_lesions(c, lay, sums)
    for c in columns:
        _add_rows(c, lay, sums)
        _take_out_people(c, lay, sums)
        for s in range(len(sums.squares)):
            for d in range(sums.both.shape[1]):
                sums.squares[s, d, c] = sums.squares[s, c, d]


@compiled
def _add_lesions(c: int, lay: Layout, sums: Sums) -> None:
    sums.loose[:, c] = 0.0
    for lesion in range(len(lay.size)):
        total = 0.0
        for row in range(lay.lesions[lesion], lay.lesions[lesion + 1]):
            total += sums.both[row, c]
        sums.scaled[lesion, c] = total / math.sqrt(lay.lesions[lesion + 1] - lay.lesions[lesion])
        if lay.entry[lesion] >= 0:
            sums.loose[lay.entry[lesion], c] += sums.scaled[lesion, c]


@compiled
def _add_rows(c: int, lay: Layout, sums: Sums) -> None:
    """Fill the cross-products of a column with all, within lesions and between lesions of so many rows."""
    width, within = sums.both.shape[1], np.zeros(sums.both.shape[1])
    for row in range(len(sums.both)):
        value = sums.both[row, c]
        for d in range(width):
            within[d] += value * sums.both[row, d]
    sums.squares[:, c] = 0.0
    for lesion in range(len(lay.size)):
        value, own = sums.scaled[lesion, c], sums.squares[lay.size[lesion], c]
        for d in range(width):
            own[d] += value * sums.scaled[lesion, d]
            within[d] -= value * sums.scaled[lesion, d]
    sums.squares[0, c] = within


@compiled
def _take_out_people(c: int, lay: Layout, sums: Sums) -> None:
    """Move the means of participants with a shape from the stratum of their lesions to their own."""
    width, whole = sums.both.shape[1], np.empty(sums.both.shape[1])
    for person in range(len(lay.shape)):
        if lay.shape[person] < 0:
            continue
        whole[:] = 0.0
        a, b = lay.people[person], lay.people[person + 1]
        for lesion in range(a, b):
            for d in range(width):
                whole[d] += sums.scaled[lesion, d]
        value = whole[c] / (b - a)
        between, alone = sums.squares[lay.size[a], c], sums.squares[lay.shape[person], c]
        for d in range(width):
            between[d] -= value * whole[d]
            alone[d] += value * whole[d]


@compiled
def spread_of(theta: Array, parts: Array) -> Array:
    """Return the variance of each stratum."""
    return theta[0] + parts[:, 1] * theta[1] + parts[:, 2] * theta[2]


@compiled
def weigh(theta: Array, lay: Layout) -> Array:
    """Return of each loose participant (rows): k, 1 / (1 + theta_1 f'd), f'd, d'd, d'Nd, d'Dd, d'NDd, d'NNDd.

    N holds the rows of each lesion on its diagonal.
    """
    own = np.zeros((len(lay.first) - 1, 8))
    for person in range(len(own)):
        for entry in range(lay.first[person], lay.first[person + 1]):
            n = lay.rows[entry]
            share = 1 / (theta[0] + n * theta[2])
            value = lay.alike[entry] * n * share
            own[person, 2] += value
            own[person, 3] += value * share
            own[person, 4] += value * share * n
            own[person, 5] += value * share**2
            own[person, 6] += value * share**2 * n
            own[person, 7] += value * share**2 * n**2
        own[person, 1] = 1 / (1 + theta[1] * own[person, 2])
        own[person, 0] = theta[1] * own[person, 1]
    return own


@compiled
def tilt(theta: Array, lay: Layout, loose: Array, power: int, times: int) -> Array:
    """Return A'N^times D^(power - 1) d of each loose participant, as rows: c is power 1, times 0."""
    out = np.zeros((len(lay.first) - 1, loose.shape[1]))
    for person in range(len(out)):
        for entry in range(lay.first[person], lay.first[person + 1]):
            n = lay.rows[entry]
            weight = math.sqrt(n) * n**times / (theta[0] + n * theta[2]) ** power
            for c in range(loose.shape[1]):
                out[person, c] += weight * loose[entry, c]
    return out


@compiled
def inverse_sandwich(variance: Array, own: Array, near: Array, lay: Layout, sums: Sums) -> tuple[Array, float]:
    """Return A'V^-1 A and log|V|; `near` holds c of each loose participant."""
    width = sums.squares.shape[1]
    whole, volume = np.zeros((width, width)), 0.0
    for s in range(len(variance)):
        volume += lay.parts[s, 0] * math.log(variance[s])
        for i in range(width):
            for j in range(width):
                whole[i, j] += sums.squares[s, i, j] / variance[s]
    for person in range(len(own)):
        volume -= math.log(own[person, 1])
        for i in range(width):
            value = own[person, 0] * near[person, i]
            for j in range(width):
                whole[i, j] -= value * near[person, j]
    return whole, volume


@compiled
def member(part: Array, k: int) -> float:
    """Return what G_k is in a stratum."""
    return part[k] if k else 1.0


@compiled
def first_traces(variance: Array, own: Array, lay: Layout) -> Array:
    """Return the traces of V^-1 G_k (3)."""
    trace = np.zeros(3)
    for s in range(len(variance)):
        for k in range(3):
            trace[k] += lay.parts[s, 0] * member(lay.parts[s], k) / variance[s]
    for person in range(len(own)):
        k, g, fd, dd, dnd = own[person, 0], own[person, 1], own[person, 2], own[person, 3], own[person, 4]
        trace[0] -= k * dd
        trace[1] += g * fd
        trace[2] -= k * dnd
    return trace


@compiled
def second_traces(variance: Array, own: Array, lay: Layout) -> Array:
    """Return the traces of V^-1 G_k V^-1 G_l (3 x 3)."""
    trace = np.zeros((3, 3))
    for s in range(len(variance)):
        for k in range(3):
            for m in range(k + 1):
                both = member(lay.parts[s], k) * member(lay.parts[s], m)
                trace[k, m] += lay.parts[s, 0] * both / variance[s] ** 2
    for person in range(len(own)):
        k, g, fd, dd, dnd = own[person, 0], own[person, 1], own[person, 2], own[person, 3], own[person, 4]
        trace[0, 0] += (k * dd) ** 2 - 2 * k * own[person, 5]
        trace[2, 0] += k**2 * dd * dnd - 2 * k * own[person, 6]
        trace[2, 2] += (k * dnd) ** 2 - 2 * k * own[person, 7]
        trace[1, 0] += g**2 * dd
        trace[1, 1] += (g * fd) ** 2
        trace[2, 1] += g**2 * dnd
    return mirrored(trace)


@compiled
def mirrored(lower: Array) -> Array:
    """Fill what lies above the diagonal of a 3 x 3 matrix."""
    for k in range(3):
        for m in range(k):
            lower[m, k] = lower[k, m]
    return lower


@compiled
def second_forms(variance: Array, own: Array, lay: Layout, forms: Array, pairs: Array) -> Array:
    """Return a form of A'V^-1 G_k V^-1 G_l V^-1 A (3 x 3): its value along a vector, or its trace with a matrix.

    `forms`: the form of each stratum's squares; `pairs` of each loose participant (rows): the form of c with c, e, h,
    A'DDd, A'NDDd and A'NNDDd, then of e with e, e with h and h with h, where e = A'Dd and h = A'NDd.
    """
    out = np.zeros((3, 3))
    for s in range(len(variance)):
        for k in range(3):
            for m in range(k + 1):
                both = member(lay.parts[s], k) * member(lay.parts[s], m)
                out[k, m] += forms[s] * both / variance[s] ** 3
    for person in range(len(own)):
        k, g, dd, dnd = own[person, 0], own[person, 1], own[person, 3], own[person, 4]
        cc, ce, ch = pairs[person, 0], pairs[person, 1], pairs[person, 2]
        # d'G_0 u = e - k d'd c and d'G_2 u = h - k d'Nd c, where u = V^-1 t
        out[0, 0] += k**2 * own[person, 5] * cc - 2 * k * pairs[person, 3]
        out[0, 0] -= k * (pairs[person, 6] - 2 * k * dd * ce + (k * dd) ** 2 * cc)
        out[2, 0] += k**2 * own[person, 6] * cc - 2 * k * pairs[person, 4]
        out[2, 0] -= k * (pairs[person, 7] - k * dd * ch - k * dnd * ce + k**2 * dd * dnd * cc)
        out[2, 2] += k**2 * own[person, 7] * cc - 2 * k * pairs[person, 5]
        out[2, 2] -= k * (pairs[person, 8] - 2 * k * dnd * ch + (k * dnd) ** 2 * cc)
        out[1, 0] += g**2 * (ce - k * dd * cc)
        out[1, 1] += g**3 * own[person, 2] * cc
        out[2, 1] += g**2 * (ch - k * dnd * cc)
    return mirrored(out)


@compiled
def pairs_along(theta: Array, lay: Layout, loose: Array, vector: Array) -> Array:
    """Return `pairs` of `second_forms` along a vector of A's columns."""
    out = np.empty((len(lay.first) - 1, 9))
    for person in range(len(out)):
        c, e, h, one, two, three = 0.0, 0.0, 0.0, 0.0, 0.0, 0.0
        for entry in range(lay.first[person], lay.first[person + 1]):
            n = lay.rows[entry]
            share = 1 / (theta[0] + n * theta[2])
            value = 0.0
            for i in range(len(vector)):
                value += loose[entry, i] * vector[i]
            value *= math.sqrt(n) * share
            c += value
            e += value * share
            h += value * share * n
            one += value * share**2
            two += value * share**2 * n
            three += value * share**2 * n**2
        out[person, 0], out[person, 1], out[person, 2] = c * c, c * e, c * h
        out[person, 3], out[person, 4], out[person, 5] = c * one, c * two, c * three
        out[person, 6], out[person, 7], out[person, 8] = e * e, e * h, h * h
    return out
