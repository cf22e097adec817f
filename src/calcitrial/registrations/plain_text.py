"""Text of registry files made plain: no HTML, no control characters, no endless fields; each change is said."""

import re
import unicodedata
from functools import lru_cache
from html import unescape
from html.parser import HTMLParser

LONGEST = 20_000
# Beyond this nothing is looked at, so that a field of gigabytes costs no time.
LOOKED_AT = 200_000
MARKED = re.compile(r"</?[a-zA-Z][^<>]{0,2000}>|<!--|&(?:#\d{1,7}|#x[0-9a-fA-F]{1,6}|[a-zA-Z]{2,10});")
CONTROLS = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u200b-\u200f\u202a-\u202e\u2066-\u2069\ufeff\ufffe\uffff]")
SIMPLE = re.compile(r"[ -%'-;=-~]*")
FOREIGN = re.compile(r"[^\x00-\x7f]+")
WORD = re.compile(r"[^\W_]+")
BLOCKS = frozenset({"p", "br", "div", "li", "ul", "ol", "tr", "h1", "h2", "h3", "h4", "table"})
UNREAD = frozenset({"script", "style", "iframe", "object", "template"})


class _Words(HTMLParser):
    """Collects what a reader of a page would see."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.found: list[str] = []
        self.hidden = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.hidden += tag in UNREAD
        self.found += ["\n"] if tag in BLOCKS else []

    def handle_endtag(self, tag: str) -> None:
        self.hidden = max(0, self.hidden - (tag in UNREAD))
        self.found += ["\n"] if tag in BLOCKS else []

    def handle_data(self, data: str) -> None:
        if not self.hidden:
            self.found.append(data)


def plain(text: str) -> tuple[str, str]:
    """Return a text as plain words (NFC, single spaces, single empty lines), and a sentence on what was changed or ''.

    HTML marks go, its words stay; scripts and styles go with their content. Longer texts than LONGEST are cut off.
    """
    if not text:
        return "", ""
    if len(text) <= LONGEST and "  " not in text and SIMPLE.fullmatch(text):
        return text.strip(), ""  # most texts: plain ASCII on one line
    told, size = [], len(text)
    text = text[:LOOKED_AT]
    if MARKED.search(text):
        text, marked = _without_marks(text), True
        told += ["HTML was taken out."] if marked else []
    if CONTROLS.search(text):
        text = CONTROLS.sub("", text)
        told.append("Invisible control characters were taken out.")
    text = unicodedata.normalize("NFC", text)
    text = re.sub(r"[^\S\n]+", " ", text)
    text = re.sub(r" ?\n ?", "\n", text)
    text = re.sub(r"\n{3,}", "\n\n", text).strip()
    if len(text) > LONGEST or size > LOOKED_AT:
        text = text[:LONGEST]
        told.append(f"It has {size:,} characters; the first {len(text):,} are kept.")
    return text, " ".join(told)


def _without_marks(text: str) -> str:
    words = _Words()
    words.feed(text)
    words.close()
    joined = "".join(words.found)
    # Marks that were escaped once more, such as &lt;script&gt;, are marks as well.
    return MARKED.sub(" ", unescape(joined)) if MARKED.search(joined) else joined


def decoded(data: bytes, encoding: str = "utf-8") -> tuple[str, str]:
    """Return the text of bytes, and a sentence when some of them are not of this encoding (they become �) or ''."""
    marks = ((b"\xef\xbb\xbf", "utf-8-sig"), (b"\xff\xfe", "utf-16"), (b"\xfe\xff", "utf-16"))
    encoding = next((name for mark, name in marks if data.startswith(mark)), encoding)
    try:
        return data.decode(encoding), ""
    except LookupError:
        told = f"It says that it is written in {encoding[:40]!r}, which is no encoding; it was read as UTF-8."
        return data.decode("utf-8", "replace"), told
    except UnicodeDecodeError as error:
        where = f"From byte {error.start:,} on there are bytes that are not {encoding.upper()}"
        return data.decode(encoding, "replace"), f"{where}; each stands as �. Export it again as UTF-8."


@lru_cache(20_000)
def _flat(text: str) -> str:
    flat = unicodedata.normalize("NFKD", text)
    return "".join(mark for mark in flat if not unicodedata.combining(mark))


def searchable(text: str) -> str:
    """Return the words of a text as they are searched: without accents, case and punctuation, one space between."""
    kept = text.casefold()
    if not kept.isascii():
        kept = FOREIGN.sub(lambda found: _flat(found[0]), kept)
    return " ".join(WORD.findall(kept))
