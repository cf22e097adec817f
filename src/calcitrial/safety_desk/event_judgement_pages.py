"""What an investigator does about an event beyond its report: judges it, signs that, and hands the report on."""

from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import path, reverse

from calcitrial.desk import fields_of, summary_of, values_of
from calcitrial.people import site_of
from calcitrial.protocol import Problem, RefusedError, house_forms
from calcitrial.record import Place, now
from calcitrial.safety_desk.event_entry import version_of
from calcitrial.safety_desk.event_report import sheet_of
from calcitrial.safety_desk.event_view import EventView, event_views
from calcitrial.verbs import door as door_of
from calcitrial.vigilance import Kind, assess, expected, expected_events, record_report
from calcitrial.web import Reading, needs, read_for, refused, scope_of

FORM = "event_assessment"
TO = ("sponsor", "authorities", "ethics committee", "safety board")


@needs("assess_events")
def assess_page(request: HttpRequest, study: str, code: str, repeat: str) -> HttpResponseBase:
    """Enter the investigator's judgement of an event, beside the nurse's report."""
    reading = read_for(request, study, code)
    view, refusal = _seen(request, reading, code, repeat, "assess_events")
    if refusal:
        return refusal
    form, place = house_forms()[FORM], Place(code, FORM, repeat=repeat)
    version = version_of(reading, place)
    problems: tuple[Problem, ...] = ()
    values = _proposed(view) if view.judgement is None else {i.id: view.judgement[i.id] or "" for i in form.items}
    if request.method == "POST":
        values, sent = values_of(form, request.POST), request.POST.get("_expected", "")
        by = scope_of(request, study).author("assess_events", site_of(reading.protocol, code) or None)
        try:
            seen = int(sent) if sent.isdecimal() and len(sent) < 9 else -1
            assess(door_of(study), code, repeat, values, seen, request.POST.get("_reason", ""), by)
        except RefusedError as error:
            problems = error.problems
        else:
            return _see(reverse("event", args=[study, code, repeat]) + "#judged")
    drawn = fields_of(reading.protocol, form, values, problems)
    context = {
        "view": view,
        "fields": drawn,
        "summary": summary_of(form, drawn, problems),
        "expected": request.POST.get("_expected") or version,
        "reason": request.POST.get("_reason", ""),
        "listed": expected_events(),
    }
    return _render(request, "event_assess", reading, code, context, 422 if problems else 200)


def _proposed(view: EventView) -> dict[str, str]:
    """Return what the page proposes before anybody judged: expectedness by the list, seriousness as reported."""
    listed = expected(view.row["term"] or "", view.grade or 5)
    return {"expectedness": "expected" if listed else "unexpected", "serious_confirmed": view.row["serious"] or ""}


@needs("see_participants")
def report_page(request: HttpRequest, study: str, code: str, repeat: str) -> HttpResponseBase:
    """Show the report of a serious event for printing, blinded unless asked otherwise by who may know the arm."""
    reading, scope = read_for(request, study, code), scope_of(request, study)
    view, refusal = _seen(request, reading, code, repeat, "see_participants")
    if refusal:
        return refusal
    open_to = scope.may("see_arms") and not scope.blinded
    blinded = not (open_to and request.GET.get("version") == "unblinded")
    sheet = sheet_of(reading, view, blinded=blinded)
    problems: tuple[Problem, ...] = ()
    may_send = scope.may("report_events", site_of(reading.protocol, code) or None)
    if request.method == "POST":
        if not may_send:
            return refused(request, f"Reports of {code} are handed on by their own site.")
        kind: Kind = (
            "follow-up report" if any(one["notice_way"] == "report" for one in view.notices) else "first report"
        )
        by = scope.author("report_events", site_of(reading.protocol, code) or None)
        to = request.POST.get("to", "") if request.POST.get("to") in TO else ""
        try:
            record_report(door_of(study), code, repeat, kind, to, sheet.text, by)
        except RefusedError as error:
            problems = error.problems
        else:
            return _see(reverse("event", args=[study, code, repeat]) + "#sent")
    context = {
        "view": view,
        "sheet": sheet,
        "open_to": open_to,
        "may_send": may_send,
        "to": TO,
        "now": now(),
        "problems": [f"{p.what} {p.instead}" for p in problems],
    }
    return _render(request, "event_report", reading, code, context, 422 if problems else 200)


def _seen(
    request: HttpRequest, reading: Reading, code: str, repeat: str, right: str
) -> tuple[EventView, HttpResponse | None]:
    scope = scope_of(request, reading.study)
    views = event_views(reading, now(), blinded=scope.blinded)
    found = next((one for one in views if one.name == repeat), None)
    if found is None:
        raise Http404(f"There is no event {repeat!r} of this participant. Choose one from the list.")
    if scope.may(right, site_of(reading.protocol, code) or None):
        return found, None
    return found, refused(request, f"Events of {code} are judged at their own site.")


def _see(address: str) -> HttpResponseBase:
    response = redirect(address)
    response.status_code = 303
    return response


def _render(
    request: HttpRequest, page: str, reading: Reading, code: str, context: dict[str, Any], status: int = 200
) -> HttpResponse:
    shared = {"study": reading.study, "protocol": reading.protocol, "code": code, "here": "events"}
    return render(request, f"safety_desk/{page}.html", shared | context, status=status)


BASE = "<slug:study>/participants/<str:code>/events/<str:repeat>/"
urlpatterns = [
    path(f"{BASE}judgement/", assess_page, name="assess_event"),
    path(f"{BASE}report/", report_page, name="event_report"),
]
