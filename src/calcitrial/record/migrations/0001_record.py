"""The tables of the record, and the triggers that refuse to change what was entered."""

from typing import Any

from django.db import migrations

PLACE = ", ".join(f"{name} TEXT NOT NULL" for name in ("participant", "lesion", "visit", "form", "repeat"))

TABLES = (
    """CREATE TABLE record_study (
        id TEXT PRIMARY KEY, definition TEXT NOT NULL, opened_at TEXT NOT NULL,
        sequence BIGINT NOT NULL, entries BIGINT NOT NULL, head TEXT NOT NULL)""",
    """CREATE TABLE record_definition (
        study TEXT NOT NULL, digest TEXT NOT NULL, content TEXT NOT NULL, PRIMARY KEY (study, digest))""",
    """CREATE TABLE record_submission (
        study TEXT NOT NULL, sequence BIGINT NOT NULL, at TEXT NOT NULL, author TEXT NOT NULL,
        role TEXT NOT NULL, definition TEXT NOT NULL, code_version TEXT NOT NULL,
        first_entry BIGINT NOT NULL, last_entry BIGINT NOT NULL,
        entries_digest TEXT NOT NULL, previous TEXT NOT NULL, hash TEXT NOT NULL,
        PRIMARY KEY (study, sequence))""",
    f"""CREATE TABLE record_entry (
        study TEXT NOT NULL, number BIGINT NOT NULL, sequence BIGINT NOT NULL, {PLACE},
        item TEXT NOT NULL, version BIGINT NOT NULL, value TEXT NOT NULL, unit TEXT NOT NULL,
        replaces BIGINT NOT NULL, reason TEXT NOT NULL, salt TEXT NOT NULL, seal TEXT NOT NULL,
        digest TEXT NOT NULL,
        PRIMARY KEY (study, number),
        UNIQUE (study, participant, form, visit, lesion, repeat, item, version))""",
    f"""CREATE TABLE record_current (
        study TEXT NOT NULL, {PLACE}, item TEXT NOT NULL,
        version BIGINT NOT NULL, value TEXT NOT NULL, unit TEXT NOT NULL, number BIGINT NOT NULL,
        PRIMARY KEY (study, participant, form, visit, lesion, repeat, item))""",
    "CREATE INDEX record_entry_sequence ON record_entry (study, sequence)",
    "CREATE INDEX record_current_lesion ON record_current (study, lesion, form)",
)

KEPT = [
    "study",
    "number",
    "sequence",
    "participant",
    "lesion",
    "visit",
    "form",
    "repeat",
    "item",
    "version",
    "unit",
    "replaces",
    "reason",
    "seal",
    "digest",
]
# The one change that is allowed: value and salt go, and a redaction entry for this number says why.
REDACTED = (
    " AND ".join(f"NEW.{name} = OLD.{name}" for name in KEPT)
    + " AND NEW.value = '' AND NEW.salt = '' AND EXISTS (SELECT 1 FROM record_entry r WHERE r.study = OLD.study"
    " AND r.participant = '' AND r.form = '_redaction' AND r.repeat = CAST(OLD.number AS TEXT))"
)
REFUSAL = "the record is append-only: enter a correction with its reason instead"


KEYS = {
    "record_entry": (
        ("study", "number"),
        ("study", "participant", "form", "visit", "lesion", "repeat", "item", "version"),
    ),
    "record_submission": (("study", "sequence"),),
    "record_definition": (("study", "digest"),),
}


def _there(table: str) -> str:
    """Return the condition that a row with one of the new row's keys is there already."""
    return " OR ".join(
        f"EXISTS (SELECT 1 FROM {table} r WHERE {' AND '.join(f'r.{name} = NEW.{name}' for name in key)})"
        for key in KEYS[table]
    )


def _sqlite_trigger(table: str, verb: str, condition: str = "") -> str:
    when = f"WHEN {condition}" if condition else ""
    return f"""CREATE TRIGGER {table}_{verb.lower()} BEFORE {verb} ON {table} {when}
        BEGIN SELECT RAISE(ABORT, '{REFUSAL}'); END"""


SQLITE = (
    _sqlite_trigger("record_entry", "UPDATE", f"NOT ({REDACTED})"),
    _sqlite_trigger("record_submission", "UPDATE"),
    _sqlite_trigger("record_definition", "UPDATE"),
    # INSERT OR REPLACE deletes the old row without asking the DELETE trigger (SQLite, "ON CONFLICT clause").
    *(_sqlite_trigger(table, "INSERT", _there(table)) for table in KEYS),
    *(_sqlite_trigger(table, "DELETE") for table in (*KEYS, "record_current", "record_study")),
)

POSTGRESQL = (
    f"""CREATE FUNCTION record_refuse() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN RAISE EXCEPTION '{REFUSAL}'; END $$""",
    f"""CREATE FUNCTION record_redact() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN IF NOT ({REDACTED}) THEN RAISE EXCEPTION '{REFUSAL}'; END IF; RETURN NEW; END $$""",
    """CREATE TRIGGER record_entry_update BEFORE UPDATE ON record_entry
        FOR EACH ROW EXECUTE FUNCTION record_redact()""",
    *(
        f"""CREATE TRIGGER {table}_change BEFORE {verbs} ON {table}
        EXECUTE FUNCTION record_refuse()"""
        for table, verbs in (
            ("record_entry", "DELETE OR TRUNCATE"),
            ("record_submission", "UPDATE OR DELETE OR TRUNCATE"),
            ("record_definition", "UPDATE OR DELETE OR TRUNCATE"),
            ("record_current", "DELETE OR TRUNCATE"),
            ("record_study", "DELETE OR TRUNCATE"),
        )
    ),
)


def make_tables(apps: Any, schema_editor: Any) -> None:
    """Create the tables on either database."""
    for statement in TABLES + (SQLITE if schema_editor.connection.vendor == "sqlite" else POSTGRESQL):
        schema_editor.execute(statement, params=None)


class Migration(migrations.Migration):
    """First tables of the record."""

    initial = True
    operations = (migrations.RunPython(make_tables),)
