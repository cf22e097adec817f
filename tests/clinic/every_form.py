"""Every form of every page as a browser has it, so that a test can send something strange in each field of each."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from html.parser import HTMLParser
from typing import Any

from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from tests.clinic.test_rights import ENDING, Row, let_in, table

TEXT = ("text", "search", "email", "tel", "url", "password")
# These end the session that the test asks with, or change whose it is.
APART = ("/sign-out/", "/sign-in/", "/persona/", "/language/")


@dataclass
class HtmlForm:
    """One form that a page offers: where it goes, what it would send as it stands, and which fields take text."""

    page: str
    action: str
    values: dict[str, str] = field(default_factory=dict)
    texts: list[str] = field(default_factory=list)
    files: list[str] = field(default_factory=list)

    def filled(self, text: str, only: str = "") -> dict[str, Any]:
        """Return what is sent with this text in every text field, or in one of them."""
        return self.values | dict.fromkeys([only] if only else self.texts, text)


class _Reader(HTMLParser):
    def __init__(self, page: str) -> None:
        super().__init__()
        self.page, self.found, self.here, self.choosing = page, list[HtmlForm](), None, ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        said = {name: value or "" for name, value in attrs}
        if tag == "form" and said.get("method", "").lower() == "post":
            self.here: HtmlForm | None = HtmlForm(self.page, said.get("action") or self.page)
        if self.here is None or (tag != "option" and not said.get("name")):
            return
        name, kind = said.get("name", ""), said.get("type", "text")
        if tag == "textarea" or (tag == "input" and kind in TEXT):
            self.here.texts.append(name)
        elif tag == "input" and kind == "file":
            self.here.files.append(name)
        elif tag == "input" and (kind not in ("radio", "checkbox") or name not in self.here.values):
            self.here.values[name] = said.get("value", "on") or ("2026-03-01" if kind == "date" else "")
        elif tag == "select":
            self.choosing = name
        elif tag == "option" and self.choosing and (said.get("value") or "selected" in said):
            self.here.values.setdefault(self.choosing, said.get("value", ""))
        elif tag == "button":
            self.here.values.setdefault(name, said.get("value", ""))

    def handle_endtag(self, tag: str) -> None:
        if tag == "form" and self.here is not None:
            self.found.append(self.here)
            self.here = None
        if tag == "select":
            self.choosing = ""


def forms_on(page: str, html: str) -> list[HtmlForm]:
    """Return the forms of a page that send something."""
    reader = _Reader(page)
    reader.feed(html)
    return reader.found


def who_opens(row: Row) -> str:
    """Return somebody who may open a page: who may do most of what can be done there."""
    for who in ("principal_investigator", "data_manager", "pharmacist", "administrator", "keeper", "safety_board"):
        if who in row.allowed:
            return who
    return "study_nurse" if row.allowed & {"all"} else "nobody" if "anyone" in row.allowed else sorted(row.allowed)[0]


def clients() -> dict[str, Client]:
    """Return a signed-in browser of everybody of whom `who_opens` may speak."""
    found = {}
    for who in {who_opens(row) for row in table().values()}:
        found[who] = Client(headers={"host": "127.0.0.1"})
        let_in(found[who], who)
    return found


def every_form(browsers: dict[str, Client]) -> Iterator[tuple[Client, HtmlForm]]:
    """Yield every form of every page with somebody who may open the page; forms that look the same once."""
    seen = set()
    for row in table().values():
        if row.method != "GET" or row.page in ENDING or row.page.startswith("api:"):
            continue
        client = browsers[who_opens(row)]
        answer = client.get(row.address())
        if answer.streaming or "html" not in answer.headers.get("Content-Type", ""):
            continue
        for one in forms_on(row.address(), answer.content.decode()):
            key = (one.action, one.values.get("act", one.values.get("_act", "")), tuple(one.texts), tuple(one.files))
            if key not in seen and one.action not in APART:
                seen.add(key)
                yield client, one


def upload(content: bytes, name: str = "picture.png", kind: str = "image/png") -> SimpleUploadedFile:
    """Return a file as a browser sends it."""
    return SimpleUploadedFile(name, content, kind)
