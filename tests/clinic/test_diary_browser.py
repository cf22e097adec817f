"""A participant on a telephone (375 px, French): interrupted, offline, gone on with, changed; axe finds nothing."""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.db import connections

from calcitrial.diary import read_book
from calcitrial.protocol import Protocol
from calcitrial.record import Draft, Gateway, Place, connect, history, now, participant_trail
from tests.diary.diary_home import CODE, NURSE, begin, link
from tests.web.browsing import chromium, served

pytestmark = pytest.mark.browser
TODAY = now().date()
PHONE = {"viewport": {"width": 375, "height": 700}, "locale": "fr-FR", "is_mobile": True, "has_touch": True}
TITLE = "Journal de la journée"


@pytest.fixture
def study(tmp_path: Path, stsinj: Protocol) -> Iterator[Gateway]:
    """One person, injected yesterday, with a telephone number to call."""
    connect(tmp_path / "home", create=True)
    gateway = begin(stsinj, now, start=TODAY - timedelta(days=1))
    gateway.enter([Draft(Place("", "diary_help"), {"help_phone": "+33 5 55 00 00 00", "help_hours": "8–18 h"})], NURSE)
    yield gateway
    connections["default"].close()


@pytest.fixture
def site(study: Gateway, tmp_path: Path) -> Iterator[tuple[Any, str]]:
    """A telephone's browser and the address of a personal link."""
    token = link(study, zone="UTC")
    connections["default"].close()
    with served(tmp_path / "home", tmp_path / "log") as address, chromium() as browser:
        yield browser.new_context(**PHONE), f"{address}/d/{token}/"


def open_today(page: Any, address: str) -> None:
    """Open the diary of today from the personal link."""
    page.goto(address)
    page.locator("li", has_text=TITLE).last.locator("a.button").click()
    page.wait_for_selector("section.screen:not([hidden])")


def choose(page: Any, item: str, value: str) -> None:
    page.locator(f'[name="a-{item}"][value="{value}"]').check(force=True)


def onward(page: Any) -> None:
    page.locator("button[name=next]").click()


def on_screen(page: Any, item: str) -> None:
    page.wait_for_selector(f'section.screen:not([hidden]) [data-item="{item}"]')


def narrow_and_fit(page: Any) -> None:
    """Nothing reaches beyond the screen, and everything to press is large enough; axe finds nothing serious."""
    assert page.evaluate("document.documentElement.scrollWidth") <= 375
    small = page.evaluate(
        "[...document.querySelectorAll('main .button, main button, .choices label, header a')]"
        ".filter((one) => one.offsetParent && one.getBoundingClientRect().height < 44).map((one) => one.outerHTML)"
    )
    assert small == []
    found = Axe().run(page, options={"runOnly": ["wcag2a", "wcag2aa", "wcag21aa", "wcag22aa"]})
    bad = [one for one in found.response["violations"] if one["impact"] in ("serious", "critical")]
    assert bad == [], [(one["id"], [node["html"] for node in one["nodes"]]) for one in bad]


def recorded(home: Path, ask: Callable[[], Any]) -> Any:
    """Return what the record says, asked in a thread without playwright's event loop."""

    def there() -> Any:
        connect(home)
        try:
            return ask()
        finally:
            connections["default"].close()

    with ThreadPoolExecutor(1) as one:
        return one.submit(there).result()


def answers() -> dict[str, str]:
    found = read_book("stsinj", CODE).standings(CODE, TODAY)
    (one,) = [one for one in found if one.occasion.place.repeat == f"injection_diary:{TODAY}"]
    return dict(one.answers)


@pytest.mark.requirement("EMA 2023")
def test_a_diary_is_begun_broken_off_gone_on_with_and_changed(site: tuple[Any, str], tmp_path: Path) -> None:
    context, address = site
    page, problems = context.new_page(), []
    page.on("console", lambda message: problems.append(message.text) if message.type == "error" else None)
    page.goto(address)
    narrow_and_fit(page)
    open_today(page, address)
    narrow_and_fit(page)
    onward(page)
    assert "Choisissez une réponse" in page.locator("#p-pain_worst").inner_text()
    choose(page, "pain_worst", "4")
    onward(page)
    on_screen(page, "swelling")
    narrow_and_fit(page)
    page.close()

    page = context.new_page()
    open_today(page, address)
    on_screen(page, "swelling")
    choose(page, "swelling", "2")
    page.locator('[data-item="redness"] .leave input').check()
    onward(page)
    on_screen(page, "skin_opened")
    choose(page, "skin_opened", "yes")
    onward(page)
    on_screen(page, "medicine")
    choose(page, "medicine", "no")
    onward(page)
    page.wait_for_url("**/done/")
    narrow_and_fit(page)
    assert "Appelez aujourd’hui" in page.locator(".alert").inner_text()
    assert page.evaluate("Object.keys(localStorage)") == []

    page.locator("dd a").first.click()
    choose(page, "pain_worst", "6")
    onward(page)
    page.wait_for_selector(".alert:not([hidden])")
    assert "Indiquez pourquoi" in page.locator("#said").inner_text()
    narrow_and_fit(page)
    page.locator('[name=reason][value="reason_wrong"]').check(force=True)
    onward(page)
    page.wait_for_url("**/done/")
    assert problems == []
    home, place = tmp_path / "home", Place(CODE, "diary_entry", repeat=f"injection_diary:{TODAY}:pain_worst")
    told = {"pain_worst": "6", "swelling": "2", "redness": "", "skin_opened": "yes", "medicine": "no"}
    assert recorded(home, answers) == told
    (first, second) = recorded(home, lambda: history("stsinj", place, "answer"))
    assert (first.value, second.value, second.reason) == ("4", "6", "I pressed the wrong answer")


@pytest.mark.requirement("EMA 2023")
def test_without_a_connection_answers_stay_on_the_device_and_arrive_once(site: tuple[Any, str], tmp_path: Path) -> None:
    context, address = site
    page = context.new_page()
    open_today(page, address)
    context.set_offline(True)
    choose(page, "pain_worst", "3")
    onward(page)
    on_screen(page, "swelling")
    assert "gardée sur cet appareil" in page.locator("#state").inner_text()
    narrow_and_fit(page)
    choose(page, "swelling", "0")
    choose(page, "redness", "1")
    onward(page)
    on_screen(page, "skin_opened")
    assert page.evaluate("Object.keys(localStorage).length") == 1
    page.close()

    # The page was closed with two screens unsent; opened again with a connection, it brings them back and sends them.
    context.set_offline(False)
    page = context.new_page()
    lost: list[str] = []

    def lose_the_reply(route: Any) -> None:
        lost.append(route.request.url)
        route.fetch()  # the server gets it, the telephone never hears so
        route.abort()

    open_today(page, address)
    assert "n’a pas encore été envoyée" in page.locator("#state").inner_text()
    page.route("**/1/", lambda route: lose_the_reply(route) if route.request.method == "POST" else route.continue_())
    onward(page)
    on_screen(page, "swelling")
    page.unroute("**/1/")
    onward(page)
    on_screen(page, "skin_opened")
    page.wait_for_function("Object.keys(localStorage).length === 0")
    assert len(lost) == 1
    assert recorded(tmp_path / "home", answers) == {"pain_worst": "3", "swelling": "0", "redness": "1"}
    trail = recorded(tmp_path / "home", lambda: participant_trail("stsinj", CODE))
    steps = [step for step in trail if step.place.form == "diary_entry"]
    assert [step.value for step in steps if step.item == "answer"] == ["3", "0", "1"]
    assert all(abs(int(step.value)) <= 2 for step in steps if step.item == "clock_off")


def test_the_questions_are_reached_by_keyboard_in_both_languages(site: tuple[Any, str]) -> None:
    context, address = site
    page = context.new_page()
    open_today(page, address)
    page.locator('[name="a-pain_worst"]').first.focus()
    for _ in range(5):
        page.keyboard.press("ArrowRight")
    assert page.locator('[name="a-pain_worst"][value="5"]').is_checked()
    page.keyboard.press("Enter")
    on_screen(page, "swelling")
    page.locator('header a[hreflang="en"]').click()
    on_screen(page, "pain_worst")
    assert page.locator("html").get_attribute("lang") == "en"
    page.goto(address)
    assert page.locator("h1").inner_text() == "Your questions"
    narrow_and_fit(page)
