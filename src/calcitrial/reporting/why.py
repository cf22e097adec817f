"""Why is this number what it is: from an estimate back to data rows, entries, people, and image series."""

from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import polars as pl

from calcitrial.analysis import Analysis, analyse, analysis_data, endpoint_of
from calcitrial.models import Estimate
from calcitrial.outcomes import SCHEMA
from calcitrial.protocol import Problem, RefusedError, refuse
from calcitrial.record import Cut, Step, trail_of
from calcitrial.reporting.tables import number
from calcitrial.reporting.wording import counted


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

    def to_json(self) -> dict[str, Any]:
        """Return the trace as plain values for JSON."""
        plain = asdict(self)
        for name in ("steps", "replaced"):
            plain[name] = [{**asdict(step), "place": step.place._asdict()} for step in getattr(self, name)]
        return plain


def why(cut: Cut, number_or_name: str | int) -> Trace:
    """Walk back from "primary", an endpoint, a participant, a lesion, or an entry number.

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
        what = f"The cut knows no endpoint, participant, lesion or entry {question!r}."
        lesions = sorted(set(cut.rows["lesion"]) - {""})[:1]
        known = ", ".join(["primary", *sorted(named), *sorted(set(cut.rows["participant"]) - {""})[:1], *lesions])
        refuse([Problem("why", what, f"Ask for example: {known}.")])
    tried, data, note = _tried(cut)
    column = (
        "lesion" if (places["lesion"] == question).any() and question not in places["participant"] else "participant"
    )
    return _trace(cut, question, tried, data.filter(pl.col(column) == question), tuple(places["number"]), note)


def _about_entry(cut: Cut, question: str) -> Trace:
    """Return the trace of one entry and of the rows of analysis data that it went into."""
    steps = [step for step in trail_of(cut.study, [int(question)]) if step.sequence <= cut.sequence]
    if not steps:
        what = f"The cut has no entry {question}."
        refuse([Problem("why", what, f"Its entries go up to {max(cut.rows['number'], default=0)}.")])
    analysis, data, note = _tried(cut)
    rows = data.filter(pl.col("entries").list.contains(int(question)))
    trace = _trace(cut, question, analysis, rows, (int(question),), note)
    return Trace(**{**vars(trace), "steps": tuple(steps)})


def _tried(cut: Cut) -> tuple[Analysis | None, pl.DataFrame, str]:
    """Return the primary analysis, or its data and why there is no estimate yet."""
    try:
        analysis = analyse(cut)
    except RefusedError as error:
        return None, _data_alone(cut), str(error)
    return analysis, analysis.data, ""


def _data_alone(cut: Cut) -> pl.DataFrame:
    if not any(endpoint.role == "primary" for endpoint in cut.protocol.endpoints):
        return pl.DataFrame(schema={**SCHEMA, "used": pl.Boolean()})
    return analysis_data(cut, endpoint_of(cut.protocol))


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
        tuple(_series(cut, places)),
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


def _series(cut: Cut, places: set[tuple[str, str, str]]) -> Iterable[Series]:
    """Yield each image series behind the measurements at these places once."""
    if cut.protocol.form("ct_measurement") is None:
        return
    found = {
        Series(row["participant"], row["visit"], row["series_uid"], row["series_digest"])
        for row in cut.table("ct_measurement").iter_rows(named=True)
        if (row["participant"], row["lesion"], row["visit"]) in places
    }
    yield from sorted(found, key=lambda one: (one.participant, one.visit, one.uid))


DECIDING = {"mass", "volume_threshold", "flags", "pain_nrs", "role", "arm", "lesion_arm", "enrolment_date"}
SHOWN = ("flags", "pain_nrs", "arm", "lesion_arm")
SIZE_BY_UNIT = {"mg": "mass", "mm³": "volume_threshold"}


def deciding(trace: Trace) -> tuple[Step, ...]:
    """Return the entries whose values the rows are computed from: size or pain, flags, role, arm, enrolment.

    The other entries of the same forms say how these values came about; changing them leaves the number as it is.
    """
    units = {row.unit for row in trace.rows}
    idle = {item for unit, item in SIZE_BY_UNIT.items() if unit not in units}
    return tuple(step for step in trace.steps if step.item in DECIDING - idle)


def why_text(trace: Trace) -> str:
    """Return the trace for people: a summary, then per participant the rows, entries and image series."""
    lines = list(_summary(trace))
    for participant in sorted(
        {row.participant for row in trace.rows} | {step.place.participant for step in trace.steps}
    ):
        lines += ["", participant or "(study)"]
        lines += _of_participant(trace, participant)
    return "\n".join(lines) + "\n"


def _summary(trace: Trace) -> Iterable[str]:
    yield f"Why {trace.question}?"
    if trace.estimate is not None:
        yield f"  {trace.estimate}"
        yield f"  {trace.endpoint}; model {trace.model}"
        yield f"  data cut {trace.estimate.cut_digest[:16]}"
        yield from (f"  Note: {message}" for message in trace.estimate.messages)
    if trace.note:
        yield f"  No estimate: {trace.note}"
    authors = sorted({f"{step.author} ({step.role})" for step in trace.steps})
    yield (
        f"  {counted(len(trace.rows), 'row')} of analysis data; entries of their forms: {len(trace.steps)}, of which "
        f"decide the number: {len(deciding(trace))}; earlier values replaced: {len(trace.replaced)}; "
        f"image series: {len(trace.series)}"
    )
    yield f"  entered by {', '.join(authors) or 'nobody'}"


def _of_participant(trace: Trace, participant: str) -> Iterable[str]:
    steps = {step.number: step for step in (*trace.steps, *trace.replaced)}
    own = [step for step in trace.steps if step.place.participant == participant]
    rows = [row for row in trace.rows if row.participant == participant]
    for row in rows:
        left_out = f"  left out: {row.excluded}" if row.excluded else "" if row.used else "  (not a row of the model)"
        yield f"  {row.lesion or row.participant} {row.visit} {row.arm}: {number(row.value)} {row.unit}{left_out}"
    shown = {*SHOWN, *(SIZE_BY_UNIT.get(row.unit, "") for row in rows)}
    telling = [step for step in own if step.item in shown or step.replaces or not rows or len(own) <= 3]
    for step in telling:
        yield f"    {_entry(step)}"
        before = steps.get(step.replaces)
        if before is not None:
            yield f"      replaced entry {_entry(before)}; reason: {step.reason or 'none given'}"
    if len(telling) < len(own):
        yield f"    and {counted(len(own) - len(telling), 'further value')} of the same forms (see the JSON form)"
    for series in (one for one in trace.series if one.participant == participant):
        yield f"    CT {series.visit}: series {series.uid}, SHA-256 {series.digest[:16]}"


def _entry(step: Step) -> str:
    unit = f" {step.unit}" if step.unit else ""
    where = " ".join(part for part in (step.place.visit, step.place.lesion, step.place.form) if part)
    return (
        f"{step.number}: {where} {step.item} = {step.value}{unit}, {step.at[:16].replace('T', ' ')} "
        f"{step.author} ({step.role}), submission {step.sequence}"
    )
