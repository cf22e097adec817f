"""Screening: three values, nothing decided silently, nobody enrolled before every criterion is met."""

from datetime import date
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from calcitrial.participants import assess, enrol, screen, screening_of
from calcitrial.protocol import Protocol, RefusedError, criterion_items, load
from calcitrial.record import Author, make_cut, open_study

NURSE = Author("nurse one", "study nurse")
WELL = {
    "screening_date": "2026-01-05",
    "site": "Test site",
    "age_years": 44,
    "diagnosis": "SSc",
    "lesion_type": "calcification",
    "consent_signed": True,
    "capacity_to_consent": True,
    "symptomatic": True,
    "measurable_lesion": True,
    "calcinosis_on_xray": True,
    "calcinosis_on_ultrasound": False,
    "allergy_sts": False,
    "allergy_excipient": False,
    "pregnant": False,
    "breastfeeding": False,
}
JUDGED = {"B-I5": "true", "B-E0": "false"}
TEXT = {name: str(value).lower() if isinstance(value, bool) else str(value) for name, value in WELL.items()}


def results(protocol: Protocol, answers: dict[str, str]) -> dict[str, str]:
    return {a.criterion.id: a.met for a in assess(protocol, answers)}


def test_a_person_who_fits_limoges_meets_every_criterion() -> None:
    assert set(results(load("limoges"), TEXT).values()) == {"true"}


@pytest.mark.parametrize(
    ("change", "criterion", "expected"),
    [
        ({"age_years": "1"}, "A-I1", "false"),
        ({"age_years": "2"}, "A-I1", "true"),
        ({"diagnosis": "MCTD"}, "A-I2", "false"),
        ({"diagnosis": "iPPSD2"}, "A-I2", "false"),
        ({"diagnosis": "iPPSD2", "lesion_type": "ossification"}, "A-I2", "true"),
        ({"age_years": "9"}, "A-I3", "unknown"),
        ({"age_years": "9", "parent_consent_signed": "true", "assent_if_able": "true"}, "A-I3", "true"),
        ({"age_years": "9", "parent_consent_signed": "false"}, "A-I3", "false"),
        ({"allergy_excipient": "true"}, "A-E1", "false"),
        ({"pregnant": "true"}, "A-E2", "false"),
    ],
)
def test_each_limoges_criterion_decides_as_it_says(change: dict[str, str], criterion: str, expected: str) -> None:
    assert results(load("limoges"), {**TEXT, **change})[criterion] == expected


def test_stsinj_is_never_eligible_without_the_criteria_that_are_not_public() -> None:
    met = results(load("stsinj"), TEXT)
    assert met["B-I5"] == met["B-E0"] == "unknown"


def test_over_eighteen_is_read_literally(stsinj: Protocol) -> None:
    assert results(stsinj, {**TEXT, "age_years": "18"})["B-I2"] == "false"


@given(st.data())
def test_a_missing_answer_never_decides_what_another_value_could_reverse(data: st.DataObject) -> None:
    protocol = load("limoges")
    items = [item for item in criterion_items(protocol).values() if item.type == "boolean"]
    hidden = data.draw(st.sampled_from(items)).id
    answers = {i.id: data.draw(st.sampled_from(["true", "false"])) for i in items} | {
        "age_years": data.draw(st.sampled_from(["1", "9", "44"])),
        "diagnosis": "SSc",
        "lesion_type": "calcification",
    }
    without = results(protocol, {k: v for k, v in answers.items() if k != hidden})
    for value in ("true", "false"):
        told = results(protocol, {**answers, hidden: value})
        assert all(without[c] in ("unknown", told[c]) for c in told)


def test_screening_is_one_submission_with_every_criterion(home: Path, stsinj: Protocol) -> None:
    gateway = open_study(stsinj, "test")
    found = screen(gateway, "PIT-001", WELL, NURSE, JUDGED)
    cut = make_cut("stsinj", "test")
    assert found.verdict == "eligible" and cut.sequence == 1
    assert set(cut.table("criterion")["repeat"]) == {c.id for c in stsinj.criteria}
    assert screening_of(gateway, "PIT-001").verdict == "eligible"


def test_enrolment_waits_for_every_criterion_and_says_which(home: Path, stsinj: Protocol) -> None:
    gateway = open_study(stsinj, "test")
    screen(gateway, "PIT-001", {**WELL, "pregnant": None}, NURSE, JUDGED)
    with pytest.raises(RefusedError, match=r"PIT-001 cannot be enrolled: B-E2 .* is not known"):
        enrol(gateway, "PIT-001", date(2026, 1, 6), NURSE)
    assert make_cut("stsinj", "test").sequence == 1


def test_an_ineligible_person_is_not_enrolled(home: Path, stsinj: Protocol) -> None:
    gateway = open_study(stsinj, "test")
    assert screen(gateway, "PIT-001", {**WELL, "age_years": 12}, NURSE, JUDGED).verdict == "not eligible"
    with pytest.raises(RefusedError, match="B-I2"):
        enrol(gateway, "PIT-001", date(2026, 1, 6), NURSE)


def test_a_code_is_taken_once(home: Path, stsinj: Protocol) -> None:
    gateway = open_study(stsinj, "test")
    screen(gateway, "PIT-001", WELL, NURSE, JUDGED)
    with pytest.raises(RefusedError, match="version 1"):
        screen(gateway, "PIT-001", {**WELL, "age_years": 50}, NURSE, JUDGED)


def test_a_study_with_an_open_question_about_its_control_cannot_be_opened(home: Path) -> None:
    with pytest.raises(RefusedError, match=r"none was chosen.*untreated_lesion"):
        open_study(load("limoges"), "test")
