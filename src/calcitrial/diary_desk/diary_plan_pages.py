"""When each instrument is asked: the plan of the study, entered by who manages its data, one form per instrument."""

from collections.abc import Mapping, Sequence
from typing import Any

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import path, reverse
from django.utils.translation import get_language
from django.views.decorators.http import require_http_methods

from calcitrial.desk import attempt, author, fields_of, summary_of, values_of
from calcitrial.diary import Book, book_of, version_at
from calcitrial.protocol import Form, Problem, house_forms, refuse
from calcitrial.record import Draft, Place
from calcitrial.verbs import enter
from calcitrial.web import history_link, needs, read_for

CAPABILITY = "plan_diaries"


@require_http_methods(["GET", "HEAD", "POST"])
@needs(CAPABILITY)
def plan_page(request: HttpRequest, study: str) -> HttpResponse:
    """Show when each instrument is asked, and take a change of it with its reason."""
    book, form = book_of(study, read_for(request, study).rows), house_forms()["diary_plan"]
    if request.method != "POST":
        return _draw(request, book, form)
    chosen, sent = request.POST.get("_instrument", ""), values_of(form, request.POST)
    outcome = attempt(lambda: _enter(request, book, chosen, sent))
    if outcome.done:
        return HttpResponseRedirect(reverse("diary_plan", args=[study]), status=303)
    return _draw(request, book, form, (chosen, sent), outcome.problems, outcome.status)


def _enter(request: HttpRequest, book: Book, chosen: str, sent: Mapping[str, str]) -> None:
    seen = request.POST.get("_expected", "")
    if chosen not in book.instruments or not seen.isdecimal() or len(seen) > 8:
        refuse([Problem("diary_plan", "What was sent names no instrument of the study.", "Open the page again.")])
    place, by = Place("", "diary_plan", repeat=chosen), author(request, book.study, CAPABILITY)
    enter(book.study, [Draft(place, dict(sent), int(seen), request.POST.get("_reason", "").strip())], by)


def _draw(
    request: HttpRequest,
    book: Book,
    form: Form,
    typed: tuple[str, Mapping[str, str]] = ("", {}),
    problems: Sequence[Problem] = (),
    status: int = 200,
) -> HttpResponse:
    lines = [_line(book, form, name, typed, problems) for name in sorted(book.instruments)]
    context = {"study": book.study, "protocol": book.protocol, "here": "diary_plan", "lines": lines}
    context |= {"reason": request.POST.get("_reason", "")[:500]}
    return render(request, "diary_desk/diary_plan.html", context, status=status)


def _line(
    book: Book, form: Form, name: str, typed: tuple[str, Mapping[str, str]], problems: Sequence[Problem]
) -> dict[str, Any]:
    place, mine = Place("", "diary_plan", repeat=name), problems if typed[0] == name else ()
    plan = next((one for one in book.plans if one.instrument == name), None)
    now = {
        "plan_when": plan.when if plan else "never",
        "plan_visits": " ".join(plan.visits) if plan else "",
        "plan_days": str(plan.days) if plan and plan.when == "after_injection" else "",
        "plan_open_before": str(plan.open_before) if plan else "",
        "plan_open_after": str(plan.open_after) if plan else "",
    }
    version = version_at(book.study, place)
    fields = fields_of(book.protocol, form, typed[1] if typed[0] == name else now, mine, within=f"{name}-")
    return {
        "name": name,
        "title": book.instruments[name].title.in_language("fr" if get_language() == "fr" else "en"),
        "note": plan.note if plan else "",
        "version": version,
        "fields": fields,
        "summary": summary_of(form, fields, mine),
        "history": history_link(book.study, place) if version else "",
    }


urlpatterns = [path("<slug:study>/diary/plan/", plan_page, name="diary_plan")]
