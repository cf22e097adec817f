"""Which version of the definition is in force at which site (ICH E6(R3) 4.3.5)."""

from collections.abc import Mapping
from datetime import date

import polars as pl

from calcitrial.people.form_rights import site_of
from calcitrial.protocol import Problem, refuse
from calcitrial.record import (
    Author,
    Draft,
    Gateway,
    Place,
    Receipt,
    current_rows,
    protocol_of,
    study_forms,
    tabulate,
    versions_of,
)


def release_version(gateway: Gateway, site: str, approval: str, on: date, by: Author, reason: str = "") -> Receipt:
    """Release the definition that the study runs under at a site, on the approval that is named.

    From the first release on, the study keeps releases: what is entered about people of a site without one is
    refused, and a site goes on under the version released there when the study moves to a newer one. A study that
    never released anything is left as it is, so that scripts and trials at one site go on.
    """
    values = {
        "released_definition": gateway.definition,
        "released_on": on,
        "release_approval": approval,
        "release_withdrawn": False,
    }
    return _enter(gateway, site, values, by, reason)


def withdraw_release(gateway: Gateway, site: str, by: Author, reason: str) -> Receipt:
    """Take the release of a site back; RefusedError when there is none, or without a reason."""
    if site not in releases(gateway.study):
        refuse([Problem("site", f"Nothing is released at {site!r}.", "Check the list of releases.")])
    return _enter(gateway, site, {"release_withdrawn": True}, by, reason)


def releases(study: str) -> dict[str, Mapping[str, str]]:
    """Return the release form of every site that has one, by site."""
    table = tabulate(protocol_of(study), current_rows(study, forms=("release",)), "release")
    return {row["repeat"]: row for row in table.iter_rows(named=True)}


def release_problems(gateway: Gateway, draft: Draft) -> list[Problem]:
    """Return that no definition is released at the site of the participant whom a form is about.

    Where one is, the gateway checks the form against that one: a site goes on under the version that was released
    there, until the newer one is.
    """
    participant = draft.place.participant
    rows = study_forms(gateway.study, ("release",)).rows if participant else None
    if rows is None or rows.is_empty():
        return []
    site = str(draft.values.get("site") or "") or site_of(gateway.protocol, participant)
    if site in versions_of(gateway.study).released:
        return []
    where = site or "a participant without a site"
    what = f"Version {gateway.definition[:12]} of the protocol is not released at {where}."
    return [Problem(str(draft.place), what, "An administrator releases it when the site's approval is there.")]


def amendment_by_hand_problems(gateway: Gateway, draft: Draft) -> list[Problem]:
    """Return that an amendment is not entered like any other form: the study would not move."""
    if draft.place.form != "amendment":
        return []
    what = "The form amendment is not entered by hand."
    return [Problem(str(draft.place), what, "Amend the study on its page of amendments, or with `calcitrial amend`.")]


def _enter(gateway: Gateway, site: str, values: dict[str, object], by: Author, reason: str) -> Receipt:
    place = Place("", "release", repeat=site)
    rows = current_rows(gateway.study, forms=("release",)).filter(pl.col("repeat") == site)
    expected = int(max(rows["version"], default=0))
    return gateway.enter([Draft(place, values, expected, reason if expected else "")], by)
