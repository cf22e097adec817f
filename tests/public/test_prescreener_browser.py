"""The pre-screener in Chromium: live hints, nothing sent while answering, without a script too, on a small screen."""

from collections.abc import Iterator
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe

from calcitrial.record import close, connect
from tests.clinic.consent_home import STUDY
from tests.consents.consent_study import gateway_of
from tests.web.browsing import chromium, served

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    home = tmp_path_factory.mktemp("public")
    connect(home, create=True)
    gateway_of()
    close()
    with served(home, tmp_path_factory.mktemp("server") / "log") as where:
        yield f"{where}/public/{STUDY}/fit/"


@pytest.fixture(scope="module")
def browser(address: str) -> Iterator[Any]:
    with chromium() as started:
        yield started


def opened(browser: Any, address: str, **how: Any) -> tuple[Any, list[str]]:
    page = browser.new_context(viewport={"width": 375, "height": 800}, **how).new_page()
    asked: list[str] = []
    page.on("request", lambda one: asked.append(f"{one.method} {one.url}"))
    page.goto(address)
    return page, asked


def test_hints_follow_the_answers_and_nothing_leaves_the_browser(browser: Any, address: str) -> None:
    page, asked = opened(browser, address)
    page.wait_for_load_state("networkidle")
    loaded = len(asked)
    assert page.locator("[data-verdict=open]").is_visible()
    page.fill("[name=age_years]", "44")
    page.select_option("[name=diagnosis]", "SSc")
    page.keyboard.press("Enter")
    assert page.locator("[data-criterion=A-I1] .state").inner_text() == "fits"
    page.check("[name=pregnant][value=true]")
    assert page.locator("[data-verdict=against]").is_visible()
    assert page.locator("[data-item=lesion_type]").is_hidden()
    page.check("[name=pregnant][value=false]")
    assert page.locator("[data-item=lesion_type]").is_visible()
    for name in ("allergy_sts", "allergy_excipient", "breastfeeding"):
        page.check(f"[name={name}][value=false]")
    page.select_option("[name=lesion_type]", "calcification")
    assert page.locator("[data-verdict=none]").is_visible()
    assert len(asked) == loaded, asked[loaded:]
    host = address.split("/public")[0]
    assert all(host in one for one in asked), asked


def test_it_is_clean_for_axe_and_fits_a_small_screen(browser: Any, address: str) -> None:
    page, _ = opened(browser, address)
    found = Axe().run(page, options={"runOnly": ["wcag2a", "wcag2aa", "wcag21aa", "wcag22aa"]}).response
    assert [one["id"] for one in found["violations"]] == []
    assert page.evaluate("document.documentElement.scrollWidth") <= 375


def test_without_a_script_the_sheet_is_whole_and_can_be_sent(browser: Any, address: str) -> None:
    page, _ = opened(browser, address, java_script_enabled=False)
    assert page.locator("[data-item]").count() == 7 and page.get_by_text("Without a script").is_visible()
    page.fill("[name=age_years]", "44")
    page.select_option("[name=site]", index=1)
    page.fill("[name=given_name]", "Zoe")
    page.fill("[name=phone]", "0555 01 02 03")
    page.get_by_label("I agree").check()
    page.get_by_role("button", name="Send", exact=True).click()
    page.wait_for_url("**/sent/*/")
    assert "Your enquiry has number" in page.inner_text("main")
