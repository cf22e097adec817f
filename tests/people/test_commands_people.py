"""The command line of people: the first administrator of a fresh home, roles, training, and who had which right."""

import json
import sys
from pathlib import Path
from unittest.mock import Mock

import pytest
from typer.testing import CliRunner

from calcitrial.commands import app
from calcitrial.protocol import RefusedError
from calcitrial.record import close


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("CALCITRIAL_DATABASE", "")  # an earlier test may have connected to PostgreSQL
    yield tmp_path / "home"
    close()


def run(home: Path, *words: str) -> str:
    result = CliRunner().invoke(app, [*words, "--home", str(home)])
    if result.exception:
        raise result.exception
    return result.output


def test_a_fresh_home_gets_its_first_administrator(home: Path) -> None:
    said = run(home, "people", "add", "ada", "--full-name", "Ada A", "--identity", "passport", "--administrator")
    assert "ada can sign in with the first password" in said
    assert "ada" in run(home, "people", "list") and "active, administrator" in run(home, "people", "list")
    with pytest.raises(RefusedError, match="never given twice"):
        run(home, "people", "add", "ada", "--identity", "passport")


def test_a_role_counts_from_the_training_on_and_the_past_can_be_told(home: Path) -> None:
    run(home, "open", "stsinj")
    run(home, "people", "add", "nora", "--identity", "badge")
    run(home, "people", "grant", "stsinj", "nora", "study_nurse", "--reason", "joins", "--from", "2026-01-01")
    assert "no valid training" in run(home, "people", "list", "stsinj")
    run(home, "people", "train", "stsinj", "nora", "GCP", "--on", "2026-01-01")
    told = json.loads(run(home, "people", "list", "stsinj", "--json", "-"))
    assert [(one["person"], one["role"], one["why_not"]) for one in told] == [("nora", "study_nurse", "")]
    assert "Nobody." in run(home, "people", "list", "stsinj", "--at", "2020-01-01")
    run(home, "people", "revoke", "stsinj", "nora", "study_nurse", "--reason", "moves")
    assert "revoked" in run(home, "people", "list", "stsinj")
    run(home, "people", "deactivate", "nora", "--reason", "left")
    assert "account deactivated" in run(home, "people", "list", "stsinj")


def test_a_reset_prints_a_new_first_password(home: Path) -> None:
    run(home, "people", "add", "nora", "--identity", "badge")
    first = json.loads(run(home, "people", "reset", "nora", "--reason", "forgot", "--json", "-"))["first_password"]
    assert len(first) >= 12


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (("grant", "stsinj", "nora", "king", "--reason", "x"), "There is no role"),
        (("grant", "stsinj", "nora", "monitor", "--reason", "x", "--from", "soon"), "is no day"),
        (("list", "stsinj", "--at", "7"), "is no moment"),
        (("deactivate", "nobody", "--reason", "x"), "Nobody here has the user name"),
    ],
)
def test_what_cannot_be_done_is_a_sentence(home: Path, words: tuple[str, ...], sentence: str) -> None:
    run(home, "open", "stsinj")
    run(home, "people", "add", "nora", "--identity", "badge")
    with pytest.raises(RefusedError, match=sentence):
        run(home, "people", *words)


def test_serving_a_home_without_accounts_says_how_to_make_the_first(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("CALCITRIAL_ADDRESS", "POLARS_MAX_THREADS"):
        monkeypatch.setenv(name, "1")  # what serving would set for its processes must not stay for other tests
    monkeypatch.setattr(sys.modules["calcitrial.web.serve"], "Granian", lambda *_told, **_more: Mock())
    monkeypatch.setattr("multiprocessing.set_start_method", lambda *_told, **_more: None)
    run(home, "open", "stsinj")
    assert "calcitrial people add NAME" in run(home, "serve")
    run(home, "people", "add", "ada", "--identity", "passport", "--administrator")
    assert "calcitrial people add" not in run(home, "serve")
