"""Make the documents that are made by the program: the list of commands, and the pictures of the pages.

python docs/make.py            everything
python docs/make.py commands   only docs/commands.md
"""

import json
import runpy
import shutil
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import typer
from PIL import Image

from calcitrial.commands import app
from calcitrial.participants import make_code

HERE = Path(__file__).parent
SITE = {"stsinj": "PITTSBURGH SIMULATED", "limoges": "LIMOGES SIMULATED"}
# One has completed and has photographs; one has a visit today; with one a questionnaire is open; one had an event.
DONE, TODAY, OPEN, SERIOUS = (f"/stsinj/participants/{make_code(SITE['stsinj'], number)}" for number in (4, 6, 7, 11))
# Two parents and a young person have signed.
YOUNG = f"/limoges/participants/{make_code(SITE['limoges'], 3)}"
# name of the picture: (who looks, page)
PAGES = {
    "studies": ("dana.datamanager", "/"),
    "participants": ("nils.nurse", "/limoges/"),
    "participant": ("nora.nurse", f"{DONE}/"),
    "lesions": ("nils.nurse", "/limoges/lesions/"),
    "protocol": ("nils.nurse", "/limoges/protocol/"),
    "nurse_today": ("nora.nurse", "/stsinj/today/"),
    "nurse_consent": ("nils.nurse", f"{YOUNG}/consent/"),
    "nurse_visits": ("nora.nurse", f"{TODAY}/visits/"),
    "nurse_screening": ("nora.nurse", f"{TODAY}/screening/"),
    "nurse_map": ("nora.nurse", f"{DONE}/map/"),
    "nurse_diary": ("nora.nurse", "/stsinj/diary/"),
    "physician_injection": ("ines.investigator", f"{DONE}/injections/BL/"),
    "physician_events": ("ines.investigator", f"{SERIOUS}/events/"),
    "pharmacist_drug": ("paul.pharmacist", "/stsinj/drug/"),
    "monitor_review": ("mona.monitor", f"{TODAY}/review/"),
    "monitor_sites": ("mona.monitor", "/stsinj/monitoring/"),
    "manager_locks": ("dana.datamanager", "/stsinj/locks/"),
    "manager_diary_plan": ("dana.datamanager", "/stsinj/diary/plan/"),
    "board": ("bea.board", "/stsinj/board/"),
    "administrator_people": ("ada.administrator", "/stsinj/people/"),
    "assessor_today": ("anna.assessor", "/stsinj/today/"),
    "assessor_participants": ("anna.assessor", "/stsinj/"),
    "reader_today": ("rita.reader", "/limoges/today/"),
}
TALL = {"participant": 1150, "nurse_map": 1500, "reader_today": 500, "monitor_sites": 1000}
DESK, PHONE = {"width": 1280, "height": 900}, {"width": 375, "height": 740}


def commands_text() -> str:
    """Return docs/commands.md: every verb with its arguments and options, as the program itself tells them."""
    lines = ["# Commands", "", "Made by `make docs` from the program itself.", ""]
    for name, command in _commands(typer.main.get_command(app)):
        lines += [f"## calcitrial {name}", "", (command.help or "").strip(), ""]
        for parameter in command.params:
            if parameter.name != "help":
                lines.append(f"- {_written(parameter)}")
        lines.append("")
    return "\n".join(lines)


def _commands(group: Any, before: str = "") -> Iterator[tuple[str, Any]]:
    """Yield every verb with its words, those of a group after the group's own name."""
    for name in sorted(group.commands):
        command = group.commands[name]
        if hasattr(command, "commands"):
            yield from _commands(command, f"{before}{name} ")
        else:
            yield f"{before}{name}", command


def _written(parameter: Any) -> str:
    told = f": {parameter.help}" if getattr(parameter, "help", "") else ""
    if parameter.param_type_name == "option":
        return f"`{', '.join([*parameter.opts, *parameter.secondary_opts])}`{told}"
    return f"`{parameter.name.upper()}`" + ("" if parameter.required else " (optional)") + told


def take_pictures(home: Path, port: int = 8731) -> None:
    """Take a picture of each page of a demo home with Chromium, signed in as the simulated people."""
    from playwright.sync_api import sync_playwright

    at = f"http://127.0.0.1:{port}"
    server = subprocess.Popen([sys.executable, "-m", "calcitrial", "serve", "--home", str(home), "--port", str(port)])
    try:
        _wait(at)
        with sync_playwright() as play:
            browser = play.chromium.launch(executable_path=shutil.which("chromium"), args=["--no-sandbox"])
            page = browser.new_page(viewport=DESK)
            page.goto(f"{at}/sign-in/")
            _shoot(page, "sign_in")
            page.goto(f"{at}/public/stsinj/fit/")
            _shoot(page, "public_prescreener")
            for who in dict.fromkeys(who for who, _path in PAGES.values()):
                page = _signed_in(browser, at, who)
                for name, path in ((name, path) for name, (one, path) in PAGES.items() if one == who):
                    page.set_viewport_size({"width": 1280, "height": TALL.get(name, 900)})
                    page.goto(at + path)
                    _shoot(page, name)
            _take_diary(browser, _signed_in(browser, at, "nora.nurse"), at)
            _take_reading(browser.new_page(), home, port)
            browser.close()
    finally:
        server.terminate()


def _signed_in(browser: Any, at: str, who: str) -> Any:
    """Return a page of one of the simulated people of the demo."""
    page = browser.new_context(viewport=DESK).new_page()
    page.goto(f"{at}/sign-in/")
    page.get_by_role("button", name=f"Sign in as {who}", exact=True).click()
    page.wait_for_url(lambda url: "sign-in" not in url)
    return page


def _shoot(page: Any, name: str) -> None:
    """Take the picture with few colours: a page has few, and the file is a third as large."""
    file = HERE / "pictures" / f"{name}.png"
    page.screenshot(path=file)
    with Image.open(file) as picture:
        picture.convert("RGB").quantize(128, dither=Image.Dither.NONE).save(file, optimize=True)


def _take_diary(browser: Any, nurse: Any, at: str) -> None:
    """Give a participant a link, and take pictures of the diary on a telephone."""
    nurse.goto(f"{at}{OPEN}/diary/")
    nurse.locator("form[action$='/diary/link/'] button").first.click()
    nurse.wait_for_selector(".handout .address")
    _shoot(nurse, "nurse_diary_link")
    page = browser.new_context(viewport=PHONE).new_page()
    page.goto(nurse.inner_text(".handout .address").strip())
    _shoot(page, "diary")


def _take_reading(page: Any, home: Path, port: int) -> None:
    """Take a picture of the first case of a reader."""
    words = f"link limoges rita.reader --port {port} --json -"
    run = [sys.executable, "-m", "calcitrial", "reading", *words.split(), "--home", str(home)]
    said = subprocess.run(run, check=True, capture_output=True, text=True).stdout
    page.set_viewport_size({"width": 1280, "height": 800})
    page.goto(json.loads(said)["address"])
    page.get_by_role("button", name="Begin reading as rita.reader").click()
    page.click("#next")
    page.wait_for_selector("body[data-ready]")
    page.wait_for_timeout(500)
    _shoot(page, "reading")


def _wait(address: str, seconds: float = 90) -> None:
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        try:
            urllib.request.urlopen(address, timeout=2).read()
            return
        except OSError:
            time.sleep(0.3)
    raise SystemExit(f"Nothing answers at {address}.")


def main() -> None:
    """Write the documents."""
    (HERE / "commands.md").write_text(commands_text(), "utf-8")
    runpy.run_path(str(HERE / "requirements.py"), run_name="__main__")
    if sys.argv[1:] == ["commands"]:
        return
    (HERE / "pictures").mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder) / "home"
        run = [sys.executable, "-m", "calcitrial", "demo", "--no-serve", "--home", str(home)]
        subprocess.run(run, check=True)
        take_pictures(home)


if __name__ == "__main__":
    main()
