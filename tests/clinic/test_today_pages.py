"""The page of today: what waits for whom, late first; nothing of other sites; what somebody did today."""

import re
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path

import pytest

from calcitrial import quality
from calcitrial.clinic.today_pages import dues, grouped
from calcitrial.desk.due import Due
from calcitrial.people import Scope
from calcitrial.record import Draft, Gateway, Place
from calcitrial.web.reading import read
from tests.clinic.quality_study import begun, browser, text_of
from tests.quality.small_clinic import MANAGER, MONITOR, NURSE, PAIN, PHYSICIAN, correct

TODAY = "/tiny/today/"


@pytest.fixture
def door(home: Path) -> Iterator[Gateway]:
    yield begun()


def waiting(role: str, today: date = date(2026, 1, 7), site: str = "", person: str = "x") -> list[Due]:
    return dues(read("tiny"), Scope("tiny", person, ((role, site),)), today)


def kinds(role: str, **more: str) -> list[str]:
    return sorted({due.kind for due in waiting(role, **more)})  # type: ignore[arg-type]


def test_each_role_sees_what_waits_for_it(door: Gateway) -> None:
    quality.raise_query(door, PAIN, "pain_nrs", "The diary says 8.", MONITOR)
    event = {"term": "Nausea", "grade": 1, "serious": False, "related": "unknown", "onset_date": "2026-01-06"}
    door.enter([Draft(Place("P1", "adverse_event", repeat="AE1"), event)], NURSE)
    door.enter([Draft(Place("P1", "adverse_event", repeat="AE2"), {"term": "Fatigue"}, partial=True)], NURSE)
    assert kinds("study_nurse") == ["draft", "event", "query"]
    assert kinds("investigator") == ["draft", "event", "query", "signature"]
    assert kinds("monitor") == ["people", "verification"]  # nobody delegates at these sites
    assert kinds("sponsor") == ["people"] and kinds("statistician") == []
    quality.answer_query(door, Place("P1", "query", repeat="Q1"), "Corrected.", 1, NURSE)
    assert kinds("monitor") == ["people", "query", "verification"]
    assert "query" not in kinds("study_nurse")


def test_other_sites_wait_for_other_people(door: Gateway) -> None:
    assert {due.participant for due in waiting("investigator", site="Paris")} == {"P2"}


def test_a_void_signature_is_late_and_a_locked_site_waits_for_nothing(door: Gateway) -> None:
    quality.sign(door, list(quality.states(door.study)), "reviewed", PHYSICIAN)
    assert [due for due in waiting("investigator") if due.kind == "signature"] == []
    correct(door, 8)
    first, *_rest = waiting("investigator")
    assert first.late and "1 signature is void" in first.text
    quality.lock(door, "Limoges", "interim", MANAGER, despite="a test")
    assert [due for due in waiting("investigator") if due.participant == "P1"] == []


def test_a_query_that_waits_for_long_is_late(door: Gateway) -> None:
    quality.raise_query(door, PAIN, "pain_nrs", "Sure?", MONITOR)
    asked = date.fromisoformat(quality.conversation("tiny", Place("P1", "query", repeat="Q1"))[0][0].at[:10])
    for days, late in ((14, False), (15, True)):
        (due,) = (one for one in waiting("study_nurse", asked + timedelta(days=days)) if one.kind == "query")
        assert due.late is late and due.on == asked


def test_the_tally_follows_every_change(door: Gateway) -> None:
    before = quality.tallies_now("tiny")
    assert before["P1"].unsigned == 4 and before["P2"].unsigned == 3
    quality.sign(door, [PAIN], "reviewed", PHYSICIAN)
    after = quality.tallies_now("tiny")
    assert after["P1"].unsigned == 3 and after["P2"] is before["P2"]
    correct(door, 8)
    assert quality.tallies_now("tiny")["P1"].void == 1


def test_what_is_late_comes_first_and_long_lists_are_cut() -> None:
    found = [Due("query", f"Q{n}", "/", date(2026, 1, n + 1), n > 5, "answer_query") for n in range(20)]
    found.append(Due("moon", "a kind that nobody listed", "/", None, False, "answer_query"))
    queries, other = grouped(sorted(found, key=lambda due: not due.late), 6)
    assert (queries.number, queries.late, queries.more, len(queries.lines)) == (20, 14, 14, 6)
    assert all(due.late for due in queries.lines) and other.title == "moon"


def test_the_page_shows_groups_links_and_what_i_did(door: Gateway) -> None:
    quality.raise_query(door, PAIN, "pain_nrs", "The <b>diary</b> says 8.", MONITOR)
    page = text_of(browser("study_nurse", "Limoges", "nora").get(TODAY))
    assert "2 things wait for you" in page and "The &lt;b&gt;diary" in page
    assert "/tiny/participants/P1/queries/Q1/" in page
    assert "What you did today" in page and "P1 Pain, BL" in page and "and 2 more forms" not in page.split("P1 Pain")[0]
    mona = text_of(browser("monitor", person="somebody").get(TODAY))
    assert "You have entered nothing today." in mona


def test_nobody_waits_in_vain_for_words(door: Gateway) -> None:
    page = text_of(browser("statistician").get(TODAY))
    assert "Nothing waits for you" in page
    across = text_of(browser("study_nurse", "Limoges", "nora").get("/today/"))
    assert re.search(r'href="/tiny/today/">tiny</a>', across)
    assert "You may open the cases that you have read" in text_of(browser("image_reader").get(TODAY))
