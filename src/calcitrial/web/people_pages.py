"""The people of one study for its administrator: grants, training, delegation log, and releases per site."""

from collections.abc import Callable, Mapping
from typing import Any

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_http_methods

from calcitrial.people import (
    Grant,
    Scope,
    Task,
    Training,
    delegate,
    delegations,
    demand,
    demands_of,
    grant,
    orphaned,
    principals,
    record_training,
    release_version,
    releases,
    revoke,
    rights,
    rights_at,
    roles,
    sites_without_principal,
    tasks,
    trainings,
    withdraw_release,
    without_delegation,
)
from calcitrial.protocol import Problem, RefusedError
from calcitrial.quality import sites_now
from calcitrial.record import Gateway, gateway, now
from calcitrial.version import __version__
from calcitrial.web.asked import day_asked, moment_asked
from calcitrial.web.reading import protocol_or_404
from calcitrial.web.scoping import needs, refused, scope_of

Told = Mapping[str, str]


@needs("see_people")
@require_http_methods(["GET", "HEAD", "POST"])
def people_page(request: HttpRequest, study: str) -> HttpResponse:
    """Show who may do what in a study, now or at a past moment; a sent form is one act and one submission."""
    if request.method != "POST":
        return _show(request, study, [], 200)
    act = request.POST.get("act", "")
    if act not in ACTS:
        return refused(request, "This page knows no such act, so nothing was entered.")
    capability, enter = ACTS[act]
    scope = scope_of(request, study)
    if not scope.may(capability):
        return refused(request, f"This needs the right “{capability.replace('_', ' ')}” in {study}.")
    try:
        enter(gateway(study, __version__), scope, {name: str(value) for name, value in request.POST.items()})
    except RefusedError as error:
        return _show(request, study, list(error.problems), 422)
    return HttpResponseRedirect(reverse("people", args=[study]), status=303)


def _show(request: HttpRequest, study: str, problems: list[Problem], status: int) -> HttpResponse:
    protocol, scope = protocol_or_404(study), scope_of(request, study)
    moment, wrong = moment_asked(request.GET.get("at", ""))
    context: dict[str, Any] = {
        "study": study,
        "protocol": protocol,
        "here": "people",
        "rights": rights_at(study, moment) if moment else rights(study),
        "at": moment,
        "problems": [*problems, *wrong],
        "act": request.POST.get("act", ""),
        "typed": request.POST,
        "trainings": trainings(study),
        "delegations": delegations(study),
        "releases": releases(study),
        "definition": protocol.digest,
        "role_names": [(name, name.replace("_", " ")) for name in sorted(roles())],
        "task_names": sorted(tasks()),
        "demands": demands_of(study),
        "undelegated": without_delegation(study, now().date()),
        "principals": sorted(principals(study, now().date()).items()),
        "without_principal": sites_without_principal(study, _sites(study), now().date()),
        "orphaned": orphaned(study, now().date()),
        "today": now().date(),
        "manages": scope.may("manage_people"),
        "delegates": scope.may("delegate"),
        "releases_versions": scope.may("release_version"),
    }
    return render(request, "people/study.html", context, status=status)


def _sites(study: str) -> set[str]:
    """Return the sites at which somebody has a role that counts, or that have participants."""
    return {one.site for one in rights(study) if one.counts} | set(sites_now(study).values())


def _grant(door: Gateway, scope: Scope, told: Told) -> None:
    since, until = day_asked(told, "since"), day_asked(told, "until", needed=False)
    one = Grant(told.get("person", "").strip(), told.get("role", ""), told.get("site", "").strip(), since, until)
    grant(door, one, scope.author("manage_people"), told.get("reason", ""))


def _revoke(door: Gateway, scope: Scope, told: Told) -> None:
    person, role, site = (told.get(name, "") for name in ("person", "role", "site"))
    revoke(door, person, role, site, scope.author("manage_people"), told.get("reason", ""))


def _train(door: Gateway, scope: Scope, told: Told) -> None:
    on, until = day_asked(told, "since"), day_asked(told, "until", needed=False)
    one = Training(told.get("person", ""), told.get("topic", ""), on, until)
    record_training(door, one, scope.author("manage_people"), told.get("reason", ""))


def _delegate(door: Gateway, scope: Scope, told: Told) -> None:
    since, until = day_asked(told, "since"), day_asked(told, "until", needed=False)
    site = told.get("site", "").strip()
    one = Task(told.get("person", ""), told.get("task", ""), site, since, until)
    delegate(door, one, _author(scope, "delegate", site), told.get("reason", ""))


def _release(door: Gateway, scope: Scope, told: Told) -> None:
    by, on = scope.author("release_version"), day_asked(told, "since")
    release_version(door, told.get("site", "").strip(), told.get("approval", ""), on, by, told.get("reason", ""))


def _withdraw(door: Gateway, scope: Scope, told: Told) -> None:
    withdraw_release(door, told.get("site", ""), scope.author("release_version"), told.get("reason", ""))


def _rule(door: Gateway, scope: Scope, told: Told) -> None:
    by = scope.author("manage_people")
    demand(door, told.get("what", ""), told.get("role", ""), told.get("says", ""), by, told.get("reason", ""))


def _author(scope: Scope, capability: str, site: str) -> Any:
    """Return the author at this site; RefusedError when the person has the right at another site only."""
    if not scope.may(capability, site):
        what = f"You may do this at {', '.join(sorted(scope.sites(capability) or ()))}, not at {site or 'all sites'}."
        raise RefusedError([Problem("site", what, "Name your own site.")])
    return scope.author(capability, site)


Act = Callable[[Gateway, Scope, Told], None]
ACTS: dict[str, tuple[str, Act]] = {
    "grant": ("manage_people", _grant),
    "revoke": ("manage_people", _revoke),
    "train": ("manage_people", _train),
    "delegate": ("delegate", _delegate),
    "rule": ("manage_people", _rule),
    "release": ("release_version", _release),
    "withdraw": ("release_version", _withdraw),
}
