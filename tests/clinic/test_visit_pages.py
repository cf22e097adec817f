"""The visits of a participant: begun in and outside their window, missed with a reason, unscheduled with one."""

from datetime import date, timedelta

import pytest
from django.test import Client

from calcitrial.lesions import LesionPlace, add_lesion
from calcitrial.people import Scope
from calcitrial.protocol import load
from calcitrial.record import Place, gateway, history, now, standing_of
from calcitrial.verbs import RULES
from calcitrial.visit_desk.visit_pages import due
from calcitrial.web.reading import read
from tests.clinic.small_clinic import BASELINE, HERE, SITE, THERE, browser, days_after, entries, said
from tests.signing_in import sign_in
from tests.web.people import NURSE

VISITS = f"/stsinj/participants/{HERE}/visits/"
TODAY = now().date().isoformat()
W04 = load("stsinj").visit("W04")


def begin(visit: str) -> str:
    return f"{VISITS}{visit}/begin/"


def test_the_list_shows_windows_states_and_forms(nurse: Client) -> None:
    page = said(nurse.get(VISITS))
    assert W04 is not None
    window = f"window {BASELINE + timedelta(days=W04.window[0])} to {BASELINE + timedelta(days=W04.window[1])}"
    assert window in page and f'href="{begin("W04")}"' in page and "in window" in page
    assert f"/stsinj/participants/{HERE}/forms/check_up/?visit=BL" in page
    assert f"/forms/ct_measurement/?visit=BL&lesion={HERE}-L1" in page
    # What has a page of its own, which knows more, is reached there.
    assert f'href="/stsinj/participants/{HERE}/events/new/"' in page
    assert "Forms that belong to no visit" in page and f"/stsinj/participants/{HERE}/forms/medicine/" in page


def test_a_visit_begins_in_its_window_without_a_question(nurse: Client) -> None:
    answer = nurse.post(begin("W04"), {"visit_date": TODAY})
    assert answer.status_code == 303 and answer["Location"] == f"{VISITS}?saved=visit#W04"
    assert [step.value for step in history("stsinj", Place(HERE, "visit", "W04"))] == [TODAY]
    assert nurse.post(begin("W04"), {"visit_date": TODAY}).status_code == 303
    assert len(history("stsinj", Place(HERE, "visit", "W04"))) == 1
    again = nurse.post(begin("W04"), {"visit_date": days_after(29)})
    assert again.status_code == 422 and "Version 0 was expected" in said(again)


def test_a_visit_is_offered_with_the_day_of_the_server_and_its_window_beside_it(nurse: Client) -> None:
    page = said(nurse.get(begin("W04")))
    assert f'name="visit_date" id="f-visit_date" value="{TODAY}"' in page
    assert W04 is not None
    first, last, planned = (BASELINE + timedelta(days=day) for day in (*W04.window, W04.day))
    assert f"Window: {first} to {last}, planned for {planned}." in page and "Is that the date?" not in page
    assert "Today lies outside of it." not in page
    far = said(nurse.get(begin("W24")))
    assert "Today lies outside of it." in far and "Is that the date?" not in far
    assert "Window:" not in said(nurse.get(begin("U01")))


@pytest.mark.requirement("ICH E6(R3) 4.2.1")
def test_a_date_outside_the_window_is_said_before_it_is_saved_and_shown_as_a_deviation(nurse: Client) -> None:
    early = days_after(3)
    asked = nurse.post(begin("W04"), {"visit_date": early})
    assert asked.status_code == 422 and f"{early} lies outside the window" in said(asked)
    assert standing_of("stsinj", Place(HERE, "visit", "W04")).version == 0
    wrong = nurse.post(begin("W04"), {"visit_date": days_after(4), "_confirm": f"visit_date={early}"})
    assert wrong.status_code == 422
    assert nurse.post(begin("W04"), {"visit_date": early, "_confirm": f"visit_date={early}"}).status_code == 303
    (step,) = history("stsinj", Place(HERE, "visit", "W04"))
    assert step.reason.startswith(f"Confirmed: {early} lies outside the window")
    page = said(nurse.get(VISITS))
    assert f"Deviation: {early} lies outside the window" in page and "state-outside" in page


@pytest.mark.parametrize(
    ("sent", "sentence"),
    [
        ({}, "Date of visit is missing."),
        ({"visit_date": "12.1.2026"}, "Date of visit is '12.1.2026', which is no date. Write the date as YYYY-MM-DD."),
        ({"visit_date": (now().date() + timedelta(days=9)).isoformat()}, "is still to come; by the clock"),
        ({"visit_date": TODAY, "site": "elsewhere"}, "The page has no field 'site'."),
        ({"visit_date": TODAY, "visit_reason": "pain"}, "The page has no field 'visit_reason'."),
    ],
)
def test_what_cannot_be_the_date_of_a_visit_is_refused(nurse: Client, sent: dict[str, str], sentence: str) -> None:
    before = entries()
    refused = nurse.post(begin("W04"), sent)
    assert refused.status_code == 422 and sentence in said(refused) and entries() == before


def test_an_unscheduled_visit_needs_a_reason_and_opens_every_form_of_a_visit(nurse: Client) -> None:
    assert f'href="{begin("U01")}"' in said(nurse.get(VISITS))
    refused = nurse.post(begin("U01"), {"visit_date": TODAY, "visit_reason": " "})
    assert refused.status_code == 422 and "Visit U01 is unscheduled and has no reason" in said(refused)
    assert nurse.post(begin("U01"), {"visit_date": TODAY, "visit_reason": "new pain"}).status_code == 303
    page = said(nurse.get(VISITS))
    assert "Unscheduled U01" in page and "Reason: new pain" in page and f'href="{begin("U02")}"' in page
    form = f"/stsinj/participants/{HERE}/forms/pain/?visit=U01"
    assert nurse.post(form, {"pain_nrs": "7", "_expected": "0"}).status_code == 303
    assert "Unscheduled visit U01" in said(nurse.get(f"/stsinj/participants/{HERE}/"))
    assert nurse.get(begin("U100")).status_code == nurse.get(begin("X01")).status_code == 404


def test_a_missed_visit_has_a_reason_and_can_be_taken_back(nurse: Client) -> None:
    address = f"{VISITS}W04/missed/"
    assert nurse.get(address).status_code == 200
    refused = nurse.post(address, {"missed": "true", "missed_reason": "", "_expected": "0"})
    assert refused.status_code == 422 and "Why is missing" in said(refused)
    refused = nurse.post(address, {"missed": "true", "missed_reason": "other", "_expected": "0"})
    assert refused.status_code == 422 and "What it was is missing." in said(refused)
    missed = {"missed": "true", "missed_reason": "other", "missed_text": "a wedding", "_expected": "0"}
    assert nurse.post(address, missed).status_code == 303
    assert "other: a wedding" in said(nurse.get(VISITS)) and "state-missed" in said(nurse.get(VISITS))
    refused = nurse.post(begin("W04"), {"visit_date": TODAY})
    assert refused.status_code == 422 and "was entered as missed. Take that back first" in said(refused)
    refused = nurse.post(address, {"missed": "false", "_expected": "1"})
    assert refused.status_code == 422 and "has no reason" in said(refused)
    assert nurse.post(address, {"missed": "false", "_expected": "1", "_reason": "came after all"}).status_code == 303
    assert nurse.post(begin("W04"), {"visit_date": TODAY}).status_code == 303


def test_a_visit_that_took_place_was_not_missed(nurse: Client) -> None:
    missed = {"missed": "true", "missed_reason": "illness", "_expected": "0"}
    refused = nurse.post(f"{VISITS}BL/missed/", missed)
    assert refused.status_code == 422 and "took place on" in said(refused)
    refused = nurse.post(f"{VISITS}U01/missed/", missed)
    assert refused.status_code == 422 and "plans no visit 'U01'" in said(refused)


def test_the_dates_are_printed_to_take_home(nurse: Client) -> None:
    page = said(nurse.get(f"{VISITS}dates/"))
    assert W04 is not None and (BASELINE + timedelta(days=W04.window[0])).isoformat() in page
    assert BASELINE.isoformat() in page


@pytest.mark.parametrize("name", ["", "dates/", "W04/begin/", "W04/missed/"])
def test_visits_of_another_site_are_not_found(nurse: Client, name: str) -> None:
    assert nurse.get(f"/stsinj/participants/{THERE}/visits/{name}").status_code == 404


@pytest.mark.parametrize("name", ["W04/begin/", "W04/missed/"])
def test_who_may_not_enter_begins_no_visit(nurse: Client, name: str) -> None:
    other, before = browser(), entries()
    sign_in(other, "stsinj", "monitor")
    assert other.get(VISITS).status_code == 200 and "/begin/" not in said(other.get(VISITS))
    assert other.get(VISITS + name).status_code == 403
    assert other.post(VISITS + name, {"visit_date": TODAY, "missed": "true"}).status_code == 403
    assert entries() == before


def test_visits_in_their_window_are_due_and_late_after_it(nurse: Client) -> None:
    reading, scope = read("stsinj"), Scope("stsinj", "nora", (("study_nurse", SITE),))
    found = {one.about: one for one in due(reading, scope, now().date())}
    assert found[HERE].link == f"{VISITS}#W04" and not found[HERE].late and found[HERE].kind == "visit"
    later = [one for one in due(reading, scope, now().date() + timedelta(days=60)) if one.about == HERE]
    assert [one.late for one in later][:1] == [True]
    assert list(due(reading, scope, date(2000, 1, 1))) == []


def test_of_very_many_forms_those_of_one_visit_are_listed(nurse: Client) -> None:
    door = gateway("stsinj", "test", RULES)
    for _lesion in range(65):
        add_lesion(door, HERE, LesionPlace("elbow, extensor", "right", "back", 0.3, 0.4), NURSE)
    assert nurse.post(begin("W04"), {"visit_date": TODAY}).status_code == 303
    page = said(nurse.get(VISITS))
    assert "forms complete: show them" in page and "visit=W04" in page and "ct_measurement/?visit=BL" not in page
    baseline = said(nurse.get(f"{VISITS}?visit=BL"))
    assert f"ct_measurement/?visit=BL&lesion={HERE}-L66" in baseline and len(baseline) < 150_000
    assert nurse.get(f"{VISITS}?visit=%3Cscript%3E").status_code == 200
