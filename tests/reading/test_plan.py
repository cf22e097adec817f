"""The plan: entered once, with a salt, by somebody who does not read; cases released in batches."""

from dataclasses import replace

import pytest

from calcitrial.protocol import Protocol, RefusedError, parse
from calcitrial.reading import Plan, open_reading, plan_of, release, worklist
from calcitrial.record import Author, Draft, Gateway, Place, current_rows, make_cut, open_study
from tests.invented_trial import NURSE, ct_values
from tests.reading.conftest import MANAGER, PLAN, read

LATER = [Draft(Place("PIT-001", "ct_measurement", "W04", "PIT-001-L1"), ct_values(50, "PIT-001", "W04"))]


def test_a_plan_comes_back_as_it_was_entered_and_has_a_salt_of_its_own(trial: Gateway) -> None:
    assert plan_of("stsinj") is None
    receipt = open_reading("stsinj", PLAN, MANAGER)
    assert plan_of("stsinj") == PLAN
    table = make_cut("stsinj", "test").table("reading_plan")
    assert len(table["reading_salt"][0]) == 32
    assert make_cut("stsinj", "test").table("reading_batch")["through_entry"].to_list() == [str(receipt.entries[0] - 1)]


def test_a_plan_is_entered_once(opened: Gateway) -> None:
    with pytest.raises(RefusedError, match="have a plan already"):
        open_reading("stsinj", replace(PLAN, seed=12), MANAGER)


def test_every_fault_of_a_plan_is_told_at_once(trial: Gateway) -> None:
    faulty = Plan(readers=("R1", "R1-2", "R1"), third="R/3", seed=1, repeat_share=0.2, limit_percent=25)
    with pytest.raises(RefusedError) as refused:
        open_reading("stsinj", faulty, Author("R1", "data manager"))
    told = str(refused.value)
    for words in ("3 readers are named", "named twice", "'R1-2' cannot be", "'R/3' cannot be", "R1 is named as reader"):
        assert words in told
    assert plan_of("stsinj") is None


@pytest.mark.parametrize(("change", "words"), [({"repeat_share": 0.7}, "0.7"), ({"limit_percent": -1.0}, "-1")])
def test_shares_and_limits_keep_to_the_form(trial: Gateway, change: dict[str, float], words: str) -> None:
    with pytest.raises(RefusedError, match=words):
        open_reading("stsinj", replace(PLAN, **change), MANAGER)


def test_a_study_whose_protocol_lacks_the_forms_is_told_which(home: object, tiny_text: bytes) -> None:
    open_study(parse(tiny_text, "tiny.toml"), "test")
    with pytest.raises(RefusedError, match=r"no form reading_plan, reading_batch, read\. Name them in use_forms"):
        open_reading("tiny", PLAN, MANAGER)


def test_a_plan_can_stand_before_the_first_image(home: object, stsinj: Protocol) -> None:
    open_study(stsinj, "test")
    open_reading("stsinj", PLAN, MANAGER)
    assert worklist("stsinj", "R1") == ()
    with pytest.raises(RefusedError, match="No case waits"):
        release("stsinj", MANAGER)


def test_a_new_visit_waits_for_its_release_and_moves_nothing(opened: Gateway) -> None:
    before = worklist("stsinj", "R1")
    read("stsinj", "R1", before[0])
    before = worklist("stsinj", "R1")
    opened.enter(LATER, NURSE)
    assert worklist("stsinj", "R1") == before
    release("stsinj", MANAGER)
    after = worklist("stsinj", "R1")
    assert after[: len(before)] == before and len(after) == len(before) + 1
    with pytest.raises(RefusedError, match="No case waits"):
        release("stsinj", MANAGER)


def test_a_reader_cannot_release(opened: Gateway) -> None:
    opened.enter(LATER, NURSE)
    with pytest.raises(RefusedError, match="R3 reads, and so must not decide"):
        release("stsinj", Author("R3", "data manager"))


def test_a_lesion_entered_later_on_a_released_series_becomes_a_case_of_its_own(opened: Gateway) -> None:
    before = worklist("stsinj", "R2")
    lesion = "PIT-001-L9"
    here = current_rows("stsinj", "PIT-001", ["lesion"]).filter(lesion="PIT-001-L1")
    place = {row["item"]: row["value"] for row in here.iter_rows(named=True)}
    measured = Place("PIT-001", "ct_measurement", "BL", lesion)
    opened.enter([Draft(Place("PIT-001", "lesion", lesion=lesion), place)], NURSE)
    opened.enter([Draft(measured, ct_values(5, "PIT-001", "BL"))], NURSE)
    release("stsinj", MANAGER)
    after = worklist("stsinj", "R2")
    assert after[:-1] == before and len(after[-1].lesions) == 1
