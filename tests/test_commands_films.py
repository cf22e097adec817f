"""The commands that take films, grades, ultrasound and segmentations: exit codes, files, sentences."""

import json
import math
from pathlib import Path

import pytest

from calcitrial.dicom import read_picture
from calcitrial.objects import read_measurements
from calcitrial.outcomes import find
from calcitrial.reading import pictures, worklist
from calcitrial.record import make_cut, read_head, trail_of
from tests.imaging.test_stored import SEEDS, TWO
from tests.pictures import echo, film, region
from tests.scans import write
from tests.test_commands import BEGUN, LESION, SCREENED, Run, run

__all__ = ["run"]
pytestmark = pytest.mark.filterwarnings("ignore::UserWarning")
BOX = [{"id": "L1", "points_px": [[10, 10], [30, 10], [30, 50], [10, 50]]}]
LINE = [{"id": "L1", "length": [[10, 10], [40, 10]]}]
CALIBRATED = {"PixelSpacing": [0.2, 0.1], "PixelSpacingCalibrationType": "FIDUCIAL"}
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

    monkeypatch.setattr("calcitrial.commands.pictures.read_series", starved)
    code, _, err = run("measure", str(tmp_path))
    assert code == 1 and "need more memory than there is" in err


@pytest.fixture
def taken(run: Run, tmp_path, put):
    """A study with a participant and two lesions, whose film and ultrasound pictures of two visits were taken in."""
    found = {}
    run("open", "stsinj")
    dates = (("BL", "2026-01-10"), ("W12", "2026-04-04"))
    visits = [{**BEGUN, "visit": visit, "values": {"visit_date": day}} for visit, day in dates]
    lesions = [{**LESION, "lesion": f"PIT-001-L{number}"} for number in (1, 2)]
    code, _, err = run("enter", "stsinj", put("forms.json", [SCREENED, *visits, *lesions]), "--by", "nurse")
    assert code == 0, err
    for number, (visit, _day) in enumerate(dates):
        source = tmp_path / f"source {visit}"
        source.mkdir()
        film(source / "f.dcm", **CALIBRATED, SeriesInstanceUID=f"2.25.71{number}")
        echo(source / "u.dcm", region(), SeriesInstanceUID=f"2.25.72{number}")
        code, out, err = run("take", str(source), "stsinj", "PIT-001", visit, "--keep", "0,0,79,59", "--json", "-")
        assert code == 0, err
        for series in json.loads(out)["series"]:
            (path,) = sorted(Path(series["folder"]).iterdir())
            found[series["modality"], visit] = str(path)
    return found


def entered(form: str, visit: str, lesion: str = "PIT-001-L1"):
    rows = make_cut("stsinj", "test").table(form).filter(visit=visit, lesion=lesion)
    return rows.row(0, named=True) if rows.height else {}


def into(visit: str, lesion: str = "PIT-001-L1") -> list[str]:
    named = ["--lesion", lesion] if lesion else []
    return ["--study", "stsinj", "--participant", "PIT-001", "--visit", visit, *named, "--by", "rita"]


def test_the_area_on_a_film_enters_the_record_with_scale_and_picture(run: Run, taken, put):
    path, outlines = taken["CR", "BL"], put("o.json", BOX)
    code, out, err = run("film", path, "--outlines", outlines, *into("BL"), "--json", "-")
    assert code == 0, err
    told, form = json.loads(out), entered("film_measurement", "BL")
    assert float(form["area"]) == pytest.approx(told["lesions"][0]["area_mm2"]) == pytest.approx(20 * 40 * 0.2 * 0.1)
    assert float(form["area_se"]) > 0 and (form["scale_source"], form["scale_mm"]) == ("fiducial", "0.100000")
    assert form["series_digest"] == read_picture(Path(path), "film").digest == told["picture"]["digest"]
    assert form["series_uid"] and told["submission"] == read_head("stsinj").sequence
    (step,) = [s for s in trail_of("stsinj", form["entries"]) if s.item == "area"]
    assert (step.author, step.role, step.unit) == ("rita", "image analyst", "mm2")


def test_diameters_and_ellipsoid_enter_the_record_each_lesion_its_own(run: Run, taken, put):
    drawn = [
        {
            "id": "PIT-001-L1",
            "length": [[10, 10], [40, 10]],
            "width": [[10, 20], [30, 20]],
            "depth": [[10, 10], [10, 20]],
        },
        {"id": "PIT-001-L2", "length": [[10, 30], [25, 30]]},
    ]
    code, out, err = run("ultrasound", taken["US", "W12"], "--calipers", put("c.json", drawn), *into("W12", ""))
    assert code == 0 and "Submission" in out, err
    one, other = entered("ultrasound_measurement", "W12"), entered("ultrasound_measurement", "W12", "PIT-001-L2")
    assert [float(one[axis]) for axis in ("length", "width", "depth")] == pytest.approx([6.0, 4.0, 2.0])
    assert float(one["volume_ellipsoid"]) == pytest.approx(math.pi / 6 * 48, abs=1e-3)  # by hand
    assert float(other["length"]) == pytest.approx(3.0) and other["volume_ellipsoid"] is None


def test_measured_again_it_needs_a_reason_and_clears_what_is_no_more(run: Run, taken, put):
    path, calipers = taken["US", "BL"], put("c.json", LINE)
    assert run("ultrasound", path, "--calipers", calipers, *into("BL"))[0] == 0
    before = read_head("stsinj")
    code, _, err = run("ultrasound", path, *into("BL"), "--not-found")
    assert code == 1 and "reason" in err and read_head("stsinj") == before
    code, out, err = run("ultrasound", path, *into("BL"), "--not-found", "--reason", "it was a vessel")
    assert code == 0 and "looked for and not found" in out, err
    form = entered("ultrasound_measurement", "BL")
    assert (form["length"], form["length_se"], form["flags"]) == (None, None, "not_found")
    assert find("ultrasound_length").derive(make_cut("stsinj", "test"))["value"].to_list() == [0.0]


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (["--study", "stsinj"], "--participant, --visit, --by is missing"),
        (["--participant", "PIT-001"], "not said which study"),
        (["--study", "stsinj", "--participant", "PIT-001", "--visit", "W12", "--by", "r"], "not among those taken in"),
        ([*into("BL"), "--not-found"], "with nothing drawn"),
        (into("BL", "PIT-001-L9"), "PIT-001-L9"),
        (into("BL", ""), "'L1'"),
    ],
)
def test_sizes_that_belong_nowhere_are_refused_and_nothing_is_entered(run: Run, taken, put, options, words):
    before = read_head("stsinj")
    code, _, err = run("film", taken["CR", "BL"], "--outlines", put("o.json", BOX), *options)
    assert code == 1 and words in err and read_head("stsinj") == before


def test_a_picture_that_was_not_taken_in_may_name_a_person_and_is_refused(run: Run, taken, tmp_path, put):
    path = film(tmp_path / "own.dcm", **CALIBRATED)
    code, _, err = run("film", str(path), "--outlines", put("o.json", BOX), *into("BL"))
    assert code == 1 and "calcitrial take" in err and "MUSTERMANN" not in err
    assert not make_cut("stsinj", "test").table("film_measurement").height


def test_two_outlines_are_not_one_lesion(run: Run, taken, put):
    two = [*BOX, {"id": "L2", "points_px": [[40, 10], [60, 10], [60, 50]]}]
    code, _, err = run("film", taken["CR", "BL"], "--outlines", put("o.json", two), *into("BL"))
    assert code == 1 and "2 things are drawn" in err


def test_what_was_entered_can_be_read_by_blinded_readers(run: Run, taken, put):
    """A film with its series and digest in the record is a case of the reading room, found below the home."""
    assert run("film", taken["CR", "BL"], "--outlines", put("o.json", BOX), *into("BL"))[0] == 0
    code, _, err = run("reading", "plan", "stsinj", "--reader", "R1", "--reader", "R2", "--by", "dana", "--repeat", "0")
    assert code == 0, err
    (task,) = worklist("stsinj", "R1")
    assert task.kind == "film"
    home = Path(taken["CR", "BL"]).parents[4].parent
    assert pictures("stsinj", next(p for p in (home, *home.parents) if (p / "images").is_dir()), "R1", task.id)
