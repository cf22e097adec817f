"""The known defects of the two real public pages are found, each with its reason."""

from datetime import date
from pathlib import Path

import pytest

from calcitrial.claims import REASONS, Ground, check_text, problem_of
from calcitrial.claims.text import sentences
from calcitrial.evidence import studies
from calcitrial.protocol import load

DATA = Path(__file__).parent / "data"
THEN = date(2024, 1, 15)


def found(study, text, today=THEN):
    return check_text(text, Ground(load(study), studies()), today)


def reasons(study, text, today=THEN):
    return sorted({defect.reason for defect in found(study, text, today)})


def test_the_defects_of_the_patient_page():
    defects = found("stsinj", (DATA / "stsinj_page.txt").read_text("utf-8"))
    told = {defect.reason: f"{defect.sentence} {defect.why}" for defect in defects}
    assert told.keys() == {
        "no_denominator",
        "wrong_route",
        "superseded",
        "other_condition",
        "two_spellings",
        "empty_criteria",
    }
    assert "only 2%" in told["no_denominator"]
    assert "it speaks of topical, the trial is intralesional" in told["wrong_route"]
    assert "IL04 reported the intralesional route in 2013" in told["superseded"]
    assert "SLE is not among DM, IIM, JDM, MCTD, SSc" in told["other_condition"]
    assert told["two_spellings"] == "Domsis also Domsic."
    assert [d.part for d in defects if d.reason == "empty_criteria"] == ["inclusion", "exclusion"]


def test_the_defects_of_the_listing():
    defects = found("limoges", (DATA / "limoges_listing.txt").read_text("utf-8"))
    assert [(d.reason, d.sentence[:20]) for d in defects] == [
        ("no_denominator", "The first results of"),
        ("empty_field", "Target enrollment:"),
        ("empty_field", "Participant gender:"),
        ("one_of_two", "2023-03-01"),
        ("superseded", "Recruiting"),
    ]
    assert "2023-03-01, 2023-03-18" in defects[3].why


def test_a_trial_that_recruits_before_its_end_is_not_superseded():
    text = (DATA / "limoges_listing.txt").read_text("utf-8")
    assert "superseded" not in reasons("limoges", text, date(2022, 1, 18))


def test_the_real_patient_page_whole(shared):
    text = (shared / "domain" / "stsinj-patient-page.txt").read_text("utf-8")
    defects = found("stsinj", text)
    assert {d.reason for d in defects} == set(reasons("stsinj", (DATA / "stsinj_page.txt").read_text("utf-8")))
    assert sum(d.reason == "no_denominator" for d in defects) >= 5
    assert sum(d.reason == "wrong_route" for d in defects) == 2


def test_the_real_listing_whole(shared):
    text = (shared / "domain" / "limoges-listing.txt").read_text("utf-8")
    assert reasons("limoges", text) == ["empty_field", "no_denominator", "one_of_two", "superseded"]


@pytest.mark.parametrize(
    "text",
    [
        "",
        "\n \n",
        "In one report 3 of 6 people had complete remission after intralesional treatment.",
        "The cream is another use of the drug and is made in Limoges.",
        "The trial is for people with systemic sclerosis or dermatomyositis.",
        "Inclusion criteria\nYou are older than 18 years.\nExclusion criteria\nNot public.",
        "The investigator is Robyn T. Domsic, MD, MPH.",
    ],
)
def test_what_may_be_said_passes(text):
    assert found("stsinj", text) == []


def test_wrapped_lines_are_one_sentence_and_glued_ones_are_two():
    assert sentences("It was used on\nthe skin of people. Then it stopped there.12Why do people ask this?") == [
        "It was used on the skin of people.",
        "Then it stopped there.",
        "Why do people ask this?",
    ]


def test_every_reason_has_a_name_and_a_remedy_and_becomes_a_sentence():
    assert all(name and instead.endswith(".") for name, instead in REASONS.values())
    (defect,) = found("stsinj", "Of these people 5% had a hard time.")
    assert str(problem_of(defect, "page.txt")) == (
        "page.txt, text: No denominator: 'Of these people 5% had a hard time.': a share stands without how many people "
        "of how many. Say how many people of how many."
    )
