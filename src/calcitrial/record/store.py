"""The statements that reach the entries and the chain, and the two doors (`rows`, `run`) for all other SQL."""

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from django.db import connection, transaction

from calcitrial.record.entry import Entry, Place, Submission

PLACE = "participant, form, visit, lesion, repeat"
ENTRY = f"number, sequence, {PLACE}, item, version, value, unit, replaces, reason, salt, seal, digest"
SUBMISSION = (
    "sequence, at, author, role, definition, code_version, first_entry, last_entry, entries_digest, previous, hash"
)
Row = tuple[Any, ...]
Value = str | int
NAMED = 1_000
# The read table is made from the log itself: of each item the last entry, should one submission change it twice.
MAKE_CURRENT = f"""INSERT INTO record_current (study, {PLACE}, item, version, value, unit, number)
    SELECT study, {PLACE}, item, version, value, unit, number FROM record_entry e
    WHERE study = %s AND number BETWEEN %s AND %s AND NOT EXISTS (
        SELECT 1 FROM record_entry later WHERE later.study = e.study AND later.participant = e.participant
        AND later.form = e.form AND later.visit = e.visit AND later.lesion = e.lesion
        AND later.repeat = e.repeat AND later.item = e.item AND later.version > e.version)
    ON CONFLICT (study, {PLACE}, item) DO UPDATE SET version = excluded.version, value = excluded.value,
        unit = excluded.unit, number = excluded.number"""


def rows(sql: str, values: Sequence[Value] = ()) -> list[Row]:
    """Return all rows of a query."""
    with connection.cursor() as cursor:
        cursor.execute(sql, list(values))
        return list(cursor.fetchall())


def run(sql: str, values: Sequence[Value] = ()) -> None:
    """Run one statement."""
    with connection.cursor() as cursor:
        cursor.execute(sql, list(values))


def _append(table: str, columns: str, lines: Sequence[Row]) -> None:
    """Append lines to a table by the fastest way of each database: COPY, or one statement run many times."""
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            with cursor.copy(f"COPY {table} ({columns}) FROM STDIN") as copy:
                for line in lines:
                    copy.write_row(line)
            return
        marks = ", ".join(["%s"] * len(lines[0]))
        cursor.executemany(f"INSERT INTO {table} ({columns}) VALUES ({marks})", lines)


def insert_entries(entries: Sequence[Entry], seals: Sequence[str], digests: Sequence[str]) -> None:
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
            s,
            d,
        )
        for e, s, d in zip(entries, seals, digests, strict=True)
    ]
    _append("record_entry", f"study, {ENTRY}", log)
    run(MAKE_CURRENT, [entries[0].study, entries[0].number, entries[-1].number])


def wipe_value(study: str, number: int) -> None:
    """Take value and salt out of one entry, and the value out of the read table."""
    for table, extra in (("record_entry", ", salt = ''"), ("record_current", "")):
        run(f"UPDATE {table} SET value = ''{extra} WHERE study = %s AND number = %s", [study, number])


def wipe_log() -> None:
    """Empty SQLite's write-ahead log, which still holds what a committed change took out of the tables."""
    if connection.vendor == "sqlite" and not connection.in_atomic_block:
        rows("PRAGMA wal_checkpoint(TRUNCATE)")


@contextmanager
def one_moment() -> Iterator[None]:
    """Let all queries inside see the record at one and the same moment."""
    with transaction.atomic():
        if connection.vendor == "postgresql" and len(connection.savepoint_ids) == 0:
            run("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY")
        yield


def insert_submission(submission: Submission) -> str:
    """Append one link of the chain, move the head of the study, and return the link's hash."""
    link = submission.hash()
    row = (*vars(submission).values(), link)
    _append("record_submission", f"study, {SUBMISSION}", [row])
    run(
        "UPDATE record_study SET sequence = %s, entries = %s, head = %s WHERE id = %s",
        [submission.sequence, submission.last_entry, link, submission.study],
    )
    return link


def named(column: str, names: Iterable[str]) -> tuple[str, list[str]]:
    """Return " AND column IN (…)" with its values; nothing where none or very many are named."""
    wanted = sorted(set(names))
    if not 0 < len(wanted) <= NAMED:
        return "", []
    return f" AND {column} IN ({', '.join(['%s'] * len(wanted))})", wanted


def _where(study: str, **wanted: Iterable[str]) -> tuple[str, list[str]]:
    """Return a condition on the study and the wanted names, and its values.

    Columns of which nothing or very much is wanted are left open: databases limit how much one can name.
    """
    parts = [named(column, names) for column, names in wanted.items()]
    return f"study = %s{''.join(where for where, _names in parts)}", [study, *(one for _where, n in parts for one in n)]


def current(
    study: str, participants: Iterable[str] = (), forms: Iterable[str] = (), items: Iterable[str] = ()
) -> list[Row]:
    """Return (place…, item, version, value, unit, number) of current values.

    Only those of some participants, forms and items when these are named; of more than NAMED, all.
    """
    where, values = _where(study, participant=participants, form=forms, item=items)
    return rows(
        f"SELECT {PLACE}, item, version, value, unit, number FROM record_current WHERE {where}",
        values,
    )


def entries(study: str, upto: int | None = None) -> list[Row]:
    """Return all entries, perhaps up to a submission, in the order they were made."""
    values: list[Value] = [study] if upto is None else [study, upto]
    where = "" if upto is None else " AND sequence <= %s"
    return rows(f"SELECT {ENTRY} FROM record_entry WHERE study = %s{where} ORDER BY number", values)


def submissions(study: str) -> list[Row]:
    """Return the links of the chain in order."""
    return rows(f"SELECT {SUBMISSION} FROM record_submission WHERE study = %s ORDER BY sequence", [study])


def owners(study: str, lesions: Iterable[str], forms: Sequence[str]) -> list[Row]:
    """Return (lesion, participant) from the forms that open lesions; of more than NAMED lesions, of all."""
    where, values = _where(study, lesion=lesions, form=forms)
    return rows(f"SELECT DISTINCT lesion, participant FROM record_current WHERE {where} AND lesion <> ''", values)


def is_amended(study: str) -> bool:
    """Return whether a study ever ran under another definition than now."""
    return int(rows("SELECT COUNT(*) FROM record_definition WHERE study = %s", [study])[0][0]) > 1


def digests(study: str, numbers: Sequence[int]) -> dict[int, str]:
    """Return the digest of each of these entries by its number; numbers that are not there are left out."""
    found: dict[int, str] = {}
    for start in range(0, len(numbers), 5 * NAMED):
        part = list(numbers[start : start + 5 * NAMED])
        marks = ", ".join(["%s"] * len(part))
        query = f"SELECT number, digest FROM record_entry WHERE study = %s AND number IN ({marks})"
        found |= {int(number): str(digest) for number, digest in rows(query, [study, *part])}
    return found


def place_of(row: Row) -> Place:
    """Return the place that the first five columns name."""
    return Place(*row[:5])
