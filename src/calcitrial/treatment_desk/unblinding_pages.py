"""Unblinding one participant with category and reason, and the list of all unblindings for who watches over them."""

import re
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import path, reverse
from django.utils.translation import gettext as _

from calcitrial import verbs
from calcitrial.desk import fields_of, summary_of, values_of
from calcitrial.lesions import arms_of_participant, next_unblinding, number_of, unblind, unblindings
from calcitrial.people import site_of
from calcitrial.protocol import Form, Problem, RefusedError, house_forms
from calcitrial.record import current_rows
from calcitrial.visit_desk import SeeOther
from calcitrial.web import needs, read_for, refused, scope_of

KEY = re.compile(r"U[0-9]{1,3}")


@needs("unblind")
def unblind_page(request: HttpRequest, study: str, code: str) -> HttpResponse:
    """Take category, reason and who is told; tell the arm only after the event stands in the record."""
    reading, scope = read_for(request, study, code), scope_of(request, study)
    site, form = site_of(reading.protocol, code), house_forms()["unblinding"]
    if not scope.may("unblind", site):
        return refused(request, _("Unblinding needs the right “unblind” at the site of the participant."))
    free = next_unblinding(reading.protocol, current_rows(study, code, ["unblinding"]))
    if request.method != "POST":
        return _draw(request, study, code, form, {}, free)
    sent = request.POST.get("_repeat", "")
    repeat = sent if KEY.fullmatch(sent) else free
    values = values_of(form, request.POST)
    try:
        unblind(verbs.door(study), code, values, scope.author("unblind", site), repeat=repeat)
    except RefusedError as error:
        return _draw(request, study, code, form, values, free, error.problems)
    return SeeOther(reverse("unblinded", args=[study, code, repeat]))


def _draw(
    request: HttpRequest,
    study: str,
    code: str,
    form: Form,
    values: dict[str, str],
    repeat: str,
    problems: tuple[Problem, ...] = (),
) -> HttpResponse:
    protocol = verbs.door(study).protocol
    fields = fields_of(protocol, form, values, problems)
    context = _context(request, study, code) | {
        "fields": fields,
        "summary": summary_of(form, fields, problems),
        "repeat": repeat,
    }
    return render(request, "treatment_desk/unblind.html", context, status=422 if problems else 200)


def _context(request: HttpRequest, study: str, code: str = "") -> dict[str, Any]:
    protocol = verbs.door(study).protocol
    return {"study": study, "protocol": protocol, "here": "unblindings", "code": code}


@needs("unblind")
def unblinded_page(request: HttpRequest, study: str, code: str, repeat: str) -> HttpResponse:
    """Tell the arm to the person who entered this unblinding, and to nobody else."""
    reading, scope = read_for(request, study, code), scope_of(request, study)
    door = verbs.door(study)
    found = unblindings(door.protocol, current_rows(study, code, ["unblinding"]))
    own = next((one for one in found if one.repeat == repeat and one.by == scope.person), None)
    if own is None or not scope.may("unblind", site_of(reading.protocol, code)):
        raise Http404(f"You have entered no unblinding {repeat} of {code}.")
    arms = arms_of_participant(door, code)
    told = [(unit, door.protocol.arm(arm)) for unit, arm in sorted(arms.items(), key=lambda one: number_of(one[0]))]
    return render(request, "treatment_desk/unblinded.html", _context(request, study, code) | {"own": own, "told": told})


@needs("see_unblinding")
def unblindings_page(request: HttpRequest, study: str) -> HttpResponse:
    """List who was unblinded, when, by whom and why: exactly what the events say, and no arm."""
    scope = scope_of(request, study)
    if scope.blinded:
        return refused(request, _("You are blinded in this study, so its unblindings are not shown to you."))
    reading = read_for(request, study)
    seen = [
        one
        for one in unblindings(reading.protocol, reading.rows)
        if scope.may("see_unblinding", site_of(reading.protocol, one.participant))
    ]
    return render(request, "treatment_desk/unblindings.html", _context(request, study) | {"found": seen})


urlpatterns = [
    path("<slug:study>/unblinding/", unblindings_page, name="unblindings"),
    path("<slug:study>/participants/<str:code>/unblind/", unblind_page, name="unblind"),
    path("<slug:study>/participants/<str:code>/unblind/<str:repeat>/", unblinded_page, name="unblinded"),
]
