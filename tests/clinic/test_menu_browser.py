"""An open menu in a real browser: Escape and a click elsewhere close it, and the focus is not lost."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from calcitrial.protocol import load
from calcitrial.record import close, connect
from tests.clinic.small_clinic import SITE, fill_clinic
from tests.signing_in import make_person, sign_in_browser
from tests.web.browsing import chromium, served

pytestmark = pytest.mark.browser
FOCUS = "document.activeElement.textContent.trim().split(' ')[0]"
OPEN = "document.querySelectorAll('.menu details[open]').length"


@pytest.fixture(scope="module")
def page(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    """The page of today as a nurse sees it in the system's Chromium."""
    home: Path = tmp_path_factory.mktemp("home")
    connect(home, create=True)
    fill_clinic(load("stsinj"))
    make_person("stsinj", "study_nurse", SITE, "nora")
    close()
    with served(home, tmp_path_factory.mktemp("server") / "log") as address, chromium() as browser:
        found = browser.new_page()
        sign_in_browser(found, address, "nora")
        found.goto(f"{address}/stsinj/today/")
        yield found


def test_escape_closes_an_open_menu_and_gives_the_focus_back(page: Any) -> None:
    page.locator(".menu summary").first.focus()
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    assert page.evaluate(OPEN) == 1 and page.evaluate(FOCUS) == "Today"
    page.keyboard.press("Escape")
    assert page.evaluate(OPEN) == 0 and page.evaluate(FOCUS) == "Work"
    page.keyboard.press("Escape")
    assert page.evaluate(FOCUS) == "Work"


def test_a_click_elsewhere_closes_it_and_a_click_inside_does_not(page: Any) -> None:
    page.click(".menu summary >> nth=1")
    assert page.evaluate(OPEN) == 1
    page.click("h1")
    assert page.evaluate(OPEN) == 0 and page.evaluate(FOCUS) == "Data"
    page.click(".menu summary >> nth=1")
    page.click(".menu summary >> nth=0")
    assert page.evaluate(OPEN) == 1
    page.click(".menu details[open] a >> nth=1")
    page.wait_for_url("**/stsinj/")


def test_what_is_clicked_takes_the_focus(page: Any) -> None:
    page.click(".menu summary >> nth=1")
    page.click(".me button", trial=True)
    page.focus(".menu summary >> nth=1")
    page.locator("input[name=q], .language button").first.click(no_wait_after=True, modifiers=[])
    assert page.evaluate(OPEN) == 0
