"""The page of the evidence base, for those who want to see every report: made anew whenever one is added.

For each route and outcome with a count it has the shares with their intervals, the flow of reports, what may be said
and what may not; then each report with its design, dose, people, counts, where each was read, what the public copy
does not show, and its risk of bias. In English, as the reports are.
"""

from collections.abc import Iterator, Sequence
from html import escape

from calcitrial.evidence import OUTCOMES, Study, risk_of_bias, routes
from calcitrial.leaflet.document import Frame, Link, anchor, base_digest, document
from calcitrial.synthesis import Synthesis, flow_picture, forest_picture, pool_words, report_flow, synthesise

TITLE = "What the reports say of sodium thiosulfate, and what they do not"
SHOWN = (
    "design",
    "population",
    "concentration",
    "schedule",
    "outcome_measure",
    "followup",
    "definition",
    "size_effect",
)
WORDS = (*SHOWN, "pain_or_global_effect", "ae_text", "truncated", "note")


def base_page(reports: Sequence[Study], links: tuple[Link, ...] = ()) -> bytes:
    """Return the page of all reports as HTML5 in UTF-8, the same bytes for the same reports."""
    found = [synthesise(route, outcome, reports) for route in routes(reports) for outcome in OUTCOMES]
    counted = [one for one in found if one.lines]
    contents = [(_anchor(one), f"{one.claim.route}: {one.claim.outcome.replace('_', ' ')}") for one in counted]
    body = "\n".join([*(_synthesis(one, reports) for one in counted), *(_report(study) for study in reports)])
    frame = Frame(
        root='lang="en"',
        title=f"{TITLE} | calcitrial",
        heading=TITLE,
        links=links,
        contents=tuple(contents),
        skip="To the text",
        contents_label="On this page",
        footer=f"<p>Made from {len(reports)} reports ({base_digest(reports)[:12]}). This is no medical advice.</p>",
    )
    return document(frame, body)


def _anchor(one: Synthesis) -> str:
    return f"{one.claim.route}-{one.claim.outcome}".replace(" ", "-")


def _synthesis(one: Synthesis, reports: Sequence[Study]) -> str:
    name = f"{one.claim.route}: {one.claim.outcome.replace('_', ' ')}"
    parts: tuple[tuple[str, Sequence[str]], ...] = (
        ("May be said", one.claim.may_say),
        ("Pooled", tuple(pool_words(one)) or ("Nothing is pooled.",)),
        ("May not be said", one.claim.may_not_say),
        ("What limits it", one.warnings),
    )
    told = "".join(f"<h3>{title}</h3>\n{_items(lines)}\n" for title, lines in parts if lines)
    flow = flow_picture(report_flow(one, reports))
    return (
        f'<section id="{escape(_anchor(one))}"><h2>{escape(name)}</h2>\n'
        f"{_picture(forest_picture(one), f'Shares, {name}')}\n{told}{_picture(flow, f'Reports, {name}')}</section>"
    )


def _picture(picture: str, name: str) -> str:
    return f'<div class="scroll" role="region" tabindex="0" aria-label="{escape(name)}">{picture}</div>'


def _items(lines: Sequence[str]) -> str:
    return "<ul>" + "".join(f"<li>{escape(line)}</li>" for line in lines) + "</ul>"


def _report(study: Study) -> str:
    rows = "".join(f"<div><dt>{escape(name)}</dt><dd>{value}</dd></div>" for name, value in _rows(study))
    return (
        f'<section id="{escape(study.id)}"><h2>{escape(f"{study.id}: {study.label}")}</h2>\n<dl>{rows}</dl></section>'
    )


def _rows(study: Study) -> Iterator[tuple[str, str]]:
    yield "source", escape(f"{study.source}. {study.first_author} {study.year or ''}".strip())
    yield "kind, route", escape(f"{study.kind.replace('_', ' ')}, {study.route}")
    yield "people, lesions, treatments", escape(_numbers(study))
    yield from ((name.replace("_", " "), escape(str(value))) for name in WORDS if (value := getattr(study, name)))
    for count in study.counts:
        read = anchor(study.urls[count.read_at - 1].split(" ")[0], f"read at {count.read_at}")
        yield (
            count.outcome.replace("_", " "),
            f"{count.events} of {count.denominator}: {escape(count.counted)} ({read})",
        )
    if study.not_visible:
        yield "not in the public copy", escape(", ".join(study.not_visible))
    if study.superseded_by:
        yield "superseded by", escape(study.superseded_by)
    judged = (f"{one.domain} {one.judgement} ({one.by})" for one in risk_of_bias(study) if one.judgement != "not shown")
    yield "risk of bias", escape("; ".join(judged) or "not shown")
    yield "addresses", ", ".join(anchor(url.split(" ")[0], f"{place}") for place, url in enumerate(study.urls, 1))


def _numbers(study: Study) -> str:
    numbers = (study.n_patients, study.n_lesions, study.n_treatments)
    return ", ".join("not shown" if one is None else str(one) for one in numbers)
