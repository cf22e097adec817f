"""What Django says of signing in and out becomes account events, and binds the session to its client."""

from importlib import import_module
from typing import Any

from django.contrib.auth.signals import user_logged_in, user_logged_out, user_login_failed
from django.http import HttpRequest

from calcitrial.people.client import client_digest
from calcitrial.people.events import happened, model
from calcitrial.record import now


def watch() -> None:
    """Listen to the signals of signing in; called once, when Django is ready."""
    user_logged_in.connect(_signed_in, dispatch_uid="calcitrial.people")
    user_logged_out.connect(_signed_out, dispatch_uid="calcitrial.people")
    user_login_failed.connect(_failed, dispatch_uid="calcitrial.people")
    # axes reads the settings when it is imported, so it cannot be imported before Django is ready.
    import_module("axes.signals").user_locked_out.connect(_locked_out, dispatch_uid="calcitrial.people")


def _signed_in(sender: object, request: HttpRequest, user: Any, **_more: object) -> None:
    moment = int(now().timestamp())
    card = model("Card").objects.filter(user=user).first()
    request.session["client"] = client_digest(request)
    request.session["began"] = request.session["seen"] = moment
    request.session["must_change"] = bool(card and card.must_change)
    happened("signed_in", user.get_username())


def _signed_out(sender: object, user: Any = None, **_more: object) -> None:
    if user is not None:
        happened("signed_out", user.get_username())


def _failed(sender: object, credentials: dict[str, Any], **_more: object) -> None:
    """Note the failure; a name that nobody has is left out, because people type their password there by mistake."""
    name = _known(credentials)
    happened("failed", name, detail="" if name else "unknown user name")


def _locked_out(sender: object, username: str = "", **_more: object) -> None:
    happened("locked_out", _known({"username": username}))


def _known(credentials: dict[str, Any]) -> str:
    users = model("Card")._meta.get_field("user").related_model.objects
    found = users.filter(username__iexact=str(credentials.get("username") or "")).first()
    return found.get_username() if found else ""
