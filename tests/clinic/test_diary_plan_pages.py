"""The plan of the diaries in the browser: entered and, with a reason, changed by the data manager, nobody else."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from django.test import Client

from calcitrial.diary import read_book
from calcitrial.protocol import Protocol
from calcitrial.record import Gateway, Place, history, now, read_head
from tests.diary.diary_home import begin
from tests.signing_in import sign_in

PAGE = "/stsinj/diary/plan/"
SENT = {
    "_instrument": "pain_nrs",
    "_expected": "0",
    "plan_when": "visit",
    "plan_visits": "BL W12",
    "plan_open_after": "3",
}


@pytest.fixture
def study(home: Path, stsinj: Protocol) -> Iterator[Gateway]:
    yield begin(stsinj, now)


def browser(role: str) -> Client:
    client = Client(headers={"host": "127.0.0.1"})
    sign_in(client, "stsinj", role, "", role)
    return client


def plan() -> tuple[str, ...]:
    return next((one.visits for one in read_book("stsinj").plans if one.instrument == "pain_nrs"), ("never",))


def test_the_data_manager_enters_a_plan_and_changes_it_with_a_reason(study: Gateway) -> None:
    dana = browser("data_manager")
    assert "Diary plan" in dana.get(PAGE).content.decode() and plan() == ()
    before = read_head("stsinj").sequence
    assert dana.post(PAGE, SENT).status_code == 303 and plan() == ("BL", "W12")
    assert dana.post(PAGE, SENT).status_code == 303, "sent twice"
    assert read_head("stsinj").sequence == before + 1
    change = SENT | {"_expected": "1", "plan_when": "never", "plan_visits": "", "plan_open_after": ""}
    assert "has no reason" in dana.post(PAGE, change).content.decode() and plan() == ("BL", "W12")
    assert dana.post(PAGE, change | {"_reason": "too many questions"}).status_code == 303 and plan() == ("never",)
    (step, *_rest) = history("stsinj", Place("", "diary_plan", repeat="pain_nrs"))
    assert (step.author, step.role) == ("data_manager", "data_manager")


def test_what_cannot_be_planned_is_refused_with_what_was_typed(study: Gateway) -> None:
    dana, before = browser("data_manager"), read_head("stsinj").sequence
    refused = dana.post(PAGE, SENT | {"plan_visits": "BL W99"})
    assert refused.status_code == 422 and "plans no visit" in refused.content.decode()
    assert 'value="BL W99"' in refused.content.decode()
    assert dana.post(PAGE, SENT | {"_instrument": "moon"}).status_code == 422
    assert dana.post(PAGE, SENT | {"site": "x"}).status_code == 422
    assert read_head("stsinj").sequence == before


@pytest.mark.parametrize("role", ["study_nurse", "investigator", "monitor", "assessor"])
def test_nobody_else_plans(study: Gateway, role: str) -> None:
    client = browser(role)
    assert client.get(PAGE).status_code == 403 == client.post(PAGE, SENT).status_code
    assert plan() == ()
