"""The one place where a signature asks who signs: password and code again (21 CFR 11.200), then the printed name."""

from django.http import HttpRequest

from calcitrial.record import Author


def confirm(request: HttpRequest) -> None:
    """Ask for the components of the signature that the page sent; RefusedError when they do not hold.

    INTERIM: there are no accounts yet, so there is nothing to hold them against.
    """


def printed_name(by: Author) -> str:
    """Return the name under a signature as people read it."""
    return by.name
