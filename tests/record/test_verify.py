"""Whatever is altered behind the triggers' back, the replay names the first altered row."""

from collections.abc import Callable

import pytest
from django.db import connection
from small_study import NURSE, door_of, drop_triggers, execute, number_of, opening, scalar

from calcitrial.protocol import Protocol, RefusedError
from calcitrial.record import Draft, Gateway, Place, protocol_of, verify_study

PLACE = ("participant", "form", "visit", "lesion", "repeat")
TEXTS = (*PLACE, "item", "value", "unit", "reason", "salt", "seal", "digest")
NUMBERS = ("number", "sequence", "version", "replaces")
CURRENT = ("study", *PLACE, "item", "version", "value", "unit", "number")
LINK_TEXTS = ("study", "at", "author", "role", "definition", "code_version", "entries_digest", "previous", "hash")


def fault() -> str:
    return verify_study("tiny").fault


def test_an_untouched_study_verifies(filled: Gateway) -> None:
    found = verify_study("tiny")
    assert found.ok, found.fault
    assert found.submissions == 5
    assert found.entries == scalar("SELECT COUNT(*) FROM record_entry")
    assert found.head == scalar("SELECT head FROM record_study")


def test_an_empty_study_verifies(door: Gateway) -> None:
    found = verify_study("tiny")
    assert (found.ok, found.entries, found.submissions) == (True, 0, 0)


def test_a_study_that_is_not_open_is_refused(door: Gateway) -> None:
    with pytest.raises(RefusedError, match=r"not open here. Open studies: tiny"):
        verify_study("limoges")


@pytest.mark.parametrize("row", ["plain", "corrected", "redacted", "redaction"])
@pytest.mark.parametrize("column", TEXTS + NUMBERS)
def test_one_altered_column_of_an_entry_is_named(filled: Gateway, column: str, row: str) -> None:
    drop_triggers()
    number = {
        "plain": 2,
        "corrected": number_of("volume"),
        "redacted": number_of("vial"),
        "redaction": int(str(scalar("SELECT MAX(number) FROM record_entry"))),
    }[row]
    other = "9999" if column in NUMBERS else "'altered'"
    assert execute(f"UPDATE record_entry SET {column} = {other} WHERE number = %s", number) == 1
    if row == "redaction" and column in ("form", "repeat"):
        number = number_of("vial")  # the tombstone no longer speaks for the value that is gone
    assert f"Entry {number} " in fault()


@pytest.mark.parametrize("column", LINK_TEXTS)
def test_one_altered_column_of_a_submission_is_named(filled: Gateway, column: str) -> None:
    drop_triggers()
    execute(f"UPDATE record_submission SET {column} = 'altered' WHERE sequence = 3")
    assert "Submission 3 is" in fault()


@pytest.mark.parametrize("column", ["sequence", "first_entry", "last_entry"])
@pytest.mark.parametrize("value", [0, 77, 10**15])
def test_one_altered_number_of_a_submission_is_named(filled: Gateway, column: str, value: int) -> None:
    drop_triggers()
    execute(f"UPDATE record_submission SET {column} = %s WHERE sequence = 3", value)
    expected = {0: "Submission 1 is missing", 77: "Submission 3 is missing", 10**15: "Submission 3 is missing"}
    assert (expected[value] if column == "sequence" else "Submission 3 is not what") in fault()


@pytest.mark.parametrize("column", ["study", "digest", "content"])
def test_an_altered_definition_is_named(filled: Gateway, column: str) -> None:
    drop_triggers()
    execute(f"UPDATE record_definition SET {column} = 'altered'")
    assert f"Definition {filled.definition[:12]} is not there as it was registered" in fault()
    with pytest.raises(RefusedError, match="restore the record"):
        protocol_of("tiny")


@pytest.mark.parametrize("column", CURRENT)
def test_one_altered_column_of_the_read_table_is_named(filled: Gateway, column: str) -> None:
    drop_triggers()
    value = "9999" if column in ("version", "number") else "'altered'"
    execute(f"UPDATE record_current SET {column} = {value} WHERE number = 2")
    assert "The read table does not show entry 2" in fault()


@pytest.mark.parametrize("column", ["definition", "opened_at", "sequence", "entries", "head"])
def test_an_altered_head_is_named(filled: Gateway, column: str) -> None:
    value = "2" if column in ("sequence", "entries") else "'altered'"
    execute(f"UPDATE record_study SET {column} = {value}")
    named = {"definition": "Definition altered", "opened_at": "opening of the study"}
    assert named.get(column, "The study's head names") in fault()


@pytest.mark.parametrize(
    ("table", "where", "named"),
    [
        ("record_entry", "number = 3", "Entry 3 is missing"),
        ("record_entry", "number = (SELECT entries FROM record_study)", "lost its salt without a redaction"),
        ("record_submission", "sequence = 2", "Submission 2 is missing"),
        ("record_submission", "sequence = 5", "the chain ends with submission 4"),
        ("record_definition", "1 = 1", "is not there as it was registered"),
        ("record_current", "number = 3", "does not show entry 3"),
    ],
)
def test_a_deleted_row_is_named(filled: Gateway, table: str, where: str, named: str) -> None:
    drop_triggers()
    assert execute(f"DELETE FROM {table} WHERE {where}") == 1
    assert named in fault()


def test_the_last_entry_deleted_is_named(door: Gateway) -> None:
    door.enter(opening("P1"), NURSE)
    last = int(str(scalar("SELECT entries FROM record_study")))
    drop_triggers()
    execute("DELETE FROM record_entry WHERE number = %s", last)
    assert "The entries of submission 1 are not those" in fault()


def swap(table: str, column: str, one: int, other: int) -> None:
    for old, new in ((one, -1), (other, one), (-1, other)):
        assert execute(f"UPDATE {table} SET {column} = %s WHERE {column} = %s", new, old) == 1


@pytest.mark.parametrize(
    ("table", "column", "named"),
    [("record_entry", "number", "Entry 2 "), ("record_submission", "sequence", "Submission 2 is not")],
)
def test_rows_in_another_order_are_named(filled: Gateway, table: str, column: str, named: str) -> None:
    drop_triggers()
    swap(table, column, 2, 3)
    assert named in fault()


def test_an_entry_put_beside_the_gateway_is_named(filled: Gateway) -> None:
    total = int(str(scalar("SELECT entries FROM record_study")))
    columns = "study, sequence, participant, form, visit, lesion, repeat, item, unit, replaces, reason"
    execute(
        f"INSERT INTO record_entry ({columns}, number, version, value, salt, seal, digest)"
        f" SELECT {columns}, {total + 1}, 9, 'x', 's', 's', 'd' FROM record_entry WHERE number = 2"
    )
    assert f"Entry {total + 1} " in fault()


def test_a_current_value_that_no_entry_made_is_named(filled: Gateway) -> None:
    execute(
        "INSERT INTO record_current (study, participant, form, visit, lesion, repeat, item,"
        " version, value, unit, number) VALUES ('tiny', 'P9', 'screening', '', '', '', 'site', 1, 'x', '', 5)"
    )
    assert fault() == "The read table shows P9 screening.site, which no entry made."


def test_a_character_moved_from_salt_to_value_is_named(filled: Gateway) -> None:
    """A seal over the bare concatenation would not notice this."""
    drop_triggers()
    execute(
        "UPDATE record_entry SET value = substr(salt, 32, 1) || value, salt = substr(salt, 1, 31) WHERE number = 2"
    )
    assert "Entry 2 " in fault()


def test_redacting_by_hand_is_named(filled: Gateway) -> None:
    drop_triggers()
    execute("UPDATE record_entry SET value = '', salt = '' WHERE number = 2")
    assert "Entry 2 (submission 1) lost its salt without a redaction" in fault()


@pytest.mark.parametrize("forged", ["X'6162'", "CAST(X'ff' AS TEXT)"])
def test_bytes_where_text_belongs_are_a_sentence(filled: Gateway, forged: str) -> None:
    if connection.vendor != "sqlite":
        return  # PostgreSQL's columns hold text only
    drop_triggers()
    execute(f"UPDATE record_entry SET value = {forged} WHERE number = 2")
    named = {"X'6162'": "Entry 2 (", "CAST(X'ff' AS TEXT)": "The database cannot be read"}
    assert named[forged] in fault()


def test_another_study_in_the_same_record_is_no_fault(filled: Gateway, tiny: Protocol) -> None:
    second = door_of(tiny.model_copy(update={"id": "second"}))
    second.enter(opening("P1"), NURSE)
    assert verify_study("tiny").ok
    assert verify_study("second").ok
    drop_triggers()
    execute("UPDATE record_entry SET study = 'second' WHERE study = 'tiny' AND number = 20")
    assert "Entry 20 " in fault()


def test_people_may_enter_while_the_record_is_replayed(
    filled: Gateway, monkeypatch: pytest.MonkeyPatch, in_another_thread: Callable[[Callable[[], object]], object]
) -> None:
    """A replay reads several tables; what is entered between two of them is no fault."""
    if connection.vendor == "sqlite":
        return  # there the reading itself holds the others off
    from calcitrial.record import store

    read = store.entries
    note = Draft(Place("P1", "pain", "BL"), {"pain_nrs": 3})

    def interrupted(study: str, upto: int | None = None) -> list[store.Row]:
        found = read(study, upto)
        in_another_thread(lambda: filled.enter([note], NURSE))
        return found

    monkeypatch.setattr(store, "entries", interrupted)
    assert verify_study("tiny").fault == ""
    monkeypatch.undo()
    assert verify_study("tiny").submissions == 6
