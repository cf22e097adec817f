"""Fits one model to many data sets at once: the inner loop of a simulated trial.

The model is `fixed + (1|participant) + (1|participant:lesion)`, REML with Kenward-Roger, as `fit` gives it one at a
time with every check and message; here only numbers come back.
"""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray
from scipy import special

from calcitrial.models.design_matrix import Design
from calcitrial.models.estimate import AnalysisError, refuse_if_any
from calcitrial.models.many_search import SINGULAR, UNKNOWN, fit_all

Array = NDArray[np.float64]
Indices = NDArray[np.int64]


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


@dataclass(frozen=True, eq=False)
class Layout:
    """Rows of one design in order: where lesions begin, which lesions begin a participant, and their strata.

    `shape` is the stratum pair of each participant, -1 where its lesions differ in rows; `parts` holds for each stratum
    its dimensions and what G_1 and G_2 are there; `loose` are the lesions of participants without a shape, `counts`
    their rows and `starts` the first of each participant.
    """

    order: Indices
    lesions: Indices
    people: Indices
    shape: Indices
    parts: Array
    loose: Indices
    counts: Array
    starts: Indices


def fit_many(
    design: Design, responses: Array, contrasts: Array, matrices: Array | None = None, threads: int = 1
) -> ManyFits:
    """Fit the model of a design to many responses.

    Args:
        design: what `prepare` returned, with participants and lesions within them as the random terms.
        responses: m x n, in the rows of the design.
        contrasts: c x p, one per row, in the terms of the design.
        matrices: m x n x p where columns such as a baseline differ between data sets; the design's own otherwise.
        threads: how many at a time.

    Returns:
        One row per data set.

    Raises:
        AnalysisError: when the model is another one, or the shapes do not fit together.
    """
    lines = np.atleast_2d(np.asarray(contrasts, dtype=np.float64))
    refuse_if_any(_problems(design, responses, lines, matrices))
    layout = lay_out(design)
    fixed = np.ascontiguousarray(design.matrix[None] if matrices is None else matrices)
    y = np.ascontiguousarray(responses)
    parts = np.array_split(np.arange(len(y)), max(1, threads))
    with ThreadPoolExecutor(max(1, threads)) as pool:
        rows = pool.map(lambda own: _numbers(fixed if len(fixed) == 1 else fixed[own], y[own], lines, layout), parts)
        table = np.concatenate(list(rows))
    c = len(lines)
    estimates, se, df = table[:, :c], table[:, c : 2 * c], table[:, 2 * c : 3 * c]
    status = table[:, -1]
    p = 2 * special.stdtr(df, -np.abs(estimates / se))
    return ManyFits(
        estimates, se, df, p, table[:, 3 * c : 3 * c + 3], table[:, -2], status == SINGULAR, status == UNKNOWN
    )


def _numbers(fixed: Array, y: Array, lines: Array, layout: Layout) -> Array:
    own = (
        layout.order,
        layout.lesions,
        layout.people,
        layout.shape,
        layout.parts,
        layout.loose,
        layout.counts,
        layout.starts,
    )
    return np.asarray(fit_all(fixed, y, lines, *own))


def _problems(design: Design, responses: Array, lines: Array, matrices: Array | None) -> Iterator[str]:
    n, p = design.matrix.shape
    names = [grouping.name for grouping in design.groupings]
    if design.repeats or len(names) != 2 or not names[1].startswith(f"{names[0]}:"):
        yield f"'{design.formula.text}' has another random part; write (1|participant) and (1|participant:lesion)."
    if responses.ndim != 2 or responses.shape[1] != n:
        yield f"The responses are {' x '.join(map(str, responses.shape))}; give one row of {n} values per data set."
    elif not np.isfinite(responses).all():
        yield "The responses hold missing or infinite values; leave such rows out of the design."
    if lines.shape[1] != p:
        yield f"The contrasts have {lines.shape[1]} weights and the model {p} coefficients."
    if matrices is not None and matrices.shape != (len(responses), n, p):
        yield f"The matrices are {' x '.join(map(str, matrices.shape))}; give {len(responses)} x {n} x {p}."


def lay_out(design: Design) -> Layout:
    """Order the rows of a design by participant and lesion, and sort participants into shapes.

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
    rows = np.diff(lesions)
    people = np.r_[np.flatnonzero(np.r_[True, np.diff(person[first]) != 0]), len(first)]
    keys = [_shape(rows[a:b]) for a, b in pairwise(people)]
    known = sorted({key for key in keys if key})
    shape = np.array([known.index(key) if key else -1 for key in keys], dtype=np.int64)
    parts = [[float(len(lesion) - len(first)), 0.0, 0.0]]
    for number, (size, n) in enumerate(known):
        many = float(np.count_nonzero(shape == number))
        parts += [[many * (size - 1), 0.0, n], [many, float(size * n), n]]
    loose = np.concatenate(
        [np.arange(a, b) for a, b, s in zip(people[:-1], people[1:], shape, strict=True) if s < 0]
        or [np.zeros(0, dtype=np.int64)]
    )
    starts = np.r_[0, np.cumsum(np.diff(people)[shape < 0])]
    return Layout(order, lesions, people, shape, np.array(parts), loose, rows[loose].astype(float), starts)


def _shape(rows: Indices) -> tuple[int, int] | None:
    return (len(rows), int(rows[0])) if (rows == rows[0]).all() else None
