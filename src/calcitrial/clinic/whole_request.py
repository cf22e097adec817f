"""A form that arrived only in part is refused: half of what somebody typed must never be taken for all of it.

When a connection breaks in the middle of a save, a server may hand on the beginning. A form cut off there looks like
one in which the rest was left empty, or in which a text or number ends early. So the length that the browser announced
is held against what came (RFC 9110, section 8.6).
"""

from collections.abc import Callable

from django.core.exceptions import RequestDataTooBig
from django.http import HttpRequest, HttpResponse, UnreadablePostError
from django.shortcuts import render

FORM = "application/x-www-form-urlencoded"
CUT_OFF = "The connection broke while this was sent, so nothing was entered. Go back and save again."
TOO_BIG = "What was sent is larger than any form, so nothing was entered. Send less."
STRANGE = "What was sent cannot be read as a form of these pages, so nothing was entered. Open the page again."


def whole_request(get_response: Callable[[HttpRequest], HttpResponse]) -> Callable[[HttpRequest], HttpResponse]:
    """Return Django middleware that answers a form of which a part is missing with a sentence (status 400)."""

    def respond(request: HttpRequest) -> HttpResponse:
        if request.method == "POST" and request.content_type == FORM:
            try:
                if _is_cut_off(request):
                    return render(request, "pages/missing.html", {"sentence": CUT_OFF}, status=400)
            except RequestDataTooBig:
                return render(request, "pages/missing.html", {"sentence": TOO_BIG}, status=413)
        return get_response(request)

    return respond


def _is_cut_off(request: HttpRequest) -> bool:
    announced = request.headers.get("content-length", "")
    try:
        return announced.isdecimal() and len(request.body) < int(announced)
    except UnreadablePostError:
        return True


def strange_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    """Say in a sentence that what was sent cannot be read (status 400): too many fields, forged headers."""
    return render(request, "pages/missing.html", {"sentence": STRANGE}, status=400)
