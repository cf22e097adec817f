"""Finding a clinic: the sites of trials by their distance from a postal code or a town, with a map that we draw.

Nothing is asked of any other computer: the places come with the program, and the map is a part of the page.
"""

from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import path, reverse
from django.utils.safestring import SafeString
from django.views.decorators.http import require_safe

from calcitrial.protocol import Problem, RefusedError
from calcitrial.public.clinics_map import Pin, drawn
from calcitrial.public.listing_pages import FOR_ALL, asked_of, database, form_context, listed_home, search_for
from calcitrial.registrations import Place, Trial, country_codes
from calcitrial.registry import TRIALS, Clinic, Search, clinics, clinics_of, nearest_beyond, trial_of
from calcitrial.web import home, open_to

MOST = 20


@dataclass(frozen=True)
class Entry:
    """A clinic in the list under the number that it has on the map."""

    number: int
    clinic: Clinic
    link: str


@open_to(FOR_ALL)
@require_safe
def clinics_page(request: HttpRequest) -> HttpResponse:
    """Show the clinics near a place, of all trials that fit or of one."""
    asked, wanted = asked_of(request), request.GET.get("trial", "").strip()[:80]
    problems: list[Problem] = []
    trial: Trial | None = None
    search: Search | None = None
    found: tuple[Clinic, ...] = ()
    beyond: Clinic | None = None
    many, more = 0, False
    try:
        there = listed_home()
        trial = trial_of(there, wanted) if wanted else None
        search = search_for(asked)
        found, beyond, many, more = _found(trial, search)
    except RefusedError as error:
        problems = list(error.problems)
    entries = [
        Entry(number, one, reverse("registry_trial", args=[one.trial.id])) for number, one in enumerate(found[:MOST], 1)
    ]
    near = search.near if search else None
    context: dict[str, Any] = {
        **form_context(asked, problems),
        "trial": trial,
        "near": near,
        "entries": entries,
        "total": len(found),
        "beyond": beyond,
        "many": many,
        "many_more": more,
        "map": map_of(near, entries) if near else "",
    }
    return render(request, "public/clinics.html", context, status=422 if problems else 200)


def _found(trial: Trial | None, search: Search) -> tuple[tuple[Clinic, ...], Clinic | None, int, bool]:
    """Return the clinics to list, the nearest beyond when none is near, and the number of trials when too many."""
    if trial is not None:
        return clinics_of(trial, search.near), None, 0, False
    if search.near is None:
        return (), None, 0, False
    near = clinics(home(), search, database())
    beyond = None if near.clinics else nearest_beyond(home(), search, database())
    return near.clinics, beyond, near.trials if near.trials > TRIALS else 0, near.more


def map_of(near: Place, entries: list[Entry]) -> SafeString:
    """Return the map of a place and the clinics that lie anywhere."""
    placed = [entry for entry in entries if entry.clinic.site.latitude is not None]
    pins = [Pin(one.number, one.clinic.site.latitude or 0.0, one.clinic.site.longitude or 0.0) for one in placed]
    codes = country_codes()
    named = (codes.get(one.clinic.site.country.casefold(), "") for one in placed)
    return drawn(near, pins, dict.fromkeys([near.country, *filter(None, named)]))


urlpatterns = [path("registry/clinics/", clinics_page, name="clinics")]
