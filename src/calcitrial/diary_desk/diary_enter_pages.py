"""Taking answers down: by telephone, in the clinic or from paper, with who told them and who wrote them down."""

from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import path, reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from calcitrial.diary import BY_LINK, Book, Standing, Teller, answer, book_of
from calcitrial.diary_desk.diary_screens import Sent, read_sent, screens
from calcitrial.protocol import RefusedError
from calcitrial.record import Author, now
from calcitrial.verbs import door
from calcitrial.web import needs, read_for, refused, scope_of

CAPABILITY = "enter_diary"
WAYS = ("telephone", "in the clinic", "paper")
RELATIONS = ("parent", "guardian", "partner", "child", "carer", "other")


def writing(request: HttpRequest, study: str, code: str) -> tuple[Book, Author]:
    """Return a participant's book and the person as author; Http404 where they may not enter for this site."""
    book = book_of(study, read_for(request, study, code).rows)
    try:
        return book, scope_of(request, study).author(CAPABILITY, book.site(code))
    except PermissionError:
        raise Http404(_("This participant belongs to another site.")) from None


@require_http_methods(["GET", "HEAD", "POST"])
@needs(CAPABILITY)
def enter_page(request: HttpRequest, study: str, code: str, repeat: str) -> HttpResponse:
    """Take down by telephone, in the clinic or from paper what a participant, proxy or physician says."""
    book, author = writing(request, study, code)
    found = [one for one in book.standings(code, book.day(code, now())) if one.occasion.place.repeat == repeat]
    if not found or found[0].state == "to come":
        raise Http404(_("There is no such questionnaire yet. Choose one from the list."))
    here, scope = found[0], scope_of(request, study)
    physician = here.occasion.instrument.answered_by == "physician"
    if physician and not scope.may("assess_events", book.site(code)):
        return refused(request, _("This scale is answered by a physician of the trial."))
    if request.method != "POST":
        return _draw_entry(request, book, here, Sent(), [])
    sent = read_sent(here.occasion.instrument, request.POST, "")
    problems = _take_down(request, study, here, sent, author)
    if problems or sent.problems:
        return _draw_entry(request, book, here, sent, problems)
    return HttpResponseRedirect(reverse("diary_of", args=[study, code]), status=303)


def _take_down(request: HttpRequest, study: str, here: Standing, sent: Sent, author: Author) -> list[str]:
    """Enter what was taken down; return what speaks against it as sentences."""
    post, physician = request.POST, here.occasion.instrument.answered_by == "physician"
    told_by = "physician" if physician else post.get("_told_by", "")
    relation = post.get("_relation", "") if told_by == "proxy" else ""
    problems = []
    if told_by not in (("physician",) if physician else ("participant", "proxy")):
        problems.append(_("Say who answered."))
    if told_by == "proxy" and relation not in RELATIONS:
        problems.append(_("Say who the proxy is to the participant."))
    if post.get("_way", "") not in WAYS:
        problems.append(_("Say whether it was by telephone, in the clinic or on paper."))
    if not sent.given:
        problems.append(_("No question has an answer yet; enter one, or leave it out."))
    if problems:
        return problems
    teller = Teller(told_by, post["_way"], post.get("_language", "en"), relation)
    occasion = (here.occasion.participant, here.occasion.place.repeat)
    try:
        answer(door(study), occasion, sent.given, teller, author, post.get("_reason", ""))
    except RefusedError as error:
        for problem in error.problems:
            if here.occasion.instrument.item(problem.place):
                sent.problems[problem.place] = problem.what
        return [f"{problem.what} {problem.instead}" for problem in error.problems]
    return []


def _draw_entry(request: HttpRequest, book: Book, here: Standing, sent: Sent, problems: list[str]) -> HttpResponse:
    occasion = here.occasion
    language = occasion.instrument.shown_in("fr" if getattr(request, "LANGUAGE_CODE", "en")[:2] == "fr" else "en")
    versions = {item: book.versions.get(occasion.answer_place(item), 0) for item in here.rows}
    by_link = {item for item, row in here.rows.items() if row["by_way_of"] == BY_LINK}
    context = {
        "study": book.study,
        "protocol": book.protocol,
        "code": occasion.participant,
        "here": "diary_of",
        "standing": here,
        "title": occasion.instrument.title.in_language(language),
        "introduction": occasion.instrument.introduction.in_language(language),
        "fields": [field for screen in screens(here, language, versions, sent) for field in screen.fields],
        "by_link": by_link,
        "language": language,
        "languages": occasion.instrument.languages,
        "physician": occasion.instrument.answered_by == "physician",
        "stands": bool(here.rows),
        "ways": WAYS,
        "relations": RELATIONS,
        "problems": problems,
        # A template reaches no name that begins with an underscore.
        **{name: request.POST.get(f"_{name}", "") for name in ("told_by", "relation", "way", "reason")},
    }
    return render(request, "diary_desk/diary_enter.html", context, status=422 if problems or sent.problems else 200)


urlpatterns = [
    path("<slug:study>/participants/<str:code>/diary/answers/<str:repeat>/", enter_page, name="diary_enter"),
]
