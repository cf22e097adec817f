"""Safety of a study on one page, the lifting of holds, who is told of events, and what of it is due."""

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import replace
from datetime import date, datetime, time
from typing import Any

from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import path, reverse
from django.utils.safestring import mark_safe
from django.utils.translation import gettext, ngettext

from calcitrial.desk import Due, fields_of, link_to, summary_of, values_of
from calcitrial.people import Scope, site_of
from calcitrial.protocol import Problem, Protocol, RefusedError, house_forms
from calcitrial.record import current_rows, now, protocol_of
from calcitrial.safety import Standing, entered_holds, lift, next_name
from calcitrial.safety_desk.event_picture import picture
from calcitrial.safety_desk.event_view import EventView, bare_views, chosen, event_views
from calcitrial.verbs import door as door_of
from calcitrial.vigilance import contacts, enter_contact, waiting
from calcitrial.web import Reading, needs, read_for, refused, scope_of, spoken_svg

PER_PAGE = 50
FILTERS = ("q", "grade", "related", "kind", "state")


@needs("see_participants")
def safety_page(request: HttpRequest, study: str) -> HttpResponse:
    """Show all events of a study as filtered in the address, with what is open, held and of special interest."""
    reading, scope = read_for(request, study), scope_of(request, study)
    views = event_views(reading, now(), blinded=scope.blinded)
    wanted = {name: request.GET.get(name, "")[:100] for name in FILTERS}
    shown = chosen(views, wanted)
    held = () if scope.blinded else entered_holds(reading.protocol, reading.rows)
    page = Paginator(shown, PER_PAGE).get_page(request.GET.get("page"))
    context = {
        "views": page.object_list,
        "page": page,
        "query": request.GET,
        "all": len(views),
        "wanted": wanted,
        "figures": _figures(views, held, scope),
        "picture": mark_safe(spoken_svg(picture(shown))),
        "unsent": {} if scope.blinded else unsent(reading),
        "held": [one for one in held if one.in_force],
        "may_lift": scope.may("lift_holds"),
        "may_hold_study": scope.may("set_study_holds"),
        "may_contacts": scope.may("keep_contacts", ""),
    }
    return _render(request, "safety", reading.protocol, context)


def _figures(views: Iterable[EventView], held: Iterable[Standing], scope: Scope) -> list[tuple[str, int]]:
    views = list(views)
    found = [
        ("Events", len(views)),
        ("Serious", sum(one.serious for one in views)),
        ("Not finished", sum(bool(one.unfinished) for one in views)),
    ]
    if not scope.blinded:
        found += [
            ("Reports overdue", sum(one.overdue for one in views)),
            ("Special interest", sum(bool(one.special) for one in views)),
            ("Holds in force", sum(one.in_force for one in held)),
        ]
    return found


@needs("lift_holds")
def lift_page(request: HttpRequest, study: str, code: str, name: str) -> HttpResponseBase:
    """Lift a hold of a participant or a lesion, with a reason; for an investigator of the site."""
    reading, scope = read_for(request, study, code), scope_of(request, study)
    if not scope.may("lift_holds", site_of(reading.protocol, code) or None):
        return refused(request, f"A hold of {code} is lifted by an investigator of their own site.")
    found = [one for one in entered_holds(reading.protocol, reading.rows) if one.level != "study"]
    hold = _named(found, name)
    back = reverse("events", args=[study, code])
    return _lift(request, reading.protocol, hold, "lift_holds", back)


@needs("lift_study_holds")
def lift_study_page(request: HttpRequest, study: str, name: str) -> HttpResponseBase:
    """Lift a hold of the study, with a reason; for the safety board."""
    protocol = protocol_of(study)
    rows = current_rows(study, "", ("study_hold", "study_hold_lift"))
    hold = _named(entered_holds(protocol, rows), name)
    return _lift(request, protocol, hold, "lift_study_holds", reverse("board", args=[study]))


def _lift(request: HttpRequest, protocol: Protocol, hold: Standing, right: str, back: str) -> HttpResponseBase:
    reason = request.POST.get("reason", "").strip()[:5000]
    problems: tuple[Problem, ...] = ()
    if request.method == "POST":
        board = right == "lift_study_holds"
        by = scope_of(request, protocol.id).author(right)
        try:
            lift(door_of(protocol.id), hold, reason, "safety board" if board else "investigator", by)
        except RefusedError as error:
            problems = error.problems
        else:
            return _see(back)
    context = {"hold": hold, "reason": reason, "problems": [f"{p.what} {p.instead}" for p in problems], "back": back}
    return _render(request, "hold_lift", protocol, context, 422 if problems else 200)


def _named(found: Iterable[Standing], name: str) -> Standing:
    hold = next((one for one in found if one.name == name), None)
    if hold is None:
        raise Http404(f"There is no hold {name!r} here. Choose one from the list of holds.")
    return hold


@needs("keep_contacts")
def contacts_page(request: HttpRequest, study: str) -> HttpResponseBase:
    """Show and change who is told of events by e-mail."""
    protocol, form = protocol_of(study), house_forms()["safety_contact"]
    rows = current_rows(study, "", ("safety_contact",))
    listed = contacts(protocol, rows)
    asked = request.POST.get("_name") or request.GET.get("change", "")
    known = next((one for one in listed if one.name == asked), None)
    values: dict[str, str] = {"contact_active": "true"}
    if known:
        values = {"contact_email": known.email, "contact_role": known.role, "contact_for": known.told_of}
        values |= {"contact_active": str(known.active).lower()}
    versions = rows.filter(repeat=asked)["version"].max() if known else 0
    problems: tuple[Problem, ...] = ()
    if request.method == "POST":
        values, expected = values_of(form, request.POST), request.POST.get("_expected", "")
        try:
            by = scope_of(request, study).author("keep_contacts", "")
            seen = int(expected) if expected.isdecimal() else 0
            enter_contact(door_of(study), asked, values, seen, request.POST.get("_reason", ""), by)
        except RefusedError as error:
            problems = error.problems
        else:
            return _see(request.path)
    drawn = fields_of(protocol, form, values, problems)
    context = {
        "listed": listed,
        "fields": drawn,
        "summary": summary_of(form, drawn, problems),
        "name": asked if known or request.method == "POST" else next_name((one.name for one in listed), "C"),
        "expected": request.POST.get("_expected") or versions or 0,
        "reason": request.POST.get("_reason", ""),
    }
    return _render(request, "safety_contacts", protocol, context, 422 if problems else 200)


def due(reading: Reading, scope: Scope, today: date) -> Iterator[Due]:
    """Yield what is due about events: reports of serious ones, outcomes, looks, judgements."""
    if scope.blinded:
        return
    yield from _unsent(reading)
    moment = max(now(), datetime.combine(today, time.min, now().tzinfo))
    for one in (view for mine in bare_views(reading, blinded=False).values() for view in mine):
        yield from _dues(reading.study, one, moment, today)


def _dues(study: str, one: EventView, moment: datetime, today: date) -> Iterator[Due]:
    about, code = f"{one.participant} {one.name}", one.participant
    link = link_to("event", study, code, one.name)
    for clock, words, late in replace(one, now=moment).clock_words if one.serious else ():
        if not clock.done:
            what = f"{clock.what}, {words}"
            yield Due("event", what, link, clock.until.date(), late, "report_events", about, code)
    unfinished = one.unfinished
    if unfinished:
        look = date.fromisoformat(one.row["next_look"]) if one.row.get("next_look") else None
        late = look is not None and look < today
        yield Due("event", unfinished.capitalize(), link, look, late, "report_events", about, code)
    if one.judgement is None and (one.serious or one.special or (one.grade or 5) >= 3):
        words = gettext("The investigator's judgement is missing")
        yield Due("event", words, link, None, False, "assess_events", about, code)


def _unsent(reading: Reading) -> Iterator[Due]:
    """Yield what went wrong with messages about events, one line per sentence, for who reports and who is asked."""
    link = f"{reverse('safety', args=[reading.study])}#unsent"
    for problem, number in unsent(reading).items():
        words = ngettext(
            "%(number)d message about an event is not sent: %(problem)s",
            "%(number)d messages about events are not sent: %(problem)s",
            number,
        ) % {"number": number, "problem": problem}
        for right in ("report_events", "keep_contacts"):
            yield Due("event", words, link, None, True, right)


def unsent(reading: Reading) -> dict[str, int]:
    """Return how many messages about events nobody got yet, by what went wrong."""
    return dict(Counter(one.problem or gettext("it waits") for one in waiting(reading.protocol, reading.rows)))


def _see(address: str) -> HttpResponseBase:
    response = redirect(address)
    response.status_code = 303
    return response


def _render(
    request: HttpRequest, page: str, protocol: Protocol, context: dict[str, Any], status: int = 200
) -> HttpResponse:
    shared = {"study": protocol.id, "protocol": protocol, "here": page}
    return render(request, f"safety_desk/{page}.html", shared | context, status=status)


urlpatterns = [
    path("<slug:study>/safety/", safety_page, name="safety"),
    path("<slug:study>/safety/contacts/", contacts_page, name="safety_contacts"),
    path("<slug:study>/safety/holds/<str:name>/", lift_study_page, name="lift_study_hold"),
    path("<slug:study>/participants/<str:code>/holds/<str:name>/", lift_page, name="lift_hold"),
]
