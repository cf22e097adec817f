"""Endorsement and lock in the browser, and what a locked study answers to every page that enters something."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from typer.testing import CliRunner

from calcitrial import quality
from calcitrial.commands import app
from calcitrial.record import Gateway, current_rows, read_head
from tests.clinic.quality_study import begun, browser, text_of
from tests.quality.small_clinic import MANAGER, MONITOR, PAIN, PHYSICIAN, correct
from tests.signing_in import proof

LOCKS = "/tiny/locks/"
FORM = "/tiny/participants/P1/review/form/?form=pain&visit=BL"


@pytest.fixture
def door(home: Path) -> Iterator[Gateway]:
    yield begun()


def sign_all(door: Gateway) -> None:
    quality.sign(door, list(quality.states(door.study)), "responsible for all data", PHYSICIAN)


def test_a_data_manager_locks_and_unlocks_with_a_reason(door: Gateway) -> None:
    dana = browser("data_manager", person="dana")
    page = text_of(dana.get(LOCKS))
    assert "7 forms are not signed" in page and "Lock and sign" in page
    ask = {"_act": "lock", "_site": "", "_expected": "0", "_reason": "database lock", **proof("dana")}
    refused = dana.post(LOCKS, ask)
    assert refused.status_code == 422 and "7 forms are not signed" in text_of(refused)
    sign_all(door)
    assert dana.post(LOCKS, ask).status_code == 303
    page = text_of(dana.get(LOCKS))
    assert "<strong>dana (simulated)</strong>, locked, <time" in page and "database lock" in page
    no_reason = dana.post(LOCKS, {**ask, "_act": "unlock", "_expected": "1", "_reason": ""})
    assert no_reason.status_code == 422 and "Reason is missing" in text_of(no_reason)
    assert dana.post(LOCKS, {**ask, "_act": "unlock", "_expected": "1", "_reason": "late event"}).status_code == 303
    assert not quality.locked_sites(door.study)


@pytest.mark.parametrize("role", ["study_nurse", "investigator", "monitor", "sponsor", "statistician"])
def test_nobody_else_locks(door: Gateway, role: str) -> None:
    sign_all(door)
    before = read_head(door.study)
    ask = {"_act": "lock", "_site": "", "_expected": "0", "_reason": "mine", **proof(role)}
    assert browser(role).post(LOCKS, ask).status_code == 403
    assert read_head(door.study) == before


@pytest.mark.requirement("ICH E6(R3) 4.2.6")
def test_every_page_of_a_locked_study_refuses_with_a_sentence(door: Gateway) -> None:
    quality.raise_query(door, PAIN, "pain_nrs", "Sure?", MONITOR)
    sign_all(door)
    quality.lock(door, "", "database lock", MANAGER, despite="one query is open")
    before = read_head(door.study)
    number = quality.numbers_of(current_rows("tiny"))[PAIN]["pain_nrs"]
    for role, address, sent in (
        ("monitor", FORM, {"_act": "ask", "_text": "?", "_name": "Q2"}),
        ("monitor", FORM, {"_act": "verify", "_seen": f"pain_nrs|{number}"}),
        ("investigator", FORM, {"_act": "sign", "_form": f"pain|BL|||{number}", "_meaning": "approved"}),
        ("study_nurse", "/tiny/participants/P1/queries/Q1/", {"_act": "answer", "_expected": "1", "_text": "Yes."}),
        ("investigator", LOCKS, {"_act": "endorse", "_site": "Limoges"}),
        ("data_manager", "/tiny/trail-review/", {"_first": "1", "_last": "1", "_finding": "In order."}),
    ):
        answer = browser(role).post(address, {**sent, **proof(role)})
        assert answer.status_code == 422, (role, address, answer.status_code)
        assert "Study tiny is locked" in text_of(answer), (role, address)
    assert read_head(door.study) == before
    assert browser("monitor").get(FORM).status_code == 200


@pytest.mark.requirement("ICH E6(R3) 3.16.1(k,o)")
def test_the_investigator_endorses_and_only_then_the_final_cut_is_made(
    door: Gateway, home: Path, address: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    sign_all(door)
    run = CliRunner().invoke
    for site in ("Limoges", "Paris"):
        name = f"ines-{site.lower()}"
        client = browser("investigator", site, name)
        assert site in text_of(client.get(LOCKS))
        assert client.post(LOCKS, {"_act": "endorse", "_site": site, **proof(name)}).status_code == 303
        assert client.post(LOCKS, {"_act": "endorse", "_site": "Lyon", **proof(name)}).status_code == 403
    words = ["cut", "tiny", "--home", str(home), "--json", "-"]
    monkeypatch.setenv("CALCITRIAL_DATABASE", address)
    early = run(app, [*words, "--final"])
    assert early.exit_code != 0
    quality.lock(door, "", "database lock", MANAGER)
    final = run(app, [*words, "--final"])
    assert final.exit_code == 0, final.output
    assert "responsible for all data of Limoges" in final.output and '"final"' in final.output


def test_a_voided_endorsement_shows(door: Gateway) -> None:
    quality.endorse(door, "Limoges", PHYSICIAN)
    correct(door, 8)
    page = text_of(browser("data_manager").get(LOCKS))
    assert "VOID" in page and "The endorsement of site Limoges by ines is void" in page


@pytest.mark.requirement("ICH E6(R3) 4.2.3")
def test_the_review_of_the_trail_is_listed_and_signed(door: Gateway) -> None:
    correct(door, 8)
    dana = browser("data_manager", person="dana")
    page = text_of(dana.get("/tiny/trail-review/"))
    assert "<del>7</del>" in page and "<ins>8</ins>" in page and "misread" in page
    last = str(read_head(door.study).sequence)
    sent = {"_first": "1", "_last": last, "_finding": "In order.", **proof("dana")}
    empty = dana.post("/tiny/trail-review/", {**sent, "_finding": " "})
    assert empty.status_code == 422 and "The finding is empty" in text_of(empty)
    assert dana.post("/tiny/trail-review/", sent).status_code == 303
    again = dana.post("/tiny/trail-review/", sent)
    assert again.status_code == 422 and "Somebody reviewed meanwhile" in text_of(again)
    assert f"submissions 1 to {last}, 1 of 1 changes." in text_of(dana.get("/tiny/trail-review/"))
    assert browser("study_nurse").get("/tiny/trail-review/").status_code == 403
