"""Intraclass correlation of readings in all six forms of Shrout and Fleiss, with intervals from F distributions.

Shrout and Fleiss, Psychol Bull 1979;86:420-8; names and intervals also McGraw and Wong, Psychol Methods 1996;1:30-46.
ICC(2,1) asks whether another reader would have given the same value, ICC(3,1) whether these readers rank alike.
"""

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.stats import f as f_distribution

from calcitrial.protocol import Problem, RefusedError

Floats = NDArray[np.float64]
Bounds = tuple[float, float, float]


@dataclass(frozen=True)
class MeanSquares:
    """The two-way table of `subjects` x `raters`: mean squares of rows, columns, error, and within rows."""

    rows: float
    columns: float
    error: float
    within: float
    subjects: int
    raters: int


@dataclass(frozen=True)
class Icc:
    """One coefficient with its interval, and the F test that it is zero."""

    name: str
    meaning: str
    value: float
    low: float
    high: float
    f: float
    df1: float
    df2: float
    p: float


def mean_squares(table: Floats) -> MeanSquares:
    """Return the mean squares of a complete table (subjects, raters); RefusedError below two of either."""
    subjects, raters = table.shape
    _refuse_small(subjects, raters)
    centre = table.mean()
    by_row = raters * float(((table.mean(axis=1) - centre) ** 2).sum())
    by_column = subjects * float(((table.mean(axis=0) - centre) ** 2).sum())
    rest = table - table.mean(axis=1, keepdims=True) - table.mean(axis=0, keepdims=True) + centre
    left = float((rest**2).sum())
    return MeanSquares(
        rows=by_row / (subjects - 1),
        columns=by_column / (raters - 1),
        error=left / ((subjects - 1) * (raters - 1)),
        within=(by_column + left) / (subjects * (raters - 1)),
        subjects=subjects,
        raters=raters,
    )


def implied_squares(subject: float, rater: float, residual: float, subjects: int, raters: int) -> MeanSquares:
    """Return the mean squares that these variances would give on average in a complete table.

    So that coefficients and approximate intervals follow from REML variances where readings are missing.
    """
    _refuse_small(subjects, raters)
    return MeanSquares(
        rows=raters * subject + residual,
        columns=subjects * rater + residual,
        error=residual,
        within=rater + residual,
        subjects=subjects,
        raters=raters,
    )


def iccs(squares: MeanSquares, level: float = 0.95) -> tuple[Icc, ...]:
    """Return ICC(1,1), ICC(2,1), ICC(3,1) and those of the mean of all raters, ICC(1,k), ICC(2,k), ICC(3,k).

    Raises RefusedError when lesions do not differ or the readings of each are the same.
    """
    n, k = squares.subjects, squares.raters
    if squares.error <= 0 or squares.rows <= 0:
        what = "The readings do not differ between lesions, or not within them."
        raise RefusedError([Problem("agreement", what, "There is nothing to correlate; check what was read.")])
    one_way = _from_f(squares, squares.within, n * (k - 1), level)
    fixed = _from_f(squares, squares.error, (n - 1) * (k - 1), level)
    random = _random(squares, level)
    tests = (_test(squares, squares.within, n * (k - 1)), *[_test(squares, squares.error, (n - 1) * (k - 1))] * 2)
    singles = (one_way, random, fixed)
    named = (
        ("ICC(1", "absolute agreement, other readers for every lesion"),
        ("ICC(2", "absolute agreement, readers drawn at random"),
        ("ICC(3", "consistency, these readers"),
    )
    forms = [(size, *form) for size in ("1", "k") for form in zip(named, singles, tests, strict=True)]
    return tuple(
        _coefficient(f"{name},{size})", meaning, single, test, k) for size, (name, meaning), single, test in forms
    )


def _coefficient(name: str, meaning: str, single: Bounds, test: tuple[float, float, float, float], raters: int) -> Icc:
    """Return one form with its bounds, those of the mean of all raters stepped up by Spearman-Brown."""
    value, low, high = (_averaged(one, raters) for one in single) if name.endswith("k)") else single
    ratio, df1, df2, p = test
    return Icc(name, meaning, value, low, high, ratio, df1, df2, p)


def _refuse_small(subjects: int, raters: int) -> None:
    if subjects < 2 or raters < 2:
        what = f"There are {subjects} lesions read by {raters} readers."
        raise RefusedError([Problem("agreement", what, "At least two lesions and two readers are needed.")])


def _test(squares: MeanSquares, below: float, df2: float) -> tuple[float, float, float, float]:
    ratio, df1 = squares.rows / below, squares.subjects - 1
    return ratio, df1, df2, float(f_distribution.sf(ratio, df1, df2))


def _from_f(squares: MeanSquares, below: float, df2: float, level: float) -> Bounds:
    """Return value and bounds of ICC(1,1) or ICC(3,1): (F - 1) / (F + k - 1) at F and at its bounds."""
    ratio, df1, tail = squares.rows / below, squares.subjects - 1, 1 - (1 - level) / 2
    low = ratio / f_distribution.ppf(tail, df1, df2)
    high = ratio * f_distribution.ppf(tail, df2, df1)
    value, low, high = ((one - 1) / (one + squares.raters - 1) for one in (ratio, low, high))
    return float(value), float(low), float(high)


def _random(squares: MeanSquares, level: float) -> Bounds:
    """Return value and bounds of ICC(2,1); degrees of freedom by Satterthwaite as in Shrout and Fleiss (1979)."""
    n, k, tail = squares.subjects, squares.raters, 1 - (1 - level) / 2
    rows, columns, error = squares.rows, squares.columns, squares.error
    value = (rows - error) / (rows + (k - 1) * error + k * (columns - error) / n)
    a, b = k * value * columns / error, n * (1 + (k - 1) * value) - k * value
    df = (k - 1) * (n - 1) * (a + b) ** 2 / ((n - 1) * a**2 + b**2)
    upper, lower = f_distribution.ppf(tail, n - 1, df), f_distribution.ppf(tail, df, n - 1)
    common = k * columns + (k * n - k - n) * error
    low = n * (rows - upper * error) / (upper * common + n * rows)
    high = n * (lower * rows - error) / (common + n * lower * rows)
    return float(value), float(low), float(high)


def _averaged(single: float, raters: int) -> float:
    """Return the coefficient of the mean of all raters (Spearman-Brown).

    A lower bound of a single rating at or below -1 / (k - 1) leaves that of the mean without one: minus infinity.
    """
    below = 1 + (raters - 1) * single
    return raters * single / below if below > 0 else -math.inf
