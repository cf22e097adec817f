"""Whatever is altered behind the triggers' back, the replay names the first altered row."""

from collections.abc import Callable

import pytest
from django.db import connection, transaction

from calcitrial.protocol import Protocol, RefusedError
from calcitrial.record import Draft, Entry, Gateway, Place, protocol_of, store, verify_study
from calcitrial.record.study import _definitions
from tests.record.small_study import NURSE, door_of, drop_triggers, execute, number_of, opening, scalar

PLACE = ("participant", "form", "visit", "lesion", "repeat")
TEXTS = (*PLACE, "item", "value", "unit", "reason", "salt", "seal", "digest")
NUMBERS = ("number", "sequence", "version", "replaces")
CURRENT = ("study", *PLACE, "item", "version", "value", "unit", "number")
LINK_TEXTS = ("study", "at", "author", "role", "definition", "code_version", "entries_digest", "previous", "hash")


def fault() -> str:
    return verify_study("tiny").fault


def fault_after(statement: str, *values: object) -> str:
    """Return what the replay says after one alteration, which is then undone."""
    with transaction.atomic():
        assert execute(statement, *values) == 1, statement
        found = fault()
        transaction.set_rollback(True)
    return found


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
@pytest.mark.requirement("21 CFR 11.10(a)")
def test_one_altered_column_of_an_entry_is_named(filled: Gateway, row: str) -> None:
    drop_triggers()
    redacted = number_of("vial")
    last = int(str(scalar("SELECT MAX(number) FROM record_entry")))
    number = {"plain": 2, "corrected": number_of("volume"), "redacted": redacted, "redaction": last}[row]
    for column in TEXTS + NUMBERS:
        other = "9999" if column in NUMBERS else "'altered'"
        found = fault_after(f"UPDATE record_entry SET {column} = {other} WHERE number = %s", number)
        # A tombstone that was turned away no longer speaks for the value that is gone.
        turned = row == "redaction" and column in ("form", "repeat")
        assert f"Entry {redacted if turned else number} " in found, column
    assert fault() == ""


@pytest.mark.requirement("21 CFR 11.10(a)")
def test_one_altered_column_of_a_submission_is_named(filled: Gateway) -> None:
    drop_triggers()
    for column in LINK_TEXTS:
        found = fault_after(f"UPDATE record_submission SET {column} = 'altered' WHERE sequence = 3")
        assert "Submission 3 is" in found, column
    for column in ("first_entry", "last_entry"):
        for value in (0, 77, 10**15):
            found = fault_after(f"UPDATE record_submission SET {column} = %s WHERE sequence = 3", value)
            assert "Submission 3 is not what" in found, (column, value)
    for value, missing in ((0, 1), (77, 3), (10**15, 3)):
        found = fault_after("UPDATE record_submission SET sequence = %s WHERE sequence = 3", value)
        assert f"Submission {missing} is missing" in found


def test_an_altered_definition_is_named(filled: Gateway) -> None:
    drop_triggers()
    for column in ("study", "digest", "content"):
        found = fault_after(f"UPDATE record_definition SET {column} = 'altered'")
        assert f"Definition {filled.definition[:12]} is not there as it was registered" in found
    execute("UPDATE record_definition SET content = '{}'")
    _definitions.clear()  # what was read before, and held against its digest, stays what it was
    with pytest.raises(RefusedError, match="restore the record"):
        protocol_of("tiny")


def test_one_altered_column_of_the_read_table_is_named(filled: Gateway) -> None:
    drop_triggers()
    for column in CURRENT:
        value = "9999" if column in ("version", "number") else "'altered'"
        found = fault_after(f"UPDATE record_current SET {column} = {value} WHERE number = 2")
        assert "The read table does not show entry 2" in found, column


def test_an_altered_head_is_named(filled: Gateway) -> None:
    named = {"definition": "Definition altered", "opened_at": "opening of the study"}
    for column in ("definition", "opened_at", "sequence", "entries", "head"):
        value = "2" if column in ("sequence", "entries") else "'altered'"
        found = fault_after(f"UPDATE record_study SET {column} = {value}")
        assert named.get(column, "The study's head names") in found, column


DELETED = (
    ("record_entry", "number = 3", "Entry 3 is missing"),
    ("record_entry", "number = (SELECT entries FROM record_study)", "lost its salt without a redaction"),
    ("record_submission", "sequence = 2", "Submission 2 is missing"),
    ("record_submission", "sequence = 5", "the chain ends with submission 4"),
    ("record_definition", "1 = 1", "is not there as it was registered"),
    ("record_current", "number = 3", "does not show entry 3"),
)


@pytest.mark.requirement("21 CFR 11.10(a)")
def test_a_deleted_row_is_named(filled: Gateway) -> None:
    drop_triggers()
    for table, where, named in DELETED:
        assert named in fault_after(f"DELETE FROM {table} WHERE {where}")


def test_the_last_entry_deleted_is_named(door: Gateway) -> None:
    door.enter(opening("P1"), NURSE)
    drop_triggers()
    found = fault_after("DELETE FROM record_entry WHERE number = (SELECT entries FROM record_study)")
    assert "The entries of submission 1 are not those" in found


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


def test_a_well_formed_entry_without_a_submission_is_named(filled: Gateway) -> None:
    number = int(str(scalar("SELECT entries FROM record_study"))) + 1
    forged = Entry("tiny", number, 6, Place("P1", "screening"), "site", 1, "Lyon", "", 0, "", "salt")
    row = ("tiny", number, 6, *forged.place, "site", 1, "Lyon", "", 0, "", "salt", forged.seal(), forged.digest())
    execute(f"INSERT INTO record_entry (study, {store.ENTRY}) VALUES ({', '.join(['%s'] * len(row))})", *row)
    assert fault() == f"Entry {number} belongs to no submission."


def test_a_current_value_that_no_entry_made_is_named(filled: Gateway) -> None:
    execute(
        "INSERT INTO record_current (study, participant, form, visit, lesion, repeat, item,"
        " version, value, unit, number) VALUES ('tiny', 'P9', 'screening', '', '', '', 'site', 1, 'x', '', 5)"
    )
    assert fault() == "The read table shows P9 screening.site, which no entry made."


def test_a_character_moved_from_salt_to_value_is_named(filled: Gateway) -> None:
    """A seal over the bare concatenation would not notice this."""
    drop_triggers()
    execute("UPDATE record_entry SET value = substr(salt, 32, 1) || value, salt = substr(salt, 1, 31) WHERE number = 2")
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
