"""The exported pre-screener works from a disk in Chromium without any network, sends nothing, and passes the checks."""

from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe

from calcitrial.claims import Ground, check_page, page_in
from calcitrial.evidence import studies
from calcitrial.leaflet import publish, texts_in
from calcitrial.protocol import load
from calcitrial.public import fit_files
from tests.web.browsing import chromium

TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]
STUDIES = ("limoges", "stsinj")


@pytest.fixture(scope="module")
def exported(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("exported")
    for study in STUDIES:
        publish(load(study), studies(), folder / study, fit_files(load(study), studies()))
    return folder


class Links(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.to: list[str] = []
        self.ids: set[str] = set()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        values = dict(attrs)
        self.ids.add(values.get("id") or "")
        self.to += [values.get("href") or ""] if tag == "a" else []


@pytest.mark.parametrize("study", STUDIES)
def test_links_between_the_files_are_relative_and_true(exported: Path, study: str) -> None:
    pages = {}
    for path in (exported / study).glob("*.html"):
        pages[path.name] = reader = Links()
        reader.feed(path.read_text("utf-8"))
    assert {"en-fit.html", "fr-fit.html"} <= set(pages)
    for name, page in pages.items():
        for link in page.to:
            file, _mark, place = link.partition("#")
            if not file.startswith(("https://", "http://")):
                assert not file or file in pages, (name, link)
                assert not place or place in pages[file or name].ids, (name, link)
    for language in ("en", "fr"):
        assert f"{language}-fit.html" in pages[f"{language}.html"].to
        assert f"{language}.html" in pages[f"{language}-fit.html"].to


@pytest.mark.parametrize("study", STUDIES)
@pytest.mark.parametrize("language", ["en", "fr"])
def test_its_sentences_pass_the_claim_check_and_it_is_small(exported: Path, study: str, language: str) -> None:
    text = (exported / study / f"{language}-fit.html").read_text("utf-8")
    page = page_in(text)
    assert page is not None and page.study == study and len(text.encode()) < 100_000
    assert check_page(page, Ground(load(study), studies(), texts_in(language).house)) == []
    assert "://" not in text and "you are eligible" not in text.lower()
    assert (
        'method="post"' not in text and "<button>" not in text and "form-action 'none'" in text.replace("&#x27;", "'")
    )


@pytest.mark.browser
def test_from_a_disk_without_a_network_the_hints_follow_the_answers(exported: Path) -> None:
    with chromium() as browser:
        for language, words in (("en", "Something you said speaks against"), ("fr", "Une de vos réponses s’oppose")):
            context = browser.new_context(offline=True, viewport={"width": 375, "height": 800})
            page, asked, told = context.new_page(), list[str](), list[str]()
            page.on("request", lambda request, asked=asked: asked.append(request.url))
            page.on("console", lambda message, told=told: told.append(message.text))
            page.goto((exported / "limoges" / f"{language}-fit.html").as_uri())
            found = Axe().run(page, options={"runOnly": {"type": "tag", "values": TAGS}})
            assert found.response["violations"] == []
            assert page.evaluate("document.documentElement.scrollWidth") <= 375
            _answers(page, words)
            assert len(asked) == 1 and told == [] and page.url == asked[0]
            context.close()


def _answers(page: Any, words: str) -> None:
    assert page.locator("[data-print]").is_visible() and page.locator("[data-without]").is_hidden()
    page.fill("input[name=age_years]", "44")
    page.press("input[name=age_years]", "Enter")
    assert page.locator("[data-verdict=open]").is_visible()
    assert page.locator("[data-criterion='A-I1']").get_attribute("class") == "met"
    page.check("input[name=pregnant][value=true]")
    verdict = page.locator("[data-verdict=against]")
    assert verdict.is_visible() and words in verdict.inner_text()
    assert page.locator("[data-criterion='A-E2']").get_attribute("class") == "against"


@pytest.mark.browser
def test_without_a_script_it_is_a_sheet_to_print(exported: Path) -> None:
    with chromium() as browser:
        page = browser.new_context(java_script_enabled=False, offline=True).new_page()
        page.goto((exported / "stsinj" / "en.html").as_uri())
        page.click("text=Answer some questions")
        assert page.url.endswith("en-fit.html") and page.locator("[data-without]").is_visible()
        assert page.locator("[data-verdict]:visible").count() == 0 and page.locator("[data-item]:visible").count() > 3
        assert "University of Pittsburgh" in page.locator("#call").inner_text()
