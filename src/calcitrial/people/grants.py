"""Who was granted which role, where and from when until when; who was trained; who does which task.

All of it stands in the study's own record, so that the users and their rights can be told for any past moment
(FDA Q&A 2024). A grant counts only while its person has a valid training in the study (21 CFR 11.10(i)).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

import polars as pl

from calcitrial.people.accounts import find_user, user_named
from calcitrial.people.demands import FORM as RULES
from calcitrial.people.demands import Demands, demands_in, tasks
from calcitrial.people.events import Account, accounts_at
from calcitrial.people.scope import READS_ONLY, Scope, roles
from calcitrial.people.second_factor import has_factor
from calcitrial.protocol import Problem, RefusedError, refuse
from calcitrial.record import Author, Draft, Gateway, Place, Receipt, current_rows, make_cut, now, protocol_of
from calcitrial.version import __version__

FORMS = ("grant", "training", "delegation")
READ = (*FORMS, RULES)
WITHOUT_FACTOR = "the role needs a second factor; enrol an app on the page of the own account"


@dataclass(frozen=True)
class Grant:
    """One role of one person, at one site or at all ('')."""

    person: str
    role: str
    site: str
    since: date
    until: date | None = None


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
    """A task that the investigator delegates to a person for a time."""

    person: str
    task: str
    site: str
    since: date
    until: date | None = None

    def stands(self, on: date) -> bool:
        """Return whether it holds on this day."""
        return self.since <= on and (self.until is None or on <= self.until)


def grant(gateway: Gateway, one: Grant, by: Author, reason: str) -> Receipt:
    """Grant a role to a person; RefusedError for unknown people and roles, or without a reason."""
    found = _reasoned(reason)
    if one.role not in roles():
        found.append(Problem("role", f"There is no role {one.role!r}.", f"Known: {', '.join(sorted(roles()))}."))
    if one.until and one.until < one.since:
        found.append(Problem("until", f"It ends on {one.until}, before it begins.", "Mend the dates."))
    refuse(found)
    user = user_named(one.person)
    if not user.is_active:
        refuse([Problem("person", f"{one.person} is deactivated.", "Make an account under another name.")])
    held = {right.role for right in rights(gateway.study) if right.person == user.username and not right.why_not}
    if READS_ONLY in held | {one.role} and held - {one.role}:
        what = f"{one.person} has the role {', '.join(sorted(held - {one.role}))} here."
        refuse([Problem("role", what, "Who reads images blinded has no other role in the study; revoke that first.")])
    values = {
        "granted_to": user.username,
        "granted_role": one.role,
        "granted_site": one.site or None,
        "granted_from": one.since,
        "granted_until": one.until,
        "grant_revoked": False,
        "grant_reason": reason,
    }
    return _enter(gateway, Place("", "grant", repeat=f"{user.username}/{one.role}/{one.site}"), values, by, reason)


def revoke(gateway: Gateway, person: str, role: str, site: str, by: Author, reason: str) -> Receipt:
    """Take a role away from now on; RefusedError when it was never granted, or without a reason."""
    refuse(_reasoned(reason))
    place = Place("", "grant", repeat=f"{person}/{role}/{site}")
    if not _version(gateway.study, place):
        refuse([Problem("grant", f"{person} was never granted {role} {site}.".strip(), "Check the list of grants.")])
    return _enter(gateway, place, {"grant_revoked": True, "grant_reason": reason}, by, reason)


def record_training(gateway: Gateway, one: Training, by: Author, reason: str = "") -> Receipt:
    """Record that a person was trained; a change of what was recorded needs a reason."""
    person, topic = user_named(one.person).username, one.topic.strip()
    values = {"trained_person": person, "training_topic": topic, "trained_on": one.on, "training_until": one.until}
    return _enter(gateway, Place("", "training", repeat=f"{person}/{topic}"), values, by, reason)


def delegate(gateway: Gateway, one: Task, by: Author, reason: str = "") -> Receipt:
    """Enter into the delegation log that a person does a task; a change of it needs a reason."""
    person, task = user_named(one.person).username, one.task.strip()
    values = {
        "delegated_to": person,
        "delegated_task": task,
        "delegated_site": one.site or None,
        "delegated_from": one.since,
        "delegated_until": one.until,
    }
    return _enter(gateway, Place("", "delegation", repeat=f"{person}/{task}/{one.site}"), values, by, reason)


def people_problems(gateway: Gateway, draft: Draft) -> list[Problem]:
    """Return that grants and the like are not entered like any other form: whoever could, could do everything."""
    if draft.place.form not in (*READ, "release"):
        return []
    what = f"The form {draft.place.form} is not entered by hand."
    return [
        Problem(str(draft.place), what, "An administrator enters it on the pages of people, or `calcitrial people`.")
    ]


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
    rows = current_rows(study, forms=READ)
    held, demands = _rights(rows, on, (), person), demands_in(rows)
    if demands.factor & {right.role for right in held} and not (find_user(person) and has_factor(person)):
        held = tuple(right for right in held if right.role not in demands.factor)
    grants = tuple((right.role, right.site) for right in held if right.counts)
    return Scope(study, person, grants, None, *_delegated(rows, demands, person, on))


def _delegated(
    rows: pl.DataFrame, demands: Demands, person: str, on: date
) -> tuple[frozenset[tuple[str, str]] | None, frozenset[str]]:
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


def _enter(gateway: Gateway, place: Place, values: dict[str, object], by: Author, reason: str) -> Receipt:
    expected = _version(gateway.study, place)
    return gateway.enter([Draft(place, values, expected, reason if expected else "")], by)


def _version(study: str, place: Place) -> int:
    rows = current_rows(study, forms=(place.form,)).filter(pl.col("repeat") == place.repeat)
    return int(max(rows["version"], default=0))


def _reasoned(reason: str) -> list[Problem]:
    return [] if reason.strip() else [Problem("reason", "No reason is given.", "Say why.")]


def _day(text: str) -> date:
    return date.fromisoformat(text)


def _until(text: str | None) -> date | None:
    return date.fromisoformat(text) if text else None
