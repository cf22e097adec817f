"""Events that cannot be are refused, each in a sentence; those of before the rules stay admissible."""

from pathlib import Path

import pytest

from calcitrial.protocol import load
from calcitrial.record import Draft, Gateway, Place, current_rows, gateway, open_study
from calcitrial.safety import event_problems, events_now, find_terms, next_name, special_interests, steps_for

MILD = {"term": "Nausea", "grade": 1, "serious": False, "related": "unknown", "onset_date": "2026-02-03"}
PLACE = Place("PIT-001", "adverse_event", repeat="AE1")


@pytest.fixture
def door(home: Path) -> Gateway:
    """A study with nobody in it: what an event must say does not depend on others."""
    open_study(load("stsinj"), "test")
    return gateway("stsinj", "test")


def said(door: Gateway, **more: object) -> list[tuple[str, str]]:
    found = event_problems(door, Draft(PLACE, MILD | more))
    return [(one.place.rpartition(".")[2], one.what) for one in found]


def test_an_event_as_it_was_entered_before_these_rules_is_admitted(door: Gateway) -> None:
    assert said(door) == said(door, outcome="recovered") == []
    assert event_problems(door, Draft(Place("PIT-001", "pain", "BL"), {"serious": True})) == []


@pytest.mark.parametrize(
    ("change", "item", "what"),
    [
        ({"serious": True}, "serious", "No criterion says why the event is serious."),
        ({"serious_disability": "yes"}, "serious", "The event is said not to be serious, yet it meets: lasting"),
        ({"term": "Skin infection", "grade": 5}, "serious", "A fatal event is said not to be serious."),
        ({"outcome": "fatal"}, "serious", "A fatal event is said not to be serious."),
        (
            {"ae_end_date": "2026-02-01"},
            "ae_end_date",
            "The event ended on 2026-02-01, before its onset on",
        ),
        ({"ae_end_date": "2026-02-09", "outcome": "recovering"}, "ae_end_date", "The event has an end, yet it is"),
        ({"next_look": "2026-01-01"}, "next_look", "The next look on 2026-01-01 lies before the onset."),
        ({"aware_date": "2026-02-01"}, "aware_date", "The site knew on 2026-02-01, before the onset on 2026-02-03."),
        ({"aware_time": "12:00"}, "aware_date", "There is a time without its day."),
        ({"aware_date": "2026-02-03", "aware_time": "24:61"}, "aware_time", "The time is '24:61'."),
        ({"term": "Boredom"}, "term", "'Boredom' is not a term of CTCAE v5.0."),
        ({"grade": 5}, "grade", "Nausea has no grade 5 in CTCAE v5.0."),
    ],
)
def test_what_cannot_be_is_said_at_its_item(door: Gateway, change: dict[str, object], item: str, what: str) -> None:
    found = said(door, **change)
    assert [one for one in found if one[0] == item and one[1].startswith(what)], found


def test_other_specify_needs_words_and_grade_5_an_outcome_that_fits(door: Gateway) -> None:
    other = "Skin and subcutaneous tissue disorders - Other, specify"
    assert said(door, term=other) == [("other_specify", "The term says “Other, specify”.")]
    assert said(door, term=other, other_specify="chalky discharge") == []
    fatal = {"term": other, "other_specify": "x", "grade": 5, "serious": True, "serious_death": True}
    assert said(door, **fatal, outcome="recovering") == [
        ("outcome", "Grade 5 is death, yet the outcome is recovering.")
    ]


def test_every_kind_of_special_interest_says_what_to_do_and_when_to_look() -> None:
    for kind in {one.kind for one in special_interests()}:
        steps = steps_for(kind)
        assert any("hotograph" in one.text for one in steps) and any(one.look_after_days for one in steps)
        assert all(one.why for one in steps)
    assert steps_for("") == steps_for("boredom") == ()


def test_a_word_of_a_grade_text_finds_its_term_behind_names_and_definitions() -> None:
    found = [one.name for one in find_terms("ulceration necrosis tissue damage", 20)]
    assert "Injection site reaction" in found
    assert find_terms("nausea")[0].name == "Nausea"


def test_forms_that_cannot_be_read_are_left_out_of_the_events_of_now(door: Gateway) -> None:
    rows = current_rows("stsinj")
    drafts = [Draft(PLACE, {"term": None, "grade": "x", "onset_date": "soon"}), Draft(Place("P", "lesion_state"), {})]
    (one,) = events_now(door.protocol, rows, drafts)
    assert (one["term"], one["grade"], one["onset_date"]) == ("(term redacted)", None, None)
    assert next_name(["AE1", "AE12", "AE-W04-2", "other"], "AE") == "AE13" and next_name([], "H") == "H1"
