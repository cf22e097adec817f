"""A person is held against every criterion; unknown never decides; the order is that of what speaks against."""

from calcitrial.matching import Facts, judge, rank_people, rank_trials
from calcitrial.protocol import load

ALL = {
    "age_years": "44",
    "lesion_type": "calcification",
    "consent_signed": "true",
    "allergy_sts": "false",
    "allergy_excipient": "false",
    "pregnant": "false",
    "breastfeeding": "false",
}


def person(name: str = "p", diagnoses: tuple[str, ...] = ("SSc",), **values: str) -> Facts:
    return Facts(name, {**ALL, **values}, diagnoses=diagnoses)


def test_nothing_against_is_said_only_when_everything_is_known() -> None:
    assert judge(load("limoges"), person()).standing == "nothing against"
    without = Facts("p", {k: v for k, v in ALL.items() if k != "pregnant"}, diagnoses=("SSc",))
    match = judge(load("limoges"), without)
    assert match.standing == "open" and [one.criterion.id for one in match.unknown] == ["A-E2"]


def test_what_speaks_against_is_named_with_the_value_behind_it() -> None:
    match = judge(load("limoges"), person(age_years="1"))
    assert match.standing == "against"
    assert [(one.criterion.id, one.basis) for one in match.against] == [
        ("A-I1", "age_years = 1"),
    ]


def test_a_criterion_whose_wording_is_not_public_keeps_everybody_open() -> None:
    match = judge(load("stsinj"), person(capacity_to_consent="true", calcinosis_on_xray="true", symptomatic="true"))
    assert [one.criterion.id for one in match.unknown] == ["B-I5", "B-E0"]


def test_of_two_diseases_the_one_that_fits_counts() -> None:
    assert judge(load("limoges"), person(diagnoses=("MCTD", "SSc"))).standing == "nothing against"
    assert judge(load("limoges"), person(diagnoses=("MCTD",))).standing == "against"


def test_a_disease_that_the_trial_has_no_word_for_is_another_disease() -> None:
    assert judge(load("limoges"), person(diagnoses=("lupus",))).standing == "against"


def test_trials_and_people_are_ranked_by_what_speaks_against_and_what_is_unknown() -> None:
    trials = rank_trials([load("stsinj"), load("limoges")], person())
    assert [one.study for one in trials] == ["limoges", "stsinj"]
    known, open_, out = person("known"), Facts("open", {"age_years": "30"}), person("out", age_years="1")
    ranked = rank_people(load("limoges"), [out, open_, known])
    assert [one.person for one in ranked] == ["known", "open", "out"]
