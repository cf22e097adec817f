"""Writing trials into the index: most are new and stand alone, and go in by the thousand; the rest one by one.

New rows wait in temporary tables and go into the index sorted (`settle`), so that no page of it is written twice. A
trial that shares a number with another, or is there already, is taken out and written again with all its statements,
inside the transaction of whoever calls.
"""

import sqlite3
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

import orjson

from calcitrial.registrations import Statement, Trial
from calcitrial.registry.index import statements_of, unpacked
from calcitrial.registry.prepared import Prepared, prepare, ranked

WAITING = """
CREATE TEMP TABLE IF NOT EXISTS new_trial (n INTEGER, id TEXT, standing INTEGER, registered TEXT, youngest REAL,
  oldest REAL, title TEXT, conditions TEXT, interventions TEXT, rest TEXT);
CREATE TEMP TABLE IF NOT EXISTS new_facet (kind TEXT, value TEXT, trial INTEGER);
CREATE TEMP TABLE IF NOT EXISTS new_site (trial INTEGER, latitude REAL, longitude REAL);
"""
COLUMNS = "title, conditions, interventions, rest"
SETTLED = (
    "INSERT INTO trial SELECT n, id, standing, registered, youngest, oldest FROM new_trial ORDER BY n",
    f"INSERT INTO text SELECT n, {COLUMNS} FROM new_trial ORDER BY n",
    f"INSERT INTO words (rowid, {COLUMNS}) SELECT n, {COLUMNS} FROM new_trial ORDER BY n",
    "INSERT OR IGNORE INTO facet SELECT kind, value, trial FROM new_facet ORDER BY kind, value, trial",
    "INSERT INTO site SELECT trial, latitude, longitude FROM new_site ORDER BY trial",
    *(f"DELETE FROM new_{table}" for table in ("trial", "facet", "site")),
)
# From so many new trials on the words are brought into one piece afterwards.
MANY = 20_000


@dataclass
class Writer:
    """Writes into one index, within a transaction; `settle` must be the last call before it ends."""

    link: sqlite3.Connection
    waiting: set[int] = field(default_factory=set)
    written: int = 0

    def __post_init__(self) -> None:
        # Not executescript, which would end the transaction.
        for statement in filter(str.strip, WAITING.split(";")):
            self.link.execute(statement)

    def write(self, batch: Sequence[Prepared]) -> Counter[str]:
        """Put trials of one statement each into the index; how many were 'new', 'changed' or 'same'."""
        keys, names = Counter(one.statements[0][0] for one in batch), Counter(n for one in batch for n in one.ids)
        held, taken = self._held(keys), self._taken(names)
        told, alone, rest = Counter[str](), [], []
        for one in batch:
            key, content = one.statements[0]
            if keys[key] == 1 and key in held and _alike(held[key], content):
                told["same"] += 1
            elif key in held or any(names[name] > 1 or name in taken for name in one.ids):
                rest.append(one)
            else:
                alone.append(one)
        self._wait(alone)
        told["new"] += len(alone)
        if rest:
            self.settle()
            told.update(add(self.link, Statement.from_json(unpacked(one.statements[0][1]))) for one in rest)
        return told

    def _held(self, keys: Iterable[str]) -> dict[str, bytes]:
        sql = "SELECT statement.key, content FROM json_each(?) JOIN statement ON statement.key = json_each.value"
        return dict(self.link.execute(sql, [orjson.dumps(list(keys)).decode()]))

    def _taken(self, names: Iterable[str]) -> set[str]:
        """Return the numbers that any trial has, or is listed under."""
        asked = orjson.dumps(list(names)).decode()
        known = "SELECT name.id FROM json_each(?) JOIN name ON name.id = json_each.value"
        listed = "SELECT trial.id FROM json_each(?) JOIN trial ON trial.id = json_each.value"
        return {row[0] for row in self.link.execute(f"{known} UNION ALL {listed}", [asked, asked])}

    def _wait(self, alone: Sequence[Prepared]) -> None:
        numbered = list(zip(self._places(alone), alone, strict=True))
        trials = [
            (n, ranked(one.ids)[0], one.standing, one.registered, one.youngest, one.oldest, *one.words)
            for n, one in numbered
        ]
        many = self.link.executemany
        many("INSERT INTO new_trial VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)", trials)
        many("INSERT INTO new_facet VALUES (?, ?, ?)", [(*pair, n) for n, one in numbered for pair in one.facets])
        many("INSERT INTO new_site VALUES (?, ?, ?)", [(n, *place) for n, one in numbered for place in one.places])
        many("INSERT INTO statement VALUES (?, ?, ?)", [(n, *said) for n, one in numbered for said in one.statements])
        many("INSERT INTO name VALUES (?, ?)", [(name, n) for n, one in numbered for name in one.ids])

    def _places(self, alone: Sequence[Prepared]) -> list[int]:
        """Return a free place for each, the next one where another trial has it."""
        asked = orjson.dumps([one.place for one in alone]).decode()
        found = self.link.execute("SELECT n FROM json_each(?) JOIN trial ON n = json_each.value", [asked])
        taken, places = {row[0] for row in found}, []
        for one in alone:
            place = one.place
            while place in taken or place in self.waiting:
                place = _free(self.link, place + 1)
            self.waiting.add(place)
            places.append(place)
        return places

    def settle(self) -> None:
        """Put what waits into the index."""
        self.written += len(self.waiting)
        if self.waiting:
            for statement in SETTLED:
                self.link.execute(statement)
            self.waiting.clear()

    def finish(self) -> None:
        """Settle, and bring the words into one piece where many trials came."""
        self.settle()
        if self.written >= MANY:
            self.link.execute("INSERT INTO words (words) VALUES ('optimize')")
            self.link.execute("ANALYZE main")


def _alike(held: bytes, content: bytes) -> bool:
    return held == content or unpacked(held) == unpacked(content)


def _free(link: sqlite3.Connection, place: int) -> int:
    while link.execute("SELECT 1 FROM trial WHERE n = ?", [place]).fetchone():
        place += 1
    return place


def add(link: sqlite3.Connection, statement: Statement) -> str:
    """Put a statement beside what other sources say of the same trial; 'new', 'changed' or 'same'."""
    held = link.execute("SELECT trial, content FROM statement WHERE key = ?", [statement.key]).fetchone()
    if held and unpacked(held[1]) == statement.to_json():
        return "same"
    trials = _trials_for(link, statement, held[0] if held else None)
    statements = {one.key: one for trial in trials for one in statements_of(link, trial)}
    statements[statement.key] = statement
    for trial in trials:
        _forget(link, trial)
    _write(link, Trial("", tuple(sorted(statements.values(), key=lambda one: one.key))))
    return "changed" if held else "new"


def _trials_for(link: sqlite3.Connection, statement: Statement, held: int | None) -> list[int]:
    """Return the trial that a statement belongs to, and others that it shows to be the same one.

    A trial that has another number of the same registry is another trial, even where the two name each other.
    """
    marks = ",".join("?" * len(statement.ids))
    found = [row[0] for row in link.execute(f"SELECT DISTINCT trial FROM name WHERE id IN ({marks})", statement.ids)]
    rows = {trial: {one.kind: one.id for one in statements_of(link, trial)} for trial in sorted(found) if trial != held}
    fitting, kinds = [] if held is None else [held], {statement.kind: statement.id}
    kinds |= {one.kind: one.id for one in statements_of(link, held)} if held is not None else {}
    for trial, sources in rows.items():
        if all(kinds.get(kind, number) == number for kind, number in sources.items()):
            fitting.append(trial)
            kinds |= sources
    return fitting


def _forget(link: sqlite3.Connection, trial: int) -> None:
    row = link.execute(f"SELECT {COLUMNS} FROM text WHERE n = ?", [trial]).fetchone()
    link.execute(f"INSERT INTO words (words, rowid, {COLUMNS}) VALUES ('delete', ?, ?, ?, ?, ?)", [trial, *row])
    for table in ("statement", "name", "facet", "site"):
        link.execute(f"DELETE FROM {table} WHERE trial = ?", [trial])
    link.execute("DELETE FROM text WHERE n = ?", [trial])
    link.execute("DELETE FROM trial WHERE n = ?", [trial])


def _write(link: sqlite3.Connection, trial: Trial) -> None:
    listed = _listed(link, list(dict.fromkeys(one for told in trial.statements for one in told.ids)))
    one = prepare(trial, listed)
    n = _free(link, one.place)
    row = [n, listed, one.standing, one.registered, one.youngest, one.oldest]
    link.execute("INSERT INTO trial VALUES (?, ?, ?, ?, ?, ?)", row)
    link.execute("INSERT INTO text VALUES (?, ?, ?, ?, ?)", [n, *one.words])
    link.execute(f"INSERT INTO words (rowid, {COLUMNS}) VALUES (?, ?, ?, ?, ?)", [n, *one.words])
    link.executemany("INSERT INTO statement VALUES (?, ?, ?)", [(n, *said) for said in one.statements])
    link.executemany("INSERT OR IGNORE INTO name VALUES (?, ?)", [(name, n) for name in one.ids])
    link.executemany("INSERT OR IGNORE INTO facet VALUES (?, ?, ?)", [(*pair, n) for pair in one.facets])
    link.executemany("INSERT INTO site VALUES (?, ?, ?)", [(n, *place) for place in one.places])


def _listed(link: sqlite3.Connection, ids: list[str]) -> str:
    """Return the number that lists a trial: one of a registry before one's own, and one that lists no other."""
    numbers, taken = ranked(ids), "SELECT 1 FROM trial WHERE id = ?"
    free = [one for one in numbers if not link.execute(taken, [one]).fetchone()]
    return free[0] if free else f"{numbers[0]}-{link.execute('SELECT count(*) FROM trial').fetchone()[0]}"
