"""A new definition is looked at, then entered; each site goes on under what is released there."""

import re
from datetime import date
from pathlib import Path

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from calcitrial import protocol
from calcitrial.consents import Document, add_document
from calcitrial.people import release_version
from calcitrial.quality import states
from calcitrial.record import Author, Draft, Place, protocol_of, read_head, standing_of, verify_study, versions_of
from calcitrial.verbs import door
from tests.api.scripts import Script
from tests.clinic.small_clinic import HERE, OTHER_SITE, SITE, THERE, browser
from tests.signing_in import sign_in

PAGE = "/stsinj/amendments/"
ADA = Author("ada", "administrator")
SHIPPED = protocol.find("stsinj").read_text("utf-8")
FORMS = """
[[forms]]
id = "check_up"
label = "Check-up"
level = "visit"
items = [
  { id = "done", label = "Examined", type = "boolean", required = true },
  { id = "weight", label = "Weight", type = "decimal", unit = "kg", min = 1, max = 300 },
  { id = "height", label = "Height of the person", type = "decimal", unit = "cm", required = true },
]
"""
NEW = SHIPPED.replace('version = "1"', 'version = "2"', 1) + FORMS
DATA = {"_reason": "The board asked for the height", "_approval": "EC 9", "_on": "2026-03-01", "_reconsent": "true"}


@pytest.fixture
def manager(nurse: Client) -> Client:
    client = browser()
    sign_in(client, "stsinj", "data_manager", person="dana")
    return client


def send(client: Client, text: str | bytes = NEW) -> object:
    content = text if isinstance(text, bytes) else text.encode()
    return client.post(PAGE, {"_file": SimpleUploadedFile("new.toml", content)})


def confirm(client: Client, address: str, **more: str) -> object:
    page = words(client.get(address))
    hidden = dict(re.findall(r'type="hidden" name="(_\w+)" value="(\w+)"', page))
    return client.post(PAGE, {**DATA, **hidden, **more})


def amended(client: Client) -> None:
    assert confirm(client, send(client)["Location"]).status_code == 303


def words(response: object) -> str:
    return response.content.decode()


def test_a_new_definition_is_looked_at_and_then_entered_in_one_submission(manager: Client) -> None:
    before, old = read_head("stsinj"), protocol_of("stsinj")
    sent = send(manager)
    assert sent.status_code == 303
    page = words(manager.get(sent["Location"]))
    assert "Newly added: “Height of the person” (check_up.height)." in page
    assert "Its version is 2; it was 1." in page
    assert "Taken out: “Medicine” (medicine)." in page
    assert read_head("stsinj") == before  # looking enters nothing
    done = confirm(manager, sent["Location"])
    assert (done.status_code, done["Location"]) == (303, PAGE)
    assert read_head("stsinj").sequence == before.sequence + 1
    (one,) = versions_of("stsinj").amendments
    assert (one.before, one.version, one.approval, one.on) == (old.digest, "2", "EC 9", "2026-03-01")
    assert "The board asked for the height" in words(manager.get(PAGE))
    assert verify_study("stsinj").ok


def test_the_preview_is_said_in_french(manager: Client) -> None:
    page = manager.get(send(manager)["Location"], headers={"accept-language": "fr"})
    assert "Nouveau\N{NO-BREAK SPACE}: «\N{NO-BREAK SPACE}Height of the person" in words(page)
    assert "Sa version est 2" in words(page)
    assert "Newly added" not in words(page)


def test_the_same_post_again_enters_nothing(manager: Client) -> None:
    sent = send(manager)["Location"]
    form = {**DATA, "_definition": sent.partition("definition=")[2], "_seen": protocol_of("stsinj").digest}
    assert manager.post(PAGE, form).status_code == 303
    again = manager.post(PAGE, form)
    assert again.status_code == 422
    assert "was amended meanwhile" in words(again)
    assert len(versions_of("stsinj").amendments) == 1


@pytest.mark.parametrize(
    ("more", "said"),
    [({"_reason": " "}, "needs a reason"), ({"_on": "soon"}, "is no date"), ({"_reconsent": ""}, "Choose yes or no")],
)
def test_what_is_missing_is_said_and_what_was_typed_stays(manager: Client, more: dict[str, str], said: str) -> None:
    answer = confirm(manager, send(manager)["Location"], **more)
    assert answer.status_code == 422
    assert said in words(answer)
    assert 'value="EC 9"' in words(answer)
    assert versions_of("stsinj").amendments == ()


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"\x00\xff", "This is not TOML"),
        (NEW.replace('level = "visit"', 'level = "planet"').encode(), "is not possible here"),
        (b"x" * 1_000_001, "1,000,001 bytes"),
    ],
)
def test_a_file_that_is_no_definition_is_refused(manager: Client, content: bytes, said: str) -> None:
    answer = send(manager, content)
    assert answer.status_code == 422
    assert said in words(answer)
    assert manager.post(PAGE, {}).status_code == 422


def test_what_cannot_be_entered_is_said_in_the_preview_without_a_button(manager: Client) -> None:
    page = words(manager.get(send(manager, NEW.replace('id = "BL"', 'id = "B0"').replace('"BL"', '"B0"'))["Location"]))
    assert "has begun for somebody and would be taken out" in page
    assert 'name="_seen"' not in page


def test_who_may_not_amend_reads_the_list_alone(manager: Client, nurse: Client) -> None:
    sent = send(manager)["Location"]
    page = words(nurse.get(sent))
    assert "Height of the person" not in page
    assert "_file" not in page
    assert send(nurse).status_code == 403
    form = {**DATA, "_definition": sent.partition("definition=")[2], "_seen": protocol_of("stsinj").digest}
    assert nurse.post(PAGE, form).status_code == 403
    assert versions_of("stsinj").amendments == ()
    assert manager.get(f"{PAGE}?definition=../../etc/passwd").status_code == 404


def test_a_form_drawn_before_the_amendment_is_held_to_the_new_version_when_it_is_saved(
    manager: Client, nurse: Client
) -> None:
    address = f"/stsinj/participants/{HERE}/forms/check_up/?visit=BL"
    drawn = nurse.get(address)
    assert drawn.status_code == 200
    amended(manager)
    typed = {"_expected": "0", "_reason": "", "done": "true", "weight": "70"}
    late = nurse.post(address, typed | {"finding": "none"})
    assert late.status_code == 422
    assert "has no item" in words(late)
    assert "Height of the person" in words(late)  # the page is drawn anew, with what is asked now
    assert "Height of the person is missing" in words(nurse.post(address, typed))
    sent = nurse.post(address, typed | {"height": "170"})
    assert sent.status_code == 303
    assert standing_of("stsinj", Place(HERE, "check_up", "BL")).values["height"] == "170"


def test_a_form_from_before_stays_complete_and_may_be_corrected_alone(manager: Client, nurse: Client) -> None:
    place, whole = Place(HERE, "check_up", "BL"), {"_expected": "0", "_reason": "", "done": "true", "finding": "none"}
    address = f"/stsinj/participants/{HERE}/forms/check_up/?visit=BL"
    assert nurse.post(address, whole).status_code == 303
    with_finding = NEW.replace(
        '  { id = "weight"',
        '  { id = "finding", label = "Finding", type = "text", required = true },\n  { id = "weight"',
    )
    assert confirm(manager, send(manager, with_finding)["Location"]).status_code == 303
    assert states("stsinj", HERE)[place].missing == ()
    visits = words(nurse.get(f"/stsinj/participants/{HERE}/visits/"))
    assert "complete" in visits[visits.index("Check-up") :][:600]
    assert "Height of the person" in words(nurse.get(address))
    change = {**whole, "_expected": "1", "finding": "a lump", "_reason": "read again"}
    assert nurse.post(address, change).status_code == 303
    assert states("stsinj", HERE)[place].missing == ()


def test_each_site_is_drawn_and_entered_under_the_version_released_there(manager: Client, nurse: Client) -> None:
    for site in (SITE, OTHER_SITE):
        release_version(door("stsinj"), site, "EC 1", date(2026, 1, 1), ADA)
    amended(manager)
    release_version(door("stsinj"), OTHER_SITE, "EC 9", date(2026, 3, 1), ADA, "approved")
    there = browser()
    sign_in(there, "stsinj", "study_nurse", OTHER_SITE, "bea")
    here_page = words(nurse.get(f"/stsinj/participants/{HERE}/forms/check_up/?visit=BL"))
    there_page = words(there.get(f"/stsinj/participants/{THERE}/forms/check_up/?visit=BL"))
    assert "Height of the person" not in here_page
    assert "Height of the person" in there_page
    old = {"_expected": "0", "_reason": "", "done": "true", "finding": "none"}
    assert nurse.post(f"/stsinj/participants/{HERE}/forms/check_up/?visit=BL", old).status_code == 303
    page = words(manager.get(PAGE))
    assert "an earlier version" in page
    assert verify_study("stsinj").ok


def test_today_reminds_of_consent_documents_and_of_sites_that_lag_behind(manager: Client, tmp_path: Path) -> None:
    release_version(door("stsinj"), SITE, "EC 1", date(2026, 1, 1), ADA)
    add(tmp_path, "1.0")
    amended(manager)
    ada = browser()
    sign_in(ada, "stsinj", "administrator", person="ada")
    page = words(ada.get("/stsinj/today/"))
    assert "Look whether the consent documents need a new version after amendment 1" in page
    assert "the site goes on under an earlier one" in page
    add(tmp_path, "2.0")
    assert "Look whether the consent documents" not in words(ada.get("/stsinj/today/"))


def add(folder: Path, version: str) -> None:
    one = Document("adult", version, "en", "Consent", "adult consent", date(2026, 1, 1), "not needed", "", False)
    add_document(door("stsinj"), folder, one, f"A text of version {version}.\n", ADA)


def test_a_script_amends_by_the_same_act(manager: Client) -> None:
    script = Script("stsinj", "data_manager", person="dana")
    seen = protocol_of("stsinj").digest
    made = script.do("amend", definition=NEW, seen=seen, reason="The board asked", on="2026-03-01")
    assert made["made"] == protocol_of("stsinj").digest != seen
    assert versions_of("stsinj").amendments[0].reconsent
    door("stsinj").enter([Draft(Place(HERE, "check_up", "BL"), {"done": True, "height": 170})], ADA)
