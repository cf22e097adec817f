"""Adverse events of one participant: the list, one event, a new one, a follow-up or correction."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import path, reverse
from django.views.decorators.http import require_GET

from calcitrial.desk import Field, attempt, author, fields_of, marks_of, prove, see, summary, summary_of, values_of
from calcitrial.people import site_of
from calcitrial.protocol import RefusedError
from calcitrial.quality import Signature, sign, signature_of
from calcitrial.record import Place, current_rows, now
from calcitrial.safety import (
    CRITERIA,
    Term,
    entered_holds,
    find_terms,
    special_interest,
    special_interests,
    steps_for,
    term,
    terms,
)
from calcitrial.safety_desk.event_entry import Sent, enter_event, version_of
from calcitrial.safety_desk.event_view import FORM, EventView, event_views, lesion_options, next_event, visit_options
from calcitrial.verbs import door as door_of
from calcitrial.vigilance import Kind, tell_again
from calcitrial.web import Reading, history_link, needs, read_for, refused, scope_of

GRADED = ("term", "grade")
ASSESSED = "causality assessed"
FOUND, MOST = 12, 100


@needs("see_participants")
def events_page(request: HttpRequest, study: str, code: str) -> HttpResponse:
    """List the events of a participant, and offer a new one to who may report."""
    reading = read_for(request, study, code)
    context: dict[str, Any] = {
        "views": _views(request, reading),
        "may_report": _may(request, reading, code, "report_events"),
    }
    context |= {
        "may_hold": _may(request, reading, code, "set_holds"),
        "may_lift": _may(request, reading, code, "lift_holds"),
    }
    if not scope_of(request, study).blinded:
        context["held"] = [one for one in entered_holds(reading.protocol, reading.rows) if one.level != "study"]
    return _render(request, "events", reading, code, context)


@needs("see_participants")
def event_page(request: HttpRequest, study: str, code: str, repeat: str, problems: Sequence[str] = ()) -> HttpResponse:
    """Show one event: report, interest, clocks, what was sent, holds, and the investigator's judgement."""
    reading = read_for(request, study, code)
    view = _view(request, reading, repeat)
    form = reading.protocol.form(FORM)
    shown = [item for item in form.items if view.row[item.id] and item.id not in (*GRADED, *CRITERIA)] if form else []
    hide = ("ae_visit", "ae_lesion") if scope_of(request, study).blinded else ()
    context = {
        "view": view,
        "facts": [
            (item, view.row[item.id], history_link(study, view.place, item.id)) for item in shown if item.id not in hide
        ],
        "trail": history_link(study, view.place),
        "may_report": _may(request, reading, code, "report_events"),
        "may_assess": _may(request, reading, code, "assess_events"),
        "may_lift": _may(request, reading, code, "lift_holds"),
        "signature": signature_of_judgement(study, code, repeat),
        "problems": problems,
    }
    return _render(request, "event", reading, code, context, 422 if problems else 200)


@needs("report_events")
def new_event_page(request: HttpRequest, study: str, code: str) -> HttpResponseBase:
    """Report an event: first its word in CTCAE, then the form; entered once, however often it is sent."""
    reading = read_for(request, study, code)
    if not _may(request, reading, code, "report_events"):
        return refused(request, f"Events of {code} are reported at their own site.")
    if request.method == "POST":
        return _enter(request, reading, code, request.POST.get("_place", ""))
    words, found = request.GET.get("q", "").strip()[:200], term(request.GET.get("term", ""))
    if found is None:
        return _render(request, "event_search", reading, code, _search(words))
    today = now()
    values = {"term": found.name, "aware_date": today.date().isoformat(), "aware_time": f"{today:%H:%M}"}
    place = Place(code, FORM, repeat=next_event(reading.table(FORM)))
    return _form(request, reading, Sent(place, values))


@needs("report_events")
def change_event_page(request: HttpRequest, study: str, code: str, repeat: str) -> HttpResponseBase:
    """Follow an event up or correct it, with a reason; the old values stay in its history."""
    reading = read_for(request, study, code)
    if not _may(request, reading, code, "report_events"):
        return refused(request, f"Events of {code} are changed at their own site.")
    view = _view(request, reading, repeat)
    if request.method == "POST":
        return _enter(request, reading, code, repeat)
    form = reading.protocol.form(FORM)
    values = {item.id: view.row[item.id] or "" for item in form.items} if form else {}
    if term(request.GET.get("term", "")):
        values["term"] = request.GET["term"]
    return _form(request, reading, Sent(view.place, values, version_of(reading, view.place)))


@require_GET
@needs("report_events")
def terms_fragment(request: HttpRequest, study: str) -> HttpResponse:
    """Return the terms that match, as the part of the page that the live search puts in its place."""
    return render(request, "safety_desk/event_terms.html", _search(request.GET.get("q", "").strip()[:200]))


@needs("assess_events")
def sign_page(request: HttpRequest, study: str, code: str, repeat: str) -> HttpResponseBase:
    """Sign the judgement of an event together with the report that it is of."""
    reading = read_for(request, study, code)
    if request.method != "POST" or not _may(request, reading, code, "assess_events"):
        return refused(request, "A judgement is signed on the page of its event, at the site of the participant.")
    outcome = attempt(lambda: _sign(request, reading, code, repeat))
    if outcome.done:
        return see(reverse("event", args=[study, code, repeat]) + "#judged")
    return event_page(request, study, code, repeat, problems=[words for _link, words in summary(outcome.problems)])


def _sign(request: HttpRequest, reading: Reading, code: str, repeat: str) -> None:
    site = site_of(reading.protocol, code)
    by = author(request, reading.study, "assess_events", site or None)
    name = prove(request)
    sign(door_of(reading.study), judged_forms(code, repeat), ASSESSED, by, site, name)


def judged_forms(code: str, repeat: str) -> list[Place]:
    """Return what the signature of a judgement is under: the judgement, and the report that it judges."""
    return [Place(code, FORM, repeat=repeat), Place(code, "event_assessment", repeat=repeat)]


def signature_of_judgement(study: str, code: str, repeat: str) -> Signature | None:
    """Return the signature under a judgement, void or not; None when nobody signed it."""
    # Complete rows: to who must not see some of them, the signature would look void.
    return signature_of(current_rows(study, code), judged_forms(code, repeat), ASSESSED)


@needs("report_events")
def tell_page(request: HttpRequest, study: str, code: str, repeat: str) -> HttpResponseBase:
    """Send the message about an event anew, after one that failed."""
    reading = read_for(request, study, code)
    if request.method != "POST" or not _may(request, reading, code, "report_events"):
        return refused(request, "A message is sent from the page of its event, at the site of the participant.")
    view = _view(request, reading, repeat)
    by = scope_of(request, study).author("report_events", site_of(reading.protocol, code) or None)
    kind: Kind = "first report" if view.serious else "special interest" if view.special else "hold"
    tell_again(door_of(study), code, repeat, kind, by)
    return redirect(reverse("event", args=[study, code, repeat]) + "#sent")


def _enter(request: HttpRequest, reading: Reading, code: str, repeat: str) -> HttpResponseBase:
    form = reading.protocol.form(FORM)
    expected = request.POST.get("_expected", "")
    if form is None or not repeat or len(repeat) > 60 or not expected.isdecimal() or len(expected) > 9:
        return refused(request, "The page was not complete when it was sent; open it again.")
    values = values_of(form, request.POST)
    sent = Sent(Place(code, FORM, repeat=repeat), values, int(expected), request.POST.get("_reason", "").strip())
    try:
        enter_event(request, reading, sent)
    except RefusedError as error:
        return _form(request, reading, Sent(sent.place, values, sent.expected, sent.reason, error.problems), 422)
    response = redirect("event", reading.study, code, repeat)
    response.status_code = 303
    return response


def _form(request: HttpRequest, reading: Reading, sent: Sent, status: int = 200) -> HttpResponse:
    form = reading.protocol.form(FORM)
    if form is None:
        raise Http404(f"The protocol of {reading.study} has no adverse events.")
    options = {"ae_lesion": lesion_options(reading), "ae_visit": visit_options(reading)}
    off = () if sent.values.get("serious") == "true" else tuple(CRITERIA)
    scope, place = scope_of(request, reading.study), sent.place
    marks = marks_of(reading, scope, place, site_of(reading.protocol, place.participant)).fields
    drawn = fields_of(
        reading.protocol, form, sent.values, sent.problems, place=place, options=options, not_asked=off, marks=marks
    )
    found = term(sent.values.get("term", ""))
    grades = found.grades.items() if found else []
    kind = {grade: special_interest(found.name, grade) for grade, _text in grades} if found else {}
    context = {
        "sent": sent,
        "found": found,
        "grades": [(str(grade), text, kind[grade]) for grade, text in grades],
        "grade_problems": next((one.problems for one in drawn if one.item == "grade"), ()),
        "fields": sorted((one for one in drawn if one.item not in GRADED and _is_asked(one, sent)), key=_beside),
        "summary": summary_of(form, drawn, sent.problems),
        "looks": _looks(kind),
    }
    return _render(request, "event_form", reading, sent.place.participant, context, status)


def _is_asked(field: Field, sent: Sent) -> bool:
    """Return whether the form asks for it: words of its own only of an event that no term of CTCAE fits."""
    other = sent.values.get("term", "").endswith("Other, specify")
    return field.item != "other_specify" or other or bool(field.value)


def _beside(field: Field) -> int:
    """Return where a field stands: onset first, the criteria beside what they are the reason of, the course last."""
    asked_first = (
        "other_specify",
        "onset_date",
        "ae_lesion",
        "ae_visit",
        "serious",
        *CRITERIA,
        "aware_date",
        "aware_time",
    )
    return asked_first.index(field.item) if field.item in asked_first else len(asked_first)


def _looks(kinds: dict[int, str]) -> list[tuple[str, str]]:
    """Return, for each kind of special interest that the term can have, the day on which to look again."""
    today, found = now().date(), []
    for kind in sorted(set(kinds.values()) - {""}):
        days = next((step.look_after_days for step in steps_for(kind) if step.look_after_days), None)
        if days is not None:
            found.append((kind, (today + timedelta(days=days)).isoformat()))
    return found


def _search(words: str) -> dict[str, Any]:
    found: tuple[Term, ...] = find_terms(words, MOST) if words else ()
    watched = {one.term.casefold() for one in special_interests()}
    # What the protocol watches for is not to be missed below organs that nobody injects.
    found = tuple(sorted(found, key=lambda one: one.name.casefold() not in watched))
    others = [one for one in terms() if one.name.endswith("Other, specify")]
    shown = [(one, sorted(one.grades.items())) for one in found[:FOUND]]
    return {"words": words, "terms": shown, "number": len(found), "others": others}


def _views(request: HttpRequest, reading: Reading) -> list[EventView]:
    return event_views(reading, now(), blinded=scope_of(request, reading.study).blinded)


def _view(request: HttpRequest, reading: Reading, repeat: str) -> EventView:
    found = next((one for one in _views(request, reading) if one.name == repeat), None)
    if found is None:
        raise Http404(f"There is no event {repeat!r} of this participant. Choose one from the list.")
    return found


def _may(request: HttpRequest, reading: Reading, code: str, capability: str) -> bool:
    return scope_of(request, reading.study).may(capability, site_of(reading.protocol, code) or None)


def _render(
    request: HttpRequest, page: str, reading: Reading, code: str, context: dict[str, Any], status: int = 200
) -> HttpResponse:
    shared = {"study": reading.study, "protocol": reading.protocol, "code": code, "here": "events"}
    return render(request, f"safety_desk/{page}.html", shared | context, status=status)


BASE = "<slug:study>/participants/<str:code>/events/"
urlpatterns = [
    path(BASE, events_page, name="events"),
    path(f"{BASE}new/", new_event_page, name="new_event"),
    path(f"{BASE}<str:repeat>/", event_page, name="event"),
    path(f"{BASE}<str:repeat>/change/", change_event_page, name="change_event"),
    path(f"{BASE}<str:repeat>/tell/", tell_page, name="tell_again"),
    path(f"{BASE}<str:repeat>/sign/", sign_page, name="sign_event"),
    path("<slug:study>/ctcae/", terms_fragment, name="ctcae_terms"),
]
