"""Who may open which page: readers by a link that opens once, everybody else by signing in.

A link is a file `HOME/links/<sha256 of its token>.json`; opening it removes the file and gives the browser a signed
cookie that names study and reader. A browser with such a cookie gets the reading pages of that study and nothing
else, because any other page could tell whose picture is shown, when it was taken, or what was injected. A browser
without one gets what the roles of the person who is signed in there allow; the reading pages only for a reader of
images. The key of the signature lies in the home, readable by its owner only, so that
passes outlive a restart of the server.
"""

import hashlib
import secrets
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from urllib.parse import urlencode

import orjson
from django.core.signing import BadSignature, TimestampSigner
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.http.response import HttpResponseBase
from django.middleware.csrf import CsrfViewMiddleware
from django.shortcuts import render
from django.urls import Resolver404, resolve, reverse

from calcitrial.protocol import Problem, RefusedError
from calcitrial.web.home import home
from calcitrial.web.scoping import has_token, scope_of
from calcitrial.whole_file import write_whole

COOKIE = "calcitrial_reader"
LINK_DAYS, PASS_DAYS = 14, 30
DOOR = "reading_door"
# The namespace of the program interface, whose routes ask themselves what a caller may do.
INTERFACE = "api"
READER_PAGES = frozenset({"worklist", "case", "case_data", "case_voxels", "case_measure", "case_answer"})
# Tells nothing of the study, so a reader may choose it too.
LANGUAGE = "language"
LOCKED = "This browser reads for a study, so it shows the cases of that reading and no other page of calcitrial."
ENDED = "The pass of this browser has ended or is not ours. Ask who keeps the plan for a new link."
NO_PASS = "These pages are for readers. Open the personal link that you were given; each opens once. Or sign in."
UNNAMED = "This page does not say who may open it, so it opens to nobody."
SIGN_IN = "Nothing was entered, because nobody is signed in here any more. Sign in, then go back and send it again."
BEFORE_CHANGE = frozenset({"password", "sign_out", "language"})


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
    with suppress(BadSignature, ValueError, KeyError):
        study, reader = _signer().unsign_object(request.COOKIES[COOKIE], max_age=PASS_DAYS * 86400)
        return Pass(study, reader)
    return None


def for_readers(view: Callable[..., HttpResponseBase]) -> Callable[..., HttpResponseBase]:
    """Return the view as one of the reading pages, which the gate opens to readers of the study only."""
    view.capability = "read_images"  # type: ignore[attr-defined]
    return view


def gate(get_response: Callable[[HttpRequest], HttpResponse]) -> Callable[[HttpRequest], HttpResponse]:
    """Return Django middleware that opens to each person and to each reader's browser their own pages only.

    A view that names neither a capability nor a reason why it is open to all (`open_to`) opens to nobody.
    """

    def respond(request: HttpRequest) -> HttpResponse:
        return _turned_away(request) or get_response(request)

    return respond


def _turned_away(request: HttpRequest) -> HttpResponse | None:
    view, page, study = _asked(request.path_info)
    if page == DOOR:
        return None
    if COOKIE in request.COOKIES:
        sentence = _objection(request, page, study)
        return _closed(request, sentence) if sentence else None
    if view is None or hasattr(view, "open_to"):
        return None
    if page == INTERFACE:
        return _unproven(request)
    if not getattr(view, "capability", ""):
        return _closed(request, UNNAMED)
    if not request.user.is_authenticated:
        return _sign_in_first(request, page)
    if request.session.get("must_change") and page not in BEFORE_CHANGE:
        return HttpResponseRedirect(reverse("password"))
    if page in READER_PAGES and not scope_of(request, study).may("read_images"):
        return _closed(request, NO_PASS)
    return None


def _anything(_request: HttpRequest) -> HttpResponse:
    """Stand for the view in a check that looks at no view."""
    return HttpResponse()


def _unproven(request: HttpRequest) -> HttpResponse | None:
    """Turn away a script that uses a browser's session without the token of a page (CSRF); it has its own rights."""
    if not request.user.is_authenticated or has_token(request):
        return None
    if request.session.get("must_change"):
        return _closed(request, "Change the first password of this account, then go on.")
    return CsrfViewMiddleware(_anything).process_view(request, _anything, (), {})


def _objection(request: HttpRequest, page: str, study: str) -> str:
    """Return what speaks against a page in a browser with a reader's pass; '' for nothing."""
    holder = pass_of(request)
    if holder is None:
        # Not let in as somebody without a pass: the reader who held it must stay blinded.
        return ENDED
    return "" if page == LANGUAGE or (page in READER_PAGES and study == holder.study) else LOCKED


def _sign_in_first(request: HttpRequest, page: str) -> HttpResponse:
    if page in READER_PAGES:
        return _closed(request, NO_PASS)
    if request.method in ("GET", "HEAD"):
        return HttpResponseRedirect(f"{reverse('sign_in')}?{urlencode({'next': request.get_full_path()})}")
    return _closed(request, SIGN_IN)


def _closed(request: HttpRequest, sentence: str) -> HttpResponse:
    return render(request, "reading/door.html", {"title": "Not here", "sentence": sentence}, status=403)


def _asked(path: str) -> tuple[Callable[..., HttpResponseBase] | None, str, str]:
    """Return the view, the name of its page and the study that an address asks for."""
    try:
        found = resolve(path)
    except Resolver404:
        return None, "", ""
    page = INTERFACE if INTERFACE in found.namespaces else found.url_name or ""
    return found.func, page, str(found.kwargs.get("study", ""))


def _signer() -> TimestampSigner:
    return TimestampSigner(key=_key(home()), salt="calcitrial.reader")


def _key(folder: Path) -> str:
    """Return the key of this home, made at its first use and readable by its owner only."""
    path = folder / "reading.key"
    if not path.is_file():
        write_whole(path, secrets.token_urlsafe(50).encode(), 0o600)
    return path.read_text("utf-8")
