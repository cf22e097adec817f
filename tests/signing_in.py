"""Signing in for tests: an account and a session as anywhere else, and a grant in the record or standing in for one."""

import hashlib
import os
from datetime import date

from django.test import Client

from calcitrial.people import (
    Grant,
    NewAccount,
    Scope,
    Training,
    add_account,
    find_user,
    grant,
    record_training,
    revoke,
    rights,
    scope_for,
    trainings,
    user_named,
)
from calcitrial.record import Author, gateway

ADMINISTRATOR = Author("ada", "administrator")
PASSWORD = "a simulated pass phrase"
LONG_AGO = date(2020, 1, 1)


def make_person(study: str, role: str, site: str = "", person: str = "") -> str:
    """Make an account with a password, a training and exactly one valid grant in the study; return its user name."""
    name = _account(person or role)
    door = gateway(study, "test")
    held = {(right.role, right.site) for right in rights(study) if right.person == name and right.why_not != "revoked"}
    for other in held - {(role, site)}:
        revoke(door, name, *other, ADMINISTRATOR, "another role")
    if name not in {one.person for one in trainings(study)}:
        record_training(door, Training(name, "GCP and protocol", LONG_AGO), ADMINISTRATOR)
    if (role, site) not in held:
        grant(door, Grant(name, role, site, LONG_AGO), ADMINISTRATOR, "works here")
    return name


def sign_in(client: Client, study: str, role: str, site: str = "", person: str = "") -> None:
    """Let every request of this client come from a person with one valid grant in the study.

    The grant stands beside the record (`stand_in`), so that a test counts its own submissions and no others.
    """
    name = _account(person or role)
    STANDING_IN[(here(), study, name)] = (role, site)
    _let_in(client, name)


def sign_in_by_grant(client: Client, study: str, role: str, site: str = "", person: str = "") -> None:
    """Sign in as a person whose training and only grant stand in the record itself."""
    name = make_person(study, role, site, person)
    STANDING_IN.pop((here(), study, name), None)
    _let_in(client, name)


# (home and database, study, person): (role, site)
STANDING_IN: dict[tuple[str, str, str], tuple[str, str]] = {}


def here() -> str:
    """Return which record is connected."""
    return f"{os.environ.get('CALCITRIAL_HOME')} {os.environ.get('CALCITRIAL_DATABASE')}"


def stand_in(study: str, person: str, on: date) -> Scope:
    """Return the scope of somebody whom `sign_in` let in, or else what the record says (as `people.scope_for`)."""
    held = STANDING_IN.get((here(), study, person))
    return Scope(study, person, (held,)) if held else scope_for(study, person, on)


def _account(name: str) -> str:
    if find_user(name) is None:
        add_account(NewAccount(name, f"{name} (simulated)", "simulated"), ADMINISTRATOR.name, PASSWORD)
    return name


def proof(person: str) -> dict[str, str]:
    """Return the fields with which a person who was signed in here signs."""
    return {"_password": PASSWORD, "_code": person}


def sign_in_keeper(client: Client, person: str = "ada") -> None:
    """Let every request of this client come from an administrator of the home."""
    if find_user(person) is None:
        add_account(NewAccount(person, "Ada (simulated)", "simulated", administrator=True), "test", PASSWORD)
    _let_in(client, person)


def _let_in(client: Client, name: str) -> None:
    """Begin a session of this person that is bound to this client, as the sign-in page would."""
    client.force_login(user_named(name), backend="django.contrib.auth.backends.ModelBackend")
    session = client.session
    session["client"] = hashlib.sha256(client.defaults.get("HTTP_USER_AGENT", "").encode()).hexdigest()
    session.save()


def sign_in_browser(page: object, address: str, name: str, password: str = PASSWORD) -> None:
    """Sign in a browser's page (playwright) through the form."""
    page.goto(f"{address}/sign-in/")  # type: ignore[attr-defined]
    for label, text in (("#name", name), ("#password", password)):
        page.fill(label, text)  # type: ignore[attr-defined]
    page.click("main form[action$='/sign-in/'] button")  # type: ignore[attr-defined]
    page.wait_for_url(lambda url: "sign-in" not in url)  # type: ignore[attr-defined]
