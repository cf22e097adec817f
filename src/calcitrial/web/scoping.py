"""Who asks for a page: the scope of the person behind a request, and what a page needs before it opens."""

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import render

from calcitrial.people import (
    Scope,
    Sight,
    demands_of,
    has_factor,
    lacking,
    person_of_token,
    scope_for,
    scoped,
    sight_of,
)
from calcitrial.protocol import Protocol
from calcitrial.record import current_rows, known, now, record_here, studies
from calcitrial.web.reading import Reading, protocol_or_404

View = Callable[..., HttpResponseBase]
BEARER = "Bearer "
# What every signed-in person may open; rights in a single study are asked about in the view.
SIGNED_IN = "be signed in"


def scope_of(request: HttpRequest, study: str) -> Scope:
    """Return the scope of the person behind a request in a study, read once per request; nothing for nobody.

    Who administers the home is administrator of each of its studies: somebody must grant the first role.
    """
    known: dict[str, Scope] = request.__dict__.setdefault("scopes", {})
    if study not in known:
        known[study] = _scope(request, study)
    return known[study]


def has_token(request: HttpRequest) -> bool:
    """Return whether a script asks with a token of its own; then the session of a browser counts for nothing."""
    return request.headers.get("Authorization", "").startswith(BEARER)


def _scope(request: HttpRequest, study: str) -> Scope:
    if has_token(request):
        token = person_of_token(request.headers["Authorization"].removeprefix(BEARER).strip(), now())
        if token is None:
            return Scope(study, "", ())
        return token.narrows(scope_for(study, token.person, now().date()))
    user = getattr(request, "user", None)
    if user is None or not user.is_authenticated:
        return Scope(study, "", ())
    found = scope_for(study, user.get_username(), now().date())
    if user.is_staff and not found.grants and study in studies() and not _barred(study, found.person):
        return Scope(study, found.person, (("administrator", ""),))
    return found


def _barred(study: str, person: str) -> bool:
    """Return whether administrators of a study need a second factor that this person has not."""
    return "administrator" in demands_of(study).factor and not has_factor(person)


def sight(request: HttpRequest, study: str, participant: str = "") -> Sight:
    """Return what the person behind a request sees of a study, or of one participant, worked out once per request."""
    known: dict[tuple[str, str], Sight] = request.__dict__.setdefault("sights", {})
    if (study, participant) not in known:
        known[study, participant] = sight_of(scope_of(request, study), participant)
    return known[study, participant]


def read_for(request: HttpRequest, study: str, participant: str = "") -> Reading:
    """Return what the person behind a request may read of a study, or of one participant of it.

    Participants of other sites and everything that tells an arm to who must not know one are absent. Raises Http404
    with a sentence when the study or the participant is not there for this person; who is at another site and who
    does not exist get the same one.
    """
    protocol = protocol_or_404(study, participant)
    if not participant:
        return _whole(protocol, sight(request, study))
    seen, rows = sight(request, study, participant), current_rows(study, participant)
    if rows.is_empty() or not seen.sees(participant):
        raise Http404(f"Participant {participant!r} is not known in study {study}. Choose one from its list.")
    return Reading(study, protocol, scoped(rows, seen.scope, seen))


def reading_of(protocol: Protocol, scope: Scope) -> Reading:
    """Return what may be read of a whole study with this scope."""
    return _whole(protocol, sight_of(scope))


# What may be read of a whole study, by database, study, sites and blinding, with the link of the chain it stands for.
_whole_kept: dict[tuple[Any, ...], tuple[str, Sight, Reading]] = {}
KEPT = 16


def _whole(protocol: Protocol, seen: Sight) -> Reading:
    """Return what somebody who sees so much may read of a study; the same as before while nothing was entered."""
    now, scope = known(protocol.id), seen.scope
    key = (*record_here(), protocol.id, scope.sites(), scope.blinded)
    kept = _whole_kept.get(key)
    if kept and kept[0] == now.head.hash and (kept[1].participants, kept[1].others) == (seen.participants, seen.others):
        return kept[2]
    rows = scoped(now.rows, scope, seen)
    there = set(rows["participant"].unique()) if scope.blinded else now.marks.keys()
    marks = {code: mark for code, mark in now.marks.items() if code in there and seen.sees(code)}
    seen_as = (now.head.definition, *(["blinded"] if scope.blinded else []))
    reading = Reading(protocol.id, protocol, rows, marks, seen_as)
    _whole_kept.pop(key, None)
    _whole_kept[key] = (now.head.hash, seen, reading)
    for old in list(_whole_kept)[:-KEPT]:
        _whole_kept.pop(old, None)
    return reading


def needs(capability: str) -> Callable[[View], View]:
    """Return a decorator: the view opens only to who has this capability in the study that it is given.

    The view carries it as `capability`; a view without one opens to nobody. A study in which a person has no role
    is not there for them.
    """

    def decorate(view: View) -> View:
        @wraps(view)
        def guarded(request: HttpRequest, study: str, *args: Any, **kwargs: Any) -> HttpResponseBase:
            scope = scope_of(request, study)
            if scope.may(capability):
                return view(request, study, *args, **kwargs)
            if not scope.grants:
                raise Http404(_absent(study, scope.person))
            sentence = f"This page needs the right “{capability.replace('_', ' ')}” in {study}."
            return refused(request, " ".join(filter(None, (sentence, scope.undelegated(capability)))))

        guarded.capability = capability  # type: ignore[attr-defined]
        return guarded

    return decorate


def _absent(study: str, person: str) -> str:
    held = lacking(study, person, now().date()) if person and study in studies() else ""
    return held or f"Study {study} is not open here, or you have no role in it. Ask its administrator for one."


def for_signed_in(view: View) -> View:
    """Return the view as one that opens to everybody who is signed in."""
    view.capability = SIGNED_IN  # type: ignore[attr-defined]
    return view


def address_of(request: HttpRequest) -> str:
    """Return where a request comes from: behind a proxy on this computer, the last address that the proxy names."""
    address = str(request.META.get("REMOTE_ADDR", ""))
    if address in ("127.0.0.1", "::1"):
        return str(request.headers.get("X-Forwarded-For", address)).rpartition(",")[2].strip()
    return address


def open_to(why: str) -> Callable[[View], View]:
    """Return a decorator: the view opens to everybody, for this reason."""

    def decorate(view: View) -> View:
        view.open_to = why  # type: ignore[attr-defined]
        return view

    return decorate


def refused(request: HttpRequest, sentence: str) -> HttpResponse:
    """Return the page that says in a sentence why this is not for the person who asks (status 403)."""
    return render(request, "pages/missing.html", {"sentence": sentence, "title": "Not for you"}, status=403)
