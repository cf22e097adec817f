"""`calcitrial amend` looks first and then enters once; `calcitrial amendments` lists what happened."""

from pathlib import Path

import orjson
import pytest
from typer.testing import CliRunner, Result

from calcitrial import record
from calcitrial.commands import app
from calcitrial.protocol import RefusedError, find


def run(*words: str) -> Result:
    return CliRunner().invoke(app, list(words))


@pytest.fixture
def at(tmp_path: Path) -> list[str]:
    home = ["--home", str(tmp_path / "home")]
    assert run("open", "stsinj", *home).exit_code == 0
    return home


@pytest.fixture
def file(tmp_path: Path) -> str:
    path = tmp_path / "new.toml"
    text = find("stsinj").read_text("utf-8").replace('version = "1"', 'version = "1.1"', 1)
    path.write_text(text.replace('label = "Worst pain', 'label = "The worst pain', 1), "utf-8")
    return str(path)


def test_a_dry_run_prints_what_differs_and_enters_nothing(at: list[str], file: str) -> None:
    told = run("amend", "stsinj", file, "--dry-run", *at)
    assert told.exit_code == 0
    assert "Endpoints and analysis" in told.output
    assert "the wording is now The worst pain" in told.output
    assert "Its version is 1.1; it was 1." in told.output
    assert record.read_head("stsinj").sequence == 0


def test_an_amendment_is_entered_with_its_reason_and_listed(at: list[str], file: str) -> None:
    done = run("amend", "stsinj", file, "--reason", "clearer words", "--approval", "EC 3", "--as", "dana", *at)
    assert done.exit_code == 0, done.exception
    assert "Submission 1: stsinj runs under definition" in done.output
    listed = run("amendments", "stsinj", "--json", "-", *at)
    (one,) = orjson.loads(listed.output)["amendments"]
    assert (one["number"], one["version"], one["approval"]) == (1, "1.1", "EC 3")
    assert "clearer words (EC 3)" in run("amendments", "stsinj", *at).output
    assert "verified" in run("verify", "stsinj", *at).output


@pytest.mark.parametrize(
    ("more", "words"),
    [(["--as", "dana"], "needs a reason"), (["--reason", "x"], "name of the person who enters is empty")],
)
def test_without_reason_or_name_nothing_moves(at: list[str], file: str, more: list[str], words: str) -> None:
    refused = run("amend", "stsinj", file, *more, *at)
    assert isinstance(refused.exception, RefusedError)
    assert words in str(refused.exception)
    assert record.versions_of("stsinj").amendments == ()


def test_another_study_or_day_is_refused(at: list[str], file: str) -> None:
    other = run("amend", "stsinj", "limoges", "--control", "untreated", "--reason", "x", "--as", "d", *at)
    assert isinstance(other.exception, RefusedError)
    late = run("amend", "stsinj", file, "--reason", "x", "--as", "d", "--on", "soon", *at)
    assert "is no day" in str(late.exception)
