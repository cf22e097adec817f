"""The file of the vault: its tables, and the triggers that keep its log from being changed."""

import hashlib
import os
import sqlite3
from pathlib import Path
from sqlite3 import Connection
from typing import NamedTuple

import orjson

TABLES = (
    """CREATE TABLE IF NOT EXISTS person_key (
        study TEXT NOT NULL, code TEXT NOT NULL, wrapped BLOB, erased_at TEXT NOT NULL DEFAULT '',
        PRIMARY KEY (study, code))""",
    """CREATE TABLE IF NOT EXISTS sealed (
        study TEXT NOT NULL, code TEXT NOT NULL, number INTEGER NOT NULL, body BLOB NOT NULL,
        PRIMARY KEY (study, code, number))""",
    """CREATE TABLE IF NOT EXISTS log (
        number INTEGER PRIMARY KEY, at TEXT NOT NULL, study TEXT NOT NULL, code TEXT NOT NULL, who TEXT NOT NULL,
        role TEXT NOT NULL, what TEXT NOT NULL, why TEXT NOT NULL, hash TEXT NOT NULL)""",
    *(
        f"""CREATE TRIGGER IF NOT EXISTS log_{verb.lower()} BEFORE {verb} ON log
        BEGIN SELECT RAISE(ABORT, 'the log of the vault only grows'); END"""
        for verb in ("UPDATE", "DELETE")
    ),
    """CREATE TRIGGER IF NOT EXISTS log_insert BEFORE INSERT ON log
        WHEN EXISTS (SELECT 1 FROM log l WHERE l.number = NEW.number)
        BEGIN SELECT RAISE(ABORT, 'the log of the vault only grows'); END""",
)


class Look(NamedTuple):
    """One line of the log: when, about whom, who, in which role, what was done, and why."""

    at: str
    study: str
    code: str
    who: str
    role: str
    what: str
    why: str


def opened(file: Path) -> Connection:
    """Return a connection to the file, which is made with its tables where it is not there yet."""
    file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    if not file.exists():
        os.close(os.open(file, os.O_WRONLY | os.O_CREAT, 0o600))
    link = sqlite3.connect(file, timeout=30, isolation_level=None)
    # secure_delete: a destroyed key leaves no bytes behind in the file.
    link.execute("PRAGMA secure_delete = ON")
    link.execute("PRAGMA synchronous = FULL")
    if not link.execute("SELECT 1 FROM sqlite_master WHERE name = 'log_insert'").fetchone():
        for statement in TABLES:
            link.execute(statement)
    return link


def wrapped_key(link: Connection, study: str, code: str) -> bytes | None:
    """Return the wrapped key of a participant, or None."""
    found = link.execute("SELECT wrapped FROM person_key WHERE study = ? AND code = ?", (study, code)).fetchone()
    return found[0] if found else None


def put_key(link: Connection, study: str, code: str, wrapped: bytes) -> None:
    """Keep the wrapped key of a participant."""
    link.execute("INSERT INTO person_key (study, code, wrapped) VALUES (?, ?, ?)", (study, code, wrapped))


def erased_at(link: Connection, study: str, code: str) -> str:
    """Return when the key of a participant was destroyed, '' when it was not."""
    found = link.execute("SELECT erased_at FROM person_key WHERE study = ? AND code = ?", (study, code)).fetchone()
    return str(found[0]) if found else ""


def destroy(link: Connection, study: str, code: str, at: str) -> None:
    """Destroy the key of a participant, and with it what was sealed here."""
    link.execute("INSERT OR IGNORE INTO person_key (study, code) VALUES (?, ?)", (study, code))
    link.execute("UPDATE person_key SET wrapped = NULL, erased_at = ? WHERE study = ? AND code = ?", (at, study, code))
    link.execute("DELETE FROM sealed WHERE study = ? AND code = ?", (study, code))


def next_number(link: Connection, study: str, code: str) -> int:
    """Return the number of the next sealed text of a participant."""
    query = "SELECT COALESCE(MAX(number), 0) + 1 FROM sealed WHERE study = ? AND code = ?"
    return int(link.execute(query, (study, code)).fetchone()[0])


def put(link: Connection, study: str, code: str, number: int, body: bytes) -> None:
    """Keep a sealed text of a participant."""
    link.execute("INSERT INTO sealed VALUES (?, ?, ?, ?)", (study, code, number, body))


def latest(link: Connection, study: str, code: str) -> tuple[int, bytes] | None:
    """Return number and body of the last sealed text of a participant, or None."""
    query = "SELECT number, body FROM sealed WHERE study = ? AND code = ? ORDER BY number DESC LIMIT 1"
    found = link.execute(query, (study, code)).fetchone()
    return (int(found[0]), bytes(found[1])) if found else None


def codes(link: Connection, study: str) -> frozenset[str]:
    """Return the participants of a study that have sealed texts."""
    return frozenset(code for (code,) in link.execute("SELECT DISTINCT code FROM sealed WHERE study = ?", (study,)))


def newest(link: Connection, study: str) -> dict[str, tuple[int, bytes]]:
    """Return number and beginning of the last sealed text of each participant, by code.

    A sealed text begins with bytes that are drawn anew for each, so the same beginning is the same text.
    """
    query = "SELECT code, MAX(number), SUBSTR(body, 1, 12) FROM sealed WHERE study = ? GROUP BY code"
    return {code: (int(number), bytes(begins)) for code, number, begins in link.execute(query, (study,))}


def note(link: Connection, line: tuple[str, ...]) -> None:
    """Append a line to the log, bound to the one before it."""
    number, previous = link.execute("SELECT number, hash FROM log ORDER BY number DESC LIMIT 1").fetchone() or (0, "")
    link.execute("INSERT INTO log VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)", (number + 1, *line, _hash(previous, line)))


def lines(link: Connection, study: str, code: str = "") -> list[Look]:
    """Return the lines of the log about a study, or about one participant of it."""
    query = "SELECT at, study, code, who, role, what, why FROM log WHERE study = ? AND ? IN ('', code) ORDER BY number"
    return [Look(*row) for row in link.execute(query, (study, code))]


def fault(link: Connection) -> str:
    """Return which line of the log is not as it was written, '' when all are."""
    previous = ""
    for expected, (number, *line, found) in enumerate(link.execute("SELECT * FROM log ORDER BY number"), 1):
        previous = _hash(previous, tuple(line))
        if number != expected or found != previous:
            return f"Line {expected} of the log of the vault is not as it was written."
    return ""


def _hash(previous: str, line: tuple[str, ...]) -> str:
    return hashlib.sha256(orjson.dumps([previous, *line])).hexdigest()
