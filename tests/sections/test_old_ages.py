"""Ages above 89 identify: what leaves the clinic says 90 or older, and the record keeps what was entered."""

import polars as pl
import pytest

from calcitrial.exchange import to_csv
from calcitrial.participants import grouped_age, told_age
from calcitrial.record import Cut, Place
from calcitrial.reporting.datasets import datasets
from calcitrial.sections.baseline import baseline_table
from tests.small_study import cut_of_forms, person

OLDER = "90 or older"


@pytest.fixture
def cut() -> Cut:
    forms = dict(person("S1", 1, "BL")) | dict(person("S2", 1, "BL")) | dict(person("S3", 1, "BL"))
    for code, age in (("S1", "89"), ("S2", "93"), ("S3", "97")):
        forms[Place(code, "screening")] = {"screening_date": "2025-12-20", "age_years": age}
    return cut_of_forms(forms)


@pytest.mark.parametrize(("age", "table", "text"), [("89", "89", "89"), ("90", "90", OLDER), ("101", "90", OLDER)])
def test_ninety_and_above_are_one_group(age: str, table: str, text: str) -> None:
    assert grouped_age(age) == table and told_age(float(age)) == text
    assert grouped_age("") == "" and told_age(44.5) == "44.5"


@pytest.mark.requirement("GDPR/HIPAA")
def test_neither_the_datasets_nor_the_report_tell_an_age_above_89(cut: Cut) -> None:
    found = datasets(cut, [])
    assert found.tables["participants"]["age_years"].to_list() == [89, 90, 90]
    (column,) = [one for one in found.dictionary if one.column == "age_years"]
    assert "90 stands for 90 or older" in column.label
    said = {str(label): str(told) for label, told, *_rest in baseline_table(cut, None).rows}
    assert said["Age, median (range), years"] == "90 or older (89 to 90 or older)"
    for table in found.tables.values():
        lines = table.select(pl.exclude("entries")).write_csv()
        assert "93" not in lines and "97" not in lines
    assert "97" not in to_csv(cut.protocol)


def test_the_record_keeps_the_age(cut: Cut) -> None:
    assert sorted(cut.table("screening")["age_years"]) == ["89", "93", "97"]
