"""Finds separation: a combination of columns that tells all responders from all others.

The odds ratio is then infinite and no interval exists. Albert and Anderson, Biometrika 1984;71:1; found by a
linear programme as Konis (thesis, Oxford 2007) proposed.
"""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from scipy import optimize

Array = NDArray[np.float64]
APART = 1e-7


def separated_terms(matrix: Array, response: Array, terms: Sequence[str]) -> tuple[str, ...]:
    """Return the columns whose coefficients in a logistic model are infinite.

    Args:
        matrix: n x p.
        response: n values, 0 or 1; shares between are never separated.
        terms: p names.

    Returns:
        The names of the columns that separate; empty when every coefficient is finite.
    """
    lengths = np.abs(matrix).max(axis=0)
    signed = matrix / np.where(lengths > 0, lengths, 1.0) * np.where(response > 0, 1.0, -1.0)[:, None]
    between = (response > 0) & (response < 1)
    # Rows of both kinds must not move at all; the others may only move to their own side.
    limits = np.vstack([-signed, signed[between]])
    found = optimize.linprog(-signed[~between].sum(axis=0), limits, np.zeros(len(limits)), bounds=(-1, 1))
    if found.x is None or found.fun is None or found.fun > -APART:
        return ()
    return tuple(term for term, size in zip(terms, found.x, strict=True) if abs(size) > APART)


def separation_problems(matrix: Array, response: Array, terms: Sequence[str]) -> list[str]:
    """Say in a sentence that a logistic model has infinite coefficients, or nothing.

    Args:
        matrix: as in `separated_terms`.
        response: as in `separated_terms`.
        terms: as in `separated_terms`.

    Returns:
        No sentence or one.
    """
    if response.max() == 0 or response.min() == 1:
        every = "None" if response.max() == 0 else "All"
        return [
            f"{every} of the {len(response)} rows responded, so the log odds are infinite and not estimable; "
            "report the count of participants with its exact interval."
        ]
    found = separated_terms(matrix, response, terms)
    if not found:
        return []
    return [
        f"Responders and others are perfectly separated by {', '.join(found)}, so these log odds are infinite and not "
        "estimable; report the counts of participants with an exact test, or leave the term out."
    ]
