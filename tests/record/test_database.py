"""Where the record is kept, and that a record that cannot be opened is a sentence."""

import sqlite3
from pathlib import Path

import pytest
from django.db import connection, connections

from calcitrial.protocol import Protocol, RefusedError
from calcitrial.record import SQLITE_FILE, connect, settings_for, studies, verify_study
from tests.record.small_study import NURSE, door_of, opening, scalar


@pytest.fixture(autouse=True)
def leave_no_connection():
    yield
    connections["default"].close()


def test_an_address_is_taken_apart() -> None:
    found = settings_for(Path(), "postgresql://n%40me:p%2Fw@host:5433/trials?sslmode=require")
    assert (found["USER"], found["PASSWORD"], found["HOST"], found["PORT"]) == ("n@me", "p/w", "host", "5433")
    assert (found["NAME"], found["OPTIONS"]["sslmode"]) == ("trials", "require")
    socket = settings_for(Path(), "postgres://u@/db?host=/run/pg&port=1")
    assert (socket["HOST"], socket["PORT"], "host" in socket["OPTIONS"]) == ("/run/pg", "1", False)


def test_another_kind_of_database_is_refused() -> None:
    with pytest.raises(RefusedError, match=r"begins with 'mysql'. Write postgresql://user@host/name"):
        settings_for(Path(), "mysql://host/db")


def test_sqlite_is_as_safe_as_it_can_be(tmp_path: Path) -> None:
    connect(tmp_path, create=True)
    assert scalar("PRAGMA journal_mode") == "wal"
    assert scalar("PRAGMA synchronous") == 2  # FULL
    assert scalar("PRAGMA secure_delete") == 1


def test_a_record_is_found_again(address: str, tmp_path: Path, tiny: Protocol) -> None:
    connect(tmp_path, address, create=True)
    door_of(tiny).enter(opening("P1"), NURSE)
    connections["default"].close()
    connect(tmp_path, address)
    assert studies() == ("tiny",)
    assert verify_study("tiny").ok


def test_no_record_is_made_unasked(tmp_path: Path) -> None:
    home = tmp_path / "not there"
    with pytest.raises(RefusedError, match="There is no calcitrial home here"):
        connect(home)
    assert not home.exists()


def test_no_tables_are_made_unasked_on_a_server(postgresql_server: object, tmp_path: Path) -> None:
    empty = postgresql_server.fresh(empty=True)
    with pytest.raises(RefusedError, match="There is no calcitrial home here"):
        connect(tmp_path, empty)
    with connection.cursor() as cursor:
        assert connection.introspection.table_names(cursor) == []
    connect(tmp_path, empty, create=True)
    assert studies() == ()


def test_a_file_that_is_no_database_is_a_sentence(tmp_path: Path) -> None:
    (tmp_path / SQLITE_FILE).write_bytes(b"no database at all" * 100)
    with pytest.raises(RefusedError, match="The record cannot be opened: file is not a database"):
        connect(tmp_path)


def test_a_server_that_does_not_answer_is_a_sentence_without_the_password(tmp_path: Path) -> None:
    with pytest.raises(RefusedError, match="The record cannot be opened") as refusal:
        connect(tmp_path, f"postgresql://nurse:secret@/db?host={tmp_path}&port=1")
    assert "secret" not in str(refusal.value)


def test_a_folder_that_cannot_be_made_is_a_sentence(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(RefusedError, match="The folder cannot be made"):
        connect(tmp_path / "file" / "home", create=True)


def test_a_torn_file_is_a_sentence(tmp_path: Path, tiny: Protocol) -> None:
    connect(tmp_path, create=True)
    door = door_of(tiny)
    for number in range(60):
        door.enter(opening(f"P{number}"), NURSE)
    connections["default"].close()
    file = tmp_path / SQLITE_FILE
    with sqlite3.connect(file) as link:
        page = link.execute("SELECT rootpage FROM sqlite_master WHERE name = 'record_entry'").fetchone()[0]
        size = link.execute("PRAGMA page_size").fetchone()[0]
    content = bytearray(file.read_bytes())
    content[(page - 1) * size : page * size] = b"\xff" * size
    file.write_bytes(content)
    found = verify_study("tiny")
    assert found.fault == "The database cannot be read (DatabaseError); restore the record from a backup."
