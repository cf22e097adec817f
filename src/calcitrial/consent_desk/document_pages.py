"""The consent documents of a study: versions, their texts, and at which site each is in use."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from typing import Any

from django.http.response import HttpResponseBase
from django.urls import path, reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from calcitrial.consent_desk.papers import blocks
from calcitrial.consent_desk.persons import REFUSED, Visitor, drawn, house_form, study_page
from calcitrial.consents import (
    Document,
    add_document,
    add_documents,
    documents_in,
    marked_template,
    read_text,
    release,
    releases_in,
    templates,
)
from calcitrial.desk import Due, values_of
from calcitrial.participants import sites_known
from calcitrial.people import Scope
from calcitrial.protocol import Form, Item, Problem, RefusedError, check_values
from calcitrial.web import Reading

RELEASE = "release_version"

TEXT = Item.model_validate({"id": "text", "label": "The text", "type": "text", "required": True})
NAMES = {"adult consent": "adult", "parental consent": "parents", "assent": "assent"}
TITLES = {
    ("adult consent", "en"): "Consent to take part",
    ("adult consent", "fr"): "Consentement à participer",
    ("parental consent", "en"): "Consent of the parents",
    ("parental consent", "fr"): "Consentement des parents",
    ("assent", "en"): "Your own say",
    ("assent", "fr"): "Ton accord à toi",
}


@study_page("see_protocol")
def documents_page(visitor: Visitor) -> HttpResponseBase:
    """Show the documents, their versions and where they are in use."""
    return _show(visitor, {"document_valid_from": visitor.today.isoformat(), "document_language": "en"})


def _show(visitor: Visitor, values: Mapping[str, str], problems: Sequence[Problem] = ()) -> HttpResponseBase:
    reading = visitor.reading
    texts = documents_in(reading.table("consent_document"))
    rows = reading.table("consent_release")
    sites = sites_known(visitor.study, reading.protocol)
    in_use = {site: releases_in(texts, rows, site) for site in sites}
    versions = sorted({(one.id, one.version) for one in texts})
    context = {
        "versions": [_version(name, version, texts, in_use) for name, version in versions],
        "sites": sites,
        "may_change": visitor.scope.may("release_version"),
        **drawn(visitor, _form(visitor), values, problems),
    }
    return visitor.show("consent_documents.html", "consents", context, REFUSED if problems else 200)


def _version(name: str, version: str, texts: Sequence[Document], in_use: Mapping[str, Any]) -> dict[str, Any]:
    own = [one for one in texts if (one.id, one.version) == (name, version)]
    sites = {
        site: next((one.since for one in found if (one.document, one.version) == (name, version)), None)
        for site, found in in_use.items()
    }
    return {"id": name, "version": version, "first": own[0], "texts": own, "sites": sites}


def _form(visitor: Visitor) -> Form:
    form = house_form(visitor, "consent_document")
    asked = [item for item in form.items if item.id not in ("text_sha256", "template")]
    text = TEXT.model_copy(update={"long": True}) if "long" in Item.model_fields else TEXT
    return form.model_copy(update={"items": (*asked, text)})


@study_page("release_version")
def add_page(visitor: Visitor) -> HttpResponseBase:
    """Add a version of a document with its text."""
    values = values_of(_form(visitor), visitor.request.POST)
    try:
        document = _document(visitor, values)
        add_document(visitor.door, visitor.consents, document, values.get("text", ""), visitor.author(""))
    except RefusedError as error:
        return _show(visitor, values, error.problems)
    return visitor.go("consents")


def _document(visitor: Visitor, values: Mapping[str, str]) -> Document:
    """Return what was typed as a document; RefusedError with what is missing or out of place."""
    own = {name: value for name, value in values.items() if name != "text"}
    whole = {**own, "text_sha256": "0", "template": marked_template(values.get("text", ""))}
    checked = {one.item: one.value for one in check_values(visitor.reading.protocol, "consent_document", whole)}
    return Document(
        checked["document"],
        checked["document_version"],
        checked["document_language"],
        checked["document_title"],
        checked["document_kind"],
        date.fromisoformat(checked["document_valid_from"]),
        checked["reconsent"],
        "",
        checked["template"] == "true",
    )


@study_page("release_version")
def templates_page(visitor: Visitor) -> HttpResponseBase:
    """Add the templates that ship with the program, marked as such, so that they can be read and replaced."""
    known = {one.id for one in documents_in(visitor.reading.table("consent_document"))}
    texts = []
    for (kind, language), text in templates().items():
        if NAMES[kind] not in known:
            title, since = TITLES[kind, language], visitor.today
            document = Document(NAMES[kind], "template", language, title, kind, since, "not needed", "", True)
            texts.append((document, text))
    add_documents(visitor.door, visitor.consents, texts, visitor.author(""))
    return visitor.go("consents")


@study_page("release_version")
def release_page(visitor: Visitor) -> HttpResponseBase:
    """Put a version into use at a site."""
    post = visitor.request.POST
    site, day = post.get("_site", ""), post.get("_on", "")
    try:
        if site not in sites_known(visitor.study, visitor.reading.protocol) or not visitor.scope.may(
            "release_version", site
        ):
            raise RefusedError([Problem("site", f"{site!r} is no site of yours.", "Choose a site of the study.")])
        try:
            on = date.fromisoformat(day)
        except ValueError:
            raise RefusedError([Problem("released_on", f"{day!r} is no date.", "Write YYYY-MM-DD.")]) from None
        release(visitor.door, post.get("_document", ""), post.get("_version", ""), site, on, visitor.author(site))
    except RefusedError as error:
        return _show(visitor, {}, error.problems)
    return visitor.go("consents")


@study_page("see_protocol")
def text_page(visitor: Visitor, digest: str) -> HttpResponseBase:
    """Show the text of one version."""
    texts = documents_in(visitor.reading.table("consent_document"))
    document = next((one for one in texts if one.sha256 == digest), None)
    try:
        if document is None:
            raise RefusedError([Problem("consent", "There is no such text.", "Choose one from the list.")])
        text = read_text(visitor.consents, digest)
    except RefusedError as error:
        return visitor.show("sentence.html", "consents", {"sentence": str(error)}, 404)
    return visitor.show("consent_text.html", "consents", {"document": document, "blocks": blocks(text)})


HERE = "<slug:study>/consents/"


def due(reading: Reading, scope: Scope, today: date) -> Iterator[Due]:
    """Yield, for who releases documents, the sites at which no consent document is in use."""
    if not scope.may(RELEASE):
        return
    texts, rows = documents_in(reading.table("consent_document")), reading.table("consent_release")
    link, sites = reverse("consents", args=[reading.study]), sites_known(reading.study, reading.protocol)
    if not rows:
        words = _("No consent document is released: the answer in the screening counts instead")
        yield Due("consent", words, link, None, False, RELEASE)
        return
    for site in sites:
        if not any(one.since <= today for one in releases_in(texts, rows, site)):
            yield Due("consent", _("No consent document is in use"), link, None, True, RELEASE, site)


urlpatterns = [
    path(HERE, require_safe(documents_page), name="consents"),
    path(f"{HERE}add/", require_POST(add_page), name="consent_add"),
    path(f"{HERE}templates/", require_POST(templates_page), name="consent_templates"),
    path(f"{HERE}release/", require_POST(release_page), name="consent_release"),
    path(f"{HERE}<slug:digest>/", require_safe(text_page), name="consent_text"),
]
