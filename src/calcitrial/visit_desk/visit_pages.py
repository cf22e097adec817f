"""The visits of a participant: what is planned, in which window, what was done; one is begun, or said to be missed."""

from collections.abc import Iterable, Sequence
from datetime import date
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import path, reverse
from django.utils.translation import gettext

from calcitrial.desk import Due, fields_of, link_to, summary_of, values_of
from calcitrial.participants import VisitStanding, begin_visit, miss_visit, next_unscheduled
from calcitrial.people import Scope
from calcitrial.protocol import Form, Problem, RefusedError, is_unscheduled
from calcitrial.record import Author, Place, now, standing_of
from calcitrial.verbs import door
from calcitrial.visit_desk.form_pages import SeeOther, opened_for
from calcitrial.visit_desk.form_places import visits_of
from calcitrial.visit_desk.visit_rows import VisitRow, all_standings, sections, standings_of, visit_rows
from calcitrial.web import Reading, needs, refused

RIGHT = "enter_forms"
ALL_LISTED = 120  # so many forms are listed at once; of more, those of one visit


@needs("see_participants")
def visits_page(request: HttpRequest, study: str, code: str) -> HttpResponse:
    """List the visits of a participant with their windows, states and forms, and the forms that belong to none."""
    reading, scope, site = opened_for(request, study, code)
    saved = reading.protocol.form(request.GET.get("saved", ""))
    visits = visit_rows(reading, code, now().date())
    context = {
        "visits": visits,
        "opened": _opened(visits, request.GET.get("visit", "")),
        "sections": sections(reading, code),
        "may_enter": scope.may(RIGHT, site),
        "next_unscheduled": next_unscheduled(visits_of(reading, code)),
        "saved": saved.label if saved else "",
        "has_laboratory": reading.protocol.form("laboratory") is not None,
    }
    return _render(request, "visits", reading, code, context)


def _opened(visits: Sequence[VisitRow], wanted: str) -> frozenset[str]:
    """Return the visits whose forms are listed: all of them while these are few, else the one asked for or the last."""
    begun = [row.visit.id for row in visits if row.begun]
    if sum(len(row.forms) for row in visits) <= ALL_LISTED:
        return frozenset(begun)
    return frozenset([wanted] if wanted in begun else begun[-1:])


@needs("see_participants")
def dates_page(request: HttpRequest, study: str, code: str) -> HttpResponse:
    """Show the dates on which the visits of a participant may take place, to print and to take home."""
    reading, _scope, _site = opened_for(request, study, code)
    planned = [visit for visit in standings_of(reading, code, now().date()) if visit.state != "unscheduled"]
    return _render(request, "visit_dates", reading, code, {"visits": planned, "today": now().date()})


@needs(RIGHT)
def begin_page(request: HttpRequest, study: str, code: str, visit: str) -> HttpResponse:
    """Begin a visit with its date; a date outside the window is asked about once, admitted, and a deviation."""
    reading, scope, site = opened_for(request, study, code)
    if not scope.may(RIGHT, site):
        return refused(request, f"Entering visits of {code} needs the right “enter forms” at its site.")
    standing = _standing(reading, code, visit)
    shape = _shape(reading, standing)
    if request.method != "POST":
        # Most visits are entered on their day, so that is what the page begins with.
        known = {"visit_date": (standing.on or now().date()).isoformat()}
        return _begin(request, reading, code, standing, known, ())
    sent = values_of(shape, request.POST)
    question = _question(standing, sent)
    found = _unknown(shape, sent)
    found += _date_problems(sent, question, request.POST.getlist("_confirm"))
    if not found:
        by = scope.author(RIGHT, site)
        try:
            on, reason = date.fromisoformat(sent["visit_date"].strip()), sent.get("visit_reason", "").strip()
            begin_visit(door(study, code), code, visit, on, by, reason, question)
            return SeeOther(f"{reverse('visits', args=[study, code])}?saved=visit#{visit}")
        except RefusedError as error:
            found = list(error.problems)
    return _begin(request, reading, code, standing, sent, found)


def _standing(reading: Reading, code: str, visit: str) -> VisitStanding:
    """Return how the visit stands; Http404 for one that is neither planned nor the name of an unscheduled one."""
    standings = {one.id: one for one in standings_of(reading, code, now().date())}
    if visit in standings:
        return standings[visit]
    if is_unscheduled(visit):
        return VisitStanding(visit, f"Unscheduled {visit}", None, None, "unscheduled")
    raise Http404(f"The protocol plans no visit {visit!r}. Its visits: {', '.join(standings)}.")


def _shape(reading: Reading, standing: VisitStanding) -> Form:
    """Return the form of a visit with what is asked of this one: a reason only where it is unscheduled."""
    form = reading.protocol.form("visit")
    if form is None:
        raise Http404(f"Study {reading.study} has no form for visits. Add it to its protocol.")
    wanted = ("visit_date", *(("visit_reason",) if standing.state == "unscheduled" else ()))
    items = [item.model_copy(update={"required": True}) for item in form.items if item.id in wanted]
    return form.model_copy(update={"items": tuple(items)})


def _question(standing: VisitStanding, sent: dict[str, str]) -> str:
    """Return what must be confirmed about the date; '' when it lies in the window or cannot be read."""
    try:
        on = date.fromisoformat(sent.get("visit_date", "").strip())
    except ValueError:
        return ""
    return standing.window.deviation(on) if standing.window else ""


def _date_problems(sent: dict[str, str], question: str, confirmed: Iterable[str]) -> Iterable[Problem]:
    text = sent.get("visit_date", "").strip()
    try:
        on = date.fromisoformat(text)
    except ValueError:
        what = f"Date of visit is {text[:40]!r}, which is no date." if text else "Date of visit is missing."
        return [Problem("visit.visit_date", what, "Write the date as YYYY-MM-DD.")]
    if on > now().date():
        what = f"{on} is still to come; by the clock of this server it is {now().date()}."
        return [Problem("visit.visit_date", what, "Begin a visit on its day; check the date, or the clock.")]
    if question and f"visit_date={text}" not in confirmed:
        instead = "Is that the date? Then confirm it: the visit is admitted, and listed as a deviation."
        return [Problem("visit.visit_date", question, instead)]
    return []


def _begin(
    request: HttpRequest,
    reading: Reading,
    code: str,
    standing: VisitStanding,
    sent: dict[str, str],
    problems: Iterable[Problem],
) -> HttpResponse:
    shape, found = _shape(reading, standing), list(problems)
    fields = fields_of(reading.protocol, shape, sent, found, notes={"visit_date": _beside(standing)})
    question = _question(standing, sent) if request.method == "POST" else ""
    context = {
        "visit": standing,
        "fields": fields,
        "summary": summary_of(shape, fields, found),
        "questions": [(f"visit_date={sent['visit_date'].strip()}", question, False)] if question else [],
    }
    return _render(request, "visit_begin", reading, code, context, 422 if found else 200)


def _beside(standing: VisitStanding) -> list[str]:
    """Return what stands beside the date: the window and how today lies in it."""
    if standing.window is None:
        return []
    window = {"first": standing.window.earliest, "last": standing.window.latest, "planned": standing.window.planned}
    words = gettext("Window: %(first)s to %(last)s, planned for %(planned)s.") % window
    outside = "" if standing.window.holds(now().date()) else gettext("Today lies outside of it.")
    return [f"{words} {outside}".strip()]


@needs(RIGHT)
def miss_page(request: HttpRequest, study: str, code: str, visit: str) -> HttpResponse:
    """Say that a planned visit did not take place and why, or take that back with a reason."""
    reading, scope, site = opened_for(request, study, code)
    if not scope.may(RIGHT, site):
        return refused(request, f"Entering visits of {code} needs the right “enter forms” at its site.")
    standing = _standing(reading, code, visit)
    now_there = standing_of(study, Place(code, "missed_visit", repeat=visit))
    values, found = now_there.values, list[Problem]()
    if request.method == "POST":
        form = _house(reading)
        values = values_of(form, request.POST)
        found = _unknown(form, values)
        found += _enter_missed(request, (study, code, visit), values, scope.author(RIGHT, site)) if not found else []
        if not found:
            return SeeOther(f"{reverse('visits', args=[study, code])}?saved=missed_visit#{visit}")
    form = _house(reading)
    place = Place(code, "missed_visit", repeat=visit)
    fields = fields_of(reading.protocol, form, values, found, place=place, entered=now_there.values)
    context = {
        "visit": standing,
        "fields": fields,
        "summary": summary_of(form, fields, found),
        "expected": now_there.version,
        "reason": request.POST.get("_reason", "")[:2_000],
    }
    return _render(request, "visit_missed", reading, code, context, 422 if found else 200)


def _enter_missed(
    request: HttpRequest, where: tuple[str, str, str], values: dict[str, str], by: Author
) -> tuple[Problem, ...]:
    study, code, visit = where
    seen, reason = request.POST.get("_expected", "0"), request.POST.get("_reason", "").strip()
    why = values.get("missed_reason", "") if values.get("missed") == "true" else ""
    if values.get("missed") == "true" and not why:
        return (Problem("missed_visit.missed_reason", "Why is missing.", "Choose a reason."),)
    if not seen.isdecimal() or len(seen) > 9:
        return (Problem("missed_visit", "The version this page was made from is missing.", "Open the page again."),)
    text = values.get("missed_text", "") if why else ""
    try:
        miss_visit(door(study, code), code, visit, why, by, text, int(seen), reason)
    except RefusedError as error:
        return error.problems
    return ()


def _unknown(form: Form, sent: Iterable[str]) -> list[Problem]:
    """Return a problem for every name that was sent and is not asked here."""
    names = [name[:80] for name in sent if form.item(name) is None]
    return [Problem(name, f"The page has no field {name!r}.", "Send only what it asks.") for name in names]


def _house(reading: Reading) -> Form:
    form = reading.protocol.form("missed_visit")
    assert form is not None  # the house has it
    return form


def _render(
    request: HttpRequest, name: str, reading: Reading, code: str, context: dict[str, Any], status: int = 200
) -> HttpResponse:
    shared = {"study": reading.study, "protocol": reading.protocol, "here": "visits", "code": code}
    return render(request, f"visit_desk/{name}.html", shared | context, status=status)


def due(reading: Reading, scope: Scope, today: date) -> Iterable[Due]:
    """Yield the visits that may take place now, and those whose window has passed."""
    waiting = reading.each("visits due", lambda some: _waiting(some, today), today)
    for code, visits in waiting.items():
        for visit in visits:
            late, latest = visit.state == "late", visit.window.latest if visit.window else None
            link = f"{link_to('visits', reading.study, code)}#{visit.id}"
            yield Due("visit", gettext(visit.label), link, latest, late, RIGHT, code, code)


def _waiting(reading: Reading, today: date) -> dict[str, tuple[VisitStanding, ...]]:
    """Return the visits of each participant that may take place, or should have."""
    begun = {code for code, _visit in reading.visit_dates} - reading.ends.keys()
    return dict.fromkeys(reading.sites, ()) | {
        code: tuple(visit for visit in visits if visit.state in ("in window", "late") and visit.window)
        for code, visits in all_standings(reading, sorted(begun), today).items()
    }


urlpatterns = [
    path("<slug:study>/participants/<str:code>/visits/", visits_page, name="visits"),
    path("<slug:study>/participants/<str:code>/visits/dates/", dates_page, name="visit_dates"),
    path("<slug:study>/participants/<str:code>/visits/<slug:visit>/begin/", begin_page, name="begin_visit"),
    path("<slug:study>/participants/<str:code>/visits/<slug:visit>/missed/", miss_page, name="miss_visit"),
]
