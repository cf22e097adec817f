"""Who is granted which role, where and from when until when; who is trained; to whom a task is delegated.

Each is an entry in the study's own record, with its reason and who made it. What follows from them on a day is in
`rights`.
"""

from dataclasses import dataclass
from datetime import date

import polars as pl

from calcitrial.people.accounts import user_named
from calcitrial.people.rights import READ, Task, Training, rights
from calcitrial.people.scope import PRINCIPAL, READS_ONLY, roles
from calcitrial.protocol import Problem, refuse
from calcitrial.record import Author, Draft, Gateway, Place, Receipt, current_rows

GONE = ("revoked", "account deactivated")


@dataclass(frozen=True)
class Grant:
    """One role of one person, at one site or at all ('')."""

    person: str
    role: str
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
    refuse(_second_principal(gateway.study, user.username, one))
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


def _second_principal(study: str, person: str, one: Grant) -> list[Problem]:
    """Return that a site has another principal investigator at the time of this grant."""
    if one.role != PRINCIPAL:
        return []
    others = [right for right in rights(study) if right.role == PRINCIPAL and right.site == one.site]
    found = []
    for other in others:
        apart = (other.until and other.until < one.since) or (one.until and one.until < other.since)
        if other.person != person and other.why_not not in GONE and not apart:
            what = f"{other.person} is the principal investigator of {one.site or 'all sites'} at that time."
            found.append(Problem("role", what, "A site has one at a time: end that grant first, or mend the dates."))
    return found


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
    """Enter into the delegation log that a person does a task; a change of it needs a reason.

    Only a principal investigator delegates, and the log names them. Raises RefusedError for anybody else.
    """
    if by.role != PRINCIPAL:
        what = f"{by.name} enters as {by.role.replace('_', ' ')}."
        refuse([Problem("delegation", what, "Only the principal investigator of the site delegates tasks.")])
    person, task = user_named(one.person).username, one.task.strip()
    values = {
        "delegated_to": person,
        "delegated_task": task,
        "delegated_site": one.site or None,
        "delegated_from": one.since,
        "delegated_until": one.until,
        "delegated_by": by.name,
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


def _enter(gateway: Gateway, place: Place, values: dict[str, object], by: Author, reason: str) -> Receipt:
    expected = _version(gateway.study, place)
    return gateway.enter([Draft(place, values, expected, reason if expected else "")], by)


def _version(study: str, place: Place) -> int:
    rows = current_rows(study, forms=(place.form,)).filter(pl.col("repeat") == place.repeat)
    return int(max(rows["version"], default=0))


def _reasoned(reason: str) -> list[Problem]:
    return [] if reason.strip() else [Problem("reason", "No reason is given.", "Say why.")]
