"""Consent of one participant: what is needed, what was decided, withdrawal, and what is due."""

from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any

from django.http import HttpResponse
from django.http.response import HttpResponseBase
from django.urls import path
from django.views.decorators.http import require_http_methods, require_safe

from calcitrial.consent_desk.papers import blocks
from calcitrial.consent_desk.persons import REFUSED, Visitor, drawn, house_form, person_page, ticket, without
from calcitrial.consent_desk.signing_page import sign_page
from calcitrial.consents import (
    SCOPES,
    Need,
    Release,
    acts_in,
    age_rule,
    documents_in,
    needs_of,
    read_signed,
    read_text,
    releases_at,
    releases_in,
    type_of,
    withdraw,
    withdrawals_in,
)
from calcitrial.desk import Due, link_to, values_of
from calcitrial.identity import open_vault
from calcitrial.people import Scope
from calcitrial.protocol import Problem, RefusedError
from calcitrial.record import Place
from calcitrial.web import Reading, history_link, home


@person_page("see_participants")
def consent_page(visitor: Visitor) -> HttpResponseBase:
    """Show which consents a participant needs, which were given, and the withdrawals."""
    return _show(visitor, {"withdrawn_on": visitor.today.isoformat()})


def _show(visitor: Visitor, values: dict[str, str], problems: list[Problem] | None = None) -> HttpResponse:
    reading, site = visitor.reading, visitor.site
    released = releases_at(visitor.door, site)
    acts = acts_in(reading.table("consent"))
    age, rule = known_age(visitor), age_rule(reading.protocol, site)
    needed = needs_of(acts, released, rule, visitor.today, age) if released else []
    form = without(house_form(visitor, "withdrawal"), "ticket")
    withdrawals = withdrawals_in(reading.table("withdrawal"))
    context = {
        "needs": needed,
        "released": bool(released),
        "age": age,
        "minor": age is not None and age < rule.adult_from,
        "rule": rule,
        "acts": [_told(visitor, row) for row in reading.table("consent")],
        "withdrawals": withdrawals,
        "closed": any(one.scope != SCOPES[0] for one in withdrawals),
        "may_take": visitor.may("consent"),
        "may_look": visitor.may("see_identity"),
        "ticket": visitor.request.POST.get("_ticket") or ticket(),
        **drawn(visitor, form, values, problems or []),
    }
    return visitor.show("consent.html", "consent", context, REFUSED if problems else 200)


def _told(visitor: Visitor, row: Any) -> dict[str, Any]:
    place = Place(visitor.code, "consent", repeat=row["repeat"])
    return {**row, "number": row["repeat"], "link": history_link(visitor.study, place)}


def known_age(visitor: Visitor) -> int | None:
    """Return the participant's age today by the day of birth in the vault, None when it is not kept."""
    return visitor.vault.age(visitor.study, visitor.code, visitor.today)


@person_page("consent")
def withdraw_page(visitor: Visitor) -> HttpResponseBase:
    """Enter a withdrawal."""
    form = without(house_form(visitor, "withdrawal"), "ticket")
    values: dict[str, Any] = values_of(form, visitor.request.POST)
    try:
        withdraw(visitor.door, visitor.code, values, visitor.author(), visitor.request.POST.get("_ticket", ""))
    except RefusedError as error:
        return _show(visitor, values, list(error.problems))
    return visitor.go("consent", anchor="#withdrawals")


@person_page("see_identity")
def signed_page(visitor: Visitor, number: str) -> HttpResponseBase:
    """Show a decision with the text that was signed and the signature; the look is in the log of the vault."""
    row = next((one for one in visitor.reading.table("consent") if one["repeat"] == number), None)
    if row is None:
        return visitor.show("sentence.html", "consent", {"sentence": f"There is no consent {number}."}, 404)
    visitor.vault.note(visitor.study, visitor.code, f"looked at {number}", visitor.looker("for an inspection"))
    sentence, text = "", ""
    try:
        text = read_text(visitor.consents, row["consent_text_sha256"])
    except RefusedError as error:
        sentence = str(error)
    context = {"act": row, "number": number, "blocks": blocks(text), "sentence": sentence, **_signature(visitor, row)}
    return visitor.show("consent_signed.html", "consent", context)


def _signature(visitor: Visitor, row: Any) -> dict[str, Any]:
    digest = row["signature_sha256"]
    if not digest:
        return {}
    try:
        content = read_signed(visitor.vault, visitor.consents, visitor.study, visitor.code, digest)
    except RefusedError as error:
        return {"gone": " ".join(f"{one.what} {one.instead}" for one in error.problems)}
    if row["consent_method"] == "typed name":
        return {"typed": content.decode().split("\n")[0]}
    return {"picture": type_of(content)}


@person_page("see_identity")
def signature_file(visitor: Visitor, number: str) -> HttpResponseBase:
    """Return the drawn signature or the scan of a decision."""
    row = next((one for one in visitor.reading.table("consent") if one["repeat"] == number), {})
    digest = str(row.get("signature_sha256") or "")
    try:
        content = read_signed(visitor.vault, visitor.consents, visitor.study, visitor.code, digest)
    except RefusedError as error:
        return visitor.show("sentence.html", "consent", {"sentence": str(error)}, 404)
    kind = type_of(content)
    if not kind:
        return visitor.show("sentence.html", "consent", {"sentence": "There is no picture here."}, 404)
    response = HttpResponse(content, content_type=kind)
    # A scanned PDF could hold scripts; it is given to be kept, and never run inside these pages.
    if kind == "application/pdf":
        response["Content-Disposition"] = f'attachment; filename="{visitor.code}-{number}.pdf"'
    response["X-Content-Type-Options"] = "nosniff"
    return response


def due(reading: Reading, scope: Scope, today: date) -> Iterable[Due]:
    """Yield every consent that waits: never given, to be given again, or by somebody who came of age."""
    texts, released = documents_in(reading.table("consent_document")), reading.table("consent_release")
    if not released or not scope.may("consent"):
        return
    in_use = {site: releases_in(texts, released, site) for site in {row["release_site"] for row in released}}
    ages = open_vault(home()).ages(reading.study, today)
    # What the needs of a participant rest on beside their own values: the versions in use, and who is how old today.
    versions = tuple((site, one.kind, one.document, one.version, one.since, one.reconsent)
                     for site, found in sorted(in_use.items()) for one in found)  # fmt: skip
    also = (today, versions, frozenset(ages.items()))
    may = {site for site in in_use if scope.may("consent", site)}
    waiting = reading.each("consents_due", lambda some: _waiting(some, in_use, ages, today), *also)
    for code, (site, needs) in waiting.items():
        for need in needs if site in may else ():
            link = link_to("consent", reading.study, code)
            yield Due("consent", need.text, link, None, need.blocks, "consent", code, code)


def _waiting(
    reading: Reading, in_use: Mapping[str, list[Release]], ages: Mapping[str, int], today: date
) -> dict[str, tuple[str, tuple[Need, ...]]]:
    """Return the site of each participant and the consents that wait there; none where the study has ended."""
    ended = {row["participant"] for row in reading.table("end_of_study")}
    ended |= {row["participant"] for row in reading.table("withdrawal") if row["withdrawal_scope"] != SCOPES[0]}
    decisions: dict[str, list[Any]] = {}
    for row in reading.table("consent"):
        decisions.setdefault(row["participant"], []).append(row)
    found: dict[str, tuple[str, tuple[Need, ...]]] = dict.fromkeys(reading.sites, ("", ()))
    for row in reading.table("registration"):
        code, site = row["participant"], row["site"] or ""
        if code not in ended and in_use.get(site):
            rule, mine = age_rule(reading.protocol, site), acts_in(decisions.get(code, ()))
            needs = needs_of(mine, in_use[site], rule, today, ages.get(code))
            found[code] = (site, tuple(need for need in needs if need.open))
    return found


BOTH = require_http_methods(["GET", "HEAD", "POST"])
ONE = "<slug:study>/participants/<str:code>/consent/"
urlpatterns = [
    path(ONE, require_safe(consent_page), name="consent"),
    path(f"{ONE}sign/", BOTH(sign_page), name="consent_sign"),
    path(f"{ONE}withdraw/", require_http_methods(["POST"])(withdraw_page), name="withdraw"),
    path(f"{ONE}<str:number>/", require_safe(signed_page), name="consent_signed"),
    path(f"{ONE}<str:number>/signature", require_safe(signature_file), name="consent_signature"),
]
