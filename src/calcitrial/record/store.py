"""The statements that reach the tables: the only file of the record that knows SQL."""

from collections.abc import Iterable, Sequence
from typing import Any

from django.db import connection

from calcitrial.record.entry import Entry, Place, Submission

PLACE = "participant, form, visit, lesion, repeat"
ENTRY = f"number, sequence, {PLACE}, item, version, value, unit, replaces, reason, salt, digest"
SUBMISSION = (
    "sequence, at, author, role, definition, code_version, first_entry, last_entry, entries_digest, previous, hash"
)
Row = tuple[Any, ...]


def rows(sql: str, values: Sequence[object] = ()) -> list[Row]:
    """Return all rows of a query."""
    with connection.cursor() as cursor:
        cursor.execute(sql, list(values))
        return list(cursor.fetchall())


def run(sql: str, values: Sequence[object] = ()) -> None:
    """Run one statement."""
    with connection.cursor() as cursor:
        cursor.execute(sql, list(values))


def _insert_many(table: str, columns: str, values: Sequence[Row], suffix: str = "") -> None:
    """Insert rows with few statements; SQLite allows 32,766 values in one, PostgreSQL 65,535."""
    width = columns.count(",") + 1
    step = 30_000 // width
    one = "(" + ", ".join(["%s"] * width) + ")"
    for start in range(0, len(values), step):
        part = values[start : start + step]
        places = ", ".join([one] * len(part))
        run(
            f"INSERT INTO {table} ({columns}) VALUES {places} {suffix}",
            [value for row in part for value in row],
        )


def insert_entries(entries: Sequence[Entry], digests: Sequence[str]) -> None:
    """Append entries to the log, and make each the current value of its place."""
    log = [
        (
            e.study,
            e.number,
            e.sequence,
            *e.place,
            e.item,
            e.version,
            e.value,
            e.unit,
            e.replaces,
            e.reason,
            e.salt,
            d,
        )
        for e, d in zip(entries, digests, strict=True)
    ]
    _insert_many("record_entry", f"study, {ENTRY}", log)
    latest = {(e.place, e.item): e for e in entries}
    current = [(e.study, *e.place, e.item, e.version, e.value, e.unit, e.number) for e in latest.values()]
    _insert_many(
        "record_current",
        f"study, {PLACE}, item, version, value, unit, number",
        current,
        f"ON CONFLICT (study, {PLACE}, item) DO UPDATE SET version = excluded.version, value = excluded.value,"
        " unit = excluded.unit, number = excluded.number",
    )


def insert_submission(submission: Submission) -> str:
    """Append one link of the chain, move the head of the study, and return the link's hash."""
    link = submission.hash()
    row = (*vars(submission).values(), link)
    _insert_many("record_submission", f"study, {SUBMISSION}", [row])
    run(
        "UPDATE record_study SET sequence = %s, entries = %s, head = %s WHERE id = %s",
        [submission.sequence, submission.last_entry, link, submission.study],
    )
    return link


def current(study: str, participants: Iterable[str] = (), forms: Iterable[str] = ()) -> list[Row]:
    """Return (place…, item, version, value, unit, number) of current values, perhaps of some forms only."""
    where, values = ["study = %s"], [study]
    for column, wanted in (("participant", sorted(set(participants))), ("form", sorted(set(forms)))):
        if wanted:
            where.append(f"{column} IN ({', '.join(['%s'] * len(wanted))})")
            values += wanted
    return rows(
        f"SELECT {PLACE}, item, version, value, unit, number FROM record_current WHERE {' AND '.join(where)}",
        values,
    )


def entries(study: str, upto: int) -> list[Row]:
    """Return all entries up to a submission, in the order they were made."""
    return rows(
        f"SELECT {ENTRY} FROM record_entry WHERE study = %s AND sequence <= %s ORDER BY number", [study, upto]
    )


def submissions(study: str) -> list[Row]:
    """Return the links of the chain in order."""
    return rows(f"SELECT {SUBMISSION} FROM record_submission WHERE study = %s ORDER BY sequence", [study])


def owner_of(study: str, lesion: str, form: str) -> str:
    """Return the participant whom a lesion belongs to, or ''."""
    found = rows(
        "SELECT participant FROM record_current WHERE study = %s AND lesion = %s AND form = %s",
        [study, lesion, form],
    )
    return str(found[0][0]) if found else ""


def place_of(row: Row) -> Place:
    """Return the place that the first five columns name."""
    return Place(*row[:5])
