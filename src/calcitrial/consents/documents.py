"""Consent documents: which version of which text is in use at which site, and the texts themselves by their digest.

The record holds document, version, language and SHA-256; the text lies in `HOME/consents/STUDY/texts`, and is shown
only while it still has that digest. A version is used at a site once it is released there, which follows the approval
of that site's ethics committee.
"""

import hashlib
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from calcitrial.protocol import Problem, refuse
from calcitrial.record import Author, Draft, Gateway, Place, Receipt, Row, form_rows
from calcitrial.whole_file import write_whole

TEMPLATES = Path(__file__).parent / "texts"
KINDS = ("adult consent", "parental consent", "assent")
LANGUAGES = ("en", "fr")
MARKS = ("TEMPLATE", "MODÈLE")
LONGEST = 400_000
NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,39}")


@dataclass(frozen=True)
class Document:
    """One text of one version in one language."""

    id: str
    version: str
    language: str
    title: str
    kind: str
    valid_from: date
    reconsent: str
    sha256: str
    template: bool


@dataclass(frozen=True)
class Release:
    """A version of a document in use at a site, since when, with its texts by language."""

    kind: str
    document: str
    version: str
    since: date
    reconsent: str
    texts: dict[str, Document]

    def text(self, language: str) -> Document:
        """Return the text in this language, else in the first that there is."""
        return self.texts.get(language) or next(iter(self.texts.values()))


def add_document(gateway: Gateway, folder: Path, document: Document, text: str, by: Author) -> Receipt:
    """Keep a text in a folder of consents and enter it as a version of a document; `document.sha256` is not asked.

    Raises RefusedError for an empty or too long text and for another text under the same name, version and language.
    """
    return add_documents(gateway, folder, [(document, text)], by)


def add_documents(gateway: Gateway, folder: Path, texts: Sequence[tuple[Document, str]], by: Author) -> Receipt:
    """Keep texts in a folder of consents and enter all of them as one submission; RefusedError as `add_document`."""
    refuse([problem for document, text in texts for problem in _text_problems(document, text)])
    drafts = []
    for document, text in texts:
        content = text.replace("\r\n", "\n").encode()
        digest = hashlib.sha256(content).hexdigest()
        # The text first: a file that no entry names does no harm, an entry without its file would.
        write_whole(text_file(folder, digest), content)
        drafts.append(_draft(document, text, digest))
    return gateway.enter(drafts, by)


def _draft(document: Document, text: str, digest: str) -> Draft:
    values = {
        "document": document.id,
        "document_version": document.version,
        "document_language": document.language,
        "document_title": document.title,
        "document_kind": document.kind,
        "document_valid_from": document.valid_from.isoformat(),
        "reconsent": document.reconsent,
        "text_sha256": digest,
        "template": marked_template(text),
    }
    repeat = f"{document.id} {document.version} {document.language}"
    return Draft(Place("", "consent_document", repeat=repeat), values)


def marked_template(text: str) -> bool:
    """Return whether a text says in its first line that it is a template."""
    return text.lstrip().lstrip("#").lstrip().startswith(MARKS)


def _text_problems(document: Document, text: str) -> list[Problem]:
    found = []
    for name, value in (("document", document.id), ("version", document.version)):
        if not NAME.fullmatch(value):
            what = f"The {name} is {value!r}."
            found.append(Problem(name, what, "Write letters, digits, dots and hyphens, without blanks."))
    if not text.strip() or len(text) > LONGEST:
        what = "The text is empty." if not text.strip() else f"The text has {len(text)} signs."
        found.append(Problem("text", what, f"Give a plain text of at most {LONGEST} signs."))
    return found


def text_file(folder: Path, digest: str) -> Path:
    """Return where the text with this digest lies under the consents of a study."""
    return folder / "texts" / f"{digest}.md"


def read_text(folder: Path, digest: str) -> str:
    """Return the text with this digest; RefusedError when it is not there or no longer the text that was entered."""
    path = text_file(folder, digest)
    content = path.read_bytes() if path.is_file() else b""
    if hashlib.sha256(content).hexdigest() != digest:
        what = f"The text {digest[:12]} is {'not the one that was entered' if content else 'not there'}."
        refuse([Problem("consent", what, "Bring the file back from the backup.")])
    return content.decode()


def release(gateway: Gateway, document: str, version: str, site: str, on: date, by: Author) -> Receipt:
    """Put a version of a document into use at a site from a day on; RefusedError when there is no such version."""
    known = {(one.id, one.version) for one in documents(gateway)}
    if (document, version) not in known:
        told = ", ".join(f"{name} {number}" for name, number in sorted(known)) or "none"
        refuse([Problem("document", f"There is no {document} {version}.", f"Known: {told}.")])
    place = Place("", "consent_release", repeat=f"{document} {version} {site}")
    values = {"release_document": document, "release_version": version, "release_site": site}
    return gateway.enter([Draft(place, {**values, "released_on": on.isoformat(), "released": True})], by)


def documents(gateway: Gateway) -> list[Document]:
    """Return every text of every version, in the order of their names."""
    return documents_in(form_rows(gateway, "consent_document"))


def documents_in(rows: Iterable[Row]) -> list[Document]:
    """Return the texts that the rows of `consent_document` name; redacted ones are left out."""
    return [
        Document(
            row["document"],
            row["document_version"],
            row["document_language"],
            row["document_title"],
            row["document_kind"],
            date.fromisoformat(row["document_valid_from"]),
            row["reconsent"],
            row["text_sha256"],
            row["template"] == "true",
        )
        for row in rows
        if all(row[item] for item in ("document", "document_kind", "document_valid_from", "text_sha256"))
    ]


def releases(gateway: Gateway, site: str) -> list[Release]:
    """Return every version that was released at a site, the earliest first."""
    return releases_in(documents(gateway), form_rows(gateway, "consent_release"), site)


def releases_in(texts: Iterable[Document], rows: Iterable[Row], site: str) -> list[Release]:
    """Return every version in use at a site, the earliest first; it counts from its release and its own first day."""
    by_version: dict[tuple[str, str], dict[str, Document]] = {}
    for text in texts:
        by_version.setdefault((text.id, text.version), {})[text.language] = text
    found = []
    for row in rows:
        held = by_version.get((row["release_document"], row["release_version"]))
        if held and row["release_site"] == site and row["released"] == "true" and row["released_on"]:
            first = next(iter(held.values()))
            since = max(date.fromisoformat(row["released_on"]), first.valid_from)
            found.append(Release(first.kind, first.id, first.version, since, first.reconsent, held))
    return sorted(found, key=lambda one: (one.since, one.document, one.version))


def current_releases(found: Iterable[Release], on: date) -> dict[str, Release]:
    """Return the version that is in use for each kind of consent on a day: the last that came into use."""
    return {one.kind: one for one in found if one.since <= on}


def templates() -> dict[tuple[str, str], str]:
    """Return the texts that ship with the program, by kind and language; each says that it must be replaced."""
    return {
        (kind, language): (TEMPLATES / f"{kind.replace(' ', '_')}.{language}.md").read_text("utf-8")
        for kind in KINDS
        for language in LANGUAGES
    }
