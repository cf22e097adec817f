"""The command line is a promise: exit codes, sentences on standard error, JSON, and nothing half-written."""

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from calcitrial import commands, record
from calcitrial.protocol import find
from tests import scans
from tests.participants.test_screening import WELL

Run = Callable[..., tuple[int, str, str]]
SCREENED = {"participant": "PIT-001", "form": "screening", "values": WELL}
BEGUN = {"participant": "PIT-001", "form": "visit", "visit": "BL", "values": {"visit_date": "2026-01-10"}}
LESION = {
    "participant": "PIT-001",
    "form": "lesion",
    "lesion": "PIT-001-L1",
    "values": {
        "body_site": "thumb, distal phalanx",
        "side": "left",
        "view": "left hand",
        "map_x": 0.11,
        "map_y": 0.46,
        "role": "target",
    },
}


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path) -> Run:
    """Run one verb in this process and return exit code, standard output and standard error."""
    monkeypatch.setenv("CALCITRIAL_HOME", str(tmp_path / "home"))
    monkeypatch.delenv("CALCITRIAL_DATABASE", raising=False)

    def call(*words: str) -> tuple[int, str, str]:
        monkeypatch.setattr("sys.argv", ["calcitrial", *words])
        with pytest.raises(SystemExit) as ended:
            commands.main()
        told = capsys.readouterr()
        return int(ended.value.code or 0), told.out, told.err

    return call


@pytest.fixture
def study(run: Run, tmp_path: Path) -> Callable[..., tuple[int, str, str]]:
    """A study with one screened participant, one lesion and a baseline visit; gives the call that enters forms."""
    run("open", "stsinj")

    def enter(*forms: Any) -> tuple[int, str, str]:
        file = tmp_path / "forms.json"
        file.write_text(json.dumps(forms))
        return run("enter", "stsinj", str(file), "--by", "nurse one", "--role", "study nurse")

    assert enter(SCREENED, LESION, BEGUN)[0] == 0
    assert enter({**SCREENED, "participant": "PIT-002"})[0] == 0
    return enter


def state() -> tuple[int, int, str]:
    head = record.read_head("stsinj")
    return head.sequence, head.entries, head.hash


def injected(**changes: Any) -> dict[str, Any]:
    form = {"participant": "PIT-001", "form": "injection", "visit": "BL", "lesion": "PIT-001-L1"}
    return {**form, "values": {"injected": False, "not_injected_reason": "pain"}, **changes}


@pytest.mark.parametrize(
    ("form", "sentence"),
    [
        (injected(values={"injected": False, "volume": "0.5 mg"}), "'0.5 mg'). Write it in mL."),
        (injected(values={"injected": False, "volume": 50}), "50 mL, outside 0.01 to 10"),
        (injected(participant="PIT-002"), "belongs to another participant"),
        (injected(visit="W04"), "Visit W04 of PIT-001 has not begun"),
        (injected(visit="W99"), "plans no visit 'W99'"),
        (injected(expected=3), "Version 3 was expected, but the form is at version 0"),
        (injected(values={"injected": True}), "PIT-001 is not enrolled"),
        (
            {"participant": "PIT-001", "form": "enrolment", "values": {"enrolment_date": "2026-01-06"}},
            "cannot be enrolled",
        ),
        ({"participant": "PIT-001", "form": "allocation", "values": {"arm": "STS"}}, "not entered by hand"),
        ({**LESION, "lesion": "PIT-001-L2", "values": {**LESION["values"], "body_site": "gill"}}, "no site 'gill'"),
        (
            {
                "participant": "PIT-001",
                "form": "adverse_event",
                "repeat": "AE1",
                "values": {
                    "term": "Headace",
                    "grade": 1,
                    "serious": False,
                    "related": "unknown",
                    "onset_date": "2026-01-11",
                },
            },
            "Headache",
        ),
    ],
)
def test_bad_input_is_one_sentence_and_writes_nothing(study: Run, form: dict[str, Any], sentence: str) -> None:
    before = state()
    code, out, err = study(BEGUN, form)
    assert code == 1 and out == "" and sentence in err and "Traceback" not in err
    assert state() == before


def test_every_problem_of_every_form_is_told_at_once(study: Run) -> None:
    code, _out, err = study(injected(values={"injected": "perhaps", "volume": 50}), injected(visit="W08"))
    assert code == 1 and len(err.splitlines()) == 3


@pytest.mark.parametrize(
    ("form", "sentence"),
    [
        ({**LESION, "values": {"body_site": "gill"}}, "no site 'gill'"),
        ({**LESION, "values": {"side": "midline"}}, "its side is 'midline'"),
        (injected(values={"injected": " true"}), "PIT-001 is not enrolled"),
        ({"participant": "PIT-001", "form": "adverse_event", "repeat": "AE1", "values": {"grade": 5}}, "no grade 5"),
    ],
)
def test_a_correction_is_held_to_the_same_rules(study: Run, form: dict[str, Any], sentence: str) -> None:
    event = {"term": "Headache", "grade": 1, "serious": False, "related": "unknown", "onset_date": "2026-01-11"}
    first = {"participant": "PIT-001", "form": "adverse_event", "repeat": "AE1", "values": event}
    assert study(injected(), first)[0] == 0
    before = state()
    code, _out, err = study({**form, "expected": 1, "reason": "a slip"})
    assert code == 1 and sentence in err and state() == before


def test_a_good_form_is_entered_and_the_same_again_changes_nothing(study: Run) -> None:
    assert study(injected())[0] == 0
    after = state()
    assert study(injected())[0] == 0 and state() == after


def test_cut_analyse_and_verify_write_json_to_standard_output(study: Run, run: Run) -> None:
    code, out, _err = run("cut", "stsinj", "--json", "-")
    cut = json.loads(out)
    assert code == 0 and cut["sequence"] == 2 and cut["tables"]["screening"] == 2
    code, out, _err = run("verify", "--json", "-")
    assert code == 0 and json.loads(out)[0]["ok"] is True


def test_an_altered_record_fails_verification(study: Run, run: Run) -> None:
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute("DROP TRIGGER record_entry_update")
        cursor.execute("UPDATE record_entry SET value = '45' WHERE item = 'age_years' AND participant = 'PIT-001'")
    code, out, err = run("verify")
    assert code == 1 and "ALTERED" in out and "Entry" in err


def test_too_little_data_is_a_sentence(study: Run, run: Run) -> None:
    code, _out, err = run("analyse", "stsinj")
    assert code == 1 and err.strip() and "nan" not in err.lower()


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (("cut", "stsinj"), "There is no calcitrial home here"),
        (("show", "nothing"), "There is no such protocol"),
        (("open", "limoges"), "none was chosen"),
        (("open", "limoges", "--control", "placebo"), "no control variant 'placebo'"),
        (("measure", "nowhere"), "does not exist"),
        (("analyse",), "Nothing to analyse"),
        (("analyse", "--csv", "nowhere.csv", "--formula", "y ~ x"), "nowhere.csv"),
        (("analyse", "--csv", "nowhere.csv", "--formula", "y ~ x", "--method", "magic"), "nowhere.csv"),
        (("enter", "stsinj", "nowhere.json", "--by", "me"), "not a JSON file"),
    ],
)
def test_what_cannot_be_done_is_said_on_standard_error(run: Run, words: tuple[str, ...], sentence: str) -> None:
    code, out, err = run(*words)
    assert code == 1 and out == "" and sentence in err and "Traceback" not in err


def test_an_unknown_study_or_moment_is_a_sentence(study: Run, run: Run) -> None:
    for words, sentence in (
        (("cut", "nothing"), "not open here"),
        (("cut", "stsinj", "--at", "99"), "no submission 99"),
        (("cut", "stsinj", "--at", "yesterday"), "no moment"),
        (("why", "stsinj", "XYZ-1"), "XYZ-1"),
    ):
        code, _out, err = run(*words)
        assert code == 1 and sentence in err


def test_figures_of_the_report_are_listed_and_answered_by_name(study: Run, run: Run) -> None:
    code, out, _err = run("why", "stsinj", "--figures")
    names = [line.split("  ")[0] for line in out.splitlines()]
    assert code == 0 and "baseline.participants.all" in names
    code, out, _err = run("why", "stsinj", "baseline.participants", "--figures")
    assert code == 0 and [line.split("  ")[0] for line in out.splitlines()] == ["baseline.participants.all"]
    code, out, _err = run("why", "stsinj", "baseline.participants.all")
    assert code == 0 and out.startswith("Why baseline.participants.all?\n  The report says: ")
    code, _out, err = run("why", "stsinj", "baseline.participant.all")
    assert code == 1 and "Near to it: baseline.participants.all" in err


def test_check_tells_all_problems_and_writes_them_for_machines(run: Run, tmp_path: Path) -> None:
    text = find("stsinj").read_text("utf-8")
    broken = text.replace("version =", 'colour = "blue"\nversion =', 1).replace("[77, 91]", "[91, 77]")
    file = tmp_path / "broken.toml"
    file.write_text(broken.replace("age_years", "agee_years"), "utf-8")
    code, out, err = run("check", str(file), "--json", str(tmp_path / "out.json"))
    found = json.loads((tmp_path / "out.json").read_text())
    assert code == 1 and out == "" and len(err.splitlines()) == 3 and not found["ok"]
    places = {problem["place"] for problem in found["problems"]}
    assert places == {"colour", "criteria.B-I2.expression", "visits.W12.window"}
    assert all(problem["what"] and problem["instead"] for problem in found["problems"])


def test_check_accepts_what_ships(run: Run, tmp_path: Path) -> None:
    file = tmp_path / "mine.toml"
    shutil.copy(find("limoges"), file)
    code, out, _err = run("check", str(file))
    assert code == 0 and "no problem found" in out


def test_show_prints_the_gaps_and_writes_the_definition(run: Run) -> None:
    code, out, _err = run("show", "limoges")
    assert code == 0 and "NOT PUBLIC" in out and "untreated_lesion" in out
    assert json.loads(run("show", "limoges", "--json", "-")[1])["id"] == "limoges"


def test_a_json_file_is_whole_or_not_there(run: Run, tmp_path: Path) -> None:
    out = tmp_path / "out.json"
    assert run("measure", str(tmp_path), "--json", str(out))[0] == 1
    assert not out.exists() and not list(tmp_path.glob("*.part"))


@pytest.mark.parametrize(("name", "lesions"), [("ct_sts028", 8), ("ct_sts038", 5), ("ct_sts019", 1)])
def test_real_series_are_measured(run: Run, shared: Path, tmp_path: Path, name: str, lesions: int) -> None:
    out = tmp_path / "out.json"
    assert run("measure", str(shared / "imaging" / name), "--json", str(out))[0] == 0
    found = json.loads(out.read_text())
    assert len(found["lesions"]) == lesions
    for lesion in found["lesions"]:
        assert len(lesion["centroid_mm"]) == 3 and len(lesion["bbox_mm"]) == 2
        assert lesion["volume_mm3"] > 0 and lesion["mass_mg"] > 0 and lesion["hu_max"] >= lesion["hu_mean"] >= 130
    assert found["series"]["kvp"] == 140 and found["series"]["kernel"]


def test_a_tilted_gantry_is_refused(run: Run, shared: Path) -> None:
    code, _out, err = run("measure", str(shared / "imaging" / "ct_ge_tilt"))
    assert code == 1 and "18.5 degrees" in err


def test_evidence_says_what_may_not_be_said_of_an_injection(run: Run) -> None:
    code, out, _err = run("evidence", "intralesional", "adverse_event")
    assert code == 0 and "May not be said" in out and "1 of 48" in out
    assert "topical" in run("evidence")[1]
    assert run("evidence", "by mouth")[0] == 1


def test_export_writes_registry_items_and_adverse_events(study: Run, run: Run, tmp_path: Path) -> None:
    items, events = tmp_path / "items.csv", tmp_path / "ae.json"
    assert run("export", "limoges", "who-trds", "--out", str(items))[0] == 0
    assert "NCT03582800" in items.read_text("utf-8") and "unspecified" in items.read_text("utf-8")
    assert run("export", "stsinj", "dataset-json", "--out", str(events))[0] == 0
    assert json.loads(events.read_text("utf-8"))["name"] == "AE"
    code, _out, err = run("export", "stsinj", "fax", "--out", str(tmp_path / "no"))
    assert code == 1 and "no standard 'fax'" in err and not (tmp_path / "no").exists()


@pytest.mark.parametrize("address", ["", "postgresql://nurse@example.org/trial"])
def test_the_pages_show_the_database_that_the_record_is_in(
    run: Run, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, address: str
) -> None:
    shown: list[tuple[Path, int, str]] = []
    monkeypatch.setenv("CALCITRIAL_DATABASE", address)
    monkeypatch.setattr("calcitrial.web.serve", lambda home, port, address: shown.append((home, port, address)))
    assert run("serve", "--port", "8099")[0] == 0
    assert shown == [(tmp_path / "home", 8099, address)]


def test_serving_a_folder_without_a_record_is_a_sentence(run: Run, tmp_path: Path) -> None:
    code, out, err = run("serve", "--home", str(tmp_path / "nowhere"))
    assert (code, out) == (1, "") and "There is no calcitrial home here" in err
    assert not (tmp_path / "nowhere").exists()


def test_a_batch_names_each_series_and_the_bad_one(run: Run, tmp_path: Path) -> None:
    good, bad = scans.write(scans.SMALL, tmp_path / "good"), scans.write(scans.SMALL, tmp_path / "bad", seed=2)
    sorted(bad.iterdir())[4].unlink()
    out = tmp_path / "out.json"
    code, text, _ = run("measure-batch", str(bad), str(good), "--processes", "1", "--json", str(out))
    first, second = json.loads(out.read_bytes())
    assert code == 1 and first["measured"] is None and "missing" in first["refused"][0]
    assert run("measure", str(good), "--json", str(tmp_path / "one.json"))[0] == 0
    assert second["measured"] == json.loads((tmp_path / "one.json").read_bytes()) and second["refused"] == []
    assert "1 lesion(s)" in text and "refused." in text
    assert run("measure-batch", str(good), "--processes", "1")[0] == 0


def test_a_cut_is_named_by_either_option(study: Run, run: Run) -> None:
    by_at, by_cut = (run("cut", "stsinj", option, "1", "--json", "-") for option in ("--at", "--cut"))
    assert by_at == by_cut and json.loads(by_cut[1])["sequence"] == 1
