"""The demo: a home of its own that it may empty, never another; and few participants are a sentence, no fault."""

import io
import stat
from pathlib import Path

import pytest
from django.db import connections
from rich.console import Console

from calcitrial import demonstration, verbs
from calcitrial.protocol import RefusedError, load
from calcitrial.record import Author, Draft, Place, close, connect
from tests.conftest import Server


def test_a_new_home_is_marked_as_simulated(tmp_path: Path) -> None:
    demonstration.prepare(tmp_path / "new" / "home")
    assert "SIMULATED" in (tmp_path / "new" / "home" / "SIMULATED").read_text("utf-8")


def test_a_folder_that_is_not_a_demo_is_left_as_it_is(tmp_path: Path) -> None:
    (tmp_path / "calcitrial.sqlite3").write_bytes(b"a record of real people")
    (tmp_path / "images").mkdir()
    with pytest.raises(RefusedError, match=r"not empty and not a demo's\. Name another --home"):
        demonstration.prepare(tmp_path)
    assert (tmp_path / "calcitrial.sqlite3").read_bytes() == b"a record of real people"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["calcitrial.sqlite3", "images"]


def test_a_demo_home_is_emptied_of_what_the_demo_made_and_of_nothing_else(tmp_path: Path) -> None:
    demonstration.prepare(tmp_path)
    for folder in ("images", "reports", "secrets", "mine"):
        (tmp_path / folder).mkdir()
        (tmp_path / folder / "file").touch()
    for name in ("calcitrial.sqlite3", "calcitrial.sqlite3-wal", "notes.txt"):
        (tmp_path / name).touch()
    demonstration.prepare(tmp_path)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["SIMULATED", "mine", "notes.txt"]


def test_one_participant_gives_a_report_and_a_sentence_instead_of_an_estimate(tmp_path: Path) -> None:
    shown = io.StringIO()
    made = demonstration.run(tmp_path / "home", 1, 1, Console(file=shown))
    connections["default"].close()
    assert [trial.study for trial in made.trials] == ["stsinj", "limoges"]
    for trial in made.trials:
        assert trial.analysis is None and trial.refusal.endswith(".")
        assert trial.refusal in made.text() and trial.cut.digest in made.text()
        assert all(path.is_file() for path in vars(trial.report).values())
        key = tmp_path / "home" / "secrets" / f"{trial.study}.key"
        assert stat.S_IMODE(key.stat().st_mode) == 0o600
    told = made.to_json()["trials"]
    assert [(one["study"], one["estimate"]) for one in told] == [("stsinj", None), ("limoges", None)]
    assert all(one["refusal"] for one in told) and "stsinj: drawing participants" in shown.getvalue()
    assert {"drawing", "imaging", "entering", "reading", "reporting"} <= made.seconds.keys()


@pytest.mark.parametrize("theirs", ["another study", "a real participant"])
def test_a_demo_home_in_which_somebody_began_to_work_is_not_emptied(tmp_path: Path, theirs: str) -> None:
    home = tmp_path / "home"
    demonstration.run(home, 1, 1, Console(file=io.StringIO()))
    if theirs == "another study":
        verbs.open_study(load("limoges", "untreated_lesion").model_copy(update={"id": "mine"}))
    else:
        values = {"screening_date": "2026-05-01", "site": "University Hospital"}
        verbs.enter("stsinj", [Draft(Place("PIT-900", "screening"), values)], Author("nurse one", "study nurse"))
    before = (home / "calcitrial.sqlite3").stat().st_size
    with pytest.raises(RefusedError, match="which this demo did not make"):
        demonstration.run(home, 1, 1, Console(file=io.StringIO()))
    assert (home / "calcitrial.sqlite3").stat().st_size >= before
    assert list((home / "images").iterdir())
    close()


def test_the_demo_does_not_enter_into_a_database_with_a_study(tmp_path: Path, postgresql_server: Server) -> None:
    address = postgresql_server.fresh()
    connect(tmp_path / "first", address, create=True)
    verbs.open_study(load("stsinj"))
    with pytest.raises(RefusedError, match="holds the study stsinj"):
        demonstration.run(tmp_path / "second", 1, 1, Console(file=io.StringIO()), address)
    assert verbs.cut("stsinj").sequence == 0
    close()
