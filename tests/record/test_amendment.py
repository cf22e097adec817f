"""A running study moves to a newer definition in one submission, and what was entered before stays what it was."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import date
from threading import Barrier

import pytest

from calcitrial.protocol import Protocol, RefusedError
from calcitrial.record import (
    Decision,
    Draft,
    Gateway,
    Place,
    amend,
    current_rows,
    gateway,
    make_cut,
    preview,
    protocol_of,
    read_head,
    running_at,
    verify_study,
    versions_of,
)
from tests.record.amended import DANA, GRADE, WHY, amended, newer, note
from tests.record.small_study import NURSE, closing_connection, drop_triggers, execute, number_of, opening


def now_door() -> Gateway:
    return gateway("tiny", "0.1")


def refusal(act: object) -> str:
    with pytest.raises(RefusedError) as refused:
        act()
    return str(refused.value)


def verified() -> None:
    found = verify_study("tiny")
    assert found.ok, found.fault


def test_an_amendment_is_one_submission_after_which_the_study_runs_under_the_new_definition(door: Gateway) -> None:
    door.enter([*opening("P1"), note("P1", text="before")], NURSE)
    before, new = read_head("tiny"), newer()
    receipt = amend(door, new, WHY, DANA)
    after = read_head("tiny")
    assert (after.sequence, after.definition) == (before.sequence + 1, new.digest)
    assert receipt.sequence == after.sequence
    (one,) = versions_of("tiny").amendments
    assert (one.number, one.before, one.after, one.version) == (1, before.definition, new.digest, "2")
    assert (one.on, one.reason, one.approval, one.reconsent) == ("2026-02-01", WHY.reason, "EC 7/2026", True)
    assert protocol_of("tiny") == new
    assert protocol_of("tiny", before.definition).version == "1"
    verified()


def test_new_items_visits_and_sites_are_entered_and_cut_under_the_new_definition(door: Gateway) -> None:
    door.enter([*opening("P1"), note("P1", text="before")], NURSE)
    amend(door, newer(), WHY, DANA)
    here = now_door()
    here.enter([note("P1", "N2", text="after", grade_of_note=2)], NURSE)
    here.enter([Draft(Place("P1", "visit", visit="W24"), {"visit_date": "2026-06-23"})], NURSE)
    cut = make_cut("tiny", "0.1")
    assert cut.definition == newer().digest
    rows = {row["repeat"]: row["grade_of_note"] for row in cut.table("note").iter_rows(named=True)}
    assert rows == {"N1": None, "N2": "2"}
    assert cut.table("visit")["visit"].to_list() == ["BL", "W24"]
    verified()


def test_a_cut_of_a_moment_before_the_amendment_is_under_the_definition_of_that_moment(door: Gateway) -> None:
    first = door.enter([*opening("P1"), note("P1", text="before")], NURSE)
    digest = make_cut("tiny", "0.1").digest
    moved = amend(door, newer(), WHY, DANA)
    then = make_cut("tiny", "0.1", first.sequence)
    assert (then.digest, then.definition) == (digest, door.definition)
    assert "grade_of_note" not in then.table("note").columns
    assert make_cut("tiny", "0.1", moved.sequence).definition == newer().digest
    assert running_at("tiny", first.sequence) == door.definition
    assert running_at("tiny", moved.sequence) == newer().digest


def test_a_door_from_before_is_shut_and_says_how_to_go_on(door: Gateway) -> None:
    door.enter(opening("P1"), NURSE)
    amend(door, newer(), WHY, DANA)
    said = refusal(lambda: door.enter([note("P1", text="late")], NURSE))
    assert "runs under definition" in said
    assert "Open the study again" in said


def test_a_form_from_before_is_corrected_without_an_answer_to_what_was_not_asked_then(door: Gateway) -> None:
    door.enter([*opening("P1"), note("P1", text="before", amount="9")], NURSE)
    narrower = amended(("max = 10", "max = 5"), ('  { id = "answer"', GRADE + '  { id = "answer"'))
    amend(door, narrower, WHY, DANA)
    here = now_door()
    here.enter([note("P1", expected=1, reason="misread", text="mended")], NURSE)
    said = refusal(lambda: here.enter([note("P1", expected=2, reason="misread", amount="8")], NURSE))
    assert "outside 0.0 to 5.0 mL" in said
    here.enter([note("P1", expected=2, reason="asked", grade_of_note=3)], NURSE)
    assert "Grade is missing" in refusal(lambda: here.enter([note("P1", "N2", text="new")], NURSE))
    verified()


def test_a_form_drawn_before_and_saved_after_is_held_to_the_definition_in_force_when_it_is_saved(door: Gateway) -> None:
    door.enter(opening("P1"), NURSE)
    gone = amended(('  { id = "answer", label = "Answer", type = "choice", choices = ["yes", "no"] },\n', ""))
    amend(door, gone, WHY, DANA)
    said = refusal(lambda: now_door().enter([note("P1", text="typed long ago", answer="yes")], NURSE))
    assert "no item 'answer'" in said
    now_door().enter([note("P1", text="typed long ago")], NURSE)


def test_what_would_rob_data_of_their_meaning_is_refused_all_at_once_and_nothing_moves(door: Gateway) -> None:
    door.enter([*opening("P1"), note("P1", text="x", amount="2", answer="yes")], NURSE)
    head = read_head("tiny")
    bad = amended(
        ('unit = "mL"', 'unit = "L"'),
        ('choices = ["yes", "no"]', 'choices = ["no", "perhaps"]'),
        ('id = "BL"', 'id = "B0"'),
        ('{ id = "text", label = "Text", type = "text" }', '{ id = "words", label = "Text", type = "text" }'),
    )
    said = refusal(lambda: amend(door, bad, WHY, DANA))
    for part in ("in mL and would be in L", "that were entered: yes", "“Baseline” has begun", "“Text” holds data"):
        assert part in said
    assert read_head("tiny") == head
    assert "note" not in {one.group for one in preview("tiny", bad).differences}
    verified()


def test_a_value_that_was_corrected_since_still_counts_as_entered(door: Gateway) -> None:
    door.enter([*opening("P1"), note("P1", answer="yes")], NURSE)
    door.enter([note("P1", expected=1, reason="misread", answer="no")], NURSE)
    said = refusal(lambda: amend(door, amended(('["yes", "no"]', '["no", "perhaps"]')), WHY, DANA))
    assert "that were entered: yes" in said


@pytest.mark.parametrize(
    ("decision", "new", "words"),
    [
        (Decision(" ", date(2026, 2, 1)), newer(), "An amendment needs a reason."),
        (WHY, amended(version="1"), "runs under exactly this definition already"),
        (WHY, newer().model_copy(update={"id": "other"}), "is of study other, not of tiny"),
    ],
)
def test_an_amendment_without_reason_without_change_or_of_another_study_is_refused(
    door: Gateway, decision: Decision, new: Protocol, words: str
) -> None:
    assert words in refusal(lambda: amend(door, new, decision, DANA))
    assert versions_of("tiny").amendments == ()


def test_who_looked_at_differences_from_an_older_definition_is_asked_to_look_again(door: Gateway) -> None:
    seen = preview("tiny", newer()).running
    amend(door, amended(version="1.1"), WHY, DANA, seen)
    assert "was amended meanwhile" in refusal(lambda: amend(now_door(), newer(), WHY, DANA, seen))


def test_a_study_may_go_back_to_an_earlier_definition(door: Gateway, tiny: Protocol) -> None:
    amend(door, newer(), WHY, DANA)
    amend(now_door(), tiny, replace(WHY, reason="The item was a mistake"), DANA)
    assert protocol_of("tiny") == tiny
    assert [one.number for one in versions_of("tiny").amendments] == [1, 2]
    verified()


def test_a_locked_study_is_not_amended(door: Gateway) -> None:
    values = {"locked": True, "lock_reason": "the end"}
    door.enter([Draft(Place("", "lock", repeat=""), values)], NURSE)
    assert "is locked" in refusal(lambda: amend(door, newer(), WHY, DANA))
    assert read_head("tiny").definition == door.definition


def test_of_two_amendments_at_once_one_is_entered(door: Gateway) -> None:
    seen, barrier = door.definition, Barrier(2, timeout=60)

    def move(version: str) -> str:
        barrier.wait()
        try:
            amend(door, amended(version=version), WHY, DANA, seen)
        except RefusedError as error:
            return str(error)
        return ""

    with ThreadPoolExecutor(2) as pool:
        jobs = [pool.submit(closing_connection, lambda v=version: move(v)) for version in ("2", "3")]
        said = sorted(job.result(timeout=120) for job in jobs)
    assert said[0] == ""
    assert "was amended meanwhile" in said[1]
    assert len(versions_of("tiny").amendments) == 1
    verified()


def test_while_an_amendment_is_made_everybody_enters_under_what_is_in_force(door: Gateway) -> None:
    door.enter([one for code in ("P1", "P2", "P3") for one in opening(code)], NURSE)
    barrier = Barrier(4, timeout=60)

    def enter(code: str) -> int:
        barrier.wait()
        done = 0
        for number in range(5):
            try:
                now_door().enter([note(code, f"N{number}", text="while")], NURSE)
                done += 1
            except RefusedError as error:
                assert "Grade is missing" in str(error) or "Open the study again" in str(error)
        return done

    def move() -> int:
        barrier.wait()
        amend(door, newer(), WHY, DANA)
        return 0

    with ThreadPoolExecutor(4) as pool:
        jobs = [pool.submit(closing_connection, lambda c=code: enter(c)) for code in ("P1", "P2", "P3")]
        jobs.append(pool.submit(closing_connection, move))
        done = sum(job.result(timeout=120) for job in jobs)
    assert current_rows("tiny", forms=("note",)).height == done
    verified()


def test_the_entries_that_verification_rests_on_cannot_be_taken_out(door: Gateway) -> None:
    amend(door, newer(), WHY, DANA)
    here = now_door()
    assert "which definition is in force" in refusal(lambda: here.redact(number_of("amended_to"), "a name", DANA))
    here.redact(number_of("amendment_reason"), "a name stood there", DANA)
    assert versions_of("tiny").amendments[0].reason == ""
    verified()


@pytest.mark.parametrize(
    ("statement", "words"),
    [
        ("UPDATE record_study SET definition = '{old}'", "amendments lead to {new}"),
        (
            "UPDATE record_definition SET content = content || ' ' WHERE digest = '{old}'",
            "{old} is not there as it was",
        ),
        ("DELETE FROM record_definition WHERE digest = '{old}'", "{old}, which submission 1 names, is not there"),
    ],
)
def test_verification_finds_a_definition_that_was_not_in_force(door: Gateway, statement: str, words: str) -> None:
    door.enter(opening("P1"), NURSE)
    amend(door, newer(), WHY, DANA)
    drop_triggers()
    execute(statement.format(old=door.definition).replace("%", "%%"))
    said = words.format(old=door.definition[:12], new=newer().digest[:12])
    assert said in verify_study("tiny").fault


def test_verification_finds_an_amendment_that_was_entered_without_moving_the_study(door: Gateway) -> None:
    values = {"amended_from": door.definition, "amended_to": newer().digest, "amended_version": "2"}
    values |= {"amended_on": "2026-02-01", "amendment_reason": "none", "amendment_reconsent": "false"}
    door.enter([Draft(Place("", "amendment", repeat="1"), values)], NURSE)
    assert "amendments lead to" in verify_study("tiny").fault
