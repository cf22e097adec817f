"""Acts of visits: begun, missed, and the laboratory."""

from datetime import date
from decimal import Decimal
from typing import Annotated

from django.http import HttpRequest
from ninja import Router
from pydantic import Field

from calcitrial.api.acting import ACT, Code, Done, Name, Of, Text, Version, across, at, done
from calcitrial.api.shapes import Strict
from calcitrial.consent_desk import Visitor
from calcitrial.participants import (
    Analyte,
    analytes,
    begin_visit,
    laboratory_values,
    miss_visit,
    range_drafts,
    range_for,
    read_value,
    site_ranges,
)
from calcitrial.protocol import Problem, refuse
from calcitrial.record import Draft, Place, standing_of
from calcitrial.verbs import enter
from calcitrial.visit_desk import standings_of

router = Router(tags=["visits"])
RIGHT = "enter_forms"


class Begun(Of):
    """A visit and its date; `confirmed` repeats the sentence about a date outside the window."""

    visit: Code
    on: date
    reason: Text = ""
    confirmed: Text = ""


class Missed(Of):
    """A planned visit that did not take place and why; no `why` takes it back, with a reason."""

    visit: Code
    why: Name = ""
    text: Text = ""
    expected: Version = 0
    reason: Text = ""


class Laboratory(Of):
    """Laboratory values of a visit as they are written, by analyte, all of one submission."""

    visit: Code
    drawn_on: date
    values: Annotated[dict[Name, Name], Field(min_length=1, max_length=200)]
    expected: dict[Name, Version] = {}  # noqa: RUF012 - pydantic copies it
    reason: Text = ""


class Ranges(Strict):
    """The reference ranges of a site's laboratory, one line per range: analyte, sex, ages, limits, source."""

    site: Code
    lines: Annotated[list[dict[Name, Name]], Field(min_length=1, max_length=2_000)]
    reason: Text = ""


@router.post("/{study}/acts/begin-visit", response=ACT)
def act_begin_visit(request: HttpRequest, study: str, body: Begun) -> Done:
    """Begin a visit with its date; one outside the window is a deviation and must be confirmed in its own words."""
    who = at(request, study, body.participant, RIGHT)
    if body.on > who.today:
        what = f"{body.on} is still to come; by the clock of this server it is {who.today}."
        refuse([Problem("visit.visit_date", what, "Begin a visit on its day; check the date, or the clock.")])
    question = _question(who, body)
    if question and body.confirmed.strip() != question:
        instead = "Is that the date? Then send this sentence as `confirmed`: the visit is admitted, as a deviation."
        refuse([Problem("visit.visit_date", question, instead)])
    return done(who, begin_visit(who.door, who.code, body.visit, body.on, who.author(), body.reason.strip(), question))


def _question(who: Visitor, body: Begun) -> str:
    """Return what must be confirmed about the date; '' when it lies in the window."""
    standing = next((one for one in standings_of(who.reading, who.code, who.today) if one.id == body.visit), None)
    return standing.window.deviation(body.on) if standing and standing.window else ""


@router.post("/{study}/acts/miss-visit", response=ACT)
def act_miss_visit(request: HttpRequest, study: str, body: Missed) -> Done:
    """Say that a planned visit did not take place, or take that back."""
    who = at(request, study, body.participant, RIGHT)
    if who.reading.protocol.visit(body.visit) is None:
        refuse([Problem("visit", f"The protocol plans no visit {body.visit!r}.", "Choose one of its visits.")])
    text, by = body.text if body.why else "", who.author()
    return done(who, miss_visit(who.door, who.code, body.visit, body.why, by, text, body.expected, body.reason))


@router.post("/{study}/acts/laboratory", response=ACT)
def act_laboratory(request: HttpRequest, study: str, body: Laboratory) -> Done:
    """Enter the laboratory values of a visit; range and flag follow from sex, age and the site's own ranges."""
    who = at(request, study, body.participant, RIGHT)
    if who.reading.protocol.form("laboratory") is None:
        refuse([Problem("laboratory", f"The protocol of {study} asks for no laboratory values.", "Leave them out.")])
    known, drafts, problems = analytes(), [], list[Problem]()
    for name, text in body.values.items():
        if name not in known:
            problems.append(Problem(name, f"There is no analyte {name!r}.", f"Known: {', '.join(known)}."))
            continue
        try:
            value = read_value(known[name], text)
        except ValueError as error:
            problems.append(Problem(name, str(error), "Write a number in the unit of the analyte."))
            continue
        drafts.append(_draft(who, body, known[name], value))
    refuse(problems)
    return done(who, enter(study, drafts, who.author()))


def _draft(who: Visitor, body: Laboratory, analyte: Analyte, value: Decimal) -> Draft:
    person = who.reading.by_participant("screening").get(who.code, {})
    age = int(person["age_years"]) if person.get("age_years") else None
    entered = site_ranges(Visitor(who.request, who.study, "", RIGHT).reading.table("lab_range"))
    used = range_for(analyte.id, person.get("sex") or "", age, who.site, entered, body.drawn_on)
    place = Place(who.code, "laboratory", body.visit, repeat=analyte.id)
    values = laboratory_values(analyte, value, used, body.drawn_on.isoformat())
    return Draft(place, values, body.expected.get(analyte.id, 0), body.reason)


@router.post("/{study}/acts/laboratory-ranges", response=ACT)
def act_laboratory_ranges(request: HttpRequest, study: str, body: Ranges) -> Done:
    """Enter the reference ranges of a site; what stands and differs is changed, with the reason."""
    who = across(request, study, RIGHT)
    by = who.author(body.site)
    drafts, problems = range_drafts(body.site, body.lines)
    refuse(problems)
    changed = [Draft(one.place, one.values, standing_of(study, one.place).version, body.reason) for one in drafts]
    return done(who, enter(study, changed, by))
