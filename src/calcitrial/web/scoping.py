"""Who asks for a page: the scope of the person behind a request, and what a page needs before it opens."""

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import render

from calcitrial.people import Scope, roles
from calcitrial.web.reading import Reading, read

View = Callable[..., HttpResponseBase]


def scope_of(request: HttpRequest, study: str) -> Scope:
    """Return the scope of the person behind a request in a study."""
    # INTERIM, until accounts are there: everybody may do everything, or what a test asks for.
    asked = request.headers.get("X-Interim-Role", "")
    if asked:
        role, site, person = asked.split("|")
        return Scope(study, person, ((role, site),))
    return Scope(study, "local user", tuple((role, "") for role in sorted(roles()) if role not in INTERIM_LEFT_OUT))


INTERIM_LEFT_OUT = ("image_reader", "assessor")


def read_for(request: HttpRequest, study: str, participant: str = "") -> Reading:
    """Return what the person behind a request may read of a study, or of one participant of it.

    Participants of other sites and everything that tells an arm to who must not know one are absent. Raises Http404
    with a sentence when the study or the participant is not there for this person.
    """
    return read(study, participant)


def needs(capability: str) -> Callable[[View], View]:
    """Return a decorator: the view opens only to who has this capability in the study that it is given.

    The view carries it as `capability`; a view without one opens to nobody.
    """

    def decorate(view: View) -> View:
        @wraps(view)
        def guarded(request: HttpRequest, study: str, *args: Any, **kwargs: Any) -> HttpResponseBase:
            if scope_of(request, study).may(capability):
                return view(request, study, *args, **kwargs)
            return refused(request, f"This page needs the right “{capability.replace('_', ' ')}” in {study}.")

        guarded.capability = capability  # type: ignore[attr-defined]
        return guarded

    return decorate


def refused(request: HttpRequest, sentence: str) -> HttpResponse:
    """Return the page that says in a sentence why this is not for the person who asks (status 403)."""
    return render(request, "pages/missing.html", {"sentence": sentence}, status=403)
