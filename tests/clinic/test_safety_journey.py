"""A necrosis two weeks after an injection, in a real browser: reported, told, held, judged, and lifted."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.db import connections

from calcitrial import verbs
from calcitrial.lesions import Injection
from calcitrial.protocol import RefusedError
from calcitrial.record import Author, connect, now
from calcitrial.vigilance import enter_contact
from tests.signing_in import make_person, sign_in_browser
from tests.web.browsing import chromium, served

from .safety_study import NURSE, begun, event_values, posted, sink

pytestmark = pytest.mark.browser
EVENTS = "/stsinj/participants/PIT-001/events/"
RULES = {"runOnly": {"type": "tag", "values": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]}}


@pytest.fixture
def address(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[tuple[str, list[Any]]]:
    """The real server on a home with the running study, its people, and a real mail server beside it."""
    # Playwright's loop lives in this thread, but nothing awaits while the test asks the record.
    monkeypatch.setenv("DJANGO_ALLOW_ASYNC_UNSAFE", "1")
    connect(tmp_path, create=True)
    begun()
    mail = {"contact_email": "safety@example.org", "contact_role": "sponsor", "contact_active": "true"}
    mail |= {"contact_for": "serious events, special interest and holds"}
    enter_contact(verbs.door("stsinj"), "C1", mail, 0, "", NURSE)
    for name, role in (("nora", "study_nurse"), ("ines", "investigator"), ("bo", "safety_board")):
        make_person("stsinj", role, person=name)
    with sink(monkeypatch) as messages:
        connections["default"].close()
        with served(tmp_path, tmp_path / "log") as where:
            yield where, messages
    connections["default"].close()


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    """The system's Chromium."""
    with chromium() as started:
        yield started


def signed_in(browser: Any, address: str, name: str, width: int = 1280) -> Any:
    """A page of somebody who signed in, at this width."""
    page = browser.new_context(viewport={"width": width, "height": 900}).new_page()
    sign_in_browser(page, address, name)
    return page


def fits(page: Any, width: int) -> None:
    """The page has no serious finding of axe and is not wider than the screen."""
    found = Axe().run(page, options=RULES).response["violations"]
    serious = [(one["id"], [node["html"][:160] for node in one["nodes"]]) for one in found]
    assert not serious, serious
    assert page.evaluate("document.documentElement.scrollWidth") <= width


def inject_now() -> None:
    shot = Injection(150, 0.5, "V1", "ultrasound", 3)
    verbs.inject(verbs.door("stsinj"), "PIT-001", "W04", "PIT-001-L1", shot, Author("ines", "investigator"))


@pytest.mark.parametrize("width", [1280, 375])
def test_a_necrosis_is_reported_told_held_judged_and_lifted(browser: Any, address: Any, width: int) -> None:
    where, messages = address
    page = signed_in(browser, where, "nora", width)
    page.goto(f"{where}{EVENTS}")
    fits(page, width)
    page.click("text=Report an event")
    page.keyboard.type("injection site")  # the field has the focus
    page.wait_for_selector("#terms .card")
    fits(page, width)
    page.keyboard.press("ArrowDown")
    while page.evaluate("document.activeElement.textContent").strip() != "Injection site reaction":
        page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    page.wait_for_selector("input[name='grade']")
    fits(page, width)
    assert not page.is_visible("[data-item='serious_death']")
    page.check("input[name='grade'][value='3']")
    page.fill("input[name='onset_date']", now().date().isoformat())
    page.select_option("select[name='ae_lesion']", "PIT-001-L1")
    page.select_option("select[name='ae_visit']", "BL")
    page.check("input[name='serious'][value='true']")
    assert page.is_visible("[data-item='serious_death']")
    page.check("input[name='related'][value='related']")
    page.click("text=Save the event")
    assert "No criterion says why" in page.inner_text("#problems")  # nothing typed is lost
    fits(page, width)
    page.check("input[name='serious_important'][value='true']")
    page.click("text=Save the event")
    page.wait_for_url(f"**{EVENTS}AE1/")
    told = page.inner_text("main")
    assert "special interest: necrosis" in told and "injections are refused" in told and "Look at it again" in told
    for _second in range(30):  # the postman sends what was queued, a moment later
        page.reload()
        if "done" in page.inner_text("main"):
            break
        page.wait_for_timeout(1000)
    told = page.inner_text("main")
    assert "done" in told and "in time" in told  # the sponsor was told by mail
    assert [message["Subject"] for message in messages] == ["stsinj PIT-001 AE1: first report"]
    fits(page, width)

    verbs.begin_visit(verbs.door("stsinj"), "PIT-001", "W04", now().date(), NURSE)
    with pytest.raises(RefusedError, match="Lesion PIT-001-L1 is held since"):
        inject_now()

    page = signed_in(browser, where, "ines", width)
    page.goto(f"{where}{EVENTS}AE1/")
    page.click("text=Judge cause and expectedness")
    fits(page, width)
    page.check("input[name='causality_drug'][value='yes']")
    page.check("input[name='causality_procedure'][value='no']")
    page.click("text=Save the judgement")
    page.wait_for_url("**/AE1/#judged")
    page.fill("input[name='_password']", "a simulated pass phrase")
    page.fill("input[name='_code']", "ines")
    page.click("main form[action$='/sign/'] button")
    page.wait_for_selector("text=meaning: causality assessed")
    page.goto(f"{where}/stsinj/safety/")
    assert page.inner_text(".holds").count("injections are refused") == 2  # the lesion, and the person
    fits(page, width)
    for _hold in range(2):
        page.goto(f"{where}/stsinj/safety/")
        page.click(".holds a:has-text('Lift')")
        page.fill("textarea[name='reason']", "dry and closed, photographed")
        fits(page, width)
        page.click("main form button")
        page.wait_for_url(f"**{EVENTS}")
    with pytest.raises(RefusedError) as refused:
        inject_now()
    assert "held" not in str(refused.value)  # what is left to say is of dose and vial


@pytest.mark.parametrize("width", [1280, 375])
def test_the_board_lifts_the_hold_of_the_study_and_recommends(browser: Any, address: Any, width: int) -> None:
    where, _messages = address
    for code in ("PIT-001", "PIT-002"):
        values = event_values(code, term="Skin ulceration", grade=3)
        values = {name: value for name, value in posted(values).items() if not name.startswith("_")}
        draft = {"participant": code, "form": "adverse_event", "repeat": "AE1", "values": values}
        verbs.enter("stsinj", verbs.drafts([draft]), NURSE)
    page = signed_in(browser, where, "bo", width)
    page.goto(f"{where}/stsinj/board/")
    assert "The whole study is held" in page.inner_text("main")
    fits(page, width)
    page.click("a:has-text('Lift')")
    page.fill("textarea[name='reason']", "both reviewed; shorter needle from now on")
    page.click("main form button")
    page.wait_for_url("**/stsinj/board/")
    assert "lifted on" in page.inner_text("main")
    page.check("input[name='recommendation'][value='modify']")
    page.fill("input[name='recommendation_date']", now().date().isoformat())
    page.fill("input[name='_password']", "a simulated pass phrase")
    page.fill("input[name='_code']", "bo")
    page.click("text=Enter and sign")
    page.wait_for_selector("text=meaning: approved")
    page.goto(f"{where}/stsinj/board/closed.html")
    assert "CLOSED PART" in page.inner_text("body")
