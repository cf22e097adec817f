"""Signing in for tests: as which role, at which site, a client asks."""

from django.test import Client


def sign_in(client: Client, study: str, role: str, site: str = "", person: str = "") -> None:
    """Let every request of this client come from a person with one valid grant in the study."""
    client.defaults["HTTP_X_INTERIM_ROLE"] = f"{role}|{site}|{person or role}"
