"""Registry records are judged by their fields alone, in three values with reasons; the free text stays unknown."""

from pathlib import Path
from typing import Any

import pytest

from calcitrial.matching import Facts, judge_record, rank_records
from calcitrial.protocol import load
from calcitrial.registrations import Trial, locate
from calcitrial.registrations.ctgov import statement_of
from calcitrial.registry import Search, import_files, trial_of, write_studies
from tests.registrations.files import PORTAL, study, written

ANN = Facts("ann", {"age_years": "44", "sex": "F", "lesion_type": "calcification"}, diagnoses=("DM",))


def one(**changes: Any) -> Trial:
    said = statement_of(study(**changes))
    return Trial(said.id, (said,))


def told(trial: Trial, facts: Facts = ANN, place: Search | None = None) -> dict[str, tuple[str, str]]:
    return {a.criterion.id: (a.met, a.basis) for a in judge_record(trial, facts, place).assessments}


def test_every_field_is_a_criterion_with_its_reason() -> None:
    found = told(one())
    assert found["status"] == ("true", "the record says 'Recruiting'")
    assert found["conditions"] == ("true", "the record names 'Calcinosis'")
    assert found["youngest"] == ("true", "from 0.5 years; age_years = 44")
    assert found["oldest"] == ("true", "up to 65 years; age_years = 44")
    assert found["sex"] == ("true", "the record says female; sex = F")
    assert found["healthy"][0] == "unknown" and "country" not in found


def test_the_free_text_is_never_read_so_no_record_is_ever_more_than_open() -> None:
    match = judge_record(one(eligibilityModule__healthyVolunteers=False), ANN)
    assert [a.criterion.id for a in match.unknown] == ["text"] and match.standing == "open"
    assert match.unknown[0].basis == "unknown: the site decides"


@pytest.mark.parametrize(
    ("age", "youngest", "oldest", "expected"),
    [
        ("65", "18 Years", "65 Years", ("true", "true")),
        ("66", "18 Years", "65 Years", ("true", "false")),
        ("17", "18 Years", "65 Years", ("false", "true")),
        ("0", "6 Months", "18 Months", ("unknown", "true")),
        ("1", "6 Months", "18 Months", ("true", "unknown")),
        ("2", "6 Months", "18 Months", ("true", "false")),
        ("", "6 Months", "18 Months", ("unknown", "unknown")),
        ("", None, None, ("true", "true")),
    ],
)
def test_ages_count_in_completed_years(age: str, youngest: str, oldest: str, expected: tuple[str, str]) -> None:
    trial = one(eligibilityModule__minimumAge=youngest, eligibilityModule__maximumAge=oldest)
    found = told(trial, Facts("x", {"age_years": age} if age else {}))
    assert (found["youngest"][0], found["oldest"][0]) == expected


@pytest.mark.parametrize(
    ("status", "truth"),
    [
        ("RECRUITING", "true"),
        ("NOT_YET_RECRUITING", "unknown"),
        ("ENROLLING_BY_INVITATION", "unknown"),
        (None, "unknown"),
    ]
    + [(name, "false") for name in ("COMPLETED", "TERMINATED", "WITHDRAWN", "SUSPENDED", "ACTIVE_NOT_RECRUITING")],
)
def test_a_status_decides_only_where_it_tells(status: str | None, truth: str) -> None:
    assert told(one(statusModule__overallStatus=status))["status"][0] == truth


@pytest.mark.parametrize(
    ("sought", "sex", "truth"),
    [("ALL", "other", "true"), ("FEMALE", "M", "false"), ("FEMALE", "other", "unknown"), (None, "F", "unknown")],
)
def test_sex(sought: str | None, sex: str, truth: str) -> None:
    assert told(one(eligibilityModule__sex=sought), Facts("x", {"sex": sex}))["sex"][0] == truth


@pytest.mark.parametrize(
    ("condition", "diagnosis", "truth"),
    [
        ("Scleroderma, Systemic", "SSc", "true"),
        ("Scleroderma", "SSc", "unknown"),
        ("Juvenile Dermatomyositis", "DM", "unknown"),
        ("Juvenile Dermatomyositis", "JDM", "true"),
        ("Dermatomyositis", "JDM", "unknown"),
        ("Psoriasis", "SSc", "unknown"),
    ],
)
def test_a_condition_is_named_or_not_known_but_never_ruled_out(condition: str, diagnosis: str, truth: str) -> None:
    trial = one(conditionsModule__conditions=[condition], conditionsModule__keywords=None)
    assert told(trial, Facts("x", {}, diagnoses=(diagnosis,)))["conditions"][0] == truth


def test_words_of_an_illness_that_has_no_code_of_ours_count_too() -> None:
    trial = one(conditionsModule__conditions=["Severe Plaque Psoriasis"], conditionsModule__keywords=None)
    assert told(trial, Facts("x", {}, illnesses=("Psoriasis, unspecified",)))["conditions"][0] == "true"


def test_healthy_people_and_the_ill() -> None:
    patients, everybody = (one(eligibilityModule__healthyVolunteers=said) for said in (False, True))
    assert [told(trial, Facts("x", {}))["healthy"][0] for trial in (patients, everybody)] == ["unknown", "true"]
    assert told(patients)["healthy"][0] == "true"


def test_country_and_distance_are_judged_when_asked_for() -> None:
    place = Search(country="Germany", near=locate("69001", "France"), km=50)
    found = told(one(), place=place)
    assert found["country"] == ("false", "the record says France, United States")
    assert found["distance"][0] == "true" and "km from" in found["distance"][1]
    far = Search(near=locate("87000", "France"), km=50)
    # The second site of the record names no coordinates.
    assert told(one(), place=far)["distance"] == ("unknown", "where some of its sites lie is not known")


def test_what_sources_contradict_each_other_in_is_unknown(tmp_path: Path) -> None:
    import_files(tmp_path, [written(tmp_path, "a.json", study()), written(tmp_path, "b.xml", PORTAL)])
    truth, why = told(trial_of(tmp_path, "NCT99000001"))["status"]
    assert truth == "unknown" and why.startswith("sources contradict each other: ClinicalTrials.gov NCT99000001:")


def test_the_index_narrows_and_the_judged_are_ranked(tmp_path: Path) -> None:
    write_studies(tmp_path / "many.jsonl", 300)
    import_files(tmp_path, [tmp_path / "many.jsonl", written(tmp_path, "a.json", study())])
    found = rank_records(tmp_path, ANN)
    assert (
        0 < found.total < 300
        and not found.more
        and found.matches == tuple(sorted(found.matches, key=lambda m: m.order))
    )
    assert all(not match.against for match in found.matches) and "NCT99000001" in {m.study for m in found.matches}
    assert rank_records(tmp_path, Facts("nobody", {})).matches == ()
    near = rank_records(tmp_path, ANN, asked=Search(near=locate("69001", "France"), km=20))
    assert "NCT99000001" in {m.study for m in near.matches} and near.total < found.total


def test_a_trial_that_is_judged_by_its_own_protocol_is_not_listed_twice(tmp_path: Path) -> None:
    record = study(identificationModule__nctId="NCT03582800")
    import_files(tmp_path, [written(tmp_path, "a.json", record)])
    assert "NCT03582800" in {m.study for m in rank_records(tmp_path, ANN).matches}
    assert "NCT03582800" not in {m.study for m in rank_records(tmp_path, ANN, [load("limoges")]).matches}
