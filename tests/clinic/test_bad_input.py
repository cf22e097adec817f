"""What comes from outside, at every address: forged posts, codes of others, scripts in every text, wrong clocks.

Files that are not what they say are tried where they are taken: test_lesion_pages (photographs), test_consent_pages
(scans), test_injection_pages (guidance images), tests/diary/test_instrument (instruments).
"""

import re
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from calcitrial.people import capability_to_enter, user_named
from calcitrial.protocol import Form, Item, Protocol, house_forms, load, not_asked, readable
from calcitrial.record import KEYS, Author, Draft, Place, close, connect, history, now, open_study, read_head
from tests.clinic.test_rights import ENDING, Row, fill, table
from tests.signing_in import PASSWORD, sign_in, sign_in_keeper

SCRIPT = '\'"></textarea></script><script>alert("x")</script>'
RAW = "<script>alert("
SITE = f"SIMULATED {SCRIPT}"
STUDIES, CODE = {"limoges": "concurrent_untreated", "stsinj": ""}, "PIT-001"
VALUES = {
    "integer": "1",
    "decimal": "1",
    "date": "2026-03-01",
    "boolean": "true",
    "visit": "BL",
    "lesion": f"{CODE}-L1",
}


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A study with a person at each of two sites."""
    folder = tmp_path_factory.mktemp("bad")
    connect(folder, create=True)
    fill()
    yield folder
    close()


@pytest.fixture
def client(home: Path) -> Client:
    connect(home)
    return Client(headers={"host": "127.0.0.1"})


def strict() -> Client:
    return Client(headers={"host": "127.0.0.1"}, enforce_csrf_checks=True)


def text_of(answer: Any) -> str:
    body = b"".join(answer.streaming_content) if answer.streaming else answer.content
    return str(body.decode("utf-8", "replace"))


# Forged posts ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("who", ["keeper", "investigator", "study_nurse", "pharmacist", "data_manager", "image_reader"])
def test_a_post_without_the_token_of_a_page_is_refused_at_every_address(client: Client, who: str) -> None:
    forged = strict()
    sign_in_keeper(forged) if who == "keeper" else sign_in(forged, "limoges", who)
    before = read_head("limoges")
    taken = [
        f"{row.page}: {answer.status_code}"
        for row in table().values()
        if (answer := forged.post(row.address(), {"name": "x", "_expected": "0"})).status_code not in (403, 404, 405)
    ]
    assert taken == [] and read_head("limoges") == before
    assert forged.get("/account/").status_code == 200, "the session goes on"


def test_a_token_of_another_browser_is_no_token(client: Client) -> None:
    forged, other = strict(), strict()
    for one in (forged, other):
        sign_in(one, "limoges", "study_nurse", person=f"nurse{id(one)}")
    page = text_of(other.get(reverse("begin_visit", args=["limoges", "A", "BL"])))
    token = re.search(r'name="csrfmiddlewaretoken" value="(\w+)"', page)
    assert token
    before, sent = read_head("limoges"), {"visit_date": "2026-03-10", "csrfmiddlewaretoken": token[1]}
    refused = forged.post(reverse("begin_visit", args=["limoges", "A", "BL"]), sent)
    assert refused.status_code == 403 and read_head("limoges") == before


# Codes of others ---------------------------------------------------------------------------------------------------


@pytest.mark.requirement("21 CFR 11.10(d),(g)")
@pytest.mark.parametrize("role", ["study_nurse", "investigator", "pharmacist", "assessor"])
def test_what_is_sent_about_a_participant_of_another_site_is_answered_as_about_nobody(
    client: Client, role: str
) -> None:
    sign_in(client, "limoges", role, "S1", f"{role} at S1")
    before, told = read_head("limoges"), []
    for row in table().values():
        if "code" not in row.arguments or row.page in ENDING or not row.opens_to(role):
            continue
        answers = {_answer(client, row, code) for code in ("B", "Z")}
        if len(answers) != 1 or next(iter(answers))[0] not in (403, 404, 405):
            told.append(f"{row.page}: {[(status, text[-900:]) for status, text in answers]}")
    assert told == [] and read_head("limoges") == before


def _answer(client: Client, row: Row, code: str) -> tuple[int, str]:
    arguments = {name: value.replace("A-L1", f"{code}-L1") for name, value in row.arguments.items()} | {"code": code}
    sent = {"_expected": "0", "_reason": "x", "_password": PASSWORD, "_code": "x", "visit_date": "2026-03-10"}
    answer = client.post(reverse(row.page, kwargs=arguments), sent)
    text = re.sub(r'name="csrfmiddlewaretoken" value="\w+"', "", text_of(answer))
    return answer.status_code, re.sub(rf"{code}-L1|\b{code}\b", "", text)


# Names that nobody asked for ---------------------------------------------------------------------------------------

EXTRA = ("author", "role", "participant", "site_of_entry", "expected", "version", "granted_role", "is_staff", "at")


def test_a_name_that_a_form_does_not_have_is_refused_on_every_form_page(client: Client) -> None:
    sign_in(client, "limoges", "investigator")
    protocol, before, wrong = load("limoges"), read_head("limoges"), []
    for form in protocol.forms:
        if "participant" not in KEYS[form.level] or not _reachable(client, form):
            continue
        for name in EXTRA:
            sent = {**answers_to(form, "x"), name: "1", "_expected": "0"}
            if form.item(name) is None and client.post(_page("limoges", form, "A"), sent).status_code not in (422, 403):
                wrong.append(f"{form.id}: {name}")
    assert wrong == [] and read_head("limoges") == before


def test_an_account_gets_no_right_from_a_field_that_its_page_does_not_have(client: Client) -> None:
    sign_in(client, "limoges", "study_nurse", "S1", "eve")
    more = {
        "is_staff": "1",
        "is_superuser": "1",
        "username": "ada",
        "role": "administrator",
        "site": "",
        "person": "ada",
    }
    new = "another simulated pass phrase"
    assert client.post("/account/password/", {"old": PASSWORD, "new": new, "again": new} | more).status_code == 302
    client.post("/account/", more)
    client.post("/sign-in/", {"name": "eve", "password": new} | more)
    eve = user_named("eve")
    assert (eve.get_username(), eve.is_staff, eve.is_superuser) == ("eve", False, False)
    assert client.get("/accounts/").status_code == 403 and client.get("/limoges/participants/B/").status_code == 404


def test_author_and_time_of_an_entry_are_the_servers_whatever_is_sent(client: Client) -> None:
    sign_in(client, "limoges", "study_nurse", "S1", "nora")
    place = Place("A", "medical_history", repeat="MH1")
    sent = {"mh_condition": "asthma", "mh_ongoing": "true", "_expected": "0", "_action": "finish"}
    forged = {"_author": "ada", "_role": "investigator", "_at": "1999-01-01T00:00:00Z", "_site": "S2"}
    wrong_clock = {"HTTP_DATE": "Fri, 01 Jan 1999 00:00:00 GMT", "HTTP_X_FORWARDED_USER": "ada"}
    begun = now() - timedelta(seconds=1)
    answer = client.post(
        reverse("form", args=["limoges", "A", "medical_history"]) + "?repeat=MH1",
        sent | forged,
        **wrong_clock,  # type: ignore[arg-type]
    )
    assert answer.status_code == 303, text_of(answer)
    (step, *_rest) = history("limoges", place)
    assert (step.author, step.role) == ("nora", "study_nurse")
    assert begun.isoformat()[:19] <= step.at[:19] <= (now() + timedelta(seconds=1)).isoformat()[:19]


# Scripts -----------------------------------------------------------------------------------------------------------


def answers_to(form: Form, text: str) -> dict[str, str]:
    """Return an answer to every item of a form: this text to every text, and something that will do to the others."""
    return {item.id: _answer_to(item, text) for item in form.items}


def _answer_to(item: Item, text: str) -> str:
    if item.type == "choice":
        return item.choices[0]
    if item.type in ("integer", "decimal") and item.min is not None:
        return f"{max(item.min, 1):g}"
    return VALUES.get(item.type, text)


def _page(study: str, form: Form, code: str) -> str:
    places = {"visit": "BL", "lesion": f"{code}-L1"}
    asked = "&".join(f"{key}={places[key]}" for key in KEYS[form.level] if key in places)
    return reverse("form", args=[study, code, form.id]) + f"?{asked}"


def _reachable(client: Client, form: Form) -> bool:
    return client.get(_page("limoges", form, "A")).status_code == 200


@pytest.fixture(scope="module", params=list(STUDIES))
def scripted(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A study in which every text that hands can enter is a script, the name of the site too."""
    connect(tmp_path_factory.mktemp("scripts"), create=True)
    protocol, by = load(request.param, STUDIES[request.param]), Author("test", "test")
    door = open_study(protocol, "test")
    screening = protocol.form("screening")
    assert screening
    door.enter([Draft(Place(CODE, "screening"), answers_to(screening, SCRIPT) | {"site": SITE})], by)
    door.enter([Draft(Place(CODE, "visit", "BL"), {"visit_date": "2026-03-01", "visit_reason": SCRIPT})], by)
    lesion = {"body_site": "knee", "side": "left", "view": "front", "map_x": 0.4, "map_y": 0.6, "role": "target"}
    door.enter([Draft(Place(CODE, "lesion", lesion=f"{CODE}-L1"), lesion)], by)
    for form in _by_hand(protocol):
        if form.id not in ("screening", "visit", "lesion"):
            door.enter([Draft(_place(form), _asked(form))], by)
    yield request.param
    close()


def _by_hand(protocol: Protocol) -> list[Form]:
    """Return the forms that somebody enters by hand about a participant."""
    every = {form.id: form for form in (*protocol.forms, *house_forms().values())}
    return [
        form
        for form in every.values()
        if capability_to_enter(protocol, form.id) and "participant" in KEYS[form.level] and form.id != "end_of_study"
    ]


def _place(form: Form) -> Place:
    names = {"participant": CODE, "visit": "BL", "lesion": f"{CODE}-L1", "repeat": f"{form.repeats or 'AE'}1"}
    return Place(form=form.id, **{key: names[key] for key in KEYS[form.level]})


def _asked(form: Form) -> dict[str, str]:
    """Return answers without those whose question falls away with the others."""
    values = answers_to(form, SCRIPT)
    skipped = not_asked(form, readable(form, values))
    return {name: value for name, value in values.items() if name not in skipped}


@pytest.mark.parametrize("role", ["investigator", "study_nurse", "data_manager", "monitor", "pharmacist", "assessor"])
def test_a_script_that_was_entered_is_text_on_every_page(scripted: str, role: str) -> None:
    client = Client(headers={"host": "127.0.0.1"})
    sign_in(client, scripted, role)
    live, shown = [], 0
    for row in table().values():
        if row.method != "GET" or row.page in ENDING or not row.opens_to(role):
            continue
        names = {"study": scripted, "code": CODE, "lesion": f"{CODE}-L1"}
        arguments = {name: names.get(name, value) for name, value in row.arguments.items()}
        answer = client.get(reverse(row.page, kwargs=arguments) + (f"?{row.query}" if row.query else ""))
        text = text_of(answer)
        live += [row.page] if RAW in text and "html" in answer["Content-Type"] else []
        shown += "alert(" in text
        assert answer.status_code < 500, row.page
    assert live == [] and shown > 3


def test_a_script_typed_into_every_field_of_every_form_page_comes_back_as_text(scripted: str) -> None:
    client = Client(headers={"host": "127.0.0.1"})
    sign_in(client, scripted, "investigator")
    protocol, before = load(scripted, STUDIES[scripted]), read_head(scripted)
    live, drawn = [], 0
    for form in protocol.forms:
        if "participant" not in KEYS[form.level] or client.get(_page(scripted, form, CODE)).status_code != 200:
            continue
        link = _page(scripted, form, CODE)
        sent = {item.id: SCRIPT for item in form.items} | {"_expected": "0", "_reason": SCRIPT, "_confirm": SCRIPT}
        answer = client.post(link, sent)
        drawn += answer.status_code == 422
        for page in (answer, client.get(link), client.get(f"{link}&repeat={SCRIPT}&visit={SCRIPT}&lesion={SCRIPT}")):
            assert page.status_code < 500, link
            live += [link] if RAW in text_of(page) else []
    assert live == [] and drawn > 8 and read_head(scripted) == before
