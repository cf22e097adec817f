"""The way of one value in a real browser, from a query to the lock, with axe on every page and at 375 pixels."""

import re
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe

from calcitrial import quality
from calcitrial.record import close, connect
from calcitrial.verbs import door
from tests.clinic.quality_study import begun
from tests.quality.small_clinic import correct
from tests.signing_in import PASSWORD, make_person, sign_in_browser
from tests.web.browsing import chromium, served

pytestmark = pytest.mark.browser
PEOPLE = {
    "mona": ("monitor", ""),
    "nora": ("study_nurse", ""),
    "ines": ("investigator", ""),
    "dana": ("data_manager", ""),
}
FORM = "/tiny/participants/P1/review/form/?form=pain&visit=BL"
Seat = Callable[[str], Any]


@pytest.fixture
def seats(tmp_path: Path) -> Iterator[tuple[str, Seat]]:
    """The address of a served study, and a browser page for each person."""
    connect(tmp_path, create=True)
    begun()
    for name, (role, site) in PEOPLE.items():
        make_person("tiny", role, site, name)
    close()
    with served(tmp_path, tmp_path / "log") as address, chromium() as browser:
        pages: dict[str, Any] = {}

        def seat(name: str) -> Any:
            if name not in pages:
                pages[name] = browser.new_context(viewport={"width": 1280, "height": 900}).new_page()
                sign_in_browser(pages[name], address, name)
            return pages[name]

        yield address, seat


def accessible(page: Any) -> None:
    """No serious finding of axe, and nothing to scroll sideways for at 375 pixels."""
    found = [one["id"] for one in Axe().run(page).response["violations"] if one["impact"] in ("serious", "critical")]
    assert found == [], page.url
    page.set_viewport_size({"width": 375, "height": 812})
    assert page.evaluate("document.documentElement.scrollWidth") <= 375, page.url
    page.set_viewport_size({"width": 1280, "height": 900})


def prove(page: Any, name: str, within: str = "main") -> None:
    """Type both components of a signature."""
    page.locator(f"{within} [name=_password]:visible").first.fill(PASSWORD)
    page.locator(f"{within} [name=_code]:visible").first.fill(name)


@pytest.mark.requirement("21 CFR 11.70")
@pytest.mark.requirement("ICH E6(R3) 4.2.6")
def test_a_value_goes_from_query_to_lock(seats: tuple[str, Seat], tmp_path: Path) -> None:
    address, seat = seats
    mona, nora, ines, dana = (seat(name) for name in PEOPLE)
    mona.goto(address + FORM)
    accessible(mona)
    mona.select_option("#ask-item", "pain_nrs")
    mona.fill("#ask-text", "The diary says 8.")
    mona.click("text=Raise the query")
    assert "Q1" in mona.inner_text("main")
    nora.goto(f"{address}/tiny/today/")
    accessible(nora)
    nora.click("text=P1 Q1")
    accessible(nora)
    correct_in(tmp_path)  # on the page of the form, which has tests of its own
    nora.fill("#text", "Corrected.")
    nora.click("button:has-text('Answer')")
    assert "8" in nora.inner_text("ins")
    mona.goto(f"{address}/tiny/queries/")
    accessible(mona)
    mona.click("text=P1 Q1")
    mona.fill("#text", "Agrees.")
    mona.click("button:has-text('Close')")
    mona.goto(address + FORM)
    mona.check("[name=_seen]")
    mona.click("text=The marked values agree with the source")
    assert "verified" in mona.inner_text("main table")
    ines.goto(address + FORM)
    prove(ines, "ines")
    ines.click("text=Sign this form")
    assert "ines (simulated), reviewed" in ines.inner_text(".manifest")
    accessible(ines)
    correct_in(tmp_path, 9, 2)
    ines.reload()
    assert "VOID" in ines.inner_text(".manifest.void")
    ines.goto(f"{address}/tiny/participants/P1/review/")
    accessible(ines)
    for page, path in ((dana, "/tiny/trail-review/"), (dana, "/tiny/monitoring/"), (dana, "/tiny/locks/")):
        page.goto(address + path)
        accessible(page)
    lock(dana)
    dana.goto(address + FORM)
    assert "locked" in dana.inner_text("main")
    nora.goto(f"{address}/tiny/participants/P1/queries/Q1/")
    mona.goto(address + FORM)
    mona.fill("#ask-text", "One more?")
    mona.click("text=Raise the query")
    assert re.search("Study tiny is locked", mona.inner_text("main"))


def lock(page: Any) -> None:
    """Lock the whole study although something is open, with the reason for that."""
    whole = page.locator("section.card").first
    whole.locator("summary:has-text('Lock')").click()
    whole.locator("[name=_reason]").fill("database lock")
    whole.locator("[name=_despite]").fill("the sponsor ended the study")
    prove(page, "dana", "section.card:first-of-type")
    page.click("text=Lock and sign >> visible=true")
    assert "dana (simulated), locked" in page.inner_text("main")


def correct_in(home: Path, value: int = 8, expected: int = 1) -> None:
    """Correct the value as the nurse does on the form's own page."""
    beside(home, lambda: correct(door("tiny"), value, expected))


def beside(home: Path, act: Callable[[], Any]) -> Any:
    """Do something in the record beside the browser, in a thread of its own: playwright keeps a loop in this one."""

    def run() -> Any:
        connect(home)
        try:
            return act()
        finally:
            close()

    with ThreadPoolExecutor(1) as pool:
        return pool.submit(run).result()


def test_an_investigator_endorses_on_the_phone(seats: tuple[str, Seat], tmp_path: Path) -> None:
    address, seat = seats
    ines = seat("ines")
    ines.set_viewport_size({"width": 375, "height": 812})
    ines.goto(f"{address}/tiny/locks/")
    site = ines.locator("section.card:has(h2:has-text('Limoges'))")
    site.locator("summary:has-text('Endorse')").click()
    site.locator("[name=_password]").fill(PASSWORD)
    site.locator("[name=_code]").fill("ines")
    site.locator("button:has-text('I am responsible')").click()
    assert "responsible for all data" in ines.inner_text("main")
    given = beside(tmp_path, lambda: quality.endorsements("tiny")["Limoges"])
    assert given is not None and given.name == "ines (simulated)" and not given.void
