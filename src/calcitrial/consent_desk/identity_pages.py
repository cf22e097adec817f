"""Who a participant is: the pages of the vault, for those who may see it at the participant's site."""

from collections.abc import Mapping, Sequence
from typing import Any

from django.http import HttpResponse
from django.http.response import HttpResponseBase
from django.urls import path
from django.views.decorators.http import require_POST, require_safe

from calcitrial.consent_desk.about_person import everything_about
from calcitrial.consent_desk.persons import REFUSED, Visitor, drawn, person_page
from calcitrial.desk import values_of
from calcitrial.identity import FIELDS, REASONS, Identity
from calcitrial.protocol import Form, Problem, RefusedError

LABELS = {
    "given_name": "Given name",
    "family_name": "Family name",
    "birth_date": "Date of birth",
    "address": "Address",
    "phone": "Telephone",
    "email": "E-mail",
    "language": "Language",
    "guardian_name": "First parent or guardian: name",
    "guardian_relation": "First parent or guardian: relation",
    "guardian_phone": "First parent or guardian: telephone",
    "guardian_email": "First parent or guardian: e-mail",
    "second_guardian_name": "Second parent or guardian: name",
    "second_guardian_relation": "Second parent or guardian: relation",
    "second_guardian_phone": "Second parent or guardian: telephone",
    "second_guardian_email": "Second parent or guardian: e-mail",
}
TYPES: dict[str, dict[str, Any]] = {
    "birth_date": {"type": "date"},
    "language": {"type": "choice", "choices": ["en", "fr"]},
}
FORM = Form.model_validate(
    {
        "id": "identity",
        "label": "Identity and contact",
        "level": "participant",
        "items": [{"id": name, "label": LABELS[name], "type": "text", **TYPES.get(name, {})} for name in FIELDS],
    }
)
ENTERED = "to enter or correct the details"


@person_page("see_identity")
def identity_page(visitor: Visitor) -> HttpResponseBase:
    """Ask for the reason of a look, and show the log; nothing about the person yet."""
    return _closed(visitor)


def _closed(visitor: Visitor, problems: Sequence[Problem] = ()) -> HttpResponse:
    known = visitor.code in visitor.vault.known(visitor.study)
    context = {
        "known": known,
        "erased": visitor.vault.erased(visitor.study, visitor.code),
        "reasons": REASONS,
        "log": reversed(visitor.vault.log(visitor.study, visitor.code)),
        "fault": visitor.vault.fault(),
        "may_erase": visitor.may("erase_identity"),
        "problems": problems,
        **({} if known else drawn(visitor, FORM, {}, ())),
    }
    return visitor.show("identity.html", "identity", context, REFUSED if problems else 200)


@person_page("see_identity")
def look_page(visitor: Visitor) -> HttpResponseBase:
    """Show the personal data to who says why; the look is in the log before anything is shown."""
    try:
        found = visitor.vault.look(visitor.study, visitor.code, visitor.looker(visitor.request.POST.get("_why", "")))
    except RefusedError as error:
        return _closed(visitor, error.problems)
    return _open(visitor, found.values() if found else {})


def _open(visitor: Visitor, values: Mapping[str, str], problems: Sequence[Problem] = ()) -> HttpResponse:
    context = {"open": True, "known": True, **drawn(visitor, FORM, values, problems)}
    return visitor.show("identity.html", "identity", context, REFUSED if problems else 200)


@person_page("see_identity")
def keep_page(visitor: Visitor) -> HttpResponseBase:
    """Keep what was typed."""
    typed = values_of(FORM, visitor.request.POST)
    values = {name: typed.get(name, "").strip() for name in FIELDS}
    try:
        unknown = sorted(set(typed) - set(FIELDS))
        if unknown:
            raise RefusedError([Problem("identity", "A field is not known here.", "Load the page again.")])
        visitor.vault.keep(visitor.study, visitor.code, Identity(**values), visitor.looker(ENTERED))
    except RefusedError as error:
        return _open(visitor, values, error.problems)
    return visitor.go("identity", anchor="#log")


@person_page("erase_identity")
def erase_page(visitor: Visitor) -> HttpResponseBase:
    """Destroy the key of a participant, when the code was typed once more."""
    if visitor.request.POST.get("_code") != visitor.code:
        problem = Problem("code", "The code typed is another one.", f"Type {visitor.code} to erase for good.")
        return _closed(visitor, [problem])
    try:
        visitor.vault.erase(visitor.study, visitor.code, visitor.looker("at the person's request"))
    except RefusedError as error:
        return _closed(visitor, error.problems)
    return visitor.go("identity", anchor="#log")


@person_page("see_identity")
def access_page(visitor: Visitor) -> HttpResponseBase:
    """Give everything that is kept about a person as one ZIP (GDPR article 15)."""
    looker = visitor.looker("at the person's request")
    visitor.vault.note(visitor.study, visitor.code, "exported", looker)
    try:
        content = everything_about(visitor.reading, visitor.code, visitor.vault, visitor.consents)
    except RefusedError as error:
        return _closed(visitor, error.problems)
    response = HttpResponse(content, content_type="application/zip")
    response["Content-Disposition"] = f'attachment; filename="{visitor.code}.zip"'
    return response


ONE = "<slug:study>/participants/<str:code>/identity/"
urlpatterns = [
    path(ONE, require_safe(identity_page), name="identity"),
    path(f"{ONE}look/", require_POST(look_page), name="identity_look"),
    path(f"{ONE}keep/", require_POST(keep_page), name="identity_keep"),
    path(f"{ONE}erase/", require_POST(erase_page), name="identity_erase"),
    path(f"{ONE}access/", require_POST(access_page), name="identity_access"),
]
