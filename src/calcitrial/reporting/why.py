"""Why is this number what it is: from an estimate back to data rows, entries, people, and image series."""

from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass, replace
from difflib import get_close_matches
from typing import Any

import polars as pl

from calcitrial.analysis import Analysis, analyse, analysis_data, endpoint_of
from calcitrial.documents import Cell, counted, figures, key_of
from calcitrial.models import Estimate
from calcitrial.outcomes import SCHEMA
from calcitrial.protocol import Problem, RefusedError, refuse
from calcitrial.record import Cut, Step, trail_of
from calcitrial.reporting.answers import answers
from calcitrial.sections import sections

PICTURED = ("ct_measurement", "film_measurement", "ultrasound_measurement", "read")  # forms that name a series


@dataclass(frozen=True)
class Series:
    """An image series that a measurement was made on, by its UID and the SHA-256 of its pixels."""

    participant: str
    visit: str
    uid: str
    digest: str


@dataclass(frozen=True)
class DataRow:
    """One row of the analysis data, with the entries it is made of."""

    participant: str
    lesion: str
    visit: str
    arm: str
    value: float | None
    unit: str
    used: bool
    excluded: str
    entries: tuple[int, ...]


@dataclass(frozen=True)
class Trace:
    """The walk back from a question: estimate, model, rows, entries (with what they replaced), series.

    `estimate` is None when the question is about a part of the data and the endpoint cannot be answered yet;
    `note` then says why. `steps` are in the order in which they were entered; `replaced` holds earlier values.
    Of a figure of the report's tables, `figure` is the text that is printed and `how` says how it is found.
    """

    question: str
    endpoint: str
    estimate: Estimate | None
    model: str
    note: str
    rows: tuple[DataRow, ...]
    steps: tuple[Step, ...]
    replaced: tuple[Step, ...]
    series: tuple[Series, ...]
    figure: str = ""
    how: str = ""

    def to_json(self) -> dict[str, Any]:
        """Return the trace as plain values for JSON."""
        plain = asdict(self)
        for name in ("steps", "replaced"):
            plain[name] = [{**asdict(step), "place": step.place._asdict()} for step in getattr(self, name)]
        return plain


def why(cut: Cut, number_or_name: str | int) -> Trace:
    """Walk back from "primary", an endpoint, a participant, a lesion, an entry number, or the key of a figure.

    Reads the trail of the study from the record, never beyond the cut. Raises RefusedError when the question
    names nothing in the cut, or when an endpoint is asked for that cannot be answered.
    """
    question = str(number_or_name).strip()
    named = {endpoint.id for endpoint in cut.protocol.endpoints}
    if question in named | {"primary"}:
        analysis = analyse(cut, "" if question == "primary" else question)
        return _trace(cut, question, analysis, analysis.data.filter("used"), (), "")
    if question.isdigit():
        return _about_entry(cut, question)
    places = cut.rows.filter((pl.col("participant") == question) | (pl.col("lesion") == question))
    if not question or not places.height:
        return _about_figure(cut, question)
    tried, data, note = _tried(cut)
    column = (
        "lesion" if (places["lesion"] == question).any() and question not in places["participant"] else "participant"
    )
    return _trace(cut, question, tried, data.filter(pl.col(column) == question), tuple(places["number"]), note)


def figures_of(cut: Cut) -> dict[str, Cell]:
    """Return every figure of the tables of this cut's report by its key, in reading order."""
    return figures(sections(cut, *answers(cut)))


def _about_figure(cut: Cut, question: str) -> Trace:
    """Return the trace of a figure: its entries, and the rows of analysis data that are made of them alone."""
    known = figures_of(cut)
    cell = known.get(question)
    if cell is None:
        what = f"The cut knows no endpoint, participant, lesion or entry {question!r}, and its report no such figure."
        refuse([Problem("why", what, _instead(cut, question, list(known)))])
        raise AssertionError
    of = [e.id for e in cut.protocol.endpoints if question.startswith(f"{key_of('endpoint', e.id)}.")]
    tried, data, note = _tried(cut, *of[:1])
    own = frozenset(cell.entries)
    made_of_them = [bool(entries) and own.issuperset(entries) for entries in data["entries"].to_list()]
    trace = _trace(cut, question, tried, data.filter(pl.Series(made_of_them, dtype=pl.Boolean)), cell.entries, note)
    if not of:  # a figure that is of no endpoint says nothing of an estimate
        trace = replace(trace, endpoint="", estimate=None, model="", note="")
    return replace(trace, figure=cell.text, how=cell.how)


def _instead(cut: Cut, question: str, keys: Sequence[str]) -> str:
    """Say which figures lie under a name that is the beginning of a key, or which names are near."""
    under = [key for key in keys if question and key.startswith(f"{question}.")]
    if under:
        more = f" and {counted(len(under) - 8, 'more figure')}" if len(under) > 8 else ""
        return f"Under {question} there are {', '.join(under[:8])}{more}."
    lesions = sorted(set(cut.rows["lesion"]) - {""})[:1]
    names = ["primary", *(endpoint.id for endpoint in cut.protocol.endpoints), *lesions]
    whole = {name.lower(): name for name in (*names, *keys)}
    near = [whole[name] for name in get_close_matches(question.lower(), list(whole), n=5, cutoff=0.5)]
    told = f"Near to it: {', '.join(near)}." if near else f"It knows, for example: {', '.join(names)}."
    return f"{told} `calcitrial why {cut.study} --figures` lists the figures of the report."


def _about_entry(cut: Cut, question: str) -> Trace:
    """Return the trace of one entry and of the rows of analysis data that it went into."""
    steps = [step for step in trail_of(cut.study, [int(question)]) if step.sequence <= cut.sequence]
    if not steps:
        what = f"The cut has no entry {question}."
        refuse([Problem("why", what, f"Its entries go up to {max(cut.rows['number'], default=0)}.")])
    analysis, data, note = _tried(cut)
    rows = data.filter(pl.col("entries").list.contains(int(question)))
    trace = _trace(cut, question, analysis, rows, (int(question),), note)
    return replace(trace, steps=tuple(steps))


def _tried(cut: Cut, endpoint: str = "") -> tuple[Analysis | None, pl.DataFrame, str]:
    """Return the analysis of an endpoint (the primary one by default), or its data and why there is no estimate yet."""
    try:
        analysis = analyse(cut, endpoint)
    except RefusedError as error:
        return None, _data_alone(cut, endpoint), str(error)
    return analysis, analysis.data, ""


def _data_alone(cut: Cut, endpoint: str) -> pl.DataFrame:
    if not endpoint and not any(endpoint.role == "primary" for endpoint in cut.protocol.endpoints):
        return pl.DataFrame(schema={**SCHEMA, "used": pl.Boolean()})
    return analysis_data(cut, endpoint_of(cut.protocol, endpoint))


def _trace(
    cut: Cut, question: str, analysis: Analysis | None, data: pl.DataFrame, more: Sequence[int], note: str
) -> Trace:
    """Return the trace over rows of analysis data, with further entries that the question is about."""
    rows = tuple(_row(row) for row in data.iter_rows(named=True))
    numbers = sorted({entry for row in rows for entry in row.entries} | set(more))
    steps = [step for step in trail_of(cut.study, numbers) if step.sequence <= cut.sequence]
    places = {(row.participant, row.lesion, visit) for row in rows for visit in _visits_behind(cut, row)}
    return Trace(
        question,
        analysis.endpoint.label if analysis else "",
        analysis.estimate if analysis else None,
        analysis.fit.formula if analysis else "",
        note,
        rows,
        tuple(steps),
        tuple(_replaced(cut.study, steps)),
        tuple(_series(cut, places, frozenset(numbers))),
    )


def _visits_behind(cut: Cut, row: DataRow) -> tuple[str, ...]:
    baseline = tuple(visit.id for visit in cut.protocol.visits if visit.kind == "baseline")
    return (*baseline, row.visit)


def _row(row: dict[str, Any]) -> DataRow:
    names = ("participant", "lesion", "visit", "arm", "value", "unit", "used", "excluded")
    return DataRow(**{name: row[name] for name in names}, entries=tuple(row["entries"]))


def _replaced(study: str, steps: Sequence[Step]) -> Iterable[Step]:
    """Yield what these entries replaced, and what that replaced, down to the first values."""
    wanted = sorted({step.replaces for step in steps if step.replaces})
    while wanted:
        earlier = trail_of(study, wanted)
        yield from earlier
        wanted = sorted({step.replaces for step in earlier if step.replaces})


def _series(cut: Cut, places: set[tuple[str, str, str]], behind: frozenset[int]) -> Iterable[Series]:
    """Yield each picture or series at these places once whose measurement or reading is behind the rows."""
    found = {
        Series(row["participant"], row["visit"], row["series_uid"], row["series_digest"] or "")
        for form in PICTURED
        if cut.protocol.form(form) is not None
        for row in cut.table(form).iter_rows(named=True)
        if row["series_uid"] and (row["participant"], row["lesion"], row["visit"]) in places
        if not behind.isdisjoint(row["entries"])
    }
    yield from sorted(found, key=lambda one: (one.participant, one.visit, one.uid, one.digest))
