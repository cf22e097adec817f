"""Written policies: what is in force, its text, and each person's signature under it before they sign anything else."""

from collections.abc import Iterator
from datetime import date
from pathlib import Path

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import path, reverse
from django.utils.translation import gettext

from calcitrial.desk import Due, attempt, author, prove, see, summary
from calcitrial.people import Scope
from calcitrial.protocol import Problem, refuse
from calcitrial.quality import (
    Policy,
    acknowledge,
    acknowledgements,
    add_policy,
    in_force,
    policies,
    policy_text,
    unacknowledged,
)
from calcitrial.record import current_rows, now, protocol_of
from calcitrial.verbs import door as door_of
from calcitrial.web import Reading, home, needs, scope_of

FORMS = ("policy", "policy_acknowledgement")
READ, RELEASE = "see_protocol", "release_version"


def folder_of_policies() -> Path:
    """Return where the texts of policies lie."""
    return home() / "policies"


@needs(READ)
def policies_page(request: HttpRequest, study: str) -> HttpResponse:
    """List the policies with who acknowledged them; an administrator releases a version here."""
    outcome = attempt(lambda: _release(request, study)) if request.method == "POST" else None
    if outcome and outcome.done:
        return see(request.path)
    scope, rows = scope_of(request, study), current_rows(study, "", FORMS)
    today, told = now().date(), acknowledgements(rows)
    standing = in_force(rows, today)
    mine = unacknowledged(rows, scope.person, today)
    everybody = scope.may("see_people")
    context = {
        "study": study,
        "protocol": protocol_of(study),
        "here": "policies",
        "lines": [
            (
                one,
                one in standing,
                one in mine,
                [each for each in told if each.policy == one.key and (everybody or each.person == scope.person)],
            )
            for one in policies(rows)
        ],
        "may_release": scope.may(RELEASE),
        "today": today,
        "summary": summary(outcome.problems) if outcome else [],
    }
    context |= {name: request.POST.get(f"_{name}", "") for name in ("name", "version", "title", "text")}
    return render(request, "data_desk/policies.html", context, status=outcome.status if outcome else 200)


def _release(request: HttpRequest, study: str) -> None:
    by, told = author(request, study, RELEASE), request.POST
    try:
        since = date.fromisoformat(told.get("_since", ""))
    except ValueError:
        refuse([Problem("since", f"{told.get('_since', '')[:20]!r} is no date.", "Write YYYY-MM-DD.")])
        raise AssertionError from None
    name, version, title = (told.get(f"_{one}", "").strip() for one in ("name", "version", "title"))
    one = Policy(name, version, title, since)
    add_policy(door_of(study), folder_of_policies(), one, told.get("_text", ""), by)


@needs(READ)
def policy_page(request: HttpRequest, study: str, name: str, version: str) -> HttpResponse:
    """Show the text of a version, and take the signature of who reads it."""
    found = named(study, name, version)
    outcome = attempt(lambda: _sign(request, study, found)) if request.method == "POST" else None
    if outcome and outcome.done:
        return see(reverse("policies", args=[study]))
    scope, rows = scope_of(request, study), current_rows(study, "", FORMS)
    context = {
        "study": study,
        "protocol": protocol_of(study),
        "here": "policies",
        "policy": found,
        "text": policy_text(folder_of_policies(), found),
        "waits": found in unacknowledged(rows, scope.person, now().date()),
        "mine": [o for o in acknowledgements(rows) if o.person == scope.person and o.policy == found.key],
        "summary": summary(outcome.problems) if outcome else [],
    }
    return render(request, "data_desk/policy.html", context, status=outcome.status if outcome else 200)


def _sign(request: HttpRequest, study: str, policy: Policy) -> None:
    by = author(request, study, READ)
    acknowledge(door_of(study), policy, by, prove(request))


def named(study: str, name: str, version: str) -> Policy:
    """Return a version of a policy; Http404 with a sentence when there is none of this name."""
    rows = current_rows(study, "", FORMS)
    found = next((one for one in policies(rows) if (one.name, one.version) == (name, version)), None)
    if found is None:
        raise Http404(f"There is no policy {name!r} in version {version!r}. Choose one from the list.")
    return found


def due(reading: Reading, scope: Scope, today: date) -> Iterator[Due]:
    """Yield the policies that the person has not signed yet."""
    for one in unacknowledged(current_rows(reading.study, "", FORMS), scope.person, today):
        words = gettext("Read and sign the policy “%(title)s”") % {"title": one.title}
        link = reverse("policy", args=[reading.study, one.name, one.version])
        yield Due("signature", words, link, one.since, False, READ)


urlpatterns = [
    path("<slug:study>/policies/", policies_page, name="policies"),
    path("<slug:study>/policies/<str:name>/<str:version>/", policy_page, name="policy"),
]
