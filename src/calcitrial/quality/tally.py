"""What waits for somebody, participant by participant: drafts, forms to sign and to verify, void signatures, queries.

Judging every form of ten thousand people takes seconds, and between two looks few of them change. So the tally of a
participant is kept for as long as their values are the same, known by a digest of exactly these values.
"""

from collections import Counter
from dataclasses import dataclass

import polars as pl

from calcitrial.protocol import Protocol
from calcitrial.quality.queries import Query, queries_in
from calcitrial.quality.states import state_of
from calcitrial.quality.verification import is_chosen, is_critical


@dataclass(frozen=True)
class Tally:
    """How many forms of one participant wait for what, and the queries that are not closed.

    `forms` are those that are to be verified, `critical` those of them that are critical and not verified.
    """

    drafts: int = 0
    unsigned: int = 0
    void: int = 0
    forms: int = 0
    verified: int = 0
    unverified: int = 0
    critical: int = 0
    queries: tuple[Query, ...] = ()


_kept: dict[tuple[str, str], tuple[tuple[int, int], Tally]] = {}


def tallies(protocol: Protocol, rows: pl.DataFrame) -> dict[str, Tally]:
    """Return the tally of every participant in the rows, which hold all current values of each."""
    people = rows.filter(pl.col("participant") != "")
    if people.is_empty():
        return {}
    hashed = people.select("participant", pl.struct(people.columns).hash().alias("digest"))
    known = hashed.group_by("participant").agg(pl.col("digest").sum(), pl.len())
    digests = {name: (digest, lines) for name, digest, lines in known.iter_rows()}
    new = [name for name, digest in digests.items() if _kept.get((protocol.id, name), (None,))[0] != digest]
    if new:
        fresh = _judged(protocol, people.filter(pl.col("participant").is_in(new)), new)
        _kept.update({(protocol.id, name): (digests[name], tally) for name, tally in fresh.items()})
    return {name: _kept[protocol.id, name][1] for name in sorted(digests)}


def _judged(protocol: Protocol, rows: pl.DataFrame, people: list[str]) -> dict[str, Tally]:
    counts: dict[str, Counter[str]] = {name: Counter() for name in people}
    for place, state in state_of(protocol, rows).items():
        mine = counts[place.participant]
        chosen = is_chosen(protocol.id, place) and not state.missing
        verified = state.verified == "verified"
        mine["drafts"] += bool(state.missing)
        mine["unsigned"] += not state.missing and not state.signed
        mine["void"] += state.void
        mine["forms"] += chosen
        mine["verified"] += chosen and verified
        mine["unverified"] += chosen and not verified
        mine["critical"] += chosen and not verified and is_critical(place.form)
    asked: dict[str, list[Query]] = {name: [] for name in people}
    for query in queries_in(rows):
        if query.pending:
            asked[query.place.participant].append(query)
    return {name: Tally(**counts[name], queries=tuple(asked[name])) for name in people}
