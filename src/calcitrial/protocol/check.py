"""Typed values with units, or all the problems as sentences: the door every data point enters by."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal, InvalidOperation

from calcitrial.protocol.asked import broken_checks, not_asked, rests_on, rule_in_words
from calcitrial.protocol.form import Form, Item
from calcitrial.protocol.problem import Problem, RefusedError, one_of, refuse
from calcitrial.protocol.schema import Protocol

NUMBER = re.compile(r"^\s*([+-]?\d+(?:[.,]\d+)?(?:[eE][+-]?\d+)?)\s*(\S.*)?$")
DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
LARGEST_EXPONENT = 30  # no quantity of a trial needs more, and "1e999999" would fill a page with zeros
LONGEST = 100_000  # signs of one text; a book is no answer to a question
YES, NO = {"true", "yes", "y", "1"}, {"false", "no", "n", "0"}


@dataclass(frozen=True)
class Checked:
    """One value that passed: item, canonical text and unit ('' when the item has none)."""

    item: str
    value: str
    unit: str


class _BadError(Exception):
    """What is wrong with a value, and what to write instead."""

    def __init__(self, what: str, instead: str) -> None:
        self.what, self.instead = what, instead
        super().__init__(what)


def check_values(
    protocol: Protocol, form_id: str, values: Mapping[str, object], *, partial: bool = False
) -> tuple[Checked, ...]:
    """Return the values of one form in the form's order as canonical text with units.

    A number may carry its unit ("0.5 mL"); a value of None is left out (a required item that is asked must be
    there, unless the form is `partial`: begun, and to be gone on with later).
    Raises RefusedError with every problem: unknown form or item, missing required item, wrong type,
    wrong unit, out of range, not among the choices, an answer to a question that is not asked, a broken check.
    """
    form = protocol.form(form_id)
    if form is None:
        hint = one_of(form_id, [known.id for known in protocol.forms])
        raise RefusedError([Problem(form_id, f"Protocol {protocol.id} has no form {form_id!r}.", hint)])
    return check_form(form, values, partial=partial)


def check_form(form: Form, values: Mapping[str, object], *, partial: bool = False) -> tuple[Checked, ...]:
    """Return the values of this form as `check_values` does; RefusedError with every problem."""
    problems = [_unknown_item(form, name) for name in values if form.item(name) is None]
    checked, bad = _all_canonical(form, values)
    bad += _among(form, checked, {problem.place.split(".")[-1] for problem in bad}, partial)
    order = [f"{form.id}.{item.id}" for item in form.items]
    refuse([*problems, *sorted(bad, key=lambda problem: order.index(problem.place) if problem.place in order else -1)])
    return checked


def readable(form: Form, values: Mapping[str, object]) -> dict[str, str]:
    """Return the canonical text of those values that can be read, by item, whatever else is wrong."""
    return {one.item: one.value for one in _all_canonical(form, values)[0]}


def _all_canonical(form: Form, values: Mapping[str, object]) -> tuple[tuple[Checked, ...], list[Problem]]:
    """Return the values that can be read, as canonical text, and what is wrong with the others."""
    checked, bad = [], []
    for item in form.items:
        value = values.get(item.id)
        if value is None or value == "":
            continue
        try:
            checked.append(Checked(item.id, _canonical(item, value), item.unit))
        except _BadError as error:
            bad.append(Problem(f"{form.id}.{item.id}", error.what, error.instead))
    return tuple(checked), bad


def _among(form: Form, checked: Sequence[Checked], bad: set[str], partial: bool) -> Iterator[Problem]:
    """Yield what is wrong among the values of a form; `bad` are the items whose value could not be read."""
    given = {one.item: one.value for one in checked}
    skipped = not_asked(form, given)
    for item in form.items:
        place = f"{form.id}.{item.id}"
        if item.id in skipped:
            if item.id in given and not rests_on(item.show_if) & bad:
                instead = f"It is asked only where {rule_in_words(form, item.show_if)}: leave it empty."
                yield Problem(place, f"{item.label} is answered, but is not asked here.", instead)
        elif item.required and not partial and item.id not in given and item.id not in bad:
            yield Problem(place, f"{item.label} is missing.", "Enter a value.")
    for check in broken_checks(form, given):
        named = [item.id for item in form.items if item.id in rests_on(check.rule)]
        yield Problem(f"{form.id}.{named[-1]}" if named else form.id, check.message, "")


def _unknown_item(form: Form, name: str) -> Problem:
    hint = one_of(name, [item.id for item in form.items])
    return Problem(f"{form.id}.{name}", f"Form {form.id} has no item {name!r}.", hint)


def _canonical(item: Item, value: object) -> str:
    if item.type in ("integer", "decimal"):
        return _number(item, value)
    if item.type == "boolean":
        return _boolean(item, value)
    text = str(value).strip()
    if item.type == "choice" and text not in item.choices:
        raise _BadError(f"{item.label} is {_short(text)}.", f"Write one of: {', '.join(item.choices)}.")
    if item.type == "date":
        return _date(item, text)
    return _text(item, text)


def _short(value: object) -> str:
    """Return a value as it stands in a sentence: what somebody pasted by mistake is not said back at length."""
    text = repr(value)
    return text if len(text) <= 80 else f"{text[:77]}..."


def _text(item: Item, text: str) -> str:
    if len(text) > LONGEST:
        raise _BadError(f"{item.label} is {len(text):,} signs long.", f"Write at most {LONGEST:,}.")
    if any((ord(sign) < 32 and sign not in "\n\t") or 0xD800 <= ord(sign) <= 0xDFFF for sign in text):
        raise _BadError(f"{item.label} holds control characters.", "Write plain text.")
    return text


def _boolean(item: Item, value: object) -> str:
    text = str(value).strip().lower()
    if text in YES:
        return "true"
    if text in NO:
        return "false"
    raise _BadError(f"{item.label} is {_short(value)}.", "Write true or false.")


def _date(item: Item, text: str) -> str:
    try:
        # fromisoformat alone also takes weeks ("2025-W01-1") and, by chance, texts such as "20250101.5".
        return date.fromisoformat(text if DAY.fullmatch(text) else "").isoformat()
    except ValueError:
        raise _BadError(f"{item.label} is {_short(text)}, which is no date.", "Write the date as YYYY-MM-DD.") from None


def _number(item: Item, value: object) -> str:
    match = None if isinstance(value, bool) else NUMBER.match(str(value))
    if match is None:
        raise _BadError(f"{item.label} is {_short(value)}.", _number_hint(item))
    unit = (match.group(2) or "").strip()
    if unit and unit != item.unit:
        wanted = f"Write it in {item.unit}." if item.unit else "Write the number alone; it has no unit."
        raise _BadError(f"{item.label} is given in {_short(unit)} ({_short(value)}).", wanted)
    try:
        number = Decimal(match.group(1).replace(",", "."))
    except InvalidOperation:  # pragma: no cover - the pattern admits only numbers
        raise _BadError(f"{item.label} is {_short(value)}.", _number_hint(item)) from None
    if number and abs(number.adjusted()) > LARGEST_EXPONENT:
        raise _BadError(f"{item.label} is {_short(value)}.", "Check the power of ten.")
    if item.type == "integer" and number != number.to_integral_value():
        raise _BadError(f"{item.label} is {_short(value)}.", "Write a whole number.")
    _check_range(item, number)
    number = number.to_integral_value() if item.type == "integer" else number
    return format(number, "f").removeprefix("-" if number == 0 else "")


def _number_hint(item: Item) -> str:
    return f"Write a number in {item.unit}." if item.unit else "Write a number."


def _check_range(item: Item, number: Decimal) -> None:
    low = None if item.min is None else Decimal(str(item.min))
    high = None if item.max is None else Decimal(str(item.max))
    if (low is not None and number < low) or (high is not None and number > high):
        unit = f" {item.unit}" if item.unit else ""
        span = f"{'any' if low is None else low} to {'any' if high is None else high}"
        raise _BadError(f"{item.label} is {number}{unit}, outside {span}{unit}.", "Check the value and its unit.")
