"""All public pages of a trial as files that any web host serves, and none of them before the claim check passes."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Any

import orjson

from calcitrial.claims import Page, check_page, problem_of
from calcitrial.evidence import Study
from calcitrial.leaflet.base_page import base_page
from calcitrial.leaflet.compose import LANGUAGES, desk_of, easy_page, trial_page
from calcitrial.leaflet.desk import Desk
from calcitrial.leaflet.document import Link, base_digest
from calcitrial.leaflet.readability import Readability, readability
from calcitrial.leaflet.structured import structured_data
from calcitrial.leaflet.texts import texts_in
from calcitrial.leaflet.typeset import typeset
from calcitrial.protocol import Problem, Protocol, RefusedError, refuse
from calcitrial.whole_file import write_whole

MOST_BYTES = 100_000  # of a page for people; that of all reports grows with them
Beside = Mapping[str, str]
EASY, FIT, DATA, BASE = "-easy.html", "-fit.html", "trial.json", "evidence.html"
FINGERPRINT = "published.json"
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


def publish(
    protocol: Protocol, reports: Sequence[Study], out: Path, more: Mapping[str, bytes] | None = None
) -> Published:
    """Write all pages of a trial into a folder (`index.html` is the English one), or refuse and write nothing.

    `more` are files of other rooms that belong beside them; a page `LANGUAGE-fit.html` among them is linked to.
    """
    files, scores = _made(protocol, reports, more or {})
    people = [name for name in files if name not in (DATA, BASE)]
    heavy = [name for name in people if len(files[name]) > MOST_BYTES]
    refuse([Problem(name, f"The page has {len(files[name])} bytes.", f"Keep it under {MOST_BYTES}.") for name in heavy])
    out.mkdir(parents=True, exist_ok=True)
    for name, content in files.items():
        write_whole(out / name, content)
    # Last, so that a folder with a fingerprint has all its pages.
    write_whole(out / FINGERPRINT, _fingerprint(protocol, reports, files, scores))
    return Published(out, {name: len(content) for name, content in sorted(files.items())}, scores)


def stale(
    protocol: Protocol, reports: Sequence[Study], out: Path, more: Mapping[str, bytes] | None = None
) -> list[Problem]:
    """Return which pages of a folder are not what would be written now, and why; empty when all are.

    Raises RefusedError when the folder holds no export of this trial.
    """
    was = _read_fingerprint(out, protocol.id)
    files, _scores = _made(protocol, reports, more or {})
    changes = []
    if was["definition"] != protocol.digest:
        changes.append(f"the study definition changed ({was['definition'][:12]} then, {protocol.digest[:12]} now)")
    if was["base"] != base_digest(reports):
        changes.append(f"the evidence base changed ({was['reports']} reports then, {len(reports)} now)")
    found = []
    for name in sorted({*files, *was["files"]}):
        what = _stale(out / name, files.get(name), str(was["files"].get(name, "")), changes)
        found += [Problem(name, what, "Publish the trial again.")] if what else []
    return found


def study_in(out: Path) -> str:
    """Return the study whose pages lie in a folder; RefusedError when it holds no export."""
    return str(_read_fingerprint(out)["study"])


def _stale(path: Path, now: bytes | None, was: str, changes: Sequence[str]) -> str:
    """Return why one file is not what it should be; '' when it is."""
    there = path.read_bytes() if path.is_file() else None
    if now is None:
        return "The page is no longer published." if there is not None else ""
    if there is None:
        return "The page is missing."
    if sha256(there).hexdigest() != was:
        return "The page was changed after it was written." if was else "The page is of no export."
    if there == now:
        return ""
    return f"The page is stale: {' and '.join(changes) or 'the program writes it otherwise now'}."


def _made(
    protocol: Protocol, reports: Sequence[Study], more: Mapping[str, bytes]
) -> tuple[dict[str, bytes], dict[str, Readability]]:
    """Return every file by name and the readability of its pages; RefusedError when the claim check finds anything."""
    made = {name: _page(name, protocol, reports) for name in NAMES}
    refuse([problem for name, (page, desk) in made.items() for problem in _problems(name, page, desk)])
    files = {}
    for name, (page, desk) in made.items():
        fit = f"{desk.texts.language}{FIT}"
        beside = {"inclusion": fit} if fit in more else {}
        files[name] = typeset(page, desk, _links(name, desk), easy=name.endswith(EASY), beside=beside)
    files |= {DATA: _data(protocol, reports), BASE: _base(reports), "index.html": files[NAMES[0]], **more}
    return files, {name: readability(page) for name, (page, _desk) in made.items()}


def _fingerprint(
    protocol: Protocol, reports: Sequence[Study], files: Mapping[str, bytes], scores: Mapping[str, Readability]
) -> bytes:
    content = {
        "study": protocol.id,
        "definition": protocol.digest,
        "base": base_digest(reports),
        "reports": len(reports),
        "files": {name: sha256(content).hexdigest() for name, content in files.items()},
        "readability": {name: score.told for name, score in scores.items()},
    }
    return orjson.dumps(content, option=orjson.OPT_INDENT_2)


def _read_fingerprint(out: Path, study: str = "") -> dict[str, Any]:
    path = out / FINGERPRINT
    try:
        content = orjson.loads(path.read_bytes())
        told = {name: content[name] for name in ("study", "definition", "base", "reports", "files")}
    except (OSError, orjson.JSONDecodeError, KeyError, TypeError):
        what = "There is no fingerprint of an export that can be read."
        raise RefusedError([Problem(str(path), what, "Publish the trial into this folder.")]) from None
    if (study and told["study"] != study) or not isinstance(told["files"], dict):
        refuse(
            [Problem(str(path), f"It is an export of {told['study']!r}, not of {study!r}.", "Name the other study.")]
        )
    return told


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
