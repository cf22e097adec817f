"""Withdrawal: from which day on what may no longer be entered about a person; what was entered before stays."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from calcitrial.protocol import Problem, house_forms
from calcitrial.record import Author, Draft, Gateway, Place, Row, enter_numbered, form_rows, number_in

TREATMENT, VISITS, EVERYTHING = "treatment only", "visits, safety follow-up goes on", "all further data"
SCOPES = (TREATMENT, VISITS, EVERYTHING)
TREATMENT_FORMS = frozenset({"enrolment", "allocation", "lesion_allocation", "injection", "dose_judgement"})
# What may still be entered: how the study ended for the person, and for some scopes how it went on with their safety.
CLOSING = frozenset({"withdrawal", "end_of_study"})
SAFETY = frozenset({"adverse_event", "lesion_state", "injection_reaction"})
# What is read off pictures: those of earlier visits may still be read, unless the person forbade that too.
PICTURES = frozenset({"ct_measurement", "film_measurement", "ultrasound_measurement", "read"})
# Forms of the house that take in something new about a person. All others are about what is in the record already
# (queries, signatures, verification) or about drug to be brought back, and stay possible.
CAPTURED = frozenset(
    {
        "registration",
        "consent",
        "questionnaire",
        "diary_link",
        "diary_choice",
        "diary_entry",
        "reminder",
        "lesion_state",
        "lesion_list",
        "dose_judgement",
        "body_size",
        "injection_reaction",
    }
)


@dataclass(frozen=True)
class Withdrawal:
    """One withdrawal: since when, what ends, and whether samples and images may no longer be used."""

    since: date
    scope: str
    by: str
    samples: bool


def withdraw(gateway: Gateway, participant: str, values: dict[str, object], by: Author, ticket: str = "") -> str:
    """Enter a withdrawal under its running number (W1, W2 …) and return the number.

    `values` are those of the form `withdrawal`.
    """
    place = enter_numbered(
        gateway,
        lambda number: Draft(Place(participant, "withdrawal", repeat=f"W{number}"), {**values, "ticket": ticket}),
        by,
        lambda: (number_in(row["repeat"]) for row in form_rows(gateway, "withdrawal", participant)),
        ticket,
    )
    return place.repeat


def withdrawals_in(rows: Iterable[Row]) -> list[Withdrawal]:
    """Return the withdrawals that the rows of the form hold, the earliest first."""
    found = [
        Withdrawal(
            date.fromisoformat(row["withdrawn_on"]),
            row["withdrawal_scope"],
            row["withdrawn_by"] or "",
            row["samples_and_images"] == "true",
        )
        for row in rows
        if row["withdrawn_on"] and row["withdrawal_scope"]
    ]
    return sorted(found, key=lambda one: (one.since, one.scope))


def withdrawn(gateway: Gateway, participant: str, scope: str = EVERYTHING) -> date | None:
    """Return since when at least this much has ended for a participant, or None.

    The scopes from little to much are TREATMENT, VISITS and EVERYTHING; whoever ended more has ended less too.
    """
    found = withdrawals_in(form_rows(gateway, "withdrawal", participant))
    return min((one.since for one in found if SCOPES.index(one.scope) >= SCOPES.index(scope)), default=None)


def withdrawal_problems(gateway: Gateway, draft: Draft) -> list[Problem]:
    """Return that a person has withdrawn from what this form would take in (ICH E6(R3) 3.16.1(u)).

    A correction of what was entered before, with its reason, stays possible: earlier data are kept, and kept right.
    """
    place = draft.place
    if not place.participant or _correction(draft) or not _captures(gateway, place.form):
        return []
    found = withdrawals_in(form_rows(gateway, "withdrawal", place.participant))
    ended = [one for one in found if _ends(one, place.form)]
    if not ended:
        return []
    what = f"{place.participant} withdrew on {ended[0].since} ({ended[0].scope})."
    return [Problem(str(place), what, "Nothing more of this kind may be entered; what was entered before is kept.")]


def _correction(draft: Draft) -> bool:
    return bool(draft.expected and draft.reason.strip())


def _captures(gateway: Gateway, form: str) -> bool:
    """Return whether a form takes in something new about a person."""
    if form in CLOSING:
        return False
    own = any(one.id == form for one in gateway.protocol.forms)
    return own or form not in house_forms() or form in CAPTURED


def _ends(one: Withdrawal, form: str) -> bool:
    """Return whether a withdrawal ends a form."""
    if form in PICTURES:
        return one.samples
    if one.scope == TREATMENT:
        return form in TREATMENT_FORMS
    return one.scope == EVERYTHING or form not in SAFETY
