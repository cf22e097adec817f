"""Queries: the list of a study with its filters, and the conversation of one query."""

from collections.abc import Callable
from typing import Any

from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import path

from calcitrial.data_desk.quality_due import queries_due
from calcitrial.data_desk.review_rows import QueryRow, query_rows, review_link, seen_queries
from calcitrial.desk import Outcome, attempt, author, see, site_of, summary
from calcitrial.protocol import Problem, refuse
from calcitrial.quality import (
    answer_query,
    check_values_again,
    close_query,
    conversation,
    queries_in,
    reopen_query,
    sites_of,
)
from calcitrial.record import Place, Receipt, current_rows, now
from calcitrial.verbs import door as door_of
from calcitrial.web import Reading, needs, read_for, scope_of

PER_PAGE = 50
FILTERS = ("state", "site", "form", "participant", "days")
# What each button does, and the right it takes.
STEPS: dict[str, tuple[str, Callable[..., Receipt]]] = {
    "answer": ("answer_query", answer_query),
    "close": ("close_query", close_query),
    "reopen": ("close_query", reopen_query),
}


@needs("see_participants")
def queries_page(request: HttpRequest, study: str) -> HttpResponse:
    """List the queries of a study as filtered in the address; a data manager runs the edit checks again here."""
    reading, scope = read_for(request, study), scope_of(request, study)
    outcome = Outcome()
    if request.method == "POST":
        act = lambda: check_values_again(door_of(study), author(request, study, "raise_query", ""))  # noqa: E731
        outcome = attempt(act)
        if outcome.done:
            return see(f"{request.path}?state=open")
    found = seen_queries(reading, scope, queries_in(reading.rows if not scope.blinded else current_rows(study)))
    rows = query_rows(reading, found, sites_of(reading.protocol, reading.rows), now().date())
    wanted = {name: request.GET.get(name, "") for name in FILTERS}
    wanted["state"] = request.GET.get("state", "pending")
    shown = sorted((row for row in rows if _matches(row, wanted)), key=lambda row: -row.days)
    context = {
        "page": Paginator(shown, PER_PAGE).get_page(request.GET.get("page")),
        "all": len(rows),
        "wanted": wanted,
        "states": ("open", "answered", "closed", "all"),
        "sites": sorted({row.site for row in rows if row.site}),
        "forms": sorted({(row.query.about.form, row.form) for row in rows}),
        "may_check": scope.may("raise_query", ""),
        "summary": summary(outcome.problems),
    }
    return _render(request, "queries", reading, context, outcome)


def _matches(row: QueryRow, wanted: dict[str, str]) -> bool:
    state, least = wanted["state"], wanted["days"]
    return (
        (row.query.pending if state == "pending" else state in ("", "all", row.query.state))
        and wanted["site"] in ("", row.site)
        and wanted["form"] in ("", row.query.about.form)
        and wanted["participant"].strip().casefold() in row.query.place.participant.casefold()
        and (not least.isdecimal() or row.days >= int(least))
    )


@needs("see_participants")
def query_page(request: HttpRequest, study: str, code: str, name: str) -> HttpResponse:
    """Show one query: the value then and now, what was said, and what may be done."""
    reading, place = read_for(request, study, code), Place(code, "query", repeat=name)
    outcome = Outcome()
    if request.method == "POST":
        outcome = attempt(lambda: _step(request, reading, place))
        if outcome.done:
            return see(request.path)
        reading = read_for(request, study, code)
    scope, site = scope_of(request, study), site_of(reading, code)
    mine = [query for query in queries_in(current_rows(study, code)) if query.place == place]
    found = seen_queries(reading, scope, mine)
    if not found:
        raise Http404(f"Participant {code} has no query {name!r} in study {study}. Choose one of the list.")
    (row,) = query_rows(reading, found, {code: site}, now().date())
    query = row.query
    context = {
        "code": code,
        "row": row,
        "asked": query,
        "form_link": review_link(study, query.about),
        "steps": conversation(study, place),
        "may_answer": query.state == "open" and scope.may("answer_query", site or None),
        "may_close": query.pending and scope.may("close_query", site or None),
        "may_reopen": query.state != "open" and scope.may("close_query", site or None),
        "text": request.POST.get("_text", ""),
        "summary": summary(outcome.problems),
    }
    return _render(request, "query", reading, context, outcome)


def _step(request: HttpRequest, reading: Reading, place: Place) -> None:
    """Answer, close or open again, as the button says."""
    capability, act = STEPS.get(request.POST.get("_act", ""), ("", answer_query))
    expected = request.POST.get("_expected", "")
    if not capability or not expected.isdecimal():
        refuse([Problem(str(place), "What was sent is not complete.", "Open the query again.")])
    by = author(request, reading.study, capability, site_of(reading, place.participant) or None)
    act(door_of(reading.study), place, request.POST.get("_text", ""), int(expected), by)


def _render(
    request: HttpRequest, name: str, reading: Reading, context: dict[str, Any], outcome: Outcome
) -> HttpResponse:
    shared = {"study": reading.study, "protocol": reading.protocol, "here": name, "query": request.GET}
    return render(request, f"data_desk/{name}.html", shared | context, status=outcome.status)


due = queries_due

urlpatterns = [
    path("<slug:study>/queries/", queries_page, name="queries"),
    path("<slug:study>/participants/<str:code>/queries/<str:name>/", query_page, name="query"),
]
