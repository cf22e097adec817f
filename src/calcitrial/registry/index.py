"""The index of trials: statements that belong to one trial kept together, their words (FTS5), facets and places.

Rows that are searched are narrow, so that thousands lie on few pages; texts and statements stand apart. Everything in
it is made from statements, so it can be thrown away. A trial is changed by taking it out and writing it again, inside
the transaction of whoever calls.
"""

import sqlite3
import zlib
from collections.abc import Iterator, Sequence

import orjson

from calcitrial.exchange import ITEMS, WhoItem
from calcitrial.registrations import NO_FIELD, OLDEST, STATUSES, YOUNGEST, Statement, Trial, searchable

TABLES = """
CREATE TABLE trial (n INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, standing INTEGER NOT NULL, registered TEXT NOT NULL,
  youngest REAL NOT NULL, oldest REAL NOT NULL);
CREATE TABLE text (n INTEGER PRIMARY KEY, title TEXT NOT NULL, conditions TEXT NOT NULL, interventions TEXT NOT NULL,
  rest TEXT NOT NULL);
CREATE INDEX trial_order ON trial (standing, registered DESC, id);
CREATE TABLE statement (key TEXT PRIMARY KEY, trial INTEGER NOT NULL, content BLOB NOT NULL);
CREATE INDEX statement_trial ON statement (trial);
CREATE TABLE name (id TEXT NOT NULL, trial INTEGER NOT NULL, PRIMARY KEY (id, trial)) WITHOUT ROWID;
CREATE INDEX name_trial ON name (trial);
CREATE TABLE facet (kind TEXT NOT NULL, value TEXT NOT NULL, trial INTEGER NOT NULL,
  PRIMARY KEY (kind, value, trial)) WITHOUT ROWID;
CREATE INDEX facet_trial ON facet (trial);
CREATE TABLE site (trial INTEGER NOT NULL, latitude REAL NOT NULL, longitude REAL NOT NULL);
CREATE INDEX site_where ON site (latitude, longitude, trial);
CREATE INDEX site_trial ON site (trial);
CREATE TABLE changes (count INTEGER NOT NULL);
INSERT INTO changes VALUES (0);
CREATE VIRTUAL TABLE words USING fts5 (title, conditions, interventions, rest, content='text', content_rowid='n',
  tokenize='unicode61 remove_diacritics 0', detail='full');
"""
# What most statements contain, so that each takes a third of the room. Who changes it changes SHAPE.
USUAL = orjson.dumps([WhoItem(number, name, "", "unspecified", (), NO_FIELD) for number, name in ITEMS.items()])
SHAPE = 2
# Which number lists a trial that has several, the best known first.
FIRST = ("NCT", "20", "ISRCTN", "ACTRN", "DRKS")


def add(link: sqlite3.Connection, statement: Statement) -> str:
    """Put a statement beside what other sources say of the same trial; 'new', 'changed' or 'same'."""
    content = orjson.dumps(statement)
    held = link.execute("SELECT trial, content FROM statement WHERE key = ?", [statement.key]).fetchone()
    if held and _unpacked(held[1]) == content:
        return "same"
    number, others = _trial_for(link, statement, held[0] if held else None)
    statements = {one.key: one for trial in (number, *others) for one in statements_of(link, trial)}
    statements[statement.key] = statement
    for trial in (number, *others):
        _forget(link, trial)
    _write(link, number, Trial("", tuple(sorted(statements.values(), key=lambda one: one.key))))
    return "changed" if held else "new"


def _trial_for(link: sqlite3.Connection, statement: Statement, held: int | None) -> tuple[int, list[int]]:
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
    if fitting:
        return fitting[0], fitting[1:]
    return (link.execute("SELECT max(n) FROM trial").fetchone()[0] or 0) + 1, []


def statements_of(link: sqlite3.Connection, trial: int) -> list[Statement]:
    """Return what every source says of the trial at a place of the index."""
    rows = link.execute("SELECT content FROM statement WHERE trial = ? ORDER BY key", [trial])
    return [Statement.from_json(orjson.loads(_unpacked(row[0]))) for row in rows]


def _packed(content: bytes) -> bytes:
    press = zlib.compressobj(1, zdict=USUAL)
    return press.compress(content) + press.flush()


def _unpacked(content: bytes) -> bytes:
    return zlib.decompressobj(zdict=USUAL).decompress(content)


COLUMNS = "title, conditions, interventions, rest"


def _forget(link: sqlite3.Connection, trial: int) -> None:
    row = link.execute(f"SELECT {COLUMNS} FROM text WHERE n = ?", [trial]).fetchone()
    if row is None:
        return
    link.execute(f"INSERT INTO words (words, rowid, {COLUMNS}) VALUES ('delete', ?, ?, ?, ?, ?)", [trial, *row])
    for table in ("statement", "name", "facet", "site"):
        link.execute(f"DELETE FROM {table} WHERE trial = ?", [trial])
    link.execute("DELETE FROM text WHERE n = ?", [trial])
    link.execute("DELETE FROM trial WHERE n = ?", [trial])


def _write(link: sqlite3.Connection, number: int, trial: Trial) -> None:
    facets, ids = trial.facets, dict.fromkeys(one for told in trial.statements for one in told.ids)
    standing = min((list(STATUSES).index(status) for status in facets.statuses), default=len(STATUSES))
    rest = " ".join(_rest(trial, list(ids)))
    words = [
        searchable(text) for text in (_titles(trial), " ".join(facets.conditions), " ".join(facets.interventions), rest)
    ]
    youngest = YOUNGEST if facets.youngest is None else facets.youngest
    oldest = OLDEST if facets.oldest is None else facets.oldest
    row = [number, _listed(link, list(ids)), standing, facets.registered, youngest, oldest]
    link.execute("INSERT INTO trial VALUES (?, ?, ?, ?, ?, ?)", row)
    link.execute("INSERT INTO text VALUES (?, ?, ?, ?, ?)", [number, *words])
    link.execute(f"INSERT INTO words (rowid, {COLUMNS}) VALUES (?, ?, ?, ?, ?)", [number, *words])
    for one in trial.statements:
        link.execute("INSERT INTO statement VALUES (?, ?, ?)", [one.key, number, _packed(orjson.dumps(one))])
    link.executemany("INSERT OR IGNORE INTO name VALUES (?, ?)", [(one, number) for one in ids])
    only = facets.sexes if len(facets.sexes) == 1 else ()
    named = {"status": facets.statuses, "phase": facets.phases, "only": only, "country": facets.countries}
    rows = [(kind, value, number) for kind, values in named.items() for value in values]
    link.executemany("INSERT OR IGNORE INTO facet VALUES (?, ?, ?)", rows)
    places = {(s.latitude, s.longitude) for s, _source in trial.sites if s.latitude is not None}
    link.executemany("INSERT INTO site VALUES (?, ?, ?)", [(number, *place) for place in sorted(places)])


def _titles(trial: Trial) -> str:
    return " ".join(dict.fromkeys(one.item(number).value for one in trial.statements for number in ("9", "10")))


def _rest(trial: Trial, ids: list[str]) -> Iterator[str]:
    yield from ids
    for one in trial.statements:
        yield from (one.item(number).value for number in ("3", "5", "6", "8", "14", "19"))
        yield from (f"{site.name} {site.town}" for site in one.sites[:200])


def _listed(link: sqlite3.Connection, ids: list[str]) -> str:
    """Return the number that lists a trial: one of a registry before one's own, and one that lists no other."""
    ranked = sorted(ids, key=lambda one: next((n for n, mark in enumerate(FIRST) if one.startswith(mark)), len(FIRST)))
    taken = "SELECT 1 FROM trial WHERE id = ?"
    free = [one for one in ranked if not link.execute(taken, [one]).fetchone()]
    return free[0] if free else f"{ranked[0]}-{link.execute('SELECT count(*) FROM trial').fetchone()[0]}"


def trials_of(link: sqlite3.Connection, numbers: Sequence[int]) -> list[Trial]:
    """Return trials by their places in the index, in the order that is asked for."""
    found = []
    for number in numbers:
        row = link.execute("SELECT id FROM trial WHERE n = ?", [number]).fetchone()
        if row:
            found.append(Trial(row[0], tuple(statements_of(link, number))))
    return found
