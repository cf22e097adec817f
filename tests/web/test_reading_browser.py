"""A reader at work in a real browser without WebGL: mouse and keys, pixels on the screen, entries in the record."""

import hashlib
import re
import shutil
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from calcitrial.dicom import Series, read_series
from calcitrial.imaging import measure_mask
from calcitrial.reading import Task, pictures, worklist
from calcitrial.record import close, connect, make_cut
from calcitrial.web import Pass, door, make_link
from calcitrial.web.masks import from_runs

from .browsing import WITHOUT_WEBGL, chromium, served
from .reading_home import SPHERE_MM, TELLING

pytestmark = pytest.mark.browser
ROOM = "window.reading.room"
LENGTH = f"""async () => (await import('/static/viewer/calipers.js'))
  .lengthOf({ROOM}.picture, {ROOM}.shapes[0].ends)"""
UNNAMED = """[...document.querySelectorAll('button, input, textarea, canvas, select, a')]
  .filter((e) => e.checkVisibility() && !e.ariaLabel && !e.textContent.trim() && !(e.labels && e.labels.length))
  .map((e) => e.outerHTML)"""
SMALL = """[...document.querySelectorAll('button')]
  .filter((e) => e.checkVisibility() && e.getBoundingClientRect().height < 24).length"""
TWICE = """(() => { const ids = [...document.querySelectorAll('[id]')].map((e) => e.id);
  return ids.length - new Set(ids).size; })()"""
KEYS = "async () => (await import('/static/viewer/keys.js')).KEYS.map(([key, , does]) => [key, does])"


@pytest.fixture(scope="module")
def home(reading_home: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("desk") / "home"
    shutil.copytree(reading_home, folder)
    return folder


@pytest.fixture(scope="module")
def server(home: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with served(home, tmp_path_factory.mktemp("server") / "log") as address:
        yield address


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    with chromium(*WITHOUT_WEBGL) as started:
        yield started


@dataclass
class Seat:
    """A reader's browser: its page, and everything that came to it."""

    server: str
    page: Any
    came: list[str] = field(default_factory=list)
    wrong: list[str] = field(default_factory=list)

    def listen(self) -> None:
        self.page.on("pageerror", lambda error: self.wrong.append(str(error)))
        self.page.on("console", lambda said: said.type in ("error", "warning") and self.wrong.append(said.text))
        self.page.on("request", lambda asked: self.wrong.append(asked.url) if "127.0.0.1" not in asked.url else None)
        self.page.on("response", self._keep)

    def _keep(self, response: Any) -> None:
        kind = response.headers.get("content-type", "")
        body = response.text() if kind.startswith(("text/html", "application/json")) else ""
        self.came.append(f"{response.url} {response.headers} {body}")

    def open(self, task: Task) -> "Seat":
        self.page.goto(f"{self.server}/stsinj/reading/{task.id}/")
        self.page.wait_for_selector("body[data-ready]", timeout=60_000)
        self.drawn()
        return self

    def drawn(self) -> None:
        self.page.evaluate("new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))")

    def press(self, *keys: str) -> None:
        for key in keys:
            self.page.keyboard.press(key)
        self.drawn()

    def go(self, key: str) -> None:
        """Press a key that leads to another page."""
        self.page.keyboard.press(key)

    def until(self, script: str) -> None:
        """Wait until this holds; Playwright's own waiting would have the page evaluate text, which it refuses."""
        for _try in range(200):
            if self.page.evaluate(script):
                return
            self.page.wait_for_timeout(50)
        raise AssertionError(script)

    def room(self, what: str) -> Any:
        return self.page.evaluate(f"{ROOM}.{what}")

    def box(self, view: int = 0) -> dict[str, float]:
        found: dict[str, float] = self.page.locator(".view canvas").nth(view).bounding_box()
        return found

    def drag(self, *points: tuple[float, float], view: int = 0, button: str = "left") -> None:
        """Drag through these points of a view, in CSS pixels from its corner."""
        corner = self.box(view)
        (x0, y0), *rest = [(corner["x"] + x, corner["y"] + y) for x, y in points]
        self.page.mouse.move(x0, y0)
        self.page.mouse.down(button=button)
        for x, y in rest:
            self.page.mouse.move(x, y, steps=6)
        self.page.mouse.up(button=button)
        self.drawn()

    def on_screen(self, voxel: list[float], view: int = 0) -> tuple[float, float]:
        script = f"([v, n]) => {ROOM}.views[n].voxelOnScreen(v).map((at) => at / {ROOM}.views[n].dpr)"
        x, y = self.page.evaluate(script, [voxel, view])
        return x, y

    def settled(self) -> None:
        self.until(f"{ROOM}.answers.every((answer) => answer.numbers !== 'waiting')")


def apart(home: Path, act: Callable[[], Any]) -> Any:
    """Do something with the record in a thread of its own: Playwright's loop runs in this one, which Django minds."""

    def connected() -> Any:
        connect(home)
        try:
            return act()
        finally:
            close()

    with ThreadPoolExecutor(1) as pool:
        return pool.submit(connected).result()


@pytest.fixture
def tasks(home: Path) -> Callable[[str], list[Task]]:
    return lambda kind: [task for task in apart(home, lambda: worklist("stsinj", "R1")) if task.kind == kind]


def series_of(home: Path, task: Task) -> Series:
    series: Series = read_series(apart(home, lambda: pictures("stsinj", home, "R1", task.id)))
    return series


@pytest.fixture
def seat(server: str, browser: Any, home: Path, tasks: object) -> Iterator[Seat]:
    context = browser.new_context(viewport={"width": 1280, "height": 800})
    found = Seat(server, context.new_page())
    found.listen()
    found.page.goto(server + door(make_link(home, Pass("stsinj", "R1"), datetime.now(UTC))))
    found.until("document.activeElement.matches('button')")
    found.go("Enter")
    found.page.wait_for_url("**/stsinj/reading/")
    yield found
    assert found.wrong == []
    assert not [(word, text) for text in found.came for word in TELLING if word in text]
    context.close()


def test_the_list_opens_the_next_case_with_enter(seat: Seat, tasks: Any) -> None:
    assert seat.page.title() == "Cases · Reading room"
    seat.go("Enter")
    seat.page.wait_for_selector("body[data-ready]")
    waiting = [task.number for kind in ("ct", "film", "ultrasound") for task in tasks(kind) if task.state != "read"]
    assert seat.page.inner_text("h1").startswith(f"Case {min(waiting)} ")


def test_scrolling_with_wheel_keys_and_slider(seat: Seat, tasks: Any) -> None:
    seat.open(tasks("ct")[0])
    assert seat.page.evaluate("document.createElement('canvas').getContext('webgl2')") is None
    start = seat.room("cross[2]")
    seat.press("ArrowDown", "ArrowDown", "ArrowUp")
    assert seat.room("cross[2]") == start + 1
    seat.press("Home")
    assert seat.room("views[0].slice") == 0
    seat.press("PageDown")
    assert seat.room("views[0].slice") == 10
    box = seat.box()
    seat.page.mouse.move(box["x"] + 100, box["y"] + 100)
    seat.page.mouse.wheel(0, 100)
    seat.until(f"{ROOM}.views[0].slice === 11")
    seat.page.locator("input[type=range]").first.fill("4")
    assert seat.room("views[0].slice") == 3
    seat.press("v", "End")
    assert seat.room("views[1].slice") == seat.room("picture.sizes[1]") - 1


def test_the_planes_follow_the_crosshair_and_show_stored_values(seat: Seat, tasks: Any, home: Path) -> None:
    task = tasks("ct")[0]
    seat.open(task)
    voxels = series_of(home, task).voxels
    seat.page.locator("canvas").first.focus()
    x, y = seat.on_screen([30, 25, 5])
    seat.drag((x, y), (x, y))
    cx, cy, cz = seat.room("cross")
    assert (cx, cy) == (30, 25)
    for view, seen in enumerate((voxels[cz], voxels[::-1, cy], voxels[::-1, :, cx])):
        table = seat.page.evaluate(f"(n) => [...{ROOM}.views[n].grey.pixels].map((rgba) => rgba & 255)", view)
        level, width = seat.room("window.level"), seat.room("window.width")
        want = np.clip((seen - (level - 0.5)) / (width - 1) + 0.5, 0, 1) * 255
        assert np.abs(np.array(table).reshape(seen.shape) - want).max() <= 0.51


def test_the_window_changes_by_key_number_and_drag(seat: Seat, tasks: Any) -> None:
    seat.open(tasks("ct")[0])
    seat.press("1")
    assert (seat.room("window.level"), seat.room("window.width")) == (500, 2000)
    seat.page.fill("#level", "70")
    seat.press("Escape")
    assert seat.room("window.level") == 70
    seat.press("w")
    seat.drag((200, 300), (260, 300))
    assert seat.room("window.width") > 2000 and seat.room("window.level") == 70
    before = seat.room("window.width")
    seat.press("q")
    seat.drag((200, 300), (200, 360), button="right")
    assert seat.room("window.width") == before and seat.room("window.level") > 70
    seat.press("i")
    assert seat.room("table[3000] & 255") < 20


def edges(seat: Seat, row: float) -> tuple[float, float]:
    """Where the bright disc begins and ends on one line of the screen, in CSS pixels: half its height above muscle."""
    script = f"""(y) => {{ const view = {ROOM}.views[0], c = view.canvas, d = view.dpr;
      const line = c.getContext('2d').getImageData(0, Math.round(y * d), c.width, 1).data;
      return [...line].filter((_, n) => n % 4 === 0); }}"""
    line = np.array(seat.page.evaluate(script, row))
    bright = np.flatnonzero(line > 140)
    middle = len(line) / 2
    disc = bright[np.abs(bright - middle) < 0.25 * len(line)]
    dpr = seat.room("views[0].dpr")
    return float(disc.min()) / dpr, float(disc.max() + 1) / dpr


def test_a_caliper_from_edge_to_edge_gives_the_diameter(seat: Seat, tasks: Any) -> None:
    seat.open(tasks("ct")[0])
    big = max(range(2), key=lambda n: seat.page.evaluate(f"(n) => {ROOM}.labels.runs(n + 1).length", n))
    seat.page.evaluate(f"(n) => {ROOM}.goTo(n + 1)", big)
    seat.press("h", "l")
    _x, y = seat.on_screen(seat.room("cross"))
    # A line beside the crosshair, which would hide the edge: its chord is that of the sphere there.
    aside = 2.0
    row = y + aside * seat.room("views[0].scale") / seat.room("views[0].dpr")
    left, right = edges(seat, row)
    seat.drag((left, row), (right, row))
    shape = seat.room("shapes[0]")
    told = seat.page.evaluate(LENGTH)
    assert told["unit"] == "mm" and shape["name"] == "length"
    assert told["value"] == pytest.approx(SPHERE_MM, abs=1.0)  # a voxel is 1 mm wide
    assert f"{told['value']:.1f} mm" in seat.page.inner_text(".lesion.active .numbers")
    seat.press("Delete")
    assert seat.room("shapes.length") == 0
    seat.press("Control+z")
    assert seat.room("shapes.length") == 1


def cut_rows(home: Path, task: Task) -> list[dict[str, Any]]:
    rows = apart(home, lambda: make_cut("stsinj", "test").table("read").to_dicts())
    return [row for row in rows if row["task"] == task.id]


def mass_by_python(seat: Seat, task: Task, home: Path, label: int) -> float:
    series = series_of(home, task)
    runs = seat.page.evaluate(f"(n) => {ROOM}.labels.runs(n)", label)
    mass = measure_mask(series, from_runs(runs, series.voxels.shape, "A"), "A").mass_mg
    assert mass is not None
    return mass


def test_brush_and_scissors_change_the_numbers_and_undo_brings_them_back(seat: Seat, tasks: Any, home: Path) -> None:
    task = tasks("ct")[0]
    seat.open(task)
    proposed = seat.page.evaluate(f"{ROOM}.labels.runs(1)")
    mass = seat.room("answers[0].numbers.mass_mg")
    x, y = seat.on_screen(seat.room("cross"))
    seat.press("x")
    seat.drag((x, y - 90), (x + 90, y - 90), (x + 90, y + 90), (x, y + 90), (x, y - 80))
    seat.settled()
    half = seat.room("answers[0].numbers.mass_mg")
    assert 0.2 * mass < half < 0.8 * mass
    assert half == pytest.approx(mass_by_python(seat, task, home, 1), rel=1e-9)
    seat.press("b")
    seat.drag((x - 4, y), (x + 10, y))
    seat.settled()
    more = seat.room("answers[0].numbers.mass_mg")
    assert more > half and more == pytest.approx(mass_by_python(seat, task, home, 1), rel=1e-9)
    seat.press("Control+z", "Control+z")
    assert seat.page.evaluate(f"{ROOM}.labels.runs(1)") == proposed
    seat.settled()
    assert seat.room("answers[0].numbers.mass_mg") == pytest.approx(mass)
    seat.press("Control+Shift+z", "r")
    assert seat.page.evaluate(f"{ROOM}.labels.runs(1)") == proposed


def test_a_reload_loses_nothing(seat: Seat, tasks: Any) -> None:
    seat.open(tasks("ct")[0])
    seat.page.on("dialog", lambda dialog: dialog.accept())
    seat.press("e", "Space", "y", "/")
    seat.page.keyboard.type("looks layered")
    seat.settled()
    before = seat.page.evaluate(f"[{ROOM}.labels.runs(1), {ROOM}.labels.runs(2)]")
    answers = seat.page.evaluate(f"{ROOM}.answers.map(({{ outcome, comment }}) => [outcome, comment])")
    seat.page.wait_for_timeout(500)
    seat.page.reload()
    seat.page.wait_for_selector("body[data-ready]")
    assert seat.page.evaluate(f"[{ROOM}.labels.runs(1), {ROOM}.labels.runs(2)]") == before
    assert seat.page.evaluate(f"{ROOM}.answers.map(({{ outcome, comment }}) => [outcome, comment])") == answers
    assert answers == [["measured", ""], ["", "looks layered"]]
    assert "unsaved work on this case is back" in seat.page.inner_text("#said")


def test_leaving_with_unsaved_work_asks_first(seat: Seat, tasks: Any) -> None:
    seat.open(tasks("ct")[0])
    asked: list[str] = []
    seat.page.on("dialog", lambda dialog: (asked.append(dialog.type), dialog.dismiss()))
    seat.press("y")
    seat.page.click(".brand a")
    seat.page.wait_for_timeout(500)
    assert asked == ["beforeunload"] and "Case" in seat.page.title()
    seat.page.evaluate("sessionStorage.clear()")
    seat.page.evaluate(f"{ROOM}.dirty = false")


def test_a_case_is_read_with_the_keyboard_alone_and_corrected(seat: Seat, tasks: Any, home: Path) -> None:
    task = tasks("ct")[0]
    seat.open(task)
    seat.press("s")
    assert "has no answer yet" in seat.page.inner_text("#said")
    seat.press("b", "]", "Shift+ArrowRight", "Shift+ArrowRight", "Space", "l", "Space")
    seat.press(*["Shift+ArrowRight"] * 6, "Space")
    assert seat.room("shapes[0].ends")[1][0] - seat.room("shapes[0].ends")[0][0] == pytest.approx(6)
    seat.press("y", "n")
    runs = seat.page.evaluate(f"{ROOM}.labels.runs(1)")
    seat.go("s")
    seat.page.wait_for_url(lambda address: task.id not in address)
    rows = {row["task_label"]: row for row in cut_rows(home, task)}
    assert rows["A"]["read_outcome"] == "measured" and rows["B"]["read_outcome"] == "absent"
    file = home / "reads" / f"{rows['A']['mask_digest']}.npz"
    assert hashlib.sha256(file.read_bytes()).hexdigest() == file.stem
    with np.load(file) as kept:
        assert kept["runs"].ravel().tolist() == runs
    assert float(rows["A"]["length"]) == pytest.approx(6.0) and float(rows["A"]["reading_seconds"]) > 0
    seat.open(task)
    assert seat.page.evaluate(f"{ROOM}.labels.runs(1)") == runs
    seat.press("n", "s")
    seat.page.wait_for_selector("#again[open]")
    seat.page.keyboard.type("nothing there after all")
    seat.go("Enter")
    seat.page.wait_for_url(lambda address: task.id not in address)
    assert {row["task_label"]: row["read_outcome"] for row in cut_rows(home, task)} == {"A": "absent", "B": "absent"}


def test_a_film_is_calibrated_with_a_known_length_and_saved(seat: Seat, tasks: Any, home: Path) -> None:
    task = tasks("film")[0]
    seat.open(task)
    a, b = seat.on_screen([79.5, 60, 0]), seat.on_screen([129.5, 60, 0])
    seat.press("l")
    seat.drag(a, b)
    assert "px" in seat.page.inner_text(".lesion.active .numbers")
    assert "Calibrate it with a known length (K)" in seat.page.inner_text(".lesion.active .flags")
    seat.press("y", "s")
    seat.until("document.querySelector('#said').textContent.includes('Calibrate')")
    assert cut_rows(home, task) == []
    seat.press("k")
    seat.drag(seat.on_screen([20, 150, 0]), seat.on_screen([120, 150, 0]))
    seat.page.fill("#known-mm", "40")
    seat.press("Enter")
    assert "20.0 mm" in seat.page.inner_text(".lesion.active .numbers")
    seat.wrong.clear()  # the refusal of the uncalibrated length, status 400
    seat.go("s")
    seat.page.wait_for_url(lambda address: task.id not in address)
    assert float(cut_rows(home, task)[0]["length"]) == pytest.approx(20.0, abs=0.2)


def test_ultrasound_is_measured_in_its_region_only(seat: Seat, tasks: Any, home: Path) -> None:
    task = tasks("ultrasound")[0]
    seat.open(task)
    assert seat.page.locator("[data-tool=paint]").count() == 0
    seat.drag(seat.on_screen([60, 100, 0]), seat.on_screen([240, 100, 0]))
    assert "different regions" in seat.page.inner_text(".lesion.active .flags")
    seat.press("Delete")
    seat.drag(seat.on_screen([60, 100, 0]), seat.on_screen([130, 100, 0]))
    assert "14.0 mm" in seat.page.inner_text(".lesion.active .numbers")
    seat.press("y")
    seat.go("s")
    seat.page.wait_for_url(lambda address: task.id not in address)
    assert float(cut_rows(home, task)[0]["length"]) == pytest.approx(14.0, abs=0.2)


@pytest.mark.parametrize("width", [1280, 820])
def test_a_case_fits_its_screen_and_everything_has_a_name(seat: Seat, tasks: Any, width: int) -> None:
    seat.page.set_viewport_size({"width": width, "height": 1100})
    seat.open(tasks("ct")[1])
    assert seat.page.evaluate("document.documentElement.scrollWidth") <= width
    assert seat.page.evaluate(UNNAMED) == []
    assert seat.page.evaluate(SMALL) == 0 == seat.page.evaluate(TWICE)


def test_every_action_has_one_key_and_the_list_shows_them_all(seat: Seat, tasks: Any) -> None:
    seat.open(tasks("ct")[1])
    seat.press("?")
    keys = seat.page.evaluate(KEYS)
    assert len({key for key, _does in keys}) == len(keys)
    listed = seat.page.inner_text("#key-list")
    assert all(does in listed for _key, does in keys)
    seat.page.uncheck("#shortcuts")
    seat.press("Escape", "b")
    assert seat.room("tool") == "cross"
    seat.press("?")
    seat.page.check("#shortcuts")
    seat.press("Escape", "b")
    assert seat.room("tool") == "paint"


def test_a_server_that_is_gone_is_said_in_a_sentence(seat: Seat, tasks: Any) -> None:
    seat.open(tasks("ct")[1])
    seat.page.route("**/answer", lambda route: route.fulfill(status=500, body="x"))
    seat.press("y", "y", "s")
    seat.until("document.querySelector('#said').textContent.includes('The server answered 500')")
    assert re.search("Save", seat.page.inner_text("#save")) and seat.page.is_enabled("#save")
    seat.page.evaluate(f"{ROOM}.dirty = false")
    seat.wrong.clear()
