"""Skip rules, cross-item checks and usual limits, in three values; and what a protocol file may not say of them."""

from typing import Any

import pytest

from calcitrial.protocol import (
    Form,
    Protocol,
    RefusedError,
    broken_checks,
    check_values,
    completeness,
    form_problems,
    house_forms,
    is_unscheduled,
    not_asked,
    parse,
    rule_in_words,
    unusual,
)

ITEMS: list[dict[str, Any]] = [
    {"id": "taken", "label": "Taken", "type": "boolean", "required": True},
    {"id": "dose", "label": "Dose", "type": "decimal", "unit": "mg", "required": True, "show_if": "taken"},
    {"id": "why", "label": "Why so much", "type": "text", "required": True, "show_if": "dose > 10"},
    {"id": "start", "label": "Start", "type": "date"},
    {"id": "stop", "label": "Stop", "type": "date"},
    {"id": "usual", "label": "Weight", "type": "decimal", "unit": "kg", "min": 1, "max": 300, "usual": [40, 120]},
]
CHECKS = [{"rule": "stop >= start", "message": "The stop is before the start."}]


def form(**changes: Any) -> Form:
    content = {"id": "drug", "label": "Drug", "level": "event", "items": ITEMS, "checks": CHECKS}
    return Form.model_validate(content | changes)


@pytest.fixture
def protocol(stsinj: Protocol) -> Protocol:
    return stsinj.model_copy(update={"forms": (*stsinj.forms, form())})


def refused(protocol: Protocol, **values: object) -> list[str]:
    with pytest.raises(RefusedError) as refusal:
        check_values(protocol, "drug", values)
    return [str(problem) for problem in refusal.value.problems]


@pytest.mark.parametrize(
    ("values", "skipped"),
    [
        ({}, {"dose": "unknown", "why": "unknown"}),
        ({"taken": "false"}, {"dose": "false", "why": "unknown"}),
        ({"taken": "true"}, {"why": "unknown"}),
        ({"taken": "true", "dose": "5"}, {"why": "false"}),
        ({"taken": "true", "dose": "12.5"}, {}),
        ({"taken": "false", "dose": "12.5"}, {"dose": "false", "why": "unknown"}),
    ],
)
@pytest.mark.requirement("ICH E6(R3) 4.2.1")
def test_a_question_is_asked_only_where_its_rule_is_true(values: dict[str, str], skipped: dict[str, str]) -> None:
    assert not_asked(form(), values) == skipped


def test_an_answer_to_a_question_that_is_not_asked_is_refused_in_words(protocol: Protocol) -> None:
    assert refused(protocol, taken=False, dose=5) == [
        "drug.dose: Dose is answered, but is not asked here. It is asked only where “Taken” is yes: leave it empty."
    ]
    said = refused(protocol, taken=True, dose=5, why="pain")
    assert said == [
        "drug.why: Why so much is answered, but is not asked here. It is asked only where “Dose” > 10: leave it empty."
    ]


def test_what_is_not_asked_is_not_missing(protocol: Protocol) -> None:
    assert [value.item for value in check_values(protocol, "drug", {"taken": False})] == ["taken"]
    assert refused(protocol, taken=True) == ["drug.dose: Dose is missing. Enter a value."]
    assert refused(protocol, taken=True, dose=11) == ["drug.why: Why so much is missing. Enter a value."]


def test_a_wrong_answer_is_not_blamed_on_the_questions_that_rest_on_it(protocol: Protocol) -> None:
    assert refused(protocol, taken="perhaps", dose=5) == ["drug.taken: Taken is 'perhaps'. Write true or false."]


@pytest.mark.requirement("ICH E6(R3) 4.2.1")
@pytest.mark.parametrize(
    ("start", "stop", "broken"),
    [("2026-01-02", "2026-01-01", True), ("2026-01-01", "2026-01-01", False), ("2026-01-02", "", False), ("", "", 0)],
)
def test_a_check_refuses_only_where_it_is_false(protocol: Protocol, start: str, stop: str, broken: bool) -> None:
    values = {"taken": "false", "start": start, "stop": stop}
    assert [check.message for check in broken_checks(form(), values)] == [CHECKS[0]["message"]] * bool(broken)
    if broken:
        assert refused(protocol, **values) == ["drug.stop: The stop is before the start."]
    else:
        assert check_values(protocol, "drug", values)


def test_an_unusual_value_is_said_in_its_unit() -> None:
    assert unusual(form(), {"usual": "130.5"}) == {"usual": "Weight is 130.5 kg, outside the usual 40 to 120 kg."}
    for value in ("40", "120", "80,0".replace(",", "."), ""):
        assert unusual(form(), {"usual": value}) == {}


@pytest.mark.parametrize(
    ("values", "state"),
    [
        ({}, "empty"),
        ({"taken": ""}, "empty"),
        ({"start": "2026-01-01"}, "draft"),
        ({"taken": "true"}, "draft"),
        ({"taken": "false"}, "complete"),
        ({"taken": "true", "dose": "5"}, "complete"),
        ({"taken": "true", "dose": "15"}, "draft"),
    ],
)
def test_a_form_is_complete_when_what_is_asked_is_answered(values: dict[str, str], state: str) -> None:
    assert completeness(form(), values) == state


def test_a_rule_is_read_in_the_words_of_its_form() -> None:
    assert rule_in_words(form(), "taken == false && dose >= 3") == "“Taken” is no and “Dose” at least 3"


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"checks": [{"rule": "stop >= ", "message": "x"}]}, "cannot be read as CEL"),
        ({"checks": [{"rule": "stopp >= start", "message": "x"}]}, "It names 'stopp'"),
        ({"checks": [{"rule": "stop >= start", "message": " "}]}, "The check has no message."),
        ({"checks": [{"rule": "usual > start", "message": "x"}]}, "compares values of different kinds"),
        ({"checks": [{"rule": "usual + 1", "message": "x"}]}, "not a yes-or-no question"),
        ({"items": [{"id": "a", "label": "A", "type": "text", "show_if": "b"}, *ITEMS]}, "It names 'b'"),
        ({"items": [{"id": "a", "label": "A", "type": "boolean", "show_if": "a"}], "checks": []}, "comes before it"),
        ({"items": [{"id": "a", "label": "A", "type": "text", "usual": [1, 2]}], "checks": []}, "Only numbers"),
        ({"items": [{"id": "a", "label": "A", "type": "integer", "usual": [2, 1]}], "checks": []}, "upside down"),
        (
            {"items": [{"id": "a", "label": "A", "type": "integer", "max": 5, "usual": [2, 9]}], "checks": []},
            "reach beyond the hard ones",
        ),
        ({"items": [{"id": "a", "label": "A", "type": "date", "long": True}], "checks": []}, "said to be long"),
        (
            {
                "items": [
                    {"id": "a", "label": "A", "type": "choice", "choices": ["x", "y"]},
                    {"id": "b", "label": "B", "type": "text", "show_if": "a == 'z'"},
                ],
                "checks": [],
            },
            "no choice of its items",
        ),
    ],
)
def test_a_rule_that_cannot_work_is_refused_in_a_sentence(changes: dict[str, Any], said: str) -> None:
    assert any(said in str(problem) for problem in form_problems(form(**changes)))


def test_good_forms_have_no_problem_nor_have_those_of_the_house(stsinj: Protocol) -> None:
    for one in (form(), *stsinj.forms, *house_forms().values()):
        assert list(form_problems(one)) == []


def test_a_protocol_file_with_a_bad_rule_is_refused_with_its_place() -> None:
    text = """
id = "x"
name = "X"
version = "1"
sources = {}
facts = {}
control = { kind = "none", status = "assumed", note = "for a test" }
[[forms]]
id = "f"
label = "F"
level = "participant"
items = [ { id = "a", label = "A", type = "text", show_if = "nothing == 1" } ]
checks = [ { rule = "a ==", message = "m" } ]
"""
    with pytest.raises(RefusedError) as refusal:
        parse(text.encode(), "x.toml")
    said = str(refusal.value)
    assert "forms.f.a.show_if: It names 'nothing'" in said and "forms.f.checks.1" in said


def test_a_text_has_an_end(protocol: Protocol) -> None:
    (said,) = refused(protocol, taken=True, dose=11, why="x" * 10_000_000)
    assert said == "drug.why: Why so much is 10,000,000 signs long. Write at most 100,000."
    (said,) = refused(protocol, taken="y" * 10_000_000)
    assert len(said) < 200


@pytest.mark.parametrize("name", ["U01", "U10", "U99"])
def test_an_unscheduled_visit_is_known_by_its_name(name: str) -> None:
    assert is_unscheduled(name)


@pytest.mark.parametrize("name", ["U00", "U1", "U100", "u01", "U01 ", "XU01", "W04", ""])
def test_other_names_are_no_unscheduled_visit(name: str) -> None:
    assert not is_unscheduled(name)
