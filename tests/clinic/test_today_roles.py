"""Today by role: nobody who has ended, short words first, and something for those whose page was empty."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

import pytest

from calcitrial import quality
from calcitrial.clinic.today_pages import dues, every_due, split
from calcitrial.consents import withdraw
from calcitrial.desk import Due
from calcitrial.people import Grant, NewAccount, Scope, Training, add_account, grant, record_training
from calcitrial.record import Author, Draft, Gateway, Place, now
from calcitrial.verbs import cut
from calcitrial.vigilance import recommend
from calcitrial.web.reading import read
from tests.clinic.quality_study import begun, browser, text_of
from tests.quality.small_clinic import MANAGER, MONITOR, NURSE, PAIN, PHYSICIAN

NOW = date(2026, 1, 7)
ADA = Author("ada", "administrator")


@pytest.fixture
def door(home: Path) -> Iterator[Gateway]:
    yield begun()


def waiting(role: str, site: str = "", today: date = NOW, person: str = "x") -> list[Due]:
    return dues(read("tiny"), Scope("tiny", person, ((role, site),)), today)


def of(kind: str, found: list[Due]) -> list[tuple[str, str]]:
    return [(one.text, one.about) for one in found if one.kind == kind]


def gone(door: Gateway, code: str, scope: str = "all further data") -> None:
    values = {"withdrawn_on": "2026-01-07", "withdrawal_scope": scope, "withdrawn_by": "participant"}
    withdraw(door, code, values, NURSE)


def test_words_come_first_and_the_code_on_the_second_line(door: Gateway) -> None:
    quality.raise_query(door, PAIN, "pain_nrs", "The diary says 8.", MONITOR)
    assert of("query", waiting("study_nurse")) == [("Answer: The diary says 8.", "P1 Q1")]
    page = text_of(browser("study_nurse", "Limoges", "nora").get("/tiny/today/"))
    assert '>Answer: The diary says 8.<span class="about">P1 Q1</span></a>' in page


def test_of_who_has_ended_only_the_events_stay_and_the_rest_waits_for_the_lock(door: Gateway) -> None:
    quality.raise_query(door, PAIN, "pain_nrs", "Sure?", MONITOR)
    event = {"term": "Nausea", "grade": 1, "serious": False, "related": "unknown", "onset_date": "2026-01-06"}
    door.enter([Draft(Place("P1", "adverse_event", repeat="AE1"), event)], NURSE)
    assert "query" in {one.kind for one in waiting("study_nurse", "Limoges")}
    gone(door, "P1", "treatment only")
    assert "query" in {one.kind for one in waiting("study_nurse", "Limoges")}
    gone(door, "P1")
    assert {one.kind for one in waiting("study_nurse", "Limoges")} == {"event"}
    reading, scope = read("tiny"), Scope("tiny", "x", (("study_nurse", "Limoges"),))
    _today, before_lock = split(reading, every_due(reading, scope, NOW))
    assert {one.kind for one in before_lock} == {"query"}
    page = text_of(browser("study_nurse", "Limoges").get("/tiny/today/"))
    assert "1 thing is open about participants who have ended" in page and "Sure?" not in page
    assert "Sure?" in text_of(browser("study_nurse", "Limoges").get("/tiny/today/?ended=1"))


def test_the_data_manager_sees_what_stands_before_each_lock(door: Gateway) -> None:
    quality.raise_query(door, PAIN, "pain_nrs", "Sure?", MONITOR)
    first, second = of("lock", waiting("data_manager"))
    assert first == ("Before the lock: 1 query, 4 forms to sign, the endorsement of the investigator", "Limoges")
    assert second[1] == "Paris" and "3 forms to sign" in second[0]
    quality.sign(door, list(quality.states(door.study)), "reviewed", PHYSICIAN)
    quality.endorse(door, "Paris", PHYSICIAN)
    assert ("Ready to be locked", "Paris") in of("lock", waiting("data_manager"))
    quality.lock(door, "Paris", "end", MANAGER)
    assert [about for _words, about in of("lock", waiting("data_manager"))] == ["Limoges"]
    assert of("lock", waiting("monitor")) == [] == of("lock", waiting("study_nurse"))


def test_an_assessor_is_told_which_visit_has_forms_to_fill(door: Gateway) -> None:
    assert of("form", waiting("assessor", "Paris")) == []  # what another participant has at the visit asks nobody
    first, later = door.protocol.visits
    planned = door.protocol.model_copy(update={"visits": (first.model_copy(update={"forms": ("pain",)}), later)})

    def told(role: str) -> list[tuple[str, str]]:
        return of("form", dues(replace(read("tiny"), protocol=planned), Scope("tiny", "x", ((role, "Paris"),)), NOW))

    assert told("assessor") == [("1 form of a visit to fill in", "P2 · Baseline")] and told("study_nurse") == []
    door.enter([Draft(Place("P2", "pain", "BL"), {"pain_nrs": 4})], NURSE)
    assert told("assessor") == []
    page = text_of(browser("assessor", "Lyon").get("/tiny/today/"))
    assert "You may open participants, enter the forms of your assessment" in page


def test_the_board_has_its_package_until_it_has_said_something(door: Gateway) -> None:
    ((words, about),) = of("package", waiting("safety_board"))
    assert words == "The package waits for the first recommendation" and about.startswith("submissions 1 to ")
    values = {"recommendation": "continue", "recommendation_date": "2026-01-07"}
    recommend(door, cut("tiny"), values, PHYSICIAN)
    assert of("package", waiting("safety_board")) == []
    event = {
        "term": "Nausea",
        "grade": 3,
        "serious": True,
        "serious_death": True,
        "related": "unknown",
        "onset_date": "2026-01-06",
    }
    door.enter([Draft(Place("P1", "adverse_event", repeat="AE1"), event)], NURSE)
    last = cut("tiny").sequence
    words = ("1 new serious event to look at", f"submissions {last - 1} to {last}")
    assert of("package", waiting("safety_board"))[0] == words
    assert of("package", waiting("data_manager")) == []


def test_an_administrator_sees_documents_training_factors_and_ends(door: Gateway) -> None:
    today = now().date()
    for name in ("nora", "ines"):
        add_account(NewAccount(name, name.title(), "passport seen"), "ada", "quartz lantern 83 meadow")
        grant(door, Grant(name, "study_nurse", "Paris", today, today + timedelta(days=9)), ADA, "joins")
    record_training(door, Training("ines", "GCP", today), ADA)
    found = waiting("administrator", today=today)
    assert of("consent", found) == [("No consent document is released: the answer in the screening counts instead", "")]
    assert sorted(of("people", found)) == [
        ("1 person has no second factor", "ines"),
        ("A role does not count: no valid training", "nora (study nurse)"),
        ("The role study nurse ends", "ines Paris"),
        ("The site has no principal investigator", "Limoges"),
        ("The site has no principal investigator", "Paris"),
    ]
    assert of("people", waiting("study_nurse", today=today)) == []
