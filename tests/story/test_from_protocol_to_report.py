"""The whole path on real input, told through the command line: what a stranger sees who types `make demo`."""

import json
import re
from collections.abc import Mapping
from pathlib import Path

import pytest
from pypdf import PdfReader

from calcitrial.dicom import read_series
from calcitrial.imaging import Seed, measure
from tests.story.conftest import as_json, calcitrial

Demos = Mapping[str, tuple[Path, str]]
TRIALS = ("stsinj", "limoges")


@pytest.mark.parametrize("study", TRIALS)
def test_the_same_seed_gives_the_same_cut_on_both_databases(small_demos: Demos, study: str) -> None:
    cuts = [as_json("cut", study, home=home, database=address) for home, address in small_demos.values()]
    assert cuts[0] == cuts[1]
    assert set(cuts[0]) >= {"study", "sequence", "head", "definition", "digest", "tables"}
    assert cuts[0]["tables"]["enrolment"] == 4 and cuts[0]["tables"]["ct_measurement"] > 0


@pytest.mark.parametrize("database", ["sqlite", "postgresql"])
def test_the_record_verifies(small_demos: Demos, database: str) -> None:
    home, address = small_demos[database]
    found = as_json("verify", home=home, database=address)
    assert [(one["study"], one["ok"]) for one in found] == [("limoges", True), ("stsinj", True)]


def test_a_second_run_into_the_same_home_gives_the_same_digest(small_demos: Demos, tmp_path: Path) -> None:
    home, _ = small_demos["sqlite"]
    before = as_json("cut", "limoges", home=home)["digest"]
    again = as_json("demo", "--no-serve", "--participants", "4", "--seed", "3", home=home)
    assert {trial["study"]: trial["cut"]["digest"] for trial in again["trials"]}["limoges"] == before


def test_another_seed_gives_another_digest(small_demos: Demos, tmp_path: Path) -> None:
    other = as_json("demo", "--no-serve", "--participants", "2", "--seed", "4", home=tmp_path / "other")
    assert other["trials"][0]["cut"]["digest"] != as_json("cut", "stsinj", home=small_demos["sqlite"][0])["digest"]


def test_the_demo_does_not_touch_a_folder_that_is_not_its_own(tmp_path: Path) -> None:
    (tmp_path / "letter.txt").write_text("keep me")
    told = calcitrial("demo", "--no-serve", home=tmp_path, fails=True)
    assert "not empty and not a demo's" in told and "Traceback" not in told
    assert [path.name for path in tmp_path.iterdir()] == ["letter.txt"]


def test_an_earlier_cut_is_what_was_known_then(demo_home: Path) -> None:
    early = as_json("cut", "limoges", "--at", "20", home=demo_home)
    assert early["sequence"] == 20 and early["tables"]["end_of_study"] == 0
    dated = as_json("cut", "limoges", "--at", "2026-06-15", home=demo_home)
    assert 0 < dated["sequence"] < as_json("cut", "limoges", home=demo_home)["sequence"]


@pytest.mark.parametrize("study", TRIALS)
def test_the_measurements_in_the_record_are_those_of_the_images(demo_home: Path, study: str) -> None:
    """Read one series of the demo again, as an auditor would, and find the entered numbers."""
    trace = as_json("why", study, home=demo_home)
    step = next(s for s in trace["steps"] if s["item"] == "mass" and s["place"]["visit"] == "W12")
    steps = [s for s in trace["steps"] if s["place"] == step["place"]]
    values = {s["item"]: s["value"] for s in steps}
    place = step["place"]
    series = read_series(demo_home / "images" / study / place["participant"] / place["visit"])
    assert (series.digest, series.facts.series_uid) == (values["series_digest"], values["series_uid"])
    point = (float(values["centroid_x"]), float(values["centroid_y"]), float(values["centroid_z"]))
    again = measure(series, [Seed(place["lesion"], point)])[0]
    assert again.mass_mg is not None and f"{again.mass_mg:.4f}" == values["mass"]


@pytest.mark.parametrize("study", TRIALS)
def test_analyse_report_and_why_agree_on_one_number(demo_home: Path, study: str) -> None:
    estimate = as_json("analyse", study, home=demo_home)["estimate"]
    report = json.loads((demo_home / "reports" / study / "report.json").read_text("utf-8"))
    trace = as_json("why", study, home=demo_home)
    assert estimate["low"] < estimate["estimate"] < estimate["high"]
    assert trace["estimate"]["estimate"] == estimate["estimate"]
    assert f"{estimate['estimate']:.2f}" in (demo_home / "reports" / study / "report.html").read_text("utf-8")
    assert estimate["cut_digest"] == as_json("cut", study, home=demo_home)["digest"]
    assert estimate["cut_digest"] in json.dumps(report)
    assert trace["steps"] and {s["author"] for s in trace["steps"]} >= {"simulated-reader"}


def test_the_true_effect_of_the_simulation_lies_in_the_interval(demo_home: Path) -> None:
    """The demo's treated lesions keep 55 % at the last visit, half of that on the log scale at W12 (day 84 of 168)."""
    estimate = as_json("analyse", "stsinj", home=demo_home)["estimate"]
    assert estimate["low"] < 0.55**0.5 < estimate["high"]


@pytest.mark.parametrize("study", TRIALS)
def test_the_report_holds_what_a_reader_expects(demo_home: Path, study: str) -> None:
    folder = demo_home / "reports" / study
    html = (folder / "report.html").read_text("utf-8")
    digest = as_json("cut", study, home=demo_home)["digest"]
    for words in ("SIMULATED", "Participant flow", "Lesions", "Safety", "not public", "assumed: 100 mg HA", digest):
        assert words in html
    assert not re.search(r'(?:src|href)="(?:https?:)?//(?!doi)', html.split("Sources")[0])
    pdf = PdfReader(folder / "report.pdf")
    assert "pdfaid:part" in str(pdf.xmp_metadata and pdf.xmp_metadata.get_element) or pdf.xmp_metadata is not None
    assert digest[:16] in "".join(page.extract_text() for page in pdf.pages)


def test_every_participant_is_labelled_simulated(demo_home: Path) -> None:
    with (demo_home / "SIMULATED").open() as notice:
        assert "No person" in notice.read()
    series = next((demo_home / "images" / "stsinj").rglob("*.dcm"))
    assert b"SIMULATED" in series.read_bytes()


def test_a_plain_csv_is_analysed_without_the_rest() -> None:
    plain = Path(__file__).parents[1] / "against" / "data" / "small.csv"
    formula = "logvol ~ arm*visit + logbase + (1|usubjid/lesid)"
    fit = as_json("analyse", "--csv", str(plain), "--formula", formula)
    arm = next(c for c in fit["coefficients"] if c["term"].startswith("arm") and ":" not in c["term"])
    # R 4.2.2, lme4 and pbkrtest on the same table: see tests/against/data.
    assert arm["estimate"] == pytest.approx(-0.359704879087512, rel=1e-5)
    assert arm["se"] == pytest.approx(0.218123832905738, rel=1e-4)
    assert arm["df"] == pytest.approx(8.96549823892395, rel=1e-4)
    assert set(fit) >= {"coefficients", "variances", "loglik", "n", "groups", "messages"}
    ml = as_json("analyse", "--csv", str(plain), "--formula", formula, "--ml")
    assert ml["loglik"] == pytest.approx(-23.6265331021587, rel=1e-8)
