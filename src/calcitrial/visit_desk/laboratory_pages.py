"""Laboratory values of a visit on one page, each against the range for the person; and the ranges of a site."""

import csv
import io
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import path, reverse

from calcitrial.participants import (
    RANGE_COLUMNS,
    Analyte,
    Range,
    analytes,
    example_ranges,
    laboratory_values,
    range_drafts,
    range_for,
    read_value,
    site_ranges,
    why_no_range,
    without_example,
)
from calcitrial.protocol import Problem, RefusedError
from calcitrial.record import Draft, Place, standing_of
from calcitrial.verbs import enter
from calcitrial.visit_desk.form_pages import SeeOther, opened_for
from calcitrial.visit_desk.form_places import visits_of
from calcitrial.visit_desk.visit_rows import values_by_place
from calcitrial.web import Reading, history_link, needs, read_for, refused, scope_of

RIGHT = "enter_forms"
LONGEST_TABLE = 200_000


@dataclass(frozen=True)
class Line:
    """One analyte as the page shows it: the range used, what was entered or typed, and what is wrong with that."""

    analyte: Analyte
    range: Range | None
    why: str
    value: str
    flag: str
    version: int
    history: str
    problems: tuple[str, ...] = ()


@dataclass(frozen=True)
class Sheet:
    """The laboratory values of one visit of one participant: how each stands, and the range each is held against."""

    study: str
    code: str
    visit: str
    day: str
    values: Mapping[str, Mapping[str, str]]
    ranges: Mapping[str, Range | None]
    why: Mapping[str, str]

    def place(self, analyte: str) -> Place:
        """Return the place of one value."""
        return Place(self.code, "laboratory", self.visit, repeat=analyte)


@needs("see_participants")
def laboratory_page(request: HttpRequest, study: str, code: str, visit: str) -> HttpResponse:
    """Show the laboratory values of a visit, and take those that are entered, all of them as one submission."""
    reading, scope, site = opened_for(request, study, code)
    sheet, shown = _sheet(request, reading, code, visit, site), scope.may(RIGHT, site)
    if request.method != "POST":
        return _draw(request, reading, sheet, shown, {}, ())
    if not shown:
        return refused(request, f"Entering laboratory values of {code} needs the right “enter forms” at its site.")
    typed = {name: request.POST.get(f"value-{name}", "").strip() for name in analytes()}
    drafts, problems = _drafts(sheet, typed, request.POST)
    problems += _strangers(request.POST)
    if not problems:
        try:
            enter(study, drafts, scope.author(RIGHT, site))
            return SeeOther(f"{reverse('laboratory', args=[study, code, visit])}?saved=1")
        except RefusedError as error:
            problems = list(error.problems)
    return _draw(request, reading, sheet, shown, typed, problems)


def _sheet(request: HttpRequest, reading: Reading, code: str, visit: str, site: str) -> Sheet:
    visits = visits_of(reading, code)
    if reading.protocol.form("laboratory") is None:
        raise Http404(f"The protocol of {reading.study} asks for no laboratory values.")
    if visit not in visits:
        raise Http404(f"Visit {visit!r} of {code} has not begun. Enter the date of the visit first.")
    here = {
        place.repeat: values
        for place, values in values_by_place(reading).items()
        if place.form == "laboratory" and place.visit == visit
    }
    person = reading.by_participant("screening").get(code, {})
    age = int(person["age_years"]) if person.get("age_years") else None
    entered = site_ranges(read_for(request, reading.study).table("lab_range"))
    sex, day = person.get("sex") or "", _day(request, visits[visit])
    ranges = {name: range_for(name, sex, age, site, entered, day) for name in analytes()}
    why = {name: why_no_range(name, sex, age, site, entered) for name, found in ranges.items() if found is None}
    return Sheet(reading.study, code, visit, visits[visit], here, ranges, why)


def _day(request: HttpRequest, visit: str) -> date | None:
    """Return the day of the samples: as typed, else that of the visit."""
    for text in (request.POST.get("_date", "").strip(), visit):
        with suppress(ValueError):
            return date.fromisoformat(text)
    return None


def _drafts(sheet: Sheet, typed: Mapping[str, str], post: Mapping[str, str]) -> tuple[list[Draft], list[Problem]]:
    """Return a draft for every value that is new or changed, and what cannot be read."""
    drafts, problems = [], list[Problem]()
    drawn, reason = post.get("_date", "").strip(), post.get("_reason", "").strip()
    for analyte in analytes().values():
        place, text, there = sheet.place(analyte.id), typed[analyte.id], sheet.values.get(analyte.id, {})
        if not text:
            if there.get("lab_value"):
                instead = "Open its history to redact it, or write the right value."
                problems.append(Problem(str(place), f"{analyte.label} was entered and is empty now.", instead))
            continue
        try:
            value = read_value(analyte, text)
        except ValueError as error:
            problems.append(Problem(str(place), str(error), ""))
            continue
        if there.get("lab_value") and Decimal(there["lab_value"]) == value:
            continue
        seen = post.get(f"_expected-{analyte.id}", "")
        expected = int(seen) if seen.isdecimal() and len(seen) < 10 else 0
        values = laboratory_values(analyte, value, sheet.ranges[analyte.id], there.get("lab_date") or drawn)
        drafts.append(Draft(place, values, expected, reason))
    return drafts, problems


def _strangers(post: Mapping[str, str]) -> list[Problem]:
    known = {f"value-{name}" for name in analytes()} | {"csrfmiddlewaretoken"}
    names = [name[:80] for name in post if name not in known and not name.startswith("_")]
    return [Problem(name, f"The page has no field {name!r}.", "Send only what it asks.") for name in names]


def _draw(
    request: HttpRequest,
    reading: Reading,
    sheet: Sheet,
    may_enter: bool,
    typed: Mapping[str, str],
    problems: Sequence[Problem],
) -> HttpResponse:
    lines = [_line(sheet, analyte, typed, problems) for analyte in analytes().values()]
    own = {sentence for line in lines for sentence in line.problems}
    summary = [(f"#value-{line.analyte.id}", sentence) for line in lines for sentence in line.problems]
    said = [("", text) for text in (f"{one.what} {one.instead}".strip() for one in problems) if text not in own]
    context = {
        "study": reading.study,
        "protocol": reading.protocol,
        "here": "visits",
        "code": sheet.code,
        "visit": sheet.visit,
        "lines": lines,
        "date": request.POST.get("_date", sheet.day)[:40],
        "reason": request.POST.get("_reason", "")[:2_000],
        "changes": any(line.version for line in lines),
        "summary": said + summary,
        "may_enter": may_enter,
        "saved": request.GET.get("saved") == "1" and request.method == "GET",
    }
    return render(request, "visit_desk/laboratory.html", context, status=422 if problems else 200)


def _line(sheet: Sheet, analyte: Analyte, typed: Mapping[str, str], problems: Sequence[Problem]) -> Line:
    place, there = sheet.place(analyte.id), sheet.values.get(analyte.id, {})
    own = [one for one in problems if one.place == str(place) or one.place.startswith(f"{place}.")]
    return Line(
        analyte,
        sheet.ranges[analyte.id],
        sheet.why.get(analyte.id, ""),
        typed.get(analyte.id, there.get("lab_value", ""))[:200],
        there.get("lab_flag", ""),
        standing_of(sheet.study, place).version if there or own else 0,
        history_link(sheet.study, place) if there else "",
        tuple(f"{one.what} {one.instead}".strip() for one in own),
    )


@needs("see_participants")
def ranges_page(request: HttpRequest, study: str) -> HttpResponse:
    """Show the reference ranges of every site that entered some, and take a table of ranges for one site."""
    reading, scope = read_for(request, study), scope_of(request, study)
    sites = sorted({row["site"] for row in reading.table("screening") if row["site"]})
    mine = [site for site in sites if scope.may(RIGHT, site)]
    text, site, problems = request.POST.get("_table", ""), request.POST.get("_site", ""), list[Problem]()
    if request.method == "POST":
        if not mine or (site and site not in mine):
            return refused(request, "Entering the ranges of a laboratory needs the right “enter forms” at its site.")
        problems = _take_ranges(study, site, text, request)
        if not problems:
            return SeeOther(f"{reverse('laboratory_ranges', args=[study])}?saved=1")
    context = {
        "study": study,
        "protocol": reading.protocol,
        "here": "laboratory_ranges",
        "entered": site_ranges(reading.table("lab_range")),
        "examples": example_ranges(),
        "analytes": analytes(),
        "unknown": without_example(),
        "sites": mine,
        "site": site,
        "text": text[:LONGEST_TABLE],
        "summary": [("", str(problem)) for problem in problems],
        "saved": request.GET.get("saved") == "1" and request.method == "GET",
    }
    return render(request, "visit_desk/laboratory_ranges.html", context, status=422 if problems else 200)


def _take_ranges(study: str, site: str, text: str, request: HttpRequest) -> list[Problem]:
    if not site:
        return [Problem("site", "No site is chosen.", "Choose the site whose laboratory gives these ranges.")]
    if len(text) > LONGEST_TABLE:
        return [Problem("table", f"The table is {len(text):,} signs long.", f"Send at most {LONGEST_TABLE:,}.")]
    lines = list(csv.DictReader(io.StringIO(text), strict=False))
    if not lines:
        columns = ",".join(RANGE_COLUMNS)
        return [Problem("table", "The table has no lines.", f"Its first line names the columns: {columns}.")]
    drafts, problems = range_drafts(site, lines)
    drafts = [_as_change(study, draft, request.POST.get("_reason", "").strip()) for draft in drafts]
    try:
        if not problems:
            enter(study, drafts, scope_of(request, study).author(RIGHT, site))
    except RefusedError as error:
        return list(error.problems)
    return problems


def _as_change(study: str, draft: Draft, reason: str) -> Draft:
    return Draft(draft.place, draft.values, standing_of(study, draft.place).version, reason)


urlpatterns = [
    path("<slug:study>/participants/<str:code>/visits/<slug:visit>/laboratory/", laboratory_page, name="laboratory"),
    path("<slug:study>/laboratory/", ranges_page, name="laboratory_ranges"),
]
