"""The commands of the allocation, from activation to the check, each in a process's own words."""

import csv
import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from calcitrial import verbs
from calcitrial.commands import app
from calcitrial.lesions import LesionPlace, add_lesion, freeze
from calcitrial.participants import enrol, screen
from calcitrial.protocol import RefusedError, load
from calcitrial.record import Author, Draft, Place
from tests.participants.test_screening import JUDGED, WELL

NURSE, DOCTOR = Author("nora", "study_nurse"), Author("ines", "investigator")
THUMB = LesionPlace("thumb, distal phalanx", "left", "left hand", 0.5, 0.25)


def run(home: Path, *words: str) -> str:
    """Return what a command says; its refusal is raised."""
    result = CliRunner().invoke(app, [*words, "--home", str(home)], catch_exceptions=False)
    assert result.exit_code == 0, result.output
    return result.output


@pytest.fixture
def study(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    from datetime import date

    monkeypatch.delenv("CALCITRIAL_DATABASE", raising=False)
    home = tmp_path / "home"
    verbs.open(home, create=True)
    door = verbs.open_study(load("limoges", "untreated_lesion"))
    for code in ("LIM-001", "LIM-002"):
        screen(door, code, WELL, NURSE, JUDGED)
        enrol(door, code, date(2026, 1, 6), NURSE)
        for _ in range(3):
            add_lesion(door, code, THUMB, NURSE)
        freeze(door, code, DOCTOR)
    return home


def test_from_activation_to_the_check(study: Path, tmp_path: Path) -> None:
    assert "commits to the secret with SHA-256" in run(study, "activate", "limoges", "--by", "mia")
    secret = (study / "secrets" / "limoges.key").read_text().strip()
    drawn = run(study, "allocate", "limoges", "LIM-001", "--by", "nora")
    assert drawn.count("LIM-001-L") == 3
    before = run(study, "allocation", "limoges")
    assert "not revealed" in before and secret not in before and "STS" not in before
    assert "is revealed" in run(study, "reveal", "limoges", "--by", "mia", "--reason", "the data are final")
    after = run(study, "allocation", "limoges", "--json", str(tmp_path / "all.json"))
    assert secret in after and "Every arm is the one that the revealed secret gives" in after
    content = json.loads((tmp_path / "all.json").read_text())
    assert content["faults"] == [] and len(content["assignments"]) == 3


def test_an_altered_arm_ends_the_check_with_its_name(study: Path) -> None:
    run(study, "activate", "limoges", "--by", "mia")
    run(study, "allocate", "limoges", "LIM-002", "--by", "nora")
    place = Place("LIM-002", "lesion_allocation", "", "LIM-002-L1")
    arm = verbs.cut("limoges").table("lesion_allocation")["lesion_arm"][0]
    other = {"STS": "CTL", "CTL": "STS"}[arm]
    verbs.door("limoges").enter([Draft(place, {"lesion_arm": other}, 1, "fraud")], NURSE)
    run(study, "reveal", "limoges", "--by", "mia", "--reason", "the data are final")
    with pytest.raises(RefusedError, match=f"LIM-002-L1 is in arm {other}; the secret gives {arm}"):
        run(study, "allocation", "limoges")


@pytest.mark.requirement("ICH E6(R3) 4.3.6")
def test_sealed_codes_are_written_once_for_the_pharmacist_and_opened_without_a_home(
    study: Path, tmp_path: Path
) -> None:
    run(study, "activate", "limoges", "--by", "mia")
    drawn = run(study, "allocate", "limoges", "LIM-001", "--by", "nora")
    out = tmp_path / "sealed"
    words = ("sealed-codes", "limoges", "--out", str(out), "--by", "paul", "--slots", "3")
    with pytest.raises(RefusedError, match="A study nurse gets no sealed codes"):
        run(study, *words, "--role", "study_nurse")
    assert not out.exists()
    assert "6 sealed codes" in run(study, *words)
    with pytest.raises(RefusedError, match="not empty"):
        run(study, *words)
    assert all(path.stat().st_mode & 0o077 == 0 for path in out.iterdir())
    rows = list(csv.DictReader((out / "codes.csv").open()))
    row = next(one for one in rows if (one["list"], one["place"]) == ("LIM-001", "2"))
    told = run(tmp_path / "nowhere", "open-code", str(out / row["file"]), "--code", row["code"])
    arm = next(line for line in drawn.splitlines() if line.startswith("LIM-001-L2")).split(": ")[1]
    assert f": {arm}." in told and not (tmp_path / "nowhere").exists()
    with pytest.raises(RefusedError, match="does not open this file"):
        run(study, "open-code", str(out / row["file"]), "--code", "WRONG")
    assert verbs.cut("limoges").table("sealed_codes").height == 1
