"""Amendments: which definition the study and each site run under, and moving on to a newer one after a look at it."""

import hashlib
import re
from collections.abc import Iterator
from datetime import date
from pathlib import Path

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import path, reverse
from django.utils.translation import gettext

from calcitrial.desk import Due, attempt, author, see, summary
from calcitrial.people import Scope
from calcitrial.protocol import GROUPS, Problem, Protocol, RefusedError, chosen_as, parse, refuse
from calcitrial.record import Decision, Preview, current_rows, now, preview, protocol_of, versions_of
from calcitrial.verbs import amend
from calcitrial.web import Reading, home, needs, scope_of
from calcitrial.whole_file import write_whole

READ, RIGHT, RELEASE = "see_protocol", "amend", "release_version"
LARGEST = 1_000_000
NAME = re.compile(r"[0-9a-f]{64}")


@needs(READ)
def amendments_page(request: HttpRequest, study: str) -> HttpResponse:
    """List the amendments and where which version holds; who may amend looks at a new definition here and enters it."""
    staged = request.GET.get("definition", "")
    outcome = None
    if request.method == "POST" and "_seen" in request.POST:
        outcome = attempt(lambda: _amend(request, study))
        if outcome.done:
            return see(request.path)
        staged = request.POST.get("_definition", "")
    elif request.method == "POST":
        kept: list[str] = []
        outcome = attempt(lambda: kept.append(_keep(request, study)))
        if outcome.done:
            return see(f"{request.path}?definition={kept[0]}")
    return _show(
        request, study, staged, summary(outcome.problems) if outcome else [], outcome.status if outcome else 200
    )


def _show(request: HttpRequest, study: str, staged: str, problems: list[tuple[str, str]], status: int) -> HttpResponse:
    versions, scope = versions_of(study), scope_of(request, study)
    seen = _look(study, staged) if staged and scope.may(RIGHT) else None
    running = protocol_of(study, versions.running)
    context = {
        "study": study,
        "protocol": running,
        "here": "amendments",
        "versions": versions,
        "sites": [(site, digest, digest != versions.running) for site, digest in sorted(versions.released.items())],
        "may_amend": scope.may(RIGHT),
        "seen": seen,
        "groups": _groups(seen) if seen else [],
        "staged": staged,
        "today": now().date(),
        "summary": problems,
    }
    context |= {name: request.POST.get(f"_{name}", "") for name in ("reason", "approval", "on", "reconsent")}
    return render(request, "data_desk/amendments.html", context, status=status)


def _groups(seen: Preview) -> list[tuple[str, list[tuple[str, bool]]]]:
    """Return the differences under the heading of their group."""
    return [
        (words, [(one.text, one.loud) for one in seen.differences if one.group == group])
        for group, words in GROUPS.items()
        if any(one.group == group for one in seen.differences)
    ]


def _keep(request: HttpRequest, study: str) -> str:
    """Keep a file that was sent, if it is a definition, and return its name; nothing is entered."""
    author(request, study, RIGHT)
    file = request.FILES.get("_file")
    if file is None:
        refuse([Problem("file", "No file was sent.", "Choose the file of the new definition.")])
        raise AssertionError
    if (file.size or 0) > LARGEST:
        refuse(
            [Problem("file", f"The file has {file.size or 0:,} bytes.", "A definition is a TOML file of some 50 kB.")]
        )
    content = file.read()
    read_definition(study, content)
    name = hashlib.sha256(content).hexdigest()
    write_whole(_path(name), content)
    return name


def read_definition(study: str, content: bytes) -> Protocol:
    """Return the definition in this TOML text with the control that the study runs; RefusedError with every problem."""
    return chosen_as(parse(content, "definition"), protocol_of(study))


def _path(name: str) -> Path:
    if not NAME.fullmatch(name):
        raise Http404("There is no such definition. Send its file again.")
    return home() / "definitions" / f"{name}.toml"


def _kept(study: str, name: str) -> Protocol:
    """Return a definition that was sent before; Http404 when it is not there any more."""
    file = _path(name)
    if not file.is_file():
        raise Http404("There is no such definition. Send its file again.")
    return read_definition(study, file.read_bytes())


def _look(study: str, name: str) -> Preview | None:
    """Return what a definition that was sent would change; None where it fits this study no more."""
    try:
        return preview(study, _kept(study, name))
    except RefusedError:
        return None


def _amend(request: HttpRequest, study: str) -> None:
    by, told = author(request, study, RIGHT), request.POST
    try:
        on = date.fromisoformat(told.get("_on", ""))
    except ValueError:
        refuse([Problem("on", f"{told.get('_on', '')[:20]!r} is no date.", "Write YYYY-MM-DD.")])
        raise AssertionError from None
    if told.get("_reconsent") not in ("true", "false"):
        refuse([Problem("reconsent", "It is not said whether people consent again.", "Choose yes or no.")])
    decision = Decision(told.get("_reason", ""), on, told.get("_approval", ""), told["_reconsent"] == "true")
    amend(study, _kept(study, told.get("_definition", "")), decision, by, told["_seen"])


def due(reading: Reading, scope: Scope, today: date) -> Iterator[Due]:
    """Yield what an amendment leaves to do: consent documents to look at, sites where it is not released yet."""
    if not scope.may(RELEASE):
        return
    versions = versions_of(reading.study)
    asked = [one for one in versions.amendments if one.reconsent]
    papers = current_rows(reading.study, forms=("consent_document",))["number"]
    if asked and len(papers) and int(str(papers.max())) < asked[-1].entry:
        words = gettext("Look whether the consent documents need a new version after amendment %(number)s")
        link, on = reverse("consents", args=[reading.study]), date.fromisoformat(asked[-1].on)
        yield Due("consent", words % {"number": asked[-1].number}, link, on, False, RELEASE)
    for site, digest in sorted(versions.released.items()):
        if digest != versions.running:
            words = gettext("The running version is not released here; the site goes on under an earlier one")
            yield Due("people", words, reverse("people", args=[reading.study]), None, False, RELEASE, about=site)


urlpatterns = [path("<slug:study>/amendments/", amendments_page, name="amendments")]
