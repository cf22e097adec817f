"""What an amendment may change, once there are data, and what it may not; and what it leaves of earlier forms."""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass

from calcitrial.protocol.asked import rests_on
from calcitrial.protocol.form import Form, Item
from calcitrial.protocol.problem import Problem
from calcitrial.protocol.schema import Protocol


@dataclass(frozen=True)
class Held:
    """What a record holds that an amendment must not rob of its meaning.

    Attributes:
        items: every (form, item) that was ever entered, with the values that were, where the item is a choice.
        visits: the visits that were begun; `sites`: the sites that have participants.
        allocated: whether anybody has an arm (of a single-arm study: whether anybody is enrolled).
    """

    items: Mapping[tuple[str, str], frozenset[str]]
    visits: frozenset[str] = frozenset()
    sites: frozenset[str] = frozenset()
    allocated: bool = False

    @property
    def forms(self) -> list[str]:
        """Return the forms that hold data."""
        return sorted({form for form, _item in self.items})


def amendment_problems(old: Protocol, new: Protocol, held: Held) -> list[Problem]:
    """Return everything for which a running study may not move from one definition to another."""
    if old.id != new.id:
        what = f"The new definition is of study {new.id}, not of {old.id}."
        return [Problem("id", what, "A study keeps its id; open another study instead.")]
    if old.digest == new.digest:
        what = f"{old.id} runs under exactly this definition already."
        return [Problem("definition", what, "Change something, or leave it as it is.")]
    return [*_forms(old, new, held), *_items(old, new, held), *_visits(old, new, held), *_arms(old, new, held)]


def _forms(old: Protocol, new: Protocol, held: Held) -> Iterator[Problem]:
    before = {form.id: form for form in old.forms}
    after = {form.id: form for form in new.forms}
    for name in held.forms:
        was, now = before.get(name), after.get(name)
        if was is None:
            continue
        if now is None:
            what = f"The form “{was.label}” holds data and would be taken out."
            yield Problem(name, what, "Leave the form in; take it out of the visits that need not ask it any more.")
        elif (was.level, was.opens) != (now.level, now.opens):
            what = f"The form “{was.label}” holds data and would belong to something else than now."
            yield Problem(name, what, "Leave its level and what it opens as they are; make a new form instead.")


def _items(old: Protocol, new: Protocol, held: Held) -> Iterator[Problem]:
    for (form, name), entered in sorted(held.items.items()):
        was, now = _item(old, form, name), _item(new, form, name)
        if was is None or form not in {one.id for one in new.forms}:
            continue
        place = f"{form}.{name}"
        if now is None:
            what = f"The item “{was.label}” holds data and would be taken out."
            yield Problem(place, what, "Leave it in; it need not be required.")
            continue
        if was.type != now.type:
            what = f"The item “{was.label}” holds data and would be {now.type} instead of {was.type}."
            yield Problem(place, what, "Leave its type; ask the other thing in a new item.")
        if was.unit != now.unit:
            what = f"The item “{was.label}” holds data in {was.unit or 'no unit'} and would be in {now.unit or 'none'}."
            yield Problem(place, what, "Leave its unit; ask the other unit in a new item.")
        gone = sorted(entered - set(now.choices)) if now.type == was.type == "choice" else []
        if gone:
            what = f"The item “{was.label}” would lose choices that were entered: {', '.join(gone)}."
            yield Problem(place, what, "Leave these choices in.")


def _item(protocol: Protocol, form: str, name: str) -> Item | None:
    found = next((one for one in protocol.forms if one.id == form), None)
    return found.item(name) if found else None


def _visits(old: Protocol, new: Protocol, held: Held) -> Iterator[Problem]:
    for name in sorted(held.visits):
        was, now = old.visit(name), new.visit(name)
        if was is None:
            continue
        if now is None:
            what = f"The visit “{was.label}” has begun for somebody and would be taken out."
            yield Problem(name, what, "Leave the visit in; it may ask fewer forms.")
        elif was.kind != now.kind:
            what = f"The visit “{was.label}” has begun for somebody and would be {now.kind} instead of {was.kind}."
            yield Problem(name, what, "Leave its kind as it is; plan another visit instead.")
    there = {site.id for site in new.sites}
    for site in old.sites:
        if site.id in held.sites and site.id not in there:
            what = f"The site “{site.name}” has participants and would be taken out."
            yield Problem(site.id, what, "Leave the site in; it may stop recruiting.")


def _arms(old: Protocol, new: Protocol, held: Held) -> Iterator[Problem]:
    if not held.allocated:
        return
    stays = "Leave it as it is: those who have an arm would have another one, or none."
    if [(arm.id, arm.treated) for arm in old.arms] != [(arm.id, arm.treated) for arm in new.arms]:
        yield Problem("arms", "Somebody has an arm already, and the arms would change.", stays)
    if old.allocation != new.allocation:
        yield Problem("allocation", "Somebody has an arm already, and the method of allocation would change.", stays)
    if (old.control.kind, old.control.chosen) != (new.control.kind, new.control.chosen):
        yield Problem("control", "Somebody has an arm already, and the control would change.", stays)


def carried_over(form: Form, then: Form, changed: Collection[str], there: Collection[str] = ()) -> Form:
    """Return a form as it is asked where it was begun under another version of the definition.

    What is `changed` now is held to the version in force; what stands is held to the version under which it was
    entered (`then`); what is new may stay empty. Items that are `there` and that the version in force does not ask
    stay.
    """
    items = [_carried(item, then.item(item.id), item.id in changed) for item in form.items]
    known = {item.id for item in items}
    items += [item for item in then.items if item.id in there and item.id not in known]
    asked = [one for one in form.checks if one in then.checks or rests_on(one.rule) & set(changed)]
    return form.model_copy(update={"items": tuple(items), "checks": tuple(asked)})


def _carried(item: Item, then: Item | None, changed: bool) -> Item:
    if then is None:
        return item.model_copy(update={"required": False})
    # Without data it may have been another kind of question then; and a value is needed only where it was then.
    if changed or then.type != item.type or then.unit != item.unit:
        return item.model_copy(update={"required": item.required and then.required})
    return then.model_copy(update={"required": item.required and then.required})


def relaxed(form: Form, then: Form) -> Form:
    """Return a form of which nothing is required that was not when it was entered (`then`); all else is as today."""
    needed = {item.id for item in then.items if item.required}
    items = [
        item if not item.required or item.id in needed else item.model_copy(update={"required": False})
        for item in form.items
    ]
    return form.model_copy(update={"items": tuple(items)})
