"""One's own account, and for who keeps the home all of them, with the log of what happened to each."""

from collections.abc import Callable, Mapping
from functools import wraps
from typing import Any

from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_GET, require_http_methods

from calcitrial.people import (
    NewAccount,
    accounts_at,
    add_account,
    altered,
    card_of,
    deactivate,
    events,
    has_factor,
    issue_token,
    reset_account,
    revoke_token,
    tokens_of,
)
from calcitrial.protocol import Problem, RefusedError
from calcitrial.record import now, studies
from calcitrial.web.asked import moment_asked
from calcitrial.web.scoping import View, for_signed_in, refused, scope_of

EVENTS_PER_PAGE = 200
KEEPS_ACCOUNTS = "keep the accounts of the home"


def for_keepers(view: View) -> View:
    """Return the view as one that opens to administrators of the home only."""

    @wraps(view)
    def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        if request.user.is_staff:
            return view(request, *args, **kwargs)
        return refused(request, "This page is for administrators of this home.")

    guarded.capability = KEEPS_ACCOUNTS  # type: ignore[attr-defined]
    return guarded


@for_signed_in
@require_http_methods(["GET", "HEAD", "POST"])
def account_page(request: HttpRequest) -> HttpResponse:
    """Show one's own account: roles, second factor and tokens; issue a token, or revoke one."""
    problems: list[Problem] = []
    fresh, name = "", request.user.get_username()
    if request.method == "POST":
        try:
            fresh = _token(request, name)
        except RefusedError as error:
            problems = list(error.problems)
        else:
            if not fresh:
                return HttpResponseRedirect(reverse("account"), status=303)
    mine = [(study, scope_of(request, study)) for study in studies()]
    context = {
        "card": card_of(name),
        "has": has_factor(name),
        "mine": [
            (study, ", ".join(role.replace("_", " ") for role in scope.roles)) for study, scope in mine if scope.grants
        ],
        "tokens": tokens_of(name),
        "today": now(),
        "fresh": fresh,
        "problems": problems,
    }
    return render(request, "people/account.html", context, status=422 if problems else 200)


def _token(request: HttpRequest, name: str) -> str:
    """Revoke the token that is named, or issue one that may do what its owner may; return it, '' when revoked."""
    if request.POST.get("revoke"):
        revoke_token(request.POST["revoke"], name, name, now())
        return ""
    study, days = request.POST.get("study", ""), request.POST.get("days", "")
    scope = scope_of(request, study)
    asked = [one for one in request.POST.get("capabilities", "").replace(",", " ").split() if one]
    over = [
        Problem("capabilities", f"You may not {one} in {study}.", "Leave it out.")
        for one in asked
        if not scope.may(one)
    ]
    if not days.isdecimal():
        over.append(Problem("days", f"{days!r} is no number of days.", "Write 1 to 365."))
    if over:
        raise RefusedError(over)
    return issue_token(name, study, asked, request.POST.get("label", ""), int(days), now())


Told = Mapping[str, str]


@for_keepers
@require_http_methods(["GET", "HEAD", "POST"])
def accounts_page(request: HttpRequest) -> HttpResponse:
    """List the accounts of the home, now or at a past moment; add, reset or deactivate one."""
    problems: list[Problem] = []
    fresh: tuple[str, str] | None = None
    if request.method == "POST":
        told = {name: str(value) for name, value in request.POST.items()}
        try:
            fresh = ACTS.get(told.get("act", ""), _unknown)(told, request.user.get_username())
        except RefusedError as error:
            problems = list(error.problems)
        else:
            if fresh is None:
                return HttpResponseRedirect(reverse("accounts"), status=303)
    moment, wrong = moment_asked(request.GET.get("at", ""))
    context = {
        "accounts": accounts_at(moment),
        "at": moment,
        "problems": [*problems, *wrong],
        "typed": request.POST if problems else {},
        "fresh": fresh,
    }
    return render(request, "people/accounts.html", context, status=422 if problems else 200)


def _add(told: Told, by: str) -> tuple[str, str] | None:
    name = told.get("name", "").strip()
    new = NewAccount(name, told.get("full_name", "").strip(), told.get("identity", "").strip(), "administrator" in told)
    return name, add_account(new, by)


def _reset(told: Told, by: str) -> tuple[str, str] | None:
    _not_oneself(told, by)
    return told.get("name", ""), reset_account(told.get("name", ""), by, told.get("reason", ""))


def _deactivate(told: Told, by: str) -> tuple[str, str] | None:
    _not_oneself(told, by)
    deactivate(told.get("name", ""), by, told.get("reason", ""))
    return None


def _not_oneself(told: Told, by: str) -> None:
    if told.get("name", "").casefold() == by.casefold():
        raise RefusedError([Problem("name", "This is your own account.", "Let another administrator do it.")])


def _unknown(_told: Told, _by: str) -> tuple[str, str] | None:
    raise RefusedError([Problem("act", "This page knows no such act.", "Load it again.")])


ACTS: dict[str, Callable[[Told, str], tuple[str, str] | None]] = {
    "add": _add,
    "reset": _reset,
    "deactivate": _deactivate,
}


@for_keepers
@require_GET
def log_page(request: HttpRequest) -> HttpResponse:
    """Show what happened to accounts, the latest first, and whether the chain of these events is whole."""
    found = events(request.GET.get("person", ""))[::-1]
    page = Paginator(found, EVENTS_PER_PAGE).get_page(request.GET.get("page"))
    context = {"page": page, "altered": altered(), "query": request.GET, "person": request.GET.get("person", "")}
    return render(request, "people/log.html", context)
