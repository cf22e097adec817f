"""Accounts: made once, never made again under the same name, reset and ended with a reason."""

import re
import secrets
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache
from typing import Any

from django.contrib.auth import get_user_model
from django.contrib.auth.hashers import make_password
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.db import transaction

from calcitrial.people.events import happened, model
from calcitrial.protocol import Problem, refuse
from calcitrial.record import now

NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9 ._@-]{0,62}[A-Za-z0-9]|[A-Za-z0-9]")
PASSWORD_DAYS = 365
LONGEST = 2_000  # signs of a reason
# The author of what is done at the command line of the home, where nobody is signed in.
KEEPER = "keeper of the home"


@dataclass(frozen=True)
class NewAccount:
    """What is said of a person when their account is made; `identity` is how it was verified who they are."""

    name: str
    full_name: str = ""
    identity: str = ""
    administrator: bool = False
    persona: bool = False


def user_model() -> Any:
    """Return the class of users; looked up when called, so that the room can be imported before Django is set up."""
    return get_user_model()


def find_user(name: str) -> Any | None:
    """Return the account of this name, whatever the case of its letters, or None."""
    return user_model().objects.filter(username__iexact=name.strip()).first() if name.strip() else None


def user_named(name: str) -> Any:
    """Return the account of this name; RefusedError when nobody has it."""
    found = find_user(name)
    if found is None:
        refuse([Problem("person", f"Nobody here has the user name {name!r}.", "Make the account first.")])
    return found


def card_of(name: str) -> Any:
    """Return the card of an account (who it is, second factor, state); RefusedError when nobody has the name."""
    return model("Card").objects.get(user=user_named(name))


def has_accounts() -> bool:
    """Return whether this home has any account."""
    return bool(user_model().objects.exists())


def personas() -> frozenset[str]:
    """Return the names of accounts that stand for nobody: the simulated people of a demo."""
    found = model("Card").objects.filter(persona=True, user__is_active=True)
    return frozenset(found.values_list("user__username", flat=True))


def add_account(one: NewAccount, by: str, password: str = "", clock: Callable[[], datetime] = now) -> str:
    """Make an account and return its first password, which its owner must change at the first sign-in.

    A name is never given twice, also when its first owner has left (21 CFR 11.100(a)); who the person is must have
    been verified before (11.100(b)). Raises RefusedError with every problem.
    """
    refuse(list(_objections(one)))
    first = password or secrets.token_urlsafe(12)
    with transaction.atomic():
        if find_user(one.name):
            what = f"The user name {one.name} was given before, and a name is never given twice."
            refuse([Problem("name", what, "Choose another one.")])
        user = user_model()(username=one.name, is_staff=one.administrator)
        user.password = _shared(first) if one.persona else make_password(first)
        user.save()
        model("Card").objects.create(
            user=user,
            full_name=one.full_name,
            identity=one.identity,
            must_change=not password,
            persona=one.persona,
            password_at=clock(),
        )
        happened("created", one.name, by, one.full_name, clock)
        happened("identity", one.name, by, one.identity, clock)
        if one.administrator:
            happened("administrator", one.name, by, "", clock)
    return first


@cache
def _shared(password: str) -> str:
    """Return the stored form of the one password that all simulated people share."""
    return make_password(password)


def _objections(one: NewAccount) -> Sequence[Problem]:
    found = []
    if not NAME.fullmatch(one.name):
        what = f"{one.name!r} cannot be a user name."
        found.append(Problem("name", what, "Use up to 64 letters, digits, points, hyphens, such as nora.nurse."))
    if not one.identity.strip():
        what = "It is not said how the person's identity was verified."
        found.append(Problem("identity", what, "Say how, such as: passport seen by the site manager."))
    return found


def deactivate(name: str, by: str, reason: str, clock: Callable[[], datetime] = now) -> None:
    """End an account for good: live sessions and tokens end with it, and its name stays taken."""
    _reason(reason)
    user = user_named(name)
    if not user.is_active:
        refuse([Problem("person", f"{name} is deactivated already.", "Nothing is left to do.")])
    with transaction.atomic():
        user.is_active = False
        # Sessions carry a digest of the password's hash, so none would live again with the account.
        user.set_unusable_password()
        user.save()
        model("Token").objects.filter(person=user.username, revoked_at=None).update(revoked_at=clock())
        happened("deactivated", user.username, by, reason, clock)


def reset_account(name: str, by: str, reason: str, clock: Callable[[], datetime] = now) -> str:
    """Give an account a new first password and take its second factor away; return the password.

    Until its owner has chosen a password and enrolled a second factor anew, the account cannot sign: whoever reset
    it could otherwise sign in its owner's name (21 CFR 11.200(a)(3)).
    """
    _reason(reason)
    user = user_named(name)
    if not user.is_active:
        refuse([Problem("person", f"{name} is deactivated.", "Make a new account under another name.")])
    first = secrets.token_urlsafe(12)
    with transaction.atomic():
        user.set_password(first)
        user.save()
        changed = {"must_change": True, "reset": True, "totp": "", "recovery": "", "password_at": clock()}
        model("Card").objects.filter(user=user).update(**changed)
        model("Token").objects.filter(person=user.username, revoked_at=None).update(revoked_at=clock())
        happened("reset", user.username, by, reason, clock)
    return first


def change_password(name: str, old: str, new: str, clock: Callable[[], datetime] = now) -> None:
    """Let the owner change the password; RefusedError lists what is wrong with the new one."""
    user = user_named(name)
    if not user.check_password(old):
        refuse([Problem("old", "The present password is not right.", "Type the password you signed in with.")])
    found = [Problem("new", "The new password is the present one.", "Choose another.")] if old == new else []
    try:
        validate_password(new, user)
    except ValidationError as error:
        found += [Problem("new", str(message), "Choose another.") for message in error.messages]
    refuse(found)
    with transaction.atomic():
        user.set_password(new)
        user.save()
        model("Card").objects.filter(user=user).update(must_change=False, password_at=clock())
        happened("password", user.username, clock=clock)


def password_aged(name: str, moment: datetime) -> bool:
    """Return whether the password is so old that it must be changed (21 CFR 11.300(b))."""
    at = card_of(name).password_at
    return at is not None and moment - at > timedelta(days=PASSWORD_DAYS)


def _reason(reason: str) -> None:
    if not reason.strip():
        refuse([Problem("reason", "No reason is given.", "Say why; it stands in the log of accounts.")])
    if len(reason) > LONGEST:
        refuse([Problem("reason", f"The reason has {len(reason):,} signs.", f"Write at most {LONGEST:,}.")])
