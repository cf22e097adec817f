"""Which database keeps the record: SQLite in the home folder, or PostgreSQL by its address."""

import os
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

import django
from django.core.management import call_command
from django.db import connections
from django.db.migrations.executor import MigrationExecutor

from calcitrial.protocol import Problem, refuse

SQLITE_FILE = "calcitrial.sqlite3"


def settings_for(home: Path, address: str) -> dict[str, Any]:
    """Return Django's description of the database: SQLite under `home`, or the PostgreSQL of `address`."""
    if not address:
        return {
            "ENGINE": "django.db.backends.sqlite3",
            "NAME": str(home / SQLITE_FILE),
            # FULL: an acknowledged entry survives a power cut. IMMEDIATE: no lock is upgraded half-way.
            "OPTIONS": {
                "transaction_mode": "IMMEDIATE",
                "timeout": 30,
                "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL;",
            },
        }
    parts = urlsplit(address)
    if parts.scheme not in ("postgresql", "postgres"):
        what = f"The database address begins with {parts.scheme!r}."
        refuse([Problem("database", what, "Write postgresql://user@host/name, or leave it empty for SQLite.")])
    asked = parse_qs(parts.query)
    return {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": unquote(parts.path.lstrip("/")) or "postgres",
        "USER": unquote(parts.username or ""),
        "PASSWORD": unquote(parts.password or ""),
        "HOST": asked["host"][0] if "host" in asked else (parts.hostname or ""),
        "PORT": asked["port"][0] if "port" in asked else str(parts.port or ""),
    }


def connect(home: Path, address: str = "", *, create: bool = False) -> None:
    """Open the record of this home for the process; with `create`, make folder and tables as needed.

    Raises RefusedError when there is no record there and none is to be made.
    """
    if not address and not create and not (home / SQLITE_FILE).is_file():
        what = "There is no calcitrial home here."
        refuse([Problem(str(home), what, "Run `calcitrial demo` or `calcitrial open` first, or name --home.")])
    home.mkdir(parents=True, exist_ok=True)
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "calcitrial.settings")
    os.environ["CALCITRIAL_HOME"], os.environ["CALCITRIAL_DATABASE"] = str(home), address
    django.setup()
    _point_to(settings_for(home, address))
    _bring_up_to_date()


def _point_to(description: dict[str, Any]) -> None:
    """Make the default connection one to this database, closing the earlier one."""
    connections["default"].close()
    connections.settings["default"] = connections.configure_settings({"default": description})["default"]
    del connections["default"]


def _bring_up_to_date() -> None:
    executor = MigrationExecutor(connections["default"])
    if executor.migration_plan(executor.loader.graph.leaf_nodes()):
        call_command("migrate", verbosity=0, interactive=False)
