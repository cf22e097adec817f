"""What every page tells the browser: load nothing from anywhere else, and keep no copy."""

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse

# No inline script or style, no plug-in, nothing from another host (W3C Content Security Policy Level 3).
POLICY = (
    "default-src 'self'; object-src 'none'; base-uri 'none'; form-action 'self'; frame-ancestors 'self'; "
    "img-src 'self' data:"
)
# A written report brings its own styles and pictures inside the file, and never a script.
REPORT_POLICY = (
    "default-src 'none'; style-src 'unsafe-inline'; img-src data:; font-src data:; base-uri 'none'; "
    "form-action 'none'; frame-ancestors 'self'; sandbox allow-popups allow-top-navigation-by-user-activation"
)


def content_security_policy(
    get_response: Callable[[HttpRequest], HttpResponse],
) -> Callable[[HttpRequest], HttpResponse]:
    """Return Django middleware that adds the policy and forbids copies of pages with participant data."""

    def respond(request: HttpRequest) -> HttpResponse:
        response = get_response(request)
        response.headers.setdefault("Content-Security-Policy", POLICY)
        response.headers.setdefault("Cache-Control", "no-store")
        return response

    return respond
