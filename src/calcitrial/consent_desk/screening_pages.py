"""Screening of one participant: answers, every criterion live, and then enrolment or a screen failure."""

import json
from collections.abc import Sequence
from typing import Any

from django.http import HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.urls import path
from django.views.decorators.http import require_http_methods, require_POST

from calcitrial.consent_desk.persons import REFUSED, Visitor, drawn, person_page, see_other
from calcitrial.consent_desk.screening_sheet import (
    Sheet,
    criterion_rows,
    day,
    drafts_of,
    entered_sheet,
    filled_in,
    questions,
    screening_form,
    typed_sheet,
    unexplained,
    versions,
)
from calcitrial.consents import consented
from calcitrial.desk import NO_MARKS, FormMarks, Marks, marks_at, questions_for, values_of
from calcitrial.participants import Screening, enrol, register, screening_of
from calcitrial.protocol import Problem, RefusedError
from calcitrial.quality import signature_of
from calcitrial.record import Draft, Place
from calcitrial.verbs import enter
from calcitrial.web import read_for

FAILED = ("screen failure", "withdrew consent", "physician decision", "lost to follow-up", "other")


@person_page("screen")
def screening_page(visitor: Visitor) -> HttpResponseBase:
    """Show the screening with every criterion; POST enters it, or only answers the criteria (`_live`)."""
    if visitor.request.method != "POST":
        return _show(visitor, entered_sheet(visitor))
    form = screening_form(visitor, filled_in(visitor))
    sheet = typed_sheet(visitor, values_of(form, visitor.request.POST))
    if visitor.request.POST.get("_live"):
        marks = marks_at(visitor.reading, visitor.scope, _signed_places(visitor), visitor.site)
        context = {"rows": criterion_rows(visitor, sheet, marks), "sheet": sheet, "live": True}
        return render(visitor.request, "consent_desk/criteria.html", context)
    return _save(visitor, sheet)


def _save(visitor: Visitor, sheet: Sheet) -> HttpResponseBase:
    post = visitor.request.POST
    try:
        seen = {str(name): int(number) for name, number in json.loads(post.get("_seen", "{}")).items()}
    except (ValueError, AttributeError, TypeError):
        seen = {}
    silent = unexplained(sheet, visitor.reading.protocol)
    problems = [Problem(name, f"{name} was decided without a reason.", "Say why.") for name in silent]
    try:
        if problems:
            raise RefusedError(problems)
        drafts = drafts_of(visitor, sheet, seen, post.get("_reason", "").strip())
        enter(visitor.study, drafts, visitor.author())
    except RefusedError as error:
        return _show(visitor, sheet, error.problems, seen)
    return visitor.go("person_screening", anchor="#decision")


def _show(
    visitor: Visitor, sheet: Sheet, problems: Sequence[Problem] = (), seen: dict[str, int] | None = None
) -> HttpResponse:
    reading, now = visitor.reading, versions(visitor)
    form = screening_form(visitor, sheet.filled)
    saved = reading.by_participant("screening").get(visitor.code) or {}
    asked = questions(visitor, sheet) if problems else {}
    places = _signed_places(visitor)
    marks = marks_at(reading, visitor.scope, places, visitor.site)
    context = {
        "sheet": sheet,
        "rows": criterion_rows(visitor, sheet, marks),
        "marks": marks[places[0]],
        "seen": json.dumps(now if seen is None else seen),
        "again": bool(now),
        "reason": visitor.request.POST.get("_reason", ""),
        "filled": _filled(visitor, sheet, marks[places[0]]),
        **questions_for(asked, visitor.request.POST),
        "behind": bool(saved) and any(saved.get(name) != value for name, value in sheet.filled.items()),
        **_decision(visitor, bool(now)),
        **drawn(visitor, form, sheet.answers, problems, places[0], marks[places[0]]),
    }
    return visitor.show("screening.html", "person_screening", context, REFUSED if problems else 200)


def _filled(visitor: Visitor, sheet: Sheet, marks: FormMarks) -> list[tuple[str, str, Marks]]:
    form = visitor.reading.protocol.form("screening")
    items = {item.id: item.label for item in form.items} if form else {}
    words = {"true": "yes", "false": "no"}
    held = sheet.filled.items()
    return [(items[name], words.get(value, value), marks.fields.get(name, NO_MARKS)) for name, value in held]


def _decision(visitor: Visitor, saved: bool) -> dict[str, Any]:
    """Return where the participant stands: enrolled, ended, or what is still open."""
    reading = visitor.reading
    enrolled, ended = (reading.by_participant(form).get(visitor.code) for form in ("enrolment", "end_of_study"))
    standing = screening_of(visitor.door, visitor.code) if saved else Screening(visitor.code, ())
    points = [*standing.open_points] if saved else ["The screening is not entered yet."]
    points += [problem.what for problem in consented(visitor.door, visitor.code)]
    return {
        "enrolled": enrolled,
        "ended": ended,
        "open_points": points,
        "verdict": standing.verdict if saved else "unknown",
        "may_enrol": visitor.may("enrol"),
        "failures": FAILED,
        "later": _later(visitor) if ended else "",
        "signature": signature_of(reading.rows, _signed_places(visitor)) if saved else None,
        "may_sign": visitor.may("sign"),
    }


def _signed_places(visitor: Visitor) -> list[Place]:
    """Return what a signature under the eligibility covers: the screening and every criterion."""
    criteria = [Place(visitor.code, "criterion", repeat=one.id) for one in visitor.reading.protocol.criteria]
    return [Place(visitor.code, "screening"), *criteria]


def _later(visitor: Visitor) -> str:
    """Return the code under which the same person was screened again; '' when they were not."""
    rows = read_for(visitor.request, visitor.study).table("registration")
    return next((row["participant"] for row in rows if row["earlier_code"] == visitor.code), "")


@person_page("enrol")
def enrol_page(visitor: Visitor) -> HttpResponseBase:
    """Enrol the participant; the record refuses unless every criterion is met and consent stands."""
    on = day(visitor.request.POST.get("_on", ""))
    try:
        if on is None:
            raise RefusedError([Problem("enrolment_date", "The date of enrolment is missing.", "Write YYYY-MM-DD.")])
        enrol(visitor.door, visitor.code, on, visitor.author())
    except RefusedError as error:
        return _show(visitor, entered_sheet(visitor), error.problems)
    return visitor.go("person_screening", anchor="#decision")


@person_page("screen")
def fail_page(visitor: Visitor) -> HttpResponseBase:
    """End the screening without enrolment, with a reason."""
    post = visitor.request.POST
    reason = post.get("_end_reason", "")
    values = {"end_date": post.get("_on", ""), "end_reason": reason}
    problems = []
    if reason not in FAILED:
        problems.append(Problem("end_reason", f"The reason {reason!r} is not one of the list.", "Choose one."))
    if visitor.reading.by_participant("enrolment").get(visitor.code):
        what = f"{visitor.code} is enrolled, so the screening did not fail."
        problems.append(Problem("end_reason", what, "Enter the end of study instead."))
    try:
        if problems:
            raise RefusedError(problems)
        enter(visitor.study, [Draft(Place(visitor.code, "end_of_study"), values)], visitor.author())
    except RefusedError as error:
        return _show(visitor, entered_sheet(visitor), error.problems)
    return visitor.go("person_screening", anchor="#decision")


@person_page("screen")
def again_page(visitor: Visitor) -> HttpResponseBase:
    """Register somebody whose screening ended once more, under a new code that names the earlier one."""
    ended = visitor.reading.by_participant("end_of_study").get(visitor.code)
    try:
        if not ended or visitor.reading.by_participant("enrolment").get(visitor.code):
            what = f"The screening of {visitor.code} has not ended."
            raise RefusedError([Problem("screening", what, "Only who failed a screening is screened again.")])
        note = f"again {visitor.code}"
        by = visitor.author()
        code = register(visitor.door, visitor.site, visitor.today, by, earlier=visitor.code, ticket=note)
        known = visitor.vault.peek(visitor.study, visitor.code)
        if known and not visitor.vault.peek(visitor.study, code):
            visitor.vault.keep(visitor.study, code, known, visitor.looker("to enter or correct the details"))
    except RefusedError as error:
        return _show(visitor, entered_sheet(visitor), error.problems)
    return see_other(f"/{visitor.study}/participants/{code}/consent/")


ONE = "<slug:study>/participants/<str:code>/screening/"
urlpatterns = [
    path(ONE, require_http_methods(["GET", "HEAD", "POST"])(screening_page), name="person_screening"),
    path(f"{ONE}enrol/", require_POST(enrol_page), name="enrol"),
    path(f"{ONE}fail/", require_POST(fail_page), name="screen_failure"),
    path(f"{ONE}again/", require_POST(again_page), name="screen_again"),
]
