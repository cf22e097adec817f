"""Whose roles count in a study on a day, and if not, why not; who was trained; who does which task.

It is read from the study's own record, so that the users and their rights can be told for any past moment (FDA Q&A
2024). A grant counts only while its person has a valid training in the study (21 CFR 11.10(i)).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

import polars as pl

from calcitrial.people.accounts import find_user
from calcitrial.people.demands import FORM as RULES
from calcitrial.people.demands import Demands, demands_in, tasks
from calcitrial.people.events import Account, accounts_at
from calcitrial.people.scope import Scope, roles
from calcitrial.people.second_factor import has_factor
from calcitrial.protocol import RefusedError
from calcitrial.record import current_rows, make_cut, now, protocol_of, study_forms
from calcitrial.version import __version__

FORMS = ("grant", "training", "delegation")
READ = (*FORMS, RULES)
# What is delegated to a person as (capability, site), None where nothing need be; and what must be delegated.
Delegated = tuple[frozenset[tuple[str, str]] | None, frozenset[str]]
WITHOUT_FACTOR = "the role needs a second factor; enrol an app on the page of the own account"


@dataclass(frozen=True)
class Right:
    """A grant as it stood at some moment: whether it counts, and if not, why not."""

    person: str
    role: str
    site: str
    since: date
    until: date | None
    why_not: str = ""

    @property
    def role_words(self) -> str:
        """Return the role as people write it."""
        return self.role.replace("_", " ")

    @property
    def counts(self) -> bool:
        """Return whether the person may act on it."""
        return not self.why_not


@dataclass(frozen=True)
class Training:
    """What a person was trained in, when, and until when that is valid."""

    person: str
    topic: str
    on: date
    until: date | None = None


@dataclass(frozen=True)
class Task:
    """A task that the principal investigator delegates to a person for a time; `by` is who did ('' in old entries)."""

    person: str
    task: str
    site: str
    since: date
    until: date | None = None
    by: str = ""

    def stands(self, on: date) -> bool:
        """Return whether it holds on this day."""
        return self.since <= on and (self.until is None or on <= self.until)


def rights(study: str, on: date | None = None) -> tuple[Right, ...]:
    """Return every grant of a study as it stands now, on this day (today when left out)."""
    day = on or now().date()
    return _rights(current_rows(study, forms=READ), day, accounts_at())


def rights_at(study: str, moment: datetime) -> tuple[Right, ...]:
    """Return the users, their roles and sites as they were at a past moment, from record and account events.

    A grant that did not count says why: not begun, ended, revoked, no valid training, account deactivated.
    """
    try:
        cut = make_cut(study, __version__, moment)
    except RefusedError:
        protocol_of(study)  # a study that is not open here is refused with its own sentence
        return ()
    return _rights(cut.rows, moment.date(), accounts_at(moment))


def scope_for(study: str, person: str, on: date) -> Scope:
    """Return what a person may do in a study on a day, from the grants that count; nothing when not open here."""
    held, demands, delegated = _held(study, person, on)
    if demands.factor & {right.role for right in held} and not (find_user(person) and has_factor(person)):
        held = tuple(right for right in held if right.role not in demands.factor)
    grants = tuple((right.role, right.site) for right in held if right.counts)
    return Scope(study, person, grants, None, *delegated)


# What the record says of a person on a day, by the mark of the forms that say it: every page asks for it.
_kept: dict[tuple[int, str, date], tuple[tuple[Right, ...], Demands, Delegated]] = {}
KEPT = 2_000


def _held(study: str, person: str, on: date) -> tuple[tuple[Right, ...], Demands, Delegated]:
    """Return the grants of a person on a day, what is demanded, and what is delegated to them, as the record says."""
    forms = study_forms(study, READ)
    key = (forms.mark, person, on)
    found = _kept.get(key)
    if found is None:
        if len(_kept) >= KEPT:
            _kept.clear()
        demands = demands_in(forms.rows)
        held = _rights(forms.rows, on, (), person)
        _kept[key] = found = held, demands, _delegated(forms.rows, demands, person, on)
    return found


def _delegated(rows: pl.DataFrame, demands: Demands, person: str, on: date) -> Delegated:
    """Return what is delegated to a person on a day (None where nothing need be), and what must be delegated."""
    if not demands.delegation:
        return None, frozenset()
    known = {task.casefold(): held for task, held in tasks().items()}
    own = [one for one in _delegations(rows) if one.person == person and one.stands(on)]
    given = {(name, one.site) for one in own for name in known.get(one.task.casefold(), ())}
    return frozenset(given), frozenset().union(*known.values())


def lacking(study: str, person: str, on: date) -> str:
    """Return the sentence that says why the roles of a person do not count in a study; '' when one does or none is."""
    held = [one for one in rights(study, on) if one.person == person]
    if not held or any(one.counts for one in held):
        return ""
    return " ".join(f"Your role {one.role_words} in {study} does not count: {one.why_not}." for one in held)


def without_delegation(study: str, on: date) -> tuple[str, ...]:
    """Return who has a role at a site that lives on delegated tasks, and none delegated, where the study demands it."""
    rows = current_rows(study, forms=READ)
    if not demands_in(rows).delegation:
        return ()
    named = {one.person for one in _delegations(rows) if one.stands(on)}
    need = frozenset().union(*tasks().values())
    found = [
        one.person
        for one in _rights(rows, on, accounts_at())
        if one.counts and roles()[one.role] & need and "delegate" not in roles()[one.role]
    ]
    return tuple(sorted(set(found) - named))


def trainings(study: str) -> list[Training]:
    """Return every recorded training of a study."""
    return _trainings(current_rows(study, forms=("training",)))


def delegations(study: str) -> list[Task]:
    """Return the delegation log of a study as it stands now."""
    return _delegations(current_rows(study, forms=("delegation",)))


def _delegations(rows: pl.DataFrame) -> list[Task]:
    return [
        Task(
            row["delegated_to"],
            row["delegated_task"],
            row.get("delegated_site", ""),
            _day(row["delegated_from"]),
            _until(row.get("delegated_until")),
            row.get("delegated_by", ""),
        )
        for row in _table(rows, "delegation")
    ]


def _rights(rows: pl.DataFrame, day: date, accounts: Sequence[Account], only: str = "") -> tuple[Right, ...]:
    """Return every grant of these rows, or those of one person, as it stands on a day with these accounts."""
    trained: dict[str, set[str]] = {}
    for one in _trainings(rows):
        if one.on <= day and (not one.until or day <= one.until):
            trained.setdefault(one.person, set()).add(one.topic.casefold())
    demands, known, found = demands_in(rows), {one.name: one for one in accounts}, []
    for row in _table(rows, "grant"):
        person, role = row["granted_to"], row["granted_role"]
        if only not in ("", person):
            continue
        since, until, account = _day(row["granted_from"]), _until(row.get("granted_until")), known.get(person)
        missing = demands.missing(role, frozenset(trained.get(person, ())))
        reasons = {
            "account deactivated": account is not None and not account.active,
            "revoked": row["grant_revoked"] == "true",
            "not begun": day < since,
            "ended": until is not None and until < day,
            "no valid training": person not in trained,
            f"no valid training in {', '.join(missing)}": bool(missing),
            WITHOUT_FACTOR: role in demands.factor and account is not None and not account.factor,
        }
        why = next((words for words, holds in reasons.items() if holds), "")
        found.append(Right(person, role, row.get("granted_site", ""), since, until, why))
    return tuple(sorted(found, key=lambda right: (right.person, right.role, right.site)))


def _trainings(rows: pl.DataFrame) -> list[Training]:
    return [
        Training(
            row["trained_person"], row["training_topic"], _day(row["trained_on"]), _until(row.get("training_until"))
        )
        for row in _table(rows, "training")
    ]


def _table(rows: pl.DataFrame, form: str) -> list[dict[str, str]]:
    """Return the forms of one kind with the values that they have; without the protocol, which is slow to read."""
    found: dict[str, dict[str, str]] = {}
    wanted = rows.filter(pl.col("form") == form).select("repeat", "item", "value")
    for repeat, item, value in wanted.iter_rows():
        found.setdefault(repeat, {})[item] = value
    return list(found.values())


def _day(text: str) -> date:
    return date.fromisoformat(text)


def _until(text: str | None) -> date | None:
    return date.fromisoformat(text) if text else None
