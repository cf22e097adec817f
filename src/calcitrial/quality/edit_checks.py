"""Edit checks across items, forms and visits: what must hold, asked at every door when a form is entered.

They stand as data in the forms of a protocol (`checks`). A hard one refuses; a soft one asks whether the values are
right, and what was asked stays with the entry that confirms it; one of severity 'query' stops nobody and becomes a
query. What is not known decides nothing. A check is asked about values that change, not again at every correction.
"""

from collections.abc import Iterator, Mapping
from datetime import date
from decimal import Decimal

from calcitrial.protocol import Check, Form, Item, Problem, broken_checks, readable, rests_on, shown_item
from calcitrial.record import KEYS, Draft, Gateway, Place, current_rows, standing_of

INSTEAD = {"hard": "Mend the value, or the other one.", "soft": "Is that right? Then confirm it; else mend it."}


def edit_check_problems(gateway: Gateway, draft: Draft) -> list[Problem]:
    """Return the checks that a form about to be entered breaks: hard ones, and soft ones that nobody confirmed."""
    found = []
    for check, item in broken(gateway, draft.place, {k: v for k, v in draft.values.items() if v is not None}):
        if check.severity == "hard" or (check.severity == "soft" and not draft.confirmed.get(item, "").strip()):
            found.append(Problem(f"{draft.place}.{item}", check.message, INSTEAD[check.severity]))
    return found


def soft_questions(gateway: Gateway, place: Place, values: Mapping[str, object]) -> dict[str, str]:
    """Return what a person must confirm about these values, as sentences by item."""
    return {item: one.message for one, item in broken(gateway, place, values) if one.severity == "soft"}


def broken(
    gateway: Gateway, place: Place, values: Mapping[str, object], *, entered: bool = False
) -> list[tuple[Check, str]]:
    """Return the checks beyond the form itself that these values break, each with the item it speaks about.

    Only checks over something that these values change, unless they are `entered` ones; 'query' ones are among them.
    """
    form = gateway.protocol.form(place.form)
    across = [check for check in form.checks if check.is_across] if form else []
    if form is None or not across:
        return []
    given, before = readable(form, values), {} if entered else standing_of(gateway.study, place).values
    changed = {item.id for item in form.items if given.get(item.id, "") != before.get(item.id, "")}
    mine = [check for check in across if (rests_on(check.rule) | set(check.present)) & changed]
    entering = {one.place: one for one in gateway.entering}
    others = {name: at for check in mine for name, at in check.others.items()}
    known = {name: value for name, at in others.items() if (value := _other(gateway, place, at, entering))}
    wrong = broken_checks(form, given, mine, _typed(gateway, others, known))
    return [(_told(gateway, place, check, given, entering), shown_item(form, check)) for check in wrong]


def _told(
    gateway: Gateway, place: Place, check: Check, given: Mapping[str, str], entering: Mapping[Place, Draft]
) -> Check:
    """Return a broken check that also says by how much a number differs from the visit before, and when that was."""
    for at in check.others.values():
        form_id, item_id, which = _split(at)
        form = gateway.protocol.form(form_id)
        item = form.item(item_id) if form else None
        numeric = item is not None and item.type in ("integer", "decimal")
        if form is None or item is None or not numeric or which != "previous" or not given.get(item_id):
            continue
        on, before = _previous(gateway, place, list(_values(gateway, form, place.participant, item_id, entering)))
        if before and form_id == place.form:
            return check.model_copy(update={"message": f"{check.message} {_jump(item, given[item_id], before, on)}"})
    return check


def _jump(item: Item, value: str, before: str, day: str) -> str:
    """Return by how much a value differs from the one before, as a sentence."""
    by = Decimal(value) - Decimal(before)
    amount, unit = f"{abs(by).normalize():f}", f" {item.unit}" if item.unit else ""
    if by > 0:
        return f"{item.label}: {value}{unit}, {amount}{unit} more than on {day}."
    return f"{item.label}: {value}{unit}, {amount}{unit} less than on {day}."


def _typed(gateway: Gateway, others: Mapping[str, str], known: Mapping[str, str]) -> Mapping[str, tuple[str, str]]:
    """Return the values of other forms with the type of their items, by the name the check gives them."""
    found: dict[str, tuple[str, str]] = {}
    for name, value in known.items():
        form_id, item_id = _split(others[name])[:2]
        form = gateway.protocol.form(form_id)
        item = form.item(item_id) if form else None
        if item is not None:
            found[name] = (item.type, value)
    return found


def _split(at: str) -> tuple[str, str, str]:
    """Return form, item and which of several ('' for the one at the same place) of a text such as 'visit.date@last'."""
    where, _at, which = at.partition("@")
    form, _dot, item = where.partition(".")
    return form, item, which


def _other(gateway: Gateway, place: Place, at: str, entering: Mapping[Place, Draft]) -> str:
    """Return a value of another form (or visit) of the same participant; '' when it is not there."""
    form_id, item, which = _split(at)
    form = gateway.protocol.form(form_id)
    if form is None or not place.participant:
        return ""
    rows = list(_values(gateway, form, place.participant, item, entering))
    if which == "previous":
        return _previous(gateway, place, rows)[1]
    if which:
        found = sorted(value for other, value in rows if other != place)
        return (found[0] if which == "first" else found[-1]) if found else ""
    keys = [key for key in KEYS[form.level] if getattr(place, key)]
    return next((value for other, value in rows if all(getattr(other, k) == getattr(place, k) for k in keys)), "")


def _values(
    gateway: Gateway, form: Form, participant: str, item: str, entering: Mapping[Place, Draft]
) -> Iterator[tuple[Place, str]]:
    rows = current_rows(gateway.study, participant, [form.id])
    held = {Place(*row[:5]): row[7] for row in rows.iter_rows() if row[5] == item}
    for place, draft in entering.items():
        if place.form == form.id and place.participant == participant and item in draft.values:
            held[place] = readable(form, draft.values).get(item, "")
    yield from ((place, value) for place, value in held.items() if value)


def _previous(gateway: Gateway, place: Place, rows: list[tuple[Place, str]]) -> tuple[str, str]:
    """Return day and value of the last visit before this one that has one, by the dates of the visits; '' for none."""
    dates = current_rows(gateway.study, place.participant, ["visit"])
    on = {row[2]: row[7] for row in dates.iter_rows() if row[5] == "visit_date"}
    here = on.get(place.visit, date.max.isoformat())
    earlier = [(on[other.visit], value) for other, value in rows if other.visit in on and on[other.visit] < here]
    return max(earlier, default=("", ""))
