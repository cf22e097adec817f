"""The command ranks trials for people, and people for trials, and says what was not used."""

import sys
from pathlib import Path

import orjson
import pytest

from calcitrial.commands import main
from calcitrial.registry import import_files
from tests.matching.people import bundle, condition, patient
from tests.registrations.files import study, written


def run(monkeypatch: pytest.MonkeyPatch, *words: str) -> int:
    monkeypatch.setattr(sys, "argv", ["calcitrial", *words])
    try:
        main()
    except SystemExit as end:
        return int(end.code or 0)
    return 0


@pytest.fixture
def file(tmp_path: Path) -> Path:
    people = (patient("ann"), condition("ann", "M34.9"), patient("ben", "2025-01-01"), condition("ben", "XX"))
    path = tmp_path / "people.json"
    path.write_bytes(orjson.dumps(bundle(*people)))
    return path


def test_trials_are_ranked_for_each_person_with_every_reason(
    file: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(monkeypatch, "match", str(file), "--on", "2026-05-05") == 0
    out = capsys.readouterr().out
    assert "  1. limoges: open (0 against, 4 not known, of 5 criteria)" in out
    assert "A-I1 inclusion: At least 2 years old: speaks against it [age_years = 1]" in out
    assert "Not used: Condition/ben-XX: The code is not one of ours" in out and "No one is told here" in out


def test_people_are_ranked_for_a_trial_as_json(
    file: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert (
        run(monkeypatch, "match", str(file), "--people", "--trial", "stsinj", "--on", "2026-05-05", "--json", "-") == 0
    )
    told = orjson.loads(capsys.readouterr().out)
    assert [one["person"] for one in told["groups"][0]["ranking"]] == ["ann", "ben"]
    assert told["groups"][0]["ranking"][0]["criteria"][0]["basis"] == "diagnosis = SSc"


def test_files_without_anybody_are_refused_with_what_was_wrong(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(monkeypatch, "match", str(tmp_path / "none.json")) != 0
    assert "The file could not be opened" in capsys.readouterr().err
    assert run(monkeypatch, "match", str(tmp_path / "none.json"), "--on", "someday") != 0
    assert "'someday' is no day" in capsys.readouterr().err


def test_records_of_the_registry_are_ranked_beside_own_trials(
    file: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    home = tmp_path / "home"
    ours = study(identificationModule__nctId="NCT03582800")
    systemic = study(identificationModule__nctId="NCT99000009", conditionsModule__conditions=["Scleroderma, Systemic"])
    import_files(home, [written(tmp_path, "a.json", {"studies": [ours, study(), systemic]})])
    command = ("match", str(file), "--on", "2026-05-05", "--home", str(home))
    assert run(monkeypatch, *command) == 0
    out = capsys.readouterr().out
    assert "NCT99000009: Thiosulfate for calcinosis: open (0 against, 2 not known, of 7 criteria)" in out
    assert "text inclusion: The criteria in free text: not known [unknown: the site decides]" in out
    assert "NCT03582800:" not in out and "NCT99000001" not in out.split("ben")[0]
    assert "ann: 1 of the registry's records may fit by their fields" in out
    assert run(monkeypatch, *command, "--trial", "NCT99000009", "--people") == 0
    assert "  1. ann: open (0 against, 2 not known" in capsys.readouterr().out
    assert run(monkeypatch, *command, "--near", "87000", "--km", "20") == 0
    assert "NCT99000009" not in capsys.readouterr().out


def test_a_home_without_a_registry_is_left_as_it_is(
    file: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(monkeypatch, "match", str(file), "--home", str(tmp_path / "none")) == 0
    assert "has no registry yet" in capsys.readouterr().out
    assert not list((tmp_path / "none").rglob("*"))
