"""Fits one model to many data sets at once: the inner loop of a simulated trial.

The model is `fixed + (1|participant) + (1|participant:lesion)`, REML with Kenward-Roger, as `fit` gives it one at a
time with every check and message; here only numbers come back.
"""

from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray
from scipy import special

from calcitrial.models.design_matrix import Design
from calcitrial.models.estimate import AnalysisError, refuse_if_any
from calcitrial.models.many_fits import SINGULAR, UNKNOWN, fit_all
from calcitrial.models.many_kernel import Layout

Array = NDArray[np.float64]
Indices = NDArray[np.int64]

PIECES = 8  # of each thread's share, so that none waits long for the slowest
NOT_FINITE = "The responses hold missing or infinite values; leave such rows out of the design."


@dataclass(frozen=True, eq=False)
class ManyFits:
    """What m data sets say about c contrasts.

    `estimates`, `se` (Kenward-Roger), `df` and two-sided `p` are m x c; `variances` m x 3 (participant, lesion,
    residual) and `loglik` m. `singular` marks fits with a variance at zero; `failed` those without an answer, whose
    numbers are NaN: count them, never drop them.
    """

    estimates: Array
    se: Array
    df: Array
    p: Array
    variances: Array
    loglik: Array
    singular: NDArray[np.bool_]
    failed: NDArray[np.bool_]


def fit_many(
    design: Design,
    responses: Array,
    contrasts: Array,
    matrices: Array | None = None,
    threads: int = 1,
    columns: Mapping[str, Array] | None = None,
) -> ManyFits:
    """Fit the model of a design to many responses.

    Args:
        design: what `prepare` returned, with participants and lesions within them as the random terms.
        responses: m x n, in the rows of the design.
        contrasts: c x p, one per row, in the terms of the design.
        matrices: m x n x p where every column differs between data sets; the design's own otherwise.
        threads: how many at a time.
        columns: m x n values of the terms that differ between data sets, such as a baseline; cheaper than `matrices`.

    Returns:
        One row per data set.

    Raises:
        AnalysisError: when the model is another one, or the shapes do not fit together.
    """
    lines = np.atleast_2d(np.asarray(contrasts, dtype=np.float64))
    own = columns or {}
    refuse_if_any(_problems(design, responses, lines, matrices, own))
    layout = lay_out(design)
    places, changed = _changed(design, responses, matrices, own)
    y, fixed = np.ascontiguousarray(responses), np.ascontiguousarray(design.matrix)
    pieces = 1 if threads < 2 else PIECES * threads
    parts = [part for part in np.array_split(np.arange(len(y)), pieces) if len(part)]
    c = len(lines)

    def some(at: slice) -> tuple[Array, Array]:
        # Checks and p values too, since what one thread does alone holds the other back.
        refuse_if_any([] if np.isfinite(y[at]).all() else [NOT_FINITE])
        told = fit_all(fixed, changed[at], places, y[at], lines, layout)
        return told, 2 * special.stdtr(told[:, 2 * c : 3 * c], -np.abs(told[:, :c] / told[:, c : 2 * c]))

    with ThreadPoolExecutor(max(1, threads)) as pool:
        made = list(pool.map(some, map(_slice, parts)))
    table = np.concatenate([np.zeros((0, 3 * c + 5)), *(told for told, _ in made)])
    p = np.concatenate([np.zeros((0, c)), *(own for _, own in made)])
    estimates, se, df = table[:, :c], table[:, c : 2 * c], table[:, 2 * c : 3 * c]
    status = table[:, -1]
    return ManyFits(
        estimates, se, df, p, table[:, 3 * c : 3 * c + 3], table[:, -2], status == SINGULAR, status == UNKNOWN
    )


def _slice(part: Indices) -> slice:
    return slice(int(part[0]), int(part[-1]) + 1)


def _changed(
    design: Design, responses: Array, matrices: Array | None, columns: Mapping[str, Array]
) -> tuple[Indices, Array]:
    """Which columns differ between data sets, and their values, m x n x q."""
    if matrices is not None:
        return np.arange(design.matrix.shape[1]), np.ascontiguousarray(matrices)
    places = np.array([design.terms.index(term) for term in columns], dtype=np.int64)
    if len(places) == 1:
        return places, np.ascontiguousarray(next(iter(columns.values())))[:, :, None]  # nothing is copied
    return places, np.stack(list(columns.values()), axis=2) if columns else np.zeros((*responses.shape, 0))


def _problems(
    design: Design, responses: Array, lines: Array, matrices: Array | None, columns: Mapping[str, Array]
) -> Iterator[str]:
    n, p = design.matrix.shape
    names = [grouping.name for grouping in design.groupings]
    if design.repeats or len(names) != 2 or not names[1].startswith(f"{names[0]}:"):
        yield f"'{design.formula.text}' has another random part; write (1|participant) and (1|participant:lesion)."
    if responses.ndim != 2 or responses.shape[1] != n:
        yield f"The responses are {' x '.join(map(str, responses.shape))}; give one row of {n} values per data set."
    if lines.shape[1] != p:
        yield f"The contrasts have {lines.shape[1]} weights and the model {p} coefficients."
    if matrices is not None and columns:
        yield "Both matrices and columns are given; give the columns that differ, or the matrices."
    if matrices is not None and matrices.shape != (len(responses), n, p):
        yield f"The matrices are {' x '.join(map(str, matrices.shape))}; give {len(responses)} x {n} x {p}."
    for term, values in columns.items():
        if term not in design.terms:
            yield f"The model has no column {term}; its columns are {', '.join(design.terms)}."
        elif values.shape != responses.shape:
            yield f"The column {term} is {' x '.join(map(str, values.shape))}; give one value for each response."


def lay_out(design: Design) -> Layout:
    """Order the rows of a design by participant and lesion, and sort lesions and participants into strata.

    Raises:
        AnalysisError: when a lesion belongs to two participants.
    """
    person, lesion = (grouping.codes for grouping in design.groupings)
    order = np.lexsort((lesion, person))
    person, lesion = person[order], lesion[order]
    first = np.flatnonzero(np.r_[True, lesion[1:] != lesion[:-1]])
    if len(first) != len(design.groupings[1].labels):
        raise AnalysisError("A lesion belongs to two participants; correct the table.")
    lesions = np.r_[first, len(lesion)]
    people = np.r_[np.flatnonzero(np.r_[True, np.diff(person[first]) != 0]), len(first)]
    parts, size, shape = _strata(np.diff(lesions), people)
    return Layout(order, lesions, people, parts, size, shape, *_entries(np.diff(lesions), people, shape))


def _strata(rows: Indices, people: Indices) -> tuple[Array, Indices, Indices]:
    """Strata: within lesions, lesions of so many rows, means of participants whose lesions are alike in that."""
    sizes, size = np.unique(rows, return_inverse=True)
    keys = [_shape(rows[a:b]) for a, b in pairwise(people)]
    known = sorted({key for key in keys if key})
    shape = np.array([1 + len(sizes) + known.index(key) if key else -1 for key in keys], dtype=np.int64)
    parts = [[float(rows.sum() - len(rows)), 0.0, 0.0]]
    parts += [
        [float(np.count_nonzero(rows == n) - sum(k is not None and k[1] == n for k in keys)), 0, n] for n in sizes
    ]
    parts += [[float(keys.count((lesions, n))), lesions * n, n] for lesions, n in known]
    return np.array(parts, dtype=np.float64), 1 + size.astype(np.int64), shape


def _shape(rows: Indices) -> tuple[int, int] | None:
    return (len(rows), int(rows[0])) if (rows == rows[0]).all() else None


def _entries(rows: Indices, people: Indices, shape: Indices) -> tuple[Indices, Array, Array, Indices]:
    """Lesions of one loose participant with as many rows, as one entry each."""
    entry, sizes, counts, first = np.full(len(rows), -1, dtype=np.int64), [], [], [0]
    for (a, b), known in zip(pairwise(people), shape, strict=True):
        if known >= 0:
            continue
        own, inverse, count = np.unique(rows[a:b], return_inverse=True, return_counts=True)
        entry[a:b] = first[-1] + inverse
        sizes += own.tolist()
        counts += count.tolist()
        first.append(first[-1] + len(own))
    return entry, np.array(sizes, dtype=np.float64), np.array(counts, dtype=np.float64), np.array(first)
