"""What follows from the values of one participant alone, kept until these values change.

A list of ten thousand participants, what is due for each, how their forms stand: to work all of it out takes seconds,
and between two looks a handful of people change. What is kept is known by the mark of the participant's values
(`Known.marks`), which is never used twice, and by everything else that it rests on (`also`). So it can be wrong only
where `make` reads more than the rows it is given; and since it holds nobody else's values, people of different sites
may share it.
"""

from collections.abc import Callable, Hashable, Mapping
from contextlib import nullcontext
from typing import Any, TypeVar

import polars as pl

from calcitrial.record.known import FEW, MANY, known, record_here, rows_of

T = TypeVar("T")
# Of one thing so many kinds are kept: for the blinded and the others, in each language, today and yesterday.
KINDS = 12
AT_ONCE = 500
_kept: dict[tuple[Hashable, ...], dict[Hashable, dict[str, tuple[int, Any]]]] = {}


def each_of(study: str, name: str, make: Callable[[pl.DataFrame], Mapping[str, T]], *also: Hashable) -> dict[str, T]:
    """Return what `make` says of every participant of a study, by code, from all current values of each.

    `make` is given the sorted rows of some participants and returns one thing for each; it rests on these rows, on
    the study's definition and on `also`, and on nothing else. `name` is its own.
    """
    now = known(study)
    return each(study, now.rows, now.marks, name, make, now.head.definition, *also)


def each(
    study: str,
    rows: pl.DataFrame,
    marks: Mapping[str, int],
    name: str,
    make: Callable[[pl.DataFrame], Mapping[str, T]],
    *also: Hashable,
) -> dict[str, T]:
    """Return the same from rows that may be fewer (the participants of some sites, what the blinded see).

    `marks` has the participants that are wanted; what narrows the rows of one participant belongs into `also`.
    """
    kept = _kind(study, name, also)
    found, new = _split(kept, marks)
    while new:
        # Of many people who ask at once when little is known yet, one works it out and the others wait for it; by a
        # few hundred participants at a time, so that who asks for something else is not kept waiting for all of it.
        with MANY if len(new) > FEW else nullcontext():
            found, new = _split(kept, marks)
            part = new[:AT_ONCE]
            made = dict(make(rows_of(rows, part))) if part else {}
            kept.update((code, (marks[code], one)) for code, one in made.items())
        found |= made
        new = new[AT_ONCE:]
    return {code: found[code] for code in marks if code in found}


def _kind(study: str, name: str, also: tuple[Hashable, ...]) -> dict[str, tuple[int, Any]]:
    """Return where one kind of a thing is kept, the last that was asked for at the end."""
    with MANY:
        kinds = _kept.setdefault((*record_here(), study, name), {})
        kinds[also] = kept = kinds.pop(also, {})
        while len(kinds) > KINDS:
            kinds.pop(next(iter(kinds)))
        return kept


def _split(kept: Mapping[str, tuple[int, Any]], marks: Mapping[str, int]) -> tuple[dict[str, Any], list[str]]:
    """Return what is kept and still right, and the codes of all others."""
    there = {code: (mark, kept.get(code, (0, None))) for code, mark in marks.items() if code}
    found = {code: one for code, (mark, (old, one)) in there.items() if old == mark}
    return found, [code for code in there if code not in found]
