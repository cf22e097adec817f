"""What differs between two definitions is told in sentences, in the group in which people discuss it."""

from typing import Any

import pytest

from calcitrial.protocol import GROUPS, Protocol, differences, load


def changed(protocol: Protocol, part: str, name: str, **values: Any) -> Protocol:
    """Return a definition with some values of one of its parts changed."""
    parts = [one.model_copy(update=values) if one.id == name else one for one in getattr(protocol, part)]
    assert parts != list(getattr(protocol, part))
    return protocol.model_copy(update={part: tuple(parts), "version": "2"})


def told(old: Protocol, new: Protocol) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for one in differences(old, new):
        found.setdefault(one.group, []).append(one.text)
    found.get("definition", []).remove("Its version is 2; it was 1.")
    return {group: texts for group, texts in found.items() if texts}


def test_equal_definitions_do_not_differ(stsinj: Protocol) -> None:
    assert differences(stsinj, load("stsinj")) == ()


def test_what_differs_under_the_same_version_is_told_loudly(stsinj: Protocol) -> None:
    (one,) = [one for one in differences(stsinj, stsinj.model_copy(update={"name": "Another"})) if one.loud]
    assert one.text == "Its version is still 1, although it differs."


@pytest.mark.parametrize(
    ("part", "name", "values", "group", "said"),
    [
        ("visits", "W12", {"window": (70, 98)}, "visits", "the window in days is now 70, 98; before:"),
        (
            "forms",
            "pain",
            {"label": "Pain today"},
            "forms",
            "“Pain today” (pain): the wording is now Pain today; before",
        ),
        ("criteria", "", {"text": "Another wording"}, "criteria", "the wording is now Another wording; before: "),
        ("criteria", "", {"note": "read again"}, "criteria", "its source, or how well it is known, is changed."),
        ("stopping_rules", "", {"count": 9}, "limits", "the number of events is now 9; before:"),
        ("endpoints", "pain", {"formula": "y ~ 1"}, "endpoints", "the formula is now y ~ 1; before:"),
    ],
)
def test_a_changed_part_is_told_with_what_it_was(
    stsinj: Protocol, part: str, name: str, values: dict[str, Any], group: str, said: str
) -> None:
    name = name or getattr(stsinj, part)[0].id
    found = told(stsinj, changed(stsinj, part, name, **values))
    assert list(found) == [group]
    assert any(said in text for text in found[group])


def test_items_of_forms_are_told_by_form_and_item(stsinj: Protocol) -> None:
    form = stsinj.form("pain")
    assert form is not None
    more = form.items[0].model_copy(update={"id": "pain_at_night", "label": "Pain at night"})
    first = form.items[0].model_copy(update={"max": 9.0, "required": not form.items[0].required})
    new = changed(stsinj, "forms", "pain", items=(more, first, *form.items[1:]))
    texts = told(stsinj, new)["items"]
    assert "Newly added: “Pain at night” (pain.pain_at_night)." in texts
    assert any("the largest value is now 9; before: " in text for text in texts)
    assert any("the duty to answer is now" in text for text in texts)
    gone = {one.text for one in differences(new, stsinj) if one.group == "items"}
    assert "Taken out: “Pain at night” (pain.pain_at_night)." in gone


def test_a_change_of_the_primary_endpoint_is_loud_and_comes_first(stsinj: Protocol) -> None:
    primary = next(one for one in stsinj.endpoints if one.role == "primary")
    estimand = primary.estimand.model_copy(update={"population": "all who were treated"})
    new = changed(stsinj, "endpoints", primary.id, estimand=estimand)
    first = differences(stsinj, new)[0]
    assert (first.group, first.loud) == ("endpoints", True)
    assert "the estimand is changed" in first.text
    quiet = differences(stsinj, changed(stsinj, "endpoints", "pain", visit="BL"))
    assert not any(one.loud for one in quiet)


def test_limits_facts_sites_and_sources_have_their_groups(stsinj: Protocol) -> None:
    name, dose = next(iter(stsinj.dose.items()))
    other, fact = next(iter(stsinj.facts.items()))
    new = stsinj.model_copy(
        update={
            "version": "2",
            "dose": stsinj.dose | {name: dose.model_copy(update={"value": "77"})},
            "facts": stsinj.facts | {other: fact.model_copy(update={"value": "something else"})},
            "sites": (),
            "people": (),
            "sources": {},
        }
    )
    found = told(stsinj, new)
    assert set(found) == {"limits", "sites", "people", "facts", "definition"} <= set(GROUPS)
    assert any("is now 77" in text for text in found["limits"])
    assert all(text.startswith("Taken out") for text in found["sites"])
