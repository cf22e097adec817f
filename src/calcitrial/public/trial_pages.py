"""The page of each trial of a home, for everybody: that of the static export, with links to what is served too."""

from django.http import HttpRequest, HttpResponse
from django.urls import NoReverseMatch, path, reverse
from django.views.decorators.http import require_safe

from calcitrial.evidence import studies
from calcitrial.leaflet import POLICY, file_of
from calcitrial.protocol import RefusedError
from calcitrial.record import protocol_of
from calcitrial.web import home, open_to, spoken

TYPES = {"html": "text/html; charset=utf-8", "json": "application/ld+json"}


@open_to("it holds what is public about a trial, and nothing of its participants")
@require_safe
def trial_file(request: HttpRequest, study: str, name: str) -> HttpResponse:
    """Return one public page of a study, made now from its definition and the evidence base; 404 when there is none."""
    try:
        content = file_of(name, protocol_of(study), studies(home()), beside(study))
    except RefusedError as error:
        told = "\n".join(spoken(str(problem)) for problem in error.problems)
        return HttpResponse(told, status=404, content_type="text/plain; charset=utf-8")
    response = HttpResponse(content, content_type=TYPES[name.rpartition(".")[2]])
    response["Content-Security-Policy"] = f"{POLICY}; frame-ancestors 'none'"
    return response


def beside(study: str) -> dict[str, str]:
    """Return the addresses of pages that help a part of the trial page, by part: those of them that are served."""
    found = {}
    for part, page, arguments, query in (
        ("clinic", "clinics", {}, f"?trial={study}"),
        ("inclusion", "prescreener", {"study": study}, ""),
    ):
        try:
            found[part] = reverse(page, kwargs=arguments) + query
        except NoReverseMatch:
            continue
    return found


urlpatterns = [path("public/<slug:study>/<str:name>", trial_file, name="public_page")]
