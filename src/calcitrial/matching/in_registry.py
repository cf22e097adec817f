"""Trials of the registry for one person: the index narrows them down, the fields of those that are left are judged.

The index leaves out what certainly speaks against (another disease, age, sex, status, country, distance), so that of
half a million records some hundred are read. A record of a trial that is ranked by its own protocol is left to that.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from pathlib import Path

from calcitrial.matching.facts import Facts
from calcitrial.matching.judge import Match
from calcitrial.matching.record_words import ways_of
from calcitrial.matching.records import judge_record
from calcitrial.protocol import Protocol
from calcitrial.registrations import Trial, statement_of_protocol
from calcitrial.registry import Search, search

# So many records are read and judged for a person, the recruiting and the newest first.
JUDGED = 200
SEXES = {"F": "female", "M": "male"}


@dataclass(frozen=True)
class Recorded:
    """Records of a registry ranked for one person; `total` fit as far as the index tells (or `more` than that)."""

    matches: tuple[Match, ...]
    total: int
    more: bool


def rank_records(
    home: Path, facts: Facts, own: Iterable[Protocol] = (), asked: Search | None = None, address: str = ""
) -> Recorded:
    """Return the records of a home's registry for one person, the one that fits best first; never an own trial.

    `asked` is where the person looks: `country`, or `near` and `km`. Of many records the JUDGED first are judged.
    """
    narrowed = _narrowed(facts, asked or Search())
    found = search(home, narrowed, address, 0, JUDGED)
    known = numbers_of(own)
    others = [trial for trial, _km in found.trials if not known & _numbers(trial)]
    matches = sorted((judge_record(trial, facts, asked) for trial in others), key=lambda match: match.order)
    return Recorded(tuple(matches), found.total - (len(found.trials) - len(others)), found.more)


def _narrowed(facts: Facts, asked: Search) -> Search:
    ways, age = tuple(way.text for way in ways_of(facts)), facts.values.get("age_years", "")
    return replace(
        asked,
        conditions=ways,
        # Of whom no illness is known, only what takes healthy people can be said to fit at all.
        healthy="" if ways else "yes",
        years=int(age) if age.isdecimal() else None,
        sex=SEXES.get(facts.values.get("sex", ""), ""),
        taking=True,
    )


def numbers_of(protocols: Iterable[Protocol]) -> frozenset[str]:
    """Return every number by which these protocols are known."""
    return frozenset(number for one in protocols for number in statement_of_protocol(one).ids)


def _numbers(trial: Trial) -> frozenset[str]:
    return frozenset([trial.id, *(number for one in trial.statements for number in one.ids)])
