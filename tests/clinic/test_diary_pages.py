"""Participants' pages: a link opens one person's questions and nothing else; answers arrive once or not at all."""

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from datetime import timedelta
from html import unescape
from pathlib import Path

import pytest
from django.core.cache import cache
from django.test import Client

from calcitrial.diary import read_book, revoke
from calcitrial.protocol import Protocol
from calcitrial.record import Gateway, Place, history, now, participant_trail, read_head
from tests.diary.diary_home import CODE, NURSE, OTHER, begin, link

DAY = now().date()
HOSTILE = '<script>alert("x")</script>'


@pytest.fixture
def study(home: Path, stsinj: Protocol) -> Iterator[Gateway]:
    """Two people injected yesterday, on each database in turn."""
    cache.clear()
    yield begin(stsinj, now, (CODE, OTHER), DAY - timedelta(days=1))


@pytest.fixture
def phone() -> Client:
    """A browser without a script that asks for CSRF like any other."""
    return Client(headers={"host": "127.0.0.1"}, enforce_csrf_checks=True, raise_request_exception=False)


def token(gateway: Gateway, code: str = CODE, **offer: object) -> str:
    return link(gateway, code, **({"zone": "UTC"} | offer))


def begun(phone: Client, token: str, title: str = "Journal de la journée") -> str:
    """Open the link and return the address of the last diary of this title, which is today's."""
    page = unescape(phone.get(f"/d/{token}/").content.decode())
    links = re.findall(rf'<h3>{title}</h3>.*?href="([^"]+)"', page, re.S)
    return str(phone.get(links[-1]).headers["Location"])


def sent(phone: Client, address: str, **values: str) -> object:
    """Send a screen as the page that was opened would, with everything hidden in it."""
    page = phone.get(address).content.decode()
    shown = page.split('class="screen"')[1]
    hidden = dict(re.findall(r'<input type="hidden" name="((?:here|v|t)-[^"]+)" value="([^"]*)"', shown))
    csrf = re.findall(r'name="csrfmiddlewaretoken" value="([^"]+)"', page)[0]
    return phone.post(address, hidden | {"csrfmiddlewaretoken": csrf} | values)


def answer_place(item: str, day: object = DAY) -> Place:
    return Place(CODE, "diary_entry", repeat=f"injection_diary:{day}:{item}")


def test_a_participant_answers_screen_by_screen_without_a_script(study: Gateway, phone: Client) -> None:
    address = begun(phone, token(study))
    head = read_head("stsinj").sequence
    steps = [
        {"a-pain_worst": "4"},
        {"a-swelling": "1", "skip-redness": "1"},
        {"a-skin_opened": "yes"},
        {"a-medicine": "yes"},
        {"a-medicine_name": HOSTILE},
    ]
    for step in steps:
        response = sent(phone, address, **step)
        assert response.status_code == 303, response.content.decode()
        address = response.headers["Location"]
    assert address.endswith("/done/") and read_head("stsinj").sequence == head + len(steps)
    page = phone.get(address).content.decode()
    assert "Appelez aujourd’hui votre équipe" in page and "sans réponse" in page
    assert HOSTILE not in page and "&lt;script&gt;" in page
    (step,) = history("stsinj", answer_place("redness"), "left_out")
    assert (step.value, step.author, step.role) == ("true", CODE, "participant")


def test_who_stops_in_the_middle_goes_on_where_they_were(study: Gateway, phone: Client) -> None:
    address = begun(phone, code := token(study))
    response = sent(phone, address, stop="1", **{"a-pain_worst": "4"})
    assert response.headers["Location"] == f"/d/{code}/?saved=1"
    assert "Vous pourrez continuer plus tard" in phone.get(response.headers["Location"]).content.decode()
    other_device = Client(headers={"host": "127.0.0.1"}, raise_request_exception=False)
    again = begun(other_device, code)
    assert again == address.replace("/1/", "/2/")
    assert sent(phone, again, stop="1").status_code == 303


def test_a_screen_without_an_answer_is_not_saved_and_says_so_beside_the_question(study: Gateway, phone: Client) -> None:
    address = begun(phone, token(study))
    head = read_head("stsinj").sequence
    for values in ({}, {"a-pain_worst": "11"}, {"a-pain_worst": "99999999999"}, {"a-pain_worst": "x" * 10_000_000}):
        response = sent(phone, address, **values)
        assert response.status_code == 422 and 'class="wrong-said"' in response.content.decode()
        assert len(response.content) < 11_000_000
    assert read_head("stsinj").sequence == head


def test_the_same_post_twice_is_entered_once(study: Gateway, phone: Client) -> None:
    address = begun(phone, token(study))
    page = phone.get(address).content.decode()
    csrf = re.findall(r'name="csrfmiddlewaretoken" value="([^"]+)"', page)[0]
    post = {"csrfmiddlewaretoken": csrf, "here-pain_worst": "1", "v-pain_worst": "0", "a-pain_worst": "4"}
    head = read_head("stsinj").sequence
    assert [phone.post(address, post).status_code for _ in range(3)] == [303, 303, 303]
    assert read_head("stsinj").sequence == head + 1


@pytest.mark.requirement("ICH E6(R3) 4.2.4")
def test_a_change_needs_a_reason_and_an_older_page_is_refused(study: Gateway, phone: Client) -> None:
    address = begun(phone, token(study))
    sent(phone, address, **{"a-pain_worst": "4"})
    without = sent(phone, address, **{"a-pain_worst": "7"})
    assert without.status_code == 422 and "Indiquez pourquoi" in unescape(without.content.decode())
    assert sent(phone, address, reason="because", **{"a-pain_worst": "7"}).status_code == 422
    assert sent(phone, address, reason="reason_wrong", **{"a-pain_worst": "7"}).status_code == 303
    steps = history("stsinj", answer_place("pain_worst"), "answer")
    assert [(step.value, step.reason) for step in steps] == [("4", ""), ("7", "I pressed the wrong answer")]
    stale = sent(phone, address, reason="reason_wrong", **{"a-pain_worst": "2", "v-pain_worst": "1"})
    assert stale.status_code == 422 and "déjà été donnée" in unescape(stale.content.decode())


@pytest.mark.requirement("FDA Q&A 2024")
def test_a_script_sends_several_screens_with_both_clocks_and_a_wrong_clock_is_kept_as_such(
    study: Gateway, phone: Client
) -> None:
    address = begun(phone, token(study))
    page = phone.get(address).content.decode()
    post = {"csrfmiddlewaretoken": re.findall(r'name="csrfmiddlewaretoken" value="([^"]+)"', page)[0]}
    for item, text in {"pain_worst": "4", "swelling": "0", "redness": "1"}.items():
        post |= {f"here-{item}": "1", f"v-{item}": "0", f"a-{item}": text, f"t-{item}": "2001-01-01T08:00:00Z"}
    post |= {"sending": "0badcafe", "sent_at": "2001-01-01T08:01:00Z"}
    head = read_head("stsinj").sequence
    response = phone.post(address, post, headers={"Accept": "application/json"})
    assert response.status_code == 200 and response.json()["next"].endswith("/3/")
    assert read_head("stsinj").sequence == head + 1
    values = {step.item: step for step in history("stsinj", answer_place("swelling"))}
    assert values["device_at"].value == "2001-01-01T08:00:00+00:00" and values["sending"].value == "0badcafe"
    assert int(values["clock_off"].value) > 20 * 365 * 86400
    assert abs((now() - now().fromisoformat(values["answer"].at)).total_seconds()) < 60
    post |= {"a-swelling": "9", "v-swelling": "1", "reason": "reason_wrong"}
    bad = phone.post(address, post, headers={"Accept": "application/json"})
    assert bad.status_code == 422 and "none of the answers" in bad.json()["problems"]["swelling"]


@pytest.mark.requirement("21 CFR 11.300(a–e)")
def test_wrong_ended_and_revoked_links_and_those_of_no_study_look_the_same(study: Gateway, phone: Client) -> None:
    ended, revoked, good = token(study, days=0), token(study), token(study)
    revoke(study, CODE, "L2", "lost", NURSE)
    pages = [phone.get(f"/d/{one}/") for one in (ended, revoked, "x", "A" * 43, good[:-1])]
    assert {page.status_code for page in pages} == {404} and len({page.content for page in pages}) == 1
    assert phone.get(f"/d/{good}/").status_code == 200


@pytest.mark.requirement("21 CFR 11.300(a–e)")
def test_who_tries_many_links_is_refused_for_a_while(study: Gateway, phone: Client) -> None:
    good = token(study)
    for number in range(30):
        assert phone.get(f"/d/guess{number}/").status_code == 404
    assert phone.get("/d/guess/").status_code == 429 and phone.get(f"/d/{good}/").status_code == 429
    elsewhere = Client(headers={"host": "127.0.0.1"}, REMOTE_ADDR="10.0.0.9")
    assert elsewhere.get(f"/d/{good}/").status_code == 200
    # A proxy tells each telephone apart; what a telephone itself claims before that counts nothing.
    assert phone.get(f"/d/{good}/", headers={"X-Forwarded-For": "1.1.1.1, 10.0.0.9"}).status_code == 200
    assert phone.get(f"/d/{good}/", headers={"X-Forwarded-For": "10.0.0.9, 127.0.0.1"}).status_code == 429


@pytest.mark.requirement("21 CFR 11.10(d)")
def test_a_link_opens_nothing_of_anybody_else(study: Gateway, phone: Client) -> None:
    mine, other = token(study), token(study, OTHER)
    address = begun(phone, other)
    mark = address.split("/")[3]
    for page in ("", "1/", "done/"):
        assert phone.get(f"/d/{mine}/{mark}/{page}").status_code == 404
    assert (
        phone.get(f"/d/{mine}/{mark}/").status_code == 404 and phone.get(f"/d/{mine}/{mark}/done/").status_code == 404
    )
    for beyond in ("0", "99", "4294967296"):
        assert phone.get(f"/d/{other}/{mark}/{beyond}/").status_code == 404
    head = read_head("stsinj").sequence
    assert sent(phone, address, participant=CODE, told_by="physician", **{"a-pain_worst": "4"}).status_code == 303
    steps = [step for step in participant_trail("stsinj", OTHER) if step.sequence > head]
    assert {step.author for step in steps} == {OTHER} and not history("stsinj", answer_place("pain_worst"))


@pytest.mark.requirement("GDPR/HIPAA")
def test_no_page_tells_trial_person_disease_or_medicine(study: Gateway, phone: Client) -> None:
    address = begun(phone, code := token(study))
    sent(phone, address, **{"a-pain_worst": "4"})
    mark = address.split("/")[3]
    pages = [phone.get(one) for one in (f"/d/{code}/", address, f"/d/{code}/{mark}/done/", "/d/x/")]
    for page in pages:
        text = page.content.decode().replace(code, "")
        assert not re.search(r"PIT-|stsinj|calcin|calcitrial|scl[ée]ro|thiosulf|injection|pittsburgh", text, re.I)
        assert page.headers["X-Robots-Tag"] == "noindex, nofollow" and "no-store" in page.headers["Cache-Control"]
        assert page.headers["Referrer-Policy"] == "same-origin"


def test_a_post_without_the_token_of_the_page_enters_nothing(study: Gateway, phone: Client) -> None:
    address = begun(phone, token(study))
    head = read_head("stsinj").sequence
    assert phone.post(address, {"here-pain_worst": "1", "a-pain_worst": "4"}).status_code == 403
    assert phone.get(f"{address}?a-pain_worst=4").status_code == 200
    assert read_head("stsinj").sequence == head


@pytest.mark.requirement("EMA 2023")
def test_the_language_is_switched_remembered_and_kept_with_each_answer(study: Gateway, phone: Client) -> None:
    code = token(study)
    assert "Vos questions" in phone.get(f"/d/{code}/").content.decode()
    assert phone.get(f"/d/{code}/?language=en").headers["Location"] == f"/d/{code}/"
    assert 'lang="en"' in phone.get(f"/d/{code}/").content.decode()
    address = begun(phone, code, "Diary of this day")
    sent(phone, address, **{"a-pain_worst": "4"})
    assert [step.value for step in history("stsinj", answer_place("pain_worst"), "language")] == ["en"]


@pytest.mark.requirement("FDA Q&A 2024")
def test_a_parent_answers_as_a_parent(study: Gateway, phone: Client) -> None:
    address = begun(phone, token(study, holder="proxy", relation="parent"))
    assert "pour une autre personne" in unescape(phone.get(address).content.decode())
    sent(phone, address, **{"a-pain_worst": "4"})
    values = {step.item: (step.author, step.role, step.value) for step in history("stsinj", answer_place("pain_worst"))}
    assert values["told_by"] == ("parent of PIT-001", "proxy", "proxy")
    assert values["relation"][2] == "parent"


def test_reminders_are_stopped_and_started_by_the_participant(study: Gateway, phone: Client) -> None:
    code = token(study)
    for wanted, kept in (("no", False), ("no", False), ("yes", True)):
        page = phone.get(f"/d/{code}/").content.decode()
        csrf = re.findall(r'name="csrfmiddlewaretoken" value="([^"]+)"', page)[0]
        assert phone.post(f"/d/{code}/reminders/", {"wanted": wanted, "csrfmiddlewaretoken": csrf}).status_code == 303
        assert read_book("stsinj", CODE).wants_reminders(CODE) is kept
    steps = history("stsinj", Place(CODE, "diary_choice"))
    assert [(step.value, step.role) for step in steps] == [("false", "participant"), ("true", "participant")]


def test_a_physicians_scale_is_not_shown_to_participants(study: Gateway, phone: Client) -> None:
    page = phone.get(f"/d/{token(study)}/").content.decode()
    assert "Évaluation globale par le médecin" not in page and "Comment vous allez" in page


def test_a_proxy_with_tls_may_show_the_pages_under_the_address_that_is_named(tmp_path: Path) -> None:
    program = "from calcitrial import settings as s; print(s.ALLOWED_HOSTS[3:], s.CSRF_TRUSTED_ORIGINS)"
    said = []
    for address in ("https://study.example.org/", ""):
        environment = os.environ | {"CALCITRIAL_ADDRESS": address, "CALCITRIAL_HOME": str(tmp_path)}
        environment |= {"PYTHONPATH": os.pathsep.join(sys.path), "CALCITRIAL_DATABASE": ""}
        run = subprocess.run([sys.executable, "-c", program], env=environment, capture_output=True, check=True)
        said.append(run.stdout.decode().strip())
    assert said == ["['study.example.org'] ['https://study.example.org']", "[] []"]
