"""One submission answers a whole task; what is wrong is told by label, and never in words that unblind."""

import re
import sys

import pytest

from calcitrial import verbs
from calcitrial.protocol import RefusedError
from calcitrial.reading import Answer, Task, answer, worklist
from calcitrial.record import Draft, Gateway, Place, history, make_cut, read_head, verify_study
from tests.reading.conftest import MANAGER, read, read_all

MODULE = sys.modules["calcitrial.reading.answer"]  # the name leads to the function
MASK = "0123456789abcdef" * 4


def first(reader: str = "R1") -> Task:
    return worklist("stsinj", reader)[0]


def refusal(task: Task, *answers: Answer, seconds: float = 5.0, reason: str = "") -> str:
    before = read_head("stsinj").sequence
    with pytest.raises(RefusedError) as refused:
        answer("stsinj", "R1", task.id, answers, seconds, reason=reason)
    assert read_head("stsinj").sequence == before
    told = str(refused.value)
    assert "PIT" not in told and not any(visit in told for visit in ("BL", "W12", "W24"))
    return told


def test_an_answer_becomes_entries_of_the_reader(opened: Gateway) -> None:
    task = first()
    given = [Answer(one.label, "measured", {"mass": "12.5 mg", "length": "4"}, MASK, "clear") for one in task.lesions]
    receipt = answer("stsinj", "R1", task.id, given, 31.26)
    table = make_cut("stsinj", "test").table("read")
    assert table.height == len(task.lesions) and set(table["repeat"]) == {"R1"} and set(table["task"]) == {task.id}
    row = table.row(0, named=True)
    assert (row["read_outcome"], row["mass"], row["length"], row["reading_seconds"]) == (
        "measured",
        "12.5",
        "4",
        "31.3",
    )
    assert (row["image_kind"], row["mask_digest"], row["reading_comment"]) == ("ct", MASK, "clear")
    measured = make_cut("stsinj", "test").table("ct_measurement")
    ct = measured.filter(participant=row["participant"], visit=row["visit"], lesion=row["lesion"])
    assert (row["series_uid"], row["series_digest"]) == (ct["series_uid"][0], ct["series_digest"][0])
    steps = history("stsinj", Place(*(row[key] for key in ("participant",)), "read", row["visit"], row["lesion"], "R1"))
    assert {(step.author, step.role, step.sequence) for step in steps} == {("R1", "reader", receipt.sequence)}


def test_a_hidden_repeat_is_kept_apart_from_the_first_reading(opened: Gateway) -> None:
    read_all("stsinj", "R1")
    repeats = make_cut("stsinj", "test").table("read")["repeat"].to_list()
    assert set(repeats) == {"R1", "R1-2"} and repeats.count("R1") > repeats.count("R1-2")
    assert verify_study("stsinj").ok


def test_a_correction_needs_a_reason_enters_what_differs_and_keeps_the_time(opened: Gateway) -> None:
    task = first()
    read("stsinj", "R1", task, "10")
    same = [Answer(one.label, "measured", {"mass": "10"}) for one in task.lesions]
    changed = [Answer("A", "absent"), *same[1:]]
    assert "answered before. Give a reason" in refusal(task, *changed, seconds=9)
    receipt = answer("stsinj", "R1", task.id, changed, 9.0, reason="it is a vessel")
    assert len(receipt.entries) == 2  # the outcome, and the mass that is taken back
    table = make_cut("stsinj", "test").table("read")
    assert sorted(table["read_outcome"]) == ["absent", *["measured"] * (len(task.lesions) - 1)]
    assert table.filter(read_outcome="absent")["mass"].to_list() == [None]
    assert set(table["reading_seconds"]) == {"20.0"}
    again = answer("stsinj", "R1", task.id, changed, 9.0, reason="once more")
    assert again.entries == ()


def test_every_label_is_answered_once(opened: Gateway) -> None:
    task = first()
    told = refusal(task, Answer("B", "absent"), Answer("B", "absent"), Answer("Q", "absent"))
    assert "lesion A: It has no answer." in told and "lesion B: It is answered 2 times." in told
    assert "lesion Q: The task does not ask for it." in told


WRONG = [
    (Answer("A", "measured"), "lesion A: It is measured, yet no size is given."),
    (Answer("A", "measured", {"mass_se": "1"}), "yet no size is given"),
    (Answer("A", "measured", {"mass": "0"}), "Its mass is 0. Say absent"),
    (Answer("A", "measured", {"mass": "-3"}), "lesion A mass: .* is -3 mg, outside 0"),
    (Answer("A", "measured", {"mass": "12 kg"}), "is given in 'kg'"),
    (Answer("A", "measured", {"weight": "12", "task": "x"}), "(?s)'task' is no size.*'weight' is no size"),
    (Answer("A", "measured", {"mass": "3"}, "abc"), "The mask's digest is 'abc'"),
    (Answer("A", "absent", {"mass": "3"}), "It is absent, yet a size or a mask is given"),
    (Answer("A", "not assessable", {}, MASK), "It is not assessable, yet a size or a mask is given"),
    (Answer("A", "unclear"), "is 'unclear'"),  # type: ignore[arg-type]
    (Answer("A", "absent", comment="bell \x07"), "control characters"),
]


def test_answers_that_do_not_hold_together_are_refused(opened: Gateway) -> None:
    task = first()
    rest = [Answer(one.label, "absent") for one in task.lesions[1:]]
    for wrong, words in WRONG:
        told = refusal(task, wrong, *rest)
        assert re.search(words, told), told


def test_a_time_that_is_none_is_refused(opened: Gateway) -> None:
    task = first()
    for seconds in (-1.0, float("nan"), float("inf"), 1e6):
        told = refusal(task, *(Answer(one.label, "absent") for one in task.lesions), seconds=seconds)
        assert "The time taken is" in told


def test_what_the_record_refuses_is_told_by_label(opened: Gateway, monkeypatch: pytest.MonkeyPatch) -> None:
    task = first()
    read("stsinj", "R1", task)
    # As if another window had answered between the look and the entry.
    monkeypatch.setattr(MODULE, "_versions", lambda door, slot: {})
    told = refusal(task, *(Answer(one.label, "absent") for one in task.lesions))
    assert "lesion A: Version 0 was expected" in told


def test_words_of_the_record_that_would_unblind_are_held_back(opened: Gateway, monkeypatch: pytest.MonkeyPatch) -> None:
    task = first()
    monkeypatch.setattr(MODULE, "_place", lambda slot, reader, label: Place("PIT-001", "read", "W99"))
    told = refusal(task, *(Answer(one.label, "absent") for one in task.lesions))
    assert "The record does not take this answer" in told


def test_forms_of_the_reading_room_are_not_entered_by_hand(opened: Gateway) -> None:
    for place in (Place("PIT-001", "read", "BL", "PIT-001-L1", "R1"), Place("", "reading_batch", repeat="2")):
        with pytest.raises(RefusedError, match="is not entered by hand"):
            verbs.enter("stsinj", [Draft(place, {"read_outcome": "absent"})], MANAGER)
