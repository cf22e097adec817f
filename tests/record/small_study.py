"""Acts the tests of the record share: opening forms, a ticking clock, and a way past the triggers."""

import itertools
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import TypeVar

from django.db import connection

from calcitrial.protocol import Protocol
from calcitrial.record import Author, Draft, Gateway, Place, open_study

START = datetime(2026, 1, 5, 9, tzinfo=UTC)
Result = TypeVar("Result")
NURSE = Author("N. Urse", "study nurse")


def opening(participant: str) -> list[Draft]:
    """The forms that bring a participant with one lesion and a begun baseline visit into the record."""
    where = {"body_site": "thumb", "side": "left", "view": "left hand", "map_x": "0.5", "map_y": "0.25"}
    return [
        Draft(Place(participant, "screening"), {"screening_date": "2026-01-05", "age_years": 44}),
        Draft(Place(participant, "lesion", lesion=f"{participant}-L1"), {**where, "role": "target"}),
        Draft(Place(participant, "visit", visit="BL"), {"visit_date": "2026-01-06"}),
    ]


def door_of(protocol: Protocol) -> Gateway:
    """Open the study with a clock that ticks every minute and salts that are counted."""
    minutes, salts = itertools.count(), itertools.count()
    return open_study(
        protocol,
        "0.1",
        clock=lambda: START + timedelta(minutes=next(minutes)),
        salt=lambda: f"{next(salts):032x}",
    )


def number_of(item: str) -> int:
    """Return the number of the first entry for an item."""
    return int(scalar("SELECT MIN(number) FROM record_entry WHERE item = %s", item))


def scalar(query: str, *values: object) -> object:
    """Return the first cell of what a query finds."""
    with connection.cursor() as cursor:
        cursor.execute(query, list(values))
        return cursor.fetchone()[0]


def execute(statement: str, *values: object) -> int:
    """Run a statement as an attacker or an accident would, and return the number of rows it changed."""
    with connection.cursor() as cursor:
        cursor.execute(statement, list(values))
        return int(cursor.rowcount)


def drop_triggers() -> None:
    """Go behind the triggers' back, as somebody with the rights of the database's owner can."""
    with connection.cursor() as cursor:
        if connection.vendor == "sqlite":
            cursor.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'")
            for (name,) in cursor.fetchall():
                cursor.execute(f"DROP TRIGGER {name}")
            return
        cursor.execute("SELECT DISTINCT trigger_name, event_object_table FROM information_schema.triggers")
        for name, table in cursor.fetchall():
            cursor.execute(f"ALTER TABLE {table} DISABLE TRIGGER {name}")
        for table in ("record_entry", "record_submission", "record_definition", "record_current", "record_study"):
            cursor.execute(f"ALTER TABLE {table} DISABLE TRIGGER USER")


def closing_connection(act: Callable[[], Result]) -> Result:
    """Do something in a thread and leave no connection behind."""
    try:
        return act()
    finally:
        connection.close()
