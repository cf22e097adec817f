"""Unblinding of one participant: who learnt the arm, when, in which category and why.

The event is entered in the same act that tells the arm, so nobody learns it through us without a trace
(ICH E6(R3) 4.1.4). The list of unblindings is read from these events and nothing else (3.16.1(f, g)).
"""

from collections.abc import Mapping
from dataclasses import dataclass

import polars as pl

from calcitrial.protocol import Problem, Protocol, refuse
from calcitrial.record import Author, Draft, Gateway, Place, current_rows, in_turn, tabulate, trail_of

FORM = "unblinding"


@dataclass(frozen=True)
class Unblinding:
    """One unblinding: of whom, in which category, why, who was told, who did it, in which role and when (UTC)."""

    participant: str
    repeat: str
    category: str
    reason: str
    told: str
    by: str
    role: str
    at: str


def unblind(
    gateway: Gateway, participant: str, values: Mapping[str, object], by: Author, *, repeat: str
) -> dict[str, str]:
    """Enter an unblinding and return the arm by participant, or by lesion where lesions are allocated.

    `values` are the items of the form (category, reason, told); `repeat` its key, such as 'U1'. Raises RefusedError
    without category, reason or who was told, or when there is no arm yet.
    """
    with in_turn(gateway.study):
        arms = arms_of_participant(gateway, participant)
        if not arms:
            what = f"{participant} has no arm yet."
            refuse([Problem(participant, what, "There is nothing to unblind.")])
        gateway.enter([Draft(Place(participant, FORM, repeat=repeat), values)], by)
    return arms


def arms_of_participant(gateway: Gateway, participant: str) -> dict[str, str]:
    """Return the arm by participant, or by lesion where lesions are allocated; empty before the draw."""
    rows = current_rows(gateway.study, participant)
    protocol = gateway.protocol
    if protocol.allocation.unit == "participant":
        table = tabulate(protocol, rows, "allocation")
        return {participant: str(table["arm"][0])} if table.height else {}
    if protocol.allocation.unit == "lesion":
        table = tabulate(protocol, rows, "lesion_allocation")
        return dict(zip(table["lesion"], (str(arm) for arm in table["lesion_arm"]), strict=True))
    return {}


def next_unblinding(protocol: Protocol, rows: pl.DataFrame) -> str:
    """Return the key of the next unblinding among rows of one participant, such as 'U1'."""
    return f"U{tabulate(protocol, rows, FORM).height + 1}"


def unblindings(protocol: Protocol, rows: pl.DataFrame) -> tuple[Unblinding, ...]:
    """Return every unblinding among these rows with who entered it and when, in the order of time."""
    found = []
    for row in tabulate(protocol, rows, FORM).iter_rows(named=True):
        steps = trail_of(protocol.id, row["entries"])
        first = min(steps, key=lambda step: step.number) if steps else None
        category, reason, told = (row[f"unblinding_{name}"] or "(redacted)" for name in ("category", "reason", "told"))
        who, role, at = (first.author, first.role, first.at) if first else ("", "", "")
        found.append(Unblinding(row["participant"], row["repeat"], category, reason, told, who, role, at))
    return tuple(sorted(found, key=lambda one: one.at))
