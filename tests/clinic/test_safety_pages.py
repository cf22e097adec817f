"""The safety page, holds and their lifting, judgement and signature, reports, contacts, what is due; and who may."""

from datetime import timedelta
from pathlib import Path

import pytest

from calcitrial import verbs
from calcitrial.people import Scope
from calcitrial.protocol import RefusedError
from calcitrial.record import Draft, Place, current_rows, now, protocol_of, read_head
from calcitrial.safety import entered_holds
from calcitrial.safety_desk.safety_pages import due
from calcitrial.web import Reading
from tests import signing_in

from .safety_study import NURSE, begun, browser, event_values, posted, words

EVENTS = "/stsinj/participants/PIT-001/events/"
JUDGED = {"causality_drug": "yes", "causality_procedure": "no", "expectedness": "unexpected"}
JUDGED |= {"serious_confirmed": "true", "_expected": "0"}
SIGNING = getattr(signing_in, "PASSWORD", "")
SERIOUS = {"term": "Skin ulceration", "grade": "3", "serious": "true", "serious_hospitalisation": "true"}


@pytest.fixture
def study(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The running study, on both databases, and no mail server."""
    monkeypatch.delenv("CALCITRIAL_MAIL", raising=False)
    begun()


def report(code: str = "PIT-001", name: str = "AE1", **more: object) -> None:
    address = f"/stsinj/participants/{code}/events/new/"
    sent = browser("study_nurse", person="nora").post(address, posted(event_values(code, **more), name))
    assert sent.status_code == 303, words(sent)


def held() -> list[str]:
    rows = current_rows("stsinj", "", ("hold", "study_hold", "hold_lift", "study_hold_lift"))
    found = entered_holds(protocol_of("stsinj"), rows)
    return [f"{one.held or 'study'} {one.name}" for one in found if one.in_force]


def test_the_page_of_a_study_without_events_says_so(study: None) -> None:
    assert "No adverse event has been reported in this study." in words(browser("monitor").get("/stsinj/safety/"))


def test_filters_figures_and_picture_tell_the_same_events(study: None) -> None:
    report()
    report(name="AE2", term="Skin infection", ae_lesion="PIT-001-L2")
    report("PIT-002", **SERIOUS)
    page = words(browser("monitor").get("/stsinj/safety/"))
    assert "<dt>Events</dt><dd>3</dd>" in page and "<dt>Serious</dt><dd>1</dd>" in page
    assert "<title>day 14, grade 2: 1</title>" in page and "day 15, grade 3: 1, special interest, serious" in page
    infected = words(browser("monitor").get("/stsinj/safety/?kind=special&grade=2&q=infection"))
    assert "One event / 3" in infected and "PIT-001 AE2" in infected and "PIT-002 AE1" not in infected
    assert "No event matches the filter" in words(browser("monitor").get("/stsinj/safety/?state=ended"))
    assert "One event / 3" in words(browser("monitor").get("/stsinj/safety/?kind=serious&grade=x"))


def test_an_investigator_lifts_a_hold_with_a_reason_and_a_nurse_does_not(study: None) -> None:
    report(term="Skin infection")
    assert held() == ["PIT-001-L1 H1"]
    address = "/stsinj/participants/PIT-001/holds/H1/"
    assert browser("study_nurse").post(address, {"reason": "go on"}).status_code == 403
    investigator = browser("investigator")
    refused = investigator.post(address, {"reason": " "})
    assert refused.status_code == 422 and "not lifted without a reason" in words(refused)
    assert held() == ["PIT-001-L1 H1"]
    assert investigator.post(address, {"reason": "healed, photographed"}).status_code == 303
    assert held() == [] and "healed, photographed" in words(investigator.get(f"{EVENTS}AE1/"))
    again = investigator.post(address, {"reason": "twice"})
    assert again.status_code == 422 and "It was lifted on" in words(again)
    assert investigator.get("/stsinj/participants/PIT-001/holds/H9/").status_code == 404


def test_only_the_board_lifts_a_hold_of_the_study(study: None) -> None:
    report(**SERIOUS)
    report("PIT-002", **SERIOUS)
    assert held()[0] == "study H1"
    assert browser("investigator").post("/stsinj/safety/holds/H1/", {"reason": "go on"}).status_code == 403
    board = browser("safety_board")
    assert "The whole study is held" in words(board.get("/stsinj/board/"))
    assert board.post("/stsinj/safety/holds/H1/", {"reason": "reviewed both"}).status_code == 303
    assert "study H1" not in held()


@pytest.mark.requirement("21 CFR 11.70")
def test_the_investigators_judgement_stands_beside_the_report_and_an_edit_voids_its_signature(study: None) -> None:
    report(**SERIOUS, related="not related")
    assert browser("study_nurse").post(f"{EVENTS}AE1/judgement/", JUDGED).status_code == 403
    investigator = browser("investigator", person="ines")
    form = words(investigator.get(f"{EVENTS}AE1/judgement/"))
    assert "unexpected: the reference list does not name it" in form and "Hypernatremia" in form
    assert investigator.post(f"{EVENTS}AE1/judgement/", JUDGED | {"causality_drug": ""}).status_code == 422
    assert investigator.post(f"{EVENTS}AE1/judgement/", JUDGED).status_code == 303
    page = words(investigator.get(f"{EVENTS}AE1/"))
    assert "Not signed yet" in page and "not related" in page and "Caused by the drug</dt><dd>yes" in page
    signed = investigator.post(f"{EVENTS}AE1/sign/", {"_password": SIGNING, "_code": "ines"})
    assert signed.status_code == 303, words(signed)
    page = words(investigator.get(f"{EVENTS}AE1/"))
    assert "meaning: causality assessed" in page and "VOID" not in page
    changed = posted(event_values(**SERIOUS, related="not related", event_treatment="dressing"), "AE1", 1, "more known")
    assert browser("study_nurse").post(f"{EVENTS}AE1/change/", changed).status_code == 303
    assert "VOID" in words(investigator.get(f"{EVENTS}AE1/"))


def test_a_serious_event_runs_clocks_and_is_due_until_it_was_sent(study: None) -> None:
    report(**SERIOUS, aware_date=(now().date() - timedelta(days=2)), onset_date=(now().date() - timedelta(days=3)))
    page = words(browser("investigator").get(f"{EVENTS}AE1/"))
    assert "Report to the sponsor: OVERDUE by" in page and "Article 41 (2): 24 hours" in page
    reading = Reading("stsinj", protocol_of("stsinj"), current_rows("stsinj"))
    found = list(due(reading, Scope("stsinj", "nora", (("study_nurse", ""),)), now().date()))
    assert next((one.late, one.capability) for one in found) == (True, "report_events")
    assert any(one.text == "No outcome" for one in found) and found[-1].capability == "assess_events"
    assert list(due(reading, Scope("stsinj", "x", (("assessor", ""),)), now().date())) == []
    sent = browser("study_nurse").post(f"{EVENTS}AE1/report/", {"to": "sponsor"})
    assert sent.status_code == 303
    assert ", LATE" in words(browser("investigator").get(f"{EVENTS}AE1/"))


@pytest.mark.requirement("ICH E6(R3) 3.16.1(s)")
def test_the_report_for_printing_is_blinded_unless_asked_otherwise_and_holds_codes(study: None) -> None:
    report(**SERIOUS, narrative="The person was admitted for a night.")
    nurse = browser("study_nurse")
    blinded = words(nurse.get(f"{EVENTS}AE1/report/"))
    unblinded = words(nurse.get(f"{EVENTS}AE1/report/?version=unblinded"))
    assert "blinded version" in blinded and "150 mg/mL" not in blinded and "not shown in the blinded" in blinded
    assert "UNBLINDED version" in unblinded and "150 mg/mL, 0.5 mL, vial V1" in unblinded
    assert "The person was admitted for a night." in blinded and "PIT-001" in blinded
    refused = nurse.post(f"{EVENTS}AE1/report/", {"to": "the press"})
    assert refused.status_code == 422 and "does not say to whom" in words(refused)
    sponsor = browser("sponsor").get(f"{EVENTS}AE1/report/?version=unblinded")
    assert "UNBLINDED" not in words(sponsor) and "150 mg/mL" not in words(sponsor)
    assert browser("sponsor").post(f"{EVENTS}AE1/report/", {"to": "sponsor"}).status_code == 403


@pytest.mark.requirement("ICH E6(R3) 4.1.1–3")
@pytest.mark.parametrize("role", ["sponsor", "assessor"])
def test_a_blinded_person_sees_an_event_without_injection_hold_or_relation(study: None, role: str) -> None:
    report(term="Skin infection", grade=3)
    client = browser(role)
    for address in (EVENTS, f"{EVENTS}AE1/", "/stsinj/safety/"):
        page = words(client.get(address)).split("<main")[1]
        for secret in ("H1", "stop_lesion", "hold_grade3", "Days since", "related", "PIT-001-L1", "judgement"):
            assert secret not in page, (address, secret)
        assert "PIT-001" in page


@pytest.mark.requirement("GDPR/HIPAA")
def test_who_is_told_is_kept_by_the_data_manager_and_an_address_must_be_one(study: None) -> None:
    address, keeper = "/stsinj/safety/contacts/", browser("data_manager")
    assert "Nobody is told yet" in words(keeper.get(address))
    entry = {"contact_email": "safety@example.org", "contact_role": "sponsor", "contact_for": "serious events"}
    entry |= {"contact_active": "true", "_name": "C1", "_expected": "0"}
    for bad in ("nobody", "a@b@c", "two@example.org, three@example.org", ""):
        assert keeper.post(address, entry | {"contact_email": bad}).status_code == 422
    assert keeper.post(address, entry).status_code == 303
    assert "safety@example.org" in words(keeper.get(address))
    off = entry | {"contact_active": "false", "_expected": "1"}
    assert keeper.post(address, off).status_code == 422  # no reason
    assert keeper.post(address, off | {"_reason": "left the study"}).status_code == 303
    assert browser("study_nurse").get(address).status_code == 403


def test_the_board_reads_both_parts_recommends_and_signs(study: None) -> None:
    report(**SERIOUS)
    board, manager = browser("safety_board", person="bo"), browser("data_manager")
    at = read_head("stsinj").sequence
    assert "Skin ulceration" in words(board.get(f"/stsinj/board/closed.html?at={at}"))
    pdf = board.get(f"/stsinj/board/open.pdf?at={at}")
    assert pdf.content[:5] == b"%PDF-" and f"stsinj-board-open-{at}.pdf" in pdf["Content-Disposition"]
    assert manager.get("/stsinj/board/open.html").status_code == 200
    assert manager.get("/stsinj/board/closed.html").status_code == 403
    assert "Closed part" not in words(manager.get("/stsinj/board/"))
    sent = {"recommendation": "continue", "recommendation_date": now().date().isoformat(), "_at": str(at)}
    sent |= {"_password": SIGNING, "_code": "bo"}
    assert manager.post("/stsinj/board/", sent).status_code == 403
    assert board.post("/stsinj/board/", sent | {"board_digest": "mine"}).status_code == 422
    done = board.post("/stsinj/board/", sent)
    assert done.status_code == 303, words(done)
    page = words(board.get("/stsinj/board/"))
    assert "continue" in page and "meaning: approved" in page and f"submission {at}" in page
    assert board.get("/stsinj/board/?at=99999").status_code == board.get("/stsinj/board/secret.pdf").status_code == 404


@pytest.mark.parametrize("role", ["study_nurse", "investigator", "pharmacist", "sponsor", "monitor"])
def test_nobody_else_opens_the_page_of_the_board(study: None, role: str) -> None:
    client = browser(role)
    for address in ("", "open.html", "closed.html", "closed.pdf"):
        assert client.get(f"/stsinj/board/{address}").status_code == 403


def test_a_lesion_entered_as_infected_is_held_too(study: None) -> None:
    state = Draft(
        Place("PIT-001", "lesion_state", lesion="PIT-001-L1", repeat="S1"),
        {"state": "infected", "state_date": now().date().isoformat()},
    )
    try:
        verbs.enter("stsinj", [state], NURSE)
    except RefusedError as error:
        pytest.fail(str(error))
    assert held() == ["PIT-001-L1 H1"]
