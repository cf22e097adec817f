"""A person in front of the pages: reads what is shown, fills the form that is there, and sends it once."""

import re
from dataclasses import dataclass, field
from html.parser import HTMLParser
from typing import Any
from urllib.parse import urljoin, urlsplit

from django.test import Client

from calcitrial.record import read_head

LINES = re.compile("<li>(.*?)</li>")


@dataclass
class Sheet:
    """One form of a page: where it goes, what already stands in it, and every name that it asks for."""

    action: str
    method: str
    values: dict[str, Any] = field(default_factory=dict)
    names: set[str] = field(default_factory=set)


class Sheets(HTMLParser):
    """Collects the forms of a page as a browser would send them."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[Sheet] = []
        self.inside = False
        self.area = self.choice = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        told = {name: value or "" for name, value in attrs}
        if tag == "form":
            self.found.append(Sheet(told.get("action", ""), told.get("method", "get").lower()))
            self.inside = True
        elif self.inside and "disabled" not in told:
            self._field(tag, told)

    def _field(self, tag: str, told: dict[str, str]) -> None:
        sheet, name = self.found[-1], told.get("name", "")
        if name:
            sheet.names.add(name)
            if told.get("type") == "submit":
                return
        if tag == "input" and name and told.get("type") not in ("radio", "checkbox", "submit", "file"):
            sheet.values[name] = told.get("value", "")
        elif tag == "input" and "checked" in told:
            sheet.values[name] = told.get("value", "on")
        elif tag == "textarea":
            self.area, sheet.values[name] = name, ""
        elif tag == "select":
            self.choice = name
        elif tag == "option" and self.choice and ("selected" in told or self.choice not in sheet.values):
            sheet.values[self.choice] = told.get("value", "")

    def handle_data(self, data: str) -> None:
        if self.area:
            self.found[-1].values[self.area] += data

    def handle_endtag(self, tag: str) -> None:
        self.inside = self.inside and tag != "form"
        if tag == "textarea":
            # The first line break of a text area is not part of it.
            values = self.found[-1].values
            values[self.area] = values[self.area].removeprefix("\n")
        self.area = "" if tag == "textarea" else self.area
        self.choice = "" if tag == "select" else self.choice


class Seat:
    """Somebody who is signed in, and the page that they look at."""

    def __init__(self, client: Client, study: str) -> None:
        self.client, self.study, self.path, self.text = client, study, "", ""

    def look(self, path: str, *words: str) -> str:
        """Open a page of the study and find these words on it."""
        self.path = path if path.startswith("/") else f"/{self.study}/{path}"
        answer = self.client.get(self.path)
        self.text = answer.content.decode()
        assert answer.status_code == 200, (self.path, answer.status_code)
        self.finds(*words)
        return self.text

    def finds(self, *words: str) -> None:
        for one in words:
            assert one in self.text, f"{one!r} is not on {self.path}: {LINES.findall(self.text)[-12:]}"

    def sheet(self, *names: str) -> Sheet:
        """The first form of the page that asks for all of these."""
        reader = Sheets()
        reader.feed(self.text)
        posts = [one for one in reader.found if one.method == "post" and set(names) <= one.names]
        assert posts, f"No form of {self.path} asks for {names}; there are {[sorted(s.names) for s in reader.found]}"
        return posts[0]

    def sends(self, values: dict[str, Any], *words: str, by: str = "", entries: int = 1) -> str:
        """Fill the form that asks for these values, send it, and find the words on the page that follows.

        `by` is a field or a part of the address that tells the form among several. One act is one submission.
        """
        before, sheet = read_head(self.study).sequence, self._chosen(values, by)
        answer = self.client.post(urljoin(self.path, sheet.action or self.path), sheet.values | values)
        said = answer.content.decode()
        assert answer.status_code in (302, 303), f"{self.path}: {answer.status_code}: {_problems(said)}"
        made = read_head(self.study).sequence - before
        assert made == entries, (self.path, made)
        there = urlsplit(urljoin(self.path, answer["Location"]))
        return self.look(there.path + (f"?{there.query}" if there.query else ""), *words)

    def is_refused(self, values: dict[str, Any], *words: str, by: str = "") -> None:
        """Send the form and find that nothing was entered, with these words as the reason."""
        before, sheet = read_head(self.study).sequence, self._chosen(values, by)
        answer = self.client.post(urljoin(self.path, sheet.action or self.path), sheet.values | values)
        assert answer.status_code in (403, 404, 409, 422), answer.status_code
        self.text = answer.content.decode()
        self.finds(*words)
        assert read_head(self.study).sequence == before

    def _chosen(self, values: dict[str, Any], by: str) -> Sheet:
        reader = Sheets()
        reader.feed(self.text)
        for one in reader.found:
            if one.method == "post" and by and (by in one.names or by in one.action):
                return one
        return self.sheet(*(name for name in values if name != "_action"))


def _problems(page: str) -> str:
    at = page.find('id="problems"')
    return page[at : at + 900] if at > 0 else page[page.find("<main") :][:1500]
