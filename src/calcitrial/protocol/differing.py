"""What differs between two definitions of a study, in sentences, grouped as people discuss an amendment."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from calcitrial.protocol.form import Form
from calcitrial.protocol.part import Part
from calcitrial.protocol.schema import Endpoint, Protocol

Group = Literal[
    "endpoints", "arms", "criteria", "visits", "forms", "items", "limits", "sites", "people", "facts", "definition"
]
GROUPS: dict[Group, str] = {
    "endpoints": "Endpoints and analysis",
    "arms": "Arms and allocation",
    "criteria": "Criteria of eligibility",
    "visits": "Visits",
    "forms": "Forms",
    "items": "Items of forms",
    "limits": "Limits and stopping rules",
    "sites": "Sites",
    "people": "People who run the trial",
    "facts": "Facts of the trial",
    "definition": "The definition itself",
}
# How the keys of a definition are called in a sentence.
KEYS = {
    "label": "wording",
    "text": "wording",
    "name": "name",
    "expression": "rule",
    "rule": "rule",
    "when": "rule",
    "show_if": "rule for asking it",
    "type": "kind of answer",
    "kind": "kind",
    "unit": "unit",
    "value": "value",
    "min": "smallest value",
    "max": "largest value",
    "usual": "usual range",
    "choices": "choices",
    "required": "duty to answer",
    "help": "help",
    "day": "planned day",
    "window": "window in days",
    "forms": "forms asked",
    "level": "level",
    "opens": "thing that it opens",
    "repeats": "names of its repeats",
    "role": "role",
    "outcome": "outcome measure",
    "visit": "visit",
    "contrast": "contrast",
    "formula": "formula",
    "estimand": "estimand",
    "responder": "definition of a responder",
    "count": "number of events",
    "country": "country",
    "treated": "treatment",
    "checks": "checks among answers",
    "long": "length of the answer",
    "site": "site",
    "who": "item of the registration data set",
}
# How well something is known and where it was read: told in one sentence, because it changes nothing that is done.
PROVENANCE = ("status", "source", "note")
LONGEST = 160


@dataclass(frozen=True)
class Difference:
    """One thing that differs; `loud` marks what changes the question that the trial answers."""

    group: Group
    text: str
    loud: bool = False


def differences(old: Protocol, new: Protocol) -> tuple[Difference, ...]:
    """Return everything that differs between two definitions, in the order of GROUPS."""
    found = list(_differences(old, new))
    order = list(GROUPS)
    return tuple(sorted(found, key=lambda one: (order.index(one.group), not one.loud)))


def _differences(old: Protocol, new: Protocol) -> Iterator[Difference]:
    yield from _endpoints(old, new)
    yield from _listed("arms", old.arms, new.arms)
    if old.allocation != new.allocation:
        yield Difference("arms", "The method of allocation is changed.")
    if old.control != new.control:
        yield Difference("arms", "The control, or what is said about it, is changed.")
    yield from _listed("criteria", old.criteria, new.criteria)
    yield from _listed("visits", old.visits, new.visits)
    yield from _listed("forms", old.forms, new.forms, ("items",))
    yield from _items(old, new)
    yield from _listed("limits", old.stopping_rules, new.stopping_rules)
    yield from _keyed("limits", old.lesions | old.dose, new.lesions | new.dose)
    yield from _listed("sites", old.sites, new.sites)
    if old.people != new.people:
        yield Difference("people", "Who runs the trial, as publicly named, is changed.")
    yield from _keyed("facts", old.facts, new.facts)
    yield from _definition(old, new)


def _endpoints(old: Protocol, new: Protocol) -> Iterator[Difference]:
    before: dict[str, Endpoint] = _by_id(old.endpoints)
    after: dict[str, Endpoint] = _by_id(new.endpoints)
    for name in _names(before, after):
        one, other = before.get(name), after.get(name)
        primary = any(each is not None and each.role == "primary" for each in (one, other))
        for text in _compared(name, one, other):
            yield Difference("endpoints", text, primary)
    if old.multiplicity != new.multiplicity:
        yield Difference("endpoints", "The order in which the secondary endpoints are tested is changed.", True)


def _listed(
    group: Group, old: Sequence[Any], new: Sequence[Any], leave_out: Sequence[str] = ()
) -> Iterator[Difference]:
    yield from _keyed(group, _by_id(old), _by_id(new), leave_out)
    kept, there = [one.id for one in old], [one.id for one in new]
    both = set(kept) & set(there)
    if [one for one in kept if one in both] != [one for one in there if one in both]:
        yield Difference(group, "Their order is changed.")


def _keyed(
    group: Group, old: Mapping[str, Part], new: Mapping[str, Part], leave_out: Sequence[str] = ()
) -> Iterator[Difference]:
    for name in _names(old, new):
        for text in _compared(name, old.get(name), new.get(name), leave_out):
            yield Difference(group, text)


def _items(old: Protocol, new: Protocol) -> Iterator[Difference]:
    before: dict[str, Form] = _by_id(old.forms)
    for form in (one for one in new.forms if one.id in before):
        was = before[form.id]
        then, now = _by_id(was.items), _by_id(form.items)
        for name in _names(then, now):
            for text in _compared(f"{form.id}.{name}", then.get(name), now.get(name)):
                yield Difference("items", text)
        if [one for one in then if one in now] != [one for one in now if one in then]:
            yield Difference("items", f"“{form.label}” ({form.id}): the order of its items is changed.")


def _definition(old: Protocol, new: Protocol) -> Iterator[Difference]:
    if old.name != new.name:
        yield Difference("definition", f"The study is called “{new.name}”; it was “{old.name}”.")
    if old.version != new.version:
        yield Difference("definition", f"Its version is {new.version}; it was {old.version}.")
    elif old.digest != new.digest:
        yield Difference("definition", f"Its version is still {old.version}, although it differs.", True)
    if old.sources != new.sources:
        yield Difference("definition", "The list of sources is changed.")


def _compared(name: str, old: Part | None, new: Part | None, leave_out: Sequence[str] = ()) -> Iterator[str]:
    """Yield in sentences what became of one part."""
    if old is None and new is not None:
        yield f"Newly added: “{_label(new)}” ({name})."
    elif new is None and old is not None:
        yield f"Taken out: “{_label(old)}” ({name})."
    elif old is not None and new is not None and old != new:
        yield from _changed(name, old, new, leave_out)


def _changed(name: str, old: Part, new: Part, leave_out: Sequence[str]) -> Iterator[str]:
    label = _label(new)
    differing = [key for key in type(new).model_fields if getattr(old, key) != getattr(new, key)]
    for key in differing:
        if key in PROVENANCE or key in leave_out:
            continue
        word = KEYS.get(key, key.replace("_", " "))
        before, after = _written(getattr(old, key)), _written(getattr(new, key))
        if before is None or after is None:
            yield f"“{label}” ({name}): the {word} is changed."
        else:
            yield f"“{label}” ({name}): the {word} is now {after}; before: {before}."
    if any(key in PROVENANCE for key in differing):
        yield f"“{label}” ({name}): its source, or how well it is known, is changed."


def _written(value: object) -> str | None:
    """Return a value as a sentence shows it; None where it is too much for a sentence."""
    if value is None or value == "" or value == ():
        return "nothing"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, tuple):
        parts = [_written(one) for one in value]
        text = "" if None in parts else ", ".join(str(part) for part in parts)
    else:
        text = f"{value:g}" if isinstance(value, float) else str(value) if isinstance(value, str | int) else ""
    return text if 0 < len(text) <= LONGEST else None


def _label(part: Part) -> str:
    found = next((getattr(part, key) for key in ("label", "text", "name") if getattr(part, key, "")), "")
    return str(found) if len(str(found)) <= LONGEST else f"{str(found)[: LONGEST - 3]}..."


def _by_id(parts: Iterable[Any]) -> dict[str, Any]:
    return {one.id: one for one in parts}


def _names(old: Mapping[str, object], new: Mapping[str, object]) -> list[str]:
    """Return the names of both, those of the new definition first in its order."""
    return [*new, *(name for name in old if name not in new)]
