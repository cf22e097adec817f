"""Signing in and out, the password, the second factor, and in the demo the simulated people to sign in as."""

from ipaddress import ip_address
from typing import Any

import segno
from django.contrib.auth import authenticate, login, logout, update_session_auth_hash
from django.contrib.auth.signals import user_login_failed
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.safestring import mark_safe
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST
from django.views.i18n import set_language

from calcitrial.people import (
    card_of,
    change_password,
    enrol_factor,
    find_user,
    has_accounts,
    has_factor,
    key_address,
    new_key,
    password_aged,
    second_factor_holds,
    user_named,
)
from calcitrial.protocol import Problem, RefusedError
from calcitrial.record import now, studies
from calcitrial.web.home import home
from calcitrial.web.personas import personas
from calcitrial.web.scoping import for_signed_in, open_to, scope_of

WRONG = "User name, password and code do not fit together. After five wrong tries an account is locked for 15 minutes."
LOCKED = "There were too many wrong tries, so this account is locked for 15 minutes. Wait, or ask an administrator."
NO_PERSONA = "These one-click people are for the demo on this computer only."
BACKEND = "django.contrib.auth.backends.ModelBackend"


@open_to("who is not signed in must be able to sign in")
@sensitive_post_parameters("password", "code")
@require_http_methods(["GET", "HEAD", "POST"])
def sign_in_page(request: HttpRequest) -> HttpResponse:
    """Ask for user name, password and, where one is enrolled, the code of the second factor."""
    if request.method != "POST":
        return _sign_in_form(request, "", 200)
    found = find_user(request.POST.get("name", ""))
    name = found.get_username() if found else request.POST.get("name", "").strip().lower()
    user = authenticate(request, username=name, password=request.POST.get("password", ""))
    if user is None:
        return _sign_in_form(request, WRONG, 422)
    if has_factor(name) and not second_factor_holds(name, request.POST.get("code", ""), now()):
        user_login_failed.send(__name__, credentials={"username": name}, request=request)
        return _sign_in_form(request, WRONG, 422)
    _enter(request, user)
    return HttpResponseRedirect(_first_page(request))


def _first_page(request: HttpRequest) -> str:
    """Return the page that was asked for; else what is due in the only study of this person, or the list of theirs."""
    asked = _next(request)
    mine = [scope for scope in (scope_of(request, study) for study in studies()) if scope.grants]
    if asked != reverse("studies") or len(mine) != 1:
        return asked
    page = "worklist" if mine[0].may("read_images") else "today" if mine[0].may("see_today") else ""
    return reverse(page, args=[mine[0].study]) if page else asked


def _enter(request: HttpRequest, user: Any) -> None:
    login(request, user, backend=BACKEND)
    if password_aged(user.get_username(), now()):
        request.session["must_change"] = True


def _sign_in_form(request: HttpRequest, sentence: str, status: int) -> HttpResponse:
    context = {
        "sentence": sentence,
        "next": _next(request),
        "name": request.POST.get("name", ""),
        "empty": not has_accounts(),
        "personas": personas() if _demo_here(request) else [],
    }
    return render(request, "people/sign_in.html", context, status=status)


def _next(request: HttpRequest) -> str:
    """Return the page that was asked for before signing in; never one of another host."""
    asked = request.POST.get("next") or request.GET.get("next") or ""
    safe = url_has_allowed_host_and_scheme(asked, {request.get_host()}, require_https=request.is_secure())
    return asked if safe else reverse("studies")


def locked(request: HttpRequest, *_told: object) -> HttpResponse:
    """Say that an account is locked after too many wrong tries (called by axes)."""
    return _sign_in_form(request, LOCKED, 429)


def _demo_here(request: HttpRequest) -> bool:
    """Return whether this home is a demo's and the browser is on this computer."""
    try:
        here = ip_address(request.META.get("REMOTE_ADDR", "")).is_loopback
    except ValueError:
        here = False
    return here and (home() / "SIMULATED").is_file()


@open_to("simulated people of a demo home, on this computer only")
@require_POST
def persona_page(request: HttpRequest) -> HttpResponse:
    """Sign in as one of the simulated people of a demo home."""
    name = request.POST.get("person", "")
    known = {one.name for one in personas()} if _demo_here(request) else set()
    if name not in known:
        return _sign_in_form(request, NO_PERSONA, 403)
    _enter(request, find_user(name))
    return HttpResponseRedirect(_first_page(request))


@for_signed_in
@require_POST
def sign_out_page(request: HttpRequest) -> HttpResponse:
    """End the session and go to the sign-in page."""
    logout(request)
    return HttpResponseRedirect(reverse("sign_in"))


@open_to("the language of the pages is nobody's secret")
@require_POST
def language_page(request: HttpRequest) -> HttpResponse:
    """Change the language of the pages for this browser."""
    return set_language(request)


@for_signed_in
@sensitive_post_parameters()
@require_http_methods(["GET", "HEAD", "POST"])
def password_page(request: HttpRequest) -> HttpResponse:
    """Let the owner of an account change its password."""
    problems: list[Problem] = []
    if request.method == "POST":
        name, new = request.user.get_username(), request.POST.get("new", "")
        try:
            _same(new, request.POST.get("again", ""))
            change_password(name, request.POST.get("old", ""), new)
        except RefusedError as error:
            problems = list(error.problems)
        else:
            _go_on(request, name)
            return HttpResponseRedirect(reverse("account"))
    context = {"problems": problems, "forced": bool(request.session.get("must_change"))}
    return render(request, "people/password.html", context, status=422 if problems else 200)


def _same(new: str, again: str) -> None:
    if new != again:
        raise RefusedError([Problem("again", "The two new passwords differ.", "Type the same one twice.")])


def _go_on(request: HttpRequest, name: str) -> None:
    """Keep this session alive over the change of password, which ends all others."""
    user = user_named(name)
    update_session_auth_hash(request, user)
    request.session["must_change"] = False


@for_signed_in
@sensitive_post_parameters()
@require_http_methods(["GET", "HEAD", "POST"])
def factor_page(request: HttpRequest) -> HttpResponse:
    """Enrol an app as second factor: its QR picture, then the password and the first code, then recovery codes once."""
    name, sentences = request.user.get_username(), []
    key = request.session.setdefault("new_factor", new_key())
    if request.method == "POST":
        try:
            _own(request, name)
            codes = enrol_factor(name, key, request.POST.get("code", ""), now())
        except RefusedError as error:
            sentences = [f"{problem.what} {problem.instead}" for problem in error.problems]
        else:
            del request.session["new_factor"]
            return render(request, "people/recovery.html", {"codes": codes})
    picture = segno.make(key_address(name, key)).svg_inline(scale=5, border=2, light="#fff", omitsize=False)
    context = {"picture": mark_safe(picture), "key": key, "sentences": sentences, "has": has_factor(name)}
    return render(request, "people/factor.html", context, status=422 if sentences else 200)


def _own(request: HttpRequest, name: str) -> None:
    """Refuse when the password is wrong, or when the present second factor is not shown to replace it."""
    if authenticate(request, username=name, password=request.POST.get("password", "")) is None:
        raise RefusedError([Problem("password", "The password is not right.", "Type your own password.")])
    if has_factor(name) and not second_factor_holds(name, request.POST.get("present", ""), now()):
        what = "The code of the app that is enrolled now is not right."
        raise RefusedError([Problem("present", what, "Type it, or a recovery code; or ask for a reset.")])


def may_sign(name: str) -> str:
    """Return '' when an account may sign, or the sentence that says what its owner must do first."""
    card = card_of(name)
    if card.must_change:
        return "The first password is not changed yet. Change it, then sign."
    if card.reset:
        return "An administrator reset this account. Enrol an app as second factor again, then sign."
    return ""
