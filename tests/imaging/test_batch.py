"""A batch gives what one series after the other gives, and no bad series stops it."""

import os
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from calcitrial.dicom import read_series
from calcitrial.imaging import Settings, measure, to_json
from calcitrial.imaging.batch import ENDED, Outcome, in_turn, measure_many, on_processes
from tests.scans import SMALL, write


@pytest.fixture(scope="module")
def folders(tmp_path_factory):
    top = tmp_path_factory.mktemp("batch")
    good = [write(SMALL, top / "one"), write(replace(SMALL, limb_radius_mm=18.0), top / "two", seed=2)]
    bad = write(SMALL, top / "bad", seed=3)
    sorted(bad.iterdir())[7].unlink()
    return [good[0], bad, good[1], top / "nowhere"]


def expected(folder):
    series = read_series(folder)
    return to_json(series, measure(series), Settings())


@pytest.mark.parametrize("mapper", [on_processes, in_turn])
def test_every_series_has_its_outcome_in_the_order_asked(folders, mapper):
    told = []
    outcomes = measure_many(folders, Settings(), mapper, told.append)
    assert [o.number for o in outcomes] == [0, 1, 2, 3] and sorted(o.number for o in told) == [0, 1, 2, 3]
    assert outcomes[0].result == expected(folders[0]) and outcomes[2].result == expected(folders[2])
    assert outcomes[0].result["lesions"] and outcomes[0].refused == ()
    assert outcomes[1].result is None and "1 slice(s) missing between" in outcomes[1].refused[0]
    assert "does not exist" in outcomes[3].refused[0]


def test_an_empty_batch():
    assert measure_many([], Settings()) == []


@dataclass(frozen=True)
class Deadly:
    """Work that ends its process at one task, as the system does when memory runs out."""

    at: int

    def __call__(self, task):
        if task[0] == self.at:
            os._exit(1)
        return Outcome(task[0], {"threads": os.environ.get("CALCITRIAL_THREADS", "")}, ())


def test_a_series_that_ends_its_process_stops_no_other():
    tasks = [(i, Path(str(i))) for i in range(4)]
    outcomes = on_processes(Deadly(2), tasks, lambda _: None, workers=2)
    assert [o.refused for o in outcomes] == [(), (), (ENDED,), ()]


def test_processes_side_by_side_use_one_thread_each():
    tasks = [(i, Path(str(i))) for i in range(2)]
    assert all(o.result == {"threads": "1"} for o in on_processes(Deadly(9), tasks, lambda _: None, workers=2))


def test_a_fault_of_the_program_is_told_and_stops_nothing(folders, monkeypatch):
    def broken(*_):
        raise ZeroDivisionError

    monkeypatch.setattr("calcitrial.imaging.batch.measure", broken)
    outcomes = measure_many(folders[:2], Settings(), in_turn)
    assert "ZeroDivisionError" in outcomes[0].refused[0] and "missing" in outcomes[1].refused[0]
