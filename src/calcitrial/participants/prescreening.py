"""The pre-screening log: everybody who was thought of for the trial, by number and reason, never by name.

The log has no free text, so there is nothing in it that could name a person; its count is the number assessed for
eligibility in the flow of participants (CONSORT).
"""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date

from calcitrial.protocol import Problem
from calcitrial.record import Author, Draft, Gateway, Place, Row, enter_numbered, form_rows, number_in

OUTCOMES = ("to be screened", "not eligible", "declined")
REASONS = {"not eligible": "not_eligible_reason", "declined": "declined_reason"}


@dataclass(frozen=True)
class LogCounts:
    """How many were assessed, what became of them, and the reasons, most frequent first."""

    assessed: int
    outcomes: Mapping[str, int]
    reasons: tuple[tuple[str, str, int], ...]
    registered: int


def log_person(gateway: Gateway, values: Mapping[str, object], by: Author, ticket: str = "") -> str:
    """Enter one line of the log under the next running number, and return the number.

    `values` are those of the form `prescreening`. Raises RefusedError when one is missing or out of place.
    """
    place = enter_numbered(
        gateway,
        lambda number: Draft(Place("", "prescreening", repeat=str(number)), {**values, "ticket": ticket}),
        by,
        lambda: (number_in(row["repeat"]) for row in form_rows(gateway, "prescreening")),
        ticket,
    )
    return place.repeat


def prescreening_problems(_gateway: Gateway, draft: Draft) -> list[Problem]:
    """Return why a line of the log cannot stand: its reason is missing or belongs to another outcome."""
    if draft.place.form != "prescreening":
        return []
    found = []
    if not draft.place.repeat.isdecimal():
        what = f"{draft.place.repeat!r} is no running number."
        found.append(Problem(str(draft.place), what, "The program numbers the log."))
    outcome = str(draft.values.get("prescreening_outcome") or "")
    for name, item in REASONS.items():
        given = bool(draft.values.get(item))
        if given != (name == outcome):
            what = f"The outcome is {outcome!r}, and the reason for {name!r} is {'given' if given else 'missing'}."
            found.append(Problem(f"{draft.place}.{item}", what, "Choose the reason that belongs to the outcome."))
    return found


def count_log(lines: Iterable[Row], registered: int) -> LogCounts:
    """Return what the lines of a log add up to; `registered` is how many of them have a code."""
    lines = list(lines)
    outcomes = Counter(str(line["prescreening_outcome"]) for line in lines)
    why = Counter((outcome, str(line[item])) for line in lines for outcome, item in REASONS.items() if line[item])
    reasons = tuple((outcome, reason, count) for (outcome, reason), count in why.most_common())
    return LogCounts(len(lines), {name: outcomes[name] for name in OUTCOMES}, reasons, registered)


def log_date(line: Row) -> date | None:
    """Return the day of a line; None where its value was redacted."""
    return date.fromisoformat(line["prescreened_on"]) if line["prescreened_on"] else None
