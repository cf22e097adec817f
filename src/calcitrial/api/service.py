"""Who calls, what they may do, and how a refusal is told."""

from dataclasses import asdict

from django.http import HttpRequest, HttpResponse
from ninja import NinjaAPI
from ninja.errors import HttpError

from calcitrial.people import Scope
from calcitrial.protocol import RefusedError
from calcitrial.version import __version__
from calcitrial.web import scope_of

DESCRIPTION = (
    "Everything a page can do. Ask with `Authorization: Bearer TOKEN`; a token has an owner, a study, rights and an "
    "end. Refusals are 422 with `problems`: place, what, instead; all at once, and nothing is half entered."
)

api = NinjaAPI(
    title="calcitrial",
    version=__version__,
    description=DESCRIPTION,
    docs_url=None,  # the usual page of documentation loads its script from elsewhere
    urls_namespace="api",
)


def allowed(request: HttpRequest, study: str, capability: str) -> Scope:
    """Return the scope of the caller in a study; 403 with a sentence without this capability."""
    scope = scope_of(request, study)
    if not scope.may(capability):
        raise HttpError(403, f"This needs the right “{capability.replace('_', ' ')}” in {study}.")
    return scope


@api.exception_handler(RefusedError)
def _refused(request: HttpRequest, error: RefusedError) -> HttpResponse:
    return api.create_response(request, {"problems": [asdict(problem) for problem in error.problems]}, status=422)
