"""Queries in the browser: raised by the monitor, answered by the site, closed by who asked."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from calcitrial import quality
from calcitrial.record import Gateway, Place, read_head
from tests.clinic.quality_study import begun, browser, text_of
from tests.quality.small_clinic import MONITOR, PAIN, correct

FORM = "/tiny/participants/P1/review/form/?form=pain&visit=BL"
Q1 = "/tiny/participants/P1/queries/Q1/"
LIST = "/tiny/queries/"


@pytest.fixture
def door(home: Path) -> Iterator[Gateway]:
    yield begun()


def test_monitor_asks_nurse_answers_monitor_closes(door: Gateway) -> None:
    mona, nora = browser("monitor", person="mona"), browser("study_nurse", "Limoges", "nora")
    ask = {"_act": "ask", "_name": "Q1", "_item": "pain_nrs", "_text": "The diary says 8 <b>."}
    before = read_head(door.study).sequence
    assert [mona.post(FORM, ask).status_code for _time in (1, 2)] == [303, 303]
    assert read_head(door.study).sequence == before + 1
    assert "⚑" in text_of(nora.get(FORM)) and "1 open query" in text_of(nora.get(FORM))
    correct(door, 8)
    page = text_of(nora.get(Q1))
    assert "<del>7</del>" in page and "<ins>8</ins>" in page and "The diary says 8 &lt;b&gt;." in page
    assert nora.post(Q1, {"_act": "answer", "_expected": "1", "_text": "Corrected."}).status_code == 303
    assert mona.post(Q1, {"_act": "close", "_expected": "2", "_text": "Agrees."}).status_code == 303
    page = text_of(mona.get(Q1))
    assert page.count("<li><p class") == 3 and "Open again" in page
    assert "⚑" not in text_of(nora.get(FORM))


def test_the_list_filters_by_state_site_form_participant_and_age(door: Gateway) -> None:
    for place in (PAIN, Place("P1", "screening"), Place("P2", "screening")):
        quality.raise_query(door, place, "", "Where is the source?", MONITOR)
    quality.close_query(door, Place("P1", "query", repeat="Q2"), "Found.", 1, MONITOR)
    client = browser("data_manager")

    def names(**wanted: str) -> list[str]:
        page = text_of(client.get(LIST, wanted))
        return re.findall(r'<th scope="row"><a [^>]*>([^<]*)</a>', page)

    assert names() == ["P1 Q1", "P2 Q1"]
    assert names(state="closed") == ["P1 Q2"]
    assert sorted(names(state="all")) == ["P1 Q1", "P1 Q2", "P2 Q1"]
    assert names(site="Paris") == ["P2 Q1"]
    assert names(form="pain") == ["P1 Q1"]
    assert names(participant="p2") == ["P2 Q1"]
    assert names(days="30") == []
    assert "No query matches" in text_of(client.get(LIST, {"days": "30"}))


def test_a_step_that_cannot_be_is_refused_and_what_was_typed_is_kept(door: Gateway) -> None:
    quality.raise_query(door, PAIN, "pain_nrs", "Sure?", MONITOR)
    nora = browser("study_nurse", "Limoges", "nora")
    before = read_head(door.study)
    for sent, status, said in (
        ({"_act": "answer", "_expected": "9", "_text": "Kept words"}, 422, "Version 9 was expected"),
        ({"_act": "answer", "_expected": "1", "_text": " "}, 422, "The text of the query is empty"),
        ({"_act": "close", "_expected": "1", "_text": "Done."}, 403, "You have not the right"),
        ({"_act": "melt", "_expected": "1", "_text": "Done."}, 422, "not complete"),
    ):
        answer = nora.post(Q1, sent)
        assert answer.status_code == status and said in text_of(answer), sent
    assert "Kept words" in text_of(nora.post(Q1, {"_act": "answer", "_expected": "9", "_text": "Kept words"}))
    assert read_head(door.study) == before
    assert nora.get(Q1.replace("Q1", "Q7")).status_code == 404


def test_the_edit_checks_are_run_by_who_may_ask(door: Gateway) -> None:
    assert "Run the edit checks" in text_of(browser("data_manager").get(LIST))
    assert browser("data_manager").post(LIST).status_code == 303
    assert browser("study_nurse").post(LIST).status_code == 403


def test_a_blinded_person_sees_no_query_about_what_is_hidden(door: Gateway) -> None:
    quality.raise_query(door, Place("P1", "injection", "BL", "P1-L1"), "", "Where is this injection?", MONITOR)
    quality.raise_query(door, PAIN, "pain_nrs", "Sure?", MONITOR)
    page = text_of(browser("assessor").get(LIST))
    assert "P1 Q2" in page and "injection" not in page.split("<main")[1]
    assert browser("assessor").get(Q1).status_code == 404
