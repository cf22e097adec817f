"""The pages: each reads the record, arranges what it found, and fills one template."""

from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from django.core.paginator import Page, Paginator
from django.http import FileResponse, Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.safestring import SafeString, mark_safe

from calcitrial.lesions import TITLES, Marker, draw
from calcitrial.people import visible
from calcitrial.protocol import Protocol, lacking
from calcitrial.record import (
    Place,
    Step,
    changed_items,
    history,
    now,
    participant_trail,
    protocol_of,
    read_head,
    studies,
    trail_of,
    verify_study,
)
from calcitrial.web.headers import REPORT_POLICY
from calcitrial.web.home import home
from calcitrial.web.injection_holds import holds_in_force, proposed_holds
from calcitrial.web.lesion_rows import LesionRow, crowd, lesion_names, lesion_rows, spread, views_of
from calcitrial.web.participants import chosen, criteria, opening_facts, participant_rows
from calcitrial.web.protocol_page import STATUS, sections
from calcitrial.web.reading import Reading, protocol_or_404, simulated, written
from calcitrial.web.saying import spoken_svg
from calcitrial.web.scoping import for_signed_in, needs, read_for, refused, scope_of, sight
from calcitrial.web.sparkline import sparkline
from calcitrial.web.timeline import timeline

PER_PAGE = 50
STEPS_PER_PAGE = 150
UNBLINDED_ONLY = "The report tells who had which treatment, so it is not for people who must not know."
REPORT_TYPES = {
    ".html": "text/html; charset=utf-8",
    ".pdf": "application/pdf",
    ".docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    ".json": "application/json",
    ".parquet": "application/vnd.apache.parquet",
    ".csv": "text/csv",
    ".svg": "image/svg+xml",
}


@for_signed_in
def studies_page(request: HttpRequest) -> HttpResponse:
    """Show every study of this home and where it stands."""
    mine = [name for name in studies() if scope_of(request, name).grants]
    found = [_study(request, name) for name in mine]
    context = {"studies": found, "home": home(), "any": bool(studies())}
    return render(request, "pages/studies.html", context)


def _study(request: HttpRequest, name: str) -> dict[str, Any]:
    scope, head = scope_of(request, name), read_head(name)
    if not scope.may("see_participants"):
        # Such as administrators and readers of images: that the study is there, and nothing out of it.
        return {"id": name, "protocol": protocol_of(name), "closed": True, "reads": scope.may("read_images")}
    reading, last = read_for(request, name), trail_of(name, [head.entries])
    people = participant_rows(reading)
    return {
        "id": name,
        "protocol": reading.protocol,
        "participants": len(people),
        "statuses": sorted(Counter(row.status.split(":")[0] for row in people).items()),
        "simulated": sum(row.simulated for row in people),
        "lesions": sum(row.lesions for row in people),
        "head": head,
        "verifies": scope.may("verify_record"),
        "last": last[0].at if last else "",
    }


@needs("see_participants")
def participants_page(request: HttpRequest, study: str) -> HttpResponse:
    """List the participants of a study, as searched, filtered and sorted in the address."""
    reading = read_for(request, study)
    rows = participant_rows(reading)
    wanted = {name: request.GET.get(name, "") for name in ("q", "site", "status")}
    wanted["sort"] = request.GET.get("sort") or "code"
    context = {
        "page": _page(request, chosen(rows, wanted), PER_PAGE),
        "all": len(rows),
        "simulated": sum(row.simulated for row in rows),
        "sites": sorted({row.site for row in rows if row.site}),
        "statuses": sorted({row.status for row in rows}),
        "wanted": wanted,
        "columns": _columns(request, wanted["sort"]),
        "today": now().date(),
        "holds": proposed_holds(reading),
        "held": holds_in_force(reading),
    }
    return _render(request, "participants", reading.protocol, context)


COLUMNS = (
    ("code", "Participant"),
    ("site", "Site"),
    ("diagnosis", "Diagnosis"),
    ("age", "Age"),
    ("arm", "Arm"),
    ("lesions", "Lesions"),
    ("", "Visits"),
    ("last", "Last visit"),
    ("due", "Next visit"),
    ("events", "Adverse events"),
    ("status", "Status"),
)


def _columns(request: HttpRequest, sort: str) -> list[dict[str, str]]:
    """Return the headings with the address that sorts by each, falling when it already rises."""
    found = []
    for key, label in COLUMNS:
        order = {key: "ascending", f"-{key}": "descending"}.get(sort, "none") if key else ""
        query = request.GET.copy()
        query["sort"] = f"-{key}" if order == "ascending" else key
        query.pop("page", None)
        found.append({"key": key, "label": label, "order": order, "link": f"?{query.urlencode()}"})
    return found


@needs("see_participants")
def participant_page(request: HttpRequest, study: str, code: str) -> HttpResponse:
    """Show everything about one participant, each value with the way to its history."""
    reading, seen = read_for(request, study, code), sight(request, study, code)
    entries, changed = changed_items(study, code)
    if seen.narrow:
        steps = visible(participant_trail(study, code), seen)
        entries, changed = len(steps), frozenset((step.place, step.item) for step in steps if step.replaces)
    row, facts = opening_facts(reading, code, changed)
    lesions = lesion_rows(reading)
    last_day = max((mark.day or 0 for mark in row.visits), default=0)
    context = {
        "row": row,
        "facts": facts,
        "maps": _maps(lesions, [lesion.marker(lesion.number, f"#{lesion.id}") for lesion in lesions if lesion.view]),
        "lesions": [(lesion, _safe(sparkline(lesion.masses, last_day, lesion.group))) for lesion in lesions],
        "criteria": criteria(reading, code, changed),
        "timeline": timeline(reading, code, changed, request.GET.get("open", "")),
        "entries": entries,
        "today": now().date(),
        "holds": proposed_holds(reading, code),
        "held": holds_in_force(reading, code),
    }
    return _render(request, "participant", reading.protocol, context)


@needs("see_participants")
def lesions_page(request: HttpRequest, study: str) -> HttpResponse:
    """Show all lesions of a study on the body map; those of this page of the table are numbered."""
    reading = read_for(request, study)
    page = _page(request, lesion_names(reading), PER_PAGE)
    wanted = {lesion for _participant, lesion in page.object_list}
    lesions = [
        one for one in lesion_rows(reading.among({code for code, _lesion in page.object_list})) if one.id in wanted
    ]
    numbered = [(str(number), one) for number, one in enumerate(lesions, page.start_index())]
    markers = [*crowd(reading, wanted), *(one.marker(number, f"#{one.id}") for number, one in numbered if one.view)]
    screened_at = reading.each("screened_at", _screened_at)
    context = {
        "page": page,
        "rows": numbered,
        "maps": _maps(markers, spread(markers), 4 * max((marker.mass or 0 for marker in markers), default=0)),
        "simulated": sum(simulated(site) for site in screened_at.values()),
    }
    return _render(request, "lesions", reading.protocol, context)


def _screened_at(reading: Reading) -> dict[str, str]:
    said = reading.said("screening", "site")
    return {code: said.get(code, {}).get("site", "") for code in reading.sites}


def _maps(
    lesions: Sequence[LesionRow | Marker], markers: Sequence[Marker], largest: float | None = None
) -> list[tuple[str, SafeString]]:
    return [(TITLES[view], _safe(draw(markers, view, largest))) for view in views_of(lesions)]


@needs("see_participants")
def history_page(request: HttpRequest, study: str) -> HttpResponse:
    """Show every entry ever made at one place, or about one participant."""
    protocol = protocol_or_404(study)
    place = Place(*(request.GET.get(name, "") for name in Place._fields))
    item, seen = request.GET.get("item", ""), sight(request, study, place.participant)
    steps = history(study, place, item) if place.form else _trail(study, place.participant)
    steps = visible(steps, seen)
    if not steps and any(place):
        raise Http404(f"Nothing was ever entered at {' '.join(filter(None, (*place, item)))} in study {study}.")
    page = _page(request, steps, STEPS_PER_PAGE)
    form = protocol.form(place.form)
    context = {
        "place": place,
        "form": form,
        "item": form.item(item) if form else None,
        "page": page,
        "steps": [_step(protocol, study, step) for step in page.object_list],
    }
    return _render(request, "history", protocol, context)


def _trail(study: str, participant: str) -> list[Step]:
    """Return what was entered about a participant; nothing where nobody is named, for that is the study itself."""
    return participant_trail(study, participant) if participant else []


def _step(protocol: Protocol, study: str, step: Step) -> dict[str, Any]:
    """Return an entry in words: the item's label, the value or why there is none, and what it replaced."""
    form = protocol.form(step.place.form)
    item = form.item(step.item) if form else None
    removed = history(study, Place("", "_redaction", repeat=str(step.number))) if not step.value else []
    replaced = trail_of(study, [step.replaces]) if step.replaces else []
    return {
        "step": step,
        "form": form.label if form else step.place.form,
        "label": item.label if item else step.item,
        "text": written(step.value, step.unit, item),
        "redacted": removed[0].value if removed else "",
        "replaced": replaced[0] if replaced else None,
    }


@needs("see_protocol")
def protocol_page(request: HttpRequest, study: str) -> HttpResponse:
    """Show the protocol that the study runs under, with sources and with what is not public."""
    protocol = protocol_or_404(study)
    found = sections(protocol)
    counts = Counter(line.status for section in found for line in section.lines)
    legend = [(status, *STATUS[status], counts[status]) for status in STATUS if counts[status]]
    return _render(request, "protocol", protocol, {"sections": found, "legend": legend, "lacks": lacking(protocol)})


@needs("see_report")
def report_page(request: HttpRequest, study: str) -> HttpResponse:
    """Show the written report of a study, or say how to write it; to who is blinded the pooled one, without arms."""
    protocol = protocol_or_404(study)
    if scope_of(request, study).blinded:
        return _render(request, "report_pooled", protocol, {"here": "report"})
    folder = _reports(study)
    names = sorted(p.name for p in folder.glob("*") if p.suffix in REPORT_TYPES) if folder.is_dir() else []
    context = {"names": names, "written": "report.html" in names, "pdf": "report.pdf" in names, "home": home()}
    context["word"] = "report.docx" in names
    return _render(request, "report", protocol, context)


@needs("see_report")
def report_file(request: HttpRequest, study: str, name: str) -> HttpResponse | FileResponse:
    """Return one file of the written report; it may style itself but neither run a script nor load anything."""
    if scope_of(request, study).blinded:
        return refused(request, UNBLINDED_ONLY)
    protocol_or_404(study)
    path = _reports(study) / name
    # A name with a separator or a leading dot could leave the folder or show what is not the report's.
    if Path(name).name != name or path.suffix not in REPORT_TYPES or not path.is_file():
        raise Http404(f"The report of {study} has no file {name!r}. Its files are listed on the report page.")
    response = FileResponse(path.open("rb"), content_type=REPORT_TYPES[path.suffix])
    response.headers["Content-Security-Policy"] = REPORT_POLICY
    if path.suffix != ".html":
        response.headers["Content-Disposition"] = f'attachment; filename="{study}-{path.name}"'
    return response


@needs("verify_record")
def verify_page(request: HttpRequest, study: str) -> HttpResponse:
    """Replay the record of a study now and show what was found."""
    protocol = protocol_or_404(study)
    return _render(request, "verify", protocol, {"result": verify_study(study), "head": read_head(study)})


def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    """Say in a sentence what is not there."""
    said = exception.args[0] if exception.args and isinstance(exception.args[0], str) else ""
    sentence = said or f"There is no page at {request.path}."
    return render(request, "pages/missing.html", {"sentence": sentence}, status=404)


def failed(request: HttpRequest) -> HttpResponse:
    """Say that this page failed, without showing anything of it."""
    return render(request, "pages/failed.html", status=500)


def _render(request: HttpRequest, name: str, protocol: Protocol, context: dict[str, Any]) -> HttpResponse:
    shared = {"study": protocol.id, "protocol": protocol, "here": name, "query": request.GET}
    return render(request, f"pages/{name}.html", shared | context)


def _page(request: HttpRequest, rows: Sequence[Any], size: int) -> Page[Any]:
    return Paginator(rows, size).get_page(request.GET.get("page"))


def _safe(svg: str) -> SafeString:
    """Mark our own drawing as markup; `draw` and `sparkline` escape every text they are given."""
    return mark_safe(spoken_svg(svg))


def _reports(study: str) -> Path:
    return home() / "reports" / study
