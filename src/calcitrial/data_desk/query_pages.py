"""Queries: the list of a study with its filters, and the conversation of one query."""

from collections.abc import Callable
from datetime import date
from typing import Any

from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import path

from calcitrial.data_desk.quality_due import queries_due
from calcitrial.data_desk.review_rows import form_label, query_rows, review_link, seen_asked, seen_queries
from calcitrial.desk import Outcome, attempt, author, see, site_of, summary
from calcitrial.protocol import Problem, refuse
from calcitrial.quality import (
    Query,
    answer_query,
    check_values_again,
    close_query,
    conversation,
    queries_in,
    reopen_query,
)
from calcitrial.record import Place, Receipt, Step, current_rows, now
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
    asked, today = seen_asked(reading, scope), now().date()
    wanted = {name: request.GET.get(name, "") for name in FILTERS}
    wanted["state"] = request.GET.get("state", "pending")
    chosen = [one for one in asked if _matches(reading, *one, wanted, today)]
    page = Paginator(sorted(chosen, key=lambda one: one[1].at[:10]), PER_PAGE).get_page(request.GET.get("page"))
    about = sorted({query.about.form for query, _step in asked})
    context = {
        "page": page,
        "rows": query_rows(reading, [query for query, _step in page.object_list], reading.sites, today),
        "all": len(asked),
        "wanted": wanted,
        "states": ("open", "answered", "closed", "all"),
        "sites": sorted({reading.sites[query.place.participant] for query, _step in asked} - {""}),
        "forms": [(form, form_label(reading.protocol, form)) for form in about],
        "may_check": scope.may("raise_query", ""),
        "summary": summary(outcome.problems),
    }
    return _render(request, "queries", reading, context, outcome)


def _matches(reading: Reading, query: Query, raised: Step, wanted: dict[str, str], today: date) -> bool:
    state, least, code = wanted["state"], wanted["days"], query.place.participant
    return (
        (query.pending if state == "pending" else state in ("", "all", query.state))
        and wanted["site"] in ("", reading.sites[code])
        and wanted["form"] in ("", query.about.form)
        and wanted["participant"].strip().casefold() in code.casefold()
        and (not least.isdecimal() or (today - date.fromisoformat(raised.at[:10])).days >= int(least))
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
