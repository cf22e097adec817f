"""The one place where a signature asks who signs: both components again (21 CFR 11.200), then the printed name."""

from django.http import HttpRequest

from calcitrial.people import card_of
from calcitrial.web import reauthenticate


def prove(request: HttpRequest) -> str:
    """Return the printed name of the person who proved again who they are (21 CFR 11.50(a)(1)).

    Asks for the fields of `desk/signing_fields.html`; RefusedError with a sentence when they do not hold.
    """
    reauthenticate(request, request.POST.get("_password", ""), request.POST.get("_code", ""))
    return str(card_of(request.user.get_username()).full_name)
