"""The injection visit: all lesions of a session on one page, entered in one act; corrections; the second check."""

from collections.abc import Mapping, Sequence
from contextlib import suppress
from datetime import date
from typing import Any

from django.http import FileResponse, Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import path, reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from calcitrial.desk import (
    Due,
    confirmations,
    confirmed_in,
    fields_of,
    marks_at,
    marks_of,
    questions_for,
    summary_of,
    values_of,
)
from calcitrial.lesions import photo_file
from calcitrial.people import Scope
from calcitrial.pharmacy import confirm, demanded, deviations, doses_of, needs_surface, unconfirmed
from calcitrial.protocol import Problem, RefusedError
from calcitrial.record import Draft, Place
from calcitrial.safety import holds_against, words
from calcitrial.treatment_desk.guidance import guided
from calcitrial.treatment_desk.injection_sent import BODY, NOTHING, Sent, drafts_of, questions_of, sent_by
from calcitrial.treatment_desk.injection_session import (
    card_of,
    entered_values,
    judgings,
    of_place,
    rows_at,
    summary,
    totals,
    version_at,
)
from calcitrial.verbs import door, enter
from calcitrial.visit_desk import SeeOther, address_of, asked_about, drawn_shapes, lesion_cards, opened
from calcitrial.web import Reading, history_link, home, needs, refused

SEE, INJECT = "check_dose", "inject"
BOTH = require_http_methods(["GET", "HEAD", "POST"])
BLINDED = "This page tells which lesions are treated, and you must not know that."
DOSE_ITEMS = ("concentration", "volume", "vial")


@needs(SEE)
def injections_page(request: HttpRequest, study: str, code: str) -> HttpResponse:
    """List the visits at which a participant is injected, and what went against the protocol."""
    reading, scope, _site = opened(request, study, code)
    if scope.blinded:
        return refused(request, BLINDED)
    rows = reading.table("injection")
    visits = []
    for visit in reading.protocol.visits:
        here = [row for row in rows if row["visit"] == visit.id]
        if "injection" in visit.forms or here:
            given = sum(row["injected"] == "true" for row in here)
            visits.append((visit, reading.visit_dates.get((code, visit.id)), given, len(here)))
    told = [(said, history_link(study, place)) for place, said in deviations(reading) if place.participant == code]
    context = {"visits": visits, "deviations": told, "unconfirmed": unconfirmed(reading.protocol, reading.rows)}
    return _render(request, "injections", reading, code, context)


@needs(SEE)
def session_page(request: HttpRequest, study: str, code: str, visit: str) -> HttpResponse:
    """Show a session of injections, and enter what was sent for it as one submission."""
    reading, scope, site = opened(request, study, code)
    if scope.blinded:
        return refused(request, BLINDED)
    planned = reading.protocol.visit(visit)
    if planned is None:
        raise Http404(f"The protocol plans no visit {visit!r}. Choose one from the list of injections.")
    if request.method != "POST":
        return _session(request, reading, scope, code, visit, site)
    if not scope.may(INJECT, site):
        return refused(request, f"Entering injections needs the right “inject” at the site of {code}.")
    lesions = [row["lesion"] for row in reading.table("lesion")]
    sent = sent_by(request.POST, reading, lesions)
    try:
        with guided(request, sent.injections):
            drafts = drafts_of(sent, reading.protocol, code, visit)
            if not any(draft.place.form == "injection" for draft in drafts):
                nothing = "Nothing is said of any lesion."
                raise RefusedError([Problem(visit, nothing, "Say of each whether it was injected.")])
            enter(study, drafts, scope.author(INJECT, site))
    except RefusedError as error:
        return _session(request, reading, scope, code, visit, site, sent, error.problems)
    return SeeOther(f"{reverse('injection_session', args=[study, code, visit])}?saved=1")


def _session(
    request: HttpRequest,
    reading: Reading,
    scope: Scope,
    code: str,
    visit: str,
    site: str,
    sent: Sent = NOTHING,
    problems: Sequence[Problem] = (),
) -> HttpResponse:
    protocol, rows = reading.protocol, rows_at(reading, visit)
    day = reading.visit_dates.get((code, visit))
    here = door(reading.study)
    lesions = [one for one in lesion_cards(reading, scope, day) if one.participant == code]
    sized_at, shots = (
        Place(code, "body_size", visit),
        {one.id: Place(code, "injection", visit, one.id) for one in lesions},
    )
    marks = marks_at(reading, scope, [sized_at, *shots.values()], site)
    cards = [
        card_of(
            reading,
            one,
            visit,
            rows.get(one.id),
            sent,
            problems,
            [words(hold) for hold in holds_against(here, code, one.id)],
            marks[shots[one.id]],
        )
        for one in lesions
    ]
    doses = doses_of(protocol, reading.rows, code, visit)
    open_now = [card.lesion.id for card in cards if card.entered is None and not card.why]
    judged = judgings(doses, doses.judged, open_now, sent, problems)
    body = protocol.form("body_size")
    assert body is not None  # a form of the house
    size = {row["visit"]: row for row in reading.table("body_size")}.get(visit)
    sized = of_place(problems, sized_at)
    asked = questions_of(sent, protocol, code, visit) if problems else {}
    volume, mass = totals(doses)
    context = {
        "visit": protocol.visit(visit),
        "day": day,
        "cards": [card for card in cards if card.entered is None and not card.why],
        "done": [card for card in cards if card.entered is not None],
        "others": [card for card in cards if card.entered is None and card.why],
        "reactions": [row for row in reading.table("injection_reaction") if row["visit"] == visit],
        "limits": judged,
        "asked": [one for one in judged if one.asked and open_now],
        "body": fields_of(protocol, body, sent.body, sized, prefix=BODY) if needs_surface(protocol, doses.body) else (),
        "size": entered_values(reading, body, sized_at, size, marks[sized_at]),
        "size_form": address_of(reading.study, sized_at),
        **questions_for(asked, request.POST),
        "summary": summary(cards, judged, problems),
        "volume": volume,
        "mass": mass,
        "may_inject": scope.may(INJECT, site),
        "person": scope.person,
        "demanded": demanded(protocol),
        "saved": "saved" in request.GET and not problems,
        "shapes": drawn_shapes(),
    }
    return _render(request, "injection_session", reading, code, context, 422 if problems else 200)


@needs(SEE)
def injection_page(request: HttpRequest, study: str, code: str, visit: str, lesion: str) -> HttpResponse:
    """Correct one injection with a reason; the old values stay in its history."""
    reading, scope, site = opened(request, study, code)
    row = rows_at(reading, visit).get(lesion)
    if scope.blinded or row is None:
        raise Http404(f"No injection of {lesion} at {visit} was entered.")
    if not scope.may(INJECT, site):
        return refused(request, f"Correcting an injection needs the right “inject” at the site of {code}.")
    place = Place(code, "injection", visit, lesion)
    form = reading.protocol.form("injection")
    assert form is not None
    now = {item.id: row[item.id] or "" for item in form.items}
    values: Mapping[str, str] = now
    problems: Sequence[Problem] = ()
    reason, asked = "", dict[str, str]()
    expected = request.POST.get("_expected", "") or str(version_at(reading, place))
    if request.method == "POST":
        values, reason = values_of(form, request.POST), request.POST.get("_reason", "")
        changed = any(values.get(item, "").strip() != now[item] for item in DOSE_ITEMS)
        # A dose that is corrected is to be confirmed again by the second person.
        whole = {**values, "checked_by": ""} if changed and now.get("checked_by") else values
        try:
            number = int(expected) if expected.isdecimal() else 0
            asked = asked_about(study, place, form, values)
            sure = confirmations(asked, confirmed_in(request.POST))
            enter(study, [Draft(place, whole, number, reason, confirmed=sure)], scope.author(INJECT, site))
            return SeeOther(f"{reverse('injection_session', args=[study, code, visit])}?saved=1")
        except RefusedError as error:
            problems = error.problems
    there, marks = [k for k, v in now.items() if v], marks_of(reading, scope, place, site).fields
    drawn = fields_of(reading.protocol, form, values, problems, place=place, entered=there, marks=marks)
    fields = [field for field in drawn if field.item != "checked_by"]
    context = {"fields": fields, "summary": summary_of(form, fields, problems), "expected": expected}
    context |= questions_for(asked, request.POST) | {
        "reason": reason,
        "lesion": lesion,
        "visit": reading.protocol.visit(visit),
        "checked": now.get("checked_by"),
    }
    return _render(request, "injection_correct", reading, code, context, 422 if problems else 200)


@needs(SEE)
def check_page(request: HttpRequest, study: str, code: str, visit: str, lesion: str) -> HttpResponse:
    """Confirm, as a second person, concentration, volume and vial of an injection (EU Annex 11, 6)."""
    reading, scope, site = opened(request, study, code)
    if scope.blinded or not scope.may(SEE, site):
        return refused(request, f"Confirming a dose needs the right “check dose” at the site of {code}.")
    place, expected = Place(code, "injection", visit, lesion), request.POST.get("_expected", "")
    try:
        number = int(expected) if expected.isdecimal() else 0
        confirm(door(study), place, number, scope.author(SEE, site))
    except RefusedError as error:
        return _session(request, reading, scope, code, visit, site, NOTHING, error.problems)
    return SeeOther(f"{reverse('injection_session', args=[study, code, visit])}?saved=1")


@needs(SEE)
def image_page(request: HttpRequest, study: str, code: str, digest: str) -> FileResponse:
    """Return a picture of the guidance that the record names for this participant."""
    reading, scope, _site = opened(request, study, code)
    named = set() if scope.blinded else {row["guidance_image"] for row in reading.table("injection")}
    with suppress(RefusedError):
        file = photo_file(home(), digest)
        if digest in named and file.is_file():
            return FileResponse(file.open("rb"), content_type="image/jpeg")
    raise Http404(f"There is no such picture of {code}. Follow a link of the injections.")


def due(reading: Reading, scope: Scope, today: date) -> list[Due]:
    """Return the doses that a second person has still to confirm, where the protocol asks for it."""
    if scope.blinded or not scope.may(SEE):
        return []
    return [
        Due(
            "signature",
            _("The dose waits for a second person"),
            reverse("injection_session", args=[reading.study, place.participant, place.visit]),
            reading.visit_dates.get((place.participant, place.visit)),
            False,
            SEE,
            f"{place.lesion}, {place.visit}",
            place.participant,
        )
        for place in unconfirmed(reading.protocol, reading.rows)
    ]


def _render(
    request: HttpRequest, name: str, reading: Reading, code: str, context: Mapping[str, Any], status: int = 200
) -> HttpResponse:
    shared = {"study": reading.study, "protocol": reading.protocol, "here": "participant", "code": code}
    return render(request, f"treatment_desk/{name}.html", shared | dict(context), status=status)


HERE = "<slug:study>/participants/<str:code>/injections/"
urlpatterns = [
    path(HERE, require_safe(injections_page), name="injections"),
    path(f"{HERE}images/<str:digest>.jpg", require_safe(image_page), name="guidance_image"),
    path(f"{HERE}<slug:visit>/", BOTH(session_page), name="injection_session"),
    path(f"{HERE}<slug:visit>/<str:lesion>/", BOTH(injection_page), name="injection_correct"),
    path(f"{HERE}<slug:visit>/<str:lesion>/check/", require_POST(check_page), name="injection_check"),
]
