"""From a table and a formula to the numbers a mixed model works on: response, matrix, groups."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
import polars as pl
from numpy.typing import NDArray

from calcitrial.models.estimate import AnalysisError, refuse_if_any
from calcitrial.models.formula import Formula, Term, Variable
from calcitrial.models.groups import Grouping, Repeats, group_problems, grouping_of, repeats_of, repeats_problems

Array = NDArray[np.float64]
Codes = NDArray[np.int64]

TINY, HUGE = 1e-100, 1e100  # the squares of what lies outside leave the range of doubles
DEPENDENT = 1e-8  # relative length left of a column after the others are taken out of it


@dataclass(frozen=True, eq=False)
class Design:
    """A model ready to be fitted.

    `response` has n values, `matrix` is n x p with the columns named by `terms`; `levels` holds the levels of
    each text column, the first being the reference; `means` the mean of each number column (of log(x) where
    the formula says log); `dropped` counts the rows left out because a value was missing; `repeats` tells the
    rows of the residual structure where the formula has one.
    """

    formula: Formula
    response: Array
    matrix: Array
    terms: tuple[str, ...]
    levels: Mapping[str, tuple[str, ...]]
    means: Mapping[str, float]
    groupings: tuple[Grouping, ...]
    dropped: int
    messages: tuple[str, ...]
    repeats: Repeats | None = None


def prepare(data: pl.DataFrame, formula: Formula, levels: Mapping[str, Sequence[str]] | None = None) -> Design:
    """Check the table against the formula and build the design.

    Text columns are coded by treatment contrasts against their first level: the first in sorted order, or
    the first given in `levels`. A factor is coded in full where the model lacks its margin, as in R.

    Args:
        data: one row per observation.
        formula: what `parse_formula` returned.
        levels: for a text column, all its levels in the wanted order.

    Returns:
        The design over the rows that have every value.

    Raises:
        AnalysisError: with every problem found in the columns, then in the model they make.
    """
    design = _build(data, formula, levels)
    refuse_if_any([*_group_problems(design), *_column_count_problems(design)])
    return design


def prepare_marginal(
    data: pl.DataFrame, formula: Formula, cluster: str, levels: Mapping[str, Sequence[str]] | None = None
) -> Design:
    """Check the table against a formula without random terms, whose rows are alike within clusters.

    Args:
        data: one row per observation.
        formula: what `parse_formula` returned, without random terms.
        cluster: the column that says which rows belong together, such as the participant; a cluster may be one row.
        levels: as in `prepare`.

    Returns:
        The design; `groupings` holds the clusters alone.

    Raises:
        AnalysisError: with every problem found in the columns, then in the model they make.
    """
    if formula.groups or formula.residual:
        what = "random term" if formula.groups else "residual structure"
        raise AnalysisError(
            f"'{formula.text}' has a {what}, and a marginal model has none; name the cluster beside the formula."
        )
    design = _build(data, replace(formula, groups=((cluster,),)), levels)
    refuse_if_any([*_one_group(design), *_column_count_problems(design)])
    return design


def _build(data: pl.DataFrame, formula: Formula, levels: Mapping[str, Sequence[str]] | None) -> Design:
    missing = [name for name in formula.columns if name not in data.columns]
    has = ", ".join(data.columns) or "none"
    refuse_if_any(f"The data have no column {name}; the columns are {has}." for name in missing)
    rows = _complete_rows(data.select(formula.columns))
    if not rows.height:
        raise AnalysisError(f"None of the {data.height} rows has every value that '{formula.text}' needs.")
    given = levels or {}
    refuse_if_any([*_response_problems(rows, formula), *_column_problems(rows, formula, given)])
    used, messages = _used_levels(rows, formula, given)
    columns = {v: _values(rows, v, used.get(v.column)) for v in formula.variables}
    matrix, terms = encode(formula.terms, columns, used, rows.height)
    return Design(
        formula=formula,
        response=_values(rows, formula.response, None),
        matrix=matrix,
        terms=terms,
        levels=used,
        means={v.label: float(values.mean()) for v, values in columns.items() if v.column not in used},
        groupings=tuple(grouping_of(rows, names) for names in formula.groups),
        dropped=data.height - rows.height,
        messages=messages,
        repeats=repeats_of(rows, formula.residual, given) if formula.residual else None,
    )


def encode(
    terms: Iterable[Term],
    columns: Mapping[Variable, Array | Codes],
    levels: Mapping[str, Sequence[str]],
    rows: int,
) -> tuple[Array, tuple[str, ...]]:
    """Code products of variables as matrix columns.

    Args:
        terms: the products; the empty product is the intercept.
        columns: n values of each variable, level numbers for a factor.
        levels: the levels of each factor by column name.
        rows: n.

    Returns:
        An n x p matrix and the p names, such as `(Intercept)`, `arm[STS]`, `arm[STS]:visit[W08]`.
    """
    present = {frozenset(term) for term in terms}
    blocks, names = [], []
    for term in terms:
        block, labels = np.ones((rows, 1)), [""]
        for variable in term:
            part, own = _coded(variable, columns, levels, frozenset(term) - {variable} in present)
            block = (part[:, :, None] * block[:, None, :]).reshape(rows, -1)  # first factor varies fastest
            labels = [f"{left}:{right}" if left else right for right in own for left in labels]
        blocks.append(block)
        names += labels if term else ["(Intercept)"]
    return np.concatenate(blocks, axis=1), tuple(names)


def _coded(
    variable: Variable,
    columns: Mapping[Variable, Array | Codes],
    levels: Mapping[str, Sequence[str]],
    by_contrast: bool,
) -> tuple[Array, list[str]]:
    values = columns[variable]
    if variable.column not in levels:
        return np.asarray(values, dtype=float)[:, None], [variable.label]
    first = 1 if by_contrast else 0
    kept = levels[variable.column][first:]
    block = np.asarray(values)[:, None] == np.arange(first, first + len(kept))
    return block.astype(float), [f"{variable.column}[{level}]" for level in kept]


def _complete_rows(data: pl.DataFrame) -> pl.DataFrame:
    numbers = [name for name, kind in data.schema.items() if kind.is_float()]
    return data.with_columns(pl.col(numbers).fill_nan(None)).drop_nulls() if numbers else data.drop_nulls()


def _is_text(column: pl.Series) -> bool:
    return column.dtype in (pl.String, pl.Categorical, pl.Enum, pl.Boolean)


def _values(rows: pl.DataFrame, variable: Variable, levels: Sequence[str] | None) -> Array:
    column = rows[variable.column]
    if levels is not None:
        return column.cast(pl.String).cast(pl.Enum(levels)).to_physical().to_numpy()
    values = column.cast(pl.Float64).to_numpy()
    return np.log(values) if variable.log else values


def _response_problems(rows: pl.DataFrame, formula: Formula) -> list[str]:
    name, column = formula.response.column, rows[formula.response.column]
    if not column.dtype.is_numeric():
        return [f"The response {name} holds text such as '{column[0]}'; it must hold numbers."]
    if column.n_unique() == 1:
        return [f"The response {name} is {column[0]} in all {rows.height} rows; there is nothing to model."]
    return _number_problems(column, formula.response)


def _column_problems(rows: pl.DataFrame, formula: Formula, given: Mapping[str, Sequence[str]]) -> list[str]:
    problems = [
        f"Levels are given for {name}, which is not in '{formula.text}'; leave them out."
        for name in given
        if name not in {variable.column for variable in formula.variables} | _visit_column(formula)
    ]
    for name in _visit_column(formula) & given.keys() - {variable.column for variable in formula.variables}:
        problems += _level_problems(rows[name], given[name])
    for variable in formula.variables:
        column = rows[variable.column]
        if _is_text(column):
            problems += _factor_problems(column, variable, given.get(variable.column))
        elif not column.dtype.is_numeric():
            problems.append(f"The column {variable.column} holds {column.dtype}; give text or numbers.")
        elif variable.column in given:
            problems.append(f"Levels are given for {variable.column}, which holds numbers; make the column text first.")
        else:
            problems += _number_problems(column, variable)
    return problems


def _number_problems(column: pl.Series, variable: Variable) -> list[str]:
    infinite = int(column.cast(pl.Float64).is_infinite().sum())
    if infinite:
        return [
            f"The column {column.name} is infinite in {infinite} of {column.len()} rows; correct these cells or leave "
            "them empty."
        ]
    values = column.cast(pl.Float64).to_numpy()
    largest = float(np.abs(values).max())
    if largest and not TINY < largest < HUGE:
        return [f"The column {column.name} reaches {largest:.3g}, which no sum of squares can hold; change its unit."]
    return _log_problems(values, variable) if variable.log else []


def _log_problems(values: Array, variable: Variable) -> list[str]:
    below, zero = values[values < 0], int((values == 0).sum())
    problems = []
    if len(below):
        problems.append(
            f"{variable.label} does not exist for {len(below)} of {len(values)} rows below zero, such as "
            f"{below[0]:g}; a size is never negative: correct them or leave them empty."
        )
    if zero:
        problems.append(
            f"{variable.label} does not exist for {zero} of {len(values)} rows with zero; "
            "replace zeros by half the detection limit, as the protocol says, before the analysis."
        )
    return problems


def _factor_problems(column: pl.Series, variable: Variable, given: Sequence[str] | None) -> list[str]:
    if variable.log:
        return [f"log({column.name}) is asked of text such as '{column[0]}'; it needs numbers."]
    found = _sorted_levels(column)
    if len(found) == 1:
        return [f"The column {column.name} is '{found[0]}' in every row; leave it out of the formula."]
    return [] if given is None else _level_problems(column, given)


def _visit_column(formula: Formula) -> set[str]:
    return {formula.residual.visit} if formula.residual else set()


def _level_problems(column: pl.Series, given: Sequence[str]) -> list[str]:
    if len(set(given)) < len(given):
        return [f"The levels given for {column.name} repeat a level: {', '.join(given)}."]
    unknown = [level for level in _sorted_levels(column) if level not in given]
    if unknown:
        listed = ", ".join(f"'{level}'" for level in unknown)
        return [f"The column {column.name} holds {listed}, which the given levels lack; add or correct them."]
    return []


def _sorted_levels(column: pl.Series) -> list[str]:
    return column.cast(pl.String).unique().sort().to_list()


def _used_levels(
    rows: pl.DataFrame, formula: Formula, given: Mapping[str, Sequence[str]]
) -> tuple[dict[str, tuple[str, ...]], tuple[str, ...]]:
    used, messages = {}, []
    for name in dict.fromkeys(variable.column for variable in formula.variables):
        if not _is_text(rows[name]):
            continue
        found = _sorted_levels(rows[name])
        used[name] = tuple(level for level in given.get(name, found) if level in found)
        empty = [level for level in given.get(name, ()) if level not in found]
        if empty:
            messages.append(f"No row has {name} {', '.join(empty)}; the model goes without.")
    return used, tuple(messages)


def _column_count_problems(design: Design) -> list[str]:
    n, p = design.matrix.shape
    if n > p:
        return _dependent_columns(design)
    return [
        f"There are {n} complete rows for {p} coefficients ({design.dropped} rows lacked a "
        "value); a model needs more rows than coefficients."
    ]


def _one_group(design: Design) -> list[str]:
    return [
        f"All {len(design.response)} rows belong to one {grouping.name} ({grouping.labels[0]}); what differs between "
        "clusters cannot be seen in one; at least two are needed."
        for grouping in design.groupings
        if len(grouping.labels) == 1
    ]


def _group_problems(design: Design) -> list[str]:
    repeats = design.repeats
    problems = group_problems(design.groupings, len(design.response))
    if repeats:
        problems += repeats_problems(repeats, design.groupings, design.matrix)
    elif not design.groupings:
        problems.append(f"'{design.formula.text}' has no random term; write one, such as (1|participant).")
    return problems


def _dependent_columns(design: Design) -> list[str]:
    lengths = np.linalg.norm(design.matrix, axis=0)
    scaled = design.matrix / np.where(lengths > 0, lengths, 1.0)
    if np.abs(np.diag(np.linalg.qr(scaled, mode="r"))).min() > DEPENDENT:
        return []
    kept: list[int] = []
    problems = []
    for column in range(scaled.shape[1]):
        weights = np.linalg.lstsq(scaled[:, kept], scaled[:, column], rcond=None)[0]
        if np.linalg.norm(scaled[:, column] - scaled[:, kept] @ weights) > DEPENDENT:
            kept.append(column)
            continue
        others = [design.terms[place] for place, w in zip(kept, weights, strict=True) if abs(w) > DEPENDENT]
        source = f"follows exactly from {', '.join(others)}" if others else "is zero in every row"
        problems.append(f"The column {design.terms[column]} {source}; leave one of them out of the formula.")
    return problems
