"""The series of a task is found by its UID, wherever it lies in the home, and no refusal says whose it is."""

from pathlib import Path

import pydicom
import pytest

from calcitrial.protocol import RefusedError
from calcitrial.reading import Task, pictures, worklist
from calcitrial.record import Gateway, make_cut
from tests.reading.conftest import read
from tests.scans import SMALL, write


def lay(folder: Path, uid: str) -> Path:
    """Write one small series with this UID, and a file beside it that is none."""
    write(SMALL, folder)
    for path in folder.glob("*.dcm"):
        image = pydicom.dcmread(path)
        image.SeriesInstanceUID = uid
        image.save_as(path)
    (folder / "AAA-notes.txt").write_text("no image", "utf-8")
    return folder


def series_of(task: Task) -> tuple[str, str, str]:
    """Return participant, visit and series UID of a task, which an answer leaves in the record."""
    read("stsinj", "R1", task)
    row = make_cut("stsinj", "test").table("read").filter(task=task.id).row(0, named=True)
    return row["participant"], row["visit"], row["series_uid"]


def test_a_series_is_found_in_the_folder_of_its_visit_or_anywhere_else(opened: Gateway, home: Path) -> None:
    one, other = worklist("stsinj", "R1")[:2]
    participant, visit, uid = series_of(one)
    usual = lay(home / "images" / "stsinj" / participant / visit, uid)
    elsewhere = lay(home / "images" / "received" / "2026" / "a", series_of(other)[2])
    assert pictures("stsinj", home, "R1", one.id) == usual
    assert pictures("stsinj", home, "R1", other.id) == elsewhere


def test_a_folder_of_the_right_name_with_another_series_is_not_shown(opened: Gateway, home: Path) -> None:
    task = worklist("stsinj", "R1")[0]
    participant, visit, _uid = series_of(task)
    lay(home / "images" / "stsinj" / participant / visit, "1.2.3.4")
    with pytest.raises(RefusedError) as refused:
        pictures("stsinj", home, "R1", task.id)
    assert "images of this task are not in the home" in str(refused.value)
    assert participant not in str(refused.value) and visit not in str(refused.value)


def test_a_task_of_somebody_else_has_no_pictures(opened: Gateway, home: Path) -> None:
    with pytest.raises(RefusedError, match="holds no task"):
        pictures("stsinj", home, "R1", worklist("stsinj", "R2")[0].id)
