"""Every form of the protocol on paper: what a site fills in by hand when the program cannot be reached.

ICH E6(R3) 4.3.6: there are procedures for when a computerised system fails. The printed form names the definition
that it belongs to, so that what was written by hand can be entered later under the version it was asked in.
"""

from dataclasses import dataclass

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import path

from calcitrial.protocol import Form, Item, Protocol, rule_in_words
from calcitrial.record import KEYS
from calcitrial.visit_desk.form_rights import BY_VERB
from calcitrial.web import needs, read_for

HEADS = {"participant": "Participant", "visit": "Visit", "lesion": "Lesion", "repeat": "Number"}


@dataclass(frozen=True)
class Line:
    """One question on paper: what is asked, in which unit, which boxes there are, and when it is left out."""

    label: str
    unit: str
    boxes: tuple[str, ...]
    kind: str
    required: bool
    notes: tuple[str, ...]


@dataclass(frozen=True)
class Paper:
    """One form on paper: its heads (what it belongs to), its visits, and its questions."""

    form: Form
    heads: tuple[str, ...]
    visits: tuple[str, ...]
    lines: tuple[Line, ...]


@needs("see_participants")
def blank_page(request: HttpRequest, study: str) -> HttpResponse:
    """Show every form that people fill in, empty, one to a sheet, ready to print."""
    protocol = read_for(request, study).protocol
    context = {
        "study": study,
        "protocol": protocol,
        "here": "blank_forms",
        "papers": papers(protocol),
        "definition": protocol.digest[:12],
    }
    return render(request, "visit_desk/blank.html", context)


def papers(protocol: Protocol) -> list[Paper]:
    """Return the forms of a protocol that people fill in, as paper."""
    return [
        Paper(
            form,
            tuple(HEADS[key] for key in KEYS[form.level]),
            tuple(visit.id for visit in protocol.visits if form.id in visit.forms),
            tuple(_line(form, item) for item in form.items),
        )
        for form in protocol.forms
        if form.id not in BY_VERB and "participant" in KEYS[form.level]
    ]


def _line(form: Form, item: Item) -> Line:
    boxes = ("yes", "no", "not known") if item.type == "boolean" else item.choices
    notes = [f"only where {rule_in_words(form, item.show_if)}"] if item.show_if else []
    if item.min is not None or item.max is not None:
        low, high = ("any" if limit is None else f"{limit:g}" for limit in (item.min, item.max))
        notes.append(f"{low} to {high}")
    kind = "date" if item.type == "date" else "long" if item.long else "line"
    return Line(item.label, item.unit, boxes, kind, item.required, tuple(notes))


urlpatterns = [path("<slug:study>/forms/blank/", blank_page, name="blank_forms")]
