"""One form in the browser: entered, gone on with, corrected with a reason, never half-saved or overwritten."""

import re

import pytest
from django.test import Client

from calcitrial.people import shown_blinded
from calcitrial.quality import close_query, lock, numbers_of, raise_query, sign, verify_source
from calcitrial.record import (
    Author,
    Place,
    current_rows,
    history,
    participant_trail,
    read_head,
    standing_of,
    trail_of,
)
from calcitrial.verbs import door
from tests.clinic.small_clinic import HERE, SITE, THERE, browser, days_after, entries, said
from tests.signing_in import sign_in

FORMS = f"/stsinj/participants/{HERE}/forms/"
CHECK_UP = f"{FORMS}check_up/?visit=BL"
PLACE = Place(HERE, "check_up", "BL")
WHOLE = {"done": "true", "weight": "70,5", "finding": "Nothing new.", "_expected": "0", "_action": "finish"}


def values(place: Place = PLACE) -> dict[str, str]:
    return {item: value for item, value in standing_of("stsinj", place).values.items() if value}


@pytest.mark.requirement("ICH E6(R3) 4.2.2a")
def test_a_form_is_entered_as_one_submission_by_the_person_in_their_role(nurse: Client) -> None:
    page = nurse.get(CHECK_UP)
    assert page.status_code == 200 and 'name="_expected" value="0"' in said(page) and "BL" in said(page)
    before = read_head("stsinj").sequence
    answer = nurse.post(CHECK_UP, WHOLE)
    assert answer.status_code == 303 and answer["Location"].startswith(f"/stsinj/participants/{HERE}/visits/")
    assert read_head("stsinj").sequence == before + 1
    assert values() == {"done": "true", "weight": "70.5", "finding": "Nothing new."}
    (step, *_rest) = history("stsinj", PLACE)
    assert (step.author, step.role) == ("nora", "study_nurse")


def test_the_same_post_again_makes_no_entry(nurse: Client) -> None:
    for _double in range(3):
        assert nurse.post(CHECK_UP, WHOLE).status_code == 303
    assert len(history("stsinj", PLACE)) == 3


def test_a_form_is_begun_saved_and_gone_on_with_without_a_reason(nurse: Client) -> None:
    answer = nurse.post(CHECK_UP, {"done": "true", "weight": "70", "_expected": "0", "_action": "later"})
    assert answer.status_code == 303 and "saved=1" in answer["Location"]
    page = said(nurse.get(answer["Location"]))
    assert "Go on whenever you like" in page and "draft" in page and 'value="70"' in page
    assert 'name="_expected" value="1"' in page
    refused = nurse.post(CHECK_UP, {"done": "true", "weight": "70", "_expected": "1", "_action": "finish"})
    assert refused.status_code == 422 and "Finding is missing" in said(refused)
    assert nurse.post(CHECK_UP, WHOLE | {"weight": "70", "_expected": "1"}).status_code == 303
    assert "complete" in said(nurse.get(CHECK_UP)) and "go on later" not in said(nurse.get(CHECK_UP))


@pytest.mark.requirement("ICH E6(R3) 4.2.4")
def test_a_change_without_a_reason_is_refused_with_422_and_keeps_what_was_typed(nurse: Client) -> None:
    nurse.post(CHECK_UP, WHOLE)
    change = WHOLE | {"weight": "71", "_expected": "1"}
    refused = nurse.post(CHECK_UP, change)
    assert refused.status_code == 422 and "has no reason" in said(refused) and 'value="71"' in said(refused)
    assert values()["weight"] == "70.5"
    assert nurse.post(CHECK_UP, change | {"_reason": "misread"}).status_code == 303
    old, new = history("stsinj", PLACE, "weight")
    assert (old.value, new.value, new.reason, new.replaces) == ("70.5", "71", "misread", old.number)


@pytest.mark.requirement("21 CFR 11.10(e)")
def test_the_history_of_every_value_is_one_click_away(nurse: Client) -> None:
    nurse.post(CHECK_UP, WHOLE)
    nurse.post(CHECK_UP, WHOLE | {"weight": "71", "_expected": "1", "_reason": "misread"})
    page = said(nurse.get(CHECK_UP))
    link = f"/stsinj/history/?participant={HERE}&form=check_up&visit=BL&item=weight"
    assert f'href="{link}"' in page and "item=at_lesion" not in page
    trail = said(nurse.get(link))
    assert "70.5 kg" in trail and "71 kg" in trail and "misread" in trail


def test_of_two_tabs_the_second_is_told_what_changed_and_loses_nothing(nurse: Client) -> None:
    nurse.post(CHECK_UP, WHOLE | {"first_day": "2026-01-01"})
    first = WHOLE | {"first_day": "2026-01-01", "weight": "72", "_expected": "1", "_reason": "scale was off"}
    assert nurse.post(CHECK_UP, first).status_code == 303
    second = WHOLE | {"first_day": "2026-01-01", "finding": "A new lump.", "_expected": "1", "_reason": "read again"}
    stale = nurse.post(CHECK_UP, second)
    page = said(stale)
    assert stale.status_code == 422 and "was changed by nora (study_nurse) after you opened it" in page
    assert "<strong>72 kg</strong>" in page and "scale was off" in page
    # Their weight stands, for this tab did not touch it; what was typed here is kept; the version is that of now.
    assert 'value="72"' in page and "A new lump." in page and 'name="_expected" value="2"' in page
    assert values()["finding"] == "Nothing new."
    again = second | {"weight": "72", "_expected": "2"}
    assert nurse.post(CHECK_UP, again).status_code == 303
    assert values() == {"done": "true", "weight": "72", "finding": "A new lump.", "first_day": "2026-01-01"}


def test_the_back_button_cannot_undo_a_change(nurse: Client) -> None:
    nurse.post(CHECK_UP, WHOLE)
    nurse.post(CHECK_UP, WHOLE | {"weight": "72", "_expected": "1", "_reason": "scale was off"})
    stale = nurse.post(CHECK_UP, WHOLE | {"_expected": "0"})
    assert stale.status_code == 422 and values()["weight"] == "72"


def test_an_answer_to_a_question_that_is_not_asked_is_refused_or_cleared(nurse: Client) -> None:
    refused = nurse.post(CHECK_UP, {"done": "false", "pain_side": "left", "_expected": "0", "_action": "finish"})
    assert refused.status_code == 422
    assert "Side is answered, but is not asked here. It is asked only where “Examined” is yes" in said(refused)
    nurse.post(CHECK_UP, WHOLE | {"pain_side": "left"})
    change = {"done": "false", "weight": "70.5", "_expected": "1", "_reason": "wrong person", "_action": "finish"}
    refused = nurse.post(CHECK_UP, change)
    assert refused.status_code == 422 and "Finding is answered, but is not asked here" in said(refused)
    assert nurse.post(CHECK_UP, change | {"finding": "", "pain_side": ""}).status_code == 303
    assert values() == {"done": "false", "weight": "70.5"}
    assert [step.value for step in history("stsinj", PLACE, "finding")] == ["Nothing new.", ""]


@pytest.mark.requirement("ICH E6(R3) 4.2.1")
@pytest.mark.parametrize(
    ("typed", "sentence"),
    [
        ({"weight": "0.5 mL"}, "Weight is given in 'mL' ('0.5 mL'). Write it in kg."),
        ({"weight": "400"}, "Weight is 400 kg, outside 1.0 to 300.0 kg."),
        ({"weight": "heavy"}, "Weight is 'heavy'. Write a number in kg."),
        ({"first_day": "2026-02-30"}, "First day is '2026-02-30', which is no date. Write the date as YYYY-MM-DD."),
        ({"first_day": "2026-02-02", "last_day": "2026-02-01"}, "The last day is before the first."),
        ({"at_lesion": f"{THERE}-L1"}, f"At which lesion is '{THERE}-L1', which {HERE} does not have."),
        ({"is_admin": "1"}, "Form check_up has no item 'is_admin'."),
        ({"finding": "a\x00b"}, "Finding holds control characters."),
        ({"_expected": ""}, "The version of the form that this page was made from is missing."),
        ({"_expected": "9" * 5000}, "The version of the form that this page was made from is missing."),
    ],
)
def test_what_cannot_be_is_refused_in_a_sentence(nurse: Client, typed: dict[str, str], sentence: str) -> None:
    before = entries()
    refused = nurse.post(CHECK_UP, WHOLE | typed)
    assert refused.status_code == 422 and sentence in said(refused), said(refused)
    assert entries() == before and 'value="true" checked' in said(refused)


def test_an_unusual_value_is_asked_about_once(nurse: Client) -> None:
    heavy = WHOLE | {"weight": "140"}
    asked = nurse.post(CHECK_UP, heavy)
    assert asked.status_code == 422 and 'name="_confirm" value="weight=140"' in said(asked) and not values()
    # What was confirmed for one value says nothing of another.
    other = nurse.post(CHECK_UP, heavy | {"weight": "150", "_confirm": "weight=140"})
    assert other.status_code == 422 and 'value="weight=150"' in said(other)
    assert nurse.post(CHECK_UP, heavy | {"_confirm": "weight=140"}).status_code == 303
    (step,) = history("stsinj", PLACE, "weight")
    assert step.reason == "Confirmed: Weight is 140 kg, outside the usual 40 to 120 kg."
    again = heavy | {"finding": "Well.", "_expected": "1", "_reason": "typing error"}
    assert nurse.post(CHECK_UP, again).status_code == 303


def test_scripts_and_ten_megabytes_of_text_do_nothing(nurse: Client) -> None:
    script = '</textarea><script>alert("x")</script>'
    assert nurse.post(CHECK_UP, WHOLE | {"finding": script}).status_code == 303
    page = nurse.get(CHECK_UP).content.decode()
    assert "<script>alert" not in page and "&lt;script&gt;alert" in page
    assert "<script>alert" not in nurse.get(f"/stsinj/participants/{HERE}/visits/").content.decode()
    refused = nurse.post(f"{FORMS}check_up/?visit=BL", WHOLE | {"finding": "x" * 10_000_000, "_expected": "1"})
    assert refused.status_code == 422 and "10,000,000 signs long. Write at most 100,000." in said(refused)
    assert len(refused.content) < 200_000 and values()["finding"] == script
    refused = nurse.post(CHECK_UP, WHOLE | {"weight": "71", "_expected": "1", "_reason": "y" * 10_000_000})
    assert refused.status_code == 422 and "The reason is 10,000,000 signs long" in said(refused)


@pytest.mark.parametrize(
    ("link", "sentence"),
    [
        (f"/stsinj/participants/{THERE}/forms/check_up/?visit=BL", f"Participant '{THERE}' is not known"),
        ("/stsinj/participants/NOBODY/forms/check_up/?visit=BL", "Participant 'NOBODY' is not known"),
        (f"{FORMS}nothing/", "has no form 'nothing'"),
        (f"{FORMS}lock/", "has no form 'lock'"),
        (f"{FORMS}reading_plan/", "has no form 'reading_plan'"),
        (f"{FORMS}check_up/?visit=W12", "Visit 'W12' of PIT-001 has not begun"),
        (f"{FORMS}check_up/", "Visit '' of PIT-001 has not begun"),
        (f"{FORMS}visit/?visit=W12", "has no visit 'W12'"),
        (f"{FORMS}ct_measurement/?visit=BL&lesion={THERE}-L1", f"{HERE} has no lesion '{THERE}-L1'"),
        (f"{FORMS}medicine/?repeat=XYZ9", "has no Medicine 'XYZ9'"),
        (f"{FORMS}medicine/?repeat=%3Cscript%3E", "has no Medicine '<script>'"),
    ],
)
def test_a_foreign_or_invented_place_is_not_found(nurse: Client, link: str, sentence: str) -> None:
    before = entries()
    for page in (nurse.get(link), nurse.post(link, WHOLE)):
        assert page.status_code == 404 and sentence in said(page), said(page)
    assert entries() == before and "<script>" not in nurse.get(link).content.decode()


@pytest.mark.requirement("ICH E6(R3) 3.16.1(i)")
@pytest.mark.parametrize("role", ["monitor", "data_manager", "statistician"])
def test_who_may_not_enter_reads_and_is_refused(nurse: Client, role: str) -> None:
    nurse.post(CHECK_UP, WHOLE)
    other, before = browser(), entries()
    sign_in(other, "stsinj", role)
    page = said(other.get(CHECK_UP))
    assert "70.5 kg" in page and "You may read this form" in page and "_action" not in page
    refused = other.post(CHECK_UP, WHOLE | {"weight": "1", "_expected": "1", "_reason": "I want to"})
    assert refused.status_code == 403 and "needs the right “enter forms”" in said(refused)
    assert entries() == before


@pytest.mark.requirement("ICH E6(R3) 3.16.1(i)")
def test_the_sponsor_changes_no_data_of_a_site(nurse: Client) -> None:
    nurse.post(f"{FORMS}pain/?visit=BL", {"pain_nrs": "3", "_expected": "0"})
    other, before = browser(), entries()
    sign_in(other, "stsinj", "sponsor")
    assert other.get(f"{FORMS}pain/?visit=BL").status_code == 200
    change = {"pain_nrs": "4", "_expected": "1", "_reason": "I want to"}
    assert other.post(f"{FORMS}pain/?visit=BL", change).status_code == 403 and entries() == before


@pytest.mark.requirement("ICH E6(R3) 4.1.1")
def test_a_blinded_assessor_neither_sees_nor_clears_what_could_tell_an_arm(nurse: Client) -> None:
    link = f"{FORMS}intercurrent_event/?repeat=IE1"
    event = {"ice_kind": "rescue", "ice_date": "2026-02-01", "ice_text": "lidocaine for the needle", "_expected": "0"}
    assert nurse.post(link, event).status_code == 303
    blind = browser()
    sign_in(blind, "stsinj", "assessor", SITE, "ann")
    page = said(blind.get(link))
    assert "rescue" in page and "lidocaine" not in page and "ice_text" not in page and "ice_lesion" not in page
    change = {"ice_kind": "rescue", "ice_date": "2026-02-02", "_expected": "1", "_reason": "misread"}
    assert blind.post(link, change | {"ice_text": ""}).status_code == 422
    assert blind.post(link, change).status_code == 303
    assert values(Place(HERE, "intercurrent_event", repeat="IE1"))["ice_text"] == "lidocaine for the needle"
    assert blind.get(f"{FORMS}conmed/").status_code == 403  # a medicine against a reaction tells the arm
    assert blind.get(f"{FORMS}injection/?visit=BL&lesion={HERE}-L1").status_code == 403


def test_a_nurse_of_another_site_may_not_enter(nurse: Client) -> None:
    other = browser()
    sign_in(other, "stsinj", "study_nurse", "SIMULATED Berlin", "ben")
    assert other.post(CHECK_UP, WHOLE).status_code == 404 and not values()
    assert other.post(f"/stsinj/participants/{THERE}/forms/check_up/?visit=BL", WHOLE).status_code == 303


def test_the_form_of_another_role_is_not_the_nurses(nurse: Client) -> None:
    address = f"{FORMS}injection/?visit=BL&lesion={HERE}-L1"
    refused = nurse.post(address, {"injected": "true", "_expected": "0"})
    assert refused.status_code == 403 and "needs the right “inject”" in said(refused)


def test_forms_that_only_a_verb_enters_take_nothing_by_hand(nurse: Client) -> None:
    for form, sent in (("allocation", {"arm": "STS"}), ("criterion", {"result": "true"})):
        address = f"{FORMS}{form}/" + ("?repeat=B-I5" if form == "criterion" else "")
        assert nurse.post(address, sent | {"_expected": "0"}).status_code == 403


def test_a_post_without_the_token_of_the_page_is_refused(nurse: Client) -> None:
    strict = browser(strict=True)
    sign_in(strict, "stsinj", "study_nurse", SITE)
    assert strict.post(CHECK_UP, WHOLE).status_code == 403 and not values()


def test_one_more_medicine_has_its_number_from_the_page(nurse: Client) -> None:
    page = said(nurse.get(f"{FORMS}medicine/"))
    assert 'action="/stsinj/participants/PIT-001/forms/medicine/?repeat=MED1"' in page
    first, new = f"{FORMS}medicine/?repeat=MED1", {"drug": "Colchicine", "_expected": "0"}
    for _double in range(2):
        assert nurse.post(first, new).status_code == 303
    assert "MED2" in said(nurse.get(f"{FORMS}medicine/"))
    # A second tab, whose page was made before the first one was saved: another medicine, not a change of the first.
    taken = nurse.post(first, {"drug": "Diltiazem", "_expected": "0"})
    assert taken.status_code == 422 and "MED1 was entered meanwhile" in said(taken)
    assert "?repeat=MED2" in said(taken) and 'value="Diltiazem"' in said(taken)
    assert nurse.post(f"{FORMS}medicine/?repeat=MED2", {"drug": "Diltiazem", "_expected": "0"}).status_code == 303
    drugs = [step.value for step in participant_trail("stsinj", HERE) if step.item == "drug"]
    assert drugs == ["Colchicine", "Diltiazem"]


def test_a_cleared_value_counts_as_a_version_and_can_be_entered_again(nurse: Client) -> None:
    nurse.post(CHECK_UP, WHOLE)
    nurse.post(CHECK_UP, WHOLE | {"weight": "", "_expected": "1", "_reason": "of another person"})
    page = said(nurse.get(CHECK_UP))
    assert 'name="_expected" value="2"' in page and "item=weight" in page
    assert nurse.post(CHECK_UP, WHOLE | {"weight": "66", "_expected": "2", "_reason": "weighed"}).status_code == 303
    assert [step.value for step in history("stsinj", PLACE, "weight")] == ["70.5", "", "66"]


def test_the_last_entry_of_the_study_is_the_nurses(nurse: Client) -> None:
    nurse.post(CHECK_UP, WHOLE)
    (last,) = trail_of("stsinj", [entries()])
    assert last.author == "nora" and last.at.endswith("Z")


def test_queries_and_marks_stand_on_the_field_where_the_value_is_entered(nurse: Client) -> None:
    nurse.post(CHECK_UP, WHOLE)
    by, gate = Author("mona", "monitor"), door("stsinj")
    raise_query(gate, PLACE, "weight", "The chart says <75>.", by)
    raise_query(gate, PLACE, "", "Which room?", by)
    number = numbers_of(current_rows("stsinj", HERE))[PLACE]["finding"]
    verify_source(gate, {PLACE: {"finding": number}}, by)
    page = said(nurse.get(CHECK_UP))
    weight, finding = page.split('data-item="weight"')[1], page.split('data-item="finding"')[1]
    assert f"/participants/{HERE}/queries/Q1/" in weight.split('data-item="')[0]
    assert "The chart says <75>." in weight.split('data-item="')[0]
    assert "Q2" in page.split("<form")[0] + page.split('data-item="')[0] and "Which room?" in page
    assert ">verified</span>" in finding.split('data-item="')[0] and ">Ask<" not in page
    assert "<75>" not in nurse.get(CHECK_UP).content.decode(), "it is text and no tag"
    close_query(gate, Place(HERE, "query", repeat="Q1"), "fine", 1, by)
    assert "The chart says" not in said(nurse.get(CHECK_UP))
    nurse.post(CHECK_UP, WHOLE | {"finding": "Another.", "_expected": "1", "_reason": "misread"})
    assert "changed since it was verified" in said(nurse.get(CHECK_UP))


def test_who_may_ask_gets_there_by_one_click_and_who_reads_sees_the_marks(nurse: Client) -> None:
    nurse.post(CHECK_UP, WHOLE)
    mona = browser()
    sign_in(mona, "stsinj", "monitor", "", "mona")
    page = said(mona.get(CHECK_UP))
    (link,) = {one.replace("&amp;", "&") for one in re.findall(r'href="([^"]+item=weight#ask)"', page)}
    assert 'value="weight" selected' in said(mona.get(link))
    raise_query(door("stsinj"), PLACE, "weight", "Sure?", Author("mona", "monitor"))
    assert "Sure?" in said(mona.get(CHECK_UP))


def test_a_signed_form_says_so_before_it_is_changed(nurse: Client) -> None:
    nurse.post(CHECK_UP, WHOLE)
    assert "This form is signed" not in said(nurse.get(CHECK_UP))
    sign(door("stsinj"), [PLACE], "reviewed", Author("ines", "investigator"))
    assert "This form is signed. A change makes the signature void" in said(nurse.get(CHECK_UP))
    nurse.post(CHECK_UP, WHOLE | {"finding": "Another.", "_expected": "1", "_reason": "misread"})
    assert "The signature under this form is void" in said(nurse.get(CHECK_UP))
    lock(door("stsinj"), "", "end", Author("dana", "data_manager"), despite="a test")
    assert "This form is locked" in said(nurse.get(CHECK_UP))


def test_who_must_not_know_an_arm_sees_no_query_about_what_is_hidden(nurse: Client) -> None:
    nurse.post(CHECK_UP, WHOLE)
    anna = browser()
    sign_in(anna, "stsinj", "assessor", SITE, "anna")
    shown = [item for item in ("done", "weight", "finding") if shown_blinded("check_up", item)]
    raise_query(door("stsinj"), PLACE, "weight", "About the weight.", Author("mona", "monitor"))
    page = anna.get(CHECK_UP)
    assert ("About the weight." in said(page)) is ("weight" in shown)


def test_a_soft_check_is_asked_on_the_page_and_entered_with_its_answer(nurse: Client) -> None:
    end = f"{FORMS}end_of_study/"
    early, soft = days_after(-4), days_after(-1)
    sent = {"end_date": early, "end_reason": "other", "_expected": "0", "_action": "finish"}
    before = entries()
    refused = nurse.post(end, sent)
    assert refused.status_code == 422 and "The study ends before the enrolment." in said(refused)
    asked = nurse.post(end, sent | {"end_date": soft})
    key = f'name="_confirm" value="end_date={soft}"'
    assert asked.status_code == 422 and key in said(asked) and "before the last visit" in said(asked)
    assert entries() == before
    done = nurse.post(end, sent | {"end_date": soft, "_confirm": f"end_date={soft}"})
    assert done.status_code == 303
    (step, *_rest) = history("stsinj", Place(HERE, "end_of_study"))
    assert "The study ends before the last visit." in step.reason


def test_the_checks_stand_on_the_page_of_the_protocol(nurse: Client) -> None:
    page = said(nurse.get("/stsinj/protocol/"))
    assert "Edit checks" in page and "The medicine stops before it starts." in page
    assert "must be confirmed" in page and "becomes a query" in page and "visit.visit_date@last" in page
