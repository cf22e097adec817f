"""The sentences of a page as HTML, with the sources, the forest plot and the data for search engines.

Each sentence carries what it rests on (`data-basis`), so that `claims.page_in` reads the page back and anybody can
check it again; numbered marks lead to the list of sources.
"""

import re
from collections.abc import Iterator, Mapping
from html import escape

from calcitrial.claims import Page, Part, Sentence
from calcitrial.evidence import Study
from calcitrial.leaflet.desk import Desk
from calcitrial.leaflet.document import Frame, Link, anchor, base_digest, document
from calcitrial.leaflet.readability import readability
from calcitrial.leaflet.reports import synthesis_of
from calcitrial.leaflet.structured import structured_text
from calcitrial.synthesis import forest_picture

LISTS = ("elsewhere", "inclusion", "exclusion", "timeline", "facts", "missing", "treatments")
FOREST = "evidence"


def typeset(
    page: Page, desk: Desk, links: tuple[Link, ...], *, easy: bool = False, beside: Mapping[str, str] | None = None
) -> bytes:
    """Return a page as HTML5 in UTF-8, the same bytes for the same protocol and reports.

    `links` stand above the title; `beside` has the address of another page by the part (clinic, inclusion) it helps.
    """
    sources = _sources(page, desk)
    texts = desk.texts.page
    body = "\n".join(_part(part, desk, sources, (beside or {}).get(part.id, "")) for part in page.parts)
    short = str(desk.protocol.facts["nickname"].value) if "nickname" in desk.protocol.facts else page.study
    known = escape(page.study)
    frame = Frame(
        root=f'lang="{page.language}" data-study="{known}" data-definition="{page.definition}"',
        title=f"{page.title} ({short}) | {texts['trial']}",
        heading=page.title,
        links=links,
        contents=tuple((part.id, _unbroken(part.title, desk)) for part in page.parts),
        skip=texts["skip"],
        contents_label=texts["contents"],
        footer=_footer(page, desk),
        data=structured_text(desk.protocol, desk.texts),
        body_class="easy" if easy else "",
    )
    return document(frame, f"{body}\n{_source_list(desk, sources)}")


def _part(part: Part, desk: Desk, sources: Mapping[str, int], further: str) -> str:
    tag = "li" if part.id in LISTS else "p"
    said = "\n".join(_sentence(sentence, tag, desk, sources) for sentence in part.sentences)
    inner = f"<ul>\n{said}\n</ul>" if tag == "li" else said
    picture = _forest(desk) if part.id == FOREST else ""
    if further:
        words = escape(desk.texts.house[f"link_{part.id}"])
        picture += f'<p data-basis="house.link_{part.id}"><a href="{escape(further)}">{words}</a></p>\n'
    head = f'<section data-part="{part.id}" id="{part.id}">\n<h2>{_spaced(part.title, desk)}</h2>'
    return f"{head}\n{inner}\n{picture}</section>"


def _sentence(sentence: Sentence, tag: str, desk: Desk, sources: Mapping[str, int]) -> str:
    marks = sorted({sources[key] for basis in sentence.basis for key in _keys(basis, desk)})
    notes = "".join(f'<sup><a href="#source-{number}">[{number}]</a></sup>' for number in marks)
    about = f' data-route="{escape(sentence.route)}"' if sentence.route else ""
    about += f' data-outcome="{escape(sentence.outcome)}"' if sentence.outcome else ""
    basis = escape("|".join(sentence.basis))
    kind = _class(sentence, desk)
    return f'<{tag}{kind} data-basis="{basis}"{about}>{_spaced(sentence.text, desk)}{notes}</{tag}>'


def _spaced(text: str, desk: Desk) -> str:
    return escape(_unbroken(text, desk))


def _unbroken(text: str, desk: Desk) -> str:
    """Return a text, in French with spaces that do not break before high punctuation."""
    return re.sub(r" (?=[:;?!%»])|(?<=«) ", "\u00a0", text) if desk.texts.language == "fr" else text


def _class(sentence: Sentence, desk: Desk) -> str:
    statuses = {desk.ground.places[basis].status for basis in sentence.basis if basis in desk.ground.places}
    if "unspecified" in statuses:
        return ' class="gap"'
    return ' class="unsure"' if statuses & {"assumed", "conflict", "inferred"} else ""


def _forest(desk: Desk) -> str:
    found = synthesis_of(desk, "response")
    picture = forest_picture(found) if found else ""
    if not picture:
        return ""
    name = escape(desk.texts.page["share"])
    return f'<div class="scroll" role="region" tabindex="0" aria-label="{name}" lang="en">{picture}</div>\n'


def _keys(basis: str, desk: Desk) -> Iterator[str]:
    """Yield the keys of the sources of what a sentence rests on: of the protocol's, or a report's id."""
    report = desk.ground.report(basis) if basis.startswith("evidence.") else None
    if report is not None:
        yield f"report {report.id}"
    elif basis.startswith("pooled."):
        pool = desk.ground.pooled(basis)
        yield from (f"report {name}" for name in (pool.studies if pool else ()))
    elif basis in desk.ground.places:
        yield from desk.ground.places[basis].source


def _sources(page: Page, desk: Desk) -> dict[str, int]:
    """Return the number of each source, in the order in which the page needs them."""
    sentences = (sentence for part in page.parts for sentence in part.sentences)
    keys = dict.fromkeys(key for sentence in sentences for basis in sentence.basis for key in _keys(basis, desk))
    return {key: number for number, key in enumerate(keys, 1)}


def _source_list(desk: Desk, sources: Mapping[str, int]) -> str:
    if not sources:
        return ""
    reports = {f"report {study.id}": study for study in desk.reports}
    lines = "\n".join(
        f'<li id="source-{number}">{_report(reports[key], desk) if key in reports else _place(key, desk)}</li>'
        for key, number in sources.items()
    )
    title = escape(desk.texts.page["sources"])
    return f'<section id="sources" class="sources"><h2>{title}</h2>\n<ol lang="en">\n{lines}\n</ol></section>'


def _place(key: str, desk: Desk) -> str:
    source = desk.protocol.sources[key]
    return anchor(source.url, source.title)


def _report(study: Study, desk: Desk) -> str:
    year = f" ({study.year})" if study.year else ""
    name = f"{study.id}: {study.label}. {study.source}{year}. {study.design}; {study.population}."
    return anchor(study.urls[0].split(" ")[0] if study.urls else "", name)


def _footer(page: Page, desk: Desk) -> str:
    texts = desk.texts.page
    made = texts["made"].format(
        definition=page.definition[:12], reports=len(desk.reports), base=base_digest(desk.reports)[:12]
    )
    return f"<p>{escape(made)}</p>\n<p>{escape(texts['print'])} {escape(readability(page).told)}.</p>"
