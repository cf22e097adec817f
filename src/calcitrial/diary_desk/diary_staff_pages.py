"""The team's pages about diaries: who answered what, personal links to hand over, answers taken by telephone."""

import os
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

import segno
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import path, reverse
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from calcitrial.desk import Due, link_to
from calcitrial.diary import (
    CLOCK_WRONG,
    Book,
    LinkOffer,
    Standing,
    book_of,
    issue,
    link_opens,
    next_link,
    revoke,
    scores,
)
from calcitrial.diary_desk.diary_enter_pages import CAPABILITY, RELATIONS, writing
from calcitrial.diary_desk.diary_kept import Kept, kept_now, kept_on
from calcitrial.diary_desk.diary_strip import strip
from calcitrial.people import Scope
from calcitrial.protocol import RefusedError
from calcitrial.record import Step, now, trail_of
from calcitrial.verbs import door
from calcitrial.web import Reading, history_link, needs, read_for, refused, scope_of

PER_PAGE = 50


@dataclass(frozen=True)
class Line:
    """One participant as the list shows them."""

    code: str
    kept: Kept
    strip: Any
    link: str


@require_GET
@needs(CAPABILITY)
def diaries_page(request: HttpRequest, study: str) -> HttpResponse:
    """Show how the diaries of all participants stand, those with something missing first."""
    reading, scope = read_for(request, study), scope_of(request, study)
    book, wanted = book_of(study, reading.rows), request.GET.get("q", "")[:100]
    kept = {
        code: one
        for code, one in kept_now(reading, book).items()
        if one.asked and scope.may(CAPABILITY, reading.sites[code])
    }
    found = [code for code in kept if wanted.strip().casefold() in code.casefold()]
    found.sort(key=lambda code: (not kept[code].alerts, -len(kept[code].missed), code))
    page = Paginator(found, PER_PAGE).get_page(request.GET.get("page"))
    own = book_of(study, reading.among(page.object_list).rows)
    context = {
        "study": study,
        "protocol": reading.protocol,
        "here": "diaries",
        "lines": [_line(own, code, kept[code]) for code in page.object_list],
        "page": page,
        "query": request.GET,
        "wanted": wanted,
        "all": len(kept),
        "plans": book.plans,
    }
    return render(request, "diary_desk/diary_list.html", context)


def _line(book: Book, code: str, kept: Kept) -> Line:
    standings = book.standings(code, book.day(code, now()))
    return Line(code, kept, strip(standings), reverse("diary_of", args=[book.study, code]))


def _to_see(standings: Iterable[Standing]) -> list[dict[str, str]]:
    """Return each answer that waits for a look, with what the form that says so sends back."""
    return [
        {"occasion": one.occasion.place.repeat, "item": alert.item, "words": f"{one.occasion.due}: {alert.label}"}
        for one in standings
        for alert in one.alerts
    ]


@require_GET
@needs(CAPABILITY)
def diary_page(request: HttpRequest, study: str, code: str) -> HttpResponse:
    """Show the diaries of one participant: links, what was answered with its history, and what to take down."""
    reading = read_for(request, study, code)
    book = book_of(study, reading.rows)
    if not scope_of(request, study).may(CAPABILITY, book.site(code)):
        return refused(request, _("This participant belongs to another site."))
    return draw_diary(request, book, code)


def draw_diary(request: HttpRequest, book: Book, code: str, status: int = 200, **more: Any) -> HttpResponse:
    """Return the page of one participant's diaries, with `problems` where something was refused."""
    today = book.day(code, now())
    standings = book.standings(code, today)
    over = [one for one in standings if one.state != "to come"]
    numbers = [number for one in over for row in one.rows.values() for number in row["entries"]]
    steps = {step.number: step for step in trail_of(book.study, numbers)}
    context = {
        "study": book.study,
        "protocol": book.protocol,
        "code": code,
        "here": "diary_of",
        "strip": strip(standings),
        "alerts": _to_see(standings),
        "acks": [row for row in book.of(code, "diary_ack") if row["ack_done"]],
        "occasions": [_shown(book, one, steps) for one in reversed(over)],
        "links": [row | {"opens": link_opens(row, now())} for row in map(dict, book.of(code, "diary_link"))],
        "next_link": next_link(book.study, code),
        "relations": RELATIONS,
        "zone": book.zone(code).key,
        "reminders": book.wants_reminders(code),
        "sent": list(reversed(book.of(code, "reminder"))),
        "today": today,
        **more,
    }
    return render(request, "diary_desk/diary_of.html", context, status=status)


def _shown(book: Book, one: Standing, steps: dict[int, Step]) -> dict[str, Any]:
    """Return one occasion with its answers, each with who told it, both clocks, and the way to its history."""
    instrument = one.occasion.instrument
    language = instrument.shown_in(get_language() or "en")
    steps = {
        step.number: step for step in trail_of(book.study, [n for row in one.rows.values() for n in row["entries"]])
    }
    answers = []
    for question in instrument.items:
        row = one.rows.get(question.id)
        if row is not None:
            place = one.occasion.answer_place(question.id)
            last = max((steps[n] for n in row["entries"] if n in steps), key=lambda step: step.number, default=None)
            answers.append(
                {
                    "text": question.text.in_language(language),
                    "said": question.said(row["answer"] or "", language),
                    "row": row,
                    "at": last.at[:16].replace("T", " ") + " Z" if last else "",
                    "author": last.author if last else "",
                    "clock": _clock(row["clock_off"]),
                    "changed": book.versions.get(place, 0) > 1,
                    "history": history_link(book.study, place, "answer"),
                }
            )
    return {
        "standing": one,
        "title": instrument.title.in_language(language),
        "answers": answers,
        "scores": scores(instrument, one.answers) if one.answers else [],
        "enter": reverse("diary_enter", args=[book.study, one.occasion.participant, one.occasion.place.repeat]),
    }


def _clock(text: str | None) -> str:
    """Return a warning when the device's clock was wrong; '' when it was right or said nothing."""
    off = int(text or 0)
    if abs(off) <= CLOCK_WRONG:
        return ""
    far = str(timedelta(minutes=round(abs(off) / 60)))[:-3]
    if off > 0:
        return _("The clock of the device was %(far)s h behind; the server's time counts.") % {"far": far}
    return _("The clock of the device was %(far)s h ahead; the server's time counts.") % {"far": far}


@require_POST
@needs(CAPABILITY)
def issue_page(request: HttpRequest, study: str, code: str) -> HttpResponse:
    """Issue a personal link and show it, with a QR code, this once: only its digest is kept.

    So this answers the post itself. Sent a second time the same page is refused, because the link stands by then.
    """
    book, author = writing(request, study, code)
    post = request.POST
    days = post.get("days", "")
    offer = LinkOffer(
        post.get("holder", "participant"),
        post.get("relation", ""),
        post.get("language", "en"),
        post.get("zone", "").strip() or book.zone(code).key,
        min(730, max(1, int(days))) if days.isascii() and days.isdigit() and len(days) < 5 else 365,
    )
    try:
        token = issue(door(study), code, post.get("_place", "")[:20] or next_link(study, code), offer, author)
    except RefusedError as error:
        return draw_diary(request, book, code, 422, problems=[str(problem) for problem in error.problems])
    pages = os.environ.get("CALCITRIAL_ADDRESS", "").rstrip("/") or f"{request.scheme}://{request.get_host()}"
    address = f"{pages}{reverse('diary_home', args=[token])}"
    context = {
        "study": study,
        "protocol": book.protocol,
        "code": code,
        "address": address,
        "picture": segno.make(address, error="m").svg_data_uri(scale=5, border=3),
        "offer": offer,
    }
    return render(request, "diary_desk/diary_link.html", context)


@require_POST
@needs(CAPABILITY)
def revoke_page(request: HttpRequest, study: str, code: str, link: str) -> HttpResponse:
    """Let a link open nothing from now on."""
    book, author = writing(request, study, code)
    try:
        revoke(door(study), code, link, request.POST.get("reason", ""), author)
    except RefusedError as error:
        return draw_diary(request, book, code, 422, problems=[str(problem) for problem in error.problems])
    return HttpResponseRedirect(reverse("diary_of", args=[study, code]), status=303)


def due(reading: Reading, scope: Scope, today: date) -> Iterable[Due]:
    """Yield each participant with diaries missing in the last 14 days, or with an answer that asks for a look."""
    text = _("%(number)d diaries or questionnaires missing in the last 14 days")
    for code, one in kept_on(reading, book_of(reading.study, reading.rows), today).items():
        if not (one.alerts or one.missed) or not scope.may(CAPABILITY, reading.sites[code]):
            continue
        link = link_to("diary_of", reading.study, code)
        for words in one.alerts:
            yield Due("diary", words, link, None, True, CAPABILITY, code, code)
        if one.missed:
            told = text % {"number": len(one.missed)}
            yield Due("diary", told, link, one.missed[0], True, CAPABILITY, code, code)


urlpatterns = [
    path("<slug:study>/diary/", diaries_page, name="diaries"),
    path("<slug:study>/participants/<str:code>/diary/", diary_page, name="diary_of"),
    path("<slug:study>/participants/<str:code>/diary/link/", issue_page, name="diary_issue"),
    path("<slug:study>/participants/<str:code>/diary/link/<str:link>/revoke/", revoke_page, name="diary_revoke"),
]
