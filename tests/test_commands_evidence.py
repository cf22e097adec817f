"""`calcitrial evidence` and `calcitrial check`, as one types them."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from calcitrial import commands
from tests.evidence.test_base import NEW

Run = Callable[..., tuple[int, str, str]]


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Run:
    """Run a command in an empty folder; gives exit code, standard output and standard error."""
    monkeypatch.chdir(tmp_path)

    def command(*arguments: str) -> tuple[int, str, str]:
        monkeypatch.setattr("sys.argv", ["calcitrial", *arguments])
        with pytest.raises(SystemExit) as ended:
            commands.main()
        told = capsys.readouterr()
        return int(ended.value.code or 0), told.out, told.err

    return command


def test_evidence_says_what_may_and_what_may_not_be_said(run: Run) -> None:
    code, out, _ = run("evidence", "intralesional", "response")
    assert code == 0
    assert (
        out.index("May be said") < out.index("IL01 Aarhus") < out.index("May not be said") < out.index("Which reports")
    )


def test_a_report_that_is_added_changes_what_may_be_said(run: Run, tmp_path: Path) -> None:
    (tmp_path / "new.toml").write_text(NEW, "utf-8")
    assert run("evidence", "--add", "new.toml")[1] == "NEW1 is in the base of calcitrial-home.\n"
    code, out, _ = run("evidence", "intralesional", "--json", "out.json", "--out", "pictures")
    assert code == 0 and "complete remission: 44 %" in out  # 7 of 16, no heterogeneity
    (pool,) = json.loads((tmp_path / "out.json").read_text())["pooled"]
    assert (pool["studies"], pool["events"], pool["n"]) == (["IL01", "NEW1"], 7, 16)
    assert sorted(path.name for path in (tmp_path / "pictures").iterdir()) == ["flow.svg", "forest.svg"]


def test_a_report_that_does_not_fit_is_refused_in_sentences(run: Run, tmp_path: Path) -> None:
    (tmp_path / "new.toml").write_text(NEW.replace("events = 4", "events = 40"), "utf-8")
    code, _, err = run("evidence", "--add", "new.toml")
    assert code == 1 and "40 of 10 people is impossible" in err and "Traceback" not in err
    assert not (tmp_path / "calcitrial-home").exists()
