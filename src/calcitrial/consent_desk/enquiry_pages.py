"""An enquiry that came from the pre-screener: its answers, and how to reach the person, to who says why."""

from collections.abc import Mapping, Sequence

from django.http import Http404, HttpResponse
from django.http.response import HttpResponseBase
from django.urls import path
from django.views.decorators.http import require_http_methods

from calcitrial.consent_desk.persons import REFUSED, Visitor, house_form, study_page
from calcitrial.consent_desk.prescreening_pages import my_sites
from calcitrial.identity import REASONS
from calcitrial.participants import CLOSED, answers_in, close_enquiry, enquirer, enquiry_of, erase_contact
from calcitrial.protocol import Problem, RefusedError

WAITS = "to be screened"


@study_page("screen")
def enquiry_page(visitor: Visitor, number: int) -> HttpResponseBase:
    """Show the answers of an enquiry; POST with a reason shows the contact, destroys it, or closes the line."""
    name, request = str(number), visitor.request
    table = visitor.reading.table("prescreening")
    lines = {row["repeat"]: row["prescreening_site"] for row in table}
    waits = any(row["repeat"] == name and row["prescreening_outcome"] == WAITS for row in table)
    sent = enquiry_of(visitor.door, name) if lines.get(name) in my_sites(visitor) else None
    if sent is None:
        raise Http404(f"Line {name} of your log is no enquiry.")
    if request.method != "POST":
        return _show(visitor, name, sent, waits=waits)
    if not visitor.scope.may("see_identity", lines[name]):
        return _show(
            visitor, name, sent, problems=[Problem("right", "You may not see contacts here.", "")], waits=waits
        )
    try:
        if "_close" in request.POST or "_erase" in request.POST:
            _end(visitor, name, lines[name])
            return visitor.go("enquiry", name)
        looker = visitor.looker(request.POST.get("_why", ""))
        contact = visitor.vault.look(visitor.study, enquirer(sent), looker)
    except RefusedError as error:
        return _show(visitor, name, sent, problems=error.problems, waits=waits)
    return _show(visitor, name, sent, {} if contact is None else contact.values(), waits=waits)


def _end(visitor: Visitor, number: str, site: str) -> None:
    """Destroy the contact, and close the line where an outcome is chosen; both are entered."""
    post, author = visitor.request.POST, visitor.author(site)
    if "_erase" in post:
        looker = visitor.looker(post.get("_why", ""))
        return erase_contact(visitor.door, visitor.vault, number, author, looker, visitor.today)
    outcome, _bar, why = post.get("_outcome", "").partition("|")
    looker = visitor.looker("to enter or correct the details")
    return close_enquiry(visitor.door, visitor.vault, number, outcome, why, author, looker, visitor.today)


def _show(
    visitor: Visitor,
    number: str,
    sent: Mapping[str, str],
    contact: Mapping[str, str] | None = None,
    problems: Sequence[Problem] = (),
    *,
    waits: bool,
) -> HttpResponse:
    vault, there = visitor.vault, enquirer(sent)
    form = house_form(visitor, "prescreening")
    outcomes = [(name, one.choices) for name, item in CLOSED.items() if (one := form.item(item)) is not None]
    context = {
        "number": number,
        "answers": answers_in(visitor.reading.protocol, sent["enquiry_answers"] or ""),
        "contact": {name: value for name, value in (contact or {}).items() if value},
        "kept": there in vault.known(visitor.study) and not vault.erased(visitor.study, there),
        "erased": vault.erased(visitor.study, there),
        "erased_on": sent["contact_erased_on"] or "",
        "reasons": REASONS,
        "outcomes": outcomes if waits and not sent["contact_erased_on"] else [],
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
