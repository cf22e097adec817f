"""Site lock and study lock: a signed act of the data manager, refused while anything is still open.

The gateway itself refuses every form of a locked site or study, whichever door it comes by; reading goes on.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

import polars as pl

from calcitrial.protocol import Problem, refuse
from calcitrial.quality.marks import table
from calcitrial.quality.sites import sites_now, sites_of
from calcitrial.quality.states import FormState, locked_sites, state_of
from calcitrial.quality.tally import Tally, tallies_now
from calcitrial.record import Author, Draft, Gateway, Place, Receipt, current_rows, known, protocol_of, stamp

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
    """Return what speaks against locking a site, or the study: queries, drafts, unsigned forms, messages."""
    return open_points_of(study, [site])[site]


def open_points_of(study: str, sites: Iterable[str]) -> dict[str, list[str]]:
    """Return what speaks against locking each of these sites; '' is the study."""
    where, tallied, unsent = sites_now(study), sorted(tallies_now(study).items()), _unsent(study)
    found = {}
    for site in sites:
        mine = [(code, tally) for code, tally in tallied if not site or where.get(code) == site]
        found[site] = [
            *_named(study, "query is not closed", "queries are not closed", mine, lambda one: one.asked, _queries),
            *_named(study, "form is a draft", "forms are drafts", mine, lambda one: one.drafts, _draft),
            *_named(study, "form is not signed", "forms are not signed", mine, lambda one: one.unsigned, _unsigned),
            *_messages([event for code, event in unsent if not site or where.get(code) == site]),
        ]
    return found


def _messages(events: Sequence[str]) -> list[str]:
    """Return how many messages about events nobody got yet: under a lock they would wait."""
    if not events:
        return []
    rest = f" and {len(events) - NAMED} more" if len(events) > NAMED else ""
    what = "message about an event is not sent" if len(events) == 1 else "messages about events are not sent"
    return [f"{len(events)} {what}: {', '.join(events[:NAMED])}{rest}."]


def _unsent(study: str) -> list[tuple[str, str]]:
    """Return participant and event (PIT-001 AE1) of each message of which the last one was not sent."""
    last: dict[tuple[str, str], tuple[int, str]] = {}
    rows = current_rows(study, forms=("event_notice",)).filter(item="notice_result")
    for code, repeat, result in rows.select("participant", "repeat", "value").iter_rows():
        event, _, number = repeat.rpartition(".")
        last[code, event] = max(last.get((code, event), (0, "")), (int(number) if number.isdecimal() else 0, result))
    return [(code, f"{code} {event}") for (code, event), (_, result) in sorted(last.items()) if result != "sent"]


def _queries(state: FormState) -> list[str]:
    return [query.name for query in state.queries]


def _draft(state: FormState) -> list[str]:
    return [str(state.place)] if state.missing else []


def _unsigned(state: FormState) -> list[str]:
    return [str(state.place)] if state.to_sign else []


def _named(
    study: str,
    one: str,
    many: str,
    people: Sequence[tuple[str, Tally]],
    count: Callable[[Tally], int],
    names: Callable[[FormState], list[str]],
) -> list[str]:
    """Return how many there are and the first of them by name; only the forms of who has these are judged again."""
    total = sum(count(tally) for _code, tally in people)
    if not total:
        return []
    first, found = [], 0
    for code, tally in people:
        if found < NAMED and count(tally):
            first.append(code)
            found += count(tally)
    judged = state_of(protocol_of(study), known(study).of(first)).values()
    listed = [name for state in judged for name in names(state)][:NAMED]
    what, names_said = one if total == 1 else many, ", ".join(listed)
    return [f"{total} {what}, such as {names_said}." if total > NAMED else f"{total} {what}: {names_said}."]


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
    there = set(sites_now(gateway.study).values())
    if not site or site in there:
        return []
    named = ", ".join(sorted(name for name in there if name)) or "none"
    return [Problem("site", f"Nobody of a site {site!r} is in the record.", f"Sites: {named}.")]


def is_locked(study: str, rows: pl.DataFrame, participant: str) -> bool:
    """Return whether nothing can be entered about a participant, whose rows these are."""
    shut = locked_sites(study)
    return "" in shut or sites_of(protocol_of(study), rows).get(participant) in shut
