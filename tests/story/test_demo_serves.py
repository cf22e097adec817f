"""`make demo` ends with pages that answer: the demo and the server in one process, as a stranger starts them."""

import os
import re
import subprocess
import sys
import time
import urllib.error
import urllib.parse
import urllib.request
from http.cookiejar import CookieJar
from pathlib import Path

PATHS = {
    "dana.datamanager": ("/", "/stsinj/", "/stsinj/report/", "/stsinj/verify/"),
    "nils.nurse": ("/limoges/", "/limoges/participants/LIM-001Z/", "/limoges/lesions/"),
}


def test_the_pages_answer_after_the_demo(tmp_path: Path) -> None:
    log = tmp_path / "log"
    words = ["demo", "--participants", "2", "--home", str(tmp_path / "home"), "--port", "8765"]
    environment = {**os.environ, "PYTHONUNBUFFERED": "1", "CALCITRIAL_DATABASE": ""}
    with log.open("w") as out:
        program = [sys.executable, "-m", "calcitrial", *words]
        process = subprocess.Popen(program, stdout=out, stderr=out, env=environment)
    try:
        address = address_in(log, process)
        for person, paths in PATHS.items():
            seat = signed_in(address, person)
            for path in paths:
                page = answer(address + path, seat)
                assert f">{person}</a>".encode() in page and b"SIMULATED" in page, path
    finally:
        process.terminate()
        process.wait(20)
    assert process.returncode is not None


def address_in(log: Path, process: "subprocess.Popen[bytes]") -> str:
    for _try in range(1200):
        said = re.search(r"at (http://127\.0\.0\.1:\d+)/", log.read_text())
        if said:
            return said[1]
        assert process.poll() is None, log.read_text()
        time.sleep(0.1)
    raise AssertionError(log.read_text())


def signed_in(address: str, person: str) -> urllib.request.OpenerDirector:
    """Sign in as one of the simulated people, as their button does, and return the browser that is let in."""
    seat = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(CookieJar()))
    page = answer(address, seat).decode()
    assert f"Sign in as {person}" in page and "This is a demo" in page
    token = re.search(r'name="csrfmiddlewaretoken" value="(\w+)"', page)
    assert token
    sent = urllib.parse.urlencode({"csrfmiddlewaretoken": token[1], "person": person}).encode()
    seat.open(urllib.request.Request(f"{address}/sign-in/as/", sent, {"Referer": f"{address}/"}), timeout=20)
    return seat


def answer(address: str, seat: urllib.request.OpenerDirector) -> bytes:
    """Return the page; the server may still be starting."""
    for _try in range(100):
        try:
            with seat.open(address, timeout=20) as page:
                return bytes(page.read())
        except ConnectionError:
            time.sleep(0.2)
        except urllib.error.URLError as error:
            if not isinstance(error.reason, ConnectionError):
                raise
            time.sleep(0.2)
    raise AssertionError(f"Nothing answers at {address}.")
