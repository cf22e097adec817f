"""Data review in the browser: states, verification, signatures that an edit voids, and who may do what."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from calcitrial import quality
from calcitrial.record import Draft, Gateway, Place, read_head
from tests.clinic.quality_study import begun, browser, text_of
from tests.quality.small_clinic import NURSE, PAIN, correct
from tests.signing_in import proof

REVIEW = "/tiny/participants/P1/review/"
FORM = "/tiny/participants/P1/review/form/?form=pain&visit=BL"


@pytest.fixture
def door(home: Path) -> Iterator[Gateway]:
    yield begun()


def token(page: str, name: str = "_form") -> str:
    found = re.search(rf'name="{name}" value="([^"]*)"', page)
    assert found, page
    return found[1]


def test_the_list_shows_every_form_with_its_state(door: Gateway) -> None:
    page = text_of(browser("investigator", "Limoges").get(REVIEW))
    assert page.count("review/form/?") == 4
    assert 'chip stage complete">complete' in page
    assert "Sign the chosen forms" in page
    assert "Sign the chosen forms" not in text_of(browser("monitor").get(REVIEW))
    assert "No form here" in text_of(browser("monitor").get(f"{REVIEW}?show=signed"))
    assert text_of(browser("monitor").get(f"{REVIEW}?show=unverified")).count("review/form/?") >= 1


@pytest.mark.requirement("21 CFR 11.50")
def test_a_signed_form_shows_name_moment_and_meaning(door: Gateway) -> None:
    ines = browser("investigator", "Limoges", "ines")
    sent = {"_act": "sign", "_form": token(text_of(ines.get(FORM))), "_meaning": "reviewed", **proof("ines")}
    before = read_head(door.study).sequence
    assert ines.post(FORM, sent).status_code == 303
    assert ines.post(FORM, sent).status_code == 303  # sent twice: one entry
    assert read_head(door.study).sequence == before + 1
    page = text_of(ines.get(FORM))
    moment = r"20\d\d-\d\d-\d\d \d\d:\d\d:\d\d UTC"
    assert re.search(rf"<strong>ines \(simulated\)</strong>, reviewed, <time [^>]*>{moment}</time>", page)


@pytest.mark.requirement("21 CFR 11.70")
def test_an_edit_voids_the_signature_on_every_page_that_shows_the_form(door: Gateway) -> None:
    quality.sign(door, [PAIN], "reviewed", NURSE)
    correct(door, 8)
    nurse = browser("study_nurse", "Limoges")
    page = text_of(nurse.get(FORM))
    assert "manifest void" in page and "The form was changed after it was signed." in page
    assert "signature void" in page and "signature void" in text_of(nurse.get(REVIEW))


def test_what_changed_while_somebody_looked_is_not_signed(door: Gateway) -> None:
    ines = browser("investigator", "Limoges", "ines")
    seen = token(text_of(ines.get(FORM)))
    correct(door, 8)
    refused = ines.post(FORM, {"_act": "sign", "_form": seen, "_meaning": "reviewed", **proof("ines")})
    assert refused.status_code == 422 and "changed since you looked" in text_of(refused)
    several = ines.post(REVIEW, {"_forms": [seen], "_meaning": "reviewed", **proof("ines")})
    assert several.status_code == 422 and "changed since you looked" in text_of(several)
    assert quality.states(door.study)[PAIN].signature is None


def test_several_forms_are_signed_in_one_act(door: Gateway) -> None:
    ines = browser("investigator", "Limoges", "ines")
    tokens = re.findall(r'name="_forms" value="([^"]*)"', text_of(ines.get(REVIEW)))
    before = read_head(door.study).sequence
    assert ines.post(REVIEW, {"_forms": tokens, "_meaning": "authored", **proof("ines")}).status_code == 303
    assert read_head(door.study).sequence == before + 1
    assert {one.stage for one in quality.states(door.study, "P1").values()} == {"signed"}


def test_a_monitor_verifies_values_and_a_correction_takes_it_back(door: Gateway) -> None:
    mona = browser("monitor", person="mona")
    seen = token(text_of(mona.get(FORM)), "_seen")
    assert mona.post(FORM, {"_act": "verify", "_seen": [seen]}).status_code == 303
    assert "chip stage verified" in text_of(mona.get(FORM))
    correct(door, 8)
    page = text_of(mona.get(FORM))
    assert "changed since" in page and "verification out of date" in page
    stale = mona.post(FORM, {"_act": "verify", "_seen": [seen]})
    assert stale.status_code == 422 and "another one than you saw" in text_of(stale)


@pytest.mark.parametrize(
    ("role", "act", "sent"),
    [
        ("study_nurse", "verify", {"_seen": "pain_nrs|1"}),
        ("study_nurse", "ask", {"_text": "?"}),
        ("monitor", "sign", {"_meaning": "reviewed"}),
        ("sponsor", "verify", {"_seen": "pain_nrs|1"}),
        ("sponsor", "ask", {"_text": "?"}),
    ],
)
def test_who_has_not_the_right_is_refused_with_a_sentence(
    door: Gateway, role: str, act: str, sent: dict[str, str]
) -> None:
    before = read_head(door.study)
    answer = browser(role).post(FORM, {"_act": act, **sent})
    assert answer.status_code == 403 and "You have not the right" in text_of(answer)
    assert read_head(door.study) == before


def test_an_investigator_signs_for_the_own_site_alone(door: Gateway) -> None:
    answer = browser("investigator", "Paris").post(FORM, {"_act": "sign", "_meaning": "reviewed"})
    assert answer.status_code in (403, 404)


def test_a_draft_offers_no_signature_and_says_what_is_missing(door: Gateway) -> None:
    door.enter([Draft(Place("P1", "adverse_event", repeat="AE1"), {"term": "Nausea"}, partial=True)], NURSE)
    page = text_of(
        browser("investigator", "Limoges").get("/tiny/participants/P1/review/form/?form=adverse_event&repeat=AE1")
    )
    assert "Still missing:" in page and "Grade (CTCAE v5.0)" in page and "Sign this form" not in page


def test_what_is_not_there_and_what_is_no_act_are_told_in_a_sentence(door: Gateway) -> None:
    client = browser("monitor")
    missing = client.get("/tiny/participants/P1/review/form/?form=pain&visit=W12")
    assert missing.status_code == 404 and "Nothing is entered at P1 W12 pain" in text_of(missing)
    odd = client.post(FORM, {"_act": "<script>"})
    assert odd.status_code == 422 and "<script>" not in text_of(odd).split("<main")[1]
