"""A nurse at work in a real browser: a visit with its forms, a draft gone on with, a correction, its history."""

import socket
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from calcitrial.protocol import load
from calcitrial.record import close, connect
from tests.clinic.small_clinic import HERE, SITE, fill_clinic
from tests.signing_in import make_person, sign_in_browser
from tests.web.browsing import chromium, served

pytestmark = pytest.mark.browser
VISITS = f"/stsinj/participants/{HERE}/visits/"
FORMS = f"/stsinj/participants/{HERE}/forms/"
PAGES = (
    VISITS,
    f"{VISITS}dates/",
    f"{VISITS}W08/begin/",
    f"{VISITS}W08/missed/",
    f"{VISITS}U01/begin/",
    f"{VISITS}BL/laboratory/",
    f"{FORMS}check_up/?visit=BL",
    f"{FORMS}conmed/",
    f"{FORMS}medical_history/",
    f"{FORMS}screening/",
    "/stsinj/forms/blank/",
    "/stsinj/laboratory/",
)


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The real server of a small clinic, whose nurse may do everything that a nurse does."""
    home: Path = tmp_path_factory.mktemp("home")
    connect(home, create=True)
    fill_clinic(load("stsinj"))
    make_person("stsinj", "study_nurse", SITE, "nora")
    close()
    with served(home, tmp_path_factory.mktemp("server") / "log") as address:
        yield address


@pytest.fixture(scope="module")
def browser(server: str) -> Iterator[Any]:
    """The system's Chromium, in which the nurse has signed in."""
    with chromium() as started:
        seat = started.new_context()
        sign_in_browser(seat.new_page(), server, "nora")
        yield seat


def opened(browser: Any, width: int = 1280) -> tuple[Any, list[str]]:
    """A page as a nurse opens it, and what went wrong while it loaded."""
    page, wrong = browser.new_page(), list[str]()
    page.set_viewport_size({"width": width, "height": 900})
    page.on("console", lambda message: wrong.append(message.text) if message.type in ("error", "warning") else None)
    page.on("pageerror", lambda error: wrong.append(str(error)))
    return page, wrong


@pytest.mark.parametrize("width", [1280, 375])
def test_every_page_fits_its_width_and_has_no_serious_fault_of_access(server: str, browser: Any, width: int) -> None:
    from axe_playwright_python.sync_playwright import Axe

    page, wrong = opened(browser, width)
    for link in PAGES:
        page.goto(server + link, wait_until="networkidle")
        assert page.evaluate("document.documentElement.scrollWidth") <= width, link
        found = Axe().run(page, options={"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]})
        serious = [one for one in found.response["violations"] if one["impact"] in ("serious", "critical")]
        assert serious == [], (link, [(one["id"], one["nodes"][0]["html"]) for one in serious])
    assert wrong == []
    page.close()


def test_a_nurse_begins_a_visit_fills_a_form_goes_on_corrects_and_sees_the_history(server: str, browser: Any) -> None:
    page, wrong = opened(browser, 375)
    page.goto(f"{server}{VISITS}", wait_until="networkidle")
    page.click("#W04 >> text=Begin")
    today = page.evaluate("new Date().toISOString().slice(0, 10)")
    page.fill("#f-visit_date", today)
    page.click("text=Begin the visit")
    page.wait_for_url(f"**{VISITS}?saved=visit#W04")
    page.click("#W04 >> text=Check-up")
    # Questions that rest on an answer come and go with it.
    assert not page.is_visible("#f-finding")
    page.check("#f-done")
    assert page.is_visible("#f-finding")
    page.check("#f-done-1")
    assert not page.is_visible("#f-finding")
    page.check("#f-done")
    page.fill("#f-weight", "70,5")
    page.click("text=Save and go on later")
    page.wait_for_selector("text=Go on whenever you like")
    assert page.input_value("#f-weight") == "70.5" and page.is_visible("#f-finding")
    page.click("text=Save and finish")
    page.wait_for_selector("text=Finding is missing")
    assert page.evaluate("document.activeElement.id") == "problems"
    page.fill("#f-finding", "Nothing new.")
    page.click("text=Save and finish")
    page.wait_for_selector("text=Saved: Check-up")
    page.click("#W04 >> text=Check-up")
    page.fill("#f-weight", "140")
    page.click("text=Save and finish")
    page.wait_for_selector("text=Is that right?")
    page.check("[name=_confirm]")
    page.fill("#f-reason", "other scale")
    page.click("text=Save and finish")
    page.wait_for_selector("text=Saved: Check-up")
    page.click("#W04 >> text=Check-up")
    page.click("[data-item=weight] >> text=History")
    page.wait_for_selector("text=other scale Confirmed: Weight is 140 kg")
    assert page.is_visible("text=70.5 kg")
    assert [one for one in wrong if "422" not in one] == []
    page.close()


def test_a_hidden_answer_is_emptied_when_the_form_is_sent(server: str, browser: Any) -> None:
    page, _wrong = opened(browser)
    page.goto(f"{server}{FORMS}check_up/?visit=BL", wait_until="networkidle")
    page.check("#f-done")
    page.fill("#f-finding", "A lump.")
    page.check("#f-pain_side")
    page.check("#f-done-1")
    page.click("text=Save and finish")
    page.wait_for_selector("text=Saved: Check-up")
    page.goto(f"{server}{FORMS}check_up/?visit=BL", wait_until="networkidle")
    assert page.is_checked("#f-done-1") and page.input_value("#f-finding") == ""
    page.close()


def test_the_browser_reads_rules_as_the_server_does(server: str, browser: Any) -> None:
    from calcitrial.protocol import evaluate, rule_tree

    page, _wrong = opened(browser)
    page.goto(server + VISITS)
    rules = [
        "a && b",
        "a || b",
        "!a",
        "n >= 2 && !(n == 3)",
        "c in ['x', 'y']",
        "c == 'x' || n < 1.5",
        "d >= '2026-01-02'",
    ]
    answers: list[dict[str, Any]] = [{}]
    for name, known in (("a", (True, False)), ("b", (True, False)), ("n", (1.0, 2.0, 3.0)), ("c", ("x", "z"))):
        answers = [old | new for old in answers for new in ({}, *({name: value} for value in known))]
    answers += [{"d": "2026-01-01"}, {"d": "2026-01-02"}]
    told = page.evaluate(
        """async ([trees, answers]) => {
            const { evaluate } = await import("/static/visit_desk/rules.js");
            return trees.map((tree) => answers.map((known) => evaluate(tree, known)));
        }""",
        [[rule_tree(rule) for rule in rules], answers],
    )
    words = {True: "true", False: "false", None: "unknown"}
    for rule, said in zip(rules, told, strict=True):
        assert [words[one] for one in said] == [evaluate(rule, known) for known in answers], rule
    page.close()


def test_a_connection_that_breaks_in_the_middle_of_a_save_enters_nothing(server: str, browser: Any) -> None:
    page, _wrong = opened(browser)
    link = f"{FORMS}medicine/?repeat=MED1"
    page.goto(server + link)
    token = page.input_value("[name=csrfmiddlewaretoken]")
    cookies = "; ".join(f"{one['name']}={one['value']}" for one in page.context.cookies())
    agent = page.evaluate("navigator.userAgent")
    body = f"csrfmiddlewaretoken={token}&_expected=0&drug=Colchicine+and+much+more"
    head = (
        f"POST {link} HTTP/1.1\r\nHost: 127.0.0.1\r\nCookie: {cookies}\r\n"
        f"User-Agent: {agent}\r\n"
        f"Content-Type: application/x-www-form-urlencoded\r\nContent-Length: {len(body)}\r\n\r\n"
    )
    with socket.create_connection(("127.0.0.1", int(server.rsplit(":", 1)[1]))) as line:
        line.sendall((head + body[:-15]).encode())
        line.shutdown(socket.SHUT_WR)
        line.settimeout(10)
        line.recv(4096)
    page.goto(server + FORMS + "medicine/")
    assert "MED1" in page.content() and "Colchicine" not in page.content()
    page.close()
