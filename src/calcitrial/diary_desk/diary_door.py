"""The door of participants' pages: a personal link opens it, in the language of who holds it, and nothing else does.

A link that is wrong, ended or revoked, and one of a study that is not here, look the same. Whoever tries many is
refused for a while, before anything is looked up.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property, wraps
from hashlib import sha256
from typing import Any

from django.core.cache import cache
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.utils.translation import get_language_from_request, override

from calcitrial.diary import Book, Holder, Standing, open_link, read_book, words
from calcitrial.record import now
from calcitrial.web import address_of

OPEN_TO = "participants by personal link"
COOKIE, YEAR = "diary_language", 31_536_000
TRIES, MINUTES = 30, 10

View = Callable[..., HttpResponse]


@dataclass(frozen=True)
class Visitor:
    """Who came in by a link: whose questions they see, and in which language."""

    holder: Holder
    token: str
    language: str

    @cached_property
    def book(self) -> Book:
        """Return the diaries of this one participant."""
        return read_book(self.holder.study, self.holder.participant)

    @property
    def standings(self) -> list[Standing]:
        """Return what is asked of the participant, but for what a physician answers."""
        code = self.holder.participant
        found = self.book.standings(code, self.book.day(code, now()))
        return [one for one in found if one.occasion.instrument.answered_by == "participant"]

    def mark(self, one: Standing) -> str:
        """Return how an occasion is named in addresses: by nothing that tells what it is about."""
        return sha256(f"{self.token} {one.occasion.place.repeat}".encode()).hexdigest()[:16]

    def context(self, **more: Any) -> dict[str, Any]:
        """Return what every page of a participant shows."""
        phone, hours = self.book.help(self.holder.participant)
        return {
            "words": words(self.language),
            "language": self.language,
            "token": self.token,
            "proxy": self.holder.told_by == "proxy",
            "phone": phone,
            "hours": hours,
            **more,
        }


def by_link(view: View) -> View:
    """Return the view as one that a personal link opens: it is given the visitor in place of the token."""

    @wraps(view)
    def guarded(request: HttpRequest, token: str, *args: Any, **kwargs: Any) -> HttpResponse:
        if cache.get(_counter(request), 0) >= TRIES:
            return _unlisted(_closed(request, "too_many", 429))
        holder = open_link(token, now())
        if holder is None:
            cache.add(_counter(request), 0, MINUTES * 60)
            cache.incr(_counter(request))
            return _unlisted(_closed(request, "closed", 404))
        if request.GET.get("language") in ("en", "fr"):
            return _unlisted(_switched(request, request.GET["language"]))
        visitor = Visitor(holder, token, _language(request, holder.language))
        with override(visitor.language):
            return _unlisted(view(request, visitor, *args, **kwargs))

    guarded.open_to = OPEN_TO  # type: ignore[attr-defined]
    return guarded


def _counter(request: HttpRequest) -> str:
    return f"diary-tries-{sha256(address_of(request).encode()).hexdigest()}"


def _language(request: HttpRequest, otherwise: str) -> str:
    wanted = request.COOKIES.get(COOKIE, "")
    return wanted if wanted in ("en", "fr") else otherwise


def _switched(request: HttpRequest, language: str) -> HttpResponse:
    """Remember a language in this browser and show the same page in it."""
    response = HttpResponseRedirect(request.path, status=303)
    response.set_cookie(COOKIE, language, YEAR, path="/d/", secure=request.is_secure(), httponly=True, samesite="Lax")
    return response


def _closed(request: HttpRequest, key: str, status: int) -> HttpResponse:
    language = _language(request, get_language_from_request(request)[:2])
    texts = words(language)
    context = {"words": texts, "language": language if language == "fr" else "en", "sentence": texts[key]}
    return render(request, "diary_desk/diary_closed.html", context, status=status)


def _unlisted(response: HttpResponse) -> HttpResponse:
    """Let no search engine keep a page, and no other site learn its address."""
    response.headers["X-Robots-Tag"] = "noindex, nofollow"
    response.headers["Referrer-Policy"] = "same-origin"
    return response
