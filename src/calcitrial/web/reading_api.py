"""What the page of a case asks for and sends: its description, its values, numbers of an outline, the answer."""

from collections.abc import Callable, Mapping
from functools import wraps
from typing import Any

import orjson
from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.urls import reverse
from django.views.decorators.http import require_GET, require_POST

from calcitrial.protocol import Problem, RefusedError, refuse
from calcitrial.reading import Answer, Task, answer, find_task, pictures, worklist
from calcitrial.web.access import for_readers
from calcitrial.web.answers import earlier, read_answers
from calcitrial.web.case_values import Case, packed
from calcitrial.web.cases import describe, measure_runs, numbers, open_case
from calcitrial.web.home import home
from calcitrial.web.masks import from_runs
from calcitrial.web.reading_pages import next_task, the_reader
from calcitrial.web.saying import spoken

View = Callable[..., HttpResponseBase]


def in_sentences(view: View) -> View:
    """Return the view with every refusal as JSON: {"problems": [sentence, ...]}, status 400."""

    @wraps(view)
    def respond(request: HttpRequest, study: str, task: str) -> HttpResponseBase:
        try:
            return view(request, study, task)
        except RefusedError as error:
            told = [spoken(f"{_place(problem)}{problem.what} {problem.instead}") for problem in error.problems]
            return _json({"problems": told}, status=400)

    return respond


def _place(problem: Problem) -> str:
    return f"L{problem.place[1:]}: " if problem.place.startswith("lesion ") else ""


@for_readers
@require_GET
@in_sentences
def case_data(request: HttpRequest, study: str, task: str) -> HttpResponseBase:
    """Return the description of a case, with proposed outlines and, where it was read before, that answer."""
    found, case = _open(request, study, task)
    content = describe(found, case, reverse("case_voxels", args=[study, task]))
    content |= {name: spoken(content[name]) for name in ("made", "sentence") if content.get(name)}
    return _json({**content, "earlier": earlier(study, home(), found)})


@for_readers
@require_GET
@in_sentences
def case_voxels(request: HttpRequest, study: str, task: str) -> HttpResponseBase:
    """Return the stored values of a case, little-endian, as they lie in memory, compressed on the way."""
    _found, case = _open(request, study, task)
    response = StreamingHttpResponse(packed(case), content_type="application/octet-stream")
    response.headers["Content-Encoding"] = "gzip"
    return response


@for_readers
@require_POST
@in_sentences
def case_measure(request: HttpRequest, study: str, task: str) -> HttpResponseBase:
    """Return the numbers of an outline: {"label", "runs"} to {"numbers"}."""
    found, case = _open(request, study, task)
    content = _content(request)
    label = str(content.get("label"))
    if label not in [one.label for one in found.lesions]:
        refuse([Problem("label", "This case has no such lesion.", "Load the page again.")])
    mask = from_runs(content.get("runs"), case.shape, label)
    return _json({"numbers": numbers(measure_runs(case, mask, label))})


@for_readers
@require_POST
@in_sentences
def case_answer(request: HttpRequest, study: str, task: str) -> HttpResponseBase:
    """Enter the answers on all lesions of a case, measured here, and return where to go on: {"next"}."""
    found, case = _open(request, study, task)
    content = _content(request)
    answers: list[Answer] = read_answers(home(), found, case, content)
    seconds, reason = content.get("seconds"), str(content.get("reason") or "")
    taken = float(seconds) if isinstance(seconds, int | float) else -1.0
    reader = the_reader(request).reader
    answer(study, reader, found.id, answers, taken, reason=reason)
    following = next_task(worklist(study, reader), found.number)
    way = reverse("case", args=[study, following.id]) if following else reverse("worklist", args=[study])
    return _json({"next": way})


def _open(request: HttpRequest, study: str, task: str) -> tuple[Task, Case]:
    reader = the_reader(request).reader
    found = find_task(study, reader, task)
    return found, open_case(found, pictures(study, home(), reader, task))


def _content(request: HttpRequest) -> Mapping[str, Any]:
    try:
        content = orjson.loads(request.body)
    except orjson.JSONDecodeError:
        content = None
    if not isinstance(content, dict):
        refuse([Problem("request", "What was sent is no JSON object.", "Load the page again.")])
    return content  # type: ignore[no-any-return]


def _json(content: object, status: int = 200) -> HttpResponse:
    data = orjson.dumps(content, option=orjson.OPT_SERIALIZE_NUMPY)
    return HttpResponse(data, content_type="application/json", status=status)
