"""A licence holder's file fills a slot: kept in the home, known by its digest, its text never in the record."""

import hashlib
import json
from pathlib import Path

import pytest

from calcitrial.commands import main
from calcitrial.diary import add_instrument, answer, instruments, read_book
from calcitrial.protocol import Protocol, RefusedError
from calcitrial.record import Draft, Place, history, make_cut, read_head

from .diary_home import BY_LINK, CODE, LICENSED, ME, NOON, NURSE, Clock, begin, file, given

CONTENT = LICENSED.encode()
PLACE = Place("", "instrument", repeat="mcq")


@pytest.mark.requirement("ICH E6(R3) 4.3.4")
def test_a_licensed_file_is_entered_by_digest_and_licence_and_its_text_nowhere(home: Path, stsinj: Protocol) -> None:
    gateway = begin(stsinj, Clock())
    add_instrument(gateway, CONTENT, "mcq.toml", NURSE)
    values = {step.item: step.value for step in history("stsinj", PLACE)}
    assert values["instrument_digest"] == hashlib.sha256(CONTENT).hexdigest()
    assert "Licence 4711" in values["instrument_licence"] and values["instrument_items"] == "3"
    assert b"Invented question" not in make_cut("stsinj", "test").text()
    (kept,) = (home / "instruments").iterdir()
    assert kept.read_bytes() == CONTENT and kept.stat().st_mode & 0o077 == 0
    assert "mcq" in instruments("stsinj")


def test_the_same_file_again_makes_no_entry_and_a_newer_one_needs_a_reason(home: Path, stsinj: Protocol) -> None:
    gateway = begin(stsinj, Clock())
    add_instrument(gateway, CONTENT, "mcq.toml", NURSE)
    head = read_head("stsinj").sequence
    add_instrument(gateway, CONTENT, "mcq.toml", NURSE)
    assert read_head("stsinj").sequence == head
    newer = LICENSED.replace("test 1", "test 2").encode()
    with pytest.raises(RefusedError, match="no reason"):
        add_instrument(gateway, newer, "mcq.toml", NURSE)
    assert instruments("stsinj")["mcq"].version == "test 1"
    add_instrument(gateway, newer, "mcq.toml", NURSE, "new version of the holder")
    assert instruments("stsinj")["mcq"].version == "test 2"


def test_an_instrument_of_this_project_is_not_replaced(home: Path, stsinj: Protocol) -> None:
    gateway = begin(stsinj, Clock())
    with pytest.raises(RefusedError, match="instrument of this project"):
        add_instrument(gateway, LICENSED.replace('"mcq"', '"pain_nrs"').encode(), "x.toml", NURSE)


@pytest.mark.requirement("EMA 2023")
def test_who_has_begun_goes_on_with_the_version_they_saw(home: Path, stsinj: Protocol) -> None:
    gateway = begin(stsinj, Clock())
    add_instrument(gateway, CONTENT, "mcq.toml", NURSE)
    plan = {"plan_when": "after_injection", "plan_days": 2, "plan_open_after": 1}
    gateway.enter([Draft(Place("", "diary_plan", repeat="mcq"), plan)], NURSE)
    answer(gateway, (CODE, "mcq:2026-01-12"), given(q1="3"), BY_LINK, ME)
    add_instrument(gateway, LICENSED.replace("test 1", "test 2").encode(), "mcq.toml", NURSE, "new version")
    shown = {
        one.occasion.key: one.occasion.instrument.version
        for one in read_book("stsinj").standings(CODE, NOON.date())
        if one.occasion.instrument.id == "mcq"
    }
    assert shown == {"2026-01-12": "test 1", "2026-01-13": "test 2"}


def test_the_commands_add_and_list_and_refuse_in_sentences(
    tmp_path: Path, stsinj: Protocol, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    home = str(tmp_path / "home")
    monkeypatch.setenv("CALCITRIAL_HOME", home)
    monkeypatch.delenv("CALCITRIAL_DATABASE", raising=False)

    def run(*words: str) -> tuple[int, str, str]:
        monkeypatch.setattr("sys.argv", ["calcitrial", *words, "--home", home])
        code = 0
        try:
            main()
        except SystemExit as error:
            code = int(error.code or 0)
        out, err = capsys.readouterr()
        return code, out, err

    assert run("open", "stsinj")[0] == 0
    code, out, err = run("instrument", "add", "stsinj", str(file(tmp_path)), "--by", "dana")
    assert code == 0, err
    assert "mcq (version test 1, 3 questions)" in out
    code, out, _err = run("instrument", "list", "stsinj", "--json", "-")
    told = json.loads(out)
    assert "mcq" in told["instruments"] and "mcq" not in told["empty_slots"] and "haq_di" in told["empty_slots"]
    code, _out, err = run("instrument", "add", "stsinj", str(tmp_path), "--by", "dana")
    assert code != 0 and "not a file" in err and "Traceback" not in err
    monkeypatch.delenv("CALCITRIAL_ADDRESS", raising=False)
    code, _out, err = run("remind", "stsinj")
    assert code != 0 and "CALCITRIAL_ADDRESS" in err
    assert run("remind", "stsinj", "--address", "https://diary.example.org")[:2] == (0, "Reminders sent: 0.\n")
