"""Which questions of a form are asked, what must hold among its answers, and what asks for a second look.

Skip rules (`show_if`) and cross-item checks are CEL in three values. A question is asked only where its rule is
true; a check refuses only where it is false: what is not known decides nothing.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from decimal import Decimal
from typing import Literal

from calcitrial.protocol.expression import Truth, Value, evaluate, names_in
from calcitrial.protocol.form import Check, Form, Item

State = Literal["empty", "draft", "complete"]
WORDS = {"==": "is", "!=": "is not", "&&": "and", "||": "or", "true": "yes", "false": "no", ">=": "at least"}
TOKEN = re.compile(r"\"[^\"]*\"|'[^']*'|[A-Za-z_]\w*|==|!=|&&|\|\||>=")


def typed_values(form: Form, values: Mapping[str, str]) -> dict[str, Value]:
    """Return canonical answers as CEL compares them: numbers, truth values, texts; what is not said is left out."""
    return {item.id: _typed(item, values[item.id]) for item in form.items if values.get(item.id)}


def _typed(item: Item, text: str) -> Value:
    return _as(item.type, text)


def _as(kind: str, text: str) -> Value:
    if kind in ("integer", "decimal"):
        return Decimal(text)
    return text == "true" if kind == "boolean" else text


def not_asked(form: Form, values: Mapping[str, str]) -> dict[str, Truth]:
    """Return the items that are not asked with these canonical answers: 'false' or 'unknown', by item.

    A question that rests on one that is not asked itself is not asked either.
    """
    known, found = typed_values(form, values), dict[str, Truth]()
    for item in form.items:
        if item.show_if and (truth := evaluate(item.show_if, known)) != "true":
            found[item.id] = truth
            known.pop(item.id, None)
    return found


def broken_checks(
    form: Form,
    values: Mapping[str, str],
    checks: Iterable[Check] | None = None,
    others: Mapping[str, tuple[str, str]] | None = None,
) -> list[Check]:
    """Return the checks that these canonical answers break; one that is not decided yet is not broken.

    Without `checks` those of the form that ask for nothing else. `others` are values of other forms, as type and text.
    """
    known = typed_values(form, values)
    known |= {name: _as(kind, text) for name, (kind, text) in (others or {}).items()}
    asked = [one for one in form.checks if not one.is_across] if checks is None else checks
    return [check for check in asked if _breaks(check, known)]


def _breaks(check: Check, known: Mapping[str, Value]) -> bool:
    truth = evaluate(check.rule, known)
    if check.present:
        return truth == "true" and any(name not in known for name in check.present)
    return truth == "false"


def shown_item(form: Form, check: Check) -> str:
    """Return the item of a form beside which a broken check is told: the last that it names."""
    named = rests_on(check.rule) | set(check.present)
    return next((item.id for item in reversed(form.items) if item.id in named), "")


def unusual(form: Form, values: Mapping[str, str]) -> dict[str, str]:
    """Return what lies outside its usual limits as sentences, by item."""
    return dict(_unusual(form, values))


def _unusual(form: Form, values: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    for item in form.items:
        value = values.get(item.id)
        if item.usual is None or not value:
            continue
        low, high = item.usual
        if not Decimal(str(low)) <= Decimal(value) <= Decimal(str(high)):
            unit = f" {item.unit}" if item.unit else ""
            yield item.id, f"{item.label} is {value}{unit}, outside the usual {low:g} to {high:g}{unit}."


def completeness(form: Form, values: Mapping[str, str]) -> State:
    """Return how far a form is filled in: 'draft' while an answer is missing that is required and asked."""
    said = {name for name, value in values.items() if value}
    if not said:
        return "empty"
    missing = {item.id for item in form.items if item.required} - said
    return "draft" if missing and missing - not_asked(form, values).keys() else "complete"


def rule_in_words(form: Form, rule: str) -> str:
    """Return a rule with the labels of its items and plain words, such as '“Ongoing” is no'."""

    def word(match: re.Match[str]) -> str:
        token = match[0]
        item = form.item(token)
        return f"“{item.label}”" if item else WORDS.get(token, token.strip("\"'"))

    plain = TOKEN.sub(word, rule)
    return f"{plain} is yes" if form.item(rule) else plain


def rests_on(rule: str) -> frozenset[str]:
    """Return the items that a rule asks for."""
    return names_in(rule)
