"""Which value stands: the rule, case by case, and the same from the record."""

import math

import pytest

from calcitrial.reading import Answer, Reading, answer, references, worklist
from calcitrial.reading.case import Kind
from calcitrial.reading.plan import Plan
from calcitrial.reading.reference import Outcome, differ, disputed, percent_difference, reference
from calcitrial.record import Gateway, make_cut
from tests.invented_trial import NURSE
from tests.reading.conftest import PLAN, read_all

Said = float | Outcome
NA: Outcome = "not assessable"


def reading(reader: str, said: Said, quantity: str = "mass", kind: Kind = "ct") -> Reading:
    outcome: Outcome = "measured" if isinstance(said, float) else said
    values = {quantity: said} if isinstance(said, float) else {}
    return Reading(("P1", "BL", "P1-L1", kind), reader, False, f"task {reader}", outcome, values, 1)


def standing(*said: Said, plan: Plan = PLAN) -> tuple[str, Outcome | None, float | None]:
    mine = {f"R{number}": reading(f"R{number}", one) for number, one in enumerate(said, 1)}
    found = reference(plan, ("P1", "BL", "P1-L1", "ct"), mine, "mass")
    return found.rule, found.outcome, None if found.value is None else round(found.value, 6)


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        ((10.0, 12.5), ("two agree", "measured", round(math.sqrt(125), 6))),
        (("absent", "absent"), ("two agree", "absent", None)),
        ((NA, NA), ("two agree", NA, None)),
        ((10.0, 12.6), ("waits for the third reader", None, None)),
        ((10.0, "absent"), ("waits for the third reader", None, None)),
        ((10.0, 20.0, 13.0), ("majority of three", "measured", 13.0)),
        ((10.0, 20.0, 40.0), ("majority of three", "measured", 20.0)),
        ((10.0, "absent", "absent"), ("majority of three", "absent", None)),
        (("absent", 9.0, 16.0), ("majority of three", "measured", 12.0)),
        ((10.0, 40.0, "absent"), ("majority of three", "measured", 20.0)),
        ((10.0, "absent", NA), ("third reader", NA, None)),
        (("absent", NA, 7.0), ("third reader", "measured", 7.0)),
        ((10.0, 11.0, 90.0), ("two agree", "measured", round(math.sqrt(110), 6))),
    ],
)
def test_the_rule_case_by_case(said: tuple[Said, ...], expected: tuple[str, Outcome, float]) -> None:
    assert standing(*said) == expected


def test_without_a_third_reader_differences_stay_open() -> None:
    alone = Plan(("R1", "R2"), "", 1, 0.0, 25.0)
    assert standing(10.0, 20.0, plan=alone) == ("open", None, None)


def test_a_difference_is_by_how_much_the_larger_exceeds_the_smaller() -> None:
    assert percent_difference(10, 12.5) == percent_difference(12.5, 10) == pytest.approx(25)
    assert percent_difference(0, 3) == math.inf and percent_difference(0, 0) == 0


def test_two_readings_are_compared_by_a_size_that_both_have() -> None:
    one, other = reading("R1", 10.0, "volume_pv"), reading("R2", 11.0, "volume_pv")
    assert not differ(one, other, 25)
    assert differ(one, reading("R2", 11.0, "length"), 25)  # nothing in common: a third must look
    assert not differ(reading("R1", 4.0, "length", "ultrasound"), reading("R2", 4.5, "length", "ultrasound"), 25)


def test_hidden_repeats_settle_nothing() -> None:
    firsts = [reading("R1", 10.0), reading("R2", 11.0)]
    repeat = Reading(firsts[0].image, "R2", True, "again", "measured", {"mass": 90.0}, 5)
    assert disputed(PLAN, [*firsts, repeat]) == frozenset()
    assert disputed(PLAN, [firsts[0], repeat]) == frozenset()


def test_references_come_from_the_record_once_both_have_read(opened: Gateway) -> None:
    read_all("stsinj", "R1", "10")
    assert references(make_cut("stsinj", "test")) == ()
    tasks = worklist("stsinj", "R2")
    for task in tasks:
        size = "10" if task.number > 1 else "40"
        answer("stsinj", "R2", task.id, [Answer(a.label, "measured", {"mass": size}) for a in task.lesions], 1)
    found = references(make_cut("stsinj", "test"))
    waiting = [one for one in found if one.rule == "waits for the third reader"]
    assert len(waiting) == len(tasks[0].lesions) and len({one.image[:2] for one in waiting}) == 1
    assert all(one.value == pytest.approx(10) for one in found if one.rule == "two agree")
    (task,) = worklist("stsinj", "R3")
    answer("stsinj", "R3", task.id, [Answer(a.label, "measured", {"mass": "30"}) for a in task.lesions], 1)
    settled = {one.image: one for one in references(make_cut("stsinj", "test"))}
    assert {settled[one.image].value for one in waiting} == {30.0}
    assert {settled[one.image].rule for one in waiting} == {"majority of three"}


def test_a_redacted_outcome_is_no_reading(opened: Gateway) -> None:
    read_all("stsinj", "R1")
    read_all("stsinj", "R2")
    before = references(make_cut("stsinj", "test"))
    rows = make_cut("stsinj", "test").rows.filter(form="read", repeat="R1", item="read_outcome")
    opened.redact(rows["number"][0], "entered for another person", NURSE)
    assert len(references(make_cut("stsinj", "test"))) == len(before) - 1
