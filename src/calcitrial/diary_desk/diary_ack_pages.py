"""The team says that it has seen an answer which asks for a look, and what was done; then it leaves Today."""

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import path, reverse
from django.views.decorators.http import require_POST

from calcitrial.diary_desk.diary_enter_pages import CAPABILITY, writing
from calcitrial.diary_desk.diary_staff_pages import draw_diary
from calcitrial.protocol import Problem, RefusedError
from calcitrial.record import Draft, Place, now, standing_of
from calcitrial.verbs import enter
from calcitrial.web import needs


@require_POST
@needs(CAPABILITY)
def ack_page(request: HttpRequest, study: str, code: str) -> HttpResponse:
    """Enter by whom and when an answer was seen, and what was done; a second look at the same answer enters nothing."""
    book, author = writing(request, study, code)
    name, item, done = (request.POST.get(key, "") for key in ("_occasion", "_item", "_done"))
    standings = book.standings(code, book.day(code, now()))
    found = next((one for one in standings if one.occasion.place.repeat == name), None)
    answer = found.answers.get(item, "") if found else ""
    place = Place(code, "diary_ack", repeat=f"{name}:{item}")
    try:
        if found is None or item not in {one.item for one in found.raised}:
            what = "There is no answer that asks for a look here."
            raise RefusedError([Problem("diary_ack", what, "Choose one of the page.")])
        if found.seen.get(item) != answer:
            if not done.strip():
                raise RefusedError([Problem("diary_ack", "Nobody says what was done.", "Say it in a few words.")])
            version = standing_of(study, place).version
            why = "the answer was changed after it had been seen" if version else ""
            enter(study, [Draft(place, {"ack_answer": answer, "ack_done": done.strip()[:500]}, version, why)], author)
    except RefusedError as error:
        problems = [f"{problem.what} {problem.instead}" for problem in error.problems]
        return draw_diary(request, book, code, 422, problems=problems)
    return HttpResponseRedirect(reverse("diary_of", args=[study, code]), status=303)


urlpatterns = [path("<slug:study>/participants/<str:code>/diary/seen/", ack_page, name="diary_ack")]
