"""The HTML of a page: nothing is loaded, everything is escaped, sources are numbered, and it reads back whole."""

import json
import re

import pytest

from calcitrial.claims import check_page, page_in
from calcitrial.evidence import studies
from calcitrial.leaflet import LANGUAGES, structured_data, texts_in, trial_page, typeset
from calcitrial.leaflet.compose import desk_of
from calcitrial.leaflet.publish import file_of
from calcitrial.protocol import load


def html(study="limoges", name="en.html", protocol=None):
    return file_of(name, protocol or load(study), studies()).decode()


@pytest.mark.parametrize("study", ["limoges", "stsinj"])
@pytest.mark.parametrize("language", LANGUAGES)
def test_a_page_reads_back_as_it_was_and_passes_the_check_again(study, language):
    page = page_in(html(study, f"{language}.html"))
    made = trial_page(load(study), studies(), language)
    assert page is not None
    assert [(part.id, part.sentences) for part in page.parts] == [(part.id, part.sentences) for part in made.parts]
    assert check_page(page, desk_of(load(study), studies(), language).ground) == []


def test_a_sentence_that_somebody_changed_in_the_file_is_found():
    changed = html().replace("3 people of 6", "6 people of 6")
    page = page_in(changed)
    assert page is not None
    (defect,) = check_page(page, desk_of(load("limoges"), studies(), "en").ground)
    assert (defect.reason, defect.part) == ("wrong_number", "evidence")


@pytest.mark.parametrize(
    "slipped_in",
    [
        "<p>It cures everybody.</p>",
        "It cures everybody.",
        "<div><span>It cures everybody.</span></div>",
        "<sup>It cures.",
    ],
)
def test_a_sentence_that_somebody_slipped_in_has_no_source(slipped_in):
    page = page_in(html().replace("<h2>Is it safe?", f"{slipped_in}<h2>Is it safe?"))
    assert page is not None
    found = check_page(page, desk_of(load("limoges"), studies(), "en").ground)
    assert "no_source" in {defect.reason for defect in found}


def test_nothing_is_loaded_and_nothing_runs():
    text = html()
    assert not re.search(r"<(?:link|img|iframe|object|embed|form)\b|\bsrc=|url\(|@import|\son\w+=|style=", text)
    assert re.findall(r"<script[^>]*>", text) == ['<script type="application/ld+json">']
    assert "default-src &#x27;none&#x27;" in text


def test_every_mark_leads_to_a_source_and_every_source_is_marked():
    text = html("stsinj")
    marks = {int(number) for number in re.findall(r'href="#source-(\d+)"', text)}
    listed = [int(number) for number in re.findall(r'id="source-(\d+)"', text)]
    assert listed == list(range(1, len(listed) + 1)) and marks == set(listed)
    assert all(url.startswith(("http://", "https://")) for url in re.findall(r'<a href="([^"#]+://[^"]+)"', text))


def test_markup_in_a_protocol_stays_text():
    facts = load("limoges").facts
    evil = facts["primary_sponsor"].model_copy(update={"value": "<script>alert(1)</script> & Co"})
    source = load("limoges").sources["centerwatch"].model_copy(update={"url": "javascript:alert(1)"})
    protocol = load("limoges").model_copy(
        update={
            "name": '"><b>',
            "facts": {**facts, "primary_sponsor": evil},
            "sources": {**load("limoges").sources, "centerwatch": source},
        }
    )
    text = html(protocol=protocol)
    assert "<script>alert" not in text and "</script> &" not in text
    assert "&lt;script&gt;alert(1)" in text and "javascript:" not in text and '"><b>' not in text


def test_structured_data_has_what_is_public_and_nothing_assumed():
    found = structured_data(load("limoges"), texts_in("en"))
    assert (found["@type"], found["status"], found["phase"]) == ("MedicalTrial", "Recruiting", "II")
    assert found["identifier"] == {"@type": "PropertyValue", "propertyID": "ClinicalTrials.gov", "value": "NCT03582800"}
    assert found["sponsor"][0]["@type"] == "Organization" and len(found["healthCondition"]) == 3
    other = structured_data(load("stsinj"), texts_in("fr"))
    assert other["sponsor"][0] == {
        "@type": "Person",
        "name": "Robyn T. Domsic, MD, MPH (University of Pittsburgh)",
    }
    assert not {"status", "studyLocation", "identifier"} & other.keys()  # not public, inferred, not public


def test_structured_data_stands_in_the_page_as_it_is():
    (data,) = re.findall(r'<script type="application/ld\+json">(.*?)</script>', html("stsinj", "fr.html"))
    assert json.loads(data) == structured_data(load("stsinj"), texts_in("fr"))


def test_the_same_protocol_and_reports_give_the_same_bytes():
    assert html() == html()
    desk = desk_of(load("limoges"), studies(), "en")
    assert typeset(trial_page(load("limoges"), studies(), "en"), desk, ()) == typeset(
        trial_page(load("limoges"), studies(), "en"), desk, ()
    )


def test_french_punctuation_does_not_break_off():
    text = html(name="fr.html")
    main = re.sub(r"<[^>]+>", "", text[text.index("<main") : text.index('id="sources"')])
    assert not re.search(r" [:?!](?:\s|$)", main) and "\u00a0?" in main
