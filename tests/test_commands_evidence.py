"""`calcitrial evidence` and `calcitrial check`, as one types them."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from calcitrial import commands
from calcitrial.protocol import find
from tests.evidence.test_base import NEW

Run = Callable[..., tuple[int, str, str]]


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Run:
    """Run a command in an empty folder; gives exit code, standard output and standard error."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("CALCITRIAL_HOME", "home")
    monkeypatch.delenv("CALCITRIAL_DATABASE", raising=False)

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
    assert run("evidence", "--add", "new.toml")[1] == "NEW1 is in the base of home.\n"
    code, out, _ = run("evidence", "intralesional", "--json", "out.json", "--out", "pictures")
    assert code == 0 and "complete remission: 44 %" in out  # 7 of 16, no heterogeneity
    (pool,) = json.loads((tmp_path / "out.json").read_text())["pooled"]
    assert (pool["studies"], pool["events"], pool["n"]) == (["IL01", "NEW1"], 7, 16)
    assert sorted(path.name for path in (tmp_path / "pictures").iterdir()) == ["flow.svg", "forest.svg"]


def test_a_report_that_does_not_fit_is_refused_in_sentences(run: Run, tmp_path: Path) -> None:
    (tmp_path / "new.toml").write_text(NEW.replace("events = 4", "events = 40"), "utf-8")
    code, _, err = run("evidence", "--add", "new.toml")
    assert code == 1 and "40 of 10 people is impossible" in err and "Traceback" not in err
    assert not (tmp_path / "home").exists()


def test_check_accepts_a_protocol_with_its_pages_and_the_pages_it_publishes(run: Run, tmp_path: Path) -> None:
    assert "nor in its public pages" in run("check", "limoges")[1]
    code, out, _ = run("publish", "stsinj", "--out", "site", "--json", "out.json")
    assert code == 0 and "Flesch-Kincaid grade" in out and "Facilité de Kandel et Moles" in out
    assert json.loads((tmp_path / "out.json").read_text())["files"].keys() >= {"en.html", "fr-easy.html"}
    for name in ("en.html", "fr.html", "en-easy.html", "fr-easy.html"):
        code, out, _ = run("check", f"site/{name}")
        assert (code, out) == (0, f"site/{name}: every sentence is supported.\n")


def test_check_fails_a_page_with_every_reason(run: Run, tmp_path: Path) -> None:
    run("publish", "limoges", "--out", "site")
    text = (tmp_path / "site" / "en.html").read_text("utf-8")
    text = text.replace("3 people of 6", "Half of all people").replace('data-basis="facts.conditions"', 'data-basis=""')
    (tmp_path / "site" / "en.html").write_text(text, "utf-8")
    code, _, err = run("check", "site/en.html", "--json", "out.json")
    assert code == 1 and "evidence: No denominator" in err and "about: No source" in err
    found = json.loads((tmp_path / "out.json").read_text())
    assert not found["ok"] and len(found["problems"]) == 2


def test_check_reads_a_page_of_somebody_else(run: Run, tmp_path: Path) -> None:
    (tmp_path / "page.txt").write_text("When used as a cream, only 2% of patients had side effects.", "utf-8")
    code, _, err = run("check", "page.txt", "--study", "stsinj")
    assert code == 1 and "page.txt, text: Wrong route" in err and "No denominator" in err
    assert "Add --study" in run("check", "page.txt")[2]
    (tmp_path / "page.html").write_text("<p>For people with lupus and <b>scleroderma</b>.</p>", "utf-8")
    assert "Condition not in the criteria" in run("check", "page.html", "--study", "stsinj")[2]
    (tmp_path / "good.txt").write_text("It is for people with systemic sclerosis.", "utf-8")
    assert run("check", "good.txt", "--study", "stsinj")[0] == 0
    (tmp_path / "long.txt").write_text("x" * 2_000_001, "utf-8")
    assert "A page has 2000000 at most" in run("check", "long.txt", "--study", "stsinj")[2]
    assert "Name a page in UTF-8" in run("check", "none.txt", "--study", "stsinj")[2]


def test_nothing_is_published_while_the_check_fails(run: Run, tmp_path: Path) -> None:
    text = find("limoges").read_text("utf-8").replace('text = "At least 2 years old"', 'text = "At least 5 years old"')
    (tmp_path / "mine.toml").write_text(text, "utf-8")
    code, _, err = run("publish", "mine.toml", "--out", "site")
    assert code == 1 and "Number not in its source" in err and not (tmp_path / "site").exists()
    assert run("check", "mine.toml")[0] == 1


def test_route_outcome_and_population_may_be_named(run: Run) -> None:
    named = run("evidence", "--route", "intralesional", "--outcome", "response", "--json", "-")
    assert json.loads(named[1])["route"] == "intralesional" and json.loads(named[1])["may_not_say"]
    assert (
        run("evidence", "intralesional", "response")[1]
        == run("evidence", "--route", "intralesional", "--outcome", "response")[1]
    )
    of_few = json.loads(run("evidence", "--route", "intralesional", "--population", "SSc", "--json", "-")[1])
    assert len(of_few["sources"]) < len(json.loads(named[1])["sources"])
    code, _out, told = run("evidence", "--route", "intralesional", "--population", "measles")
    assert code != 0 and "No report is about people with 'measles'." in told


def test_a_report_that_is_added_makes_exported_pages_stale_until_they_are_made_anew(run: Run, tmp_path: Path) -> None:
    assert run("publish", "stsinj", "--out", "site")[0] == 0
    assert run("publish", "--check", "site")[1] == "site: every page is what would be written now.\n"
    (tmp_path / "new.toml").write_text(NEW, "utf-8")
    run("evidence", "--add", "new.toml")
    code, _out, told = run("publish", "--check", "site")
    words = " ".join(told.split())
    assert code != 0 and "evidence.html" in words and "the evidence base changed" in words
    assert run("publish", "stsinj", "--out", "site")[0] == 0 and run("publish", "--check", "site")[0] == 0
    assert run("publish")[0] != 0
