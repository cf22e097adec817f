"""What waits, what a cut holds, and the lists of the clinic: queries, drug, holds, allocation, timeline."""

from dataclasses import asdict
from typing import Any

import orjson
from django.http import HttpRequest, HttpResponse
from ninja import Router

from calcitrial.api.acting import across, not_blinded
from calcitrial.api.service import allowed
from calcitrial.clinic import dues
from calcitrial.consent_desk import Visitor
from calcitrial.data_desk import seen_asked
from calcitrial.lesions import assignments_of
from calcitrial.people import scoped_cut
from calcitrial.pharmacy import ledger_of
from calcitrial.protocol import Problem, RefusedError
from calcitrial.quality import next_span, sample, sites_of, to_review
from calcitrial.record import Cut, now
from calcitrial.safety import entered_holds
from calcitrial.verbs import cut as cut_of
from calcitrial.web import read_for, timeline_of

router = Router(tags=["overview"])
SIZE = 20


@router.get("/{study}/today")
def due_today(request: HttpRequest, study: str) -> list[dict[str, Any]]:
    """Return what waits for the caller, what is late first."""
    scope = allowed(request, study, "see_today")
    return [asdict(one) for one in dues(read_for(request, study), scope, now().date())]


def _cut(request: HttpRequest, study: str, right: str, at: int) -> Cut:
    scope = allowed(request, study, right)
    return scoped_cut(cut_of(study, at or None), scope)


@router.get("/{study}/manifest")
def cut_manifest(request: HttpRequest, study: str, at: int = 0) -> dict[str, object]:
    """Return what a cut (after submission `at`, or now) holds for the caller, and its digest."""
    return _cut(request, study, "cut", at).manifest()


@router.get("/{study}/tables/{form}")
def cut_table(request: HttpRequest, study: str, form: str, at: int = 0) -> HttpResponse:
    """Return a form of a cut as JSON lines, as far as the caller may have it."""
    found = _cut(request, study, "export", at)
    if found.protocol.form(form) is None:
        raise RefusedError([Problem("form", f"{study} has no form {form!r}.", "See its definition.")])
    lines = b"".join(orjson.dumps(row) + b"\n" for row in found.table(form).iter_rows(named=True))
    return HttpResponse(lines, content_type="application/x-ndjson")


@router.get("/{study}/queries")
def list_queries(request: HttpRequest, study: str, state: str = "") -> list[dict[str, Any]]:
    """Return the queries that the caller may see, those in one state when it is named."""
    who = across(request, study, "see_participants")
    return [
        {
            "participant": one.place.participant,
            "query": one.place.repeat,
            "about": one.about._asdict(),
            "item": one.item,
            "state": one.state,
            "text": one.text,
            "version": one.version,
            "changed": one.changed,
        }
        for one, _raised in seen_asked(who.reading, who.scope)
        if state in ("", one.state)
    ]


@router.get("/{study}/drug")
def drug_ledger(request: HttpRequest, study: str) -> list[dict[str, Any]]:
    """Return the drug accounts by site and lot: received = used + returned + destroyed + in stock."""
    who = across(request, study, "see_drug")
    found = ledger_of(study, who.reading.protocol, who.reading.rows).at(who.scope.sites("see_drug"))
    names = ("site", "lot", "product", "expiry", "received", "used", "returned", "destroyed", "in_stock", "awaiting")
    return [{name: getattr(one, name) for name in names} for one in found.lines]


@router.get("/{study}/holds")
def list_holds(request: HttpRequest, study: str) -> list[dict[str, Any]]:
    """Return the holds that the caller may see; none for who must not know an arm."""
    who = not_blinded(across(request, study, "see_participants"))
    return [
        {
            "name": one.name,
            "level": one.level,
            "participant": one.participant,
            "lesion": one.lesion,
            "in_force": one.in_force,
            "lifted_on": one.lifted_on or None,
            "lifted_by": one.lifted_by,
            "lift_reason": one.lift_reason,
        }
        for one in entered_holds(who.reading.protocol, who.reading.rows)
    ]


@router.get("/{study}/allocation")
def check_allocation(request: HttpRequest, study: str) -> dict[str, Any]:
    """Return the commitment, whether its secret is revealed, and for who may know arms, what does not fit."""
    scope = allowed(request, study, "see_participants")
    found = assignments_of(cut_of(study))
    told: dict[str, Any] = {"commitment": found.commitment, "revealed": bool(found.secret)}
    if not scope.blinded:
        told |= {"assignments": len(found.assignments), "faults": list(found.faults())}
    return told


@router.get("/{study}/timeline")
def participant_timeline(request: HttpRequest, study: str, participant: str) -> list[dict[str, Any]]:
    """Return the moments of a participant by date, as the page of a participant does."""
    allowed(request, study, "see_participants")
    reading = read_for(request, study, participant)
    found = timeline_of(reading, participant, frozenset())
    names = ("key", "on", "day", "kind", "title", "note", "folded")
    return [
        {name: getattr(one, name) for name in names}
        | {"tables": [{"title": block.title, "lines": len(block.lines)} for block in one.blocks]}
        for one in found
    ]


@router.get("/{study}/trail-review")
def trail_sample(request: HttpRequest, study: str, site: str = "") -> dict[str, Any]:
    """Return the span since the last review of a site ('' for all) and the sample of its changes to look at."""
    who: Visitor = across(request, study, "review_trail")
    who.scope.author("review_trail", site)
    first, last = next_span(study, site)
    where = sites_of(who.reading.protocol, who.reading.rows)
    people = frozenset(code for code, own in where.items() if site in ("", own))
    steps = to_review(study, first, last, participants=people)
    told = ("number", "at", "author", "role", "item", "value", "reason")
    drawn = [
        {name: getattr(one, name) for name in told} | {"place": one.place._asdict()}
        for one in sample(study, steps, SIZE)
    ]
    return {"site": site, "first": first, "last": last, "of": len(steps), "sample": drawn}
