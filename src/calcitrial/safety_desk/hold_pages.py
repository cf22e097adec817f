"""Holds that a physician sets by hand: of the study, of a participant or of one lesion, each with a reason."""

from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.urls import path, reverse

from calcitrial.desk import attempt, author, see, summary
from calcitrial.people import site_of
from calcitrial.record import protocol_of
from calcitrial.safety import next_hold, set_hold
from calcitrial.safety_desk.event_view import lesion_options
from calcitrial.verbs import door as door_of
from calcitrial.web import needs, read_for, refused, scope_of


@needs("set_holds")
def set_hold_page(request: HttpRequest, study: str, code: str) -> HttpResponseBase:
    """Hold injections of a participant or of one of their lesions, with a reason; for an investigator of the site."""
    reading = read_for(request, study, code)
    if not scope_of(request, study).may("set_holds", site_of(reading.protocol, code) or None):
        return refused(request, f"Injections of {code} are held by an investigator of their own site.")
    back = reverse("events", args=[study, code])
    return _page(request, study, code, "set_holds", lesion_options(reading), back)


@needs("set_study_holds")
def set_study_hold_page(request: HttpRequest, study: str) -> HttpResponseBase:
    """Hold injections of the whole study, with a reason; any investigator or the safety board may stop them."""
    back = "safety" if scope_of(request, study).may("see_participants") else "board"
    return _page(request, study, "", "set_study_holds", [], reverse(back, args=[study]))


def _page(
    request: HttpRequest, study: str, code: str, right: str, lesions: list[tuple[str, str]], back: str
) -> HttpResponseBase:
    door, post = door_of(study), request.POST
    name = post.get("_name") or next_hold(door, code)
    reason, lesion = post.get("_reason", "").strip(), post.get("_lesion", "")
    problems: list[str] = []
    if request.method == "POST":
        site = site_of(door.protocol, code) or None if code else None
        outcome = attempt(lambda: set_hold(door, code, lesion, name[:60], reason, author(request, study, right, site)))
        if outcome.done:
            return see(back)
        problems = [words for _link, words in summary(outcome.problems)]
    context = {
        "study": study,
        "protocol": protocol_of(study),
        "here": "events" if code else "safety",
        "code": code,
        "lesions": lesions,
        "chosen": lesion,
        "reason": reason[:2_000],
        "name": name,
        "problems": problems,
        "back": back,
    }
    return render(request, "safety_desk/hold_set.html", context, status=422 if problems else 200)


urlpatterns = [
    path("<slug:study>/safety/hold/", set_study_hold_page, name="set_study_hold"),
    path("<slug:study>/participants/<str:code>/hold/", set_hold_page, name="set_hold"),
]
