"""What the tables of the report share: rows of a form, columns of people, numbers."""

import math
from collections.abc import Mapping
from typing import Any

from calcitrial.outcomes import arms_of
from calcitrial.record import Cut

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
