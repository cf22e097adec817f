"""What of a criterion is left to ask, once some answers are known: partial evaluation in three values."""

import operator
from collections.abc import Callable, Mapping
from typing import Any

from calcitrial.protocol import Protocol, rule_tree

Value = str | float | bool
Tree = list[Any]
COMPARE: dict[str, Callable[[Any, Any], bool]] = {
    "==": operator.eq,
    "!=": operator.ne,
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}


def remaining(tree: Tree, known: Mapping[str, Value]) -> bool | Tree:
    """Return the truth of a rule under what is known, or the part of it that still has to be answered.

    `tree` is as `protocol.rule_tree` gives it. Kleene's logic: one false decides an `and`, one true an `or`.
    """
    kind, *parts = tree
    if kind == "item":
        value = known.get(parts[0])
        return tree if value is None else bool(value)
    if kind == "value":
        return bool(parts[0])
    if kind == "!":
        left = remaining(parts[0], known)
        return not left if isinstance(left, bool) else ["!", left]
    if kind in ("&&", "||"):
        return _joined(kind, [remaining(part, known) for part in parts])
    return _compared(kind, parts, known)


def _joined(kind: str, parts: list[bool | Tree]) -> bool | Tree:
    decisive = kind == "||"
    if any(part is decisive for part in parts):
        return decisive
    left = [part for part in parts if not isinstance(part, bool)]
    if not left:
        return not decisive
    return left[0] if len(left) == 1 else [kind, *left]


def _compared(kind: str, parts: list[Tree], known: Mapping[str, Value]) -> bool | Tree:
    values = [_value(part, known) for part in parts]
    if any(value is None for value in values):
        return [kind, *parts]
    left, right = values
    return left in right if kind == "in" else COMPARE[kind](left, right)


def _value(part: Tree, known: Mapping[str, Value]) -> Any:
    """Return what a part of a comparison stands for; None when it is not known."""
    if part[0] == "item":
        return known.get(part[1])
    if part[0] == "list":
        members = [_value(one, known) for one in part[1:]]
        return None if None in members else members
    return part[1]


def items_in(tree: bool | Tree) -> list[str]:
    """Return the items that a rule still asks for, in its order, each once."""
    if isinstance(tree, bool):
        return []
    if tree[0] == "item":
        return [tree[1]]
    found = [name for part in tree[1:] if isinstance(part, list) for name in items_in(part)]
    return list(dict.fromkeys(found))


def still_asked(protocol: Protocol, known: Mapping[str, Value]) -> tuple[str, ...]:
    """Return the items whose answers can still change something, in the order of the criteria.

    Nothing is left to ask once one criterion speaks against the person. A criterion without a rule, or with one that
    needs more of CEL than `rule_tree` tells, asks nothing here: the site answers it.
    """
    left: list[str] = []
    for criterion in protocol.criteria:
        tree = rule_tree(criterion.expression) if criterion.expression else None
        rest = remaining(tree, known) if tree else True
        if isinstance(rest, bool) and tree and rest is not (criterion.type == "inclusion"):
            return ()
        left += items_in(rest)
    return tuple(dict.fromkeys(left))
