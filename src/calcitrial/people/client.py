"""The client that a session is bound to."""

import hashlib

from django.http import HttpRequest


def client_digest(request: HttpRequest) -> str:
    """Return the digest of what the client says of itself; a session is bound to it (21 CFR 11.10(h))."""
    return hashlib.sha256(request.headers.get("User-Agent", "").encode()).hexdigest()
