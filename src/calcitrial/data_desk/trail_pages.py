"""Review of the trail: a sample of changes with their reasons, looked at and signed (ICH E6(R3) 4.2.3)."""

from collections.abc import Sequence

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import path

from calcitrial.data_desk.review_rows import form_label
from calcitrial.desk import attempt, author, prove, see, summary
from calcitrial.protocol import Problem, refuse
from calcitrial.quality import next_span, review_trail, reviews, sample, to_review
from calcitrial.record import Step, history, trail_of
from calcitrial.verbs import door as door_of
from calcitrial.web import Reading, needs, read_for, scope_of, written

SIZE = 20


@needs("review_trail")
def trail_review_page(request: HttpRequest, study: str) -> HttpResponse:
    """Show a sample of the changes since the last review, and sign that they were looked at."""
    reading, scope = read_for(request, study), scope_of(request, study)
    site = request.GET.get("site", "")
    first, last = _span(request, study, site)
    steps = _steps(reading, site, (first, last))
    drawn = sample(study, steps, SIZE)
    outcome = None
    if request.method == "POST":
        outcome = attempt(lambda: _review(request, reading, site, (first, last), steps))
        if outcome.done:
            return see(f"{request.path}?{request.GET.urlencode()}")
    replaced = {step.number: step for step in trail_of(study, [step.replaces for step in drawn])}
    sites = sorted({name for name in reading.sites.values() if name})
    context = {
        "study": study,
        "protocol": reading.protocol,
        "here": "trail_review",
        "rows": [_row(reading, step, replaced) for step in drawn],
        "of": len(steps),
        "first": first,
        "last": last,
        "site": site,
        "sites": sites,
        "reviews": [one for one in reviews(study) if scope.may("review_trail", one.site or None)],
        "finding": request.POST.get("_finding", ""),
        "summary": summary(outcome.problems) if outcome else [],
    }
    return render(request, "data_desk/trail_review.html", context, status=outcome.status if outcome else 200)


def _span(request: HttpRequest, study: str, site: str) -> tuple[int, int]:
    """Return the span that the page was shown with, or that since the last review."""
    first, last = next_span(study, site)
    sent = request.POST.get("_last", "")
    return first, min(int(sent), last) if sent.isdecimal() else last


def _steps(reading: Reading, site: str, span: tuple[int, int]) -> list[Step]:
    people = frozenset(code for code, where in reading.sites.items() if site in ("", where))
    return to_review(reading.study, *span, participants=people)


def _row(reading: Reading, step: Step, replaced: dict[int, Step]) -> dict[str, object]:
    form = reading.protocol.form(step.place.form)
    item = form.item(step.item) if form else None
    old = replaced.get(step.replaces)
    gone = history(reading.study, step.place, step.item) if not step.value else []
    return {
        "step": step,
        "form": form_label(reading.protocol, step.place.form),
        "item": item.label if item else step.item,
        "old": written(old.value, old.unit, item) if old else "",
        "new": written(step.value, step.unit, item),
        "redacted": any(one.place.form == "_redaction" and one.replaces == step.number for one in gone),
    }


def _review(request: HttpRequest, reading: Reading, site: str, span: tuple[int, int], steps: Sequence[Step]) -> None:
    by = author(request, reading.study, "review_trail", site)
    finding = request.POST.get("_finding", "")
    if not finding.strip():
        refuse([Problem("review", "The finding is empty.", "Say what was found, also when everything is in order.")])
    if request.POST.get("_first") != str(span[0]):
        refuse([Problem("review", "Somebody reviewed meanwhile.", "Read the page again.")])
    name = prove(request)
    entries = [step.number for step in sample(reading.study, steps, SIZE)]
    door = door_of(reading.study)
    review_trail(door, span, entries, finding, by, site=site, of=len(steps), printed_name=name)


urlpatterns = [path("<slug:study>/trail-review/", trail_review_page, name="trail_review")]
