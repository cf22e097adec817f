"""A small invented trial whose images wait to be read, and a reader who answers everything alike."""

from collections.abc import Callable
from pathlib import Path

import pytest

from calcitrial.protocol import Protocol
from calcitrial.reading import Answer, Plan, Task, answer, open_reading, worklist
from calcitrial.record import Author, Gateway
from tests.invented_trial import Invented, enter_trial

MANAGER = Author("M. Anager", "data manager")
PLAN = Plan(readers=("R1", "R2"), third="R3", seed=11, repeat_share=0.25, limit_percent=25.0)
SMALL = Invented(people=4, troubled=False)  # 4 people, 3 CT visits each: 12 cases
Sizes = Callable[[Task, str], str]


def read(study: str, reader: str, task: Task, size: Sizes | str = "10", reason: str = "") -> None:
    """Answer every lesion of a task as measured, with a mass by task and label."""
    masses = {one.label: size if isinstance(size, str) else size(task, one.label) for one in task.lesions}
    given = [Answer(label, "measured", {"mass": mass}) for label, mass in masses.items()]
    answer(study, reader, task.id, given, 20.0, reason=reason)


def read_all(study: str, reader: str, size: Sizes | str = "10") -> None:
    for task in worklist(study, reader):
        read(study, reader, task, size)


@pytest.fixture
def trial(home: Path, stsinj: Protocol) -> Gateway:
    """Four people with two or three lesions and three CT visits, nothing planned yet."""
    return enter_trial(stsinj, SMALL)


@pytest.fixture
def opened(trial: Gateway) -> Gateway:
    """The same with the reads opened."""
    open_reading("stsinj", PLAN, MANAGER, door=trial)  # its salts are counted, so every run is the same
    return trial


@pytest.fixture(scope="session")
def tiny_text() -> bytes:
    """The protocol of a study without the forms of the reading room."""
    return (Path(__file__).parents[1] / "record" / "tiny.toml").read_bytes()
