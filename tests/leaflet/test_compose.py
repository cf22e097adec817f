"""The trial page: every section, true to what is known, in both languages; and it follows the evidence base."""

import pytest

from calcitrial.claims import check_page, numbers_in
from calcitrial.evidence import studies
from calcitrial.leaflet import LANGUAGES, easy_page, texts_in, trial_page
from calcitrial.leaflet.compose import desk_of
from calcitrial.protocol import Fact, load
from tests.synthesis.invented import report

STUDIES = ("limoges", "stsinj")
PARTS = ["about", "medicines", "safety", "why", "evidence", "elsewhere", "team", "inclusion", "exclusion", "timeline"]
PARTS += ["treatments", "clinic", "who", "facts", "data", "missing"]


def said(study, language, part, page=trial_page, reports=None):
    found = page(load(study), reports or studies(), language).part(part)
    return [sentence.text for sentence in found.sentences] if found else []


@pytest.mark.parametrize("study", STUDIES)
@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("page", [trial_page, easy_page])
def test_the_claim_check_passes(study, language, page):
    made = page(load(study), studies(), language)
    assert check_page(made, desk_of(load(study), studies(), language).ground) == []
    assert all(part.title and part.sentences for part in made.parts)


@pytest.mark.parametrize("study", STUDIES)
@pytest.mark.parametrize("language", LANGUAGES)
def test_every_section_is_there(study, language):
    assert [part.id for part in trial_page(load(study), studies(), language).parts] == PARTS


def test_both_languages_say_the_same_numbers():
    for study in STUDIES:
        english, french = (trial_page(load(study), studies(), language) for language in LANGUAGES)
        for one, other in zip(english.parts, french.parts, strict=True):
            for left, right in zip(one.sentences, other.sentences, strict=True):
                assert left.basis == right.basis
                assert numbers_in(left.text) == numbers_in(right.text), (left.text, right.text)


def test_both_languages_have_the_same_texts():
    english, french = (texts_in(language) for language in LANGUAGES)
    for group in ("parts", "house", "words", "kinds", "conditions", "routes", "kinds_of_visit", "forms", "page", "gap"):
        assert getattr(english, group).keys() == getattr(french, group).keys()
    for study in STUDIES:
        assert set(english.plain[study]) <= set(french.plain[study])


def test_the_french_page_has_no_english_left_but_titles_and_quotes():
    for study in STUDIES:
        text = " ".join(
            sentence.text
            for page in (trial_page, easy_page)
            for part in page(load(study), studies(), "fr").parts
            for sentence in part.sentences
            if "en anglais" not in sentence.text
        )
        assert not {" the ", " with ", " is ", " of "} & {f" {word} " for word in text.lower().split()}


def test_whether_medicines_must_be_stopped_is_said_not_to_be_public():
    assert said("limoges", "en", "medicines")[0] == "It is not public whether you must stop a medicine."


def test_harms_have_a_denominator_and_silence_is_told():
    safety = said("stsinj", "en", "safety")
    assert safety[0].startswith(
        "Shots into the lump (intralesional): 1 person of 1 with systemic sclerosis had this: burn"
    )
    assert "Another report is about 6 people. The copy that we read shows no word on harm." in safety
    assert any("38 people" in line and "Almost all patients" in line and "cut off" in line for line in safety)
    assert not any("48" in line or "2%" in line for line in safety)


def test_an_effect_is_told_with_route_people_design_dose_and_denominator():
    (line,) = [line for line in said("limoges", "en", "evidence") if "3 people of 6" in line]
    assert line == (
        "Shots into the lump (intralesional): 3 people of 6 with systemic sclerosis, nephrogenic systemic fibrosis had "
        "this: the lumps were gone (complete remission). There was no comparison. Strength: 150 mg/mL. 21 shots in all."
    )


def test_creams_and_other_diseases_stand_apart_and_are_named():
    elsewhere = said("limoges", "en", "elsewhere")
    assert any(line.startswith("A cream on the skin: 9 people of 28") for line in elsewhere)
    assert any(line.startswith("A drip into a vein (intravenous): 1 person of 14") for line in elsewhere)
    assert any("4 people of 4 with calciphylaxis" in line for line in elsewhere)
    assert not any("cream" in line for part in ("safety", "evidence") for line in said("limoges", "en", part))


def test_both_end_dates_and_the_blank_enrolment_are_told():
    facts = said("limoges", "en", "facts")
    assert "Planned end: 1 March 2023 and 18 March 2023. Public pages do not agree." in facts
    assert any(line.startswith("40 people are planned.") for line in facts)
    assert "Fin prévue : 1 mars 2023 et 18 mars 2023. Les pages publiques ne sont pas d’accord." in said(
        "limoges", "fr", "facts"
    )


def test_what_is_assumed_says_that_it_is_not_confirmed():
    lines = said("limoges", "en", "timeline")[:3] + said("limoges", "en", "exclusion")
    assert len(lines) == 5 and all(line.endswith("This is not confirmed.") for line in lines)
    assert "3 visits, weeks 0, 4 and 8" in lines[1]


def test_every_gap_of_the_protocol_is_listed():
    for study in STUDIES:
        desk = desk_of(load(study), studies(), "en")
        gaps = [place for place, part in desk.ground.places.items() if part.status == "unspecified"]
        assert len(said(study, "en", "missing")) == len(gaps) > 20


def test_the_page_follows_a_report_that_is_added():
    more = [*studies(), report("NEW1", 4, 10), report("NEW2", 2, 9)]
    lines = said("limoges", "en", "evidence", reports=more)
    assert any(line.startswith("Shots into the lump (intralesional): 4 people of 10") for line in lines)
    (pooled,) = [line for line in lines if line.startswith("Together: ")]
    assert pooled.startswith("Together: 36 % in 9 people of 25 (3 reports).")
    assert pooled.endswith("from 9 % to 77 %.")  # metafor: 0.0856 to 0.7716
    made = trial_page(load("limoges"), more, "en")
    assert check_page(made, desk_of(load("limoges"), more, "en").ground) == []


def test_a_replaced_report_leaves_the_page():
    old = [one.model_copy(update={"superseded_by": "IL02"}) if one.id == "IL01" else one for one in studies()]
    assert not any("3 people of 6" in line for line in said("limoges", "en", "evidence", reports=old))


def test_a_study_without_plain_words_is_told_in_the_words_of_its_protocol():
    protocol = load("limoges").model_copy(update={"id": "mine", "people": (), "visits": ()})
    page = trial_page(protocol, studies(), "en")
    assert page.part("about").sentences[0].text == (
        "The trial tests: Sodium thiosulfate, local intralesional (subcutaneous) injection. More is not public."
    )
    assert page.part("inclusion").sentences[0].text == "At least 2 years old."
    assert page.part("timeline").sentences[0].text == "The plan of visits is not public."
    assert check_page(page, desk_of(protocol, studies(), "en").ground) == []


def test_a_changed_fact_changes_the_sentence():
    facts = load("limoges").facts
    more = facts["sample_size"].model_copy(update={"value": 55})
    assert isinstance(more, Fact)
    protocol = load("limoges").model_copy(update={"facts": {**facts, "sample_size": more}})
    page = trial_page(protocol, studies(), "en")
    assert any(sentence.text.startswith("55 people are planned.") for sentence in page.part("facts").sentences)


def test_nothing_promises_that_somebody_is_eligible():
    for study in STUDIES:
        for page in (trial_page, easy_page):
            text = " ".join(s.text for part in page(load(study), studies(), "en").parts for s in part.sentences)
            assert "eligible" not in text.lower() and "no medical advice" in text
