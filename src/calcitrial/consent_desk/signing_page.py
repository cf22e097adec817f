"""The page on which somebody decides: the text in their language, and a signature drawn, typed or on paper."""

import base64
import binascii
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from secrets import token_hex
from typing import Any

from django.db import transaction
from django.http.response import HttpResponseBase

from calcitrial.consent_desk.papers import blocks
from calcitrial.consent_desk.persons import REFUSED, Visitor, drawn, house_form, person_page, ticket
from calcitrial.consents import (
    LARGEST,
    SIGNERS,
    Document,
    Release,
    age_rule,
    check_drawing,
    check_scan,
    current_releases,
    digest_of,
    keep_signed,
    read_text,
    releases_at,
    take_consent,
)
from calcitrial.desk import values_of
from calcitrial.protocol import Form, Problem, RefusedError
from calcitrial.record import stamp

ASKED = (
    "decision",
    "signer",
    "not_able_reason",
    "age_at_consent",
    "understood",
    "explained_by",
    "consent_method",
    "consented_on",
)
METHODS = {"drawn", "typed name", "paper"}


@dataclass(frozen=True)
class Sheet:
    """What is to be signed: the kind of consent, the version in use, and its text in the chosen language."""

    kind: str
    release: Release
    document: Document
    text: str


@person_page("consent")
def sign_page(visitor: Visitor) -> HttpResponseBase:
    """Show the text that is in use for a kind of consent; POST enters the decision."""
    asked = visitor.request.GET
    try:
        sheet = _sheet(visitor, asked.get("kind", ""), asked.get("language", ""))
    except RefusedError as error:
        return visitor.show("sentence.html", "consent", {"sentence": str(error)}, REFUSED)
    if visitor.request.method == "POST":
        return _decide(visitor, sheet)
    return _show(visitor, sheet, _usual(visitor, sheet))


def _sheet(visitor: Visitor, kind: str, language: str) -> Sheet:
    found = current_releases(releases_at(visitor.door, visitor.site), visitor.today).get(kind)
    if found is None:
        what = f"No document of the kind {kind!r} is in use at {visitor.site}."
        raise RefusedError([Problem("consent", what, "Release the approved document for this site first.")])
    document = found.text(language)
    return Sheet(kind, found, document, read_text(visitor.consents, document.sha256))


def _usual(visitor: Visitor, sheet: Sheet) -> dict[str, str]:
    """Return what the fields begin with: nothing that is a decision."""
    age = _age(visitor)
    signer = visitor.request.GET.get("signer", "")
    return {
        "signer": signer if signer in SIGNERS[sheet.kind] else SIGNERS[sheet.kind][0],
        "age_at_consent": "" if age is None else str(age),
        "explained_by": visitor.scope.person,
        "consent_method": "drawn",
        "consented_on": visitor.today.isoformat(),
    }


def _age(visitor: Visitor, on: date | None = None) -> int | None:
    return visitor.vault.age(visitor.study, visitor.code, on or visitor.today)


def form_of(visitor: Visitor, kind: str) -> Form:
    """Return what is asked on the page, with the answers that fit the kind of consent."""
    form, whole = house_form(visitor, "consent"), kind == "assent"
    decisions = ("given", "refused", *(("not able to assent",) if whole else ()))
    asked = ASKED if whole else tuple(name for name in ASKED if name != "not_able_reason")
    choices = {"signer": SIGNERS[kind], "decision": decisions, "consent_method": ("drawn", "typed name", "paper")}
    items = [form.item(name) for name in asked]
    kept = [item.model_copy(update={"choices": choices.get(item.id, item.choices)}) for item in items if item]
    return form.model_copy(update={"items": tuple(kept)})


def _show(
    visitor: Visitor, sheet: Sheet, values: Mapping[str, str], problems: list[Problem] | None = None
) -> HttpResponseBase:
    form = form_of(visitor, sheet.kind)
    context = {
        "sheet": sheet,
        "blocks": blocks(sheet.text),
        "signer": visitor.request.GET.get("signer", ""),
        "languages": sorted(sheet.release.texts),
        "rule": age_rule(visitor.reading.protocol, visitor.site),
        "age_known": _age(visitor) is not None,
        "typed": visitor.request.POST.get("_typed", ""),
        "ticket": visitor.request.POST.get("_ticket") or ticket(),
        **drawn(visitor, form, values, problems or []),
    }
    return visitor.show("consent_sign.html", "consent", context, REFUSED if problems else 200)


def _decide(visitor: Visitor, sheet: Sheet) -> HttpResponseBase:
    post = visitor.request.POST
    values: dict[str, Any] = values_of(form_of(visitor, sheet.kind), post)
    try:
        # What stood on the page must still be what is in use: a version released meanwhile is read first.
        if post.get("_text") != sheet.document.sha256:
            what = f"The text on the page is no longer in use; {sheet.release.document} {sheet.release.version} is."
            raise RefusedError([Problem("consent", what, "Read the text again, then sign.")])
        number = enter_decision(visitor, sheet, values)
    except RefusedError as error:
        return _show(visitor, sheet, values, list(error.problems))
    return visitor.go("consent", anchor=f"#{number}")


def enter_decision(visitor: Visitor, sheet: Sheet, values: Mapping[str, Any]) -> str:
    """Enter a decision, keep its signature sealed, and return its number; both or neither."""
    content = _signature(visitor, values)
    moment = stamp(visitor.door.clock())
    whole = {
        **values,
        **_age_on(visitor, str(values.get("consented_on", ""))),
        "consent_kind": sheet.kind,
        "consent_document_id": sheet.release.document,
        "consent_version": sheet.release.version,
        "consent_language": sheet.document.language,
        "consent_text_sha256": sheet.document.sha256,
        "consent_method": values.get("consent_method") if content else "not signed",
        "consented_at": "" if values.get("consent_method") == "paper" else moment[11:19],
        "signature_sha256": digest_of(content) if content else "",
    }
    with transaction.atomic():
        number = take_consent(
            visitor.door, visitor.code, whole, visitor.author(), visitor.request.POST.get("_ticket", "")
        )
        if content:
            keep_signed(visitor.vault, visitor.consents, visitor.study, visitor.code, content)
    return number


def _age_on(visitor: Visitor, day: str) -> dict[str, int]:
    """Return the age at consent by the day of birth in the vault; nothing where the typed age must do."""
    try:
        age = _age(visitor, date.fromisoformat(day))
    except ValueError:
        return {}
    return {} if age is None or age < 0 else {"age_at_consent": age}


def _signature(visitor: Visitor, values: Mapping[str, Any]) -> bytes:
    """Return what was signed as bytes, b'' when the person decided without signing; RefusedError for a bad one."""
    if values.get("decision") == "not able to assent":
        return b""
    method, post = values.get("consent_method"), visitor.request.POST
    if method == "paper":
        return _scan(visitor, str(values.get("decision")))
    if method == "typed name":
        return _typed(post.get("_typed", "").strip(), str(values.get("decision")))
    drawing = post.get("_drawing", "")
    if not drawing and values.get("decision") == "refused":
        return b""
    try:
        content = base64.b64decode(drawing.removeprefix("data:image/png;base64,"), validate=True)
    except (binascii.Error, ValueError):
        content = b""
    check_drawing(content or b"-")
    return content


def _scan(visitor: Visitor, decision: str) -> bytes:
    file = visitor.request.FILES.get("_scan")
    if file is None:
        if decision == "refused":
            return b""
        raise RefusedError([Problem("scan", "The signed paper is missing.", "Add a scan or photograph of it.")])
    # One byte more than is allowed is enough to refuse it, however much was sent.
    content = bytes(file.read(LARGEST + 1))
    check_scan(content)
    return content


def _typed(name: str, decision: str) -> bytes:
    """Return the typed name with a random line: a digest of the name alone could be guessed from a list of names."""
    if not name and decision == "refused":
        return b""
    if len(name) < 3 or len(name) > 200:
        raise RefusedError([Problem("typed", "The typed name is missing.", "Type the whole name of who decides.")])
    return f"{name}\n{token_hex(16)}".encode()
