"""The commands of registration and consent: codes printed, texts kept, refusals as sentences."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from calcitrial import commands
from calcitrial.consents import documents, read_text
from calcitrial.identity import open_vault
from calcitrial.identity.identity import Identity
from calcitrial.identity.vault import Looker
from calcitrial.participants import make_code
from calcitrial.record import close, connect
from tests.consents.consent_study import gateway_of


def run(monkeypatch: pytest.MonkeyPatch, *words: str) -> None:
    monkeypatch.setattr(sys, "argv", ["calcitrial", *words])
    try:
        commands.main()
    except SystemExit as end:
        if end.code:
            raise


@pytest.fixture
def place(tmp_path: Path) -> Path:
    connect(tmp_path, create=True)
    gateway_of()
    close()
    return tmp_path


def test_register_prints_the_next_code(
    place: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    for number in (1, 2):
        run(monkeypatch, "register", "limoges", "LIMOGES", "--by", "nora", "--home", str(place))
        assert capsys.readouterr().out.strip() == make_code("LIMOGES", number)
    with pytest.raises(SystemExit):
        run(monkeypatch, "register", "limoges", "PARIS", "--by", "nora", "--home", str(place))
    assert "has no site 'PARIS'" in capsys.readouterr().err
    with pytest.raises(SystemExit):
        run(monkeypatch, "register", "limoges", "LIMOGES", "--by", "nora", "--on", "soon", "--home", str(place))
    assert "'soon' is no day" in capsys.readouterr().err


def test_a_document_is_added_released_and_then_due(
    place: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    text = place / "approved.md"
    text.write_text("# Consent\n\nApproved words.", "utf-8")
    home = ("--home", str(place))
    given = ("--document", "adult", "--version", "1.0", "--language", "en", "--kind", "adult consent")
    more = ("--title", "Consent", "--by", "ada", "--on", "2026-01-01", *home)
    with pytest.raises(SystemExit):
        run(monkeypatch, "consent", "add", "limoges", str(place / "none.md"), *given, *more)
    assert "not a readable text" in capsys.readouterr().err
    run(monkeypatch, "consent", "add", "limoges", str(text), *given, *more)
    run(monkeypatch, "register", "limoges", "LIMOGES", "--by", "nora", *home)
    with pytest.raises(SystemExit):
        run(monkeypatch, "consent", "release", "limoges", "adult", "1.0", "PARIS", "--by", "ada", *home)
    days = ("--by", "ada", "--on", "2026-02-01", *home)
    run(monkeypatch, "consent", "release", "limoges", "adult", "1.0", "LIMOGES", *days)
    capsys.readouterr()
    run(monkeypatch, "consent", "due", "limoges", "--json", "-", *home)
    assert json.loads(capsys.readouterr().out) == {make_code("LIMOGES", 1): ["The adult consent is missing."]}
    connect(place)
    (document,) = documents(gateway_of())
    assert not document.template and "Approved words." in read_text(place / "consents" / "limoges", document.sha256)
    close()


@pytest.mark.requirement("GDPR/HIPAA")
def test_no_command_prints_a_name(place: Path) -> None:
    who = Looker("nora", "study_nurse", "to enter or correct the details")
    open_vault(place).keep("limoges", make_code("LIMOGES", 1), Identity("Marie", "Quatrefages"), who)
    said = ""
    for words in (["register", "limoges", "LIMOGES", "--by", "nora"], ["consent", "due", "limoges"], ["verify"]):
        done = subprocess.run(
            [sys.executable, "-m", "calcitrial", *words, "--home", str(place)],
            capture_output=True,
            text=True,
            check=False,
        )
        said += done.stdout + done.stderr
    assert make_code("LIMOGES", 1) in said and "Quatrefages" not in said and "Marie" not in said


@pytest.mark.parametrize(
    ("given", "address"),
    [
        ({"email": "m@example.org", "guardian_email": "p@example.org"}, "m@example.org"),
        ({"guardian_email": "p@example.org"}, "p@example.org"),
        ({}, None),
    ],
)
def test_a_reminder_finds_its_address_in_the_vault(place: Path, given: dict[str, str], address: str | None) -> None:
    from calcitrial.commands.diary import address_book

    connect(place)
    who = Looker("nora", "study_nurse", "to enter or correct the details")
    open_vault(place).keep("limoges", "LIM-001Z", Identity("Marie", "Quatrefages", language="fr", **given), who)
    contact = address_book(place)
    found = contact("limoges", "LIM-001Z")
    assert (found and (found.address, found.language)) == (address and (address, "fr"))
    assert contact("limoges", "LIM-002B") is None
    log = open_vault(place).log("limoges")
    assert [line.why for line in log] == ["to enter or correct the details", "to send a reminder"]
    close()
