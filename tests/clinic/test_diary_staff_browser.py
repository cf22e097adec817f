"""A nurse at a desk and on a narrow screen: gives a link, takes a diary down by telephone; axe finds nothing bad."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.db import connections

from calcitrial.diary import answer
from calcitrial.protocol import Protocol
from calcitrial.record import Place, connect, history, now
from tests.diary.diary_home import BY_LINK, CODE, ME, begin, given, link
from tests.signing_in import make_person, sign_in_browser
from tests.web.browsing import chromium, served

pytestmark = pytest.mark.browser
DAY = now().date()
PAGE = f"/stsinj/participants/{CODE}/diary/"


@pytest.fixture
def site(tmp_path: Path, stsinj: Protocol) -> Iterator[tuple[Any, str]]:
    """A browser and the address of pages with one person who missed a day and answered another."""
    connect(tmp_path / "home", create=True)
    gateway = begin(stsinj, now, start=DAY - timedelta(days=4))
    link(gateway, zone="UTC")
    answer(gateway, (CODE, f"injection_diary:{DAY}"), given(pain_worst="4", skin_opened="yes"), BY_LINK, ME)
    make_person("stsinj", "study_nurse", "", "nora")
    connections["default"].close()
    with served(tmp_path / "home", tmp_path / "log") as address, chromium() as browser:
        yield browser, address


def good(page: Any) -> None:
    """Nothing reaches beyond the screen, and axe finds nothing serious."""
    assert page.evaluate("document.documentElement.scrollWidth") <= page.viewport_size["width"]
    found = Axe().run(page, options={"runOnly": ["wcag2a", "wcag2aa", "wcag21aa", "wcag22aa"]})
    bad = [one for one in found.response["violations"] if one["impact"] in ("serious", "critical")]
    assert bad == [], [(one["id"], [node["html"] for node in one["nodes"]]) for one in bad]


@pytest.mark.requirement("FDA Q&A 2024")
@pytest.mark.parametrize("width", [1280, 375])
def test_a_nurse_gives_a_link_and_takes_a_diary_down_by_telephone(
    site: tuple[Any, str], tmp_path: Path, width: int
) -> None:
    browser, address = site
    page = browser.new_context(viewport={"width": width, "height": 800}).new_page()
    sign_in_browser(page, address, "nora")
    page.goto(f"{address}/stsinj/diary/")
    good(page)
    assert "says that the skin has opened" in page.locator("table").inner_text()
    page.locator("tbody a").first.click()
    page.wait_for_url(f"**{PAGE}")
    good(page)
    for summary in page.locator(".occasion summary").all():
        summary.click()
    good(page)

    page.locator("button", has_text="Make a link").click()
    page.wait_for_selector(".handout img")
    good(page)
    given_link = page.locator(".handout .address").inner_text()
    phone = browser.new_context(viewport={"width": 375, "height": 700}).new_page()
    phone.goto(given_link)
    assert phone.locator("h1").inner_text() == "Your questions"

    page.goto(f"{address}{PAGE}answers/injection_diary:{DAY - timedelta(days=1)}/")
    page.locator('[name="_told_by"][value="proxy"]').check()
    page.locator('[name="_way"][value="telephone"]').check()
    page.locator('[name="a-pain_worst"][value="7"]').check()
    page.locator("main button", has_text="Save").click()
    page.wait_for_selector("[role=alert]")
    assert "who the proxy is" in page.locator("[role=alert]").inner_text()
    assert page.locator('[name="a-pain_worst"][value="7"]').is_checked()
    good(page)
    page.locator('[name="_relation"]').select_option("parent")
    page.locator("main button", has_text="Save").click()
    page.wait_for_url(f"**{PAGE}")

    def told() -> list[str]:
        connect(tmp_path / "home")
        place = Place(CODE, "diary_entry", repeat=f"injection_diary:{DAY - timedelta(days=1)}:pain_worst")
        steps = history("stsinj", place)
        connections["default"].close()
        return [step.value for step in steps if step.item in ("answer", "told_by", "relation", "by_way_of")]

    with ThreadPoolExecutor(1) as one:
        assert one.submit(told).result() == ["7", "proxy", "parent", "telephone"]
