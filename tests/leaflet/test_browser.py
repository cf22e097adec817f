"""The exported pages in Chromium: no request but the page, no script needed, WCAG 2.2 AA, 375 px."""

from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe

from calcitrial.evidence import studies
from calcitrial.leaflet import publish
from calcitrial.protocol import load
from tests.web.browsing import chromium

TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]


@pytest.mark.browser
def test_the_pages_are_accessible_narrow_quiet_and_need_no_script(tmp_path: Path) -> None:
    for study in ("limoges", "stsinj"):
        publish(load(study), studies(), tmp_path / study)
    with chromium() as browser:
        for study in ("limoges", "stsinj"):
            for name in ("en.html", "fr.html", "en-easy.html", "fr-easy.html", "evidence.html"):
                page = browser.new_page(viewport={"width": 375, "height": 800})
                asked: list[str] = []
                told: list[str] = []
                page.on("request", lambda request, asked=asked: asked.append(request.url))
                page.on("console", lambda message, told=told: told.append(message.text))
                page.goto((tmp_path / study / name).as_uri())
                found = Axe().run(page, options={"runOnly": {"type": "tag", "values": TAGS}})
                assert found.response["violations"] == []
                assert len(asked) == 1 and told == []  # the data of schema.org is no script to the policy
                assert page.evaluate("document.documentElement.scrollWidth") <= 375
                page.close()
        quiet = browser.new_context(java_script_enabled=False).new_page()
        quiet.goto((tmp_path / "limoges" / "index.html").as_uri())
        quiet.click("text=Français")
        assert quiet.locator("h2").first.inner_text().startswith("De quoi parle cet essai")
        quiet.click("text=Page courte")
        assert quiet.url.endswith("fr-easy.html")
