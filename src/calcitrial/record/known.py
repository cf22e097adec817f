"""The current values of a whole study, kept between two looks and brought up to date by what was entered since.

Reading a million values takes ten seconds, and between two pages a handful of them change. The record is append-only,
so what was entered since a known link of the chain says exactly whose values must be read again.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import count
from threading import RLock

import polars as pl
from django.db import connection

from calcitrial.record import store
from calcitrial.record.entry import REDACTION
from calcitrial.record.study import Head, read_head

LONG = ("participant", "form", "visit", "lesion", "repeat", "item", "version", "value", "unit", "number")
SCHEMA = {name: pl.Int64 if name in ("version", "number") else pl.String for name in LONG}
KEPT_STUDIES = 4
# So many pieces may the rows lie in before they are put together again.
PIECES = 200
# From so many lines on a table sorts faster than Python does; both go by code points.
MANY_LINES = 5_000
# So few participants are looked up one by one; more of them are filtered out together.
FEW = 50
_new = count(1)
# Held while much is read or worked out, so that of many who ask at once only one does it.
MANY = RLock()


@dataclass(frozen=True)
class Known:
    """All current values of a study as of a link of the chain.

    `marks` has a number for each participant ('' is the study itself) that is never used twice: as long as it stays,
    the values of that participant are the same.
    """

    head: Head
    rows: pl.DataFrame
    marks: Mapping[str, int]

    def of(self, participants: Sequence[str]) -> pl.DataFrame:
        """Return the rows of some participants."""
        return rows_of(self.rows, participants)


_kept: dict[tuple[str, ...], Known] = {}


def frame(lines: Iterable[tuple[object, ...]]) -> pl.DataFrame:
    """Return the lines that hold a value as long rows, sorted."""
    return in_order(line for line in lines if line[7] != "" and line[1] != REDACTION)


def in_order(lines: Iterable[tuple[object, ...]]) -> pl.DataFrame:
    """Return lines as long rows, sorted code point by code point: databases differ in how they order text."""
    found = list(lines)
    if len(found) < MANY_LINES:
        return pl.DataFrame(sorted(found), schema=SCHEMA, orient="row")
    return pl.DataFrame(found, schema=SCHEMA, orient="row").sort(LONG)


def all_rows(study: str) -> pl.DataFrame:
    """Return every current value of a study; of those known before, only what changed since is read again.

    Raises RefusedError when the study is not open.
    """
    return known(study).rows


def known(study: str) -> Known:
    """Return every current value of a study with the link of the chain that they stand for (as `all_rows`)."""
    key = (*record_here(), study)
    if key not in _kept:
        with MANY:
            return _known(key, study)
    return _known(key, study)


def _known(key: tuple[str, ...], study: str) -> Known:
    # The head first: what is entered between the two questions is read again next time.
    head, before = read_head(study), _kept.get(key)
    if before is None or before.head.hash != head.hash:
        after = _again(study, before, head) if before is not None and still_there(study, before.head) else None
        before = after or _anew(head, frame(store.current(study)))
        with MANY:
            _kept.pop(key, None)
            _kept[key] = before
            while len(_kept) > KEPT_STUDIES:
                _kept.pop(next(iter(_kept)))
    return before


def record_here() -> tuple[str, str, str]:
    """Return which database is connected."""
    database = connection.settings_dict
    return str(database["NAME"]), str(database["HOST"]), str(database["PORT"])


def _anew(head: Head, rows: pl.DataFrame) -> Known:
    return Known(head, rows, {code: next(_new) for code in rows["participant"].unique(maintain_order=True)})


def still_there(study: str, head: Head) -> bool:
    """Return whether the chain still has this link: a record that was restored, or undone, is read anew."""
    query = "SELECT hash FROM record_submission WHERE study = %s AND sequence = %s"
    return store.rows(query, [study, head.sequence]) == [(head.hash,)]


def _again(study: str, before: Known, head: Head) -> Known | None:
    """Return what was known with changed participants read again; None when these are too many to name."""
    query = "SELECT DISTINCT participant FROM record_entry WHERE study = %s AND number > %s"
    changed = {row[0] for row in store.rows(query, [study, before.head.entries])}
    query = """SELECT DISTINCT t.participant FROM record_entry r JOIN record_entry t
        ON t.study = r.study AND t.number = r.replaces WHERE r.study = %s AND r.number > %s AND r.form = %s"""
    changed |= {row[0] for row in store.rows(query, [study, before.head.entries, REDACTION])}
    if len(changed) > store.NAMED:
        return None
    fresh = frame(store.current(study, changed))
    parts, at = [], 0
    for code in sorted(changed):
        first, end = _span(before.rows, code)
        parts += [before.rows.slice(at, first - at), rows_of(fresh, [code])]
        at = end
    rows = pl.concat([*parts, before.rows.slice(at)], rechunk=False)
    if rows.n_chunks() > PIECES:
        rows = rows.rechunk()
    left = set(fresh["participant"])
    marks = {code: mark for code, mark in before.marks.items() if code not in changed}
    return Known(head, rows, dict(sorted((marks | {code: next(_new) for code in changed & left}).items())))


def _span(rows: pl.DataFrame, participant: str) -> tuple[int, int]:
    """Return where the rows of a participant begin and end, in rows that are sorted."""
    column = rows["participant"]
    return int(column.search_sorted(participant, "left")), int(column.search_sorted(participant, "right"))


def rows_of(rows: pl.DataFrame, participants: Sequence[str]) -> pl.DataFrame:
    """Return those of sorted rows that are about some participants."""
    wanted = sorted(participants)
    if len(wanted) > FEW:
        # Only those from the first to the last are looked at, which are often all that lie there.
        (first, _), (_, end) = _span(rows, wanted[0]), _span(rows, wanted[-1])
        return rows.slice(first, end - first).filter(pl.col("participant").is_in(wanted))
    spans = [_span(rows, code) for code in wanted]
    return pl.concat([rows.clear(), *(rows.slice(first, end - first) for first, end in spans)], rechunk=False)
