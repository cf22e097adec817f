"""All public pages of a trial as files that any web host serves, and none of them before the claim check passes."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import orjson

from calcitrial.claims import Page, check_page, problem_of
from calcitrial.evidence import Study
from calcitrial.leaflet.base_page import base_page
from calcitrial.leaflet.compose import LANGUAGES, desk_of, easy_page, trial_page
from calcitrial.leaflet.desk import Desk
from calcitrial.leaflet.document import Link
from calcitrial.leaflet.readability import Readability, readability
from calcitrial.leaflet.structured import structured_data
from calcitrial.leaflet.texts import texts_in
from calcitrial.leaflet.typeset import typeset
from calcitrial.protocol import Problem, Protocol, refuse
from calcitrial.whole_file import write_whole

MOST_BYTES = 100_000
Beside = Mapping[str, str]
EASY, DATA, BASE = "-easy.html", "trial.json", "evidence.html"
NAMES = tuple(f"{language}{ending}" for language in LANGUAGES for ending in (".html", EASY))


@dataclass(frozen=True)
class Published:
    """What was written: the files by name with their sizes in bytes, and how readable each page is."""

    folder: Path
    files: dict[str, int]
    readability: dict[str, Readability]


def checked(protocol: Protocol, reports: Sequence[Study]) -> list[Problem]:
    """Return what the pages of a trial may not say; empty when they may say all of it."""
    made = {name: _page(name, protocol, reports) for name in NAMES}
    return [problem for name, (page, desk) in made.items() for problem in _problems(name, page, desk)]


def file_of(name: str, protocol: Protocol, reports: Sequence[Study], beside: Beside | None = None) -> bytes:
    """Return one file of the public pages; RefusedError for an unknown name, or a page with a defect.

    `name` is that of a page in a language, evidence.html or trial.json; `beside` are pages of a server to link to.
    """
    if name == DATA:
        return _data(protocol, reports)
    if name == BASE:
        return _base(reports)
    if name not in NAMES:
        refuse([Problem(name, "There is no such page.", f"Pages: {', '.join((*NAMES, BASE, DATA))}.")])
    page, desk = _page(name, protocol, reports)
    refuse(_problems(name, page, desk))
    return typeset(page, desk, _links(name, desk), easy=name.endswith(EASY), beside=beside or {})


def publish(protocol: Protocol, reports: Sequence[Study], out: Path) -> Published:
    """Write all pages of a trial into a folder (`index.html` is the English one), or refuse and write nothing."""
    made = {name: _page(name, protocol, reports) for name in NAMES}
    refuse([problem for name, (page, desk) in made.items() for problem in _problems(name, page, desk)])
    files = {
        name: typeset(page, desk, _links(name, desk), easy=name.endswith(EASY)) for name, (page, desk) in made.items()
    }
    files |= {DATA: _data(protocol, reports), BASE: _base(reports), "index.html": files[NAMES[0]]}
    heavy = [name for name, content in files.items() if len(content) > MOST_BYTES]
    refuse([Problem(name, f"The page has {len(files[name])} bytes.", f"Keep it under {MOST_BYTES}.") for name in heavy])
    out.mkdir(parents=True, exist_ok=True)
    for name, content in files.items():
        write_whole(out / name, content)
    sizes = {name: len(content) for name, content in sorted(files.items())}
    return Published(out, sizes, {name: readability(page) for name, (page, _desk) in made.items()})


def _page(name: str, protocol: Protocol, reports: Sequence[Study]) -> tuple[Page, Desk]:
    language, compose = name[:2], easy_page if name.endswith(EASY) else trial_page
    return compose(protocol, reports, language), desk_of(protocol, reports, language)


def _problems(name: str, page: Page, desk: Desk) -> list[Problem]:
    return [problem_of(defect, name) for defect in check_page(page, desk.ground)]


def _data(protocol: Protocol, reports: Sequence[Study]) -> bytes:
    texts = desk_of(protocol, reports, LANGUAGES[0]).texts
    return orjson.dumps(structured_data(protocol, texts), option=orjson.OPT_INDENT_2)


def _base(reports: Sequence[Study]) -> bytes:
    texts = {language: texts_in(language) for language in LANGUAGES}
    links = tuple(Link(f"{language}.html", texts[language].page["trial"], language) for language in LANGUAGES)
    return base_page(reports, links)


def _links(name: str, desk: Desk) -> tuple[Link, ...]:
    own = desk.texts.language
    other = next(language for language in LANGUAGES if language != own)
    easy = name.endswith(EASY)
    beside = Link(f"{own}.html", desk.texts.page["whole"]) if easy else Link(f"{own}{EASY}", desk.texts.page["easy"])
    all_reports = Link(BASE, desk.texts.page["base"])
    return (Link(f"{other}{EASY if easy else '.html'}", desk.texts.page["language"], other), beside, all_reports)
