"""Site lock and study lock: a signed act of the data manager, refused while anything is still open.

The gateway itself refuses every form of a locked site or study, whichever door it comes by; reading goes on.
"""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass

import polars as pl

from calcitrial.protocol import Problem, refuse
from calcitrial.quality.marks import table
from calcitrial.quality.sites import sites_of
from calcitrial.quality.states import FormState, locked_sites, state_of
from calcitrial.record import Author, Draft, Gateway, Place, Receipt, current_rows, protocol_of, stamp

NAMED = 20


@dataclass(frozen=True)
class Lock:
    """One lock as it stands: of which site ('' for the study), whether locked, why, by whom and when."""

    site: str
    locked: bool
    reason: str
    points: str
    name: str
    at: str
    version: int


def locks(study: str) -> dict[str, Lock]:
    """Return every lock that was ever set, by site; '' is the lock of the study."""
    return {
        place.repeat: Lock(
            place.repeat,
            one["locked"] == "true",
            one["lock_reason"],
            one["lock_points"],
            one["printed_name"],
            one["signed_at"],
            one["version"],
        )
        for place, one in table(current_rows(study, "", ["lock"]), "lock").items()
    }


def open_points(study: str, site: str = "") -> list[str]:
    """Return what speaks against locking a site, or the study: open queries, drafts, unsigned forms, as sentences."""
    protocol, rows = protocol_of(study), current_rows(study)
    where = sites_of(protocol, rows)
    found = state_of(protocol, rows).values()
    mine = [state for state in found if not site or where.get(state.place.participant) == site]
    queries = [query.name for state in mine for query in state.queries]
    return [
        *_named("query is not closed", "queries are not closed", queries),
        *_named("form is a draft", "forms are drafts", _places(mine, "draft")),
        *_named("form is not signed", "forms are not signed", [str(one.place) for one in mine if _unsigned(one)]),
    ]


def _unsigned(state: FormState) -> bool:
    return state.stage != "draft" and not state.signed


def _places(states: Iterable[FormState], stage: str) -> list[str]:
    return [str(state.place) for state in states if state.stage == stage]


def _named(one: str, many: str, names: list[str]) -> list[str]:
    if not names:
        return []
    rest = f" and {len(names) - NAMED} more" if len(names) > NAMED else ""
    return [f"{len(names)} {one if len(names) == 1 else many}: {', '.join(names[:NAMED])}{rest}."]


def lock(
    gateway: Gateway, site: str, reason: str, by: Author, printed_name: str = "", expected: int = 0, despite: str = ""
) -> Receipt:
    """Lock a site, or with '' the study, and sign for it; `despite` says why what is still open may stay so.

    Raises RefusedError while queries are open or forms are drafts or not signed, unless `despite` is given: then
    the list of what was open is kept with that reason.
    """
    points = open_points(gateway.study, site)
    problems = _site_problems(gateway, site)
    if points and not despite.strip():
        instead = "Close, complete and sign them, or say why the lock may be set all the same."
        problems += [Problem(_name(site), point, instead) for point in points]
    refuse(problems)
    kept = "\n".join([f"Locked all the same: {despite.strip()}", *points]) if points else ""
    return _enter(
        gateway, site, {"locked": True, "lock_reason": reason, "lock_points": kept}, expected, by, printed_name
    )


def unlock(gateway: Gateway, site: str, reason: str, by: Author, printed_name: str = "", expected: int = 1) -> Receipt:
    """Unlock a site, or with '' the study, with a reason, and sign for it."""
    values = {"locked": False, "lock_reason": reason, "lock_points": ""}
    return _enter(gateway, site, values, expected, by, printed_name)


def _enter(
    gateway: Gateway, site: str, values: dict[str, object], expected: int, by: Author, printed_name: str
) -> Receipt:
    there = locks(gateway.study).get(site)
    if (there.locked if there else False) == values["locked"]:
        what = f"{_name(site)} is {'' if values['locked'] else 'not '}locked already."
        refuse([Problem(_name(site), what.replace("not locked already", "not locked"), "Read the page again.")])
    signed = {"printed_name": printed_name or by.name, "signed_at": stamp(gateway.clock())}
    reason = str(values["lock_reason"]) if there else ""
    return gateway.enter([Draft(Place("", "lock", repeat=site), {**values, **signed}, expected, reason)], by)


def _name(site: str) -> str:
    return f"Site {site}" if site else "The study"


def _site_problems(gateway: Gateway, site: str) -> list[Problem]:
    known = Counter(sites_of(gateway.protocol, current_rows(gateway.study)).values())
    if not site or site in known:
        return []
    named = ", ".join(sorted(name for name in known if name)) or "none"
    return [Problem("site", f"Nobody of a site {site!r} is in the record.", f"Sites: {named}.")]


def is_locked(study: str, rows: pl.DataFrame, participant: str) -> bool:
    """Return whether nothing can be entered about a participant, whose rows these are."""
    shut = locked_sites(study)
    return "" in shut or sites_of(protocol_of(study), rows).get(participant) in shut
