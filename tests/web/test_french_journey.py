"""A French session in Chromium: what scripts write, what is refused and how, and that refusals are accessible."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe

from calcitrial import quality
from calcitrial.participants import screen
from calcitrial.protocol import Protocol
from calcitrial.record import Author, close, connect
from calcitrial.verbs import door
from tests.clinic.small_clinic import BASELINE, HERE, SITE, fill_clinic
from tests.signing_in import make_person, sign_in_browser

from .browsing import chromium, served
from .english import english_in
from .people import ANSWERS, NURSE
from .test_french_walk import ALLOWED, re

pytestmark = pytest.mark.browser
UNSAID = "PIT-002"
FRENCH = {"Accept-Language": "fr-FR"}  # what Playwright asks beside the page names no language
FORM = f"/stsinj/participants/{HERE}/forms/check_up/?visit=BL"
# The labels of the small study's own form.
LABELS = "Check-up|Weight|Finding|First day|Last day|At which lesion|Examined|The last day .*"
OWN = re.compile(f"{ALLOWED.pattern}|{LABELS}")


@pytest.fixture
def nora(tmp_path: Path, stsinj: Protocol, monkeypatch: pytest.MonkeyPatch) -> Iterator[tuple[str, Any, Path]]:
    """The address of a served study, the page of a nurse who reads French, and the home."""
    # Playwright's loop lives in this thread, but nothing awaits while the test locks the study.
    monkeypatch.setenv("DJANGO_ALLOW_ASYNC_UNSAFE", "1")
    connect(tmp_path, create=True)
    fill_clinic(stsinj)
    asked = ANSWERS | {"site": SITE, "age_years": 40, "screening_date": BASELINE.isoformat(), "consent_signed": False}
    screen(door("stsinj"), UNSAID, asked, NURSE, {})
    make_person("stsinj", "study_nurse", SITE, "nora")
    close()
    with served(tmp_path, tmp_path / "log") as address, chromium() as browser:
        page = browser.new_context(locale="fr-FR").new_page()
        sign_in_browser(page, address, "nora")
        yield address, page, tmp_path


def said(page: Any) -> str:
    """Return the text of a page, once there is no English in it and axe has no serious finding."""
    assert page.locator("html[lang=fr]").count() == 1, page.url
    assert english_in(page.content(), OWN) == [], page.url
    return str(page.inner_text("main"))


def accessible(page: Any) -> None:
    found = Axe().run(page, options={"runOnly": ["wcag2a", "wcag2aa", "wcag21aa", "wcag22aa"]}).response["violations"]
    assert [one["id"] for one in found if one["impact"] in ("serious", "critical")] == [], page.url


def test_what_scripts_write_and_what_is_refused_is_french(nora: tuple[str, Any, Path]) -> None:
    address, page, home = nora
    for path in (f"participants/{HERE}/map/", f"participants/{HERE}/events/new/", "lesions/"):
        page.goto(f"{address}/stsinj/{path}")
        said(page)
    refused_as_typed(page, address)
    refused_as_stale(page, address)
    refused_by_a_rule(page, address)
    refused_by_the_lock(page, address, home)


def refused_as_typed(page: Any, address: str) -> None:
    """A number, a date and a required text that cannot be."""
    page.goto(f"{address}{FORM}")
    page.check("input[name=done][value=true]")
    page.fill("[name=weight]", "abc")
    page.fill("[name=finding]", "Rien de nouveau.")
    page.locator("[name=last_day]").evaluate("one => { one.type = 'text'; one.value = '2026-13-40'; }")
    page.click("text=Enregistrer et terminer")
    wrong = said(page)
    assert "Écrivez un nombre en kg." in wrong and "AAAA-MM-JJ" in wrong and "Rien n’a été enregistré" in wrong
    accessible(page)


def refused_as_stale(page: Any, address: str) -> None:
    """The same form in a second tab, which was opened before the first was saved."""
    stale = page.context.new_page()
    stale.goto(f"{address}{FORM}")
    page.goto(f"{address}{FORM}")
    for one, weight in ((page, "61,5"), (stale, "62")):
        one.check("input[name=done][value=true]")
        one.fill("[name=weight]", weight)
        one.fill("[name=finding]", "Rien de nouveau.")
        one.click("text=Enregistrer et terminer")
    said(page)
    assert "a été modifié par nora" in said(stale)
    accessible(stale)
    stale.close()


def refused_by_a_rule(page: Any, address: str) -> None:
    """Nobody is enrolled without consent."""
    there = f"{address}/stsinj/participants/{UNSAID}/screening/"
    page.goto(there)
    said(page)
    token = page.locator("input[name=csrfmiddlewaretoken]").first.get_attribute("value")
    sent = {"csrfmiddlewaretoken": token, "_on": BASELINE.isoformat()}
    answer = page.request.post(f"{there}enrol/", form=sent, headers={"Referer": there, **FRENCH})
    assert answer.status == 422 and english_in(answer.text(), OWN) == []
    assert "consentement" in answer.text()


def refused_by_the_lock(page: Any, address: str, home: Path) -> None:
    connect(home)
    manager = Author("dana", "data manager")
    quality.lock(door("stsinj"), "", "database lock", manager, despite="nothing is signed in this test")
    close()
    page.goto(f"{address}{FORM}")
    token = page.locator("input[name=csrfmiddlewaretoken]").first.get_attribute("value")
    sent = {"csrfmiddlewaretoken": token, "weight": "63", "_expected": "1", "_reason": "relu"}
    answer = page.request.post(f"{address}{FORM}", form=sent, headers={"Referer": page.url, **FRENCH})
    assert english_in(answer.text(), OWN) == []
    assert "L’étude stsinj est verrouillée." in answer.text()
