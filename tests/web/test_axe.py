"""No serious finding of axe (WCAG 2.2 AA) in the reading room and on pages that turn, wide and narrow."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe

from calcitrial.protocol import Protocol
from calcitrial.record import close
from tests.signing_in import make_person, sign_in_browser

from . import test_reading_browser as reading
from .browsing import chromium, served
from .conftest import fill

pytestmark = pytest.mark.browser
RULES = {"runOnly": ["wcag2a", "wcag2aa", "wcag21aa", "wcag22aa"]}
# The room is made for a desk: below this width its tools wrap, and the picture is what is left of the screen.
WIDTHS = (375, 1280)
TURNING = ("", "queries/", "lesions/", "verify/", "trail-review/", "history/?participant=PIT-001", "people/", "locks/")
home, server, browser, tasks, seat = reading.home, reading.server, reading.browser, reading.tasks, reading.seat


def findings(page: Any) -> list[str]:
    """Return the serious findings at each width, each with where it is."""
    found = []
    for width in WIDTHS:
        page.set_viewport_size({"width": width, "height": 900})
        for one in Axe().run(page, options=RULES).response["violations"]:
            if one["impact"] in ("serious", "critical"):
                found.append(f"{page.url} at {width}: {one['id']} {[node['html'][:160] for node in one['nodes'][:3]]}")
    return found


@pytest.fixture
def manager(tmp_path: Path, stsinj: Protocol) -> Iterator[tuple[str, Any]]:
    """The address of a study, and a page of its data manager, who has enough to turn pages."""
    fill(tmp_path, stsinj)
    make_person("stsinj", "data_manager", "", "dana")
    close()
    with served(tmp_path, tmp_path / "log") as address, chromium() as browser:
        page = browser.new_context().new_page()
        sign_in_browser(page, address, "dana")
        yield address, page


def test_pages_that_turn_have_no_serious_finding(manager: tuple[str, Any]) -> None:
    address, page = manager
    found, turned = list[str](), 0
    for path in (*TURNING, "agreement/"):
        page.goto(f"{address}/stsinj/{path}")
        turned += page.locator("nav.turn, .turn").count()
        found += findings(page)
    assert found == [], "\n".join(found)
    assert turned


def test_the_reading_room_has_no_serious_finding(seat: reading.Seat, tasks: Any) -> None:
    found = findings(seat.page)
    for kind in ("ct", "film", "ultrasound"):
        seat.open(tasks(kind)[0])
        found += findings(seat.page)
    seat.page.set_viewport_size({"width": 1280, "height": 800})
    seat.press("?")
    found += findings(seat.page)
    assert found == [], "\n".join(found)
