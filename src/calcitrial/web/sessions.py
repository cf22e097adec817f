"""A session belongs to the client that began it, ends when nobody used it for a while, and ends after a day's work."""

from collections.abc import Callable

from django.contrib.auth.models import AnonymousUser
from django.http import HttpRequest, HttpResponse

from calcitrial.people import client_digest, happened
from calcitrial.record import now

IDLE_SECONDS = 30 * 60
LONGEST_SECONDS = 12 * 3600
# So often is it noted that the session is in use; each note is a write.
NOTE_SECONDS = 60


def keeper(get_response: Callable[[HttpRequest], HttpResponse]) -> Callable[[HttpRequest], HttpResponse]:
    """Return Django middleware that ends sessions that are too old or come from another client (21 CFR 11.10(h))."""

    def respond(request: HttpRequest) -> HttpResponse:
        if request.user.is_authenticated:
            moment = int(now().timestamp())
            why = _over(request, moment)
            if why:
                happened("refused", request.user.get_username(), detail=why)
                request.session.flush()
                request.user = AnonymousUser()
            elif moment - request.session["seen"] > NOTE_SECONDS:
                request.session["seen"] = moment
        return get_response(request)

    return respond


def _over(request: HttpRequest, moment: int) -> str:
    """Return why the session of a signed-in person is over; '' while it is not."""
    session = request.session
    if session.get("client") != client_digest(request):
        return "it was begun by another client"
    if moment - session.get("began", 0) > LONGEST_SECONDS:
        return "it was older than twelve hours"
    return "it was not used for half an hour" if moment - session.get("seen", 0) > IDLE_SECONDS else ""
