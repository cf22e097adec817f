"""Acts of consent: documents and where they are in use, a decision on paper, a withdrawal."""

import base64
import binascii
from datetime import date
from typing import Annotated, Literal

from django.db import transaction
from django.http import HttpRequest
from ninja import Router
from pydantic import Field

from calcitrial.api.acting import ACT, Code, Done, Name, Of, Values, across, at, done
from calcitrial.api.shapes import Strict
from calcitrial.consent_desk import Visitor
from calcitrial.consents import (
    LARGEST,
    Document,
    add_document,
    check_scan,
    current_releases,
    digest_of,
    keep_signed,
    marked_template,
    release,
    releases_at,
    take_consent,
    withdraw,
)
from calcitrial.participants import sites_known
from calcitrial.protocol import Problem, refuse

router = Router(tags=["consent"])
Kind = Literal["adult consent", "parental consent", "assent"]


class ConsentText(Strict):
    """A version of a consent document in one language, with its text."""

    document: Code
    version: Code
    language: Literal["en", "fr"]
    title: Code
    kind: Kind
    valid_from: date
    reconsent: Literal["not needed", "at the next visit", "required before the next visit"]
    text: Annotated[str, Field(min_length=1, max_length=400_000, pattern=r"^[^\x00]*$")]


class InUse(Strict):
    """Which version goes into use, at which site, from which day."""

    document: Code
    version: Code
    site: Code
    on: date


class PaperConsent(Of):
    """A decision on paper: the version that was signed, and the scan of the paper (PDF, PNG or JPEG, base64)."""

    kind: Kind
    language: Literal["en", "fr"]
    text_sha256: Code
    signer: Name
    decision: Literal["given", "refused", "not able to assent"]
    not_able_reason: Name = ""
    on: date
    age: Annotated[int, Field(ge=0, le=120)] | None = None
    explained_by: Code
    understood: bool | None = None
    scan: Annotated[str, Field(max_length=LARGEST * 4 // 3 + 8)] = ""
    ticket: Name = ""


class Withdrawn(Of):
    """What is withdrawn: the items of the form, counted once by `ticket`."""

    values: Values
    ticket: Name = ""


@router.post("/{study}/acts/add-consent-document", response=ACT)
def act_add_consent_document(request: HttpRequest, study: str, body: ConsentText) -> Done:
    """Add a version of a consent document with its text."""
    who = across(request, study, "release_version")
    known = body.document, body.version, body.language, body.title, body.kind, body.valid_from, body.reconsent
    document = Document(*known, "", marked_template(body.text))
    return done(who, add_document(who.door, who.consents, document, body.text, who.author("")))


@router.post("/{study}/acts/release-consent-document", response=ACT)
def act_release_consent_document(request: HttpRequest, study: str, body: InUse) -> Done:
    """Put a version of a consent document into use at a site."""
    who = across(request, study, "release_version")
    if body.site not in sites_known(study, who.reading.protocol):
        refuse([Problem("site", f"{body.site!r} is no site of the study.", "Choose a site of the study.")])
    return done(who, release(who.door, body.document, body.version, body.site, body.on, who.author(body.site)))


@router.post("/{study}/acts/consent-on-paper", response=ACT)
def act_consent_on_paper(request: HttpRequest, study: str, body: PaperConsent) -> Done:
    """Enter a decision that was signed on paper; the scan is sealed in the vault, both or neither."""
    who = at(request, study, body.participant, "consent")
    found = current_releases(releases_at(who.door, who.site), who.today).get(body.kind)
    if found is None:
        what = f"No document of the kind {body.kind!r} is in use at {who.site}."
        refuse([Problem("consent", what, "Release the approved document for this site first.")])
        raise AssertionError
    content = _scan(body)
    values = {
        "consent_kind": body.kind,
        "signer": body.signer,
        "decision": body.decision,
        "not_able_reason": body.not_able_reason or None,
        "consent_document_id": found.document,
        "consent_version": found.version,
        "consent_language": body.language,
        "consent_text_sha256": body.text_sha256,
        "consented_on": body.on.isoformat(),
        "age_at_consent": _age(who, body),
        "consent_method": "paper" if content else "not signed",
        "signature_sha256": digest_of(content) if content else "",
        "explained_by": body.explained_by,
        "understood": body.understood,
    }
    with transaction.atomic():
        number = take_consent(who.door, who.code, values, who.author(), body.ticket)
        if content:
            keep_signed(who.vault, who.consents, study, who.code, content)
    return done(who, None, number)


def _age(who: Visitor, body: PaperConsent) -> int | None:
    """Return the age by the day of birth in the vault; where it is not kept, the one that was sent."""
    known = who.vault.age(who.study, who.code, body.on)
    return body.age if known is None or known < 0 else known


def _scan(body: PaperConsent) -> bytes:
    if not body.scan:
        if body.decision == "given":
            refuse([Problem("scan", "The signed paper is missing.", "Send a scan or photograph of it.")])
        return b""
    try:
        content = base64.b64decode(body.scan, validate=True)
    except (binascii.Error, ValueError):
        content = b""
    check_scan(content or b"-")
    return content


@router.post("/{study}/acts/withdraw", response=ACT)
def act_withdraw(request: HttpRequest, study: str, body: Withdrawn) -> Done:
    """Enter a withdrawal; `made` is its number."""
    who = at(request, study, body.participant, "consent")
    return done(who, None, withdraw(who.door, who.code, dict(body.values), who.author(), body.ticket))
