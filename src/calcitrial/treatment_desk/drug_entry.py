"""One form of the drug accounts as a page: drawn, sent, entered once, or shown again with what must be mended."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from calcitrial.desk import fields_of, summary_of, values_of
from calcitrial.protocol import Form, Problem, RefusedError
from calcitrial.record import Draft, Place
from calcitrial.verbs import enter
from calcitrial.web import Reading, refused, scope_of


@dataclass(frozen=True)
class Entering:
    """A form to be entered: which one, under which name, its title and first values.

    `hidden` items are not asked, because the page knows them; `sent` are inputs that carry what the page knew as it
    opened; `at_site` is the site of a form that does not name one.
    """

    form: str
    id: str
    title: str
    values: Mapping[str, str]
    hidden: tuple[str, ...] = ()
    sent: tuple[tuple[str, str], ...] = ()
    at_site: str = ""


Answer = Callable[[str, Entering, Mapping[str, object]], HttpResponse]


def enter_drug(
    request: HttpRequest,
    reading: Reading,
    asked: Entering,
    sites: Sequence[str],
    fixed: Mapping[str, object],
    answer: Answer,
    problems: Sequence[Problem] = (),
) -> HttpResponse:
    """Show the form, or enter what was sent and answer with a redirection; problems show it again (status 422).

    `fixed` are values that the page itself gives; `problems` what it found already.
    """
    form = reading.protocol.form(asked.form)
    assert form is not None  # a form of the house
    if request.method != "POST":
        return _show(request, reading, asked, form, {**asked.values}, sites, fixed)
    typed = values_of(form, request.POST)
    values = {**typed, **fixed}
    site = asked.at_site or str(values.get("site", ""))
    scope = scope_of(request, reading.study)
    if site and not (site in sites and scope.may("keep_drug", site)):
        return refused(request, f"The drug of the site {site} is not yours to keep.")
    try:
        if problems:
            raise RefusedError(problems)
        draft = Draft(Place("", asked.form, repeat=asked.id), values)
        enter(reading.study, [draft], scope.author("keep_drug", site or None))
    except RefusedError as error:
        return _show(request, reading, asked, form, typed, sites, fixed, error.problems)
    return answer(reading.study, asked, values)


def _show(
    request: HttpRequest,
    reading: Reading,
    asked: Entering,
    form: Form,
    values: Mapping[str, str],
    sites: Sequence[str],
    fixed: Mapping[str, object],
    problems: Sequence[Problem] = (),
) -> HttpResponse:
    options = {"site": [(site, site) for site in sites]}
    if len(sites) == 1:
        values = {"site": sites[0], **values}
    drawn = fields_of(reading.protocol, form, values, problems, options=options)
    fields = [field for field in drawn if field.item not in asked.hidden]
    # A problem of an item that is not drawn stands above, without a field to point to.
    summary = [
        (link if any(link == f"#{one.id}" for one in fields) else "", text)
        for link, text in summary_of(form, drawn, problems)
    ]
    first = str(fixed.get("first_vial", ""))
    context = {
        "study": reading.study,
        "protocol": reading.protocol,
        "here": "drug",
        "asked": asked,
        "sent": (*asked.sent, ("_id", asked.id), *((("_first", first),) if first else ())),
        "fields": fields,
        "summary": summary,
    }
    return render(request, "treatment_desk/drug_form.html", context, status=422 if problems else 200)
