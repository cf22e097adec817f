"""Who is asked what on which day, on both databases; days counted by hand from 12 January."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest

from calcitrial.diary import answer, read_book
from calcitrial.participants import begin_visit
from calcitrial.protocol import Protocol, RefusedError
from calcitrial.record import Draft, Place

from .diary_home import BY_LINK, CODE, DAY_TWO, ME, NOON, NURSE, Clock, begin, given

FULL = {"pain_worst": "3", "swelling": "1", "redness": "0", "skin_opened": "no", "medicine": "no"}


def states(day: date, instrument: str) -> dict[str, str]:
    found = read_book("stsinj", CODE).standings(CODE, day)
    return {one.occasion.key: one.state for one in found if one.occasion.instrument.id == instrument}


def test_a_diary_is_asked_for_seven_days_after_an_injection_each_until_the_next_day(
    home: Path, stsinj: Protocol
) -> None:
    gateway = begin(stsinj, Clock())
    answer(gateway, DAY_TWO, given(**FULL), BY_LINK, ME)
    first = date(2026, 1, 12)
    keys = [(first + timedelta(days=n)).isoformat() for n in range(7)]
    assert states(date(2026, 1, 14), "injection_diary") == dict(
        zip(keys, ["missed", "answered", "open", "to come", "to come", "to come", "to come"], strict=True)
    )
    assert states(date(2026, 1, 13), "injection_diary")["2026-01-12"] == "open"


def test_visit_questionnaires_follow_the_visit_that_took_place_or_its_window(home: Path, stsinj: Protocol) -> None:
    gateway = begin(stsinj, Clock())
    week4 = next(visit for visit in stsinj.visits if visit.id == "W04")
    start = date(2026, 1, 12)
    assert states(start, "pain_nrs")["BL"] == "open" and states(start, "pain_nrs")["W04"] == "to come"
    assert "SCR" not in states(start, "pain_nrs")
    earliest, latest = (start + timedelta(days=day) for day in week4.window)
    assert states(earliest - timedelta(days=3), "pain_nrs")["W04"] == "to come"
    assert states(earliest - timedelta(days=2), "pain_nrs")["W04"] == "open"
    assert states(latest + timedelta(days=3), "pain_nrs")["W04"] == "missed"
    begin_visit(gateway, CODE, "W04", latest, NURSE)
    (one,) = [one for one in read_book("stsinj").standings(CODE, latest) if one.occasion.place.repeat == "pain_nrs:W04"]
    assert (one.occasion.due, one.occasion.closes) == (latest, latest + timedelta(days=2))


def test_nothing_is_due_after_the_study_ended_for_a_person(home: Path, stsinj: Protocol) -> None:
    gateway = begin(stsinj, Clock())
    end = {"end_date": "2026-01-14", "end_reason": "withdrew consent"}
    gateway.enter([Draft(Place(CODE, "end_of_study"), end)], NURSE)
    assert list(states(date(2026, 1, 20), "injection_diary")) == ["2026-01-12", "2026-01-13", "2026-01-14"]


def test_a_study_enters_its_own_plan_and_may_leave_an_instrument_out(home: Path, stsinj: Protocol) -> None:
    gateway = begin(stsinj, Clock())
    two = {"plan_when": "after_injection", "plan_days": 2, "plan_open_after": 0}
    never, one_visit = {"plan_when": "never"}, {"plan_when": "visit", "plan_visits": "W12"}
    gateway.enter([Draft(Place("", "diary_plan", repeat="injection_diary"), two)], NURSE)
    gateway.enter([Draft(Place("", "diary_plan", repeat="pain_nrs"), never)], NURSE)
    gateway.enter([Draft(Place("", "diary_plan", repeat="patient_global"), one_visit)], NURSE)
    assert states(NOON.date(), "injection_diary") == {"2026-01-12": "missed", "2026-01-13": "open"}
    assert states(NOON.date(), "pain_nrs") == {} and list(states(NOON.date(), "patient_global")) == ["W12"]


@pytest.mark.requirement("ICH E6(R3) 4.3.4")
def test_a_plan_names_only_instruments_and_visits_that_there_are(home: Path, stsinj: Protocol) -> None:
    gateway = begin(stsinj, Clock())
    plan = {"plan_when": "visit", "plan_visits": "BL W99"}
    with pytest.raises(RefusedError) as error:
        gateway.enter([Draft(Place("", "diary_plan", repeat="mcq"), plan)], NURSE)
    assert "no instrument 'mcq'" in str(error.value) and "no visit 'W99'" in str(error.value)


def test_days_are_those_of_the_participant_not_of_the_server(home: Path, stsinj: Protocol) -> None:
    begin(stsinj, Clock())
    book = read_book("stsinj")
    assert book.zone(CODE).key == "America/New_York"
    assert book.day(CODE, datetime(2026, 1, 14, 3, tzinfo=UTC)) == date(2026, 1, 13)


def test_an_alert_is_raised_by_the_answer_that_asks_for_a_call(home: Path, stsinj: Protocol) -> None:
    gateway = begin(stsinj, Clock())
    answer(gateway, DAY_TWO, given(skin_opened="yes"), BY_LINK, ME)
    found = [one for one in read_book("stsinj").standings(CODE, NOON.date()) if one.alerts]
    assert [(one.occasion.key, one.state) for one in found] == [("2026-01-13", "begun")]


@pytest.mark.requirement("ICH E6(R3) 3.16.1(u)")
def test_nothing_is_due_after_a_withdrawal_but_of_treatment_alone(home: Path, stsinj: Protocol) -> None:
    gateway = replace(begin(stsinj, Clock()), rules=())
    left = {"withdrawn_on": "2026-01-13", "withdrawal_scope": "treatment only", "withdrawn_by": "participant"}
    place = Place(CODE, "withdrawal", repeat="W1")
    gateway.enter([Draft(place, left)], NURSE)
    assert len(states(date(2026, 1, 20), "injection_diary")) == 7
    gateway.enter([Draft(place, {"withdrawal_scope": "all further data"}, 1, "said so again")], NURSE)
    assert list(states(date(2026, 1, 20), "injection_diary")) == ["2026-01-12", "2026-01-13"]
