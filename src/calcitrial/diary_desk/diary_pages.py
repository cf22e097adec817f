"""The pages of participants: what waits for them, one question per screen, and what they answered.

They work without a script. With one (`diary.js`), answers stay on the device until the server has them.
"""

from dataclasses import replace
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect, JsonResponse
from django.middleware.csrf import get_token
from django.shortcuts import render
from django.urls import path, reverse
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from calcitrial.diary import BY_LINK, Standing, Teller, answer, clock_off, day_words, version_at, words
from calcitrial.diary_desk.diary_door import Visitor, by_link
from calcitrial.diary_desk.diary_screens import Sent, first_missing, groups, read_sent, screens
from calcitrial.protocol import RefusedError
from calcitrial.record import Draft, Place, now
from calcitrial.verbs import door

REASONS = ("reason_wrong", "reason_thought", "reason_read")


@require_GET
@by_link
def home_page(request: HttpRequest, visitor: Visitor) -> HttpResponse:
    """Show what waits for the participant today, what they answered lately, and whom to call."""
    standings = visitor.standings
    opened = [_line(visitor, one) for one in standings if one.is_open]
    answered = [_line(visitor, one) for one in standings if one.state == "answered" and _lately(one)]
    code = visitor.holder.participant
    context = visitor.context(
        opened=opened,
        answered=answered,
        reminders=visitor.book.wants_reminders(code),
        reminders_version=visitor.book.versions.get(Place(code, "diary_choice"), 0),
        saved="saved" in request.GET,
        here="home",
    )
    return render(request, "diary_desk/diary_home.html", context)


def _lately(one: Standing) -> bool:
    return one.today <= one.occasion.closes


def _line(visitor: Visitor, one: Standing) -> dict[str, Any]:
    """Return one occasion as the list shows it."""
    texts, occasion = words(visitor.language), one.occasion
    return {
        "title": occasion.instrument.title.in_language(occasion.instrument.shown_in(visitor.language)),
        "due": texts["due"].format(day=day_words(occasion.due, visitor.language)),
        "until": texts["until"].format(day=day_words(occasion.closes, visitor.language)),
        "minutes": texts["minutes"].format(n=occasion.instrument.minutes),
        "left": texts["left"].format(n=len(one.missing)) if one.answers else "",
        "begun": bool(one.answers),
        "link": reverse("diary_begin", args=[visitor.token, visitor.mark(one)]),
    }


@require_GET
@by_link
def begin_page(request: HttpRequest, visitor: Visitor, mark: str) -> HttpResponse:
    """Go to the first question that waits, or to the answers when none does."""
    return HttpResponseRedirect(_onward(visitor, mark, 0), status=303)


def _onward(visitor: Visitor, mark: str, after: int) -> str:
    # Read anew: what was saved a moment ago counts.
    number = first_missing(_find(replace(visitor), mark), after)
    if number:
        return reverse("diary_screen", args=[visitor.token, mark, number])
    return reverse("diary_done", args=[visitor.token, mark])


def _find(visitor: Visitor, mark: str) -> Standing:
    """Return the occasion with this mark; Http404 when it is none of the participant's that is open or answered."""
    for one in visitor.standings:
        if visitor.mark(one) == mark and (one.is_open or one.answers):
            return one
    raise Http404(words(visitor.language)["closed"])


@require_http_methods(["GET", "HEAD", "POST"])
@by_link
def screen_page(request: HttpRequest, visitor: Visitor, mark: str, number: int) -> HttpResponse:
    """Show one screen, or take what was answered on it and go on."""
    here = _find(visitor, mark)
    if not 1 <= number <= len(groups(here.occasion.instrument)):
        raise Http404(words(visitor.language)["closed"])
    if request.method != "POST":
        return _draw(request, visitor, here, number, Sent(), "")
    texts = words(visitor.language)
    stopping = "stop" in request.POST
    sent = read_sent(here.occasion.instrument, request.POST, "" if stopping else texts["required"])
    problem = "" if sent.problems else _save(request, visitor, here, sent)
    if sent.problems or problem:
        return _refuse(request, visitor, (here, number), sent, problem)
    home = f"{reverse('diary_home', args=[visitor.token])}?saved=1"
    onward = home if stopping else _onward(visitor, mark, number)
    return JsonResponse({"next": onward}) if _by_script(request) else HttpResponseRedirect(onward, status=303)


def _save(request: HttpRequest, visitor: Visitor, here: Standing, sent: Sent) -> str:
    """Enter what was sent; return a sentence when it cannot be, with the problems of single answers in `sent`."""
    texts, holder = words(visitor.language), visitor.holder
    changed = any(here.answers.get(one.item, one.answer) != one.answer for one in sent.given)
    reason = request.POST.get("reason", "")
    if changed and reason not in REASONS:
        return texts["reason_needed"]
    language = here.occasion.instrument.shown_in(visitor.language)
    off = clock_off(request.POST.get("sent_at", ""), now())
    teller = Teller(holder.told_by, BY_LINK, language, holder.relation, request.POST.get("sending", "")[:80], off)
    # The reason in the record is in one language, whichever the participant reads.
    said = words("en")[reason] if changed else ""
    try:
        answer(
            door(holder.study),
            (holder.participant, here.occasion.place.repeat),
            sent.given,
            teller,
            holder.author,
            said,
        )
    except RefusedError as error:
        own = {problem.place: problem.what for problem in error.problems}
        sent.problems.update({item: what for item, what in own.items() if here.occasion.instrument.item(item)})
        return _sentence(error, texts)
    return ""


def _sentence(error: RefusedError, texts: dict[str, str]) -> str:
    """Return a refusal in the participant's language where there are words for it."""
    said = str(error)
    known = {"was expected": "changed_meanwhile", "more than 24 hours": "too_late", "is open from": "closed_now"}
    for part, key in known.items():
        if part in said:
            return texts[key]
    return said


def _refuse(
    request: HttpRequest, visitor: Visitor, place: tuple[Standing, int], sent: Sent, problem: str
) -> HttpResponse:
    if _by_script(request):
        return JsonResponse({"problem": problem, "problems": sent.problems}, status=422)
    return _draw(request, visitor, *place, sent, problem)


def _draw(
    request: HttpRequest, visitor: Visitor, here: Standing, number: int, sent: Sent, problem: str
) -> HttpResponse:
    instrument = here.occasion.instrument
    language = instrument.shown_in(visitor.language)
    versions = {item: visitor.book.versions.get(here.occasion.answer_place(item), 0) for item in here.rows}
    every = screens(here, language, versions, sent)
    asked = {one.id for one in here.asked}
    answered = [one for one in every if one.number < number and {field.question.id for field in one.fields} & asked]
    texts = words(visitor.language)
    get_token(request)
    context = visitor.context(
        screens=[one for one in every if one.number == number or (one.number > number and not one.stands)],
        number=number,
        of=len(every),
        title=instrument.title.in_language(language),
        introduction=instrument.introduction.in_language(language),
        recall=texts["recall"].format(recall=instrument.recall.in_language(language)),
        due=texts["due"].format(day=day_words(here.occasion.due, visitor.language)),
        shown=language,
        mark=visitor.mark(here),
        back=answered[-1].number if answered else 0,
        stands=every[number - 1].stands,
        reasons=[(key, texts[key]) for key in REASONS],
        reason=request.POST.get("reason", ""),
        problem=problem,
        answers=dict(here.answers),
    )
    return render(request, "diary_desk/diary_screen.html", context, status=422 if problem or sent.problems else 200)


def _by_script(request: HttpRequest) -> bool:
    return request.headers.get("Accept", "") == "application/json"


@require_GET
@by_link
def done_page(request: HttpRequest, visitor: Visitor, mark: str) -> HttpResponse:
    """Thank the participant, ask for a call where an answer says so, and show the answers."""
    here = _find(visitor, mark)
    instrument = here.occasion.instrument
    language = instrument.shown_in(visitor.language)
    number = {one.id: n for n, group in enumerate(groups(instrument), 1) for one in group}
    lines = [
        (
            one.text.in_language(language),
            one.said(here.answers[one.id], language),
            reverse("diary_screen", args=[visitor.token, mark, number[one.id]]),
        )
        for one in here.asked
        if one.id in here.answers
    ]
    alerts = [one.text.in_language(language) for one in here.alerts]
    more = [_line(visitor, one) for one in visitor.standings if one.is_open]
    context = visitor.context(lines=lines, alerts=alerts, opened=more, shown=language, open=_lately(here), mark=mark)
    return render(request, "diary_desk/diary_done.html", context)


@require_POST
@by_link
def reminders_page(request: HttpRequest, visitor: Visitor) -> HttpResponse:
    """Take whether the participant wants reminders."""
    holder = visitor.holder
    place = Place(holder.participant, "diary_choice")
    wanted = request.POST.get("wanted") == "yes"
    draft = Draft(place, {"reminders_wanted": wanted}, version_at(holder.study, place), "the participant's choice")
    door(holder.study).enter([draft], holder.author)
    return HttpResponseRedirect(reverse("diary_home", args=[visitor.token]), status=303)


urlpatterns = [
    path("d/<str:token>/", home_page, name="diary_home"),
    path("d/<str:token>/reminders/", reminders_page, name="diary_reminders"),
    path("d/<str:token>/<slug:mark>/", begin_page, name="diary_begin"),
    path("d/<str:token>/<slug:mark>/done/", done_page, name="diary_done"),
    path("d/<str:token>/<slug:mark>/<int:number>/", screen_page, name="diary_screen"),
]
