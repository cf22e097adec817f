"""Laboratory values: ranges by age and sex, the site's own before the example, units, and flags that must be so."""

from decimal import Decimal
from pathlib import Path

import pytest

from calcitrial.participants import (
    Range,
    analytes,
    begin_visit,
    example_ranges,
    laboratory_problems,
    laboratory_values,
    range_drafts,
    range_for,
    read_value,
    screen,
    site_ranges,
    why_no_range,
    without_example,
)
from calcitrial.protocol import Protocol, RefusedError
from calcitrial.record import Draft, Place, current_rows, open_study, tabulate
from calcitrial.verbs import RULES
from tests.participants.test_screening import JUDGED, NURSE, WELL
from tests.participants.test_visits import date

PLACE = Place("PIT-001", "laboratory", "BL", repeat="potassium")


@pytest.mark.parametrize(
    ("analyte", "sex", "age", "limits"),
    [
        ("phosphate", "M", 49, ("0.75", "1.65")),
        ("phosphate", "M", 50, ("0.75", "1.35")),
        ("phosphate", "F", 50, ("0.85", "1.50")),
        ("phosphate", "other", 50, None),
        ("phosphate", "", 50, None),
        ("ck", "F", 30, ("35", "210")),
        ("sodium", "other", 30, ("137", "145")),
        ("sodium", "F", 17, None),
        ("sodium", "F", None, None),
        ("ldh", "F", 69, ("105", "205")),
        ("ldh", "F", 70, ("115", "255")),
        ("crp", "F", 40, None),
    ],
)
def test_the_range_is_that_for_the_persons_age_and_sex(
    analyte: str, sex: str, age: int | None, limits: tuple[str, str] | None
) -> None:
    found = range_for(analyte, sex, age, "somewhere")
    assert (None if found is None else (str(found.low), str(found.high))) == limits


def test_the_example_has_known_analytes_and_no_two_ranges_for_one_person() -> None:
    for one in example_ranges():
        assert one.analyte in analytes() and one.low is not None and one.high is not None and one.low < one.high
        for age in (18, 35, 49, 50, 69, 70, 99):
            for sex in ("F", "M"):
                holding = [r for r in example_ranges() if r.analyte == one.analyte and r.holds_for(sex, age)]
                assert len(holding) == 1


def test_a_sites_own_ranges_come_first_and_only_for_its_own() -> None:
    own = Range("potassium", "", 0, None, Decimal("3.5"), Decimal("5.1"), "laboratory manual 7", "Pittsburgh")
    found = range_for("potassium", "F", 12, "Pittsburgh", [own])
    assert found == own
    elsewhere = range_for("potassium", "F", 40, "Limoges", [own])
    assert elsewhere is not None and elsewhere.source.startswith("example: Nordic adults")


@pytest.mark.parametrize(
    ("value", "flag"), [("3.4", "low"), ("3.5", "normal"), ("5.1", "normal"), ("5.2", "high"), ("5.10", "normal")]
)
def test_the_limits_lie_in_the_range(value: str, flag: str) -> None:
    own = Range("potassium", "", 0, None, Decimal("3.5"), Decimal("5.1"), "x")
    assert own.flag(Decimal(value)) == flag
    assert Range("crp", "", 0, None, None, Decimal(5), "x").flag(Decimal(0)) == "normal"


@pytest.mark.parametrize(
    ("text", "value"), [("4,2", "4.2"), (" 4.2 mmol/L ", "4.2"), ("4", "4"), ("-1", "-1"), ("4.2mmol/L", "4.2")]
)
def test_a_value_may_carry_its_unit_and_a_comma(text: str, value: str) -> None:
    assert read_value(analytes()["potassium"], text) == Decimal(value)


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("16 mg/dL", "Potassium is given in 'mg/dL'. Write it in mmol/L."),
        ("four", "Potassium is 'four'. Write a number in mmol/L."),
        ("<3", "Potassium is '<3'. Write a number in mmol/L."),
        ("", "Potassium is ''."),
    ],
)
def test_another_unit_or_no_number_is_refused_in_a_sentence(text: str, sentence: str) -> None:
    with pytest.raises(ValueError, match=r"Potassium") as refusal:
        read_value(analytes()["potassium"], text)
    assert sentence in str(refusal.value)


def test_a_table_of_ranges_becomes_forms_of_its_site_and_is_used(home: Path, stsinj: Protocol) -> None:
    gateway = open_study(stsinj, "test", rules=RULES)
    lines = [
        {"analyte": "potassium", "sex": "", "age_from": "0", "age_to": "", "low": "3,5", "high": "5.1", "source": "v7"}
    ]
    drafts, problems = range_drafts("Pittsburgh", lines)
    assert problems == []
    gateway.enter(drafts, NURSE)
    rows = tabulate(stsinj, current_rows("stsinj", "", ["lab_range"]), "lab_range").iter_rows(named=True)
    (entered,) = site_ranges(rows)
    assert (entered.low, entered.site, entered.source) == (Decimal("3.5"), "Pittsburgh", "v7")
    upside_down = [lines[0] | {"analyte": "sodium", "low": "150"}]
    with pytest.raises(RefusedError, match="The upper limit is below the lower one"):
        gateway.enter(range_drafts("Pittsburgh", upside_down)[0], NURSE)


def test_a_table_with_unknown_columns_or_analytes_is_refused_by_line() -> None:
    drafts, problems = range_drafts("P", [{"analyte": "gold"}, {"analyte": "sodium", "colour": "red"}])
    assert drafts == [] and [str(one).split(" Known")[0] for one in problems] == [
        "line 2: 'gold' is no analyte.",
        "line 3: The column 'colour' is unknown.",
    ]


@pytest.mark.requirement("ICH E6(R3) 4.2.1")
def test_a_flag_that_is_not_so_is_refused_at_every_door(home: Path, stsinj: Protocol) -> None:
    gateway = open_study(stsinj, "test", rules=RULES)
    screen(gateway, "PIT-001", WELL, NURSE, JUDGED)
    begin_visit(gateway, "PIT-001", "BL", date(2026, 1, 10), NURSE)
    used = range_for("potassium", "F", 40, "x")
    good = laboratory_values(analytes()["potassium"], Decimal("5.0"), used, "2026-01-10")
    assert good["lab_flag"] == "high"
    for wrong, sentence in (
        ({"lab_flag": "normal"}, "By its own range it is 'high'"),
        ({"lab_unit": "mg/dL"}, "Write it in mmol/L"),
        ({"lab_low": None, "lab_high": None}, "By its own range it is 'no range'"),
    ):
        with pytest.raises(RefusedError, match=sentence):
            gateway.enter([Draft(PLACE, good | wrong)], NURSE)
    with pytest.raises(RefusedError, match="'gold' is no analyte"):
        gateway.enter([Draft(PLACE._replace(repeat="gold"), good)], NURSE)
    gateway.enter([Draft(PLACE, good)], NURSE)
    # A correction of the value alone would leave a flag that is not so.
    with pytest.raises(RefusedError, match="By its own range it is 'normal'"):
        gateway.enter([Draft(PLACE, {"lab_value": "4.0"}, 1, "misread")], NURSE)
    assert laboratory_problems(gateway, Draft(Place("PIT-001", "pain", "BL"), {})) == []


def test_the_range_of_the_day_counts() -> None:
    old = Range("crp", "", 0, None, None, Decimal(5), "old", "P", None, date(2026, 3, 31))
    new = Range("crp", "", 0, None, None, Decimal(10), "new", "P", date(2026, 4, 1))
    for day, source in ((date(2026, 3, 31), "old"), (date(2026, 4, 1), "new"), (None, "new")):
        found = range_for("crp", "F", 40, "P", [old, new], day)
        assert found is not None and found.source == source, day
    assert range_for("crp", "F", 40, "P", [old], date(2026, 4, 1)) is None
    assert why_no_range("crp", "F", 40, "P", [old]) == "none for that day"


def test_where_there_is_no_range_it_says_why() -> None:
    assert range_for("alp", "F", 40, "P") is None
    assert why_no_range("alp", "F", 40, "P") == "none is known: the laboratory of the site has entered none"
    assert why_no_range("sodium", "F", 12, "P") == "none for this age and sex"
    assert why_no_range("sodium", "F", None, "P") == "the age of the person is not known"
    assert {one.id for one in without_example()} == set(analytes()) - {one.analyte for one in example_ranges()}
    assert len(without_example()) == 8


def test_a_later_range_is_another_form_and_both_stay(home: Path, stsinj: Protocol) -> None:
    gateway = open_study(stsinj, "test")
    line = {"analyte": "crp", "age_from": "0", "high": "5", "source": "manual 7"}
    later = line | {"high": "10", "valid_from": "2026-04-01"}
    drafts, problems = range_drafts("P", [line | {"valid_to": "2026-03-31"}, later])
    assert problems == [] and [one.place.repeat for one in drafts] == ["P/crp/both/0", "P/crp/both/0/2026-04-01"]
    gateway.enter(drafts, NURSE)
    rows = tabulate(stsinj, current_rows(stsinj.id), "lab_range").iter_rows(named=True)
    assert [one.until for one in site_ranges(rows)] == [date(2026, 3, 31), None]
