"""The pre-screening log and its counts, and the way from a line of it to a participant's code."""

from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any

from django.http import HttpResponse
from django.http.response import HttpResponseBase
from django.urls import path, reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from calcitrial.consent_desk.persons import REFUSED, Visitor, drawn, house_form, see_other, study_page, ticket, without
from calcitrial.desk import Due, values_of
from calcitrial.participants import carry_over, count_log, enquiry_of, log_date, log_person, register, sites_known
from calcitrial.people import Scope
from calcitrial.protocol import Form, Problem, RefusedError
from calcitrial.web import Reading

OWN = ("ticket",)
ENQUIRY = "own enquiry"
# A person who asked should hear from the site within a week (assumed).
ANSWER_DAYS = 7
Row = Mapping[str, Any]


@study_page("screen")
def log_page(visitor: Visitor) -> HttpResponseBase:
    """Show the log with its counts; POST enters a line."""
    if visitor.request.method == "POST":
        return _enter_line(visitor)
    return _show(visitor, {"prescreened_on": visitor.today.isoformat()})


def _form(visitor: Visitor) -> Form:
    """Return the form of a line with the sites of the person who asks as choices."""
    form = without(house_form(visitor, "prescreening"), *OWN)
    site = {"type": "choice", "choices": tuple(my_sites(visitor))}
    items = [item.model_copy(update=site) if item.id == "prescreening_site" else item for item in form.items]
    return form.model_copy(update={"items": tuple(items)})


def my_sites(visitor: Visitor) -> list[str]:
    """Return the sites at which the person may do what the page is for."""
    known = sites_known(visitor.study, visitor.reading.protocol)
    return [site for site in known if visitor.scope.may(visitor.capability, site)]


def _enter_line(visitor: Visitor) -> HttpResponseBase:
    post = visitor.request.POST
    values: dict[str, Any] = values_of(_form(visitor), post)
    site = str(values.get("prescreening_site", ""))
    try:
        if site and site not in my_sites(visitor):
            raise RefusedError([Problem("prescreening_site", "This is no site of yours.", "Choose one of yours.")])
        number = log_person(visitor.door, values, visitor.author(site), post.get("_ticket", ""))
    except RefusedError as error:
        return _show(visitor, values, error.problems, REFUSED)
    return visitor.go("prescreening", anchor=f"#line-{number}")


def _show(
    visitor: Visitor, values: dict[str, str], problems: tuple[Problem, ...] | list[Problem] = (), status: int = 200
) -> HttpResponse:
    sites = my_sites(visitor)
    if len(sites) == 1:
        values = {"prescreening_site": sites[0]} | values
    lines = [row for row in visitor.reading.table("prescreening") if row["prescreening_site"] in sites]
    codes = {row["prescreening_number"]: row["participant"] for row in visitor.reading.table("registration")}
    told = [_line(row, codes) for row in sorted(lines, key=lambda row: -int(row["repeat"]))]
    context = {
        "lines": told,
        "counts": count_log(lines, sum(bool(line["code"]) for line in told)),
        "ticket": visitor.request.POST.get("_ticket") or ticket(),
        "form_open": bool(problems),
        **drawn(visitor, _form(visitor), values, problems),
    }
    return visitor.show("prescreening_log.html", "prescreening", context, status)


def _line(row: Row, codes: dict[str, str]) -> dict[str, Any]:
    return {
        "number": row["repeat"],
        "site": row["prescreening_site"],
        "on": row["prescreened_on"],
        "found_by": row["found_by"],
        "outcome": row["prescreening_outcome"],
        "reason": row["not_eligible_reason"] or row["declined_reason"] or "",
        "code": codes.get(row["repeat"], ""),
        "enquiry": row["found_by"] == ENQUIRY,
        # One line leads to one code, so the number of the line is ticket enough.
        "ticket": f"log {row['repeat']}",
    }


@study_page("screen")
def register_page(visitor: Visitor) -> HttpResponseBase:
    """Give a line of the log its code and go on to the person's consent."""
    number = visitor.request.POST.get("_number", "")
    line = next((row for row in visitor.reading.table("prescreening") if row["repeat"] == number), None)
    site = line["prescreening_site"] if line else ""
    try:
        if line is None or site not in my_sites(visitor):
            raise RefusedError([Problem("log", f"Line {number!r} is not in your log.", "Choose a line of your site.")])
        by, note = visitor.author(site), f"log {number}"
        code = register(visitor.door, site, visitor.today, by, number_in_log=number, ticket=note)
        if enquiry_of(visitor.door, number):
            carry_over(visitor.door, visitor.vault, number, code, visitor.looker("to contact the person"))
    except RefusedError as error:
        return _show(visitor, {}, error.problems, REFUSED)
    return see_other(f"/{visitor.study}/participants/{code}/consent/")


def due(reading: Reading, scope: Scope, today: date) -> Iterable[Due]:
    """Yield the lines of the log that wait for a code: somebody asked, or was thought of, and nothing followed."""
    if not scope.may("screen"):
        return
    done = {row["prescreening_number"] for row in reading.table("registration")}
    page = reverse("prescreening", args=[reading.study])
    for row in reading.table("prescreening"):
        waits = row["prescreening_outcome"] == "to be screened" and row["repeat"] not in done
        if waits and scope.may("screen", row["prescreening_site"]):
            since = log_date(row)
            late = since is not None and (today - since).days > ANSWER_DAYS
            words = _("An enquiry waits for an answer") if row["found_by"] == ENQUIRY else _("To be screened")
            text = f"{words}: {row['prescreening_site']}, {row['repeat']}"
            yield Due("enquiry", text, f"{page}#line-{row['repeat']}", since, late, "screen")


urlpatterns = [
    path("<slug:study>/screening/", require_http_methods(["GET", "HEAD", "POST"])(log_page), name="prescreening"),
    path("<slug:study>/screening/register/", require_POST(register_page), name="register"),
]
