"""Locks and endorsements: what is still open, who took responsibility, and the act of locking or unlocking."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import path

from calcitrial.data_desk.quality_due import locks_due
from calcitrial.desk import attempt, author, prove, see, summary
from calcitrial.people import Scope
from calcitrial.protocol import Problem, refuse
from calcitrial.quality import (
    Endorsement,
    Lock,
    endorse,
    endorsements,
    final_problems,
    lock,
    locks,
    open_points_of,
    unlock,
)
from calcitrial.verbs import door as door_of
from calcitrial.web import needs, read_for, scope_of


@needs("see_participants")
def locks_page(request: HttpRequest, study: str) -> HttpResponse:
    """Show what stands between the data and their lock; lock, unlock and endorse here, each with a signature."""
    outcome = attempt(lambda: _act(request, study)) if request.method == "POST" else None
    if outcome and outcome.done:
        return see(request.path)
    reading, scope = read_for(request, study), scope_of(request, study)
    allowed = scope.sites()
    known = {site for site in reading.sites.values() if site}
    names = sorted(known if allowed is None else known & allowed)
    everything = allowed is None
    context = {
        "study": study,
        "protocol": reading.protocol,
        "here": "locks",
        "sites": _sites(study, scope, ["", *names] if everything else names),
        "may_lock": scope.may("lock", ""),
        "final": final_problems(study) if everything else [],
        "everything": everything,
        "typed": request.POST,
        "reason": request.POST.get("_reason", ""),
        "chosen": request.POST.get("_site"),
        "summary": summary(outcome.problems) if outcome else [],
    }
    return render(request, "data_desk/locks.html", context, status=outcome.status if outcome else 200)


def _sites(study: str, scope: Scope, names: list[str]) -> list[dict[str, Any]]:
    """Return one line per site, the study ('') first: lock, endorsement, and what is still open."""
    there, given = locks(study), endorsements(study)
    points = open_points_of(study, [name for name in names if name not in there or not there[name].locked])
    return [_site(scope, name, there.get(name), given.get(name), points.get(name, [])) for name in names]


def _site(scope: Scope, name: str, held: Lock | None, given: Endorsement | None, points: list[str]) -> dict[str, Any]:
    shut = held is not None and held.locked
    return {
        "name": name,
        "lock": held,
        "locked": shut,
        "version": held.version if held else 0,
        "endorsement": given,
        "points": points,
        "may_endorse": bool(name) and scope.may("endorse", name),
    }


def _act(request: HttpRequest, study: str) -> None:
    """Lock, unlock or endorse, as the button says; each asks again who signs."""
    act, site = request.POST.get("_act", ""), request.POST.get("_site", "")
    expected, reason = request.POST.get("_expected", "0"), request.POST.get("_reason", "")
    if act not in ("lock", "unlock", "endorse") or not expected.isdecimal():
        refuse([Problem("locks", "What was sent is not complete.", "Use a button of this page.")])
    by = author(request, study, "endorse", site) if act == "endorse" else author(request, study, "lock", "")
    name, door = prove(request), door_of(study)
    if act == "endorse":
        endorse(door, site, by, name)
    elif act == "lock":
        lock(door, site, reason, by, name, int(expected), request.POST.get("_despite", ""))
    else:
        unlock(door, site, reason, by, name, int(expected))


due = locks_due

urlpatterns = [path("<slug:study>/locks/", locks_page, name="locks")]
