"""What waits for somebody, participant by participant: drafts, forms to sign and to verify, void signatures, queries.

Judging every form of ten thousand people takes a minute, and between two looks few of them change. So the tally of a
participant is kept for as long as their values are the same (`record.each`).
"""

from collections import Counter
from dataclasses import dataclass

import polars as pl

from calcitrial.protocol import Protocol
from calcitrial.quality.queries import Query, queries_in
from calcitrial.quality.states import state_of
from calcitrial.quality.verification import is_chosen, is_critical
from calcitrial.record import each_of, protocol_of


@dataclass(frozen=True)
class Tally:
    """How many forms of one participant wait for what, and the queries that are not closed.

    `forms` are those that are to be verified, `critical` those of them that are critical and not verified; `asked`
    counts the queries about forms that are there.
    """

    drafts: int = 0
    unsigned: int = 0
    void: int = 0
    forms: int = 0
    verified: int = 0
    unverified: int = 0
    critical: int = 0
    asked: int = 0
    queries: tuple[Query, ...] = ()


def tallies_now(study: str) -> dict[str, Tally]:
    """Return the tally of every participant of a study as the record stands now, by code."""
    return each_of(study, "tally", lambda rows: tallies(protocol_of(study), rows))


def tallies(protocol: Protocol, rows: pl.DataFrame) -> dict[str, Tally]:
    """Return the tally of every participant in the rows, which hold all current values of each."""
    people = sorted(set(rows["participant"].unique()) - {""})
    counts: dict[str, Counter[str]] = {name: Counter() for name in people}
    for place, state in state_of(protocol, rows).items():
        mine = counts[place.participant]
        chosen = is_chosen(protocol.id, place) and not state.missing
        verified = state.verified == "verified"
        mine["drafts"] += bool(state.missing)
        mine["unsigned"] += state.to_sign
        mine["void"] += state.void
        mine["forms"] += chosen
        mine["verified"] += chosen and verified
        mine["unverified"] += chosen and not verified
        mine["critical"] += chosen and not verified and is_critical(place.form)
        mine["asked"] += len(state.queries)
    asked: dict[str, list[Query]] = {name: [] for name in people}
    for query in queries_in(rows):
        if query.pending and query.place.participant:
            asked[query.place.participant].append(query)
    return {name: Tally(**counts[name], queries=tuple(asked[name])) for name in people}
