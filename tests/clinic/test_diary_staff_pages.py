"""The team's pages about diaries: links shown once, answers taken by telephone, what is missing, who may see it."""

import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from django.test import Client

from calcitrial.diary import Given, Teller, answer, links_of, open_link, read_book
from calcitrial.diary_desk.diary_staff_pages import due
from calcitrial.diary_desk.diary_strip import SIZE, strip
from calcitrial.people import Scope
from calcitrial.protocol import Protocol
from calcitrial.record import (
    Draft,
    Gateway,
    Place,
    current_rows,
    history,
    now,
    participant_trail,
    protocol_of,
    read_head,
)
from calcitrial.web import Reading
from tests.diary.diary_home import BY_LINK, CODE, ME, NURSE, OTHER, begin, given, link
from tests.signing_in import sign_in

DAY = now().astimezone(ZoneInfo("America/New_York")).date()  # of the participant

START = DAY - timedelta(days=3)
SITE = "SIMULATED Pittsburgh"
PAGE = f"/stsinj/participants/{CODE}/diary/"
TODAY = (CODE, f"injection_diary:{DAY}")
ENTER = f"{PAGE}answers/{TODAY[1]}/"
PHONE = {"_told_by": "participant", "_way": "telephone", "_language": "fr"}


@pytest.fixture
def study(home: Path, stsinj: Protocol) -> Iterator[Gateway]:
    """Two people injected three days ago, on each database in turn."""
    yield begin(stsinj, now, (CODE, OTHER), START)


@pytest.fixture
def client(study: Gateway) -> Client:
    """A study nurse of the site."""
    found = Client(headers={"host": "127.0.0.1"}, raise_request_exception=False)
    sign_in(found, "stsinj", "study_nurse", SITE, "nora")
    return found


def hidden(client: Client, address: str) -> dict[str, str]:
    """Everything hidden in the form of a page."""
    page = client.get(address).content.decode()
    return dict(re.findall(r'<input type="hidden" name="((?:here|v)-[^"]+)" value="([^"]*)"', page))


def test_a_link_is_issued_shown_once_with_its_picture_and_not_kept(client: Client) -> None:
    place = re.findall(r'name="_place" value="([^"]+)"', client.get(PAGE).content.decode())
    post = {"_place": place[0], "holder": "participant", "language": "fr", "days": "30", "zone": "Europe/Paris"}
    page = client.post(f"{PAGE}link/", post)
    text = page.content.decode()
    (token,) = re.findall(r"/d/([\w-]+)/</p>", text)
    assert page.status_code == 200 and "data:image/svg+xml" in text and page.headers["Cache-Control"] == "no-store"
    holder = open_link(token, now())
    assert holder and (holder.participant, holder.language, holder.zone) == (CODE, "fr", "Europe/Paris")
    assert token not in client.get(PAGE).content.decode()
    again = client.post(f"{PAGE}link/", post)
    assert again.status_code == 422 and "Version 0 was expected" in again.content.decode()
    assert len(links_of("stsinj", CODE)) == 1
    assert {step.author for step in participant_trail("stsinj", CODE) if step.place.form == "diary_link"} == {"nora"}


@pytest.mark.requirement("21 CFR 11.300(a–e)")
def test_a_link_is_revoked_with_a_reason_and_not_without(client: Client) -> None:
    client.post(f"{PAGE}link/", {"_place": "L1", "days": "30"})
    refused = client.post(f"{PAGE}link/L1/revoke/", {"reason": " "})
    assert refused.status_code == 422 and "no reason" in refused.content.decode()
    assert client.post(f"{PAGE}link/L1/revoke/", {"reason": "telephone lost"}).status_code == 303
    assert "revoked" in client.get(PAGE).content.decode()
    assert client.post(f"{PAGE}link/L7/revoke/", {"reason": "x"}).status_code == 422


@pytest.mark.requirement("FDA Q&A 2024")
def test_answers_by_telephone_stand_with_who_told_and_who_took_them_down(client: Client) -> None:
    head = read_head("stsinj").sequence
    post = hidden(client, ENTER) | PHONE | {"_told_by": "proxy", "_relation": "parent"}
    post |= {"a-pain_worst": "5", "a-swelling": "1", "skip-redness": "1", "a-medicine": "no", "a-skin_opened": "no"}
    assert client.post(ENTER, post).status_code == 303
    assert read_head("stsinj").sequence == head + 1
    place = Place(CODE, "diary_entry", repeat=f"{TODAY[1]}:pain_worst")
    values = {step.item: (step.author, step.role, step.value) for step in history("stsinj", place)}
    assert values["answer"] == ("nora", "study_nurse", "5") and values["by_way_of"][2] == "telephone"
    assert values["told_by"][2] == "proxy" and values["relation"][2] == "parent" and values["language"][2] == "fr"
    assert client.post(ENTER, post).status_code == 303 and read_head("stsinj").sequence == head + 1


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"_told_by": ""}, "Say who answered."),
        ({"_told_by": "physician"}, "Say who answered."),
        ({"_told_by": "proxy"}, "Say who the proxy is"),
        ({"_way": "personal link"}, "Say whether it was by telephone"),
        ({"a-pain_worst": "12"}, "is no number from 0 to 10"),
        ({"a-pain_worst": ""}, "No question has an answer yet"),
        ({"a-pain_worst": "12", "a-swelling": "1"}, "is no number from 0 to 10"),
    ],
)
def test_what_is_missing_or_wrong_is_said_and_what_was_typed_stays(
    client: Client, change: dict[str, str], said: str
) -> None:
    head = read_head("stsinj").sequence
    page = client.post(ENTER, hidden(client, ENTER) | PHONE | {"a-pain_worst": "5"} | change)
    text = page.content.decode()
    assert page.status_code == 422 and said in text and read_head("stsinj").sequence == head
    if "a-swelling" in change:
        assert re.search(r'name="a-swelling" value="1" checked', text)


@pytest.mark.requirement("EMA 2023")
def test_the_team_does_not_touch_what_came_by_link(study: Gateway, client: Client) -> None:
    answer(study, TODAY, given(pain_worst="2"), BY_LINK, ME)
    page = client.get(ENTER).content.decode()
    assert "only who answered it corrects it" in page and 'name="a-pain_worst"' not in page
    forged = PHONE | {"here-pain_worst": "1", "v-pain_worst": "1", "a-pain_worst": "9", "_reason": "I say so"}
    refused = client.post(ENTER, forged)
    assert refused.status_code == 422 and "gave it by the personal link" in refused.content.decode()


@pytest.mark.requirement("ICH E6(R3) 4.2.4")
def test_what_the_team_took_down_is_corrected_with_a_reason(client: Client) -> None:
    client.post(ENTER, hidden(client, ENTER) | PHONE | {"a-pain_worst": "5"})
    change = hidden(client, ENTER) | PHONE | {"a-pain_worst": "6"}
    refused = client.post(ENTER, change)
    assert refused.status_code == 422 and "has no reason" in refused.content.decode()
    assert client.post(ENTER, change | {"_reason": "heard it wrong"}).status_code == 303
    page = client.get(PAGE).content.decode()
    assert "changed" in page and "/stsinj/history/?" in page


def test_a_missed_day_is_taken_from_paper_only(client: Client) -> None:
    missed = f"{PAGE}answers/injection_diary:{START}/"
    late = client.post(missed, hidden(client, missed) | PHONE | {"a-pain_worst": "5"})
    assert late.status_code == 422 and "what is remembered later is no diary" in late.content.decode()
    assert (
        client.post(missed, hidden(client, missed) | PHONE | {"a-pain_worst": "5", "_way": "paper"}).status_code == 303
    )


def test_a_physicians_scale_is_entered_by_a_physician(client: Client) -> None:
    place = f"{PAGE}answers/physician_global:BL/"
    assert client.get(place).status_code == 403
    sign_in(client, "stsinj", "investigator", SITE, "ivan")
    post = hidden(client, place) | {"_way": "in the clinic", "_language": "en", "a-global": "3"}
    assert client.post(place, post).status_code == 303
    steps = history("stsinj", Place(CODE, "diary_entry", repeat="physician_global:BL:global"), "told_by")
    assert [(step.value, step.author) for step in steps] == [("physician", "ivan")]


@pytest.mark.requirement("21 CFR 11.10(d)")
@pytest.mark.parametrize(("role", "site"), [("monitor", ""), ("assessor", ""), ("study_nurse", "ELSEWHERE")])
def test_who_may_not_take_diaries_gets_none_of_their_pages(client: Client, role: str, site: str) -> None:
    sign_in(client, "stsinj", role, site, f"{role}-x")
    head = read_head("stsinj").sequence
    assert CODE not in client.get("/stsinj/diary/").content.decode().replace(PAGE, "")
    for address in (PAGE, ENTER):
        assert client.get(address).status_code in (403, 404)
    for address in (ENTER, f"{PAGE}link/", f"{PAGE}link/L1/revoke/"):
        assert client.post(address, PHONE | {"a-pain_worst": "1", "reason": "x"}).status_code in (403, 404)
    assert read_head("stsinj").sequence == head


@pytest.mark.requirement("FDA Q&A 2024")
def test_a_wrong_clock_of_the_device_is_shown_and_the_servers_time_stands(study: Gateway, client: Client) -> None:
    told = Given("pain_worst", "4", 0, "2001-01-01T00:00:00+00:00")
    answer(study, TODAY, [told], Teller("participant", "personal link", "fr", "", "s", 780_000_000), ME)
    text = client.get(PAGE).content.decode()
    assert "The clock of the device was 9027 days, 18:40 h behind" in text
    assert now().strftime("%Y-%m-%d") in text and "2001-01-01T00:00" in text


def test_the_list_shows_what_is_missing_and_what_needs_a_look(study: Gateway, client: Client) -> None:
    answer(study, TODAY, given(skin_opened="yes"), BY_LINK, ME)
    text = client.get("/stsinj/diary/").content.decode()
    assert f"{DAY}: says that the skin has opened" in text and text.index(CODE) < text.index(OTHER)
    assert "feed no endpoint" in text and "<svg" in text
    reading = Reading("stsinj", protocol_of("stsinj"), current_rows("stsinj"))
    found = list(due(reading, Scope("stsinj", "nora", (("study_nurse", SITE),)), DAY))
    assert [f"{one.about} {one.text}" for one in found if "skin" in one.text] == [
        f"{CODE} {DAY}: says that the skin has opened"
    ]
    assert all(one.kind == "diary" and one.late and one.capability == "enter_diary" for one in found)
    assert len([one for one in found if "missing in the last 14 days" in one.text]) == 2
    assert list(due(reading, Scope("stsinj", "x", (("study_nurse", "ELSEWHERE"),)), DAY)) == []


def test_the_picture_counts_what_is_over_and_names_each_day(study: Gateway) -> None:
    plain = given(pain_worst="1", swelling="0", redness="0", skin_opened="no", medicine="no")
    answer(study, TODAY, plain, BY_LINK, ME)
    found = [one for one in read_book("stsinj").standings(CODE, DAY) if one.occasion.instrument.id == "injection_diary"]
    picture = strip(found)
    assert (picture.answered, picture.due, picture.percent) == (1, 3, 33)
    assert [square.state for square in picture.squares] == ["missed", "missed", "open", "answered", *["to-come"] * 3]
    assert picture.squares[0].words == f"{START}: injection_diary (missed)"
    assert len({(square.x, square.y) for square in picture.squares}) == 7 and strip([]).percent is None


def test_what_is_asked_every_day_is_a_calendar_and_the_rest_stands_in_rows(study: Gateway) -> None:
    one = next(
        one for one in read_book("stsinj").standings(CODE, DAY) if one.occasion.instrument.id == "injection_diary"
    )
    monday = date(2026, 3, 2)
    days = lambda step, many: [  # noqa: E731
        replace(one, occasion=replace(one.occasion, due=monday + timedelta(days=step * place))) for place in range(many)
    ]
    calendar, rows = strip(days(1, 28)), strip(days(30, 28))
    assert (calendar.width, calendar.height) == (4 * SIZE, 7 * SIZE)
    assert (rows.width, rows.height) == (26 * SIZE, 2 * SIZE)
    assert [(square.x, square.y) for square in calendar.squares[6:8]] == [(0, 6 * SIZE), (SIZE, 0)]
    assert [(square.x, square.y) for square in rows.squares[25:27]] == [(25 * SIZE, 0), (0, SIZE)]


def test_pages_stand_without_anybody_to_ask(home: Path, stsinj: Protocol) -> None:
    begin(stsinj, now, ())
    found = Client(headers={"host": "127.0.0.1"}, raise_request_exception=False)
    sign_in(found, "stsinj", "study_nurse")
    assert "Nothing is asked yet" in found.get("/stsinj/diary/").content.decode()
    assert found.get("/stsinj/participants/PIT-404/diary/").status_code == 404


def test_a_locked_study_refuses_with_its_sentence(study: Gateway, client: Client) -> None:
    shown = hidden(client, ENTER)
    study.enter([Draft(Place("", "lock"), {"locked": True, "lock_reason": "done"})], NURSE)
    refused = client.post(ENTER, shown | PHONE | {"a-pain_worst": "5"})
    assert refused.status_code == 422 and "is locked" in refused.content.decode()


def test_the_number_to_call_is_entered_per_site_and_stands_on_the_participants_page(
    study: Gateway, client: Client
) -> None:
    page = "/stsinj/diary/help/"
    post = {"_site": SITE, "_expected": "0", "help_phone": "+1 412 555 0100", "help_hours": "8-17"}
    assert client.post(page, post | {"help_phone": " "}).status_code == 422
    assert client.post(page, post | {"_site": "ELSEWHERE"}).status_code == 403
    assert [client.post(page, post).status_code for _ in range(2)] == [303, 303]
    assert "+1 412 555 0100" in client.get(page).content.decode()
    assert "tel:+14125550100" in client.get(f"/d/{link(study)}/").content.decode()
    change = post | {"_expected": "1", "help_phone": "+1 412 555 0199"}
    assert client.post(page, change).status_code == 422
    assert client.post(page, change | {"_reason": "new telephone"}).status_code == 303
    stale = client.post(page, change | {"help_phone": "0", "_reason": "old page"})
    assert stale.status_code == 422 and "Version 1 was expected" in stale.content.decode()


def test_an_alert_leaves_today_when_somebody_says_what_was_done(study: Gateway, client: Client) -> None:
    answer(study, TODAY, given(skin_opened="yes"), BY_LINK, ME)
    address = f"/stsinj/participants/{CODE}/diary/"
    sent = {"_occasion": TODAY[1], "_item": "skin_opened"}
    assert "says that the skin has opened" in client.get(address).content.decode()
    before = read_head("stsinj").sequence
    silent = client.post(f"{address}seen/", sent)
    assert silent.status_code == 422 and "Nobody says what was done" in silent.content.decode()
    odd = client.post(f"{address}seen/", sent | {"_item": "swelling", "_done": "x"})
    assert odd.status_code == 422 and read_head("stsinj").sequence == before
    assert client.post(f"{address}seen/", sent | {"_done": "called, came in"}).status_code == 303
    assert client.post(f"{address}seen/", sent | {"_done": "again"}).status_code == 303, "a double click"
    assert read_head("stsinj").sequence == before + 1
    reading = Reading("stsinj", protocol_of("stsinj"), current_rows("stsinj"))
    found = due(reading, Scope("stsinj", "nora", (("study_nurse", SITE),)), DAY + timedelta(days=20))
    assert not [one for one in found if "skin" in one.text]
    page = client.get(address).content.decode()
    assert "Seen by the team" in page and "called, came in" in page
    (step, *_rest) = history("stsinj", Place(CODE, "diary_ack", repeat=f"{TODAY[1]}:skin_opened"))
    assert step.role == "study_nurse" and step.at


def test_an_alert_nobody_saw_stays(study: Gateway) -> None:
    answer(study, TODAY, given(skin_opened="yes"), BY_LINK, ME)
    reading = Reading("stsinj", protocol_of("stsinj"), current_rows("stsinj"))
    found = due(reading, Scope("stsinj", "nora", (("study_nurse", SITE),)), DAY + timedelta(days=30))
    assert [one for one in found if "skin" in one.text]
