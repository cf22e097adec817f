"""Which rows belong together: the groups of random intercepts, and the visits of a residual structure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import polars as pl
from numpy.typing import NDArray

from calcitrial.models.formula import Residual
from calcitrial.models.structures import HOLDS_AN_INTERCEPT, STRUCTURES

Array = NDArray[np.float64]
Codes = NDArray[np.int64]

SAYS_ALL = 5  # problems of one kind that are listed before the rest is counted


@dataclass(frozen=True, eq=False)
class Grouping:
    """The groups of one random intercept: `codes` holds the group of each row, `labels` each group's name."""

    name: str
    codes: Codes
    labels: tuple[str, ...]


@dataclass(frozen=True, eq=False)
class Repeats:
    """The rows of a residual structure: `codes` holds the place of each row's visit among `visits`, in their order."""

    residual: Residual
    visits: tuple[str, ...]
    codes: Codes
    grouping: Grouping


def grouping_of(rows: pl.DataFrame, names: Sequence[str]) -> Grouping:
    """Return the groups that the combinations of some columns make, in sorted order."""
    codes = np.zeros(rows.height, dtype=np.int64)
    for name in names:
        own = rows[name].rank("dense").to_numpy().astype(np.int64)
        codes = codes * (int(own.max()) + 1) + own
    _, first, inverse = np.unique(codes, return_index=True, return_inverse=True)
    labels = [":".join(str(value) for value in row) for row in rows.select(names)[first].rows()]
    return Grouping(":".join(names), inverse.astype(np.int64), tuple(labels))


def repeats_of(rows: pl.DataFrame, residual: Residual, levels: Mapping[str, Sequence[str]]) -> Repeats:
    """Return which visit of which group each row is.

    Args:
        rows: complete rows.
        residual: the structure.
        levels: the order of the visits, where one is given; numbers and other text are sorted.

    Returns:
        The visits that occur, and the place of each row among them.
    """
    column = [_name(value) for value in rows[residual.visit].to_list()]
    found = [_name(value) for value in rows[residual.visit].unique().sort().to_list()]
    visits = [level for level in levels.get(residual.visit, found) if level in found]
    place = {visit: number for number, visit in enumerate(visits)}
    codes = np.array([place[visit] for visit in column], dtype=np.int64)
    return Repeats(residual, tuple(visits), codes, grouping_of(rows, residual.group))


def _name(value: object) -> str:
    return f"{value:g}" if isinstance(value, float) else str(value)


def group_problems(groupings: Sequence[Grouping], rows: int) -> list[str]:
    """Return why variances between these groups could not be told apart, in sentences; none when all is well."""
    problems = []
    for grouping in groupings:
        name, count = grouping.name, len(grouping.labels)
        if count == 1:
            problems.append(
                f"All {rows} rows belong to one {name} ({grouping.labels[0]}); a random term needs at least two."
            )
        elif count == rows:
            problems.append(
                f"Each of the {rows} rows is its own {name}, so (1|{name}) cannot be told from the residual; "
                "leave it out."
            )
    return problems + _same_groups(groupings)


def _same_groups(groupings: Sequence[Grouping]) -> list[str]:
    # Codes are ranks of sorted labels, so equal partitions are compared by their first rows.
    seen: dict[bytes, str] = {}
    problems = []
    for grouping in groupings:
        key = _partition(grouping)
        if key in seen:
            problems.append(
                f"(1|{grouping.name}) makes the same groups as (1|{seen[key]}) in these data, so their "
                "variances cannot be told apart; keep one."
            )
        seen.setdefault(key, grouping.name)
    return problems


def _partition(grouping: Grouping) -> bytes:
    _, first, inverse = np.unique(grouping.codes, return_index=True, return_inverse=True)
    return bytes(first[inverse].tobytes())


def repeats_problems(repeats: Repeats, groupings: Sequence[Grouping], matrix: Array) -> list[str]:
    """Return why a residual structure could not be estimated, in sentences; none when all is well.

    Args:
        repeats: the structure with its rows.
        groupings: the random intercepts beside it.
        matrix: n x p, the fixed part.

    Returns:
        The sentences.
    """
    residual, groups = repeats.residual, repeats.grouping
    if len(repeats.visits) < 2:
        return [
            f"All rows have {residual.visit} {repeats.visits[0]}, and {residual.label} describes how several visits "
            "vary together; leave it out, or add the other visits."
        ]
    if len(groups.labels) == 1:
        return [f"All rows belong to one {groups.name} ({groups.labels[0]}); {residual.label} needs several."]
    twice = _visited_twice(repeats)
    if twice:
        return twice
    return _few_groups(repeats, matrix) or _intercept_inside(repeats, groupings)


def _visited_twice(repeats: Repeats) -> list[str]:
    groups, visits = repeats.grouping, repeats.visits
    cells, counts = np.unique(groups.codes * len(visits) + repeats.codes, return_counts=True)
    twice = cells[counts > 1]
    if not len(twice):
        return []
    listed = [f"{groups.labels[cell // len(visits)]} at {visits[cell % len(visits)]}" for cell in twice[:SAYS_ALL]]
    more = f" and {len(twice) - SAYS_ALL} more" if len(twice) > SAYS_ALL else ""
    return [
        f"{repeats.residual.label} needs one row per {groups.name} and {repeats.residual.visit}, and there are several "
        f"for {', '.join(listed)}{more}; take their mean first, or name finer groups such as participant:lesion."
    ]


def _few_groups(repeats: Repeats, matrix: Array) -> list[str]:
    """With fewer groups the likelihood of an unstructured matrix has no maximum: a combination of visits fits all."""
    label, name = repeats.residual.label, repeats.grouping.name
    there = np.zeros((len(repeats.grouping.labels), len(repeats.visits)))
    there[repeats.grouping.codes, repeats.codes] = 1.0
    apart = _never_together(repeats, there.T @ there > 0)
    if apart or repeats.residual.kind != "us":
        return apart
    taken = max(int(np.linalg.matrix_rank(matrix[repeats.codes == k])) for k in range(len(repeats.visits)))
    needed = taken + len(repeats.visits)
    if len(there) >= needed:
        return []
    return [
        f"There are {len(there)} groups of {name}, and {label} over {len(repeats.visits)} visits beside {taken} "
        f"coefficients at one visit needs at least {needed}; use a structure with fewer parameters: ar1h, csh or toeph."
    ]


def _never_together(repeats: Repeats, seen: NDArray[np.bool_]) -> list[str]:
    """Every correlation needs a group with both of its visits: each pair of `us`, each lag of `toep`, any of others."""
    label, name, visits = repeats.residual.label, repeats.grouping.name, repeats.visits
    kind, m = repeats.residual.kind, len(visits)
    if kind == "us":
        pairs = [f"{visits[a]} and {visits[b]}" for a, b in np.argwhere(np.triu(~seen))]
    elif kind.startswith("toep"):
        pairs = [f"visits {lag} apart" for lag in range(1, m) if not np.diag(seen, lag).any()]
    else:
        pairs = [] if np.triu(seen, 1).any() else ["two visits"]
    if not pairs:
        return []
    more = f" (and {len(pairs) - SAYS_ALL} more pairs)" if len(pairs) > SAYS_ALL else ""
    return [
        f"No {name} has {', nor '.join(pairs[:SAYS_ALL])}{more}, so {label} has no correlation for them; "
        + ("leave it out." if pairs == ["two visits"] else "use ar1h or csh, or leave out a visit.")
    ]


def _intercept_inside(repeats: Repeats, groupings: Sequence[Grouping]) -> list[str]:
    """An intercept of the structure's own groups adds one number to all entries of its matrix."""
    kind, visits = repeats.residual.kind, len(repeats.visits)
    if kind not in HOLDS_AN_INTERCEPT and visits > 2:
        return []
    return [
        f"(1|{grouping.name}) cannot be told from {repeats.residual.label}: the {STRUCTURES[kind]} matrix of "
        f"{visits} visits holds all that the rows of one {repeats.grouping.name} share; leave the intercept out."
        for grouping in groupings
        if _partition(grouping) == _partition(repeats.grouping)
    ]
