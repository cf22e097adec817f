"""The real server in a process of its own, and the system's Chromium in front of it."""

import os
import re
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

CHROMIUM = os.environ.get("CALCITRIAL_CHROMIUM") or shutil.which("chromium") or shutil.which("google-chrome")
WITHOUT_WEBGL = ("--disable-gpu", "--disable-webgl", "--disable-3d-apis")


@contextmanager
def served(home: Path, log: Path) -> Iterator[str]:
    """Serve a home and yield the address of its pages."""
    with socket.socket() as trial:
        trial.bind(("127.0.0.1", 0))
        port = trial.getsockname()[1]
    program = f"from pathlib import Path; from calcitrial.web import serve; serve(Path({str(home)!r}), {port})"
    environment = os.environ | {"PYTHONPATH": os.pathsep.join(sys.path), "PYTHONUNBUFFERED": "1"}
    with log.open("w") as out:
        process = subprocess.Popen([sys.executable, "-c", program], stdout=out, stderr=out, env=environment)
    try:
        yield _address(process, log)
    finally:
        process.terminate()
        process.wait(20)


def _address(process: subprocess.Popen[bytes], log: Path) -> str:
    """Wait until the server answers and return where it said that it is."""
    for _try in range(600):
        said = re.search(r"at (http://127\.0\.0\.1:(\d+))/", log.read_text())
        if said:
            with socket.socket() as trial:
                if trial.connect_ex(("127.0.0.1", int(said[2]))) == 0:
                    return said[1]
        assert process.poll() is None, log.read_text()
        time.sleep(0.1)
    raise AssertionError(f"The server did not answer: {log.read_text()}")


@contextmanager
def chromium(*flags: str) -> Iterator[Any]:
    """Start the system's Chromium, or skip loudly where there is none."""
    if not CHROMIUM:
        pytest.skip("SKIPPED FOR WANT OF CHROMIUM: install it, or name it in CALCITRIAL_CHROMIUM.")
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox", *flags])
        yield browser
        browser.close()
