"""In Chromium: a pharmacist receives and labels vials, a physician injects two lesions, and the ledger balances."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.db import connections
from PIL import Image

from calcitrial.pharmacy import ledger, vial_id
from calcitrial.record import Gateway, connect, make_cut
from tests.pharmacy.trial import SITE, begun, stocked
from tests.signing_in import make_person, sign_in_browser
from tests.web.browsing import chromium, served

pytestmark = pytest.mark.browser
PHONE, DESK = {"width": 375, "height": 740}, {"width": 1280, "height": 900}
ONE, TWO = "PIT-001-L1", "PIT-001-L2"


@pytest.fixture
def gateway(tmp_path: Path) -> Iterator[Gateway]:
    connect(tmp_path, create=True)
    door = begun()
    make_person("stsinj", "pharmacist", SITE, "petra")
    make_person("stsinj", "investigator", SITE, "ivan")
    make_person("stsinj", "study_nurse", SITE, "nora")
    stocked(door, lot="OLD", expiry="2026-01-05", vials=1)
    yield door
    connections["default"].close()


def entered(browser: Any, at: str, who: str, size: dict[str, int]) -> Any:
    """A page of somebody who has signed in, whose errors fail the test."""
    page = browser.new_context(viewport=size).new_page()
    page.faults = []
    page.on("pageerror", lambda error: page.faults.append(str(error)))
    sign_in_browser(page, at, who)
    return page


def seen_well(page: Any) -> None:
    """No serious finding of axe, nothing wider than the window, no error of a script."""
    found = Axe().run(page).response["violations"]
    serious = [(one["id"], one["nodes"][0]["html"]) for one in found if one["impact"] in ("serious", "critical")]
    assert serious == [] and page.faults == []
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")


def receive_and_release(page: Any, at: str) -> None:
    page.goto(f"{at}/stsinj/drug/receive/")
    for name, text in {"product": "Sodium thiosulfate", "lot": "A1", "strength": "250", "vial_volume": "50"}.items():
        page.fill(f"#f-{name}", text)
    page.fill("#f-expiry", "2030-12-31")
    page.fill("#f-vials", "4")
    page.check("input[name=temperature_ok][value=true]")
    seen_well(page)
    page.get_by_role("button", name="Enter").click()
    page.wait_for_url("**/labels/R2/")
    assert page.locator(".label svg").count() == 4 and "For clinical trial use only" in page.inner_text("main")
    seen_well(page)
    page.get_by_role("link", name="Then release them.").click()
    page.get_by_role("button", name="Enter").click()
    page.wait_for_url("**/drug/")
    seen_well(page)


def fill_card(page: Any, lesion: str, vial: str, volume: str) -> None:
    page.check(f'input[name="{lesion}:injected"][value=true]')
    values = {"concentration": "150", "volume": volume, "vial": vial, "needle_gauge": "25", "needle_length": "16"}
    values |= {"pain_before": "2", "pain_during": "5", "pain_after": "1"}
    for name, text in values.items():
        page.fill(f'input[name="{lesion}:{name}"]', text)
    page.check(f'input[name="{lesion}:guidance"][value=ultrasound]')


@pytest.mark.requirement("ICH E6(R3) 3.15")
def test_from_the_pharmacy_to_the_needle_the_ledger_balances(gateway: Gateway, tmp_path: Path) -> None:
    still = tmp_path / "still.png"
    Image.new("L", (64, 48), 90).save(still)
    with served(tmp_path, tmp_path / "log") as at, chromium() as browser:
        for size in (DESK, PHONE):
            page = entered(browser, at, "petra", size)
            page.goto(f"{at}/stsinj/drug/")
            seen_well(page)
        receive_and_release(entered(browser, at, "petra", PHONE), at)

        page = entered(browser, at, "ivan", PHONE)
        page.goto(f"{at}/stsinj/participants/PIT-001/injections/BL/")
        assert not page.locator(f'input[name="{ONE}:volume"]').is_visible()  # asked once it is said to be injected
        seen_well(page)
        fill_card(page, ONE, f"stsinj/{vial_id('stsinj', 1)}", "0.5")  # a scanner types the code; the vial is expired
        fill_card(page, TWO, vial_id("stsinj", 3), "0.8")
        assert page.inner_text('[data-sum="mass"]') == "195" and page.inner_text('[data-sum="volume"]') == "1.3"
        page.get_by_role("button", name="Enter the session").click()
        said = page.inner_text("#problems")
        assert "expired on 2026-01-05" in said and "the protocol does not say" in said
        seen_well(page)
        page.fill(f'input[name="{ONE}:vial"]', vial_id("stsinj", 2))
        for name, limit, why in (("volume_per_lesion", "1", "small lesions"), ("injections", "4", "as reported")):
            page.fill(f"#limit-{name}", limit)
            page.fill(f"#why-{name}", why)
        page.set_input_files(f'input[name="_{ONE}:image"]', str(still))
        page.get_by_role("button", name="Enter the session").click()
        page.wait_for_url("**saved=1")
        assert "1.3 mL, 195 mg" in page.inner_text(".sums") and page.get_by_text("Picture of the guidance").is_visible()
        seen_well(page)

        page = entered(browser, at, "nora", DESK)
        page.goto(f"{at}/stsinj/participants/PIT-001/injections/BL/")
        page.get_by_role("button", name=f"I confirm concentration, volume and vial {ONE}").click()
        page.wait_for_url("**saved=1")
        assert "Dose confirmed by nora" in page.inner_text("main")
        seen_well(page)
    rows = make_cut("stsinj", "test").table("injection").sort("lesion")
    assert rows["vial"].to_list() == [vial_id("stsinj", 2), vial_id("stsinj", 3)]
    assert rows["checked_by"].to_list() == ["nora", None] and rows["guidance_image"][0]
    old, new = sorted(ledger(gateway).lines, key=lambda line: line.lot, reverse=True)
    assert (new.received, new.used, new.in_stock) == (4, 2, 2) and (old.received, old.in_stock) == (1, 1)
