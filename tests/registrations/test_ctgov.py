"""A study of ClinicalTrials.gov gives the WHO items, each with the field it was read from; what is wrong is said."""

from typing import Any

import pytest

from calcitrial.protocol import RefusedError
from calcitrial.registrations import NO_FIELD
from calcitrial.registrations.ctgov import statement_of
from tests.registrations.files import study


def test_every_item_that_the_registry_has_a_field_for_is_read() -> None:
    told = statement_of(study())
    values = {item.number: item.value for item in told.items}
    assert len(values) == 25
    assert values["1"] == "ClinicalTrials.gov NCT99000001" and values["2"] == "2019-12-01"
    assert values["3"] == "X-1; 2019-000001-11; R01; MADEUP"
    assert (values["5"], values["6"]) == ("A hospital", "An institute")
    assert values["7"] == "A. Person, 555-0100, person@example.org" and values["8"] == "B. Person, A hospital"
    assert values["11"] == "France; United States" and values["12"] == "Calcinosis; Dermatomyositis"
    assert values["13"] == "DRUG: Sodium Thiosulfate" and values["13.1"] == "Saline"
    assert "calcinosis" in values["14"] and "Youngest: 6 Months" in values["14"]
    assert values["15"] == "interventional; randomized; double; phase2; phase3"
    assert (values["16"], values["17"], values["18"], values["22"]) == (
        "2020-01-15",
        "40 (estimated)",
        "Recruiting",
        "2023-03",
    )
    assert values["19"] == "Volume on CT – 12 weeks" and values["23"] == "" and values["24"] == "No"
    assert told.item("22").sources == ("ClinicalTrials.gov NCT99000001: statusModule.completionDateStruct",)
    assert told.remarks == ()


def test_facets_are_in_the_words_of_the_search() -> None:
    facets = statement_of(study()).facets
    assert (facets.statuses, facets.phases, facets.sexes) == (("recruiting",), ("2", "3"), ("female",))
    assert (facets.youngest, facets.oldest, facets.registered) == (0.5, 65.0, "2019-12-01")
    assert facets.countries == ("France", "United States") and "STS" in facets.interventions


def test_numbers_of_the_same_trial_are_kept_and_grants_are_not() -> None:
    assert statement_of(study()).ids == ("NCT99000001", "2019-000001-11")


def test_sites_say_where_they_lie_only_when_the_registry_does() -> None:
    first, second = statement_of(study()).sites
    assert (first.latitude, first.placed, first.contact) == (45.7679, "registry", "Desk, 555-0101")
    assert first.address == "69006 Lyon, France" and first.status == "Recruiting"
    assert (second.latitude, second.placed, second.contact, second.status) == (None, "", "", "")


@pytest.mark.parametrize("point", [{"lat": 95, "lon": 0}, {"lat": "a", "lon": 1}, [1, 2], {}])
def test_a_place_that_is_not_on_earth_is_no_place(point: Any) -> None:
    row = {"facility": "X", "geoPoint": point}
    assert statement_of(study(contactsLocationsModule__locations=[row])).sites[0].latitude is None


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"statusModule__completionDateStruct": {"date": "2019-01"}}, "ends (2019-01) before it begins (2020-01-15)"),
        ({"eligibilityModule__minimumAge": "70 Years"}, "youngest age (70 years) is above the oldest (65 years)"),
        ({"designModule__enrollmentInfo": {"count": 0}}, "0 participants, which may mean"),
        ({"designModule__enrollmentInfo": {"count": -3}}, "'-3' participants cannot be"),
        ({"statusModule__startDateStruct": {"date": "2023-02-30"}}, "'2023-02-30' is no date that exists"),
        ({"conditionsModule__conditions": "Calcinosis"}, "conditionsModule.conditions is a str, not a list"),
        ({"identificationModule__briefTitle": ["a"]}, "briefTitle is a list, not a text"),
        ({"identificationModule__briefTitle": "<b>Bold</b><script>x()</script>"}, "Public title: HTML was taken out"),
        ({"eligibilityModule__eligibilityCriteria": "word " * 50_000}, "has 250,"),
        ({"designModule": "none"}, "designModule.studyType is not where it belongs"),
    ],
)
def test_what_is_wrong_is_said_and_the_rest_is_read(changes: dict[str, Any], sentence: str) -> None:
    told = statement_of(study(**changes))
    assert any(sentence in remark for remark in told.remarks), told.remarks
    assert told.item("5").value == "A hospital"


def test_marks_go_and_their_words_stay() -> None:
    title = "Injection of <i>Sodium</i>&nbsp;Thiosulfate &lt;script&gt;x&lt;/script&gt; if p < 0.05\x00"
    assert (
        statement_of(study(identificationModule__briefTitle=title))
        .item("9")
        .value.startswith("Injection of Sodium Thiosulfate")
    )
    assert "<script" not in statement_of(study(identificationModule__briefTitle=title)).item("9").value
    assert "p < 0.05" in statement_of(study(identificationModule__briefTitle=title)).item("9").value


@pytest.mark.parametrize("content", [None, 5, [], {}, {"protocolSection": []}, {"protocolSection": {}}])
def test_what_is_no_study_is_refused_in_a_sentence(content: Any) -> None:
    with pytest.raises(RefusedError, match=r"no protocolSection|no NCT number"):
        statement_of(content)


def test_an_empty_study_with_a_number_has_25_unspecified_items_but_the_first() -> None:
    told = statement_of({"protocolSection": {"identificationModule": {"nctId": "nct99000009"}}})
    assert [item.number for item in told.items if item.value] == ["1"]
    assert {item.status for item in told.items} == {"seen", "unspecified"}


def test_only_fields_that_say_something_are_named_as_sources() -> None:
    told = statement_of(
        study(
            identificationModule__acronym=None,
            statusModule__studyFirstSubmitDate=None,
            statusModule__studyFirstPostDateStruct={"date": "2019-12-05"},
        )
    )
    assert told.item("2").sources == ("ClinicalTrials.gov NCT99000001: statusModule.studyFirstPostDateStruct.date",)
    assert [at.rpartition(".")[2] for at in told.item("3").sources] == ["id", "secondaryIdInfos"]
    assert told.item("21").sources == () and told.item("21").note == NO_FIELD
