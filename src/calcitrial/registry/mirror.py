"""The index once more in PostgreSQL, for homes that use it and have many trials: words as tsvector under a GIN index.

It is a copy of the home's own index and holds only what is searched; the statements stay in the home. A copy that is
older than the index is not asked. Tables lie in the schema `registry`, apart from the record.
"""

import sqlite3
from collections.abc import Sequence

import psycopg

from calcitrial.registry.search import POSTGRESQL, Found, Search, find

# Below this the home's own index answers as fast, and needs no second copy.
MANY = 100_000
SCHEMA = """
DROP SCHEMA IF EXISTS registry CASCADE;
CREATE SCHEMA registry;
SET search_path TO registry;
CREATE TABLE trial (n BIGINT PRIMARY KEY, id TEXT COLLATE "C" NOT NULL, standing INTEGER NOT NULL,
  registered TEXT COLLATE "C" NOT NULL, youngest DOUBLE PRECISION NOT NULL, oldest DOUBLE PRECISION NOT NULL,
  title TEXT, conditions TEXT, interventions TEXT, rest TEXT);
CREATE TABLE facet (kind TEXT NOT NULL, value TEXT NOT NULL, trial BIGINT NOT NULL);
CREATE TABLE site (trial BIGINT NOT NULL, latitude DOUBLE PRECISION NOT NULL, longitude DOUBLE PRECISION NOT NULL);
CREATE TABLE copied (version TEXT NOT NULL);
"""
TERMS = """
UPDATE trial SET terms = setweight(to_tsvector('simple', title), 'A')
  || setweight(to_tsvector('simple', conditions), 'B') || setweight(to_tsvector('simple', interventions), 'C')
  || setweight(to_tsvector('simple', rest), 'D')
"""
WORDS = f"""
ALTER TABLE trial ADD COLUMN terms tsvector;
{TERMS};
CREATE INDEX ON trial USING gin (terms);
CREATE INDEX ON facet (kind, value, trial);
CREATE INDEX ON site (latitude, longitude, trial);
ANALYZE trial, facet, site;
"""
COPIED = {
    "trial": "n, id, standing, registered, youngest, oldest, title, conditions, interventions, rest",
    "facet": "kind, value, trial",
    "site": "trial, latitude, longitude",
}
JOINED = {"trial": " JOIN text USING (n)"}


def version_of(link: sqlite3.Connection) -> str:
    """Return what changes whenever the index does: its file and the number of its changes."""
    file = link.execute("PRAGMA database_list").fetchone()[2]
    count = link.execute("SELECT count FROM changes").fetchone()[0]
    return f"{file}:{count}"


def mirror(link: sqlite3.Connection, address: str, least: int = 0) -> str:
    """Copy the index into the PostgreSQL of this address when there are many trials; a sentence on it, or ''.

    `least` is how many are many, MANY when left out.
    """
    if not address:
        return ""
    total = link.execute("SELECT count(*) FROM trial").fetchone()[0]
    if total < (least or MANY):
        return ""
    with psycopg.connect(address) as there:
        there.execute(SCHEMA)
        for table, columns in COPIED.items():
            with there.cursor().copy(f"COPY {table} ({columns}) FROM STDIN") as copy:
                for row in link.execute(f"SELECT {columns} FROM {table}{JOINED.get(table, '')}"):
                    copy.write_row(row)
        there.execute(WORDS)
        there.execute("INSERT INTO copied VALUES (%s)", [version_of(link)])
    return f"{total:,} trials are searched in PostgreSQL."


def renew(link: sqlite3.Connection, address: str, before: str, places: Sequence[int]) -> bool:
    """Copy the trials at some places of the index anew, when the copy is that of `before`; return whether it was.

    A copy that cannot be reached or is older stays as it is, and is not asked until the next import.
    """
    if not address or not _many(link):
        return False
    marks = ",".join("?" * len(places))
    try:
        with psycopg.connect(address, connect_timeout=3, options="-c search_path=registry") as there:
            row = there.execute("SELECT version FROM copied").fetchone()
            if row is None or row[0] != before:
                return False
            for table, columns in COPIED.items():
                n = columns.split(",")[0] if table == "trial" else "trial"
                there.execute(f"DELETE FROM {table} WHERE {n} = ANY(%s)", [list(places)])
                sql = f"SELECT {columns} FROM {table}{JOINED.get(table, '')} WHERE {n} IN ({marks})"
                with there.cursor().copy(f"COPY {table} ({columns}) FROM STDIN") as copy:
                    for found in link.execute(sql, places):
                        copy.write_row(found)
            there.execute(f"{TERMS} WHERE n = ANY(%s)", [list(places)])
            there.execute("UPDATE copied SET version = %s", [version_of(link)])
    except psycopg.Error:
        return False
    return True


def found_there(link: sqlite3.Connection, address: str, search: Search, first: int, most: int) -> Found | None:
    """Return what PostgreSQL finds; None when this home has no copy there, an older one, or it cannot be reached."""
    if not address or not _many(link):
        return None
    try:
        with psycopg.connect(address, connect_timeout=3, options="-c search_path=registry") as there:
            row = there.execute("SELECT version FROM copied").fetchone()
            if row is None or row[0] != version_of(link):
                return None
            return find(there, search, POSTGRESQL, first, most)
    except psycopg.Error:
        return None


def _many(link: sqlite3.Connection) -> bool:
    return bool(link.execute("SELECT 1 FROM trial LIMIT 1 OFFSET ?", [MANY - 1]).fetchone())
