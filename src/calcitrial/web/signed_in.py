"""What the frame of every page says of the person who is signed in."""

from typing import Any

from django.http import HttpRequest

from calcitrial.people import capabilities_of
from calcitrial.web.home import home
from calcitrial.web.scoping import scope_of


def who(request: HttpRequest) -> dict[str, Any]:
    """Return, for every template, who is signed in and in which roles here (a Django context processor)."""
    user = getattr(request, "user", None)
    if user is None or not user.is_authenticated:
        return {"path": request.get_full_path()}
    asked = getattr(request.resolver_match, "kwargs", {})
    scope = scope_of(request, asked["study"]) if asked.get("study") else None
    return {
        "who": user.get_username(),
        "roles": ", ".join(role.replace("_", " ") for role in scope.roles) if scope else "",
        "scope": scope,
        "may": [one for one in sorted(capabilities_of(scope.roles)) if scope.may(one)] if scope else [],
        "demo": (home() / "SIMULATED").is_file(),
        "keeps_people": user.is_staff,
        "path": request.get_full_path(),
    }
