"""The two shipped trials: every public fact is there, every gap is a gap, and people can be screened."""

import csv
import re
from itertools import pairwise
from pathlib import Path

import pytest

from calcitrial.protocol import SHIPPED, Protocol, evaluate, load, names_in, sourced_parts

KNOWN = {"seen", "seen_same", "partial", "inferred"}
STATUS = {"seen": "seen", "proposed_default": "assumed", "truncated": "partial", "not_found": "unspecified"}
TRIALS = ("limoges", "stsinj")


def rows(file: Path, trial: str) -> list[dict[str, str]]:
    with file.open(newline="", encoding="utf-8") as lines:
        return [row for row in csv.DictReader(lines) if row["trial"] == trial.upper()]


@pytest.fixture(params=TRIALS)
def protocol(request: pytest.FixtureRequest) -> Protocol:
    return load(request.param)


def test_both_trials_ship() -> None:
    assert set(TRIALS) <= set(SHIPPED)


@pytest.mark.parametrize("trial", TRIALS)
def test_every_who_item_is_there_with_the_status_of_the_reading_notes(trial: str, shared: Path) -> None:
    facts = load(trial).facts.values()
    items = rows(shared / "domain" / "trials.csv", trial)
    assert len(items) == 25  # 24 items and 13.1
    for row in items:
        found = [fact for fact in facts if fact.who == row["item_no"]]
        assert found, f"{trial}: WHO item {row['item_no']} ({row['item']}) is missing"
        specified = {fact.status != "unspecified" for fact in found}
        assert specified == {row["status"] in KNOWN}, f"{trial}: WHO item {row['item_no']}"
        if row["status"] in ("partial", "inferred"):
            assert {fact.status for fact in found} == {row["status"]}


@pytest.mark.parametrize("trial", TRIALS)
def test_facts_cite_the_pages_that_the_reading_notes_cite(trial: str, shared: Path) -> None:
    protocol = load(trial)
    for row in rows(shared / "domain" / "trials.csv", trial):
        pages = {page.strip() for page in row["url"].split(" ; ") if page.startswith("http")}
        facts = [fact for fact in protocol.facts.values() if fact.who == row["item_no"]]
        cited = {protocol.sources[name].url for fact in facts for name in fact.source}
        assert pages <= cited, f"{trial}: WHO item {row['item_no']}"


@pytest.mark.parametrize("trial", TRIALS)
def test_every_criterion_of_the_reading_notes_is_there(trial: str, shared: Path) -> None:
    criteria = {criterion.id: criterion for criterion in load(trial).criteria}
    noted = rows(shared / "domain" / "criteria.csv", trial)
    assert set(criteria) == {row["criterion_id"] for row in noted}
    for row in noted:
        criterion = criteria[row["criterion_id"]]
        assert (criterion.type, criterion.status) == (row["type"], STATUS[row["provenance"]])
        assert bool(criterion.expression) == (row["provenance"] in ("seen", "proposed_default"))


@pytest.mark.parametrize(
    ("trial", "fact", "value"),
    [
        ("limoges", "primary_id", "ClinicalTrials.gov NCT03582800"),
        ("limoges", "eudract", "2018-001978-22"),
        ("limoges", "protocol_code", "I17004"),
        ("limoges", "nickname", "ITS-PILOT"),
        ("limoges", "sample_size", 40),
        ("limoges", "completion_date", ("2023-03-01", "2023-03-18")),
        ("limoges", "imaging_tags", ("computerized tomography", "parathyroid hormone")),
        ("limoges", "comparator", None),
        ("stsinj", "primary_id", None),
        ("stsinj", "acronym", "STSINJ"),
        ("stsinj", "listing_id", 303347),
        ("stsinj", "scientific_contact", "Robyn T. Domsic, MD, MPH, University of Pittsburgh"),
        ("stsinj", "guidance", "ultrasound"),
        ("stsinj", "sample_size", None),
    ],
)
def test_facts(trial: str, fact: str, value: object) -> None:
    assert load(trial).facts[fact].value == value


@pytest.mark.parametrize(
    ("trial", "fact"),
    [
        ("limoges", "completion_date"),
        ("stsinj", "lupus"),
        ("stsinj", "investigator_name"),
        ("stsinj", "novelty"),
        ("stsinj", "safety_claim"),
    ],
)
def test_what_public_copies_dispute_is_a_conflict_with_all_values(trial: str, fact: str) -> None:
    disputed = load(trial).facts[fact]
    assert disputed.status == "conflict"
    assert isinstance(disputed.value, tuple)
    assert len(disputed.value) == 2


def test_every_source_is_used_and_has_a_title_and_an_address_or_says_why_not(protocol: Protocol) -> None:
    used = {name for _, part in sourced_parts(protocol) for name in part.source}
    assert used == set(protocol.sources)
    for source in protocol.sources.values():
        assert source.title
        assert source.url.startswith("http") or source.note


def test_a_proposal_gives_its_reason(protocol: Protocol) -> None:
    proposals = [part for _, part in sourced_parts(protocol) if part.status == "assumed"]
    assert len(proposals) > 10
    assert all(part.note for part in proposals)


def test_the_regimen_is_not_guessed(protocol: Protocol) -> None:
    for name in ("product", "concentration", "volume_per_lesion", "injections", "spacing"):
        assert protocol.dose[name].status == "unspecified"


def test_visits_follow_each_other_without_overlap(protocol: Protocol) -> None:
    for control in ("", *(variant.id for variant in protocol.control.variants)):
        visits = load(protocol.id, control).visits
        assert all(a.window[1] < b.window[0] for a, b in pairwise(visits)), control
        assert [visit.kind for visit in visits].count("baseline") == 1


def test_the_screening_form_holds_all_that_the_criteria_ask(protocol: Protocol) -> None:
    form = protocol.form("screening")
    assert form is not None
    asked = {name for criterion in protocol.criteria for name in names_in(criterion.expression or "true")}
    assert asked <= {item.id for item in form.items}


@pytest.mark.parametrize(
    ("control", "unit", "arms", "contrast"),
    [
        ("untreated_lesion", "lesion", ["STS", "CTL"], "within_participant"),
        ("observation_lead_in", "none", ["STS"], "from_baseline"),
        ("concurrent_untreated", "participant", ["STS", "CTL"], "between_arms"),
    ],
)
def test_each_reading_of_the_control_can_be_run(control: str, unit: str, arms: list[str], contrast: str) -> None:
    protocol = load("limoges", control)
    assert protocol.control.chosen == control
    assert protocol.control.kind == "unspecified"  # choosing does not make it public
    assert protocol.allocation.unit == unit
    assert [arm.id for arm in protocol.arms] == arms
    assert [(e.id, e.role, e.contrast) for e in protocol.endpoints] == [
        ("ct_mass_ratio", "primary", contrast),
        ("pain", "secondary", "from_baseline"),
    ]


def test_the_lead_in_comes_before_baseline_and_keeps_the_other_visits() -> None:
    visits = [visit.id for visit in load("limoges", "observation_lead_in").visits]
    assert visits == ["SCR", "LI", "BL", "W04", "W08", "W12", "W24"]


def test_limoges_promises_no_primary_endpoint_until_the_control_is_chosen() -> None:
    assert [endpoint.role for endpoint in load("limoges").endpoints] == ["secondary"]


WOMAN = {
    "age_years": 46,
    "diagnosis": "SSc",
    "lesion_type": "calcification",
    "consent_signed": True,
    "capacity_to_consent": True,
    "calcinosis_on_xray": True,
    "symptomatic": True,
    "allergy_sts": False,
    "allergy_excipient": False,
    "pregnant": False,
    "breastfeeding": False,
}
CHILD = {**WOMAN, "age_years": 6, "diagnosis": "PHP1A", "lesion_type": "ossification"}
ASSENTED = {**CHILD, "parent_consent_signed": True, "assent_if_able": True}


@pytest.mark.parametrize(
    ("trial", "criterion", "person", "answer"),
    [
        ("limoges", "A-I1", WOMAN, "true"),
        ("limoges", "A-I1", {**WOMAN, "age_years": 1}, "false"),
        ("limoges", "A-I1", {**WOMAN, "age_years": 2}, "true"),
        ("limoges", "A-I1", {**WOMAN, "age_years": None}, "unknown"),
        ("limoges", "A-I2", WOMAN, "true"),
        ("limoges", "A-I2", CHILD, "true"),
        ("limoges", "A-I2", {**CHILD, "lesion_type": "calcification"}, "false"),
        ("limoges", "A-I2", {**WOMAN, "diagnosis": "MCTD"}, "false"),
        ("limoges", "A-I2", {**WOMAN, "lesion_type": None}, "unknown"),
        ("limoges", "A-I2", {**WOMAN, "diagnosis": "other", "lesion_type": None}, "false"),
        ("limoges", "A-I3", WOMAN, "true"),
        ("limoges", "A-I3", CHILD, "unknown"),
        ("limoges", "A-I3", ASSENTED, "true"),
        ("limoges", "A-I3", {**ASSENTED, "parent_consent_signed": False}, "false"),
        ("limoges", "A-I3", {**ASSENTED, "consent_signed": False}, "false"),
        ("limoges", "A-E1", WOMAN, "false"),
        ("limoges", "A-E1", {**WOMAN, "allergy_excipient": True, "allergy_sts": None}, "true"),
        ("limoges", "A-E1", {**WOMAN, "allergy_excipient": None}, "unknown"),
        ("limoges", "A-E2", {**WOMAN, "breastfeeding": True}, "true"),
        ("stsinj", "B-I1", {**WOMAN, "diagnosis": "MCTD"}, "true"),
        ("stsinj", "B-I1", {**WOMAN, "diagnosis": "iPPSD2"}, "false"),
        ("stsinj", "B-I2", WOMAN, "true"),
        ("stsinj", "B-I2", {**WOMAN, "age_years": 18}, "false"),  # the text says over 18
        ("stsinj", "B-I2", {**WOMAN, "age_years": 19}, "true"),
        ("stsinj", "B-I3", {**WOMAN, "capacity_to_consent": False}, "false"),
        ("stsinj", "B-I4", WOMAN, "true"),
        ("stsinj", "B-I4", {**WOMAN, "calcinosis_on_xray": False}, "unknown"),
        ("stsinj", "B-I4", {**WOMAN, "calcinosis_on_xray": False, "calcinosis_on_ultrasound": False}, "false"),
        ("stsinj", "B-I6", {**WOMAN, "symptomatic": None, "measurable_lesion": True}, "true"),
        ("stsinj", "B-E1", WOMAN, "false"),
        ("stsinj", "B-E2", {**WOMAN, "pregnant": None}, "unknown"),
    ],
)
def test_people_are_screened(trial: str, criterion: str, person: dict[str, object], answer: str) -> None:
    wanted = next(c for c in load(trial).criteria if c.id == criterion)
    assert evaluate(wanted.expression, person) == answer  # type: ignore[arg-type]


def test_no_text_of_a_public_page_is_copied(protocol: Protocol, shared: Path) -> None:
    """Facts are taken from the pages, not their sentences: no eight words in a row, titles aside."""
    ours = re.findall(r"\w+", protocol.canonical().lower())
    title = re.findall(r"\w+", str(protocol.facts["public_title"].value).lower())
    runs = {tuple(ours[i : i + 8]) for i in range(len(ours) - 7)}
    runs -= {tuple(title[i : i + 8]) for i in range(len(title) - 7)}
    for page in ("limoges-listing.txt", "stsinj-patient-page.txt"):
        theirs = re.findall(r"\w+", (shared / "domain" / page).read_text("utf-8").lower())
        copied = {tuple(theirs[i : i + 8]) for i in range(len(theirs) - 7)} & runs
        assert not {run for run in copied if "musculoskeletal" not in run}  # the name of an institute
