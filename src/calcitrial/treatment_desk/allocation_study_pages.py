"""The allocation of a study: the commitment, the reveal of its secret, and the check that anybody can repeat."""

from typing import Any

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.urls import path, reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from calcitrial import verbs
from calcitrial.lesions import activate, assignments_of, reveal, secret_of
from calcitrial.people import Scope
from calcitrial.protocol import Problem, RefusedError
from calcitrial.treatment_desk.allocation_due import waiting
from calcitrial.treatment_desk.who_can import who_can
from calcitrial.visit_desk import SeeOther
from calcitrial.web import Reading, home, needs, read_for, refused, scope_of

KEEP = "keep_allocation"


@needs("see_participants")
def study_page(request: HttpRequest, study: str) -> HttpResponse:
    """Show the commitment to everybody, and the check of every arm to who may know arms, once it is revealed."""
    return _draw(request, study)


def _draw(request: HttpRequest, study: str, problems: tuple[Problem, ...] = ()) -> HttpResponse:
    scope, reading = scope_of(request, study), read_for(request, study)
    protocol = reading.protocol
    found = assignments_of(verbs.cut(study))
    context: dict[str, Any] = {
        "study": study,
        "protocol": protocol,
        "here": "allocation_of_study",
        "unit": protocol.allocation.unit,
        "commitment": found.commitment,
        "revealed": bool(found.secret),
        "blinded": scope.blinded,
        "may_keep": scope.may(KEEP) and not scope.blinded,
        "only": protocol.arms[0] if len(protocol.arms) == 1 and not scope.blinded else None,
        "gap": protocol.control.note if protocol.allocation.unit == "none" else "",
        "keepers": who_can(study, KEEP),
        "waiting": [] if scope.blinded else _waiting(scope, reading),
        "summary": [("", f"{one.what} {one.instead}") for one in problems],
        "reason": request.POST.get("reveal_reason", ""),
    }
    if not scope.blinded:
        faults = found.faults()
        context |= {"count": len(found.assignments), "faults": faults}
        if found.secret:
            context |= {"secret": found.secret.hex(), "rows": _rows(scope, study, request, found)}
    return render(request, "treatment_desk/allocation_of_study.html", context, status=422 if problems else 200)


def _waiting(scope: Scope, reading: Reading) -> list[dict[str, str]]:
    """Return who waits for which step, where it is done, and who can do it if the person who asks may not."""
    return [
        {
            "code": one.code,
            "words": one.words,
            "link": reverse("allocation", args=[reading.study, one.code]),
            "who": "" if scope.may(one.capability, one.site) else who_can(reading.study, one.capability, one.site),
        }
        for one in waiting(reading)
        if scope.sees(one.site)
    ]


def _rows(scope: Scope, study: str, request: HttpRequest, found: Any) -> list[tuple[Any, str]]:
    """Return the assignments of the participants whom the person sees, each with the arm that the secret gives."""
    seen = set(read_for(request, study).rows["participant"])
    return [(one, found.expected(one)) for one in found.assignments if one.participant in seen]


@require_POST
@needs(KEEP)
def activate_page(request: HttpRequest, study: str) -> HttpResponse:
    """Make the secret and enter the commitment, once."""
    return _kept(request, study, lambda by: activate(verbs.door(study), home(), by))


@require_POST
@needs(KEEP)
def reveal_page(request: HttpRequest, study: str) -> HttpResponse:
    """Enter the secret with a reason, so that every arm can be checked."""
    reason = request.POST.get("reveal_reason", "").strip()

    def act(by: Any) -> object:
        door = verbs.door(study)
        return reveal(door, secret_of(home(), door), reason, by)

    return _kept(request, study, act)


def _kept(request: HttpRequest, study: str, act: Any) -> HttpResponse:
    scope = scope_of(request, study)
    if scope.blinded:
        return refused(request, _("You are blinded in this study, so you cannot keep its allocation."))
    try:
        act(scope.author(KEEP))
    except RefusedError as error:
        return _draw(request, study, error.problems)
    return SeeOther(reverse("allocation_of_study", args=[study]))


@needs("see_arms")
def allocation_file(request: HttpRequest, study: str) -> HttpResponse:
    """Return the file that docs/check_allocation.py checks; without assignments before the reveal."""
    if scope_of(request, study).blinded or scope_of(request, study).sites("see_arms") is not None:
        return refused(request, _("The file holds arms of all sites, so it is for who sees them all."))
    response = JsonResponse(assignments_of(verbs.cut(study)).to_json())
    response.headers["Content-Disposition"] = f'attachment; filename="{study}-allocation.json"'
    return response


urlpatterns = [
    path("<slug:study>/allocation/", study_page, name="allocation_of_study"),
    path("<slug:study>/allocation/activate/", activate_page, name="activate"),
    path("<slug:study>/allocation/reveal/", reveal_page, name="reveal"),
    path("<slug:study>/allocation/allocation.json", allocation_file, name="allocation_file"),
]
