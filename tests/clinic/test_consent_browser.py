"""The way of an adult and of a child from the log to enrolment, in Chromium: by touch, in French, on a small screen."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe

from calcitrial.record import close, connect
from calcitrial.record.numbering import form_rows
from tests.consents.consent_study import gateway_of, put_into_use
from tests.signing_in import make_person, sign_in_browser
from tests.web.browsing import chromium, served

from .consent_home import SITE, STUDY

pytestmark = pytest.mark.browser
TODAY = "2026-06-01"


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, Path]]:
    """The address of the real server, and the home it serves."""
    home = tmp_path_factory.mktemp("clinic")
    connect(home, create=True)
    gateway = gateway_of()
    put_into_use(gateway, home / "consents" / STUDY)
    make_person(STUDY, "study_nurse", SITE, "nora")
    close()
    with served(home, tmp_path_factory.mktemp("server") / "log") as address:
        yield address, home


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    """The system's Chromium."""
    with chromium() as started:
        yield started


def consents(home: Path, code: str) -> list[Any]:
    """What the record says of somebody's consents; read in a thread, for Django keeps out of playwright's loop."""

    def read() -> list[Any]:
        connect(home)
        found = form_rows(gateway_of(), "consent", code)
        close()
        return found

    with ThreadPoolExecutor(1) as pool:
        return pool.submit(read).result()


def arrive(browser: Any, address: str, width: int) -> Any:
    """A signed-in page of this width that must load nothing from elsewhere and log no error."""
    page = browser.new_context(viewport={"width": width, "height": 900}, has_touch=True).new_page()
    page.wrong = []
    page.on("console", lambda one: page.wrong.append(one.text) if one.type in ("error", "warning") else None)
    page.on("pageerror", lambda error: page.wrong.append(str(error)))
    page.on("request", lambda one: page.wrong.append(one.url) if "127.0.0.1" not in one.url else None)
    sign_in_browser(page, address, "nora")
    page.goto(f"{address}/{STUDY}/screening/")
    return page


def sound(page: Any) -> None:
    """Hold a page against axe (WCAG 2.2 AA) and its own width."""
    found = Axe().run(page, options={"runOnly": ["wcag2a", "wcag2aa", "wcag21aa", "wcag22aa"]})
    serious = [one for one in found.response["violations"] if one["impact"] in ("serious", "critical")]
    assert not serious, [(one["id"], [node["html"] for node in one["nodes"]][:3]) for one in serious]
    width = page.viewport_size["width"]
    assert page.evaluate("document.documentElement.scrollWidth") <= width, page.url
    assert page.wrong == []


def log_and_register(page: Any) -> str:
    """Enter a line of the log, give it a code, and return the code."""
    sound(page)
    page.check("input[name=found_by][value='clinic list']")
    page.check("input[name=prescreening_outcome][value='to be screened']")
    page.click("form[data-once] .buttons button")
    page.click("text=Give a code")
    page.wait_for_url("**/consent/")
    return str(page.url.split("/")[-3])


def identify(page: Any, born: str) -> None:
    """Enter name and date of birth into the vault and come back to the consent."""
    page.click("text=Identity and contact >> nth=-1")
    sound(page)
    page.fill("input[name=family_name]", "Quatrefages")
    page.fill("input[name=birth_date]", born)
    page.click("text=Keep in the vault")
    page.goto(page.url.split("#")[0].replace("identity", "consent"))


def draw(page: Any) -> None:
    """Sign in the field, with the mouse as with a finger."""
    box = page.locator("#pad").bounding_box()
    page.locator("#pad").scroll_into_view_if_needed()
    box = page.locator("#pad").bounding_box()
    page.mouse.move(box["x"] + 20, box["y"] + 60)
    page.mouse.down()
    for step in range(1, 12):
        page.mouse.move(box["x"] + 20 + 15 * step, box["y"] + 60 + (step % 3) * 18)
    page.mouse.up()


def decide(page: Any, which: str, language: str = "") -> None:
    """Read a text and say yes with a drawn signature."""
    page.click(f".needs li:has-text('{which}') a")
    if language:
        page.click(f"a[lang={language}]")
        assert page.locator("article.paper").get_attribute("lang") == language
    sound(page)
    page.check("input[name=decision][value=given]")
    draw(page)
    page.click("text=Enter the decision")
    page.wait_for_url("**/consent/#C*")


def screen(page: Any, age: str) -> None:
    """Answer the screening; the criteria answer while it is filled in."""
    page.goto(page.url.split("#")[0].replace("consent", "screening"))
    sound(page)
    assert page.input_value("input[name=age_years]") == age, "reckoned from the vault"
    page.check("input[name=lesion_type][value=calcification]")
    page.select_option("select[name=diagnosis]", "JDM")
    page.wait_for_selector("#criteria tr:has-text('A-I2') .truth.true")
    for item in ("allergy_sts", "allergy_excipient", "pregnant", "breastfeeding"):
        page.check(f"input[name={item}][value=false]")
    page.wait_for_selector("#criteria tr:has-text('A-E2') .truth:has-text('false')")
    page.click("text=Save the screening")
    page.wait_for_selector("text=Every criterion is met")
    sound(page)


@pytest.mark.parametrize("width", [1280, 375])
def test_an_adult_is_registered_consents_and_is_enrolled(place: tuple[str, Path], browser: Any, width: int) -> None:
    address, home = place
    page = arrive(browser, address, width)
    code = log_and_register(page)
    sound(page)
    identify(page, "1980-03-09")
    decide(page, "adult consent")
    sound(page)
    screen(page, "46")
    page.click("button:has-text('Enrol')")
    page.wait_for_selector("text=Enrolled on")
    sound(page)
    page.goto(f"{address}/{STUDY}/participants/{code}/consent/C1/")
    assert page.evaluate("document.querySelector('img.signature').naturalWidth") == 800
    sound(page)
    page.goto(f"{address}/{STUDY}/consents/")
    sound(page)
    page.context.close()
    row = consents(home, code)[0]
    assert row["consent_method"] == "drawn" and len(row["signature_sha256"]) == 64


def test_a_child_consents_with_both_parents_in_french(place: tuple[str, Path], browser: Any) -> None:
    address, home = place
    page = arrive(browser, address, 768)
    code = log_and_register(page)
    identify(page, "2016-01-15")
    for which in ("parental consent (parent)", "parental consent (second parent)", "assent"):
        decide(page, which, "fr")
    assert "is missing" not in page.inner_text("main")
    screen(page, "10")
    page.click("button:has-text('Enrol')")
    page.wait_for_selector("text=Enrolled on")
    page.context.close()
    rows = consents(home, code)
    assert [row["consent_language"] for row in rows] == ["fr"] * 3
    assert {row["consent_kind"] for row in rows} == {"parental consent", "assent"}
    assert [row["signer"] for row in rows] == ["parent", "second parent", "participant"]


def test_an_empty_field_is_not_a_signature(place: tuple[str, Path], browser: Any) -> None:
    address, _home = place
    page = arrive(browser, address, 768)
    log_and_register(page)
    page.click(".needs li:has-text('adult consent') a")
    page.check("input[name=decision][value=given]")
    page.fill("input[name=age_at_consent]", "46")
    draw(page)
    page.click("#pad-clear")
    page.click("text=Enter the decision")
    page.wait_for_selector(".problems")
    assert page.locator("input[name=decision][value=given]").is_checked(), "what was typed is kept"
    page.context.close()
