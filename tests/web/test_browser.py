"""The pages in a real browser, served by the real server: no errors, reachable by keyboard, narrow screens."""

from collections.abc import Iterator
from typing import Any

import pytest

from calcitrial.record import close, connect
from tests.signing_in import make_person, sign_in_browser

from .browsing import chromium, served
from .conftest import Filled

pytestmark = pytest.mark.browser
ADDRESSES = (
    "/",
    "/stsinj/",
    "/stsinj/participants/PIT-001/",
    "/stsinj/lesions/",
    "/stsinj/history/?participant=PIT-001",
    "/stsinj/agreement/",
    "/stsinj/protocol/",
    "/stsinj/report/",
    "/stsinj/verify/",
)


@pytest.fixture(scope="module")
def server(filled: Filled, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of the real server in a process of its own, with somebody who may see nearly all of it."""
    connect(filled.home)
    make_person(filled.study, "data_manager", person="dora")
    close()
    with served(filled.home, tmp_path_factory.mktemp("server") / "log") as address:
        yield address


@pytest.fixture(scope="module")
def browser(server: str) -> Iterator[Any]:
    """The system's Chromium, in which a person has signed in."""
    with chromium() as started:
        seat = started.new_context()
        sign_in_browser(seat.new_page(), server, "dora")
        yield seat


def opened(browser: Any, address: str, width: int) -> tuple[Any, list[str]]:
    """A page at this width, and what went wrong while it loaded."""
    page = browser.new_page()
    page.set_viewport_size({"width": width, "height": 900})
    wrong: list[str] = []
    page.on("console", lambda message: wrong.append(message.text) if message.type in ("error", "warning") else None)
    page.on("pageerror", lambda error: wrong.append(str(error)))
    page.on("requestfailed", lambda request: wrong.append(request.url))
    page.on("response", lambda response: wrong.append(response.url) if response.status >= 400 else None)
    page.on("request", lambda request: wrong.append(request.url) if "127.0.0.1" not in request.url else None)
    page.goto(address, wait_until="networkidle")
    return page, wrong


@pytest.mark.parametrize("width", [1280, 375])
@pytest.mark.parametrize("address", ADDRESSES)
def test_a_page_loads_without_fault_and_fits_its_width(server: str, browser: Any, address: str, width: int) -> None:
    page, wrong = opened(browser, server + address, width)
    assert wrong == []
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    assert page.evaluate("document.styleSheets[0].cssRules.length") > 50
    page.close()


def test_the_keyboard_reaches_the_content_and_a_lesion(server: str, browser: Any) -> None:
    page, _wrong = opened(browser, f"{server}/stsinj/participants/PIT-001/", 1280)
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.textContent") == "Skip to the content"
    page.keyboard.press("Enter")
    focused = ""
    for _press in range(40):
        page.keyboard.press("Tab")
        focused = page.evaluate("document.activeElement.id")
        if focused.startswith("marker-"):
            break
    assert focused.startswith("marker-PIT-001-L")
    page.keyboard.press("Enter")
    page.wait_for_selector(f"li.selected[id='{focused.removeprefix('marker-')}']")
    page.close()


def test_choosing_a_number_marks_its_lesion_on_the_map(server: str, browser: Any) -> None:
    page, _wrong = opened(browser, f"{server}/stsinj/lesions/", 1280)
    page.click("#PIT-002-L1 .number-sign")
    page.wait_for_selector(".marker.selected[id='marker-PIT-002-L1']")
    page.click("#marker-PIT-004-L3")
    page.wait_for_selector("tr.selected[id='PIT-004-L3']")
    assert page.evaluate("document.querySelectorAll('tr.selected').length") == 1
    page.close()


def test_hostile_text_does_nothing(server: str, browser: Any) -> None:
    page = browser.new_page()
    said: list[str] = []
    page.on("dialog", lambda dialog: said.append(dialog.message) or dialog.dismiss())
    page.goto(f"{server}/stsinj/participants/PIT-001/", wait_until="networkidle")
    assert said == [] and page.evaluate("document.querySelectorAll('img[src=x]').length") == 0
    page.close()


def test_nothing_may_be_hit_that_is_smaller_than_24_pixels(server: str, browser: Any) -> None:
    # WCAG 2.2, success criterion 2.5.8, level AA; measured on the markers of a wide screen.
    page, _wrong = opened(browser, f"{server}/stsinj/participants/PIT-001/", 1280)
    sizes = page.evaluate("[...document.querySelectorAll('.marker')].map(m => m.getBoundingClientRect().width)")
    assert sizes and min(sizes) >= 24
    page.close()
