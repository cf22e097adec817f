"""An enquiry that came from the pre-screener: its answers, and how to reach the person, to who says why."""

from collections.abc import Mapping, Sequence

from django.http import Http404, HttpResponse
from django.http.response import HttpResponseBase
from django.urls import path
from django.views.decorators.http import require_http_methods

from calcitrial.consent_desk.persons import REFUSED, Visitor, study_page
from calcitrial.consent_desk.prescreening_pages import my_sites
from calcitrial.identity import REASONS
from calcitrial.participants import answers_in, enquirer, enquiry_of
from calcitrial.protocol import Problem, RefusedError


@study_page("screen")
def enquiry_page(visitor: Visitor, number: int) -> HttpResponseBase:
    """Show the answers of an enquiry; POST with a reason shows the contact, or destroys it."""
    name, request = str(number), visitor.request
    lines = {row["repeat"]: row["prescreening_site"] for row in visitor.reading.table("prescreening")}
    sent = enquiry_of(visitor.door, name) if lines.get(name) in my_sites(visitor) else None
    if sent is None:
        raise Http404(f"Line {name} of your log is no enquiry.")
    if request.method != "POST":
        return _show(visitor, name, sent)
    if not visitor.scope.may("see_identity", lines[name]):
        return _show(visitor, name, sent, problems=[Problem("right", "You may not see contacts here.", "")])
    try:
        looker = visitor.looker(request.POST.get("_why", ""))
        if "_erase" in request.POST:
            visitor.vault.erase(visitor.study, enquirer(name), looker)
            return visitor.go("enquiry", name)
        contact = visitor.vault.look(visitor.study, enquirer(name), looker)
    except RefusedError as error:
        return _show(visitor, name, sent, problems=error.problems)
    return _show(visitor, name, sent, {} if contact is None else contact.values())


def _show(
    visitor: Visitor,
    number: str,
    sent: Mapping[str, str],
    contact: Mapping[str, str] | None = None,
    problems: Sequence[Problem] = (),
) -> HttpResponse:
    vault, there = visitor.vault, enquirer(number)
    context = {
        "number": number,
        "answers": answers_in(visitor.reading.protocol, sent["enquiry_answers"] or ""),
        "contact": {name: value for name, value in (contact or {}).items() if value},
        "kept": there in vault.known(visitor.study) and not vault.erased(visitor.study, there),
        "erased": vault.erased(visitor.study, there),
        "reasons": REASONS,
        "problems": problems,
    }
    return visitor.show("enquiry.html", "prescreening", context, REFUSED if problems else 200)


urlpatterns = [
    path(
        "<slug:study>/screening/enquiries/<int:number>/",
        require_http_methods(["GET", "HEAD", "POST"])(enquiry_page),
        name="enquiry",
    ),
]
