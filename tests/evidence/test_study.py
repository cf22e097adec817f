"""The reports as records: numbers only where the copy prints a number."""

import csv

import pytest

from calcitrial.evidence import by_route, read_studies, routes, studies
from calcitrial.evidence.study import TABLE
from calcitrial.protocol import RefusedError


def study(name):
    return next(s for s in studies() if s.id == name)


def test_every_line_of_the_table_is_a_study_with_its_own_id():
    with TABLE.open(encoding="utf-8", newline="") as lines:
        assert [s.id for s in studies()] == [row["id"] for row in csv.DictReader(lines)]
    assert len({s.id for s in studies()}) == len(studies()) == 23


def test_the_table_is_the_founders_copy(shared):
    assert TABLE.read_bytes() == (shared / "domain" / "evidence.csv").read_bytes()


def test_every_study_that_prints_a_count_says_where_it_was_read():
    assert [s.id for s in studies() if s.responders is not None and not s.urls] == []


def test_a_plain_number_is_a_number_and_anything_else_stays_text():
    assert (study("IL01").n_patients, study("IL01").responders, study("IL01").denominator) == (6, 3, 6)
    assert study("IL07").n_patients == "80 planned (NCT04251832)"
    assert study("IV01").ae_n == "1 (SAE)"
    assert study("IL02").responders is None


def test_the_concentration_and_both_addresses_of_a_number_are_kept():
    assert study("IL01").concentration == "150 mg/mL"
    assert len(study("IL01").urls) == 2


def test_reviews_case_reports_and_cut_off_copies_are_told_apart():
    assert [s.id for s in studies() if s.is_review] == ["IV05", "TO03", "RV01", "RV02"]
    assert [s.id for s in studies() if s.is_case_report] == ["IL03", "IL05", "IV02", "TO04", "TO05", "TO06"]
    assert study("IL02").is_truncated
    assert not study("RV02").is_truncated


def test_a_route_is_never_widened():
    assert [s.id for s in by_route("intralesional")] == ["IL01", "IL02", "IL03", "IL04", "IL05"]
    assert "lavage with STS" in routes()


def test_an_unknown_route_is_refused_with_the_known_ones():
    with pytest.raises(RefusedError, match=r"No report has the route 'oral'.*intralesional; "):
        by_route("oral")


def test_a_table_with_other_columns_is_refused(tmp_path):
    table = tmp_path / "other.csv"
    table.write_text("id,label,colour\nX,Y,red\n", "utf-8")
    with pytest.raises(RefusedError, match=r"other\.csv: The columns differ: missing \['first_author'.*'colour'"):
        read_studies(table)
