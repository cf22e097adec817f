"""The allocation of one participant: the list frozen and signed, opened with a reason, drawn once; the arm after it."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import path, reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from calcitrial import verbs
from calcitrial.desk import prove
from calcitrial.lesions import draw_arms, freeze, secret_of, unfreeze
from calcitrial.people import Scope
from calcitrial.protocol import Problem, RefusedError
from calcitrial.treatment_desk.allocation_due import due
from calcitrial.treatment_desk.allocation_steps import progress_of
from calcitrial.treatment_desk.who_can import who_can
from calcitrial.visit_desk import SeeOther, drawn_shapes, lesion_cards, opened
from calcitrial.web import Reading, home, needs, refused

__all__ = ["due", "urlpatterns"]

STEPS = ("freeze_lesions", "allocate", "keep_allocation")
BLIND = "You are blinded in this study, so its allocation is not shown to you."


@needs("see_arms")
def allocation_page(request: HttpRequest, study: str, code: str) -> HttpResponse:
    """Show how far the allocation of a participant has come, and the arms once they are drawn."""
    reading, scope, site = opened(request, study, code)
    return refused(request, _(BLIND)) if scope.blinded else _draw_page(request, reading, scope, site, code)


@require_POST
@needs("freeze_lesions")
def freeze_page(request: HttpRequest, study: str, code: str) -> HttpResponse:
    """Freeze and sign the list of target lesions that the page showed."""
    reading, scope, site = opened(request, study, code)
    if not scope.may("freeze_lesions", site):
        return refused(request, _("Freezing the list needs the right “freeze lesions” at the site of the participant."))
    door = verbs.door(study)
    try:
        before = progress_of(door, code)
        shown = tuple(request.POST.get("_lesions", "").split())
        if shown != before.targets:
            what = "The target lesions changed after the page was made."
            raise RefusedError([Problem(code, what, "Look at the list again, then freeze it.")])
        name = prove(request)
        by, expected = scope.author("freeze_lesions", site), _number(request)
        freeze(door, code, by, expected=expected, at_site=site, printed_name=name)
    except RefusedError as error:
        return _draw_page(request, reading, scope, site, code, error.problems)
    return _back(study, code)


@require_POST
@needs("freeze_lesions")
def unfreeze_page(request: HttpRequest, study: str, code: str) -> HttpResponse:
    """Open a frozen list again, with a reason, before the draw."""
    reading, scope, site = opened(request, study, code)
    if not scope.may("freeze_lesions", site):
        return refused(request, _("Opening the list needs the right “freeze lesions” at the site of the participant."))
    reason = request.POST.get("_reason", "").strip()
    try:
        unfreeze(verbs.door(study), code, reason, scope.author("freeze_lesions", site), expected=_number(request))
    except RefusedError as error:
        return _draw_page(request, reading, scope, site, code, error.problems)
    return _back(study, code)


@require_POST
@needs("allocate")
def draw_page(request: HttpRequest, study: str, code: str) -> HttpResponse:
    """Draw the arm of the participant, or of each listed lesion; a second post shows what the first one drew."""
    reading, scope, site = opened(request, study, code)
    if not scope.may("allocate", site):
        return refused(request, _("The draw needs the right “allocate” at the site of the participant."))
    door = verbs.door(study)
    if progress_of(door, code).drawn:
        return _back(study, code)
    try:
        draw_arms(door, secret_of(home(), door), code, scope.author("allocate", site))
    except RefusedError as error:
        return _draw_page(request, reading, scope, site, code, error.problems)
    return _back(study, code)


def _number(request: HttpRequest) -> int:
    """Return the version of the list that the page was made from; -1, which no list has, when it is missing."""
    text = request.POST.get("_expected", "")
    return int(text) if text.isdecimal() and len(text) < 10 else -1


def _back(study: str, code: str) -> HttpResponse:
    return SeeOther(reverse("allocation", args=[study, code]))


def _draw_page(
    request: HttpRequest,
    reading: Reading,
    scope: Scope,
    site: str,
    code: str,
    problems: tuple[Problem, ...] = (),
) -> HttpResponse:
    cards = [] if scope.blinded else lesion_cards(reading, scope)
    progress = progress_of(verbs.door(reading.study), code)
    arm = reading.protocol.arm(reading.arms.get(code, ""))
    context: dict[str, Any] = {
        "study": reading.study,
        "protocol": reading.protocol,
        "here": "allocation",
        "code": code,
        "progress": progress,
        "to_freeze": [card for card in cards if card.id in progress.targets],
        "listed": [card for card in cards if progress.lesions and card.id in progress.lesions.lesions],
        "later": [card for card in cards if progress.drawn and not card.listed],
        "shapes": drawn_shapes(),
        "arm": None if scope.blinded else arm,
        "only": reading.protocol.arms[0] if progress.unit == "none" and reading.protocol.arms else None,
        "may": {name: scope.may(name, site) for name in ("freeze_lesions", "allocate", "unblind")},
        "person": scope.person,
        "can": {
            right: who_can(reading.study, right, site) for right in ("freeze_lesions", "allocate", "keep_allocation")
        },
        "summary": [("", f"{one.what} {one.instead}") for one in problems],
        "reason": request.POST.get("_reason", ""),
    }
    return render(request, "treatment_desk/allocation.html", context, status=422 if problems else 200)


HERE = "<slug:study>/participants/<str:code>/allocation/"
urlpatterns = [
    path(HERE, allocation_page, name="allocation"),
    path(f"{HERE}freeze/", freeze_page, name="freeze_lesions"),
    path(f"{HERE}open/", unfreeze_page, name="unfreeze_lesions"),
    path(f"{HERE}draw/", draw_page, name="draw"),
]
