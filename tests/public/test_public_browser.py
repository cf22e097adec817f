"""The public pages in Chromium: nothing from elsewhere, no script needed, keyboard alone, small screens, weight."""

from collections.abc import Iterator
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe

from calcitrial.record import close, connect
from calcitrial.registry import import_files, write_studies
from tests.registrations.files import PORTAL, study, written
from tests.web.browsing import chromium, served

pytestmark = pytest.mark.browser
PAGES = (
    "/registry/",
    "/registry/?words=synthetic&age=40&near=87000&km=500",
    "/registry/?near=87999&age=old",
    "/registry/?words=zzzzz",
    "/registry/trials/limoges/",
    "/registry/trials/NCT99000001/",
    "/registry/trials/NCT0/",
    "/registry/clinics/",
    "/registry/clinics/?near=87000&km=500",
    "/registry/clinics/?near=97400&km=25",
    "/registry/clinics/?trial=stsinj&near=15213&near_country=United+States",
)


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    home = tmp_path_factory.mktemp("public")
    connect(home, create=True)
    close()
    write_studies(home / "many.jsonl", 300, seed=3)
    import_files(home, [written(home, "a.json", study()), written(home, "b.xml", PORTAL), home / "many.jsonl"])
    with served(home, tmp_path_factory.mktemp("server") / "log") as address:
        yield address


@pytest.fixture(scope="module")
def browser(address: str) -> Iterator[Any]:
    with chromium() as started:
        yield started


@pytest.mark.parametrize("width", [375, 1280])
@pytest.mark.parametrize("page", PAGES)
def test_a_page_loads_nothing_from_elsewhere_fits_and_is_accessible(
    browser: Any, address: str, page: str, width: int
) -> None:
    tab = browser.new_context(viewport={"width": width, "height": 900}).new_page()
    asked: list[str] = []
    wrong: list[str] = []
    sizes: list[int] = []
    tab.on("request", lambda one: asked.append(one.url))
    tab.on("requestfinished", lambda one: sizes.append(len(one.response().body())))
    tab.on("console", lambda one: wrong.append(one.text) if one.type in ("error", "warning") else None)
    tab.goto(address + page, wait_until="networkidle")
    assert asked and all(url.startswith(f"{address}/") for url in asked), asked
    assert [text for text in wrong if "status of 4" not in text] == []
    assert sum(sizes) < 100_000, sizes
    assert tab.evaluate("document.documentElement.scrollWidth") <= width
    found = Axe().run(tab, options={"runOnly": ["wcag2a", "wcag2aa", "wcag21aa", "wcag22aa"]})
    assert found.violations_count == 0, found.generate_report()
    tab.context.close()


def test_somebody_finds_a_clinic_without_a_script_and_by_keyboard_alone(browser: Any, address: str) -> None:
    tab = browser.new_context(java_script_enabled=False, viewport={"width": 375, "height": 900}).new_page()
    tab.goto(f"{address}/registry/")
    for _key in range(30):
        tab.keyboard.press("Tab")
        if tab.locator(":focus").get_attribute("name") == "words":
            break
    tab.keyboard.type("ossifications")
    tab.keyboard.press("Enter")
    tab.wait_for_url("**words=ossifications**")
    assert "1 trial" in tab.inner_text("[role=status]")
    tab.locator(".trial a").focus()
    tab.keyboard.press("Enter")
    tab.wait_for_url("**/trials/NCT03582800/")
    tab.get_by_role("link", name="Where does it take place?").focus()
    tab.keyboard.press("Enter")
    tab.wait_for_url("**/clinics/**")
    tab.locator("[name=near]").focus()
    tab.keyboard.type("75013")
    tab.keyboard.press("Enter")
    tab.wait_for_url("**near=75013**")
    assert "University Hospital, Limoges" in tab.inner_text(".clinics")
    assert tab.locator(".map svg").bounding_box()["width"] <= 375
    tab.context.close()


def test_the_filters_open_by_keyboard_without_a_script(browser: Any, address: str) -> None:
    tab = browser.new_context(java_script_enabled=False).new_page()
    tab.goto(f"{address}/registry/")
    tab.locator("summary").focus()
    tab.keyboard.press("Enter")
    tab.locator("[name=age]").fill("1")
    tab.keyboard.press("Enter")
    tab.wait_for_url("**age=1**")
    assert tab.locator("[name=age]").input_value() == "1"
    tab.context.close()
