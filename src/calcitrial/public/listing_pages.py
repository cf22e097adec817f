"""The registry for everybody: a list of trials to search and filter, and one page per trial with what each source says.

Nothing here needs a script, and nobody signs in. What a person looks for stands in the address, and is kept nowhere.
"""

import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from unicodedata import normalize
from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import path, reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_safe

from calcitrial.protocol import Problem, RefusedError
from calcitrial.record import protocol_of, studies
from calcitrial.registrations import CREDIT, PHASES, STATUSES, Item, Said, Trial
from calcitrial.registry import Search, ask, countries_of, list_own, search, trial_of
from calcitrial.web import home, open_to, told

PAGE = 20
# Beyond this a person filters instead of turning pages, and no crawler makes the database skip half a million.
LAST_PAGE = 500
DISTANCES = ("25", "50", "100", "250", "500", "1000")
SEXES = {"female": gettext_lazy("women and girls"), "male": gettext_lazy("men and boys")}
FIELDS = (
    "words",
    "condition",
    "intervention",
    "status",
    "phase",
    "age",
    "sex",
    "country",
    "near",
    "near_country",
    "km",
)
FOR_ALL = "trials are public, and nobody should have to say who they are to find one"
PHASE_WORDS = {"early 1": gettext_lazy("early phase 1"), "none": gettext_lazy("no phase")}
# What the pages call the verdict on an item.
VERDICTS = {
    "conflict": gettext_lazy("sources contradict each other"),
    "gap": gettext_lazy("left empty by a source"),
    "differ": gettext_lazy("worded differently"),
}
LONG = 600


@dataclass(frozen=True)
class Line:
    """One trial in the list: its page, and in words what is known of it."""

    trial: Trial
    link: str
    status: str
    recruiting: bool
    phase: str
    conditions: str
    countries: str
    km: float | None


def database() -> str:
    """Return the address of this home's PostgreSQL, '' for SQLite."""
    return os.environ.get("CALCITRIAL_DATABASE", "")


def listed_home() -> Path:
    """Return the home, with its own open studies in its registry."""
    list_own(home(), [protocol_of(study) for study in studies()], database())
    return home()


def asked_of(request: HttpRequest) -> dict[str, str]:
    """Return what the form of the search says, with its usual values."""
    asked = {name: request.GET.get(name, "").strip()[:200] for name in FIELDS}
    asked["near_country"] = asked["near_country"] or "France"
    asked["km"] = asked["km"] if asked["km"] in DISTANCES else "100"
    return asked


def search_for(asked: dict[str, str]) -> Search:
    """Return the search of a form; RefusedError with a sentence for each field that cannot be."""
    return ask(**{**asked, "km": float(asked["km"])})  # type: ignore[arg-type]


@open_to(FOR_ALL)
@require_safe
def registry_page(request: HttpRequest) -> HttpResponse:
    """Show the trials that fit, recruiting ones first, twenty at a time."""
    asked = asked_of(request)
    turned = request.GET.get("page", "1")
    number = min(max(int(turned), 1), LAST_PAGE) if turned.isascii() and turned.isdigit() else 1
    problems: list[Problem] = []
    lines, total, more = [], 0, False
    try:
        answer = search(listed_home(), search_for(asked), database(), (number - 1) * PAGE, PAGE)
        lines, total = [line_of(trial, km) for trial, km in answer.trials], answer.total
        more = answer.more
    except RefusedError as error:
        problems = list(error.problems)
    context = {
        **form_context(asked, problems),
        "lines": lines,
        "total": total,
        "beyond": more,
        "number": number,
        "more": filters_used(asked),
        **_turns(asked, number, total),
    }
    return render(request, "public/listing.html", context, status=422 if problems else 200)


def form_context(asked: dict[str, str], problems: list[Problem]) -> dict[str, Any]:
    """Return what the fields of the search need: choices, what was typed, and problems by field."""
    names = sorted(countries_of(home()), key=_alphabetical)
    return {
        "asked": asked,
        "problems": problems,
        "wrong": {problem.place: problem for problem in problems},
        "statuses": [(key, _(words)) for key, words in STATUSES.items()],
        "phases": [(phase, phase_words(phase)) for phase in PHASES],
        "sexes": SEXES.items(),
        "countries": names,
        "near_countries": list(dict.fromkeys(["France", "United States", *names])),
        "distances": DISTANCES,
        "credit": CREDIT,
    }


def _alphabetical(name: str) -> str:
    """Return a country as it sorts in the language of the page: Égypte between Danemark and Espagne."""
    return normalize("NFD", told(name)).encode("ascii", "ignore").decode().casefold()


def filters_used(asked: dict[str, str]) -> bool:
    """Return whether the form asks for more than words and a condition."""
    return any(asked[name] for name in FIELDS if name not in ("words", "condition", "near_country", "km"))


def _turns(asked: dict[str, str], number: int, total: int) -> dict[str, str]:
    kept = {name: value for name, value in asked.items() if value}

    def link(page: int) -> str:
        return f"?{urlencode({**kept, 'page': page})}"

    last = min((total + PAGE - 1) // PAGE, LAST_PAGE)
    return {"before": link(number - 1) if number > 1 else "", "after": link(number + 1) if number < last else ""}


def line_of(trial: Trial, km: float | None) -> Line:
    """Return one trial as the list shows it."""
    facets = trial.facets
    return Line(
        trial=trial,
        link=reverse("registry_trial", args=[trial.id]),
        status=" / ".join(_(STATUSES[one]) for one in facets.statuses) or _("status not public"),
        recruiting=facets.statuses == ("recruiting",),
        phase=", ".join(phase_words(one) for one in facets.phases),
        conditions="; ".join(told(one) for one in facets.conditions[:3]) + (" …" if len(facets.conditions) > 3 else ""),
        countries=", ".join(told(one) for one in facets.countries[:4]) + (" …" if len(facets.countries) > 4 else ""),
        km=km,
    )


def phase_words(phase: str) -> str:
    """Return a phase in words."""
    return str(PHASE_WORDS.get(phase) or _("phase %s") % phase)


@dataclass(frozen=True)
class Told:
    """What one source says of an item, and the addresses (to link) or fields (to name) where it stands."""

    said: Said
    links: tuple[str, ...]
    fields: tuple[str, ...]
    long: bool


@dataclass(frozen=True)
class Row:
    """One WHO item as the page shows it."""

    item: Item
    verdict: str
    told: tuple[Told, ...]


@open_to(FOR_ALL)
@require_safe
def trial_page(request: HttpRequest, number: str) -> HttpResponse:
    """Show the WHO items of a trial, what every source says of each and where it was read."""
    try:
        trial = trial_of(listed_home(), number)
    except RefusedError as error:
        sentence = f"{error.problems[0].what} {error.problems[0].instead}"
        return render(request, "public/listing_missing.html", {"sentence": sentence}, status=404)
    context = {
        "trial": trial,
        "line": line_of(trial, None),
        "rows": [_row(item) for item in trial.items],
        "conflicts": [_row(item) for item in trial.conflicts],
        "unknown": [item for item in trial.items if not item.known],
        "ours": _study_of(trial),
        "remarks": [(one.label, remark) for one in trial.statements for remark in one.remarks[:50]],
    }
    return render(request, "public/listing_trial.html", context)


def _study_of(trial: Trial) -> str:
    """Return the study of this home that a trial is, by its id or its registry number; '' where it is none."""
    for study in studies():
        number = protocol_of(study).facts.get("primary_id")
        if trial.id in (study, *str(number.value if number else "").split()):
            return study
    return ""


def _row(item: Item) -> Row:
    """Return an item with what every source says of it; nothing where none does."""
    return Row(item, str(VERDICTS.get(item.verdict, "")), tuple(_told(one) for one in item.said if item.known))


def _told(said: Said) -> Told:
    links = tuple(at for at in said.read_at if at.startswith(("https://", "http://")))
    fields = tuple(at for at in said.read_at if at not in links)
    return Told(said, links, fields, len(said.value) > LONG)


urlpatterns = [
    path("registry/", registry_page, name="registry"),
    path("registry/trials/<path:number>/", trial_page, name="registry_trial"),
]
