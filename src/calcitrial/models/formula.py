"""Model formulas as statisticians write them: `log_size ~ arm*visit + log(base) + (1|participant/lesion)`.

Wilkinson and Rogers' notation (Applied Statistics 1973;22:392) for the fixed part, lme4's bars for random
intercepts, mmrm's for what the residuals of one group have in common. Offered: `+`, `*`, `:`, parentheses, `0` and
`1` for the intercept, `log(x)`, `(1|a)`, `(1|a:b)` and `(1|a/b)`, which is `(1|a) + (1|a:b)`, and one residual
structure such as `us(visit|participant)` or `ar1(visit|participant:lesion)`.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import lru_cache

from calcitrial.models.estimate import AnalysisError
from calcitrial.models.structures import STRUCTURES

_TOKEN = re.compile(r"\s*(?:([A-Za-z_][A-Za-z0-9_.]*)|(\d+)|([~+*:()|/-]))")


@dataclass(frozen=True, order=True)
class Variable:
    """A column of the data, taken as it is or under the natural logarithm."""

    column: str
    log: bool = False

    @property
    def label(self) -> str:
        """The name shown in results: `x` or `log(x)`."""
        return f"log({self.column})" if self.log else self.column


Term = tuple[Variable, ...]  # the variables of one product; the empty term is the intercept


@dataclass(frozen=True)
class Residual:
    """A residual structure: `kind` of `structures.STRUCTURES`, the column of visits, the columns of its groups."""

    kind: str
    visit: str
    group: tuple[str, ...]

    @property
    def label(self) -> str:
        """The structure as it is written, such as `us(visit|participant:lesion)`."""
        return f"{self.kind}({self.visit}|{':'.join(self.group)})"


@dataclass(frozen=True)
class Formula:
    """A parsed formula: the response, the products of the fixed part by degree, the random intercepts.

    `terms` starts with the empty product when there is an intercept. `groups` holds, for each random
    intercept, the columns whose combinations make its groups. Without `residual`, residuals are independent.
    """

    text: str
    response: Variable
    terms: tuple[Term, ...]
    groups: tuple[tuple[str, ...], ...]
    residual: Residual | None = None

    @property
    def variables(self) -> tuple[Variable, ...]:
        """The distinct variables of the fixed part, in the order in which they are written."""
        return tuple(dict.fromkeys(variable for term in self.terms for variable in term))

    @property
    def columns(self) -> tuple[str, ...]:
        """Every column the formula needs, each once."""
        fixed = [variable.column for variable in (self.response, *self.variables)]
        own = (self.residual.visit, *self.residual.group) if self.residual else ()
        return tuple(dict.fromkeys([*fixed, *(name for group in self.groups for name in group), *own]))


@dataclass
class _Reader:
    """Reads a list of tokens once from left to right."""

    text: str
    tokens: list[str]
    place: int = 0
    groups: list[tuple[str, ...]] = field(default_factory=list)
    residuals: list[Residual] = field(default_factory=list)
    no_intercept: bool = False

    def peek(self) -> str:
        return self.tokens[self.place] if self.place < len(self.tokens) else ""

    def take(self, wanted: str = "") -> str:
        token = self.peek()
        if wanted and token != wanted:
            raise self.refusal(f"'{wanted}' was expected where {_found(token)}")
        self.place += 1
        return token

    def name(self) -> str:
        token = self.take()
        if not token or not (token[0].isalpha() or token[0] == "_"):
            raise self.refusal(f"a column name was expected where {_found(token)}")
        return token

    def refusal(self, why: str) -> AnalysisError:
        return AnalysisError(
            f"The formula '{self.text}' cannot be read: {why}. "
            "Write for example 'log_size ~ arm*visit + log_baseline + (1|participant/lesion)'."
        )


def _found(token: str) -> str:
    return f"'{token}' stands" if token else "the formula ends"


@lru_cache(maxsize=256)
def parse_formula(text: str) -> Formula:
    """Read a model formula.

    Args:
        text: for example `log_size ~ arm*visit + log_baseline + (1|participant) + (1|participant:lesion)`.

    Returns:
        The parsed formula; main effects come before interactions, as in R.

    Raises:
        AnalysisError: when the text is not a formula of the offered kind, with the place that is wrong.
    """
    reader = _Reader(text, _tokens(text))
    response = _variable(reader)
    reader.take("~")
    terms = _sum(reader)
    if reader.peek():
        raise reader.refusal(f"nothing was expected where {_found(reader.peek())}")
    intercept: list[Term] = [] if reader.no_intercept else [()]
    if reader.no_intercept and not terms:
        raise reader.refusal("it has no fixed part; write at least '1'")
    fixed = sorted(dict.fromkeys(term for term in terms if term), key=len)  # sorted() keeps the written order
    if response.column in {variable.column for term in fixed for variable in term}:
        raise reader.refusal(f"the response {response.column} stands on both sides of '~'")
    _refuse_repeated_groups(reader)
    residual = reader.residuals[0] if reader.residuals else None
    return Formula(" ".join(text.split()), response, (*intercept, *fixed), tuple(reader.groups), residual)


def _tokens(text: str) -> list[str]:
    tokens, place = [], 0
    while text[place:].strip():
        match = _TOKEN.match(text, place)
        if not match:
            raise _Reader(text, []).refusal(f"'{text[place:].strip()[0]}' has no meaning in it")
        tokens.append(match.group().strip())
        place = match.end()
    return tokens


def _sum(reader: _Reader) -> list[Term]:
    terms = _crossing(reader)
    while reader.peek() == "+":
        reader.take()
        terms += _crossing(reader)
    return terms


def _crossing(reader: _Reader) -> list[Term]:
    """`a*b` is `a + b + a:b`."""
    terms = _product(reader)
    while reader.peek() == "*":
        reader.take()
        right = _product(reader)
        terms = [*terms, *right, *_products(terms, right)]
    return terms


def _product(reader: _Reader) -> list[Term]:
    terms = _part(reader)
    while reader.peek() == ":":
        reader.take()
        terms = _products(terms, _part(reader))
    return terms


def _products(left: Iterable[Term], right: list[Term]) -> list[Term]:
    return [tuple(dict.fromkeys([*one, *other])) for one in left for other in right]


def _part(reader: _Reader) -> list[Term]:
    token = reader.peek()
    if token in {"0", "1"}:
        reader.take()
        reader.no_intercept |= token == "0"
        return []
    if token in STRUCTURES and reader.tokens[reader.place + 1 : reader.place + 2] == ["("]:
        reader.residuals.append(_residual(reader))
        return []
    if token != "(":
        return [(_variable(reader),)]
    reader.take()
    if _is_random(reader):
        reader.groups += _random(reader)
        terms: list[Term] = []
    else:
        terms = _sum(reader)
    reader.take(")")
    return terms


def _is_random(reader: _Reader) -> bool:
    end = reader.tokens.index(")", reader.place) if ")" in reader.tokens[reader.place :] else len(reader.tokens)
    return "|" in reader.tokens[reader.place : end]


def _random(reader: _Reader) -> list[tuple[str, ...]]:
    start = reader.place
    if reader.take() != "1" or reader.take() != "|":
        written = " ".join(reader.tokens[start : reader.tokens.index(")", start)])
        raise reader.refusal(
            f"'({written})' asks for a random slope, and only random intercepts such as (1|participant) "
            "are offered; for a treatment effect that differs between people add (1|participant:arm)"
        )
    path = [_interaction(reader)]
    while reader.peek() == "/":
        reader.take()
        path.append((*path[-1], *_interaction(reader)))
    return path


def _residual(reader: _Reader) -> Residual:
    kind = reader.take()
    reader.take("(")
    visit = reader.name()
    reader.take("|")
    group = _interaction(reader)
    if reader.peek() == "/":
        raise reader.refusal(
            f"{kind}() has one matrix for all groups, and '/' asks for several; write '|' and ':' only"
        )
    reader.take(")")
    return Residual(kind, visit, group)


def _interaction(reader: _Reader) -> tuple[str, ...]:
    names = [reader.name()]
    while reader.peek() == ":":
        reader.take()
        names.append(reader.name())
    return tuple(names)


def _variable(reader: _Reader) -> Variable:
    name = reader.name()
    if reader.peek() != "(":
        return Variable(name)
    if name != "log":
        offered = ", ".join(STRUCTURES)
        raise reader.refusal(f"the function {name}() is not offered, only log() and the residual structures {offered}")
    reader.take("(")
    variable = Variable(reader.name(), log=True)
    reader.take(")")
    return variable


def _refuse_repeated_groups(reader: _Reader) -> None:
    seen: set[frozenset[str]] = set()
    for group in reader.groups:
        if frozenset(group) in seen:
            raise reader.refusal(f"the random term (1|{':'.join(group)}) is written twice")
        seen.add(frozenset(group))
    if len(reader.residuals) > 1:
        written = " and ".join(residual.label for residual in reader.residuals)
        raise reader.refusal(f"{written} are two residual structures, and rows have one residual; keep one")
