"""What a case sends and takes: the voxels themselves, the program's own numbers, entries, and nothing that unblinds."""

import gzip
import hashlib
import re
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from django.test import Client

from calcitrial.dicom import Series, read_series
from calcitrial.imaging import measure_mask
from calcitrial.reading import Task, pictures, worklist
from calcitrial.record import make_cut, verify_study
from calcitrial.web.masks import from_runs

from .conftest import client_of
from .reading_home import TELLING
from .test_access import enter


@dataclass(frozen=True)
class Desk:
    """A reader's browser in a home of its own."""

    home: Path
    client: Client

    def task(self, kind: str = "ct", number: int = 0) -> Task:
        return [task for task in worklist("stsinj", "R1") if task.kind == kind][number]

    def series(self, task: Task) -> Series:
        return read_series(pictures("stsinj", self.home, "R1", task.id))

    def case(self, task: Task) -> dict[str, Any]:
        response = self.client.get(f"/stsinj/reading/{task.id}/case.json")
        assert response.status_code == 200, response.content
        found: dict[str, Any] = response.json()
        return found

    def post(self, task: Task, what: str, content: object) -> Any:
        return self.client.post(f"/stsinj/reading/{task.id}/{what}", content, content_type="application/json")

    def answers(self, task: Task, **change: object) -> dict[str, Any]:
        lesions = self.case(task)["lesions"]
        told = [{"label": one["label"], "outcome": "measured", "runs": one["runs"], "shapes": []} for one in lesions]
        return {"answers": [one | {"comment": ""} for one in told], "seconds": 41.5, "reason": "", **change}


@pytest.fixture
def desk(reading_home: Path, tmp_path: Path) -> Iterator[Desk]:
    home = tmp_path / "home"
    shutil.copytree(reading_home, home)
    for client in client_of(home):
        yield Desk(home, enter(client, home))  # type: ignore[arg-type]


def reads(desk: Desk, task: Task) -> dict[str, dict[str, Any]]:
    """The record's rows of one task by label."""
    rows = make_cut("stsinj", "test").table("read").iter_rows(named=True)
    return {row["task_label"]: row for row in rows if row["task"] == task.id}


def test_the_values_are_the_stored_ones(desk: Desk) -> None:
    task = desk.task()
    case, series = desk.case(task), desk.series(task)
    response = desk.client.get(case["voxels"])
    assert response["Content-Encoding"] == "gzip"
    data = gzip.decompress(b"".join(response.streaming_content))
    assert len(data) == case["bytes"]
    assert (np.frombuffer(data, "<i2").reshape(case["shape"]) == series.voxels).all()
    assert np.allclose(case["affine"], series.affine)


def test_the_proposed_outlines_are_what_the_program_measures(desk: Desk) -> None:
    task = desk.task()
    series = desk.series(task)
    for lesion in desk.case(task)["lesions"]:
        mask = from_runs(lesion["runs"], series.voxels.shape, "A")
        assert lesion["numbers"]["mass_mg"] == pytest.approx(measure_mask(series, mask, "A").mass_mg)
        z, y, x = np.argwhere(mask).mean(axis=0)
        assert np.linalg.norm(series.to_patient((z, y, x)) - lesion["point_mm"]) < 3


def test_an_edited_outline_gets_the_numbers_of_measure_mask(desk: Desk) -> None:
    task = desk.task()
    series, lesion = desk.series(task), desk.case(task)["lesions"][0]
    runs = lesion["runs"][: len(lesion["runs"]) // 4 * 2]
    numbers = desk.post(task, "measure", {"label": lesion["label"], "runs": runs}).json()["numbers"]
    want = measure_mask(series, from_runs(runs, series.voxels.shape, "A"), "A")
    assert numbers["mass_mg"] == want.mass_mg != lesion["numbers"]["mass_mg"]
    assert (numbers["mass_se_mg"], numbers["volume_mm3"]) == (want.mass_se_mg, want.volume_mm3)
    assert tuple(numbers["flags"]) == want.flags


def test_an_answer_is_entered_with_the_digest_of_its_outline(desk: Desk) -> None:
    task = desk.task()
    series, content = desk.series(task), desk.answers(task)
    content["answers"][0]["shapes"] = [
        {"kind": "length", "name": "length", "ends": [[10, 20, 5], [22, 20, 5]], "plane": "axial", "slice": 5}
    ]
    content["answers"][1] |= {"outcome": "absent", "comment": "  gone  "}
    response = desk.post(task, "answer", content)
    assert response.status_code == 200, response.content
    after = desk.client.get(response.json()["next"])
    assert after.status_code == 200
    rows = reads(desk, task)
    first, second = (rows[one["label"]] for one in content["answers"])
    file = desk.home / "reads" / f"{first['mask_digest']}.npz"
    assert hashlib.sha256(file.read_bytes()).hexdigest() == first["mask_digest"]
    with np.load(file) as kept:
        mask = from_runs([int(part) for part in kept["runs"].ravel()], tuple(kept["shape"]), "A")
    want = measure_mask(series, mask, "A")
    assert float(first["mass"]) == pytest.approx(want.mass_mg, abs=1e-4)
    assert float(first["length"]) == pytest.approx(12.0) and float(first["reading_seconds"]) == 41.5
    assert (second["read_outcome"], second["mask_digest"], second["reading_comment"]) == ("absent", None, "gone")
    assert verify_study("stsinj").ok


def test_a_second_answer_is_a_correction_that_needs_a_reason(desk: Desk) -> None:
    task = desk.task()
    content = desk.answers(task)
    desk.post(task, "answer", content)
    content["answers"][0] |= {"outcome": "not assessable", "comment": "motion"}
    refused = desk.post(task, "answer", content)
    assert refused.status_code == 400 and "Give a reason" in " ".join(refused.json()["problems"])
    assert desk.post(task, "answer", content | {"reason": "looked again"}).status_code == 200
    label = content["answers"][0]["label"]
    assert reads(desk, task)[label]["read_outcome"] == "not assessable"
    earlier = desk.case(task)["earlier"]
    assert earlier[label]["outcome"] == "not assessable" and earlier[label]["runs"] == []
    other = content["answers"][1]
    assert earlier[other["label"]]["runs"] == other["runs"] and desk.case(task)["state"] == "read"


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"answers": []}, "Answers are needed for A, B"),
        ({"answers": None}, "Answers are needed for A, B"),
        ({"seconds": "long"}, "seconds"),
        ({"seconds": 1e9}, "seconds"),
    ],
)
def test_a_faulty_submission_enters_nothing(desk: Desk, change: dict[str, object], sentence: str) -> None:
    task = desk.task()
    response = desk.post(task, "answer", desk.answers(task) | change)
    assert response.status_code == 400 and sentence in " ".join(response.json()["problems"])
    assert reads(desk, task) == {}


def test_all_problems_are_told_at_once_and_no_file_is_left(desk: Desk) -> None:
    task = desk.task()
    content = desk.answers(task)
    content["answers"][0] |= {"runs": []}
    content["answers"][1] |= {"outcome": "maybe"}
    problems = desk.post(task, "answer", content).json()["problems"]
    assert problems == [
        "Lesion A: Nothing is outlined. Outline it, or say absent.",
        "Lesion B: It has no answer. Say measured, absent or not assessable.",
    ]
    assert not (desk.home / "reads").exists()


@pytest.mark.parametrize("body", [b"", b"[]", b"{", b"\xff"])
def test_what_is_no_json_object_is_refused(desk: Desk, body: bytes) -> None:
    response = desk.client.post(
        f"/stsinj/reading/{desk.task().id}/measure", body, content_type="application/octet-stream"
    )
    assert response.status_code == 400 and response.json()["problems"] == [
        "What was sent is no JSON object. Load the page again."
    ]


@pytest.mark.parametrize("runs", [[10**9, 1], [0], "x"])
def test_an_outline_outside_the_picture_is_refused(desk: Desk, runs: object) -> None:
    response = desk.post(desk.task(), "measure", {"label": "A", "runs": runs})
    assert response.status_code == 400 and "within the picture" in response.json()["problems"][0]


def test_another_readers_case_is_not_there(desk: Desk) -> None:
    other = worklist("stsinj", "R2")[0]
    assert desk.client.get(f"/stsinj/reading/{other.id}/").status_code == 404
    for name in ("case.json", "values"):
        response = desk.client.get(f"/stsinj/reading/{other.id}/{name}")
        assert response.status_code == 400 and "holds no task" in response.json()["problems"][0]


def test_a_series_that_is_lost_or_broken_is_a_sentence_that_names_nobody(desk: Desk) -> None:
    task = desk.task()
    folder = pictures("stsinj", desk.home, "R1", task.id)
    (folder / "IM0007.dcm").unlink()
    broken = desk.client.get(f"/stsinj/reading/{task.id}/case.json").json()["problems"]
    shutil.rmtree(folder)
    lost = desk.client.get(f"/stsinj/reading/{task.id}/case.json").json()["problems"]
    assert broken == ["The picture of this case cannot be read. Ask who keeps the images to look at the series."]
    assert len(lost) == 1 and "not in the home" in lost[0]
    assert not [word for word in TELLING if word in str(broken + lost)]


def test_nothing_that_is_sent_tells_whose_picture_it_is_or_when(desk: Desk) -> None:
    sent = [desk.client.get("/stsinj/reading/")]
    for task in worklist("stsinj", "R1"):
        sent += [desk.client.get(f"/stsinj/reading/{task.id}/{name}") for name in ("", "case.json", "values")]
        if task.kind == "ct":
            content = desk.answers(task)
            sent.append(desk.post(task, "measure", {"label": "A", "runs": content["answers"][0]["runs"]}))
            sent += [desk.post(task, "answer", content), desk.post(task, "answer", content)]
    assert len(sent) == 1 + 6 * 3 + 4 * 3
    for response in sent:
        body = b"" if response.streaming else response.content
        text = f"{response.request['PATH_INFO']} {dict(response.headers)} {body.decode()}"
        assert not [word for word in TELLING if word in text]
        assert not re.search(r"\b(BL|STS|visit|baseline|arm)\b", body.decode()), text
        assert not {"Last-Modified", "ETag", "Content-Disposition"} & set(response.headers)
