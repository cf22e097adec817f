"""Which database keeps the record: SQLite in the home folder, or PostgreSQL by its address."""

import os
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

import django
from django.core.management import call_command
from django.db import DatabaseError, InterfaceError, connections
from django.db.migrations.executor import MigrationExecutor
from psycopg import IsolationLevel

from calcitrial.protocol import Problem, refuse

SQLITE_FILE = "calcitrial.sqlite3"


def settings_for(home: Path, address: str) -> dict[str, Any]:
    """Return Django's description of the database: SQLite under `home`, or the PostgreSQL of `address`."""
    if not address:
        return {
            "ENGINE": "django.db.backends.sqlite3",
            "NAME": str(home / SQLITE_FILE),
            # FULL: an acknowledged entry survives a power cut. IMMEDIATE: no lock is upgraded half-way.
            # secure_delete: a redacted value leaves no bytes behind in the file.
            "OPTIONS": {
                "transaction_mode": "IMMEDIATE",
                "timeout": 30,
                "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA secure_delete=ON;",
            },
        }
    parts = urlsplit(address)
    if parts.scheme not in ("postgresql", "postgres"):
        what = f"The database address begins with {parts.scheme!r}."
        refuse([Problem("database", what, "Write postgresql://user@host/name, or leave it empty for SQLite.")])
    asked = {name: values[-1] for name, values in parse_qs(parts.query).items()}
    return {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": unquote(parts.path.lstrip("/")) or "postgres",
        "USER": unquote(parts.username or ""),
        "PASSWORD": unquote(parts.password or ""),
        "HOST": asked.pop("host", parts.hostname or ""),
        "PORT": asked.pop("port", str(parts.port or "")),
        # What else the address asks for, such as sslmode, goes to PostgreSQL as it is. READ COMMITTED,
        # whatever the server's default: who waited for the head must see what was entered meanwhile.
        "OPTIONS": {**asked, "isolation_level": IsolationLevel.READ_COMMITTED},
    }


def connect(home: Path, address: str = "", *, create: bool = False) -> None:
    """Open the record of this home for the process; with `create`, make folder and tables as needed.

    Raises RefusedError when there is no record there and none is to be made, or it cannot be reached.
    """
    description = settings_for(home, address)
    if not address and not create and not (home / SQLITE_FILE).is_file():
        _refuse_absent(str(home))
    try:
        home.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        what = f"The folder cannot be made: {error.strerror}."
        refuse([Problem(str(home), what, "Name a folder you may write to.")])
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "calcitrial.settings")
    os.environ["CALCITRIAL_HOME"], os.environ["CALCITRIAL_DATABASE"] = str(home), address
    django.setup()
    _point_to(description)
    try:
        _bring_up_to_date(str(home), create)
    except (DatabaseError, InterfaceError) as error:
        what = f"The record cannot be opened: {str(error).strip().splitlines()[0]}."
        refuse([Problem(_shown(home, address), what, "Check the address, the file and the rights to it.")])


def _shown(home: Path, address: str) -> str:
    """Return where the record is, without the password of the address."""
    parts = urlsplit(address)
    return f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}{parts.path}" if address else str(home / SQLITE_FILE)


def _refuse_absent(place: str) -> None:
    what = "There is no calcitrial home here."
    refuse([Problem(place, what, "Run `calcitrial demo` or `calcitrial open` first, or name --home.")])


def close() -> None:
    """Let go of the database, so that its file may be moved or removed."""
    connections["default"].close()


def _point_to(description: dict[str, Any]) -> None:
    """Make the default connection one to this database, closing the earlier one."""
    connections["default"].close()
    connections.settings["default"] = connections.configure_settings({"default": description})["default"]
    del connections["default"]


def _bring_up_to_date(place: str, create: bool) -> None:
    executor = MigrationExecutor(connections["default"])
    if not executor.migration_plan(executor.loader.graph.leaf_nodes()):
        return
    if not create and not executor.loader.applied_migrations:
        _refuse_absent(place)
    call_command("migrate", verbosity=0, interactive=False)
