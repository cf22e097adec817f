"""Which capability it takes to enter a form, whatever the door: page, program interface or file."""

import csv
from collections.abc import Sequence
from dataclasses import replace
from functools import cache
from pathlib import Path

from calcitrial.people.scope import Scope
from calcitrial.protocol import Problem, Protocol, house_forms, refuse
from calcitrial.record import Author, Draft, current_rows

TABLE = Path(__file__).parent / "form_rights.csv"
ORDINARY = "enter_forms"


@cache
def _listed() -> dict[str, str]:
    with TABLE.open(encoding="utf-8", newline="") as lines:
        return {row["form"]: row["capability"] for row in csv.DictReader(lines)}


def capability_to_enter(protocol: Protocol, form: str) -> str:
    """Return the capability that entering a form takes; '' when nobody enters it by hand.

    A form of the study's own definition that the table does not list takes the ordinary right; a form of the house
    that it does not list is entered by the verb of its room alone.
    """
    own = any(one.id == form for one in protocol.forms)
    return _listed().get(form, ORDINARY if own else "")


def site_of(protocol: Protocol, participant: str) -> str:
    """Return the site of a participant: what a form that opened them says; '' when they are not known."""
    if not participant:
        return ""
    openers = [form.id for form in (*protocol.forms, *house_forms().values()) if form.opens == "participant"]
    found = current_rows(protocol.id, participant, openers).filter(item="site")["value"]
    return str(found[0]) if len(found) else ""


def author_of(scope: Scope, protocol: Protocol, drafts: Sequence[Draft]) -> Author:
    """Return the person as the author of these forms, in the first role that may enter all of them.

    A participant's site is that of the record, whoever may see it; of somebody new, that of the form which opens
    them. Raises RefusedError with every form that the person may not enter.
    """
    codes = {one.place.participant for one in drafts}
    sites = {code: site_of(protocol, code) for code in codes}
    for one in drafts:
        sites[one.place.participant] = sites[one.place.participant] or str(one.values.get("site") or "")
    asked = [(one, capability_to_enter(protocol, one.place.form), sites[one.place.participant]) for one in drafts]
    refuse(
        [
            _refusal(scope, one, right, site)
            for one, right, site in asked
            if not right or not scope.may(right, site or None)
        ]
    )
    needed = {(right, site) for _one, right, site in asked}
    for role, where in scope.grants:
        alone = replace(scope, grants=((role, where),))
        if all(alone.may(right, site or None) for right, site in needed):
            return Author(scope.person, role)
    what = (
        f"No one role of {scope.person} may enter {', '.join(sorted({one.place.form for one, *_ in asked}))} together."
    )
    refuse([Problem(scope.study, what, "Enter them one after the other.")])
    raise AssertionError


def _refusal(scope: Scope, draft: Draft, right: str, site: str) -> Problem:
    what = f"{scope.person} may not enter the form {draft.place.form} here."
    instead = scope.undelegated(right, site or None) or "Ask who keeps the roles of the study, or leave the form out."
    return Problem(str(draft.place), what, instead)
