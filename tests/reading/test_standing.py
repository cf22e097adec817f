"""What stands for each lesion image, and in which words it waits: from nobody to the third reader."""

import pytest

from calcitrial.reading import Answer, answer, standing_of, worklist
from calcitrial.reading.plan import Plan, open_reading
from calcitrial.record import Draft, Gateway, Place, make_cut
from tests.invented_trial import NURSE
from tests.reading.conftest import MANAGER, read_all


def found(kind="ct", quantity="mass"):
    return {one.image: one for one in standing_of(make_cut("stsinj", "test"), kind, quantity)}


def waits(standings):
    return {one.waits for one in standings.values()}


def differing(first: str, other: str) -> tuple[str, str]:
    """Let both read everything alike but the first case of R2; return participant and visit of that case."""
    read_all("stsinj", "R1", first)
    tasks = worklist("stsinj", "R2")
    for task in tasks:
        size = first if task.number > 1 else other
        answer("stsinj", "R2", task.id, [Answer(a.label, "measured", {"mass": size}) for a in task.lesions], 1)
    return next(image[:2] for image, one in found().items() if one.waits)


def test_every_picture_waits_until_both_have_read_it(opened: Gateway) -> None:
    before = found()
    assert len(before) == make_cut("stsinj", "test").table("ct_measurement").height
    assert waits(before) == {"nobody has read it"} and {one.value for one in before.values()} == {None}
    read_all("stsinj", "R1", "10")
    half = found()
    assert waits(half) == {"one of the two readers has read it"} and {one.readers for one in half.values()} == {("R1",)}
    read_all("stsinj", "R2", "12")
    both = found()
    assert waits(both) == {""} and {one.rule for one in both.values()} == {"two agree"}
    assert {round(one.value or 0, 6) for one in both.values()} == {round(120**0.5, 6)}  # by hand: the geometric mean


def test_without_a_plan_nobody_reads(trial: Gateway) -> None:
    assert waits(found()) == {"no plan names the readers"}


def test_where_two_differ_the_third_is_waited_for_and_then_decides(opened: Gateway) -> None:
    case = differing("10", "40")
    waiting = {image: one for image, one in found().items() if one.waits}
    assert {image[:2] for image in waiting} == {case}
    assert waits(waiting) == {"the two readers differ and the third has not read it"}
    assert {one.readers for one in waiting.values()} == {("R1", "R2")}
    (task,) = worklist("stsinj", "R3")
    answer("stsinj", "R3", task.id, [Answer(a.label, "measured", {"mass": "30"}) for a in task.lesions], 1)
    settled = {image: one for image, one in found().items() if image in waiting}
    assert {one.value for one in settled.values()} == {30.0} and waits(settled) == {""}
    assert {one.readers for one in settled.values()} == {("R1", "R2", "R3")}


def test_without_a_third_reader_a_difference_stays_open(trial: Gateway) -> None:
    open_reading("stsinj", Plan(("R1", "R2"), "", 3, 0.0, 25.0), MANAGER, door=trial)
    differing("10", "40")
    assert "the two readers differ and the plan names no third" in waits(found())


def test_absent_is_zero_and_not_assessable_is_no_size(opened: Gateway) -> None:
    for reader in ("R1", "R2"):
        for task in worklist("stsinj", reader):
            said = [Answer(a.label, "absent" if a.label == "A" else "not assessable") for a in task.lesions]
            answer("stsinj", reader, task.id, said, 1)
    told = {(one.value, one.missing) for one in found().values() if one.rule == "two agree"}
    assert told <= {(0.0, ""), (None, "the readers call it not assessable")} and told


def test_a_size_that_one_of_two_gave_is_no_size_of_both(opened: Gateway) -> None:
    read_all("stsinj", "R1", "10")
    for task in worklist("stsinj", "R2"):
        values = {"volume_threshold": "19"}
        answer("stsinj", "R2", task.id, [Answer(a.label, "measured", values) for a in task.lesions], 1)
    # Nothing in common: the third must look, and none of them gave what two of three gave.
    assert waits(found()) == {"the two readers differ and the third has not read it"}
    for task in worklist("stsinj", "R3"):
        values = {"mass": "10", "volume_threshold": "19"}
        answer("stsinj", "R3", task.id, [Answer(a.label, "measured", values) for a in task.lesions], 1)
    assert {(one.value, one.missing) for one in found().values()} == {
        (None, "a reader whose reading stands gave no mass")
    }


def test_entries_are_of_the_picture_the_readings_and_the_rule_and_tell_no_order(opened: Gateway) -> None:
    read_all("stsinj", "R1")
    read_all("stsinj", "R2")
    cut = make_cut("stsinj", "test")
    one = found()["PIT-001", "BL", "PIT-001-L1", "ct"]
    behind = cut.rows.filter(cut.rows["number"].is_in(list(one.entries)))
    assert set(behind["form"]) == {"ct_measurement", "read", "reading_plan"}
    assert set(behind.filter(form="ct_measurement")["item"]) == {"series_uid", "series_digest"}
    assert set(behind.filter(form="read")["repeat"]) == {"R1", "R2"}
    assert not {"reading_seed", "reading_salt"} & set(behind["item"])


def test_a_read_of_a_picture_that_was_replaced_does_not_count(opened: Gateway) -> None:
    read_all("stsinj", "R1")
    read_all("stsinj", "R2")
    place = Place("PIT-001", "ct_measurement", "BL", "PIT-001-L1")
    values = {"series_uid": "1.2.3", "series_digest": "e" * 64}
    opened.enter([Draft(place, values, 1, "the wrong series")], NURSE)
    after = found()
    assert after["PIT-001", "BL", "PIT-001-L1", "ct"].waits == "nobody has read it"
    assert [image for image, one in after.items() if one.waits] == [("PIT-001", "BL", "PIT-001-L1", "ct")]


@pytest.mark.parametrize("kind", ["film", "ultrasound"])
def test_without_such_pictures_there_is_nothing_to_read(opened: Gateway, kind: str) -> None:
    assert found(kind, "area") == {}


def test_hidden_repeats_settle_nothing(opened: Gateway) -> None:
    read_all("stsinj", "R1")
    assert make_cut("stsinj", "test").rows.filter(form="read", repeat="R1-2").height
    assert waits(found()) == {"one of the two readers has read it"}
