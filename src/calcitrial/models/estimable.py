"""A protocol's formula as far as the data at hand can carry it; every term left out is said in a sentence.

Before the last visit is reached, or when each participant has one lesion per arm, a prespecified formula can hold
a factor with one level, or two random terms that make the same groups. Leaving such a term out does not change
what the model says; refusing the analysis, or failing inside it, would.
"""

from collections.abc import Sequence

import polars as pl

from calcitrial.models.formula import Formula, Residual, Term, parse_formula
from calcitrial.models.structures import HOLDS_AN_INTERCEPT


def estimable(text: str, data: pl.DataFrame) -> tuple[str, tuple[str, ...]]:
    """Return the formula without what these data cannot tell apart, and one sentence per term left out.

    Args:
        text: the formula of the protocol.
        data: the rows to be analysed, without missing values.

    Returns:
        The formula to fit (the same text when all of it can be fitted) and the sentences.

    Raises:
        AnalysisError: when the text is not a formula.
    """
    formula = parse_formula(text)
    constant = {name for name in formula.columns if name in data.columns and _is_constant(data[name])}
    constant.discard(formula.response.column)
    residual, apart = _residual(formula.residual, data, constant)
    inside = residual.group if residual and _holds_an_intercept(residual, data) else None
    groups, said = _groups(formula.groups, data, inside)
    fixed = [term for term in formula.terms if not constant & {variable.column for variable in term}]
    if len(fixed) == len(formula.terms) and len(groups) == len(formula.groups) and residual == formula.residual:
        return text, ()
    lost = sorted({variable.column for term in formula.terms for variable in term} & constant)
    levels = [f"All rows have {name} {data[name][0]}, so {name} was left out of the model." for name in lost]
    return _written(formula, fixed, groups, residual), (*levels, *apart, *said)


def _residual(wanted: Residual | None, data: pl.DataFrame, constant: set[str]) -> tuple[Residual | None, list[str]]:
    """Return the residual structure unless all rows are of one visit."""
    if wanted is None or wanted.visit not in constant:
        return wanted, []
    said = f"All rows have {wanted.visit} {data[wanted.visit][0]}, so {wanted.label} was left out of the model."
    return None, [said]


def _holds_an_intercept(residual: Residual, data: pl.DataFrame) -> bool:
    return residual.kind in HOLDS_AN_INTERCEPT or data[residual.visit].n_unique() == 2


def _is_constant(column: pl.Series) -> bool:
    return column.dtype == pl.String and column.n_unique() == 1


def _groups(
    wanted: Sequence[tuple[str, ...]], data: pl.DataFrame, inside: tuple[str, ...] | None
) -> tuple[list[tuple[str, ...]], list[str]]:
    """Return the random terms that can be told apart, from the coarsest, and what was left out.

    `inside` are the groups of a residual structure that holds an intercept of its own groups already.
    """
    kept: dict[int, tuple[str, ...]] = {}
    said = []
    for group in sorted(wanted, key=lambda names: data.select(names).n_unique()):
        count = data.select(group).n_unique()
        twin = next((k for k in kept.values() if _same(data, k, group)), None)
        if count == data.height:
            said.append(f"Each {':'.join(group)} has one row, so its variance is part of the residual.")
        elif inside and _same(data, inside, group):
            said.append(f"{':'.join(group)} makes the same groups as the residual structure, so it was left out.")
        elif twin:
            said.append(f"{':'.join(group)} makes the same groups as {':'.join(twin)}, so it was left out.")
        else:
            kept[len(kept)] = group
    return [group for group in wanted if group in kept.values()], said


def _same(data: pl.DataFrame, one: tuple[str, ...], other: tuple[str, ...]) -> bool:
    together = data.select({*one, *other}).n_unique()
    return together == data.select(one).n_unique() == data.select(other).n_unique()


def _written(
    formula: Formula, terms: Sequence[Term], groups: Sequence[tuple[str, ...]], residual: Residual | None
) -> str:
    """Return a formula with these terms as text."""
    intercept = "1" if () in formula.terms else "0"
    fixed = [intercept, *(":".join(v.label for v in term) for term in terms if term)]
    random = [f"(1|{':'.join(group)})" for group in groups]
    own = [residual.label] if residual else []
    return f"{formula.response.label} ~ {' + '.join([*fixed, *random, *own])}"
