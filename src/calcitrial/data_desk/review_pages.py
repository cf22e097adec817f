"""Data review: every form of a participant with its state; one form with its values, queries and signatures."""

from typing import Any

from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import path, reverse

from calcitrial.data_desk.quality_due import forms_due
from calcitrial.data_desk.review_rows import (
    form_label,
    form_row,
    form_rows,
    query_rows,
    review_link,
    seen_queries,
    token,
    value_rows,
    visible_states,
)
from calcitrial.desk import Outcome, attempt, author, place_in, prove, see, site_of, summary
from calcitrial.protocol import Problem, refuse
from calcitrial.quality import (
    meanings,
    next_query,
    numbers_of,
    queries_in,
    raise_query,
    sign,
    signatures_in,
    verify_source,
)
from calcitrial.record import Place, current_rows, now
from calcitrial.verbs import door as door_of
from calcitrial.web import Reading, history_link, needs, read_for, scope_of

PER_PAGE = 60
STAGES = ("draft", "complete", "verified", "signed", "locked")


@needs("see_participants")
def review_page(request: HttpRequest, study: str, code: str) -> HttpResponse:
    """Show every form of a participant with its state, and sign those that are chosen."""
    reading = read_for(request, study, code)
    outcome = Outcome()
    if request.method == "POST":
        outcome = attempt(lambda: _sign(request, reading, code, request.POST.getlist("_forms")))
        if outcome.done:
            return see(f"{reverse('review', args=[study, code])}?{request.GET.urlencode()}")
    rows = form_rows(reading, code)
    wanted = request.GET.get("show", "")
    shown = [row for row in rows if _wanted(row.state.stage, wanted, row)]
    context = {
        "code": code,
        "page": Paginator(shown, PER_PAGE).get_page(request.GET.get("page")),
        "counts": [(stage, sum(row.state.stage == stage for row in rows)) for stage in STAGES],
        "all": len(rows),
        "wanted": wanted,
        "chosen": set(request.POST.getlist("_forms")),
        **_signing(request, study, site_of(reading, code), outcome),
    }
    return _render(request, "review", reading, context, outcome)


def _wanted(stage: str, wanted: str, row: Any) -> bool:
    if wanted == "unsigned":
        return stage == "draft" or bool(stage != "locked" and row.state.to_sign)
    if wanted == "unverified":
        return bool(row.chosen and row.state.verified != "verified")
    return bool(row.state.queries) if wanted == "queries" else wanted in ("", stage)


def _signing(request: HttpRequest, study: str, site: str, outcome: Outcome) -> dict[str, Any]:
    scope = scope_of(request, study)
    return {
        "may_sign": scope.may("sign", site or None),
        "meanings": meanings(),
        "meaning": request.POST.get("_meaning", "reviewed"),
        "summary": summary(outcome.problems),
    }


def _sign(request: HttpRequest, reading: Reading, code: str, tokens: list[str]) -> None:
    """Sign the forms that were chosen, in the version that was shown."""
    site = site_of(reading, code)
    by = author(request, reading.study, "sign", site or None)
    numbers = numbers_of(reading.rows)
    places = [Place(code, *one.split("|")[:4]) for one in tokens if one.count("|") == 4]
    stale = [place for place in places if token(place, numbers.get(place, {})) not in tokens]
    refuse([Problem(str(place), f"{place} changed since you looked.", "Read it again, then sign.") for place in stale])
    name = prove(request)
    sign(door_of(reading.study), places, request.POST.get("_meaning", ""), by, site, name)


@needs("see_participants")
def review_form_page(request: HttpRequest, study: str, code: str) -> HttpResponse:
    """Show one form with its values, marks, queries and signatures; ask, verify and sign here."""
    reading, place = read_for(request, study, code), place_in(request.GET, code)
    outcome = Outcome()
    if request.method == "POST":
        act = ACTS.get(request.POST.get("_act", ""), _nothing)
        outcome = attempt(lambda: act(request, reading, place))
        if outcome.done:
            return see(review_link(study, place))
        reading = read_for(request, study, code)
    state = visible_states(reading, code).get(place)
    if state is None:
        raise Http404(f"Nothing is entered at {place} in study {study}. Choose a form of the participant.")
    scope, site = scope_of(request, study), site_of(reading, code)
    rows = current_rows(study, code)
    asked = seen_queries(reading, scope, [query for query in queries_in(rows) if query.about == place])
    context = {
        "code": code,
        "place": place,
        "row": form_row(reading, state),
        "state": state,
        "title": form_label(reading.protocol, place.form),
        "values": value_rows(reading, state),
        "signatures": [one.only(place) for one in signatures_in(rows) if place in one.forms],
        "queries": query_rows(reading, asked, {code: site}, now().date()),
        "next": request.POST.get("_name") or next_query(rows, code),
        "may_ask": scope.may("raise_query", site or None),
        "may_verify": scope.may("verify_source", site or None),
        "history": history_link(study, place),
        "text": request.POST.get("_text", ""),
        "item": request.POST.get("_item") or request.GET.get("item", ""),
        **_signing(request, study, site, outcome),
    }
    return _render(request, "review_form", reading, context, outcome)


def _ask(request: HttpRequest, reading: Reading, place: Place) -> None:
    by = author(request, reading.study, "raise_query", site_of(reading, place.participant) or None)
    text, item = request.POST.get("_text", ""), request.POST.get("_item", "")
    raise_query(door_of(reading.study), place, item, text, by, request.POST.get("_name", ""))


def _verify(request: HttpRequest, reading: Reading, place: Place) -> None:
    by = author(request, reading.study, "verify_source", site_of(reading, place.participant) or None)
    pairs = [one.rpartition("|") for one in request.POST.getlist("_seen")]
    seen = {item: int(number) for item, _bar, number in pairs if item and number.isdecimal()}
    verify_source(door_of(reading.study), {place: seen} if seen else {}, by)


def _sign_form(request: HttpRequest, reading: Reading, place: Place) -> None:
    _sign(request, reading, place.participant, [request.POST.get("_form", "")])


def _nothing(request: HttpRequest, _reading: Reading, _place: Place) -> None:
    refuse([Problem("form", f"There is no act {request.POST.get('_act', '')!r}.", "Use a button of this page.")])


ACTS = {"ask": _ask, "verify": _verify, "sign": _sign_form}


def _render(
    request: HttpRequest, name: str, reading: Reading, context: dict[str, Any], outcome: Outcome
) -> HttpResponse:
    shared = {"study": reading.study, "protocol": reading.protocol, "here": name, "query": request.GET}
    return render(request, f"data_desk/{name}.html", shared | context, status=outcome.status)


due = forms_due

urlpatterns = [
    path("<slug:study>/participants/<str:code>/review/", review_page, name="review"),
    path("<slug:study>/participants/<str:code>/review/form/", review_form_page, name="review_form"),
]
