"""Who calls, what they may do, and how a refusal is told."""

from dataclasses import asdict

from django.http import Http404, HttpRequest, HttpResponse
from ninja import NinjaAPI
from ninja.errors import HttpError

from calcitrial.people import Scope
from calcitrial.protocol import RefusedError
from calcitrial.record import studies
from calcitrial.version import __version__
from calcitrial.web import has_token, scope_of

DESCRIPTION = (
    "Everything a page can do. Ask with `Authorization: Bearer TOKEN`; a token has an owner, a study, rights and an "
    "end. Refusals are 422 with `problems`: place, what, instead; all at once, and nothing is half entered. A token "
    "that has ended, or none, is 401; a right that is missing 403; what is not there for the caller 404. A signature "
    "takes `proof` (password and code) in the body each time: a token alone never signs."
)

NOBODY = "Nobody is known by this request. Ask with a token that has not ended."

api = NinjaAPI(
    title="calcitrial",
    version=__version__,
    description=DESCRIPTION,
    docs_url=None,  # the usual page of documentation loads its script from elsewhere
    urls_namespace="api",
)


def allowed(request: HttpRequest, study: str, capability: str) -> Scope:
    """Return the scope of the caller in a study; 401 for nobody, 403 with a sentence without this capability."""
    scope = known(request, study)
    if not scope.may(capability):
        why = scope.undelegated(capability)
        raise HttpError(403, f"This needs the right “{capability.replace('_', ' ')}” in {study}. {why}".strip())
    return scope


def known(request: HttpRequest, study: str) -> Scope:
    """Return the scope of the caller in a study; 401 when nobody calls, or with a token that has ended."""
    scope = scope_of(request, study)
    if not scope.person:
        raise HttpError(401, NOBODY)
    return scope


def asked_by_nobody(request: HttpRequest) -> None:
    """Refuse with 401 a token that has ended, where no study is named."""
    if has_token(request) and not any(scope_of(request, study).person for study in studies()):
        raise HttpError(401, NOBODY)


@api.exception_handler(RefusedError)
def _refused(request: HttpRequest, error: RefusedError) -> HttpResponse:
    return api.create_response(request, {"problems": [asdict(problem) for problem in error.problems]}, status=422)


@api.exception_handler(PermissionError)
def _not_allowed(request: HttpRequest, error: PermissionError) -> HttpResponse:
    return api.create_response(request, {"detail": str(error)}, status=403)


@api.exception_handler(Http404)
def _absent(request: HttpRequest, error: Http404) -> HttpResponse:
    return api.create_response(request, {"detail": str(error)}, status=404)
