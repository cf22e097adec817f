"""Many people against many sets of criteria at once: each criterion becomes one expression over columns.

Polars keeps null apart from false and joins with Kleene's logic (`false and null` is false, `true or null` is true),
which is the logic of `protocol.evaluate`; so a value that is missing never decides.
"""

from collections.abc import Mapping, Sequence
from functools import reduce
from typing import Any

import polars as pl

from calcitrial.protocol import Criterion, Problem, RefusedError, rule_tree

Tree = list[Any]


def many(people: pl.DataFrame, sets: Mapping[str, Sequence[Criterion]]) -> pl.DataFrame:
    """Return, for each person (row) and set of criteria (column, Boolean), whether every criterion is met.

    `people` has one column per item (numbers as Float64, truths as Boolean, choices as text); null is unknown, and an
    item without a column is unknown for everybody. The answer is true when nothing speaks against and nothing is
    unknown, false when something speaks against, null otherwise. Raises RefusedError for a criterion whose rule
    cannot be turned into columns.
    """
    columns = frozenset(people.columns)
    wanted = [_met(criteria, columns).alias(name) for name, criteria in sets.items()]
    return people.lazy().select(wanted).collect()


def _met(criteria: Sequence[Criterion], columns: frozenset[str]) -> pl.Expr:
    found = []
    for one in criteria:
        holds = _expression(one, columns)
        found.append(holds if one.type == "inclusion" else ~holds)
    return reduce(lambda a, b: a & b, found, pl.repeat(True, pl.len(), dtype=pl.Boolean))


def _expression(criterion: Criterion, columns: frozenset[str]) -> pl.Expr:
    if not criterion.expression:
        return _nothing(pl.Boolean)
    tree = rule_tree(criterion.expression)
    if tree is None:
        what = f"The rule {criterion.expression!r} is more than comparisons joined by and, or, not."
        raise RefusedError([Problem(criterion.id, what, "Judge these people one by one.")])
    return _of(tree, columns)


def _of(tree: Tree, columns: frozenset[str]) -> pl.Expr:
    kind, *parts = tree
    if kind == "item":
        return pl.col(parts[0]) if parts[0] in columns else _nothing(None)
    if kind == "value":
        return pl.lit(parts[0])
    if kind == "!":
        return ~_truth(parts[0], columns)
    if kind in ("&&", "||"):
        left, right = (_truth(part, columns) for part in parts)
        return left & right if kind == "&&" else left | right
    return _compared(kind, parts, columns)


def _truth(tree: Tree, columns: frozenset[str]) -> pl.Expr:
    """Return a part that must be a truth, so that one nobody knows is a null truth."""
    return _of(tree, columns).cast(pl.Boolean) if tree[0] == "item" else _of(tree, columns)


def _compared(kind: str, parts: list[Tree], columns: frozenset[str]) -> pl.Expr:
    if any(part[0] == "item" and part[1] not in columns for part in parts):
        return _nothing(pl.Boolean)
    left = _of(parts[0], columns)
    if kind == "in":
        return left.is_in([part[1] for part in parts[1][1:]])
    right = _of(parts[1], columns)
    compared = {"==": left == right, "!=": left != right, "<": left < right}
    compared |= {"<=": left <= right, ">": left > right, ">=": left >= right}
    return compared[kind]


def _nothing(kind: Any) -> pl.Expr:
    return pl.lit(None, dtype=kind)
