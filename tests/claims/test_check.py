"""Every sentence of a page is held against what it points at."""

from dataclasses import replace

import pytest

from calcitrial.claims import Ground, Page, Part, Sentence, check_page, trial_conditions, trial_route
from calcitrial.evidence import studies
from calcitrial.protocol import load

LIMOGES, STSINJ = load("limoges"), load("stsinj")
HOUSE = {"ask": "Ask the study team.", "two": "Two more words."}
FIT = (
    Part("inclusion", "", (Sentence("You are at least 2 years old.", ("criteria.A-I1",)),)),
    Part("exclusion", "", (Sentence("You are allergic. This is not confirmed.", ("criteria.A-E1",)),)),
)


def page(*sentences, part="about", definition=""):
    return Page("limoges", "en", "", definition, (Part(part, "", sentences), *FIT))


def reasons(*sentences, part="about", protocol=LIMOGES, reports=None):
    ground = Ground(protocol, reports or studies(), HOUSE)
    return [defect.reason for defect in check_page(page(*sentences, part=part), ground)]


def said(text, basis="evidence.IL01", route="intralesional", outcome="response"):
    return Sentence(text, (basis,), route, outcome)


def test_route_and_conditions_come_from_the_protocol():
    assert trial_route(LIMOGES, studies()) == trial_route(STSINJ, studies()) == "intralesional"
    assert trial_conditions(LIMOGES) == {"DM", "JDM", "SSc", "PHP1A", "iPPSD2"}
    assert trial_conditions(STSINJ) == {"SSc", "MCTD", "DM", "JDM", "IIM"}


@pytest.mark.parametrize(
    "sentence",
    [
        Sentence("The trial plans 40 people.", ("facts.sample_size",)),
        Sentence("It began in January 2020.", ("facts.first_enrolment",)),
        Sentence("The end is told as 1 March 2023 and 18 March 2023.", ("facts.completion_date",)),
        Sentence("The dose is not public.", ("dose.concentration",)),
        Sentence("A visit at week 4 is planned. This is not confirmed.", ("visits.W04",)),
        Sentence("Ask the study team.", ("house.ask",)),
        Sentence("It asks: are the shots safe? Does it help?", ("facts.objective",)),
        Sentence("A report says: “Almost all people felt it”.", ("evidence.IL02",), "intralesional"),
        said("In one report 3 of 6 people had complete remission.", "evidence.IL01/response"),
    ],
)
def test_what_its_source_supports_passes(sentence):
    assert reasons(sentence) == []


@pytest.mark.parametrize(
    ("reason", "sentence"),
    [
        ("no_source", Sentence("It works.")),
        ("no_source", Sentence("It works.", ("facts.phase",), "intralesional", "response")),
        ("unknown_source", Sentence("It works.", ("facts.magic",))),
        ("unknown_source", said("3 of 6 people.", "evidence.XX99")),
        ("wrong_number", Sentence("The trial plans 400 people.", ("facts.sample_size",))),
        ("wrong_number", said("5 of 6 people had it.")),
        ("no_denominator", said("Half of the people had it.")),
        ("no_denominator", said("It is very safe.", outcome="")),
        ("no_denominator", said("Most people got well.", outcome="")),
        ("no_denominator", Sentence("40 people are planned, and it works.", ("facts.sample_size",))),
        ("no_denominator", Sentence("C’est sans danger.", ("facts.phase",))),
        ("no_denominator", Sentence("3 % had it.", ("evidence.IL01",), "intralesional")),
        ("wrong_route", said("1 of 35 people had it.", "evidence.TO01", "topical", "adverse_event")),
        ("wrong_route", said("1 of 35 people had it.", "evidence.TO01", "intralesional", "adverse_event")),
        ("wrong_population", said("4 of 4 people healed.", "evidence.IL04")),
        ("wrong_outcome", said("3 of 6 people had harm.", outcome="adverse_event")),
        ("told_as_public", Sentence("The dose is high.", ("dose.concentration",))),
        ("told_as_confirmed", Sentence("A visit at week 4 is planned.", ("visits.W04",))),
        ("one_of_two", Sentence("It ends on 1 March 2023.", ("facts.completion_date",))),
        ("other_condition", Sentence("It is for people with lupus.", ("facts.conditions",))),
        ("changed_text", Sentence("Ask the study team and hope.", ("house.ask",))),
    ],
)
def test_each_reason_is_found_alone(reason, sentence):
    assert set(reasons(sentence)) == ({reason, "wrong_number"} if "hard" in reason else {reason})


def test_elsewhere_another_route_may_be_told_when_it_is_named():
    told = said("With a cream, 1 of 35 people had inflammation.", "evidence.TO01", "topical", "adverse_event")
    assert reasons(told, part="elsewhere") == []
    unnamed = replace(told, text="1 of 35 people had inflammation.")
    assert reasons(unnamed, part="elsewhere") == ["wrong_route"]


def test_the_two_percent_of_the_cream_fails_on_a_page_about_injections():
    told = said("Only 2% of people had mild side effects.", "evidence.TO03", "topical", "adverse_event")
    assert set(reasons(told)) == {"wrong_route", "wrong_population", "no_denominator", "wrong_number"}


def test_a_replaced_report_is_superseded():
    old = [study.model_copy(update={"superseded_by": "IL02"}) if study.id == "IL01" else study for study in studies()]
    assert reasons(said("3 of 6 people had it."), reports=old) == ["superseded"]


def test_a_page_of_an_older_definition_is_superseded():
    ground = Ground(LIMOGES, studies(), HOUSE)
    assert check_page(page(definition=LIMOGES.digest), ground) == []
    (defect,) = check_page(page(definition="0" * 64), ground)
    assert defect.reason == "superseded" and "000000000000" in defect.why


def test_a_page_without_criteria_fails():
    ground = Ground(LIMOGES, studies(), HOUSE)
    bare = Page("limoges", "en", "", "", (Part("inclusion", "", ()),))
    assert [(d.reason, d.part) for d in check_page(bare, ground)] == [
        ("empty_criteria", "inclusion"),
        ("empty_criteria", "exclusion"),
    ]


def test_a_name_otherwise_than_in_the_protocol_is_found():
    sentence = Sentence("Robyn T. Domsis leads it.", ("people.Robyn T. Domsic, MD, MPH",))
    assert reasons(sentence, protocol=STSINJ)[-1] == "two_spellings"
