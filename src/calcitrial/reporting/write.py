"""The trial report, from protocol and cut alone: a web page, a PDF/A, the analysis data, and the numbers."""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import orjson

from calcitrial.analysis import Analysis
from calcitrial.documents import Cell, Content, Picture, docx, figures, page, pdf
from calcitrial.record import Cut
from calcitrial.reporting.answers import answers
from calcitrial.reporting.datasets import datasets, files_of
from calcitrial.sections import fingerprint, sections
from calcitrial.whole_file import write_whole

SIMULATED = "SIMULATED"
BANNER = "SIMULATED DATA. The participants in this report are invented; no person was treated."


@dataclass(frozen=True)
class ReportPaths:
    """The files of a report."""

    html: Path
    pdf: Path
    docx: Path
    json: Path
    csv: Path
    parquet: Path
    dictionary: Path


def write_report(cut: Cut, out: Path, *, images: Sequence[Picture] = ()) -> ReportPaths:
    """Write the report of a cut into a folder and return the paths of its files.

    report.html is one page without outside parts, report.pdf is PDF/A-2b, report.docx for Word, all from the same
    content; report.json holds the estimates, every figure of the tables, the cut's manifest, and the SHA-256 of the
    other files, so that a table that was sent around can be held to its cut. Beside them lie
    the analysis data and tidy tables of people, lesions, injections and adverse events as CSV and parquet, with
    dictionary.csv. The same cut (and images) gives the same bytes. An endpoint that cannot be answered is reported
    with the reasons; everything is made before the first file is written.
    """
    analyses, refusals = answers(cut)
    content = compose(cut, analyses, refusals, images)
    made = {
        "report.html": page(content),
        "report.pdf": pdf(content),
        "report.docx": docx(content),
        **files_of(datasets(cut, analyses)),
    }
    made["report.json"] = _numbers(cut, analyses, refusals, content, made)
    for name, body in made.items():
        write_whole(out / name, body)
    names = ("report.html", "report.pdf", "report.docx", "report.json", "analysis.csv", "analysis.parquet")
    return ReportPaths(*(out / name for name in (*names, "dictionary.csv")))


def compose(cut: Cut, analyses: Sequence[Analysis], refusals: Sequence[str], images: Sequence[Picture] = ()) -> Content:
    """Return what the report says; how it looks is for `page` and `pdf`."""
    protocol = cut.protocol
    last = last_date(cut)
    facts = (
        ("Protocol", f"{protocol.id}, version {protocol.version}"),
        ("Data up to", last),
        ("Data cut", f"submission {cut.sequence}, digest {cut.digest[:12]}"),
        ("Participants enrolled", str(cut.table("enrolment").height)),
        ("Lesions", str(cut.table("lesion").height)),
        ("Software", f"calcitrial {cut.code_version}"),
    )
    nobody = "not public" if protocol.control.status == "unspecified" and not protocol.control.chosen else "one group"
    arms = ", ".join(arm.label for arm in protocol.arms) or nobody
    return Content(
        title=protocol.name,
        subtitle=f"Arms: {arms}",
        banner=BANNER if is_simulated(cut) else "",
        key_facts=facts,
        sections=sections(cut, analyses, refusals, images),
        fingerprint=fingerprint(cut),
        footer=(
            f"{cut.study} · submission {cut.sequence} · cut {cut.digest[:16]} · head {cut.head[:16]} · "
            f"definition {cut.definition[:16]} · calcitrial {cut.code_version}"
        ),
        date=last,
        command=f"calcitrial why {cut.study} {{key}} --at {cut.sequence}",
    )


def is_simulated(cut: Cut) -> bool:
    """Return whether any participant was entered as simulated: the site of the screening begins with that word."""
    sites = cut.table("screening")["site"].drop_nulls()
    return bool(sites.str.starts_with(SIMULATED).any())


def last_date(cut: Cut) -> str:
    """Return the last date in the data (ISO): the report's date, so that it does not change with the day."""
    dates = {(form.id, item.id) for form in cut.protocol.forms for item in form.items if item.type == "date"}
    values = [
        value for form, item, value in cut.rows.select("form", "item", "value").iter_rows() if (form, item) in dates
    ]
    return max(values, default="1970-01-01")


def _numbers(
    cut: Cut, analyses: Sequence[Analysis], refusals: Sequence[str], content: Content, files: Mapping[str, bytes]
) -> bytes:
    told = {
        "simulated": is_simulated(cut),
        "data_up_to": last_date(cut),
        "cut": cut.manifest(),
        "endpoints": [_answer(analysis) for analysis in analyses],
        "not_answered": list(refusals),
        "files": {name: hashlib.sha256(body).hexdigest() for name, body in files.items()},
    }
    figured = {key: _figure(cell, cut) for key, cell in figures(content.sections).items()}
    # One line per figure: the entry numbers of some hundred figures would fill as many pages as there are numbers.
    lines = b",\n".join(b"    %s: %s" % (orjson.dumps(key), orjson.dumps(one)) for key, one in figured.items())
    text = orjson.dumps(told, option=orjson.OPT_INDENT_2 | orjson.OPT_SORT_KEYS)
    return text.removesuffix(b"\n}") + b',\n  "figures": {\n' + lines + b"\n  }\n}\n"


def _figure(cell: Cell, cut: Cut) -> dict[str, object]:
    return {"text": cell.text, "how": cell.how, "entries": cell.entries, "cut": cut.digest}


def _answer(analysis: Analysis) -> dict[str, object]:
    return {
        "endpoint": analysis.endpoint.model_dump(mode="json"),
        "estimate": analysis.estimate.to_json(),
        "by_visit": [
            {"visit": visit, **{k: v for k, v in one.to_json().items() if k not in ("entries", "messages")}}
            for visit, one in analysis.by_visit
        ],
        "fit": analysis.fit.to_json(),
    }
