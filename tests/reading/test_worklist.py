"""A reader's list tells nothing of person, visit, arm, date or repetition; the third gets what differs."""

import json
import re
from dataclasses import asdict

import pytest

from calcitrial.protocol import RefusedError
from calcitrial.reading import Task, find_task, worklist
from calcitrial.record import Gateway, make_cut
from tests.reading.conftest import read, read_all


def test_a_task_holds_nothing_that_tells_whose_image_it_is(opened: Gateway) -> None:
    cut = make_cut("stsinj", "test")
    told = json.dumps([asdict(task) for reader in ("R1", "R2") for task in worklist("stsinj", reader)])
    secrets = {value for value in cut.rows["value"] if len(value) > 3 and not re.fullmatch(r"[\d.]+", value)}
    names = {*cut.rows["participant"], *cut.rows["lesion"], *cut.rows["visit"], *secrets} - {""}
    assert names and not [name for name in names if name in told]
    assert set(json.loads(told)[0]) == {"id", "number", "kind", "state", "lesions"}
    assert set(json.loads(told)[0]["lesions"][0]) == {"label", "point_mm"}


def test_repeats_are_ordinary_tasks(opened: Gateway) -> None:
    tasks = worklist("stsinj", "R1")
    assert len(tasks) == 15  # 12 cases, a quarter of them again
    assert [task.number for task in tasks] == list(range(1, 16))
    assert len({task.id for task in tasks}) == 15 and {task.state for task in tasks} == {"to read"}
    assert not {task.id for task in tasks} & {task.id for task in worklist("stsinj", "R2")}
    for task in tasks:
        assert [asked.label for asked in task.lesions] == ["A", "B", "C"][: len(task.lesions)]


def test_reading_changes_the_state_of_one_task_and_no_order(opened: Gateway) -> None:
    before = worklist("stsinj", "R1")
    read("stsinj", "R1", before[4])
    after = worklist("stsinj", "R1")
    assert [task.id for task in after] == [task.id for task in before]
    assert [task.number for task in after if task.state == "read"] == [5]
    assert find_task("stsinj", "R1", before[4].id) == after[4]


def test_a_stranger_and_another_readers_task_are_refused(opened: Gateway) -> None:
    with pytest.raises(RefusedError, match="'R9' is not a reader"):
        worklist("stsinj", "R9")
    with pytest.raises(RefusedError, match="'' is not a reader"):
        worklist("stsinj", "")
    theirs = worklist("stsinj", "R2")[0].id
    with pytest.raises(RefusedError, match="The list of R1 holds no task"):
        find_task("stsinj", "R1", theirs)


def test_without_a_plan_there_is_no_list(trial: Gateway) -> None:
    with pytest.raises(RefusedError, match="have no plan"):
        worklist("stsinj", "R1")


def test_the_third_reads_only_where_the_two_differ_and_what_was_read_stays_in_front(opened: Gateway) -> None:
    assert worklist("stsinj", "R3") == ()
    read_all("stsinj", "R1")
    assert worklist("stsinj", "R3") == ()

    def apart(task: Task, _label: str) -> str:
        return "13" if task.number % 3 == 0 else "12"

    tasks = worklist("stsinj", "R2")
    for task in tasks[:9]:
        read("stsinj", "R2", task, apart)
    some = worklist("stsinj", "R3")
    assert 0 < len(some) <= 3
    read("stsinj", "R3", some[-1])
    for task in tasks[9:]:
        read("stsinj", "R2", task, apart)
    more = worklist("stsinj", "R3")
    assert len(more) > len(some) and more[0].id == some[-1].id and more[0].state == "read"
    # A correction that brings the two together takes an unread case away, and leaves the one that was read.
    for task in tasks:
        if task.number % 3 == 0:
            read("stsinj", "R2", task, "12", reason="misread")
    assert [task.id for task in worklist("stsinj", "R3")] == [some[-1].id]
