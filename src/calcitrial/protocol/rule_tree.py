"""A CEL rule as a small tree of lists, so that a browser can evaluate it while somebody types."""

from typing import Any

from lark import Token, Tree

from calcitrial.protocol.expression import tree_of

OPERATORS = {
    "relation_eq": "==",
    "relation_ne": "!=",
    "relation_lt": "<",
    "relation_le": "<=",
    "relation_gt": ">",
    "relation_ge": ">=",
    "relation_in": "in",
    "conditionalor": "||",
    "conditionaland": "&&",
}
RuleTree = list[Any]


class _TooMuchError(Exception):
    """The rule uses more of CEL than a browser is told."""


def rule_tree(text: str) -> RuleTree | None:
    """Return a rule as nested lists, such as ["==", ["item", "taken"], ["value", true]].

    Comparisons, membership, and, or, not, numbers, texts and truth values; None for a rule that needs more, which
    only the server evaluates. Raises ExpressionError when the rule cannot be read.
    """
    try:
        return _tree(tree_of(text))
    except _TooMuchError:
        return None


def _tree(node: Any) -> RuleTree:
    if isinstance(node, Token):
        return _literal(node)
    name, children = str(node.data), node.children
    if name == "ident":
        return ["item", str(children[0])]
    if name == "list_lit":
        return ["list", *(_tree(child) for child in children[0].children)] if children else ["list"]
    if len(children) == 1:
        return _tree(children[0])
    return _with_operator(name, children)


def _with_operator(name: str, children: list[Any]) -> RuleTree:
    first, second = children if len(children) == 2 else (None, None)
    if name in ("conditionalor", "conditionaland") and first is not None:
        return [OPERATORS[name], _tree(first), _tree(second)]
    if isinstance(first, Tree) and name == "unary" and first.data == "unary_not":
        return ["!", _tree(second)]
    if isinstance(first, Tree) and name == "relation" and str(first.data) in OPERATORS:
        return [OPERATORS[str(first.data)], _tree(first.children[0]), _tree(second)]
    raise _TooMuchError


def _literal(token: Token) -> RuleTree:
    if token.type == "STRING_LIT" and "\\" not in token and token[0] in "\"'":
        return ["value", str(token)[1:-1]]
    if token.type in ("FLOAT_LIT", "INT_LIT"):
        return ["value", float(token)]
    if token.type == "BOOL_LIT":
        return ["value", str(token) == "true"]
    raise _TooMuchError
