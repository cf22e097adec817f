"""Events in the browser: reported once, with the grades' own texts, followed up with a reason, told by codes only."""

import re
from pathlib import Path

import pytest

from calcitrial import verbs
from calcitrial.record import Draft, Place, current_rows, history, read_head
from calcitrial.vigilance import enter_contact

from .safety_study import NURSE, SITE, begun, browser, event_values, posted, sink, words

EVENTS = "/stsinj/participants/PIT-001/events/"
MAIL = {"contact_email": "safety@example.org", "contact_role": "sponsor", "contact_active": "true"}


@pytest.fixture
def study(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The running study, on both databases, and no mail server."""
    monkeypatch.delenv("CALCITRIAL_MAIL", raising=False)
    begun()


def test_a_term_is_found_by_a_word_and_every_grade_has_its_own_text(study: None) -> None:
    nurse = browser("study_nurse")
    page = words(nurse.get(f"{EVENTS}new/?q=necrosis"))
    assert "Soft tissue necrosis upper limb" in page
    assert words(nurse.get("/stsinj/ctcae/?q=necrosis")).count("<li class") == page.count('<li class="card"') > 3
    assert "the first 12 are shown" in page
    assert "Injection site reaction" in words(nurse.get(f"{EVENTS}new/?q=ulceration necrosis tissue damage"))
    form = words(nurse.get(f"{EVENTS}new/?term=Injection site reaction"))
    assert "Ulceration or necrosis; severe tissue damage; operative intervention indicated" in form
    assert 'value="3" data-kind="necrosis"' in form and 'value="2" data-kind' not in form


def test_nothing_near_is_said_and_other_specify_is_offered(study: None) -> None:
    page = words(browser("study_nurse").get(f"{EVENTS}new/?q=qqqqqqqqqq"))
    assert "No term is near" in page and "Skin and subcutaneous tissue disorders - Other, specify" in page
    sent = posted(event_values(term="Skin and subcutaneous tissue disorders - Other, specify"))
    refused = browser("study_nurse").post(f"{EVENTS}new/", sent)
    assert refused.status_code == 422 and "Write the event in words" in words(refused)
    assert browser("study_nurse").post(f"{EVENTS}new/", sent | {"other_specify": "chalky discharge"}).status_code == 303


@pytest.mark.requirement("ICH E6(R3) 4.2.2a")
def test_an_event_is_one_submission_however_often_it_is_sent(study: None) -> None:
    nurse, before = browser("study_nurse"), read_head("stsinj").sequence
    first = nurse.post(f"{EVENTS}new/", posted(event_values()))
    again = nurse.post(f"{EVENTS}new/", posted(event_values()))
    assert first.status_code == again.status_code == 303 and first["Location"] == f"{EVENTS}AE1/"
    assert read_head("stsinj").sequence == before + 1
    page = words(nurse.get(f"{EVENTS}AE1/"))
    assert "Days since the injection</dt><dd>14</dd>" in page and "no outcome" in page


@pytest.mark.requirement("ICH E6(R3) 4.2.4")
def test_a_follow_up_needs_a_reason_and_keeps_the_old_value(study: None) -> None:
    nurse = browser("study_nurse")
    nurse.post(f"{EVENTS}new/", posted(event_values()))
    today = event_values()["onset_date"]
    changed = event_values(outcome="recovered", ae_end_date=today)
    refused = nurse.post(f"{EVENTS}AE1/change/", posted(changed, expected=1))
    assert refused.status_code == 422 and "has no reason" in words(refused)
    assert 'value="recovered" checked' in words(refused) or 'value="recovered" selected' in words(refused)
    assert nurse.post(f"{EVENTS}AE1/change/", posted(changed, expected=1, reason="healed")).status_code == 303
    stale = nurse.post(f"{EVENTS}AE1/change/", posted(event_values(grade=1), expected=1, reason="second tab"))
    assert stale.status_code == 422 and "Version 1 was expected" in words(stale)
    assert [s.value for s in history("stsinj", Place("PIT-001", "adverse_event", repeat="AE1"), "outcome")] == [
        "recovered"
    ]


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"serious": "true"}, "No criterion says why the event is serious"),
        ({"serious_death": "true"}, "The event is said not to be serious"),
        ({"grade": "5"}, "A fatal event is said not to be serious"),
        ({"onset_date": "2999-01-01"}, "which is still to come"),
        ({"ae_end_date": "2000-01-01"}, "before its onset"),
        ({"outcome": "recovered"}, "the day of its end is missing"),
        ({"grade": "4"}, "has no grade"),
        ({"term": "Boredom"}, "is not a term of CTCAE"),
        ({"aware_time": "25:00"}, "Write hours and minutes"),
        ({"ae_lesion": "PIT-002-L1"}, "does not have"),
    ],
)
def test_what_cannot_be_is_refused_beside_its_field_with_everything_kept(study: None, change, sentence) -> None:
    values = event_values(**({"term": "Alopecia", "grade": "2"} if change == {"grade": "4"} else {})) | change
    before = read_head("stsinj").sequence
    refused = browser("study_nurse").post(f"{EVENTS}new/", posted(values | {"narrative": "typed <b>text</b>"}))
    assert refused.status_code == 422 and sentence in words(refused)
    assert "typed &lt;b&gt;text&lt;/b&gt;" in words(refused) and read_head("stsinj").sequence == before


@pytest.mark.requirement("GDPR/HIPAA")
def test_a_serious_event_is_told_at_entry_by_codes_alone(study: None, monkeypatch: pytest.MonkeyPatch) -> None:
    door = verbs.door("stsinj")
    enter_contact(door, "C1", MAIL | {"contact_for": "serious events"}, 0, "", NURSE)
    values = event_values(term="Skin ulceration", grade=3, serious="true", serious_hospitalisation="true")
    values |= {"narrative": "Mrs Example, born 1950-01-01, was admitted", "aware_time": "00:00"}
    with sink(monkeypatch) as messages:
        assert browser("study_nurse").post(f"{EVENTS}new/", posted(values)).status_code == 303
    (message,) = messages
    text = f"{message['Subject']} {message.get_payload()}"
    assert "stsinj PIT-001 AE1: first report" in text and EVENTS + "AE1/" in text
    for secret in ("Example", "1950", "ulcer", "Skin", "grade", "admitted", "nora", SITE):
        assert secret not in text
    assert message["X-To"] == "safety@example.org"
    page = words(browser("study_nurse").get(f"{EVENTS}AE1/"))
    assert re.search(r"Report to the sponsor: done .* in time", page) and "Report to the authorities (while" in page


@pytest.mark.requirement("ICH E6(R3) 4.3.6")
def test_mail_that_fails_is_shown_and_never_blocks_the_entry(study: None, monkeypatch: pytest.MonkeyPatch) -> None:
    values = event_values(serious="true", serious_important="true")
    nurse = browser("study_nurse")
    assert nurse.post(f"{EVENTS}new/", posted(values)).status_code == 303
    assert "Nobody is on the list of those who are told" in words(nurse.get(f"{EVENTS}AE1/"))
    enter_contact(verbs.door("stsinj"), "C1", MAIL | {"contact_for": "serious events"}, 0, "", NURSE)
    monkeypatch.setenv("CALCITRIAL_MAIL", "smtp://127.0.0.1:9")
    nurse.post(f"{EVENTS}AE1/tell/")
    page = words(nurse.get(f"{EVENTS}AE1/"))
    assert "did not take the message" in page and "safety@example.org" not in page
    with sink(monkeypatch) as messages:
        nurse.post(f"{EVENTS}AE1/tell/")
    assert len(messages) == 1
    rows = current_rows("stsinj", "PIT-001", ("event_notice",)).filter(item="notice_result")
    assert rows["value"].to_list() == ["failed", "failed", "sent"]


def test_an_infection_says_what_to_do_and_holds_its_lesion(study: None) -> None:
    nurse = browser("study_nurse")
    nurse.post(f"{EVENTS}new/", posted(event_values(term="Skin infection", grade=2)))
    page = words(nurse.get(f"{EVENTS}AE1/"))
    assert "Event of special interest: infection" in page and "Photograph the lesion today" in page
    assert "PIT-001-L1 is held" in page and "injections are refused" in page
    assert "PIT-001-L1 is held since" in words(nurse.get("/stsinj/participants/PIT-001/"))
    shot = {"injected": True, "concentration": 150, "volume": 0.5}
    verbs.begin_visit(verbs.door("stsinj"), "PIT-001", "W04", verbs.now().date(), NURSE)
    with pytest.raises(verbs.RefusedError, match="is held since"):
        verbs.enter("stsinj", [Draft(Place("PIT-001", "injection", "W04", "PIT-001-L1"), shot)], NURSE)


@pytest.mark.parametrize("role", ["monitor", "data_manager", "sponsor", "pharmacist"])
def test_only_who_reports_events_enters_them(study: None, role: str) -> None:
    before = read_head("stsinj").sequence
    client = browser(role)
    before = read_head("stsinj").sequence
    assert client.get(f"{EVENTS}new/").status_code == 403
    assert client.post(f"{EVENTS}new/", posted(event_values())).status_code == 403
    assert client.post(f"{EVENTS}AE1/change/", posted(event_values(), expected=1)).status_code == 403
    assert read_head("stsinj").sequence == before


def test_an_event_that_is_not_there_and_a_foreign_code_are_not_found(study: None) -> None:
    nurse = browser("study_nurse")
    assert nurse.get(f"{EVENTS}AE9/").status_code == 404
    assert nurse.get("/stsinj/participants/PIT-999/events/").status_code == 404
    empty = nurse.get(EVENTS)
    assert "No adverse event of PIT-001 has been reported" in words(empty)


def test_a_half_sent_page_is_refused_with_a_sentence(study: None) -> None:
    nurse, before = browser("study_nurse"), read_head("stsinj").sequence
    for broken in ({"_expected": "x"}, {"_expected": "9" * 30}, {"_place": ""}):
        assert nurse.post(f"{EVENTS}new/", posted(event_values()) | broken).status_code == 403
    assert nurse.post(f"{EVENTS}new/", posted(event_values()) | {"owner": "me"}).status_code == 422
    assert read_head("stsinj").sequence == before
