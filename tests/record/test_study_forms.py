"""Forms of the study itself are kept by a mark of their own, and never differ from what the record says."""

import subprocess
import sys
from pathlib import Path

import pytest
from django.db import connection, transaction

from calcitrial.record import Author, Draft, Gateway, Place, connect, current_rows, open_study, store, study_forms
from calcitrial.record.known import frame
from calcitrial.record.study_forms import KEPT, _kept
from tests.record.small_study import NURSE, drop_triggers, execute, number_of, opening, scalar

FORMS = ("grant", "lock")
GRANT = Place("", "grant", repeat="ada/monitor/")
ADA = {
    "granted_to": "ada",
    "granted_role": "monitor",
    "granted_from": "2026-01-01",
    "grant_revoked": False,
    "grant_reason": "x",
}


def as_the_record_says(study: str) -> list[tuple[object, ...]]:
    return frame(store.current(study, [""], FORMS)).rows()


def test_every_kind_of_change_is_seen_and_no_other_changes_the_mark(door: Gateway) -> None:
    marks, lock = [], Place("", "lock", repeat="")
    acts = (
        (lambda: door.enter(opening("P1"), NURSE), False),
        (lambda: door.enter([Draft(GRANT, ADA)], NURSE), True),
        (lambda: door.enter([Draft(Place("P1", "pain", "BL"), {"pain_nrs": 3})], NURSE), False),
        (lambda: door.enter([Draft(GRANT, {"grant_revoked": True}, 1, "left")], NURSE), True),
        (lambda: door.enter([Draft(Place("", "allocation_slot", repeat="SSc/1"), {"taken_by": "P1"})], NURSE), False),
        (lambda: door.redact(number_of("grant_reason"), "a name", NURSE), True),
        (lambda: door.enter(opening("P2"), NURSE), False),
        (lambda: door.enter([Draft(lock, {"locked": True, "lock_reason": "x", "printed_name": "N"})], NURSE), True),
    )
    door.enter(opening("P0"), NURSE)
    marks.append(study_forms(door.study, FORMS).mark)
    for number, (act, changes) in enumerate(acts):
        act()
        found = study_forms(door.study, FORMS)
        assert found.rows.rows() == as_the_record_says(door.study), number
        assert (found.mark != marks[-1]) == changes, number
        marks.append(found.mark)
    assert len(found.rows) > 5


def test_what_did_not_change_is_asked_for_in_one_statement(door: Gateway) -> None:
    door.enter([Draft(GRANT, ADA)], NURSE)
    before, asked = study_forms(door.study, FORMS), []
    with connection.execute_wrapper(lambda run, *args: (asked.append(args[0]), run(*args))[1]):
        assert study_forms(door.study, FORMS) is before
    assert len(asked) == 1


def test_an_act_that_was_undone_is_not_remembered(door: Gateway) -> None:
    door.enter(opening("P1"), NURSE)
    with pytest.raises(ZeroDivisionError), transaction.atomic():
        door.enter([Draft(GRANT, ADA)], NURSE)
        assert study_forms(door.study, FORMS).rows.height > 0
        raise ZeroDivisionError
    assert study_forms(door.study, FORMS).rows.height == 0


def test_two_records_do_not_share_what_is_kept(door: Gateway, tmp_path: Path) -> None:
    door.enter([Draft(GRANT, ADA)], NURSE)
    first = study_forms(door.study, FORMS)
    connect(tmp_path / "other", create=True)
    open_study(door.protocol, "0.1")
    other = study_forms(door.study, FORMS)
    assert other.rows.height == 0 and other.mark != first.mark


def test_a_study_that_is_not_open_has_no_forms(door: Gateway) -> None:
    found = study_forms("nowhere", FORMS)
    assert found.rows.height == 0 and found.mark == 0


def test_no_more_is_kept_than_so_much(door: Gateway) -> None:
    for number in range(KEPT + 5):
        study_forms(door.study, (f"form {number}",))
    assert len(_kept) <= KEPT


ELSEWHERE = """
import sys
from pathlib import Path
from calcitrial.record import Author, Draft, Place, connect, gateway
connect(Path(sys.argv[1]), sys.argv[2])
change = Draft(Place("", "grant", repeat="ada/monitor/"), {"grant_revoked": True}, 1, "left")
gateway("tiny", "elsewhere").enter([change], Author("K.", "administrator"))
"""


def test_what_another_process_enters_is_seen_at_once(door: Gateway, home: Path, address: str) -> None:
    door.enter([Draft(GRANT, ADA)], Author("K.", "administrator"))
    assert "true" not in study_forms(door.study, FORMS).rows["value"].to_list()
    subprocess.run([sys.executable, "-c", ELSEWHERE, str(home), address], check=True)
    assert "true" in study_forms(door.study, FORMS).rows["value"].to_list()
    assert current_rows(door.study, forms=FORMS).rows() == study_forms(door.study, FORMS).rows.rows()


def test_the_changes_of_a_span_are_found_by_their_index(door: Gateway) -> None:
    door.enter(opening("P1"), NURSE)
    name = "record_entry_changes"
    if connection.vendor == "sqlite":
        plan = store.rows(
            "EXPLAIN QUERY PLAN SELECT number FROM record_entry"
            " WHERE study = %s AND sequence BETWEEN 1 AND 9 AND replaces > 0",
            [door.study],
        )
        assert name in str(plan)
    else:
        assert scalar("SELECT COUNT(*) FROM pg_indexes WHERE indexname = %s", name) == 1


def test_nothing_is_kept_of_entries_made_behind_the_program(door: Gateway) -> None:
    door.enter([Draft(GRANT, ADA)], NURSE)
    study_forms(door.study, FORMS)
    # A restored record has another head: what was known of the lost one is read anew.
    drop_triggers()
    execute("UPDATE record_study SET head = 'restored', sequence = 0, entries = 0")
    for table in ("record_current", "record_entry", "record_submission"):
        execute(f"DELETE FROM {table}")
    assert study_forms(door.study, FORMS).rows.height == 0
