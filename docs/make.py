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

from calcitrial.commands import app

HERE = Path(__file__).parent
PAGES = {
    "studies": "/",
    "participants": "/limoges/",
    "participant": "/stsinj/participants/PIT-004/",
    "lesions": "/limoges/lesions/",
    "protocol": "/limoges/protocol/",
}


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
    """Take a picture of each page of a demo home with Chromium."""
    from playwright.sync_api import sync_playwright

    server = subprocess.Popen([sys.executable, "-m", "calcitrial", "serve", "--home", str(home), "--port", str(port)])
    try:
        _wait(f"http://127.0.0.1:{port}/")
        with sync_playwright() as play:
            browser = play.chromium.launch(executable_path=shutil.which("chromium"), args=["--no-sandbox"])
            page = browser.new_page(viewport={"width": 1280, "height": 900})
            for name, path in PAGES.items():
                page.set_viewport_size({"width": 1280, "height": 1150 if name == "participant" else 900})
                page.goto(f"http://127.0.0.1:{port}{path}")
                page.screenshot(path=HERE / "pictures" / f"{name}.png", full_page=False)
            _take_reading(page, home, port)
            browser.close()
    finally:
        server.terminate()


def _take_reading(page: Any, home: Path, port: int) -> None:
    """Take a picture of the first case of a reader."""
    plan = "plan limoges --reader R1 --reader R2 --by Manager --seed 1"
    for words in (plan, f"link limoges R1 --port {port} --json -"):
        run = [sys.executable, "-m", "calcitrial", "reading", *words.split(), "--home", str(home)]
        said = subprocess.run(run, check=True, capture_output=True, text=True).stdout
    page.set_viewport_size({"width": 1280, "height": 800})
    page.goto(json.loads(said)["address"])
    page.click("button")
    page.click("#next")
    page.wait_for_selector("body[data-ready]")
    page.wait_for_timeout(500)
    page.screenshot(path=HERE / "pictures" / "reading.png")


def _wait(address: str, seconds: float = 30) -> None:
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
