"""Freezing, drawing, revealing and unblinding in the browser: in this order, by these people, and no arm elsewhere."""

import json
from pathlib import Path

import pytest

from calcitrial import verbs
from calcitrial.lesions import add_lesion, arms_of_participant, draw_arms, lesions_of, list_of
from calcitrial.protocol import load
from calcitrial.record import Draft, Gateway, Place, current_rows, make_cut
from tests.clinic.lesion_study import (
    CODE,
    NURSE,
    SECRET,
    SITE,
    client,
    frozen,
    open_door,
    place_lesions,
    submissions,
)
from tests.lesions.test_allocation import THUMB
from tests.signing_in import make_person

PAGE, MAP = f"/limoges/participants/{CODE}/allocation/", f"/limoges/participants/{CODE}/map/"
UNBLIND = f"/limoges/participants/{CODE}/unblind/"
ARMS = ("Intralesional sodium thiosulfate", "Untreated lesion")
SIGN = {"_password": "a simulated pass phrase", "_code": "investigator"}
WHY = {
    "unblinding_category": "medical emergency",
    "unblinding_reason": "anaphylaxis",
    "unblinding_told": "the emergency physician",
}


@pytest.fixture
def door(home: Path) -> Gateway:
    return open_door()


def the_list(door: Gateway):
    return list_of(door.protocol, current_rows("limoges", CODE), CODE)


def test_nurse_places_doctor_freezes_and_draws_and_sees_the_arms(door: Gateway) -> None:
    lesions = place_lesions(door)
    doctor = client("investigator")
    text = doctor.get(PAGE).content.decode()
    assert "Freeze and sign the list" in text and "Draw now" not in text
    answer = doctor.post(f"{PAGE}freeze/", {"_expected": "0", "_lesions": " ".join(lesions), **SIGN})
    assert answer.status_code == 303 and the_list(door).signed
    text = doctor.get(PAGE).content.decode()
    assert "meaning: lesion list frozen" in text and not any(arm in text for arm in ARMS) and "Draw now" in text
    assert doctor.post(f"{PAGE}draw/").status_code == 303
    before = submissions()
    assert doctor.post(f"{PAGE}draw/").status_code == 303 and submissions() == before  # double submit
    text = doctor.get(PAGE).content.decode()
    assert all(arm in text for arm in ARMS) and "Draw now" not in text
    assert list(arms_of_participant(door, CODE)) == lesions


@pytest.mark.requirement("21 CFR 11.10(f)")
def test_nothing_is_drawn_before_the_list_is_frozen(door: Gateway) -> None:
    place_lesions(door)
    answer = client("investigator").post(f"{PAGE}draw/")
    assert answer.status_code == 422 and "is not frozen" in answer.content.decode()
    assert arms_of_participant(door, CODE) == {}


@pytest.mark.requirement("21 CFR 11.200(a)")
@pytest.mark.parametrize("wrong", [{"_password": ""}, {"_password": "guessed"}, {"_code": ""}, {"_code": "nora"}])
def test_freezing_takes_both_components_of_the_signature(door: Gateway, wrong: dict[str, str]) -> None:
    lesions = place_lesions(door)
    sent = {"_expected": "0", "_lesions": " ".join(lesions), **SIGN, **wrong}
    answer = client("investigator").post(f"{PAGE}freeze/", sent)
    assert answer.status_code == 422 and "Nothing was signed" in answer.content.decode()
    assert the_list(door) is None


def test_a_list_that_changed_since_the_page_was_made_is_not_signed(door: Gateway) -> None:
    lesions = place_lesions(door)
    add_lesion(door, CODE, THUMB, NURSE)
    answer = client("investigator").post(f"{PAGE}freeze/", {"_expected": "0", "_lesions": " ".join(lesions), **SIGN})
    assert answer.status_code == 422 and "changed after the page was made" in answer.content.decode()
    assert the_list(door) is None


def test_the_list_is_opened_with_a_reason_and_frozen_again(door: Gateway) -> None:
    frozen(door)
    doctor = client("investigator")
    without = doctor.post(f"{PAGE}open/", {"_expected": "1"})
    assert without.status_code == 422 and "has no reason" in without.content.decode() and the_list(door).frozen
    assert doctor.post(f"{PAGE}open/", {"_expected": "1", "_reason": "one was overlooked"}).status_code == 303
    assert not the_list(door).frozen and "Opened list" in doctor.get(PAGE).content.decode()
    later = add_lesion(door, CODE, THUMB, NURSE)
    listed = " ".join([*sorted(lesions_of(door, CODE))])
    stale = doctor.post(f"{PAGE}freeze/", {"_expected": "1", "_lesions": listed, **SIGN})
    assert stale.status_code == 422 and "at version 2" in stale.content.decode()
    assert doctor.post(f"{PAGE}freeze/", {"_expected": "2", "_lesions": listed, **SIGN}).status_code == 303
    assert later in the_list(door).lesions


@pytest.mark.requirement("21 CFR 11.10(d),(g)")
@pytest.mark.parametrize(
    ("role", "freeze", "draw", "page"),
    [
        ("investigator", 303, 303, 200),
        ("study_nurse", 403, 303, 200),
        ("pharmacist", 403, 403, 200),
        ("monitor", 403, 403, 200),
        ("data_manager", 403, 403, 200),
        ("assessor", 403, 403, 403),
        ("sponsor", 403, 403, 403),
        ("image_reader", 403, 403, 403),
    ],
)
def test_who_may_freeze_draw_and_look(door: Gateway, role: str, freeze: int, draw: int, page: int) -> None:
    lesions = place_lesions(door)
    asking = client(role)
    sent = {"_expected": "0", "_lesions": " ".join(lesions), "_password": SIGN["_password"], "_code": role}
    assert asking.post(f"{PAGE}freeze/", sent).status_code == freeze
    if freeze == 403:
        frozen(door, "LIM-002")
    code = CODE if freeze == 303 else "LIM-002"
    assert asking.post(f"/limoges/participants/{code}/allocation/draw/").status_code == draw
    assert asking.get(PAGE).status_code == page


@pytest.mark.requirement("ICH E6(R3) 4.1.1–3")
@pytest.mark.parametrize("role", ["assessor", "sponsor"])
def test_no_page_of_a_blinded_role_holds_an_arm_a_role_or_the_secret(door: Gateway, role: str) -> None:
    lesions = frozen(door)
    draw_arms(door, SECRET, CODE, NURSE)
    verbs.enter("limoges", [Draft(Place(CODE, "lesion_state", "", lesions[0], "S1"), STATE)], NURSE)
    asking = client(role, "" if role == "sponsor" else SITE)
    pages = [MAP, PAGE, "/limoges/allocation/", "/limoges/unblinding/", UNBLIND, "/limoges/allocation/allocation.json"]
    pages += [f"{MAP}{lesion}/" for lesion in lesions]
    seen = [page for page in pages if asking.get(page).status_code == 200]
    assert seen == [MAP, "/limoges/allocation/", *(f"{MAP}{lesion}/" for lesion in lesions)]
    for page in seen:
        text = asking.get(page).content.decode()
        assert not any(word in text for word in (*ARMS, 'class="marker treated', 'class="marker untreated'))
        assert "number-sign treated" not in text and "ulcerated" not in text
        assert SECRET.hex() not in text and "frozen list" not in text
    nurse = client("study_nurse").get(MAP).content.decode()
    assert all(arm in nurse for arm in ARMS) and 'class="marker treated' in nurse  # there was something to hide


STATE = {"state": "ulcerated", "state_date": "2026-02-01"}


@pytest.mark.requirement("ICH E6(R3) 4.1.1–3")
def test_the_secret_is_on_no_page_before_it_is_revealed(door: Gateway) -> None:
    frozen(door)
    draw_arms(door, SECRET, CODE, NURSE)
    manager = client("data_manager", "")
    for page in ("/limoges/allocation/", PAGE, MAP, "/limoges/allocation/allocation.json", "/limoges/verify/"):
        answer = manager.get(page)
        assert answer.status_code == 200 and SECRET.hex() not in answer.content.decode()
    assert json.loads(manager.get("/limoges/allocation/allocation.json").content)["assignments"] == []


def test_after_the_reveal_anybody_may_check_every_arm(door: Gateway) -> None:
    frozen(door)
    draw_arms(door, SECRET, CODE, NURSE)
    manager = client("data_manager", "")
    assert client("investigator").post("/limoges/allocation/reveal/", {"reveal_reason": "me too"}).status_code == 403
    without = manager.post("/limoges/allocation/reveal/", {"reveal_reason": " "})
    assert without.status_code == 422 and "Reason is missing" in without.content.decode()
    assert manager.post("/limoges/allocation/reveal/", {"reveal_reason": "data are final"}).status_code == 303
    text = manager.get("/limoges/allocation/").content.decode()
    assert "Every arm is the one that the revealed secret gives" in text and SECRET.hex() in text
    content = json.loads(manager.get("/limoges/allocation/allocation.json").content)
    assert len(content["assignments"]) == 3 and content["secret"] == SECRET.hex()
    assessor = client("assessor").get("/limoges/allocation/").content.decode()
    assert SECRET.hex() not in assessor and not any(arm in assessor for arm in ARMS)


def test_an_altered_arm_is_named_on_the_page(door: Gateway) -> None:
    lesions = frozen(door)
    arms = draw_arms(door, SECRET, CODE, NURSE)
    other = {"STS": "CTL", "CTL": "STS"}[arms[lesions[1]]]
    door.enter([Draft(Place(CODE, "lesion_allocation", "", lesions[1]), {"lesion_arm": other}, 1, "fraud")], NURSE)
    manager = client("data_manager", "")
    manager.post("/limoges/allocation/reveal/", {"reveal_reason": "data are final"})
    text = manager.get("/limoges/allocation/").content.decode()
    assert f"{lesions[1]} is in arm {other}; the secret gives {arms[lesions[1]]}" in text


def test_the_allocation_is_activated_once_by_a_data_manager(home: Path) -> None:
    from calcitrial.protocol import load

    verbs.open_study(load("limoges", "untreated_lesion"))
    manager = client("data_manager", "")
    assert "Activate the allocation" in manager.get("/limoges/allocation/").content.decode()
    assert client("study_nurse").post("/limoges/allocation/activate/").status_code == 403
    assert manager.post("/limoges/allocation/activate/").status_code == 303
    again = manager.post("/limoges/allocation/activate/")
    assert again.status_code == 422 and "activated before" in again.content.decode()
    assert make_cut("limoges", "test").table("allocation_commitment").height == 1


def test_participants_are_allocated_where_the_protocol_says_so(home: Path) -> None:
    door = open_door("concurrent_untreated")
    nurse = client("study_nurse")
    assert "Draw now" in nurse.get(PAGE).content.decode()
    assert nurse.post(f"{PAGE}draw/").status_code == 303
    arm = make_cut("limoges", "test").table("allocation")["arm"][0]
    assert door.protocol.arm(arm).label in nurse.get(PAGE).content.decode()


@pytest.mark.requirement("ICH E6(R3) 4.1.4")
def test_unblinding_without_category_and_reason_is_refused(door: Gateway) -> None:
    frozen(door)
    draw_arms(door, SECRET, CODE, NURSE)
    doctor, before = client("investigator", person="ines"), submissions()
    for left_out in WHY:
        answer = doctor.post(UNBLIND, {**WHY, left_out: " ", "_repeat": "U1"})
        assert answer.status_code == 422 and "is missing" in answer.content.decode()
        assert not any(arm in answer.content.decode() for arm in ARMS)
    assert submissions() == before
    answer = doctor.post(UNBLIND, WHY | {"_repeat": "U1"})
    assert answer.status_code == 303 and submissions() == before + 1
    assert doctor.post(UNBLIND, WHY | {"_repeat": "U1"}).status_code == 303 and submissions() == before + 1
    told = doctor.get(answer["Location"]).content.decode()
    assert all(arm in told for arm in ARMS) and "anaphylaxis" not in told
    assert client("investigator", person="another").get(answer["Location"]).status_code == 404


@pytest.mark.requirement("ICH E6(R3) 3.16.1(f,g)")
def test_monitor_and_data_manager_read_who_was_unblinded_when_and_why(door: Gateway) -> None:
    frozen(door)
    draw_arms(door, SECRET, CODE, NURSE)
    monitor = client("monitor", "")
    assert "Nobody was unblinded" in monitor.get("/limoges/unblinding/").content.decode()
    client("investigator", person="ines").post(UNBLIND, WHY | {"_repeat": "U1"})
    for asking in (monitor, client("data_manager", "")):
        text = asking.get("/limoges/unblinding/").content.decode()
        assert all(
            word in text for word in (CODE, "anaphylaxis", "medical emergency", "the emergency physician", "ines")
        )
        assert not any(arm in text for arm in ARMS)
    assert client("study_nurse").get("/limoges/unblinding/").status_code == 403
    assert CODE not in client("investigator", "Another site").get("/limoges/unblinding/").content.decode()


def test_before_the_draw_nothing_is_unblinded(door: Gateway) -> None:
    answer = client("investigator").post(UNBLIND, WHY | {"_repeat": "U1"})
    assert answer.status_code == 422 and "has no arm yet" in answer.content.decode()


@pytest.mark.parametrize("page", [f"{PAGE}freeze/", f"{PAGE}open/", f"{PAGE}draw/", "/limoges/allocation/reveal/"])
def test_nothing_is_done_by_following_a_link(door: Gateway, page: str) -> None:
    frozen(door)
    before = submissions()
    assert client("investigator").get(page).status_code in (403, 405) and submissions() == before


@pytest.mark.requirement("21 CFR 11.10(f)")
def test_nothing_is_drawn_without_consent(door: Gateway) -> None:
    frozen(door)
    without = Draft(Place(CODE, "screening"), {"consent_signed": False}, 1, "the sheet was not signed")
    verbs.enter("limoges", [without], NURSE)
    answer = client("study_nurse").post(f"{PAGE}draw/")
    assert answer.status_code == 422 and "consent" in answer.content.decode()
    assert arms_of_participant(door, CODE) == {}


def test_drawing_needs_the_key_store(door: Gateway, home: Path) -> None:
    frozen(door)
    (home / "secrets" / "limoges.key").unlink()
    answer = client("investigator").post(f"{PAGE}draw/")
    assert answer.status_code == 422 and "is not in this home" in answer.content.decode()
    assert arms_of_participant(door, CODE) == {}


def test_the_page_of_the_study_says_who_waits_and_who_can_go_on(door: Gateway) -> None:
    text = client("investigator").get("/limoges/allocation/").content.decode()
    assert f'href="{PAGE}">Freeze and sign the list of lesions<span class="about">{CODE}' in text
    assert "It can be done by" not in text
    make_person("limoges", "investigator", SITE, "ivo")
    make_person("limoges", "study_nurse", "", "nele")
    text = client("pharmacist").get("/limoges/allocation/").content.decode()
    assert "Freeze and sign" in text and "It can be done by ivo (investigator)." in text
    place_lesions(door)
    frozen(door)
    page = client("pharmacist").get(PAGE).content.decode()
    assert "Everything is ready for the draw" in page and "nele (study nurse)" in page


def test_before_activation_and_without_arms_the_page_says_why_and_who(home: Path) -> None:
    verbs.open_study(load("limoges", "untreated_lesion"))
    text = client("study_nurse").get("/limoges/allocation/").content.decode()
    assert "A data manager activates the allocation" in text
    assert "Nobody here can do it yet: an administrator grants the role data manager." in text
    make_person("limoges", "data_manager", "", "dana")
    text = client("study_nurse").get("/limoges/allocation/").content.decode()
    assert "It can be done by dana (data manager)." in text and "Nobody: every enrolled" in text


def test_who_must_not_know_an_arm_is_offered_no_way_to_it(door: Gateway) -> None:
    text = client("assessor").get("/limoges/allocation/").content.decode()
    assert "You must not know an arm" in text and CODE not in text
    page = client("assessor").get(f"/limoges/participants/{CODE}/").content.decode()
    assert PAGE not in page and PAGE in client("study_nurse").get(f"/limoges/participants/{CODE}/").content.decode()
