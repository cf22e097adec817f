"""`calcitrial registry`: import says what was wrong and keeps the rest; search and show."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from calcitrial import commands
from tests.registrations.files import PORTAL, study, written

Run = Callable[..., tuple[int, str, str]]


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Run:
    """Run the program with a home of its own; gives exit code, output and errors."""
    monkeypatch.delenv("CALCITRIAL_DATABASE", raising=False)

    def call(*words: str) -> tuple[int, str, str]:
        monkeypatch.setattr("sys.argv", ["calcitrial", "registry", *words, "--home", str(tmp_path / "home")])
        with pytest.raises(SystemExit) as ended:
            commands.main()
        told = capsys.readouterr()
        return int(ended.value.code or 0), told.out, told.err

    return call


def test_import_search_and_show(run: Run, tmp_path: Path) -> None:
    files = [written(tmp_path, "a.json", study()), written(tmp_path, "b.xml", PORTAL)]
    code, out, err = run("import", *map(str, files))
    assert (code, err) == (0, "") and "3 records" in out and "3 new" in out
    code, out, _err = run("search", "calcinosis", "--age", "1", "--sex", "female", "--country", "fr")
    assert code == 0 and out.startswith("1 trial.") and "NCT99000001" in out
    code, out, _err = run("search", "--near", "69006", "--km", "5", "--json", "-")
    assert json.loads(out)["trials"][0]["id"] == "NCT99000001" and 0 <= json.loads(out)["trials"][0]["km"] <= 5
    code, out, _err = run("show", "NCT99000001")
    assert code == 0 and "CONFLICT" in out and "statusModule.overallStatus" in out and "not public" in out
    code, out, _err = run("show", "2019-000001-11", "--json", "-")
    assert len(json.loads(out)["items"]) == 25


def test_what_is_wrong_is_said_and_the_rest_is_there(run: Run, tmp_path: Path) -> None:
    bad = written(tmp_path, "bad.json", {"studies": [study(), {"protocolSection": {}}]})
    code, out, err = run("import", str(bad), str(tmp_path / "absent.xml"))
    assert code == 1 and "1 new" in out and "study 2" in err and "absent.xml" in err and "Traceback" not in err
    assert "NCT99000001" in run("search", "thiosulfate calcinosis")[1]


def test_rebuild_tells_how_many(run: Run, tmp_path: Path) -> None:
    run("import", str(written(tmp_path, "a.json", study())))
    assert "3 records" in run("rebuild")[1]


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (["search", "--near", "87999"], "Did you mean"),
        (["search", "--age", "old"], "is no age"),
        (["search", "--status", "open"], "Choose recruiting"),
        (["show", "NCT0"], "There is no trial"),
    ],
)
def test_refusals_are_sentences(run: Run, words: list[str], sentence: str) -> None:
    code, out, err = run(*words)
    assert code == 1 and sentence in err and out == ""
