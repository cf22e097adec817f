"""In Chromium: a nurse places four lesions, an investigator freezes and draws, a blinded assessor sees no arm."""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.db import connections

from calcitrial.lesions import VIEWS, arms_of_participant, lesions_of, locate, nearest, outline
from calcitrial.record import Gateway, connect
from tests.clinic.lesion_study import CODE, SITE, STUDY, open_door
from tests.clinic.test_allocation_pages import ARMS
from tests.signing_in import PASSWORD, make_person, sign_in_browser
from tests.web.browsing import chromium, served

MAP, PAGE = f"/{STUDY}/participants/{CODE}/map/", f"/{STUDY}/participants/{CODE}/allocation/"
POINTED = (("elbow, extensor", "left", "back"), ("knee", "right", "front"), ("palm", "left", "left hand"))
PHONE, DESK = {"width": 375, "height": 740}, {"width": 1280, "height": 900}


@pytest.fixture
def door(tmp_path: Path) -> Iterator[Gateway]:
    connect(tmp_path, create=True)
    door = open_door()
    for role in ("study_nurse", "investigator", "assessor"):
        make_person(STUDY, role, SITE)
    yield door
    connections["default"].close()


def aside(act: Callable[[], Any]) -> Any:
    """Read the record beside the browser, whose loop keeps Django's connection from this thread."""

    def read() -> Any:
        try:
            return act()
        finally:
            connections["default"].close()

    with ThreadPoolExecutor(1) as pool:
        return pool.submit(read).result(60)


def enter_as(browser: Any, at: str, role: str, size: dict[str, int], **more: Any) -> Any:
    """A page of somebody with one role, signed in, whose errors fail the test."""
    page = browser.new_context(viewport=size, **more).new_page()
    page.set_default_timeout(10_000)
    page.faults = []
    page.on("pageerror", lambda error: page.faults.append(str(error)))
    page.on("console", lambda said: page.faults.append(said.text) if said.type == "error" else None)
    sign_in_browser(page, at, role)
    return page


def seen_well(page: Any) -> None:
    """No serious finding of axe, nothing wider than the window, no error in the console."""
    found = Axe().run(page).response["violations"]
    serious = [(one["id"], one["nodes"][0]["html"]) for one in found if one["impact"] in ("serious", "critical")]
    assert serious == [] and page.faults == []
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")


def point_at(page: Any, site: str, side: str, view: str, *, touch: bool = False) -> None:
    x, y = locate(site, side, view)
    svg = page.locator(f'figure[data-view="{view}"] svg.body-map')
    svg.scroll_into_view_if_needed()
    box = svg.bounding_box()
    spot = (box["x"] + x * box["width"], box["y"] + y * box["height"])
    page.touchscreen.tap(*spot) if touch else page.mouse.click(*spot)


def save(page: Any) -> None:
    page.get_by_role("button", name="Save the lesion").click()
    page.wait_for_url("**saved=1")


def said(page: Any) -> str:
    return str(page.locator("[data-said]").text_content())


@pytest.mark.browser
@pytest.mark.requirement("ICH E6(R3) 4.1.1–3")
def test_from_the_first_point_to_the_arms_and_no_arm_for_the_blinded(door: Gateway, tmp_path: Path) -> None:
    with served(tmp_path, tmp_path / "log") as at, chromium() as browser:
        nurse = enter_as(browser, at, "study_nurse", DESK)
        nurse.goto(at + MAP)
        seen_well(nurse)
        for site, side, view in POINTED:
            nurse.goto(at + MAP)
            point_at(nurse, site, side, view)
            assert said(nurse) == f"Placed at: {site}, {side}"
            nurse.get_by_label("Length at baseline").fill("12.5")
            save(nurse)
        by_keyboard(nurse, at)
        placed = [row["body_site"] for row in aside(lambda: lesions_of(door, CODE)).values()]
        assert placed[:3] == [one[0] for one in POINTED] and len(placed) == 4
        nurse.goto(at + MAP)
        seen_well(nurse)
        doctor = enter_as(browser, at, "investigator", DESK)
        doctor.goto(at + PAGE)
        seen_well(doctor)
        doctor.get_by_label("Your password").fill(PASSWORD)
        doctor.get_by_label("Code of your app").fill("investigator")
        doctor.get_by_role("button", name="Freeze and sign").click()
        doctor.get_by_role("button", name="Draw now").click()
        doctor.get_by_role("heading", name="Drawn").wait_for()
        assert all(arm in doctor.content() for arm in ARMS)
        assert len(aside(lambda: arms_of_participant(door, CODE))) == 4
        seen_well(doctor)
        assessor = enter_as(browser, at, "assessor", DESK)
        assessor.goto(at + MAP)
        assert assessor.locator("svg a.marker").count() == 4
        assert assessor.locator(".marker.treated, .marker.untreated").count() == 0
        assert not any(arm in assessor.content() for arm in ARMS)
        assert assessor.goto(at + PAGE).status == 403


def by_keyboard(page: Any, at: str) -> None:
    """Place the fourth lesion with keys alone: onto the picture, the cross moved, Enter, and the form filled in."""
    page.goto(at + MAP)
    for _press in range(60):
        page.keyboard.press("Tab")
        if "Right foot" in (page.evaluate("document.activeElement.getAttribute('aria-label')") or ""):
            break
    before = page.locator("figure[data-view='right foot'] .cross line").first.get_attribute("y1")
    page.keyboard.press("Shift+ArrowDown")
    page.keyboard.press("ArrowLeft")
    assert page.locator("figure[data-view='right foot'] .cross line").first.get_attribute("y1") != before
    assert said(page).startswith("Near: ") and page.locator("#f-body_site").input_value() == ""
    page.keyboard.press("Enter")
    assert said(page).startswith("Placed at: ") and said(page).endswith("right")
    page.get_by_role("button", name="Save the lesion").focus()
    page.keyboard.press("Enter")
    page.wait_for_url("**saved=1")


@pytest.mark.browser
def test_a_point_is_undone_before_saving_and_the_site_can_be_named_anew(door: Gateway, tmp_path: Path) -> None:
    with served(tmp_path, tmp_path / "log") as at, chromium() as browser:
        page = enter_as(browser, at, "study_nurse", DESK)
        page.goto(at + MAP)
        undo = page.get_by_role("button", name="Undo the last point")
        assert undo.is_disabled()
        point_at(page, "knee", "right", "front")
        point_at(page, "heel", "left", "left foot")
        assert page.locator(".pin").count() == 1 and said(page) == "Placed at: heel, left"
        assert "heel, left" in page.locator("figure[data-view='left foot'] figcaption").inner_text()
        undo.click()
        assert said(page) == "Placed at: knee, right" and page.locator("#f-body_site").input_value() == "knee"
        undo.click()
        assert said(page) == "" and page.locator(".pin").count() == 0 and undo.is_disabled()
        point_at(page, "knee", "right", "front")
        page.select_option("#f-body_site", "shin")  # the same drawing shows it: the point stays
        save(page)
        lesion = aside(lambda: lesions_of(door, CODE))[f"{CODE}-L1"]
        assert (lesion["body_site"], lesion["side"]) == ("shin", "right")
        assert abs(float(lesion["map_y"]) - locate("knee", "right", "front")[1]) < 0.01
        assert page.faults == []


@pytest.mark.browser
@pytest.mark.parametrize("script", [True, False])
def test_on_a_phone_by_touch_and_without_script(door: Gateway, tmp_path: Path, script: bool) -> None:
    with served(tmp_path, tmp_path / "log") as at, chromium() as browser:
        page = enter_as(browser, at, "study_nurse", PHONE, has_touch=True, java_script_enabled=script)
        page.goto(at + MAP)
        if script:
            seen_well(page)
            point_at(page, "knee", "right", "front", touch=True)
        else:
            page.select_option("#f-body_site", "knee")
            page.locator("input[name=side][value=right]").check()
        save(page)
        lesion = aside(lambda: lesions_of(door, CODE))[f"{CODE}-L1"]
        assert (lesion["body_site"], lesion["side"], lesion["view"]) == ("knee", "right", "front")
        if script:
            for address in (
                f"{MAP}{CODE}-L1/",
                PAGE,
                f"/{STUDY}/allocation/",
                f"/{STUDY}/participants/{CODE}/unblind/",
            ):
                page = enter_as(browser, at, "investigator", PHONE)
                page.goto(at + address)
                seen_well(page)


@pytest.mark.browser
def test_the_browser_and_the_server_name_the_same_site(door: Gateway, tmp_path: Path) -> None:
    steps = [n / 20 + 0.0037 for n in range(1, 19)]  # not the midline, where left and right are equally near
    points = [(view, x, y, outline(view).width, outline(view).height) for view in VIEWS for x in steps for y in steps]
    with served(tmp_path, tmp_path / "log") as at, chromium() as browser:
        page = enter_as(browser, at, "study_nurse", DESK)
        page.goto(at + MAP)
        script = """async (points) => {
            const { nearest } = await import("/static/visit_desk/nearest.js");
            const spots = JSON.parse(document.getElementById("spots").textContent);
            return points.map((point) => { const found = nearest(spots, ...point); return [found.site, found.side]; });
        }"""
        found = page.evaluate(script, [list(one) for one in points])
    for (view, x, y, _width, _height), named in zip(points, found, strict=True):
        assert named == [nearest(view, x, y).site, nearest(view, x, y).side], (view, x, y)
