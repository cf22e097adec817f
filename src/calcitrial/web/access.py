"""Who may open which page until there are accounts: readers by a link that opens once, everybody else the rest.

A link is a file `HOME/links/<sha256 of its token>.json`; opening it removes the file and gives the browser a signed
cookie that names study and reader. A browser with such a cookie gets the reading pages of that study and nothing
else, because any other page could tell whose picture is shown, when it was taken, or what was injected. A browser
without one gets no reading page. The key of the signature lies in the home, readable by its owner only, so that
passes outlive a restart of the server.
"""

import hashlib
import secrets
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

import orjson
from django.core.signing import BadSignature, TimestampSigner
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import Resolver404, resolve

from calcitrial.protocol import Problem, RefusedError
from calcitrial.web.home import home
from calcitrial.whole_file import write_whole

COOKIE = "calcitrial_reader"
LINK_DAYS, PASS_DAYS = 14, 30
DOOR = "reading_door"
READER_PAGES = frozenset({"worklist", "case", "case_data", "case_voxels", "case_measure", "case_answer"})
LOCKED = "This browser reads for a study, so it shows the cases of that reading and no other page of calcitrial."
ENDED = "The pass of this browser has ended or is not ours. Ask who keeps the plan for a new link."
NO_PASS = "These pages are for readers. Open the personal link that you were given; each opens once."


@dataclass(frozen=True)
class Pass:
    """Which reader a browser reads as, in which study."""

    study: str
    reader: str


def make_link(folder: Path, holder: Pass, now: datetime) -> str:
    """Make a link for a reader in a home and return its token; only the token's digest is kept there."""
    _key(folder)  # here, before any pass is signed: two requests at once could each make one
    token = secrets.token_urlsafe(32)
    until = (now + timedelta(days=LINK_DAYS)).isoformat()
    content = orjson.dumps({"study": holder.study, "reader": holder.reader, "until": until})
    write_whole(_link(folder, token), content, 0o600)
    return token


def door(token: str) -> str:
    """Return the path of the page that a link opens."""
    return f"/reading/door/{token}/"


def look_up(folder: Path, token: str, now: datetime) -> Pass:
    """Return whom a link is for, without opening it; RefusedError when it was opened, ran out or never was."""
    try:
        content = orjson.loads(_link(folder, token).read_bytes())
    except (OSError, orjson.JSONDecodeError):
        raise _refused("This link was opened before, or it is not complete.") from None
    if now > datetime.fromisoformat(content["until"]):
        raise _refused(f"This link has run out: it was good for {LINK_DAYS} days.")
    return Pass(content["study"], content["reader"])


def claim(folder: Path, token: str, now: datetime) -> Pass:
    """Open a link for good and return whom it is for; of two who try at once, one is refused."""
    holder = look_up(folder, token, now)
    try:
        _link(folder, token).unlink()
    except FileNotFoundError:
        raise _refused("This link was opened before.") from None
    return holder


def _refused(what: str) -> RefusedError:
    return RefusedError([Problem("link", what, "Ask who keeps the plan for a new one.")])


def _link(folder: Path, token: str) -> Path:
    return folder / "links" / f"{hashlib.sha256(token.encode()).hexdigest()}.json"


def give_pass(response: HttpResponse, holder: Pass, *, secure: bool) -> None:
    """Let the browser that gets this response read as the holder from now on."""
    value = _signer().sign_object([holder.study, holder.reader])
    seconds = PASS_DAYS * 86400
    response.set_cookie(COOKIE, value, max_age=seconds, httponly=True, samesite="Strict", secure=secure)


def pass_of(request: HttpRequest) -> Pass | None:
    """Return the reader that a browser reads as; None when it has no pass, a forged one or one that ran out."""
    with suppress(BadSignature, ValueError):
        study, reader = _signer().unsign_object(request.COOKIES[COOKIE], max_age=PASS_DAYS * 86400)
        return Pass(study, reader)
    return None


def gate(get_response: Callable[[HttpRequest], HttpResponse]) -> Callable[[HttpRequest], HttpResponse]:
    """Return Django middleware that keeps readers to their pages and everybody else out of them."""

    def respond(request: HttpRequest) -> HttpResponse:
        sentence = _objection(request)
        if not sentence:
            return get_response(request)
        return render(request, "reading/door.html", {"title": "Not here", "sentence": sentence}, status=403)

    return respond


def _objection(request: HttpRequest) -> str:
    page, study = _asked(request.path_info)
    if page == DOOR:
        return ""
    if COOKIE not in request.COOKIES:
        return NO_PASS if page in READER_PAGES else ""
    holder = pass_of(request)
    if holder is None:
        # Not let in as somebody without a pass: the reader who held it must stay blinded.
        return ENDED
    return "" if page in READER_PAGES and study == holder.study else LOCKED


def _asked(path: str) -> tuple[str, str]:
    try:
        found = resolve(path)
    except Resolver404:
        return "", ""
    return found.url_name or "", str(found.kwargs.get("study", ""))


def _signer() -> TimestampSigner:
    return TimestampSigner(key=_key(home()), salt="calcitrial.reader")


def _key(folder: Path) -> str:
    """Return the key of this home, made at its first use and readable by its owner only."""
    path = folder / "reading.key"
    if not path.is_file():
        write_whole(path, secrets.token_urlsafe(50).encode(), 0o600)
    return path.read_text("utf-8")
