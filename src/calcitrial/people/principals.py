"""The principal investigator of each site: who answers for it and alone delegates there, and where there is none."""

from collections.abc import Iterable
from datetime import date

from calcitrial.people.rights import Right, Task, delegations, rights
from calcitrial.people.scope import PRINCIPAL


def principals(study: str, on: date) -> dict[str, Right]:
    """Return the grant of the principal investigator by site on a day ('' for all sites), of those that count."""
    return {one.site: one for one in rights(study, on) if one.role == PRINCIPAL and one.counts}


def principal_of(study: str, site: str, on: date) -> str:
    """Return who is the principal investigator of a site on a day: their own, or that of all sites; '' for nobody."""
    found = principals(study, on)
    one = found.get(site) or found.get("")
    return one.person if one else ""


def sites_without_principal(study: str, sites: Iterable[str], on: date) -> tuple[str, ...]:
    """Return which of these sites have no principal investigator on a day, sorted."""
    found = principals(study, on)
    return () if "" in found else tuple(sorted({site for site in sites if site} - found.keys()))


def orphaned(study: str, on: date) -> tuple[Task, ...]:
    """Return the delegated tasks that stand although who delegated them is principal investigator there no more."""
    found, held = principals(study, on), []
    for one in delegations(study):
        at = found.get(one.site) or found.get("")
        if one.stands(on) and (at is None or (one.by and one.by != at.person)):
            held.append(one)
    return tuple(held)
