"""The day of an administrator in a real browser: accounts, roles, rules, policies, tokens; axe and 375 pixels."""

import re
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pyotp
import pytest
from axe_playwright_python.sync_playwright import Axe

from calcitrial import verbs
from calcitrial.people import NewAccount, add_account
from calcitrial.protocol import load
from calcitrial.record import close, connect
from tests.signing_in import PASSWORD, sign_in_browser
from tests.web.browsing import chromium, served

pytestmark = pytest.mark.browser


@pytest.fixture
def admin(tmp_path: Path) -> Iterator[tuple[str, Any]]:
    """The address of a home with one study and one administrator, and a browser's page in front of it."""
    connect(tmp_path, create=True)
    verbs.open_study(load("stsinj"))
    add_account(NewAccount("ada", "Ada (simulated)", "simulated", administrator=True), "test", PASSWORD)
    close()
    with served(tmp_path, tmp_path / "log") as address, chromium() as browser:
        yield address, browser.new_context(viewport={"width": 1280, "height": 900}).new_page()


def accessible(page: Any) -> None:
    """No serious finding of axe, wide and narrow, and nothing to scroll sideways for at 375 pixels."""
    for width in (375, 1280):
        page.set_viewport_size({"width": width, "height": 900})
        found = Axe().run(page).response["violations"]
        assert [one["id"] for one in found if one["impact"] in ("serious", "critical")] == [], (page.url, width)
        assert page.evaluate("document.documentElement.scrollWidth") <= width, (page.url, width)


def fill(page: Any, act: str, **values: str) -> None:
    """Fill the form of an act on the page of people, and send it."""
    form = page.locator(f"form:has(input[name=act][value='{act}'])").last
    for name, value in values.items():
        field = form.locator(f"[name={name}]")
        if field.evaluate("one => one.tagName") == "SELECT":
            field.select_option(value)
        else:
            field.fill(value)
    form.locator("button").last.click()


def test_an_administrator_makes_an_account_gives_a_role_and_demands_a_policy(admin: tuple[str, Any]) -> None:
    address, page = admin
    page.goto(f"{address}/sign-in/")
    accessible(page)
    page.fill("#name", "ada")
    page.fill("#password", "not the pass phrase")
    page.click("main form[action$='/sign-in/'] button")
    assert "do not fit together" in page.inner_text("main")
    accessible(page)
    sign_in_browser(page, address, "ada")
    page.goto(f"{address}/accounts/")
    accessible(page)
    fill(page, "add", name="nora", full_name="Nora (simulated)", identity="badge seen")
    assert "nora" in page.inner_text("main")
    accessible(page)  # the first password is shown once
    page.goto(f"{address}/stsinj/people/")
    accessible(page)
    fill(page, "train", person="nora", topic="GCP")
    fill(page, "grant", person="nora", role="study_nurse", site="PITTSBURGH", reason="works here")
    fill(page, "rule", what="training", role="study_nurse", says="GCP; Injection of STS", reason="procedure 7")
    said = page.inner_text("main")
    assert "no valid training in Injection of STS" in said and "training/study_nurse" in said
    accessible(page)
    page.goto(f"{address}/stsinj/today/")
    assert "A role does not count: no valid training in Injection of STS" in page.inner_text("main")
    accessible(page)
    page.goto(f"{address}/stsinj/policies/")
    for name, value in {"name": "signatures", "version": "1", "title": "Signatures", "text": "I mean it."}.items():
        page.fill(f"#p-{name}", value)
    page.click("main form button")
    accessible(page)
    page.click("text=Read and sign")
    accessible(page)
    page.fill("[name=_password]", PASSWORD)
    page.fill("[name=_code]", "ada")
    page.click("main form button")
    assert "Ada (simulated) (ada), policy read and accepted" in page.inner_text("main")
    for path in ("stsinj/safety/contacts/", "stsinj/consents/", "stsinj/monitoring/", "accounts/log/"):
        page.goto(f"{address}/{path}")
        accessible(page)


def test_the_pages_of_ones_own_account_from_the_app_to_signing_out(admin: tuple[str, Any]) -> None:
    address, page = admin
    sign_in_browser(page, address, "ada")
    page.goto(f"{address}/account/")
    accessible(page)
    page.click("text=Issue a token")
    page.fill("[name=capabilities]", "see_monitoring")
    page.fill("[name=label]", "a script")
    page.locator("form:has([name=capabilities]) button").click()
    accessible(page)  # the token is shown once
    assert "a script" in page.inner_text("main")
    page.goto(f"{address}/account/password/")
    accessible(page)
    page.goto(f"{address}/account/factor/")
    accessible(page)
    key = re.search(r"\b[A-Z2-7]{32}\b", page.inner_text("main").replace(" ", ""))
    assert key
    page.fill("[name=password]", PASSWORD)
    page.fill("[name=code]", pyotp.TOTP(key[0]).at(datetime.now(UTC)))
    page.locator("main form:has([name=code]) button").click()
    assert len(re.findall(r"\b[0-9a-f]{6}-[0-9a-f]{6}\b", page.inner_text("main"))) == 10
    accessible(page)
    page.goto(f"{address}/account/")
    page.locator("form[action$='/sign-out/'] button").first.click()
    page.wait_for_url(lambda url: "sign-in" in url)
    accessible(page)
