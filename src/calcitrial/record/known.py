"""The current values of a whole study, kept between two looks and brought up to date by what was entered since.

Reading a million values takes ten seconds, and between two pages a handful of them change. The record is append-only,
so what was entered since a known link of the chain says exactly whose values must be read again.
"""

from collections.abc import Iterable
from dataclasses import dataclass

import polars as pl
from django.db import connection

from calcitrial.record import store
from calcitrial.record.entry import REDACTION
from calcitrial.record.study import Head, read_head

LONG = ("participant", "form", "visit", "lesion", "repeat", "item", "version", "value", "unit", "number")
SCHEMA = {name: pl.Int64 if name in ("version", "number") else pl.String for name in LONG}
KEPT_STUDIES = 4


@dataclass(frozen=True)
class _Known:
    """All current values as of a link of the chain."""

    head: Head
    rows: pl.DataFrame


_kept: dict[tuple[str, ...], _Known] = {}


def frame(lines: Iterable[tuple[object, ...]]) -> pl.DataFrame:
    """Return the lines that hold a value as long rows, sorted.

    Python sorts them, code point by code point: databases differ in how they order text.
    """
    return in_order(line for line in lines if line[7] != "" and line[1] != REDACTION)


def in_order(lines: Iterable[tuple[object, ...]]) -> pl.DataFrame:
    """Return lines as long rows, sorted."""
    return pl.DataFrame(sorted(lines), schema=SCHEMA, orient="row")


def all_rows(study: str) -> pl.DataFrame:
    """Return every current value of a study; of those known before, only what changed since is read again.

    Raises RefusedError when the study is not open.
    """
    database = connection.settings_dict
    key = (str(database["NAME"]), str(database["HOST"]), str(database["PORT"]), study)
    # The head first: what is entered between the two questions is read again next time.
    head, before = read_head(study), _kept.get(key)
    if before is None or before.head.hash != head.hash:
        rows = _again(study, before) if before is not None and _still_there(study, before.head) else None
        before = _Known(head, frame(store.current(study)) if rows is None else rows)
        _kept.pop(key, None)
        _kept[key] = before
        while len(_kept) > KEPT_STUDIES:
            _kept.pop(next(iter(_kept)), None)
    return before.rows


def _still_there(study: str, head: Head) -> bool:
    """Return whether the chain still has this link: a record that was restored, or undone, is read anew."""
    query = "SELECT hash FROM record_submission WHERE study = %s AND sequence = %s"
    return store.rows(query, [study, head.sequence]) == [(head.hash,)]


def _again(study: str, before: _Known) -> pl.DataFrame | None:
    """Return the rows with those of changed participants read again; None when these are too many to name."""
    query = "SELECT DISTINCT participant FROM record_entry WHERE study = %s AND number > %s"
    changed = {row[0] for row in store.rows(query, [study, before.head.entries])}
    query = """SELECT DISTINCT t.participant FROM record_entry r JOIN record_entry t
        ON t.study = r.study AND t.number = r.replaces WHERE r.study = %s AND r.number > %s AND r.form = %s"""
    changed |= {row[0] for row in store.rows(query, [study, before.head.entries, REDACTION])}
    if len(changed) > store.NAMED:
        return None
    fresh = frame(store.current(study, changed))
    rest = before.rows.filter(~pl.col("participant").is_in(sorted(changed)))
    return rest.merge_sorted(fresh, key="participant")
