"""The safety board in the browser: its package from a cut, the holds of the study, and what it recommends, signed."""

from typing import Any, Literal

from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.urls import path

from calcitrial.desk import Outcome, attempt, author, fields_of, prove, see, summary_of, values_of
from calcitrial.protocol import Form, Problem, Protocol, house_forms, refuse
from calcitrial.quality import signature_of
from calcitrial.record import Cut, Place, current_rows, protocol_of, read_head, tabulate
from calcitrial.reporting import board_file
from calcitrial.safety import entered_holds
from calcitrial.safety_desk.board_due import board_due
from calcitrial.verbs import cut as cut_of
from calcitrial.verbs import door as door_of
from calcitrial.vigilance import recommend
from calcitrial.web import needs, refused, scope_of

FORM, MEANING = "board_recommendation", "approved"
# What the program knows of the cut and nobody types.
KNOWN = ("board_cut", "board_digest")
TYPES = {"html": "text/html; charset=utf-8", "pdf": "application/pdf"}
POLICY = "default-src 'none'; style-src 'unsafe-inline'; img-src data:; font-src data:; base-uri 'none'; sandbox"


@needs("see_board_open")
def board_page(request: HttpRequest, study: str) -> HttpResponseBase:
    """Show the parts of the package of a cut, holds of the study, and the recommendations; take a new one."""
    protocol, scope = protocol_of(study), scope_of(request, study)
    form, sequence = _asked(house_forms()[FORM]), _sequence(request, study)
    values, outcome = {}, Outcome()
    if request.method == "POST":
        values = values_of(form, request.POST)
        outcome = attempt(lambda: _recommend(request, study, sequence, values))
        if outcome.done:
            return see(f"{request.path}#recommendations")
    drawn = fields_of(protocol, form, values, outcome.problems)
    held = entered_holds(protocol, current_rows(study, "", ("study_hold", "study_hold_lift")))
    context = {
        "sequence": sequence,
        "head": read_head(study),
        "held": held,
        "may_close": scope.may("see_board_closed") and not scope.blinded,
        "may_recommend": scope.may("recommend"),
        "may_lift_study": scope.may("lift_study_holds"),
        "may_hold_study": scope.may("set_study_holds"),
        "fields": drawn,
        "summary": summary_of(form, drawn, outcome.problems),
        "recommendations": _recommendations(protocol),
        "parts": ("open", "closed"),
    }
    return _render(request, protocol, context, outcome.status)


@needs("see_board_open")
def board_part_page(request: HttpRequest, study: str, part: str, kind: str) -> HttpResponseBase:
    """Return one part of the package of a cut; the closed one for the board alone."""
    scope = scope_of(request, study)
    if part not in ("open", "closed") or kind not in TYPES:
        raise Http404(f"The package of {study} has no such part. Its parts are listed on the page of the board.")
    if part == "closed" and (not scope.may("see_board_closed") or scope.blinded):
        return refused(request, "The closed part is for the members of the safety board alone.")
    cut = cut_of(study, _sequence(request, study))
    asked: Literal["open", "closed"] = "closed" if part == "closed" else "open"
    written: Literal["html", "pdf"] = "pdf" if kind == "pdf" else "html"
    response = HttpResponse(board_file(cut, asked, written), content_type=TYPES[kind])
    response.headers["Content-Security-Policy"] = POLICY
    if kind == "pdf":
        name = f"{study}-board-{asked}-{cut.sequence}.pdf"
        response.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    return response


def _recommend(request: HttpRequest, study: str, sequence: int, values: dict[str, str]) -> None:
    """Enter and sign a recommendation: asked who it is before anything is entered."""
    by = author(request, study, "recommend")
    unknown = sorted(set(values) & set(KNOWN))
    if unknown:
        refuse([Problem(f"{FORM}.{unknown[0]}", "The cut is not typed.", "Choose it on the page of the board.")])
    name = prove(request)
    door, cut = door_of(study), _cut(study, sequence)
    recommend(door, cut, values, by, name)


def _cut(study: str, sequence: int) -> Cut:
    return cut_of(study, sequence)


def _asked(form: Form) -> Form:
    """Return the form as the board fills it in: without what the program knows."""
    return form.model_copy(update={"items": tuple(item for item in form.items if item.id not in KNOWN)})


def _sequence(request: HttpRequest, study: str) -> int:
    """Return the submission that the package ends with: what the address asks for, else the last one."""
    asked, last = request.POST.get("_at") or request.GET.get("at", ""), read_head(study).sequence
    if not asked:
        return last
    if not asked.isdecimal() or len(asked) > 9 or not 1 <= int(asked) <= last:
        raise Http404(f"There is no submission {asked[:20]!r} in study {study}. Its submissions are 1 to {last}.")
    return int(asked)


def _recommendations(protocol: Protocol) -> list[dict[str, Any]]:
    rows = current_rows(protocol.id, "", (FORM, "study_signature"))
    found = tabulate(protocol, rows, FORM).iter_rows(named=True)
    return [
        {"row": row, "signature": signature_of(rows, [Place("", FORM, repeat=row["repeat"])], MEANING)} for row in found
    ]


def _render(request: HttpRequest, protocol: Protocol, context: dict[str, Any], status: int) -> HttpResponse:
    shared = {"study": protocol.id, "protocol": protocol, "here": "board"}
    return render(request, "safety_desk/board.html", shared | context, status=status)


due = board_due

urlpatterns = [
    path("<slug:study>/board/", board_page, name="board"),
    path("<slug:study>/board/<str:part>.<str:kind>", board_part_page, name="board_part"),
]
