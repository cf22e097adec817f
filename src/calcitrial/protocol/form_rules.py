"""What must be true inside one form: limits, skip rules and checks that can be read and name items it has."""

import re
from collections.abc import Iterator, Mapping

from calcitrial.protocol.asked import typed_values
from calcitrial.protocol.expression import ExpressionError, evaluate, names_in, texts_in
from calcitrial.protocol.form import Check, Form, Item
from calcitrial.protocol.problem import Problem, one_of

OTHER = re.compile(r"[a-z_0-9]+\.[a-z_0-9]+(@(first|last|previous))?")
NUMERIC = {"integer", "decimal"}
SAMPLES = {"integer": "1", "decimal": "1", "boolean": "true", "date": "2026-01-01"}


def form_problems(form: Form) -> Iterator[Problem]:
    """Yield everything that is wrong with the items, skip rules and checks of a form."""
    for position, item in enumerate(form.items):
        yield from _item(form, item)
        if item.show_if:
            earlier = {one.id: one for one in form.items[:position]}
            yield from _rule(form, item.show_if, earlier, f"forms.{form.id}.{item.id}.show_if", "comes before it")
    known = {item.id: item for item in form.items}
    for number, check in enumerate(form.checks, 1):
        place = f"forms.{form.id}.checks.{number}"
        yield from _rule(form, check.rule, known | _elsewhere(check), place, "the form has")
        for name in sorted(set(check.present) - known.keys()):
            yield Problem(place, f"It asks for {name!r}, which is no item that the form has.", one_of(name, known))
        yield from (_where(place, name, at) for name, at in check.others.items() if not OTHER.fullmatch(at))
        if not check.message.strip():
            yield Problem(place, "The check has no message.", "Say in a sentence what is wrong when it fails.")


def _elsewhere(check: Check) -> dict[str, Item]:
    """Return stand-ins for the values of other forms; what they are is known once a study is opened."""
    return {name: Item(id=name, label=name, type="text") for name in check.others}


def _where(place: str, name: str, at: str) -> Problem:
    return Problem(place, f"It takes {name} from {at!r}.", "Write form.item, perhaps with @first, @last or @previous.")


def _item(form: Form, item: Item) -> Iterator[Problem]:
    place = f"forms.{form.id}.{item.id}"
    if item.type == "choice" and not item.choices:
        yield Problem(place, "A choice has no choices.", "List them.")
    limited = item.min is not None or item.max is not None or item.usual is not None
    if item.type not in NUMERIC and (item.unit or limited):
        yield Problem(place, f"An item of type {item.type} has a unit or limits.", "Only numbers have them.")
    if item.min is not None and item.max is not None and item.min > item.max:
        yield Problem(place, f"The limits {item.min} to {item.max} are upside down.", "Swap them.")
    if item.usual is not None:
        yield from _usual(item, item.usual, f"{place}.usual")
    if item.long and item.type != "text":
        yield Problem(place, f"An item of type {item.type} is said to be long.", "Only texts have several lines.")


def _usual(item: Item, usual: tuple[float, float], place: str) -> Iterator[Problem]:
    low, high = usual
    if low > high:
        yield Problem(place, f"The usual limits {low:g} to {high:g} are upside down.", "Swap them.")
    if (item.min is not None and low < item.min) or (item.max is not None and high > item.max):
        what = f"The usual limits {low:g} to {high:g} reach beyond the hard ones, {item.min} to {item.max}."
        yield Problem(place, what, "What is usual must be possible.")


def _rule(form: Form, rule: str, known: Mapping[str, Item], place: str, which: str) -> Iterator[Problem]:
    """Yield what is wrong with one CEL rule over the items in `known`."""
    try:
        names = names_in(rule)
    except ExpressionError as error:
        yield Problem(place, str(error), "Mend the expression.")
        return
    for name in sorted(names - known.keys()):
        yield Problem(place, f"It names {name!r}, which is no item that {which}.", one_of(name, known))
    asked = [known[name] for name in names & known.keys()]
    if any(form.item(name) is None for name in names):
        return  # a value of another form has a type that only the whole protocol knows
    choices = sorted({choice for item in asked for choice in item.choices})
    if not names <= known.keys():
        return
    if choices and not any(item.type in ("text", "date", "lesion", "visit") for item in asked):
        for text in sorted(texts_in(rule).difference(choices)):
            yield Problem(place, f"It compares with {text!r}, which is no choice of its items.", one_of(text, choices))
    try:
        evaluate(rule, typed_values(form, {item.id: SAMPLES.get(item.type) or "a" for item in asked}))
    except ExpressionError as error:
        yield Problem(place, str(error), "Compare numbers with numbers, dates with dates, texts with texts.")
