"""The pages of the reading room: the door, the list of cases, one case, and how well the readers agree."""

from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.middleware.csrf import get_token
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_GET, require_http_methods

from calcitrial.protocol import RefusedError
from calcitrial.reading import Task, find_task, worklist
from calcitrial.record import now
from calcitrial.web.access import Pass, claim, for_readers, give_pass, look_up, pass_of
from calcitrial.web.home import home
from calcitrial.web.scoping import open_to, scope_of

PLANES = {"ct": ("axial", "coronal", "sagittal")}
TOOLS = {
    "ct": "cross window move paint erase scissors length area",
    "film": "window move length area calibrate",
    "ultrasound": "window move length",
}
NAMES = {
    "cross": ("Crosshair", "q"),
    "window": ("Window", "w"),
    "move": ("Move", "m"),
    "paint": ("Brush", "b"),
    "erase": ("Eraser", "e"),
    "scissors": ("Scissors", "x"),
    "length": ("Caliper", "l"),
    "area": ("Area", "p"),
    "calibrate": ("Known length", "k"),
}
PRESETS = {"ct": (("Bone", 1), ("Soft", 2), ("Calcium", 3), ("All", 4))}


@open_to("its token is the proof")
@require_http_methods(["GET", "HEAD", "POST"])
def door_page(request: HttpRequest, token: str) -> HttpResponse:
    """Show whom a link is for; opened with its button, it makes this browser that reader's."""
    try:
        if request.method != "POST":
            holder = look_up(home(), token, now())
            context = {"title": "Reading room", "reader": holder.reader, "token": token}
            context["sentence"] = f"This link lets {holder.reader} read the pictures of the study {holder.study}."
            return render(request, "reading/door.html", context)
        holder = claim(home(), token, now())
    except RefusedError as error:
        return _closed(request, error, 404)
    response = HttpResponseRedirect(reverse("worklist", args=[holder.study]))
    give_pass(response, holder, secure=request.is_secure())
    return response


@for_readers
@require_GET
def worklist_page(request: HttpRequest, study: str) -> HttpResponse:
    """List a reader's cases in the reader's own order, with the next one to read."""
    holder = the_reader(request)
    try:
        tasks = worklist(study, holder.reader)
    except RefusedError as error:
        return _closed(request, error, 404)
    context = {
        "study": study,
        "reader": holder.reader,
        "tasks": tasks,
        "read": sum(task.state == "read" for task in tasks),
        "next": next_task(tasks),
    }
    return render(request, "reading/worklist.html", context)


@for_readers
@require_GET
def case_page(request: HttpRequest, study: str, task: str) -> HttpResponse:
    """Show one case with the tools to read it; the picture itself is loaded by the page."""
    reader = the_reader(request).reader
    try:
        found = find_task(study, reader, task)
        of = len(worklist(study, reader))
    except RefusedError as error:
        return _closed(request, error, 404)
    get_token(request)
    context = {
        "study": study,
        "reader": reader,
        "task": found,
        "of": of,
        "planes": PLANES.get(found.kind, ("picture",)),
        "tools": [(name, *NAMES[name]) for name in TOOLS[found.kind].split()],
        "presets": PRESETS.get(found.kind, (("All", 4),)),
    }
    return render(request, "reading/case.html", context)


def next_task(tasks: tuple[Task, ...], after: int = 0) -> Task | None:
    """Return the first task to read behind this place in the list, or from its start; None when all are read."""
    waiting = [task for task in tasks if task.state != "read"]
    return next((task for task in waiting if task.number > after), waiting[0] if waiting else None)


def the_reader(request: HttpRequest) -> Pass:
    """Return who reads in this browser: the holder of its pass, or the signed-in person under their user name."""
    holder = pass_of(request)
    study = str(request.resolver_match.kwargs.get("study", "")) if request.resolver_match else ""
    if holder is None and not scope_of(request, study).may("read_images"):
        raise Http404("These pages are for readers.")
    return holder or Pass(study, request.user.get_username())


def stale(request: HttpRequest, reason: str = "") -> HttpResponse:
    """Say that what was sent did not come from a page that this browser had open (CSRF)."""
    sentence = "This page is out of date, so nothing was entered. Load it again; what you drew is still there."
    return render(request, "reading/door.html", {"title": "Load the page again", "sentence": sentence}, status=403)


def _closed(request: HttpRequest, error: RefusedError, status: int) -> HttpResponse:
    sentence = " ".join(f"{problem.what} {problem.instead}" for problem in error.problems)
    return render(request, "reading/door.html", {"title": "Not here", "sentence": sentence}, status=status)
