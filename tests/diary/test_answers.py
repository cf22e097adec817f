"""Answers on both databases: each an entry with its originator and both clocks, sent twice but entered once."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from django.db import connections

from calcitrial import verbs
from calcitrial.diary import BY_LINK as LINK
from calcitrial.diary import Given, Teller, answer, clock_off, moment_of, read_book, shipped
from calcitrial.outcomes import find
from calcitrial.protocol import Protocol, RefusedError
from calcitrial.record import Author, Draft, Place, history, make_cut, participant_trail, read_head

from .diary_home import BY_LINK, CODE, DAY_TWO, ME, NOON, NURSE, Clock, begin, given

PLACE = Place(CODE, "diary_entry", repeat="injection_diary:2026-01-13:pain_worst")
PHONE = Teller("proxy", "telephone", "en", "parent")


def held(item: str = "") -> list[tuple[str, str, str]]:
    return [(step.author, step.item, step.value) for step in history("stsinj", PLACE, item)]


@pytest.mark.requirement("FDA Q&A 2024")
def test_each_answer_says_who_told_it_by_which_way_in_which_language_and_when_by_both_clocks(
    home: Path, stsinj: Protocol
) -> None:
    gateway = begin(stsinj, Clock())
    told = Given("pain_worst", "4", 0, "2026-01-13T16:00:00+00:00")
    answer(gateway, DAY_TWO, [told], replace(BY_LINK, clock_off=3600), ME)
    values = {step.item: step.value for step in history("stsinj", PLACE)}
    assert values == {
        "answer": "4",
        "told_by": "participant",
        "by_way_of": "personal link",
        "language": "fr",
        "device_at": "2026-01-13T16:00:00+00:00",
        "clock_off": "3600",
        "sending": "s-1",
    }
    (step,) = history("stsinj", PLACE, "answer")
    assert (step.author, step.role, step.at) == (CODE, "participant", "2026-01-13T17:00:00.000000Z")


@pytest.mark.requirement("FDA Q&A 2024")
def test_who_took_an_answer_down_by_telephone_stands_beside_who_told_it(home: Path, stsinj: Protocol) -> None:
    gateway = begin(stsinj, Clock())
    answer(gateway, DAY_TWO, given(pain_worst="2"), PHONE, NURSE)
    values = {step.item: (step.author, step.value) for step in history("stsinj", PLACE)}
    assert values["told_by"] == ("nora", "proxy") and values["relation"] == ("nora", "parent")
    assert values["by_way_of"] == ("nora", "telephone")


@pytest.mark.requirement("EMA 2023")
def test_the_version_of_the_questionnaire_that_was_shown_is_entered_with_the_first_answer(
    home: Path, stsinj: Protocol
) -> None:
    gateway = begin(stsinj, Clock())
    answer(gateway, DAY_TWO, given(pain_worst="2"), BY_LINK, ME)
    steps = history("stsinj", Place(CODE, "questionnaire", repeat="injection_diary:2026-01-13"))
    shown = shipped()["injection_diary"]
    assert {step.item: step.value for step in steps} == {
        "instrument": "injection_diary",
        "version": shown.version,
        "digest": shown.digest,
        "due_on": "2026-01-13",
    }


@pytest.mark.requirement("ICH E6(R3) 4.2.2a")
def test_a_screen_of_answers_is_one_submission_and_the_same_again_is_none(home: Path, stsinj: Protocol) -> None:
    clock = Clock()
    gateway = begin(stsinj, clock)
    before = read_head("stsinj").sequence
    answer(gateway, DAY_TWO, given(swelling="1", redness="0"), BY_LINK, ME)
    assert read_head("stsinj").sequence == before + 1
    clock.moment += timedelta(minutes=9)
    answer(gateway, DAY_TWO, given(swelling="1", redness="0"), replace(BY_LINK, clock_off=7), ME)
    assert read_head("stsinj").sequence == before + 1


def test_the_same_sending_from_eight_connections_at_once_is_entered_once(home: Path, stsinj: Protocol) -> None:
    gateway = begin(stsinj, Clock())
    before = read_head("stsinj").sequence

    def send(number: int) -> bool:
        try:
            answer(gateway, DAY_TWO, given(swelling="1", redness="0"), replace(BY_LINK, clock_off=number), ME)
        finally:
            connections["default"].close()
        return True

    with ThreadPoolExecutor(8) as many:
        assert all(many.map(send, range(8)))
    assert read_head("stsinj").sequence == before + 1
    assert len(history("stsinj", PLACE._replace(repeat="injection_diary:2026-01-13:swelling"), "answer")) == 1


def test_a_questionnaire_is_begun_gone_on_with_and_finished(home: Path, stsinj: Protocol) -> None:
    gateway = begin(stsinj, Clock())

    def state() -> tuple[str, list[str]]:
        found = read_book("stsinj", CODE).standings(CODE, NOON.date())
        (one,) = [one for one in found if one.occasion.place.repeat == DAY_TWO[1]]
        return one.state, [question.id for question in one.missing]

    answer(gateway, DAY_TWO, given(pain_worst="2", swelling="", redness="0"), BY_LINK, ME)
    assert state() == ("begun", ["skin_opened", "medicine"])
    answer(gateway, DAY_TWO, given(skin_opened="no", medicine="yes"), BY_LINK, ME)
    assert state() == ("begun", ["medicine_name"])
    answer(gateway, DAY_TWO, given(medicine_name="paracétamol 500 mg <b>"), BY_LINK, ME)
    assert state() == ("answered", [])


@pytest.mark.requirement("ICH E6(R3) 4.2.4")
def test_an_own_answer_is_changed_within_a_day_with_a_reason_and_the_old_one_stays(
    home: Path, stsinj: Protocol
) -> None:
    clock = Clock()
    gateway = begin(stsinj, clock)
    answer(gateway, DAY_TWO, given(pain_worst="2"), BY_LINK, ME)
    change = [Given("pain_worst", "7", 1)]
    with pytest.raises(RefusedError, match="has no reason"):
        answer(gateway, DAY_TWO, change, BY_LINK, ME)
    answer(gateway, DAY_TWO, change, BY_LINK, ME, "wrong answer pressed")
    assert [value for _who, _item, value in held("answer")] == ["2", "7"]
    clock.moment += timedelta(hours=24, seconds=1)
    with pytest.raises(RefusedError, match="more than 24 hours ago"):
        answer(gateway, DAY_TWO, [Given("pain_worst", "8", 2)], BY_LINK, ME, "again")


def test_a_change_that_rests_on_an_old_page_is_refused(home: Path, stsinj: Protocol) -> None:
    gateway = begin(stsinj, Clock())
    answer(gateway, DAY_TWO, given(pain_worst="2"), BY_LINK, ME)
    answer(gateway, DAY_TWO, [Given("pain_worst", "7", 1)], BY_LINK, ME, "wrong answer pressed")
    with pytest.raises(RefusedError, match="Version 1 was expected"):
        answer(gateway, DAY_TWO, [Given("pain_worst", "3", 1)], BY_LINK, ME, "wrong answer pressed")


@pytest.mark.requirement("EMA 2023")
def test_the_team_cannot_change_what_a_participant_answered_nor_the_other_way_round(
    home: Path, stsinj: Protocol
) -> None:
    gateway = begin(stsinj, Clock())
    answer(gateway, DAY_TWO, given(pain_worst="2"), BY_LINK, ME)
    answer(gateway, DAY_TWO, given(swelling="1"), PHONE, NURSE)
    with pytest.raises(RefusedError, match="gave it by the personal link"):
        answer(gateway, DAY_TWO, [Given("pain_worst", "9", 1)], PHONE, NURSE, "I think so")
    with pytest.raises(RefusedError, match="the team took it down"):
        answer(gateway, DAY_TWO, [Given("swelling", "2", 1)], BY_LINK, ME, "I think so")


@pytest.mark.requirement("EMA 2023")
def test_a_diary_is_closed_before_its_day_and_after_the_next_but_paper_may_come_late(
    home: Path, stsinj: Protocol
) -> None:
    clock = Clock()
    gateway = begin(stsinj, clock)
    head = read_head("stsinj").sequence
    with pytest.raises(RefusedError, match="open from 2026-01-15 to 2026-01-16"):
        answer(gateway, (CODE, "injection_diary:2026-01-15"), given(pain_worst="2"), BY_LINK, ME)
    clock.moment = datetime(2026, 1, 16, 9, tzinfo=UTC)
    for teller, by in ((BY_LINK, ME), (PHONE, NURSE)):
        with pytest.raises(RefusedError, match="Nothing was saved"):
            answer(gateway, DAY_TWO, given(pain_worst="2"), teller, by)
    assert read_head("stsinj").sequence == head
    answer(gateway, DAY_TWO, given(pain_worst="2"), Teller("participant", "paper", "en"), NURSE)
    assert held("answer") == [("nora", "answer", "2")]


def test_what_is_no_answer_is_refused_and_nothing_is_half_saved(home: Path, stsinj: Protocol) -> None:
    gateway = begin(stsinj, Clock())
    head = read_head("stsinj").sequence
    bad = given(pain_worst="2", swelling="9", nowhere="1", medicine_name="x" * 10_000_000)
    with pytest.raises(RefusedError) as error:
        answer(gateway, DAY_TWO, bad, BY_LINK, ME)
    assert [problem.place for problem in error.value.problems] == ["swelling", "nowhere", "medicine_name"]
    with pytest.raises(RefusedError, match="no questionnaire"):
        answer(gateway, (CODE, "injection_diary:2031-01-01"), given(pain_worst="2"), BY_LINK, ME)
    assert read_head("stsinj").sequence == head


@pytest.mark.requirement("21 CFR 11.10(d)")
def test_no_answer_is_entered_by_hand_and_none_that_no_instrument_knows(home: Path, stsinj: Protocol) -> None:
    gateway = begin(stsinj, Clock())
    forged = {"answer": "0", "told_by": "participant", "by_way_of": LINK, "language": "en"}
    with pytest.raises(RefusedError, match="not entered by hand"):
        verbs.enter("stsinj", [Draft(PLACE, forged)], Author("eve", "data manager"))
    for wrong in ({"answer": "11"}, {"answer": None}):
        with pytest.raises(RefusedError, match="Give an answer of the instrument"):
            gateway.enter([Draft(PLACE, forged | wrong)], NURSE)
    elsewhere = PLACE._replace(repeat="mcq:2026-01-13:q1")
    with pytest.raises(RefusedError, match="No instrument of the study has this question"):
        gateway.enter([Draft(elsewhere, forged)], NURSE)


@pytest.mark.requirement("ICH E6(R3) 4.2.6, 3.16.1(p–r)")
def test_a_locked_study_takes_no_answer(home: Path, stsinj: Protocol) -> None:
    gateway = begin(stsinj, Clock())
    gateway.enter([Draft(Place("", "lock"), {"locked": True, "lock_reason": "done"})], NURSE)
    with pytest.raises(RefusedError, match="is locked"):
        answer(gateway, DAY_TWO, given(pain_worst="2"), BY_LINK, ME)


def test_a_diary_feeds_no_endpoint(home: Path, stsinj: Protocol) -> None:
    gateway = begin(stsinj, Clock())
    gateway.enter([Draft(Place(CODE, "pain", "BL"), {"pain_nrs": 6})], NURSE)
    before = find("pain").derive(make_cut("stsinj", "test"))
    answer(gateway, (CODE, "pain_nrs:BL"), given(pain_now="1", pain_worst_week="1"), BY_LINK, ME)
    after = find("pain").derive(make_cut("stsinj", "test"))
    assert before.drop("entries", strict=False).equals(after.drop("entries", strict=False)) and before.height


@pytest.mark.requirement("GDPR/HIPAA")
def test_the_author_of_an_answer_is_a_code_and_no_name(home: Path, stsinj: Protocol) -> None:
    gateway = begin(stsinj, Clock())
    answer(gateway, DAY_TWO, given(pain_worst="2"), BY_LINK, ME)
    assert {step.author for step in participant_trail("stsinj", CODE) if step.place.form == "diary_entry"} == {CODE}


def test_a_wrong_clock_is_measured_and_nonsense_is_no_clock() -> None:
    assert clock_off("2026-01-13T16:59:00Z", NOON) == 60
    assert clock_off("1970-01-01T00:00:00Z", NOON) == 10**9
    assert clock_off("2026-01-13T16:59:00", NOON) is None and clock_off("<script>", NOON) is None
    assert moment_of("2026-01-13T18:00:00+01:00") == NOON
