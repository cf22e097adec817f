"""A query is raised, answered and closed, each step an entry; a changed value shows old and new."""

from dataclasses import replace

import pytest

from calcitrial import quality
from calcitrial.protocol import Protocol, RefusedError
from calcitrial.record import Gateway, Place, current_rows
from calcitrial.verbs import RULES
from tests.quality.small_clinic import MANAGER, MONITOR, NURSE, PAIN, SCREENING, correct

Q1 = Place("P1", "query", repeat="Q1")


def queries(door: Gateway) -> list[quality.Query]:
    return quality.queries_in(current_rows(door.study))


def test_a_query_goes_from_open_to_answered_to_closed(door: Gateway) -> None:
    quality.raise_query(door, PAIN, "pain_nrs", "The diary says 8. Please check.", MONITOR)
    (asked,) = queries(door)
    assert (asked.name, asked.state, asked.about, asked.item) == ("P1 Q1", "open", PAIN, "pain_nrs")
    assert asked.pending and not asked.changed and asked.entry == asked.now
    correct(door, 8)
    (asked,) = queries(door)
    assert asked.changed and asked.entry < asked.now
    quality.answer_query(door, Q1, "Corrected.", asked.version, NURSE)
    quality.close_query(door, Q1, "Agrees now.", 2, MONITOR)
    (asked,) = queries(door)
    assert asked.state == "closed" and not asked.pending and asked.text == "Agrees now."
    spoken = [(step.author, state, text) for step, state, text in quality.conversation(door.study, Q1)]
    assert spoken == [
        ("mona", "open", "The diary says 8. Please check."),
        ("nora", "answered", "Corrected."),
        ("mona", "closed", "Agrees now."),
    ]
    assert quality.raised_at(door.study, [asked])[Q1].author == "mona"


def test_a_closed_query_is_opened_again_by_a_step_of_its_own(door: Gateway) -> None:
    quality.raise_query(door, SCREENING, "", "Where is the source?", MONITOR)
    quality.close_query(door, Q1, "Found.", 1, MONITOR)
    quality.reopen_query(door, Q1, "It is another person's.", 2, MONITOR)
    assert queries(door)[0].state == "open"
    with pytest.raises(RefusedError, match="The query is open, so it cannot become open"):
        quality.reopen_query(door, Q1, "And again.", 3, MONITOR)


def test_the_same_step_sent_twice_makes_one_entry(door: Gateway) -> None:
    for _time in (1, 2):
        quality.raise_query(door, PAIN, "pain_nrs", "Sure?", MONITOR, "Q1")
    for _time in (1, 2):
        quality.answer_query(door, Q1, "Yes.", 1, NURSE)
    (asked,) = queries(door)
    assert asked.version == 2
    assert len(quality.conversation(door.study, Q1)) == 2


def test_a_stale_or_impossible_step_is_refused_with_a_sentence(door: Gateway) -> None:
    quality.raise_query(door, PAIN, "pain_nrs", "Sure?", MONITOR)
    for act, said in (
        (lambda: quality.answer_query(door, Q1, " ", 1, NURSE), "The text of the query is empty"),
        (lambda: quality.answer_query(door, Q1, "Yes.", 7, NURSE), "Version 7 was expected"),
        (lambda: quality.answer_query(door, Place("P1", "query", repeat="Q9"), "Yes.", 1, NURSE), "no such query"),
        (lambda: quality.raise_query(door, PAIN, "colour", "?", MONITOR), "has no item 'colour'"),
        (lambda: quality.raise_query(door, Place("P1", "query"), "", "?", MONITOR), "no form 'query' to ask about"),
        (lambda: quality.raise_query(door, Place("P9", "pain", "BL"), "", "?", MONITOR), "'P9' is not known"),
        (lambda: quality.raise_query(door, PAIN, "", "Another", MONITOR, "Q1"), "Version 0 was expected"),
    ):
        with pytest.raises(RefusedError, match=said):
            act()
    assert len(queries(door)) == 1


def test_queries_are_numbered_by_participant(door: Gateway) -> None:
    for place in (PAIN, SCREENING, Place("P2", "screening")):
        quality.raise_query(door, place, "", "Where is the source?", MONITOR)
    assert [one.name for one in queries(door)] == ["P1 Q1", "P1 Q2", "P2 Q1"]


def test_an_unusual_value_is_asked_about_once_by_whoever_comes_first(home: object, tiny: Protocol) -> None:
    from calcitrial.record import open_study
    from tests.quality.small_clinic import opened

    form = tiny.form("screening")
    assert form is not None
    items = tuple(
        item.model_copy(update={"usual": (0.0, 40.0)} if item.id == "age_years" else {}) for item in form.items
    )
    forms = (form.model_copy(update={"items": items}), *(one for one in tiny.forms if one.id != "screening"))
    door = open_study(tiny.model_copy(update={"forms": forms}), "0.1", rules=RULES)
    first, *rest = opened("P1", "Limoges")
    with pytest.raises(RefusedError, match="outside the usual 0 to 40 years"):
        door.enter([first, *rest], NURSE)
    door.enter([replace(first, confirmed={"age_years": "asked, and right"}), *rest], NURSE)
    assert quality.check_values_again(door, MANAGER).entries == (), "it was asked when it was entered"
