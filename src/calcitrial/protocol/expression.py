"""Criteria and checks in CEL, with three values: a missing value never decides silently.

The Common Expression Language (cel-spec) absorbs errors in `&&` and `||` exactly as Kleene's
three-valued logic absorbs *unknown*: `false && unknown` is false, `true || unknown` is true, anything
else that needs the missing value is unknown. So a value that is not there is simply left out.
"""

from collections.abc import Mapping
from decimal import Decimal
from functools import lru_cache
from typing import Any, Literal

import celpy
from celpy import celtypes
from celpy.celparser import CELParseError
from celpy.evaluation import CELEvalError
from lark import Token, Tree

Truth = Literal["true", "false", "unknown"]
Value = str | int | float | bool | Decimal | None


class ExpressionError(ValueError):
    """The expression cannot be read, or compares things that cannot be compared."""


@lru_cache(maxsize=256)
def _compiled(text: str) -> tuple[Any, Any]:
    environment = celpy.Environment()
    try:
        tree = environment.compile(text)
    except CELParseError as error:
        raise ExpressionError(
            f"The expression {text!r} cannot be read as CEL (line {error.line}, column {error.column})."
        ) from None
    return tree, environment.program(_with_decimals(tree))


def _with_decimals(tree: Tree[Any]) -> Tree[Any]:
    """Write every whole-number literal as a decimal, because CEL does not compare 3 with 3.0."""
    for node in tree.iter_subtrees():
        node.children = [
            token.update(type="FLOAT_LIT", value=f"{token}.0")
            if isinstance(token, Token) and token.type == "INT_LIT"
            else token
            for token in node.children
        ]
    return tree


def tree_of(text: str) -> Tree[Any]:
    """Return the syntax tree of an expression; raise ExpressionError when it cannot be read."""
    tree: Tree[Any] = _compiled(text)[0]
    return tree


def names_in(text: str) -> frozenset[str]:
    """Return the item names an expression asks for; raise ExpressionError when it cannot be read."""
    tree: Tree[Any] = _compiled(text)[0]
    found: set[str] = set()
    for node in tree.iter_subtrees():
        if node.data == "ident":
            found.add(str(node.children[0]))
    return frozenset(found)


def texts_in(text: str) -> frozenset[str]:
    """Return the texts an expression compares with; raise ExpressionError when it cannot be read."""
    tree: Tree[Any] = _compiled(text)[0]
    literals = tree.scan_values(lambda token: isinstance(token, Token) and token.type == "STRING_LIT")
    return frozenset(str(token)[1:-1] for token in literals)


def _cel(value: str | int | float | bool | Decimal) -> celtypes.Value:
    if isinstance(value, bool):
        return celtypes.BoolType(value)
    if isinstance(value, (int, float, Decimal)):
        return celtypes.DoubleType(float(value))
    return celtypes.StringType(value)


def evaluate(text: str, values: Mapping[str, Value]) -> Truth:
    """Return 'true', 'false' or 'unknown' for a CEL expression over named values.

    A name that is absent or None is unknown. Numbers of every kind compare with each other.
    Raises ExpressionError when the expression cannot be read, is not a yes-or-no question, or compares
    values of different kinds although every value is there.
    """
    known = {name: _cel(value) for name, value in values.items() if value is not None}
    program = _compiled(text)[1]
    try:
        answer = program.evaluate(known)
    except CELEvalError:
        if names_in(text) <= known.keys():
            raise ExpressionError(f"The expression {text!r} compares values of different kinds.") from None
        return "unknown"
    if not isinstance(answer, (bool, celtypes.BoolType)):
        raise ExpressionError(f"The expression {text!r} is not a yes-or-no question.")
    return "true" if answer else "false"
