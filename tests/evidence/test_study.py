"""The reports as records: numbers only where the copy prints a number."""

import csv
import re

import pytest

from calcitrial.evidence import Bias, Count, by_route, routes, studies
from calcitrial.evidence.base import ORDER
from calcitrial.evidence.study import faults

RENAMED = {
    "drug_conc": "concentration",
    "responder_denom": "denominator",
    "responder_definition": "definition",
    "ae_denom": "ae_denominator",
    "text_truncated": "truncated",
}


def study(name):
    return next(s for s in studies() if s.id == name)


def test_every_report_has_its_own_id_and_they_stand_by_route():
    names = [s.id for s in studies()]
    assert len(set(names)) == len(names) == 23
    assert names == sorted(names, key=lambda name: (ORDER.index(name[:2]), name))


def test_every_word_is_the_founders(shared):
    with (shared / "domain" / "evidence.csv").open(encoding="utf-8", newline="") as lines:
        for row in csv.DictReader(lines):
            ours = study(row["id"])
            urls = [url.strip() for url in row.pop("numbers_seen_at").split(" ; ")]
            assert ours.urls == [url for url in urls if url]
            for column, cell in row.items():
                value = getattr(ours, RENAMED.get(column, column))
                assert ("" if value is None else str(value)) == cell.strip(), (ours.id, column)


def test_every_count_is_printed_in_the_words_it_was_read_in():
    for one in studies():
        for count in one.counts:
            words = " ".join((getattr(one, count.read_in), one.meta_ready, str(one.responders), str(one.ae_n)))
            printed = set(re.findall(r"\d+", words)) | ({"0"} if re.search(r"\bno\b", words) else set())
            assert str(count.events) in printed, (one.id, count.counted)
            below = f"{words} {one.denominator} {one.ae_denominator}"
            assert str(count.denominator) in re.findall(r"\d+", below), (one.id, count.counted)
            assert count.counted in words, (one.id, count.counted)


def test_the_strength_is_the_one_that_the_words_print():
    assert {s.id: s.mg_per_ml for s in studies() if s.mg_per_ml} == {"IL01": 150, "IL02": 150, "IL03": 250, "IL04": 250}
    assert all(s.concentration == f"{s.mg_per_ml:g} mg/mL" for s in studies() if s.mg_per_ml)


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


def test_what_the_copy_does_not_show_is_listed():
    assert study("IL01").not_visible == ("definition", "pain_or_global_effect", "ae_text")
    assert study("IL02").not_visible == ("first_author", "size_effect", "ae_text")


def test_a_route_is_never_widened():
    assert [s.id for s in by_route("intralesional")] == ["IL01", "IL02", "IL03", "IL04", "IL05"]
    assert "lavage with STS" in routes()


@pytest.mark.parametrize(
    ("change", "place", "sentence"),
    [
        ({"conditions": ["gout"]}, "conditions", "The condition 'gout' is unknown."),
        ({"counts": {"events": 7}}, "counts.1", "7 of 6 people is impossible."),
        ({"counts": {"read_at": 3}}, "counts.1", "It was read at address 3, and the report has 2."),
        ({"counts": {"read_in": "colour"}}, "counts.1", "It was read in 'colour', where no words stand."),
        ({"kind": "review"}, "counts.1", "It is marked for pooling and comes from a review, which overlaps"),
        ({"n_patients": 1}, "counts.1", "It is marked for pooling and comes from a report of one person."),
    ],
)
def test_what_a_well_shaped_report_contradicts_is_said(change, place, sentence):
    first = study("IL01")
    if "counts" in change:
        change = {"counts": [Count(**{**first.counts[0].model_dump(), **change["counts"]})]}
    (found,) = faults(first.model_copy(update=change))
    assert found[0] == place and found[1].startswith(sentence)


def test_a_judgement_must_quote_the_report():
    judged = Bias(domain="selection", judgement="low", basis="all patients of the region", by="a reader")
    (found,) = faults(study("IL01").model_copy(update={"bias": [judged]}))
    assert found[1] == "The words 'all patients of the region' stand nowhere in the report."
    assert (
        list(faults(study("IL01").model_copy(update={"bias": [judged.model_copy(update={"basis": "all women"})]})))
        == []
    )
