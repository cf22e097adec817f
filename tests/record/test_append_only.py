"""Nothing that was entered can be changed or taken away, except by the one path of a redaction."""

import sqlite3
from pathlib import Path

import pytest
from django.db import DatabaseError, connection

from calcitrial.protocol import RefusedError
from calcitrial.record import SQLITE_FILE, Gateway, make_cut, verify_study
from tests.record.small_study import NURSE, execute, number_of, scalar

KEPT_TABLES = ("record_entry", "record_submission", "record_definition")
ENTRY_TEXTS = "study participant form visit lesion repeat item value unit reason salt seal digest"
ENTRY_COLUMNS = (*ENTRY_TEXTS.split(" "), "number", "sequence", "version", "replaces")


def refused(statement: str, *values: object) -> None:
    with pytest.raises(DatabaseError, match="append-only: enter a correction"):
        execute(statement, *values)


@pytest.mark.parametrize("table", KEPT_TABLES)
@pytest.mark.requirement("ICH E6(R3) 4.2.2b")
def test_update_delete_and_truncate_are_refused(filled: Gateway, table: str) -> None:
    before = scalar(f"SELECT COUNT(*) FROM {table}")
    refused(f"UPDATE {table} SET study = study")
    refused(f"DELETE FROM {table}")
    if connection.vendor == "postgresql":
        refused(f"TRUNCATE {table}")
    assert scalar(f"SELECT COUNT(*) FROM {table}") == before
    assert verify_study("tiny").ok


@pytest.mark.parametrize("table", ["record_current", "record_study"])
def test_what_is_current_is_not_deleted_either(filled: Gateway, table: str) -> None:
    refused(f"DELETE FROM {table}")


def test_no_column_of_an_entry_can_be_updated(filled: Gateway) -> None:
    for column in ENTRY_COLUMNS:
        value = "7777" if column in ("number", "sequence", "version", "replaces") else "'x'"
        refused(f"UPDATE record_entry SET {column} = {value} WHERE number = 2")


def test_replace_does_not_slip_past_the_triggers(filled: Gateway) -> None:
    if connection.vendor != "sqlite":
        refused(
            "INSERT INTO record_entry SELECT * FROM record_entry WHERE number = 2"
            " ON CONFLICT (study, number) DO UPDATE SET value = 'x'"
        )
        return
    for table in KEPT_TABLES:
        refused(f"INSERT OR REPLACE INTO {table} SELECT * FROM {table}")
    columns = ", ".join(ENTRY_COLUMNS)
    shifted = columns.replace("number", "number + 1000")
    refused(f"INSERT OR REPLACE INTO record_entry ({columns}) SELECT {shifted} FROM record_entry")


@pytest.mark.requirement("ICH E6(R3) 4.2.2b")
def test_a_redaction_takes_value_and_salt_and_nothing_else(filled: Gateway) -> None:
    number = number_of("vial")
    query = "SELECT value, salt, seal, item, reason FROM record_entry WHERE number = %s"
    with connection.cursor() as cursor:
        cursor.execute(query, [number])
        value, salt, seal, item, _reason = cursor.fetchone()
    assert (value, salt, item) == ("", "", "vial")
    assert len(seal) == 64
    assert "vial" not in set(make_cut("tiny", "0.1").rows["item"])
    assert scalar("SELECT value FROM record_current WHERE item = 'vial'") == ""
    assert verify_study("tiny").ok


@pytest.mark.requirement("ICH E6(R3) 4.2.2b")
def test_a_redaction_is_an_entry_with_its_reason(filled: Gateway) -> None:
    tombstone = "SELECT reason FROM record_entry WHERE form = '_redaction' AND replaces = %s"
    assert scalar(tombstone, number_of("vial")) == "a name in a free text"


def test_a_value_cannot_be_emptied_without_a_redaction(filled: Gateway) -> None:
    refused("UPDATE record_entry SET value = '', salt = '' WHERE number = %s", number_of("volume"))


def test_a_redaction_entry_opens_no_other_change(filled: Gateway) -> None:
    number = number_of("vial")
    refused("UPDATE record_entry SET value = 'x' WHERE number = %s", number)
    refused("UPDATE record_entry SET value = '', salt = '', reason = 'x' WHERE number = %s", number)
    refused("UPDATE record_entry SET value = '', salt = '', seal = '' WHERE number = %s", number)


def test_a_redacted_value_leaves_no_bytes_in_the_files(filled: Gateway) -> None:
    if connection.vendor != "sqlite":
        return  # what a server keeps in its own log and backups is its keeper's to clear: see Gateway.redact
    folder = Path(connection.settings_dict["NAME"]).parent
    with sqlite3.connect(connection.settings_dict["NAME"]) as link:
        assert link.execute("SELECT COUNT(*) FROM record_entry").fetchone()[0] > 0
    for name in (SQLITE_FILE, f"{SQLITE_FILE}-wal"):
        assert b"Ms Smith" not in (folder / name).read_bytes(), name


@pytest.mark.parametrize(
    ("number", "reason", "sentence"),
    [
        (1, "  ", "A redaction needs a reason"),
        (10**30, "why", "It is not there. The entries are 1 to"),
        (0, "why", "It is not there"),
        (1, "nul \x00", "holds control characters"),
    ],
)
def test_a_redaction_is_refused_with_a_sentence(filled: Gateway, number: int, reason: str, sentence: str) -> None:
    with pytest.raises(RefusedError, match=sentence):
        filled.redact(number, reason, NURSE)


def test_a_redaction_is_not_done_twice_nor_undone(filled: Gateway) -> None:
    with pytest.raises(RefusedError, match="redacted before"):
        filled.redact(number_of("vial"), "again", NURSE)
    last = int(str(scalar("SELECT MAX(number) FROM record_entry")))
    with pytest.raises(RefusedError, match="itself a redaction"):
        filled.redact(last, "hide the reason", NURSE)
