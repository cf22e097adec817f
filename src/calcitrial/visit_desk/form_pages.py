"""The page of one form, at whatever level: filled in, saved half done, gone on with, corrected with a reason."""

from typing import Any

from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import path, reverse

from calcitrial.desk import fields_of, marks_of, questions_for, summary_of
from calcitrial.people import Scope, capability_to_enter
from calcitrial.protocol import Form, Problem, completeness, rule_tree
from calcitrial.record import KEYS, Place, Standing, standing_of
from calcitrial.visit_desk.assessment_due import assessments_due
from calcitrial.visit_desk.form_entry import Refusal, enter_form, rules_for_browser, sent_by, skipped_items
from calcitrial.visit_desk.form_places import (
    address_of,
    form_or_404,
    next_repeat,
    options_for,
    place_of,
    site_of,
    values_in,
)
from calcitrial.visit_desk.form_rights import as_seen, may_enter
from calcitrial.web import Reading, history_link, needs, read_for, refused, scope_of, spoken, written


class SeeOther(HttpResponseRedirect):
    """The answer to what was sent: look there now (303), so that a reload sends nothing again."""

    status_code = 303


@needs("see_participants")
def form_page(request: HttpRequest, study: str, code: str, form: str) -> HttpResponse:
    """Show one form of a participant, and take what is entered there."""
    reading, scope, site = opened_for(request, study, code)
    shape = form_or_404(reading.protocol, form)
    place = place_of(reading, code, shape, request.GET)
    standing = standing_of(study, place)
    seen = as_seen(shape, scope)
    if not seen.items:
        return refused(request, f"The form {shape.label} is not shown to who must not know an arm.")
    if request.method != "POST":
        return _draw(request, reading, place, _as_it_stands(reading, place, standing), standing)
    right = capability_to_enter(reading.protocol, form)
    if not may_enter(scope, reading.protocol, form, site):
        words = right.replace("_", " ") or "nobody has"
        return refused(request, f"Entering “{shape.label}” for {code} needs the right “{words}” at its site.")
    sent = sent_by(shape, request.POST)
    refusal = enter_form(study, place, seen, sent, scope.author(right, site))
    if refusal is None:
        return SeeOther(_next(study, place, later=sent.partial))
    if sent.expected == "0" and "repeat" in KEYS[shape.level] and standing.version:
        place, refusal = _another(reading, place, shape, sent.values)
    return _draw(request, reading, place, refusal, standing_of(study, place))


def opened_for(request: HttpRequest, study: str, code: str) -> tuple[Reading, Scope, str]:
    """Return what may be read of a participant, the scope of who asks, and the participant's site.

    A participant of a site that the person does not see is as unknown as one who is not there.
    """
    reading, scope = read_for(request, study, code), scope_of(request, study)
    site = site_of(reading, code)
    if not scope.sees(site):
        raise Http404(f"Participant {code!r} is not known in study {study}. Choose one from its list.")
    return reading, scope, site


def _as_it_stands(reading: Reading, place: Place, standing: Standing) -> Refusal:
    """Return the form as the record has it, refused by nothing."""
    return Refusal((), values_in(reading, place), standing.version)


def _another(reading: Reading, place: Place, form: Form, values: dict[str, str]) -> tuple[Place, Refusal]:
    """Return the next free place for something new whose place was taken since the page was made."""
    free = place._replace(repeat=next_repeat(reading, place, form))
    what = f"{place.repeat} was entered meanwhile and says something else."
    instead = f"If this is another one, save again: it becomes {free.repeat}. To correct {place.repeat}, open that one."
    return free, Refusal((Problem(str(place), what, instead),), values, 0)


def _next(study: str, place: Place, *, later: bool) -> str:
    if later:
        address = address_of(study, place)
        return f"{address}{'&' if '?' in address else '?'}saved=1"
    return f"{reverse('visits', args=[study, place.participant])}?saved={place.form}#{place.visit or 'forms'}"


def _draw(request: HttpRequest, reading: Reading, place: Place, shown: Refusal, standing: Standing) -> HttpResponse:
    scope, site = scope_of(request, reading.study), site_of(reading, place.participant)
    form = as_seen(reading.asked(place, form_or_404(reading.protocol, place.form)), scope)
    marks = marks_of(reading, scope, place, site)
    fields = fields_of(
        reading.protocol,
        form,
        shown.values,
        shown.problems,
        place=place,
        entered=standing.values,
        options=options_for(reading, place.participant, form),
        not_asked=skipped_items(form, shown.values),
        marks=marks.fields,
    )
    state = completeness(form, values_in(reading, place))
    context = {
        "study": reading.study,
        "protocol": reading.protocol,
        "here": "visits",
        "code": place.participant,
        "form": form,
        "place": place,
        "fields": fields,
        "summary": summary_of(form, fields, shown.problems),
        "expected": shown.expected,
        "state": state,
        "marks": marks,
        "can_pause": not form.opens and state != "complete",
        "may_enter": may_enter(scope, reading.protocol, form.id, site),
        "address": address_of(reading.study, place),
        "trail": history_link(reading.study, place) if standing.values else "",
        "meanwhile": [_changed(form, step.item, step) for step in shown.meanwhile],
        **questions_for(shown.questions, request.POST),
        "reason": request.POST.get("_reason", "")[:2_000],
        "saved": request.GET.get("saved") == "1" and request.method == "GET",
        "rules": rules_for_browser(form, rule_tree),
    }
    return render(request, "visit_desk/form.html", context, status=422 if shown.problems else 200)


def _changed(form: Form, name: str, step: Any) -> dict[str, Any]:
    item = form.item(name)
    return {
        "label": item.label if item else name,
        "text": written(step.value, step.unit, item) or spoken("cleared"),
        "step": step,
    }


due = assessments_due

urlpatterns = [path("<slug:study>/participants/<str:code>/forms/<slug:form>/", form_page, name="form")]
