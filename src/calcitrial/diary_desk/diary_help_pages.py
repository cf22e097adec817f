"""Whom participants call: one telephone number per site, which stands on every page of a participant."""

from typing import Any

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import path, reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from calcitrial.diary import Book, book_of, version_at
from calcitrial.diary_desk.diary_enter_pages import CAPABILITY
from calcitrial.protocol import RefusedError
from calcitrial.record import Draft, Place
from calcitrial.verbs import door
from calcitrial.web import history_link, needs, read_for, refused, scope_of

# So much stands on the page of a participant.
LONGEST = {"help_phone": 60, "help_hours": 120}


@require_http_methods(["GET", "HEAD", "POST"])
@needs(CAPABILITY)
def help_page(request: HttpRequest, study: str) -> HttpResponse:
    """Show whom the participants of each site call, or enter a number."""
    book, scope = book_of(study, read_for(request, study).rows), scope_of(request, study)
    if request.method != "POST":
        return _draw(request, book, [])
    post, site = request.POST, request.POST.get("_site", "")
    if not scope.may(CAPABILITY, site) or site not in _sites(request, book):
        return refused(request, _("This site is not one of yours."))
    seen = post.get("_expected", "")
    expected = int(seen) if seen.isascii() and seen.isdigit() and len(seen) < 9 else 0
    values = {name: post.get(name, "") for name in LONGEST}
    if any(len(values[name]) > most for name, most in LONGEST.items()):
        return _draw(request, book, [_("A telephone number has at most 60 signs, the hours at most 120.")])
    draft = Draft(Place("", "diary_help", repeat=site), values, expected, post.get("_reason", ""))
    try:
        door(study).enter([draft], scope.author(CAPABILITY, site))
    except RefusedError as error:
        return _draw(request, book, [f"{problem.what} {problem.instead}" for problem in error.problems])
    return HttpResponseRedirect(reverse("diary_help", args=[study]), status=303)


def _sites(request: HttpRequest, book: Book) -> list[str]:
    """Return the sites of the participants for whom this person takes diaries."""
    scope = scope_of(request, book.study)
    return sorted(
        site for site in {book.site(code) for code in book.participants} - {""} if scope.may(CAPABILITY, site)
    )


def _draw(request: HttpRequest, book: Book, problems: list[str]) -> HttpResponse:
    lines = [_line(book, site) for site in _sites(request, book)]
    context = {"study": book.study, "protocol": book.protocol, "here": "diaries", "lines": lines, "problems": problems}
    return render(request, "diary_desk/diary_help.html", context, status=422 if problems else 200)


def _line(book: Book, site: str) -> dict[str, Any]:
    place = Place("", "diary_help", repeat=site)
    phone, hours = book.help_at(site)
    version = version_at(book.study, place)
    return {
        "site": site,
        "phone": phone,
        "hours": hours,
        "version": version,
        "history": history_link(book.study, place) if version else "",
    }


urlpatterns = [path("<slug:study>/diary/help/", help_page, name="diary_help")]
