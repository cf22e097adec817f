"""Who was granted which role, where and from when until when; who was trained; who does which task.

All of it stands in the study's own record, so that the users and their rights can be told for any past moment
(FDA Q&A 2024). A grant counts only while its person has a valid training in the study (21 CFR 11.10(i)).
"""

from dataclasses import dataclass
from datetime import date, datetime

import polars as pl

from calcitrial.people.accounts import user_named
from calcitrial.people.events import accounts_at
from calcitrial.people.scope import READS_ONLY, Scope, roles
from calcitrial.protocol import Problem, RefusedError, refuse
from calcitrial.record import Author, Draft, Gateway, Place, Receipt, current_rows, make_cut, now, protocol_of
from calcitrial.version import __version__

FORMS = ("grant", "training", "delegation")


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
    if draft.place.form not in (*FORMS, "release"):
        return []
    what = f"The form {draft.place.form} is not entered by hand."
    return [
        Problem(str(draft.place), what, "An administrator enters it on the pages of people, or `calcitrial people`.")
    ]


def rights(study: str, on: date | None = None) -> tuple[Right, ...]:
    """Return every grant of a study as it stands now, on this day (today when left out)."""
    day = on or now().date()
    ended = {one.name for one in accounts_at() if not one.active}
    return _rights(current_rows(study, forms=("grant", "training")), day, ended)


def rights_at(study: str, moment: datetime) -> tuple[Right, ...]:
    """Return the users, their roles and sites as they were at a past moment, from record and account events.

    A grant that did not count says why: not begun, ended, revoked, no valid training, account deactivated.
    """
    try:
        cut = make_cut(study, __version__, moment)
    except RefusedError:
        protocol_of(study)  # a study that is not open here is refused with its own sentence
        return ()
    ended = {one.name for one in accounts_at(moment) if not one.active}
    return _rights(cut.rows, moment.date(), ended)


def scope_for(study: str, person: str, on: date) -> Scope:
    """Return what a person may do in a study on a day, from the grants that count; nothing when not open here."""
    held = _rights(current_rows(study, forms=("grant", "training")), on, set())
    return Scope(study, person, tuple((r.role, r.site) for r in held if r.person == person and r.counts))


def trainings(study: str) -> list[Training]:
    """Return every recorded training of a study."""
    return _trainings(current_rows(study, forms=("training",)))


def delegations(study: str) -> list[Task]:
    """Return the delegation log of a study as it stands now."""
    return [
        Task(
            row["delegated_to"],
            row["delegated_task"],
            row.get("delegated_site", ""),
            _day(row["delegated_from"]),
            _until(row.get("delegated_until")),
        )
        for row in _table(current_rows(study, forms=("delegation",)), "delegation")
    ]


def _rights(rows: pl.DataFrame, day: date, ended: set[str]) -> tuple[Right, ...]:
    valid = {one.person for one in _trainings(rows) if one.on <= day and (not one.until or day <= one.until)}
    found = []
    for row in _table(rows, "grant"):
        person, since, until = row["granted_to"], _day(row["granted_from"]), _until(row.get("granted_until"))
        reasons = {
            "account deactivated": person in ended,
            "revoked": row["grant_revoked"] == "true",
            "not begun": day < since,
            "ended": until is not None and until < day,
            "no valid training": person not in valid,
        }
        why = next((words for words, holds in reasons.items() if holds), "")
        found.append(Right(person, row["granted_role"], row.get("granted_site", ""), since, until, why))
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
