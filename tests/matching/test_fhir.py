"""FHIR people become answers; what is not recorded, uncertain or wrong stays unknown and is said."""

from datetime import date

import pytest

from calcitrial.matching import Facts, facts_of
from tests.matching.people import condition, listed, patient, status

ON = date(2026, 5, 3)


def one(*resources: dict[str, object]) -> Facts:
    return facts_of(listed(*resources), ON)[0][0]


def test_age_and_sex_are_read_with_where_they_stand() -> None:
    facts = one(patient("a"))
    assert facts.values == {"sex": "F", "age_years": "45"} and facts.sources["age_years"] == "Patient/a birthDate"


@pytest.mark.parametrize(
    ("born", "age"),
    [("1980", None), ("1980-05", None), ("1980-04", "46"), ("1980-05-03", "46"), ("2030-01-01", None), ("x", None)],
)
def test_a_date_of_birth_counts_where_it_gives_one_age(born: str, age: str | None) -> None:
    facts = one(patient("a", born))
    assert facts.values.get("age_years") == age
    assert bool(facts.unread) == (age is None)


def test_codes_become_diagnoses_and_a_code_below_ours_counts() -> None:
    facts = one(patient("a"), condition("a", "M34.9"), condition("a", "M33.13", "http://hl7.org/fhir/sid/icd-10-cm"))
    assert facts.diagnoses == ("SSc", "DM")
    assert facts.sources["diagnosis"].startswith("Condition/a-M34.9 M34.9 (Systemic sclerosis, unspecified); ")


def test_what_is_not_recorded_is_unknown_not_false() -> None:
    facts = one(patient("a"), condition("a", "L94.2"))
    assert facts.values["lesion_type"] == "calcification" and "pregnant" not in facts.values


def test_a_code_that_may_mean_two_things_decides_nothing_and_is_said() -> None:
    facts = one(patient("a"), condition("a", "M35.1"))
    assert not facts.diagnoses and "may mean MCTD, but is not certain" in facts.unread[0].sentence


@pytest.mark.parametrize(("word", "read"), [("refuted", False), ("provisional", False), ("confirmed", True)])
def test_a_disease_counts_when_it_is_sure(word: str, read: bool) -> None:
    facts = one(patient("a"), condition("a", "M34.0", verificationStatus=status(word)))
    assert bool(facts.diagnoses) == read


def test_a_pregnancy_that_is_over_is_none_but_a_disease_in_remission_stays() -> None:
    over = {"clinicalStatus": status("resolved")}
    facts = one(patient("a"), condition("a", "Z33", **over), condition("a", "M34.9", **over))
    assert "pregnant" not in facts.values and facts.diagnoses == ("SSc",)


@pytest.mark.parametrize("code", [{}, {"coding": "M34"}, {"coding": [{"system": "http://loinc.org", "code": "1"}]}, 3])
def test_a_wrong_code_is_said_and_the_rest_is_still_taken(code: object) -> None:
    bad = condition("a", "M34.9") | {"code": code}
    facts = one(patient("a"), bad, condition("a", "M33.1"))
    assert facts.diagnoses == ("DM",) and "was not used" in facts.unread[0].sentence


def test_an_allergy_to_the_drug_is_read_by_its_name_in_both_spellings() -> None:
    for name in ("Sodium thiosulfate", "sodium THIOSULPHATE"):
        allergy = {"resourceType": "AllergyIntolerance", "id": "x", "patient": {"reference": "Patient/a"}}
        facts = one(patient("a"), allergy | {"code": {"text": name}})
        assert facts.values["allergy_sts"] == "true"


def test_medicines_are_listed_as_r4_and_r5_name_them() -> None:
    subject = {"subject": {"reference": "Patient/a"}, "resourceType": "MedicationStatement"}
    four = subject | {"id": "1", "medicationCodeableConcept": {"text": "nifedipine"}}
    five = subject | {"id": "2", "medication": {"concept": {"coding": [{"display": "prednisone"}]}}}
    stopped = four | {"id": "3", "status": "entered-in-error"}
    assert one(patient("a"), four, five, stopped).medicines == ("nifedipine", "prednisone")


def test_who_has_died_who_is_double_and_who_is_nobody_is_said() -> None:
    resources = listed(patient("a"), patient("a"), patient("b", deceasedBoolean=True), condition("c", "M34.9"))
    found, unread = facts_of(resources, ON)
    assert [facts.person for facts in found] == ["a"]
    assert [one.sentence.split(",")[0] for one in unread] == [
        "A Patient with the same id was read before; this one was not used.",
        "The person has died",
        "It belongs to no Patient of these files",
    ]


def test_a_person_is_found_by_the_full_address_of_a_bundle() -> None:
    sick = condition("a", "M34.9") | {"subject": {"reference": "urn:uuid:1"}}
    found, unread = facts_of([("urn:uuid:1", patient("a")), ("urn:uuid:2", sick)], ON)
    assert found[0].diagnoses == ("SSc",) and not unread
