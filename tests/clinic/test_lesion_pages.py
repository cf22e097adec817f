"""The body map: lesions placed, corrected and followed in the browser; every refusal keeps what was typed."""

import re
from pathlib import Path

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from calcitrial import verbs
from calcitrial.lesions import lesions_of, locate
from calcitrial.record import Draft, Gateway, Place, history, make_cut
from tests.clinic.lesion_study import CODE, NURSE, SITE, client, frozen, open_door, place_lesions, submissions
from tests.lesions.test_photos import photograph

MAP = f"/limoges/participants/{CODE}/map/"
KNEE = {"body_site": "knee", "side": "right", "role": "target", "kind": "calcification", "found": "at baseline"}
NEW = {**KNEE, "_expected": "0", "_lesion": f"{CODE}-L1", "_view": "front", "_map_x": "0.41", "_map_y": "0.7"}


@pytest.fixture
def door(home: Path) -> Gateway:
    return open_door()


def test_an_empty_map_says_so_and_how_to_begin(door: Gateway) -> None:
    text = client("study_nurse").get(MAP).content.decode()
    assert "No lesion is on the body map yet" in text and "Touch the map" in text
    assert text.count("<figure") == 6 and "Place lesion LIM-001-L1" in text


def test_behind_a_frozen_list_a_new_lesion_is_no_target_unless_somebody_says_so(door: Gateway) -> None:
    def chosen() -> list[str]:
        text = client("study_nurse").get(MAP).content.decode()
        return re.findall(r'name="role" id="[^"]*" value="([^"]*)" checked', text)

    assert chosen() == ["target"]
    frozen(door)
    assert chosen() == ["non-target"]


def test_a_lesion_is_placed_where_it_was_pointed_at_by_one_submission(door: Gateway) -> None:
    nurse, before = client("study_nurse", person="nora"), submissions()
    sizes = {"length": "12.5", "width": "8", "depth": "3", "size_by": "ruler"}
    answer = nurse.post(MAP, NEW | sizes)
    assert answer.status_code == 303 and answer["Location"] == f"{MAP}{CODE}-L1/?saved=1"
    lesion = lesions_of(door, CODE)[f"{CODE}-L1"]
    assert {name: lesion[name] for name in ("view", "map_x", "map_y", "length", "size_by")} == {
        "view": "front",
        "map_x": "0.41",
        "map_y": "0.7",
        "length": "12.5",
        "size_by": "ruler",
    }
    assert submissions() == before + 1
    shown = nurse.get(answer["Location"]).content.decode()
    assert "knee, right" in shown and "12.5 × 8 × 3 mm (ruler)" in shown and "Saved." in shown
    step = history("limoges", Place(CODE, "lesion", "", f"{CODE}-L1"))[0]
    assert (step.author, step.role) == ("nora", "study_nurse")


def test_without_script_the_named_site_gives_the_point(door: Gateway) -> None:
    sent = NEW | {"_view": "", "_map_x": "", "_map_y": "", "body_site": "heel", "side": "left"}
    assert client("study_nurse").post(MAP, sent).status_code == 303
    lesion = lesions_of(door, CODE)[f"{CODE}-L1"]
    assert (float(lesion["map_x"]), float(lesion["map_y"])) == locate("heel", "left", lesion["view"])


def test_the_same_post_again_makes_no_entry_and_another_lesion_of_that_number_is_refused(door: Gateway) -> None:
    nurse = client("study_nurse")
    nurse.post(MAP, NEW)
    before = submissions()
    assert nurse.post(MAP, NEW).status_code == 303 and submissions() == before  # double submit, back button
    other = nurse.post(MAP, NEW | {"body_site": "shin", "_map_y": "0.8"})  # two tabs
    text = other.content.decode()
    assert other.status_code == 422 and "LIM-001-L1 was placed meanwhile" in text and submissions() == before
    assert 'name="_lesion" value="LIM-001-L2"' in text and 'value="shin" selected' in text
    assert 'name="_map_y" value="0.8"' in text
    again = nurse.post(MAP, NEW | {"body_site": "shin", "_map_y": "0.8", "_lesion": f"{CODE}-L2"})
    assert again.status_code == 303 and len(lesions_of(door, CODE)) == 2


@pytest.mark.parametrize(
    ("changed", "sentence"),
    [
        ({"body_site": ""}, "is missing"),
        ({"body_site": "tail", "_view": ""}, "no site &#x27;tail&#x27;"),
        ({"side": "midline"}, "knee is paired"),
        ({"length": "-4"}, "outside 0.1 to 500"),
        ({"found_on": "yesterday"}, "Write the date as YYYY-MM-DD"),
        ({"role": "victim"}, "victim"),
        ({"_map_x": "7"}, "outside 0"),
        ({"is_admin": "1"}, "no item &#x27;is_admin&#x27;"),
        ({"body_site": "<script>alert(1)</script>"}, "&lt;script&gt;alert(1)"),
        ({"_expected": "x"}, "is missing"),
    ],
)
def test_what_cannot_be_is_refused_in_a_sentence_with_everything_kept(
    door: Gateway, changed: dict[str, str], sentence: str
) -> None:
    before = submissions()
    answer = client("study_nurse").post(MAP, NEW | {"width": "8.25"} | changed)
    text = answer.content.decode()
    assert answer.status_code == 422 and sentence in text and 'value="8.25"' in text
    assert submissions() == before and "<script>alert" not in text


def test_a_lesion_of_another_participant_or_number_cannot_be_forged(door: Gateway) -> None:
    nurse = client("study_nurse")
    for forged in ("LIM-002-L1", f"{CODE}-L9", f"{CODE}-L0", "../L1", ""):
        lesions = lesions_of(door, CODE)
        nurse.post(MAP, NEW | {"_lesion": forged, "_map_x": f"0.4{len(lesions)}"})
    assert sorted(lesions_of(door, CODE)) == [f"{CODE}-L{n}" for n in range(1, 6)] and not lesions_of(door, "LIM-002")


@pytest.mark.requirement("21 CFR 11.10(d),(g)")
@pytest.mark.parametrize(
    ("role", "site", "status"),
    [
        ("study_nurse", SITE, 303),
        ("investigator", SITE, 303),
        ("pharmacist", SITE, 403),
        ("monitor", "", 403),
        ("assessor", SITE, 403),
        ("data_manager", "", 403),
    ],
)
def test_who_may_place_a_lesion(door: Gateway, role: str, site: str, status: int) -> None:
    assert client(role, site).post(MAP, NEW).status_code == status
    assert len(lesions_of(door, CODE)) == (status == 303)


def test_another_site_sees_neither_map_nor_participant(door: Gateway) -> None:
    nurse = client("study_nurse", "Another site")
    assert nurse.get(MAP).status_code == 404 and nurse.post(MAP, NEW).status_code in (403, 404)
    assert not lesions_of(door, CODE)


@pytest.mark.requirement("ICH E6(R3) 4.2.4")
def test_a_correction_needs_a_reason_and_the_version_that_was_seen(door: Gateway) -> None:
    lesion = place_lesions(door, count=1)[0]
    nurse, page = client("study_nurse"), f"{MAP}{lesion}/"
    sent = {"body_site": "elbow, extensor", "side": "left", "role": "control", "kind": "calcification"}
    refused = nurse.post(page, sent | {"_expected": "1", "_reason": " "})
    assert refused.status_code == 422 and "has no reason" in refused.content.decode()
    assert nurse.post(page, sent | {"_expected": "1", "_reason": "was the control"}).status_code == 303
    stale = nurse.post(page, sent | {"_expected": "1", "_reason": "again", "role": "non-target"})
    assert stale.status_code == 422 and "was expected, but the form is at version 2" in stale.content.decode()
    steps = history("limoges", Place(CODE, "lesion", "", lesion), "role")
    assert [(step.value, step.reason) for step in steps] == [("target", ""), ("control", "was the control")]


def test_a_listed_lesion_says_that_it_stays_as_signed(door: Gateway) -> None:
    lesion = frozen(door)[0]
    nurse, page = client("study_nurse"), f"{MAP}{lesion}/"
    assert "stay as they were signed" in nurse.get(page).content.decode()
    sent = {"body_site": "elbow, extensor", "side": "left", "role": "control", "kind": "calcification"}
    answer = nurse.post(page, sent | {"_expected": "1", "_reason": "typing error"})
    assert answer.status_code == 422 and "is on the frozen list, so its role cannot change" in answer.content.decode()


def state(state: str, on: str, **more: str) -> dict[str, str]:
    return {"state": state, "state_date": on, "_expected": "0", "_repeat": "S1", **more}


def test_map_and_card_show_the_state_of_each_date(door: Gateway) -> None:
    lesion = place_lesions(door)[1]
    nurse, before = client("study_nurse"), submissions()
    assert nurse.post(f"{MAP}{lesion}/state/", state("ulcerated", "2026-02-01")).status_code == 303
    assert nurse.post(f"{MAP}{lesion}/state/", state("excised", "2026-03-01", _repeat="S2")).status_code == 303
    assert submissions() == before + 2
    numbers = {
        on: re.findall(r"<text[^>]*>(2[×!]?)</text>", nurse.get(f"{MAP}?on={on}").content.decode())
        for on in ("2026-01-31", "2026-02-01", "2026-03-01", "nonsense")
    }
    assert numbers == {"2026-01-31": ["2"], "2026-02-01": ["2!"], "2026-03-01": ["2×"], "nonsense": ["2×"]}
    assert "ulcerated" in nurse.get(f"{MAP}?on=2026-02-15").content.decode()
    event = make_cut("limoges", "test").table("intercurrent_event").row(0, named=True)
    assert (event["ice_kind"], event["ice_lesion"]) == ("lesion excised", lesion)


def test_a_state_is_corrected_with_a_reason_and_the_event_with_it(door: Gateway) -> None:
    lesion = place_lesions(door)[0]
    nurse, page = client("study_nurse"), f"{MAP}{lesion}/"
    nurse.post(f"{page}state/", state("excised", "2026-03-01"))
    shown = nurse.get(f"{page}?state=S1").content.decode()
    assert "Correct state S1" in shown and 'value="2026-03-01"' in shown
    sent = state("excised", "2026-03-02", _expected="1")
    assert nurse.post(f"{page}state/", sent).status_code == 422
    assert nurse.post(f"{page}state/", sent | {"_reason": "the day before was the admission"}).status_code == 303
    table = make_cut("limoges", "test").table("intercurrent_event")
    assert table["ice_date"].to_list() == ["2026-03-02"]


def send(page: str, content: bytes, name: str, role: str = "study_nurse", **more: str):
    file = SimpleUploadedFile(name, content, "image/jpeg")
    return client(role).post(page, NEW | more | {"_photo": file})


@pytest.mark.requirement("GDPR/HIPAA")
def test_a_photograph_is_kept_without_its_place_and_shown_to_who_may_see_it(door: Gateway, home: Path) -> None:
    assert send(MAP, photograph(), "hand of John Smith.jpg").status_code == 303
    digest = lesions_of(door, CODE)[f"{CODE}-L1"]["photo"]
    kept = (home / "photos" / f"{digest}.jpg").read_bytes()
    assert b"telephones" not in kept and [path.name for path in (home / "photos").iterdir()] == [f"{digest}.jpg"]
    answer = client("study_nurse").get(f"{MAP}photos/{digest}.jpg")
    assert answer["Content-Type"] == "image/jpeg" and b"".join(answer.streaming_content) == kept
    assert client("study_nurse").get(f"/limoges/participants/LIM-002/map/photos/{digest}.jpg").status_code == 404
    assert client("study_nurse", "Another site").get(f"{MAP}photos/{digest}.jpg").status_code == 404
    assert client("study_nurse").get(f"{MAP}photos/{'0' * 64}.jpg").status_code == 404


@pytest.mark.parametrize(
    ("content", "more", "sentence"),
    [
        (b"%PDF-1.7", {}, "not a JPEG or PNG picture, whatever its name says"),
        (photograph(), {"length": "long"}, "Length at baseline is"),
        (photograph(), {"_expected": "7"}, "was placed meanwhile"),
    ],
)
def test_of_a_refused_form_no_picture_stays(
    door: Gateway, home: Path, content: bytes, more: dict[str, str], sentence: str
) -> None:
    answer = send(MAP, content, "lesion.jpg", **more)
    assert answer.status_code == 422 and sentence in answer.content.decode()
    assert not list((home / "photos").glob("*")) if (home / "photos").is_dir() else True
    assert not lesions_of(door, CODE)


def test_a_long_text_is_no_harm(door: Gateway) -> None:
    lesion = place_lesions(door, count=1)[0]
    answer = client("study_nurse").post(f"{MAP}{lesion}/state/", state("healed", "2026-02-01", state_text="x" * 10**6))
    assert answer.status_code in (303, 422)


def test_forty_lesions_stay_a_light_page(door: Gateway) -> None:
    drafts = [
        Draft(
            Place(CODE, "lesion", "", f"{CODE}-L{n}"),
            {"body_site": "knee", "side": "left", "role": "target", "view": "front", "map_x": n / 50, "map_y": 0.7},
        )
        for n in range(1, 41)
    ]
    verbs.enter("limoges", drafts, NURSE)
    assert len(client("study_nurse").get(MAP).content) < 150_000
