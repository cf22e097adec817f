"""The commands that take films, grades, ultrasound and segmentations: exit codes, files, sentences."""

import json

import pytest

from calcitrial.objects import read_measurements
from tests.imaging.test_stored import SEEDS, TWO
from tests.pictures import echo, film, region
from tests.scans import write
from tests.test_commands import Run, run

__all__ = ["run"]
pytestmark = pytest.mark.filterwarnings("ignore::UserWarning")
BOX = [{"id": "L1", "points_px": [[10, 10], [30, 10], [30, 50], [10, 50]]}]
LINE = [{"id": "L1", "length": [[10, 10], [40, 10]]}]
GRADE = {"site": "metacarpals", "side": "left", "coverage": "up to a half", "density": "as dense as bone"}


@pytest.fixture
def put(tmp_path):
    def write_json(name: str, content: object) -> str:
        (tmp_path / name).write_text(json.dumps(content))
        return str(tmp_path / name)

    return write_json


def test_a_measurement_leaves_as_dicom_and_its_outlines_measure_the_same(run: Run, tmp_path, put):
    folder, out = write(TWO, tmp_path / "s"), tmp_path / "out"
    seeds = put("seeds.json", [{"id": s.id, "point_mm": s.point_mm} for s in SEEDS[:2]])
    code, first, _ = run("measure", str(folder), "--seeds", seeds, "--dicom", str(out), "--json", "-")
    assert code == 0 and sorted(p.name for p in out.iterdir()) == ["seg.dcm", "sr.dcm"]
    code, again, _ = run("measure", str(folder), "--segmentation", str(out / "seg.dcm"), "--json", "-")
    assert code == 0 and json.loads(again) == json.loads(first)
    masses = [one["mass_mg"] for one in json.loads(first)["lesions"]]
    stored = [q.value for one in read_measurements(out / "sr.dcm") for q in one.quantities if q.name == "mass"]
    assert masses == [round(value, 4) for value in stored]


def test_stored_anew_the_lesions_keep_their_identity(run: Run, tmp_path):
    folder = write(TWO, tmp_path / "s")
    run("measure", str(folder), "--dicom", str(tmp_path / "a"))
    run("measure", str(folder), "--segmentation", str(tmp_path / "a" / "seg.dcm"), "--dicom", str(tmp_path / "b"))
    first, second = (read_measurements(tmp_path / name / "sr.dcm") for name in "ab")
    assert first == second


def test_seeds_and_outlines_together_are_refused_and_nothing_is_written(run: Run, tmp_path, put):
    folder, seeds = write(TWO, tmp_path / "s"), put("seeds.json", [{"id": "a", "point_mm": [0, 0, 0]}])
    code, out, err = run(
        "measure", str(folder), "--seeds", seeds, "--segmentation", "x.dcm", "--dicom", str(tmp_path / "out")
    )
    assert code == 1 and out == "" and "Seeds and outlines are both given" in err and not (tmp_path / "out").exists()


def test_a_film_is_measured_once_its_scale_is_known(run: Run, tmp_path, put):
    path = str(film(tmp_path / "f.dcm", ImagerPixelSpacing=[0.1, 0.1]))
    outlines = put("o.json", BOX)
    code, out, err = run("film", path, "--outlines", outlines)
    assert code == 1 and out == "" and "only the pitch of the detector" in err
    code, out, _ = run("film", path, "--outlines", outlines, "--known-length", "5,5,65,85,50", "--json", "-")
    assert code == 0 and json.loads(out)["lesions"][0]["area_mm2"] == pytest.approx(200)
    assert "from known length" in run("film", path, "--outlines", outlines, "--known-length", "5,5,65,85,50")[1]
    code, _, err = run("film", path, "--outlines", outlines, "--estimate")
    assert code == 1 and "gives no magnification" in err


def test_a_hand_is_scored(run: Run, tmp_path, put):
    code, out, _ = run("hand-score", put("g.json", [GRADE]), "--json", "-")
    assert code == 0 and json.loads(out)["score"] == 4 and json.loads(out)["table"]["statuses"] == ["assumed"]
    code, out, err = run("hand-score", put("g.json", [{**GRADE, "site": "heel"}]))
    assert code == 1 and out == "" and "Its site is 'heel'" in err
    code, _, err = run("hand-score", put("g.json", [GRADE]), "--table", str(tmp_path / "none.csv"))
    assert code == 1 and "no such file" in err


def test_ultrasound_is_measured_and_stored(run: Run, tmp_path, put):
    path, calipers = str(echo(tmp_path / "u.dcm", region())), put("c.json", LINE)
    code, out, _ = run("ultrasound", path, "--calipers", calipers, "--dicom", str(tmp_path / "out"), "--json", "-")
    assert code == 0 and json.loads(out)["lesions"][0]["length_mm"] == 6.0
    assert read_measurements(tmp_path / "out" / "sr.dcm")[0].quantities[0].value == pytest.approx(6.0)


def test_a_refused_picture_writes_nothing(run: Run, tmp_path, put):
    path, calipers = str(echo(tmp_path / "u.dcm")), put("c.json", LINE)
    code, out, err = run(
        "ultrasound", path, "--calipers", calipers, "--dicom", str(tmp_path / "out"), "--json", str(tmp_path / "o.json")
    )
    assert code == 1 and out == "" and "no calibrated region" in err
    assert not (tmp_path / "out").exists() and not (tmp_path / "o.json").exists()


def test_too_little_memory_is_a_sentence(run: Run, tmp_path, monkeypatch):
    def starved(*_: object) -> None:
        raise MemoryError

    monkeypatch.setattr("calcitrial.commands_pictures.read_series", starved)
    code, _, err = run("measure", str(tmp_path))
    assert code == 1 and "need more memory than there is" in err
