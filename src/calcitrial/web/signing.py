"""Proving once more who one is, at the moment of signing (21 CFR 11.200(a))."""

from django.contrib.auth import authenticate
from django.contrib.auth.signals import user_login_failed
from django.http import HttpRequest

from calcitrial.people import has_factor, second_factor_holds
from calcitrial.protocol import Problem, refuse
from calcitrial.record import now
from calcitrial.web.sign_in_pages import may_sign

SIGNED = "signed"


def reauthenticate(request: HttpRequest, password: str, code: str) -> None:
    """Return when the person who is signed in proves it again; RefusedError with a sentence otherwise.

    The first signing of a session takes two components: the password, and the code of the second factor or, without
    one, the own user name in its place. Later ones take the password. Wrong tries count towards the lockout, and an
    account that an administrator reset cannot sign before its owner enrolled again.
    """
    name = request.user.get_username()
    _first_component(request, name, password)
    if request.session.get(SIGNED):
        return
    _second_component(request, name, code)
    request.session[SIGNED] = True


def prove_both(request: HttpRequest, name: str, password: str, code: str) -> None:
    """Return when this person proves with both components who they are; RefusedError with a sentence otherwise.

    For a script: a token is no component of a signature, and it has no session, so each signing takes both.
    """
    _first_component(request, name, password)
    _second_component(request, name, code)


def _first_component(request: HttpRequest, name: str, password: str) -> None:
    barred = may_sign(name)
    refuse([Problem("signature", barred, "Nothing was signed.")] if barred else [])
    if authenticate(request, username=name, password=password) is None:
        refuse([Problem("password", "The password is not right.", "Nothing was signed; type your own password.")])


def _second_component(request: HttpRequest, name: str, code: str) -> None:
    factor = has_factor(name)
    held = second_factor_holds(name, code, now()) if factor else code.strip().casefold() == name.casefold()
    if not held:
        user_login_failed.send(__name__, credentials={"username": name}, request=request)
        second = "the code of your app" if factor else "your user name"
        what = "The first signature of a session needs two components, and the second is not right."
        refuse([Problem("code", what, f"Nothing was signed; type the password and {second}.")])
