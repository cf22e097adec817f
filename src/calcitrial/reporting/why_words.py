"""The way back from a number, as people read it."""

from collections.abc import Iterable

from calcitrial.documents import counted
from calcitrial.record import Step
from calcitrial.reporting.why import Trace
from calcitrial.sections import number

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
    if trace.figure:
        yield f"  The report says: {trace.figure}"
        yield f"  {trace.how}".rstrip()
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
