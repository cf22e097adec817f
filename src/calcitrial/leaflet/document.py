"""The frame of every public page: one HTML file without scripts or requests, its styles allowed by their digest."""

import base64
import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from html import escape
from pathlib import Path
from urllib.parse import urlsplit

from calcitrial.evidence import Study

STYLE = (Path(__file__).parent / "page.css").read_text("utf-8")
DIGEST = base64.b64encode(hashlib.sha256(STYLE.encode()).digest()).decode()
# Nothing is loaded and nothing runs; data in a script element of another type is no script.
POLICY = f"default-src 'none'; style-src 'sha256-{DIGEST}'; base-uri 'none'; form-action 'none'"


def _digest(text: str) -> str:
    return base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()


@dataclass(frozen=True)
class Link:
    """A link beside the title: where to, in which words, in which language the page there is."""

    to: str
    words: str
    language: str = ""


@dataclass(frozen=True)
class Frame:
    """What stands around the text of a page: attributes of its root, titles, links, contents, words, its one script."""

    root: str
    title: str
    heading: str
    links: tuple[Link, ...]
    contents: tuple[tuple[str, str], ...]
    skip: str
    contents_label: str
    footer: str
    data: str = ""
    body_class: str = ""
    script: str = ""


def document(frame: Frame, body: str) -> bytes:
    """Return a whole page as HTML5 in UTF-8; `body` and `root` are markup, everything else in the frame is text."""
    listed = "".join(f'<li><a href="#{name}">{escape(title)}</a></li>' for name, title in frame.contents)
    data = f'<script type="application/ld+json">{frame.data}</script>\n' if frame.data else ""
    about = f' class="{frame.body_class}"' if frame.body_class else ""
    # Inside the page, since a file that is opened from a disk may load no module.
    script = f'<script type="module">{frame.script}</script>\n' if frame.script else ""
    policy = f"{POLICY}; script-src 'sha256-{_digest(frame.script)}'" if frame.script else POLICY
    return f"""<!doctype html>
<html {frame.root}>
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="{escape(policy)}">
<title>{escape(frame.title)}</title>
<style>{STYLE}</style>
{data}</head>
<body{about}>
<a class="skip" href="#text">{escape(frame.skip)}</a>
<header>
<ul class="links">{"".join(_link(link) for link in frame.links)}</ul>
<h1 lang="en">{escape(frame.heading)}</h1>
<nav aria-label="{escape(frame.contents_label)}"><ul>{listed}</ul></nav>
</header>
<main id="text">
{body}
</main>
<footer>{frame.footer}</footer>
{script}</body>
</html>
""".encode()


def anchor(url: str, words: str) -> str:
    """Return a link to an address of the web as markup, or the words alone for any other address."""
    if urlsplit(url).scheme not in ("http", "https"):
        return escape(words)
    return f'<a href="{escape(url)}" rel="noreferrer noopener">{escape(words)}</a>'


def base_digest(reports: Sequence[Study]) -> str:
    """Return the SHA-256 of all reports, in hexadecimal: the state of the base that a page was made from."""
    return hashlib.sha256("\n".join(study.model_dump_json() for study in reports).encode()).hexdigest()


def _link(link: Link) -> str:
    language = f' lang="{link.language}" hreflang="{link.language}"' if link.language else ""
    return f'<li><a href="{escape(link.to)}"{language}>{escape(link.words)}</a></li>'
