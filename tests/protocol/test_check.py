"""The door: values with their units, or every problem as a sentence."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from calcitrial.protocol import Checked, Problem, RefusedError, check_values, load

PROTOCOL = load("stsinj")


def refused(form: str, values: dict[str, object]) -> list[Problem]:
    with pytest.raises(RefusedError) as error:
        check_values(PROTOCOL, form, values)
    return list(error.value.problems)


def one(value: object, item: str = "volume") -> Checked:
    return check_values(PROTOCOL, "injection", {"injected": True, item: value})[1]


@pytest.mark.parametrize(
    ("item", "value", "text", "unit"),
    [
        ("volume", "0.5", "0.5", "mL"),
        ("volume", "0,5", "0.5", "mL"),
        ("volume", "0.5 mL", "0.5", "mL"),
        ("volume", " 0.50mL ", "0.50", "mL"),
        ("volume", 0.5, "0.5", "mL"),
        ("volume", Decimal("0.25"), "0.25", "mL"),
        ("volume", "5e-1", "0.5", "mL"),
        ("volume", 10, "10", "mL"),
        ("volume", "0.01", "0.01", "mL"),
        ("concentration", "150 mg/mL", "150", "mg/mL"),
        ("pain_during", "7", "7", ""),
        ("pain_during", 7.0, "7", ""),
        ("pain_during", "-0", "0", ""),
        ("guidance", "ultrasound", "ultrasound", ""),
        ("vial", "  lot 7 ", "lot 7", ""),
    ],
)
def test_a_good_value_becomes_canonical_text(item: str, value: object, text: str, unit: str) -> None:
    assert one(value, item) == Checked(item, text, unit)


@pytest.mark.parametrize(
    ("item", "value", "what", "instead"),
    [
        ("volume", "0.5 mg", "given in 'mg'", "Write it in mL."),
        ("volume", "0.5 ml", "given in 'ml'", "Write it in mL."),
        ("volume", "500 µL", "given in 'µL'", "Write it in mL."),
        ("volume", "0", "is 0 mL, outside 0.01 to 10", "Check the value and its unit."),
        ("volume", "10.01", "is 10.01 mL, outside", "Check the value and its unit."),
        ("volume", "-1", "is -1 mL, outside", "Check the value and its unit."),
        ("volume", "half", "'half'", "Write a number in mL."),
        ("volume", "1.2.3", "given in '.3'", "Write it in mL."),
        ("volume", "nan", "'nan'", "Write a number in mL."),
        ("volume", float("inf"), "inf", "Write a number in mL."),
        ("volume", True, "True", "Write a number in mL."),
        ("volume", "1e999999999", "'1e999999999'", "Check the power of ten."),
        ("volume", "1e-999999999", "'1e-999999999'", "Check the power of ten."),
        ("concentration", 251, "251 mg/mL, outside 1.0 to 250.0", "Check the value and its unit."),
        ("pain_during", "7.5", "'7.5'", "Write a whole number."),
        ("pain_during", "7 points", "given in 'points'", "it has no unit"),
        ("pain_during", 11, "is 11, outside 0.0 to 10.0", "Check the value and its unit."),
        ("guidance", "Ultrasound", "'Ultrasound'", "Write one of: ultrasound, palpation, fluoroscopy."),
        ("vial", "a\x00b", "control characters", "Write plain text."),
        ("vial", "\ud800", "control characters", "Write plain text."),
    ],
)
def test_a_bad_value_is_refused_with_the_value(item: str, value: object, what: str, instead: str) -> None:
    (problem,) = refused("injection", {"injected": "yes", item: value})
    assert problem.place == f"injection.{item}"
    assert what in problem.what
    assert instead in problem.instead


@pytest.mark.parametrize(
    ("value", "text"),
    [(True, "true"), ("Yes", "true"), (1, "true"), (False, "false"), ("n", "false"), ("0", "false")],
)
def test_yes_and_no(value: object, text: str) -> None:
    assert check_values(PROTOCOL, "injection", {"injected": value})[0].value == text


def test_maybe_is_neither() -> None:
    (problem,) = refused("injection", {"injected": "maybe"})
    assert str(problem) == "injection.injected: Injected is 'maybe'. Write true or false."


@pytest.mark.parametrize("value", ["2025-02-30", "30/01/2025", "January", 20250101.5, "2025-W01-1", "20250101"])
def test_a_date_that_is_none(value: object) -> None:
    (problem,) = refused("visit", {"visit_date": value})
    assert "YYYY-MM-DD" in problem.instead


def test_a_leap_day_is_a_date() -> None:
    assert check_values(PROTOCOL, "visit", {"visit_date": "2024-02-29"})[0].value == "2024-02-29"


def test_an_unknown_form_names_the_nearest() -> None:
    (problem,) = refused("injections", {})
    assert "Did you mean 'injection'" in problem.instead


def test_several_problems_come_together() -> None:
    found = refused("injection", {"volum": 1, "volume": "1 L", "concentration": 900, "guidance": "x-ray"})
    assert [p.place for p in found] == [
        "injection.volum",
        "injection.injected",
        "injection.concentration",
        "injection.volume",
        "injection.guidance",
    ]
    assert "Did you mean 'volume'" in found[0].instead
    assert found[1].what == "Injected is missing."


def test_values_come_in_the_order_of_the_form_and_empty_ones_are_left_out() -> None:
    values = {"guidance": "palpation", "volume": "", "vial": None, "concentration": "150", "injected": True}
    checked = check_values(PROTOCOL, "injection", values)
    assert [c.item for c in checked] == ["injected", "concentration", "guidance"]


@given(st.decimals(min_value=Decimal("0.01"), max_value=10, allow_nan=False, places=6))
def test_a_number_keeps_its_value_to_the_last_digit(number: Decimal) -> None:
    assert Decimal(one(number).value) == number


@given(st.text(max_size=20))
def test_any_text_is_a_number_or_a_problem(text: str) -> None:
    try:
        checked = check_values(PROTOCOL, "injection", {"injected": True, "volume": text})
    except RefusedError as error:
        assert [p.place for p in error.problems] == ["injection.volume"]
    else:
        assert len(checked) == 1 or Decimal("0.01") <= Decimal(checked[1].value) <= 10
