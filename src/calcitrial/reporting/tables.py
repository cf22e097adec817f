"""What the tables of the report share: rows of a form, columns of people, numbers; and the table of events."""

import math
from collections.abc import Mapping, Sequence
from typing import Any

from calcitrial.models import clopper_pearson
from calcitrial.outcomes import arms_of
from calcitrial.record import Cut
from calcitrial.reporting.content import Table

Row = Mapping[str, Any]
NONE = "–"
REDACTED = "(redacted)"


def number(value: float | None, digits: int = 3) -> str:
    """Return a number with so many significant digits, never in scientific notation; a dash for none."""
    if value is None or math.isnan(value):
        return NONE
    if value == 0:
        return "0"
    places = max(0, digits - 1 - math.floor(math.log10(abs(value))))
    return f"{value:.{places}f}"


def rows_of(cut: Cut, form: str) -> list[dict[str, Any]]:
    """Return the rows of a form; none when the protocol does not have it."""
    return list(cut.table(form).iter_rows(named=True)) if cut.protocol.form(form) else []


def enrolled(cut: Cut) -> set[str]:
    """Return the codes of the enrolled participants."""
    return {row["participant"] for row in rows_of(cut, "enrolment")}


def columns_of_people(cut: Cut) -> list[tuple[str, set[str]]]:
    """Return (label, enrolled participants) per arm and in total; one column when people are not allocated."""
    everyone, arm_of = enrolled(cut), arms_of(cut)
    total = [(f"All (n = {len(everyone)})", everyone)]
    if cut.protocol.allocation.unit != "participant":
        return total
    groups = [(arm, {p for p in everyone if arm_of(p, "")[0] == arm.id}) for arm in cut.protocol.arms]
    return [(f"{arm.label} (n = {len(group)})", group) for arm, group in groups] + total


def baseline_visit(cut: Cut) -> str:
    """Return the id of the baseline visit, '' when the protocol has none."""
    return next((visit.id for visit in cut.protocol.visits if visit.kind == "baseline"), "")


def safety_table(cut: Cut) -> Table:
    """Return adverse events by term: participants with an exact interval, events, lesions, worst grade, serious.

    The denominator is enrolled participants. An interval is given for people only: lesions of one person are
    not independent.
    """
    columns = columns_of_people(cut)
    known, people = rows_of(cut, "adverse_event"), enrolled(cut)
    events = [row for row in known if row["participant"] in people]
    header = ["Event (CTCAE v5.0)"]
    for label, _ in columns:
        header.append(f"{label}: participants, n (%) [95 % CI]")
    header += ["Events", "Lesions", "Worst grade", "Serious", "Related"]
    terms = sorted({row["term"] or REDACTED for row in events})
    groups = [("Any event", events)] + [(t, [e for e in events if (e["term"] or REDACTED) == t]) for t in terms]
    rows = tuple(_safety_row(label, rows, columns) for label, rows in groups)
    note = (
        "Percentages are of enrolled participants, whether injected or not, with exact (Clopper-Pearson) intervals. "
        f"Lesions: those that an event was tied to.{_unassigned(columns)}{_outside(known, events)}"
    )
    return Table("Adverse events", tuple(header), rows, 1, note)


def _unassigned(columns: Sequence[tuple[str, set[str]]]) -> str:
    """Say how many enrolled people are in no arm and so in the last column alone."""
    *arms, (_, everyone) = columns
    rest = len(everyone.difference(*(group for _, group in arms))) if arms else 0
    return f" Enrolled and in no arm, so in the last column only: {rest}." if rest else ""


def _outside(known: Sequence[Row], events: Sequence[Row]) -> str:
    """Say which events are not in the table because the participant was not enrolled."""
    rest = [row for row in known if row not in events]
    told = "; ".join(
        f"{row['participant']}, {row['term'] or REDACTED}, grade {row['grade'] or REDACTED}"
        f"{', serious' if row['serious'] == 'true' else ''}"
        for row in rest
    )
    return f" Not in the table, of participants not enrolled: {told}." if rest else ""


def _safety_row(label: str, events: Sequence[Row], columns: Sequence[tuple[str, set[str]]]) -> tuple[str, ...]:
    hit = {row["participant"] for row in events}
    return (
        label,
        *(_people_with(len(hit & who), len(who)) for _, who in columns),
        str(len(events)),
        str(len({row["ae_lesion"] for row in events if row["ae_lesion"]})),
        max((row["grade"] for row in events if row["grade"]), default=NONE),
        str(sum(row["serious"] == "true" for row in events)),
        str(sum(row["related"] == "related" for row in events)),
    )


def _people_with(count: int, total: int) -> str:
    if not total:
        return NONE
    share = clopper_pearson(count, total)
    return f"{count} ({100 * share.estimate:.0f} %) [{100 * share.low:.0f} to {100 * share.high:.0f}]"
