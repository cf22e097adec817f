"""The vault: names apart from the record, every look in a log, and an erasure that leaves the chain whole."""

import io
import logging
import sqlite3
import stat
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, redirect_stderr, redirect_stdout
from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from calcitrial.consents import keep_signed, read_signed
from calcitrial.identity import FIELDS, Identity, Looker, Vault, open_vault
from calcitrial.identity.vault import _born
from calcitrial.protocol import RefusedError
from calcitrial.record import verify_study
from tests.consents.consent_study import gateway_of, registered
from tests.consents.drawing import png

WHO = Looker("nora", "study_nurse", "to check who is here")
MARIE = Identity("Marie", "Quatrefages", "2014-03-09", "3 rue des Lilas", "0555112233", "m.q@example.org", "fr")


@pytest.fixture
def vault(tmp_path: Path) -> Vault:
    return open_vault(tmp_path, lambda: datetime(2026, 6, 1, 9, tzinfo=UTC))


def everything_in(folder: Path) -> bytes:
    return b"".join(path.read_bytes() for path in folder.rglob("*") if path.is_file())


def test_what_is_kept_comes_back_to_who_says_why(vault: Vault) -> None:
    assert vault.look("limoges", "LIM-001A", WHO) is None
    vault.keep("limoges", "LIM-001A", MARIE, WHO)
    found = vault.look("limoges", "LIM-001A", WHO)
    assert found == MARIE and found.name == "Marie Quatrefages"
    assert vault.look("limoges", "LIM-002B", WHO) is None and vault.look("stsinj", "LIM-001A", WHO) is None
    vault.keep("limoges", "LIM-001A", Identity("Marie", "Durand"), WHO)
    assert vault.peek("limoges", "LIM-001A") == Identity("Marie", "Durand")
    assert vault.known("limoges") == {"LIM-001A"}


@pytest.mark.requirement("21 CFR 11.30")
def test_the_vault_is_sealed_and_its_key_lies_outside(vault: Vault, tmp_path: Path) -> None:
    vault.keep("limoges", "LIM-001A", MARIE, WHO)
    content = everything_in(tmp_path)
    for value in (*MARIE.values().values(), "Marie Quatrefages"):
        assert len(value) < 3 or value.encode() not in content
    key = tmp_path / "secrets" / "vault.key"
    assert stat.S_IMODE(key.stat().st_mode) == 0o600
    assert stat.S_IMODE(vault.file.stat().st_mode) == 0o600 and stat.S_IMODE(vault.file.parent.stat().st_mode) == 0o700
    assert key.read_bytes().strip() not in vault.file.read_bytes()


@pytest.mark.requirement("GDPR/HIPAA")
def test_every_look_and_change_is_in_a_log_that_only_grows(vault: Vault) -> None:
    vault.look("limoges", "LIM-001A", WHO)
    vault.keep("limoges", "LIM-001A", MARIE, Looker("nora", "study_nurse", "to enter or correct the details"))
    assert [(line.who, line.what, line.why) for line in vault.log("limoges", "LIM-001A")] == [
        ("nora", "looked", "to check who is here"),
        ("nora", "changed", "to enter or correct the details"),
    ]
    assert vault.log("limoges", "LIM-001A")[0].at == "2026-06-01T09:00:00.000000Z"
    with closing(sqlite3.connect(vault.file)) as link:
        for statement in (
            "UPDATE log SET who = 'x'",
            "DELETE FROM log",
            "INSERT OR REPLACE INTO log SELECT * FROM log",
        ):
            with pytest.raises(sqlite3.IntegrityError, match="only grows"):
                link.execute(statement)
    assert vault.fault() == ""


def test_who_changes_the_log_behind_its_back_is_found(vault: Vault) -> None:
    for _ in range(3):
        vault.look("limoges", "LIM-001A", WHO)
    with closing(sqlite3.connect(vault.file)) as link:
        link.execute("DROP TRIGGER log_update")
        link.execute("UPDATE log SET who = 'somebody else' WHERE number = 2")
        link.commit()
    assert vault.fault() == "Line 2 of the log of the vault is not as it was written."


@pytest.mark.parametrize("why", ["", "because", "to see Marie Quatrefages"])
def test_nobody_looks_without_a_reason_from_the_list(vault: Vault, why: str) -> None:
    with pytest.raises(RefusedError, match="There is no reason") as refused:
        vault.look("limoges", "LIM-001A", Looker("nora", "study_nurse", why))
    assert "Marie" not in str(refused.value)
    assert vault.log("limoges") == []


@pytest.mark.requirement("GDPR/HIPAA")
def test_erasing_destroys_the_key_and_the_record_still_verifies(home: Path) -> None:
    gateway = gateway_of()
    code, other = registered(gateway), registered(gateway)
    vault = open_vault(home)
    vault.keep("limoges", code, MARIE, WHO)
    vault.keep("limoges", other, Identity("Anne", "Autre"), WHO)
    digest = keep_signed(vault, home / "consents", "limoges", code, png(strokes=True))
    assert read_signed(vault, home / "consents", "limoges", code, digest) == png(strokes=True)
    backup = vault.file.read_bytes()
    vault.erase("limoges", code, Looker("ines", "investigator", "at the person's request"))
    for attempt in (
        lambda: vault.keep("limoges", code, MARIE, WHO),
        lambda: read_signed(vault, home / "consents", "limoges", code, digest),
        lambda: vault.erase("limoges", code, WHO),
    ):
        with pytest.raises(RefusedError, match="were erased"):
            attempt()
    assert vault.look("limoges", code, WHO) is None and vault.erased("limoges", code)
    wrapped = sqlite3.connect(vault.file).execute("SELECT wrapped FROM person_key WHERE code = ?", (code,)).fetchone()
    assert wrapped == (None,)
    assert len(backup) > 0 and vault.peek("limoges", other) == Identity("Anne", "Autre")
    assert verify_study("limoges").ok and vault.fault() == ""


def test_a_seal_cannot_be_put_in_the_place_of_another(vault: Vault) -> None:
    vault.keep("limoges", "LIM-001A", MARIE, WHO)
    vault.keep("limoges", "LIM-002B", Identity("Anne", "Autre"), WHO)
    with closing(sqlite3.connect(vault.file)) as link:
        link.execute("UPDATE person_key SET wrapped = (SELECT wrapped FROM person_key WHERE code = 'LIM-001A')")
        link.execute("UPDATE sealed SET body = (SELECT body FROM sealed WHERE code = 'LIM-001A')")
        link.commit()
    assert vault.peek("limoges", "LIM-001A") == MARIE
    with pytest.raises(RefusedError, match="cannot be opened"):
        vault.peek("limoges", "LIM-002B")


def test_a_vault_without_its_master_key_says_so(vault: Vault, tmp_path: Path) -> None:
    vault.keep("limoges", "LIM-001A", MARIE, WHO)
    key = tmp_path / "secrets" / "vault.key"
    key.chmod(0o644)
    with pytest.raises(RefusedError, match="Others may read the master key"):
        open_vault(tmp_path)
    key.chmod(0o600)
    key.write_text("00" * 32)
    with pytest.raises(RefusedError, match="cannot be opened"):
        open_vault(tmp_path).peek("limoges", "LIM-001A")
    key.write_text("short")
    with pytest.raises(RefusedError, match="holds no key of 32 bytes"):
        open_vault(tmp_path)
    key.unlink()
    with pytest.raises(RefusedError, match="master key of the vault is gone"):
        open_vault(tmp_path)


@pytest.mark.parametrize(
    ("change", "place"),
    [
        ({"email": "not an address"}, "email"),
        ({"birth_date": "09/03/2014"}, "birth_date"),
        ({"birth_date": "2027-01-01"}, "birth_date"),
        ({"birth_date": "1850-01-01"}, "birth_date"),
        ({"language": "de"}, "language"),
        ({"given_name": "", "family_name": ""}, "family_name"),
        ({"address": "x" * 301}, "address"),
        ({"phone": "\x00"}, "phone"),
    ],
)
def test_impossible_details_are_refused_without_repeating_them(
    vault: Vault, change: dict[str, str], place: str
) -> None:
    with pytest.raises(RefusedError) as refused:
        vault.keep("limoges", "LIM-001A", Identity(**(MARIE.values() | change)), WHO)
    assert [problem.place for problem in refused.value.problems] == [place]
    assert "Quatrefages" not in str(refused.value) and not vault.known("limoges")


NAMES = st.text("abcdefghijklmnopqrstuvwxyzàéèç -", min_size=6, max_size=30).map(str.strip).filter(lambda n: len(n) > 5)


@pytest.mark.requirement("GDPR/HIPAA")
@given(name=NAMES, phone=st.from_regex(r"\A0[1-9][0-9]{8}\Z"))
@settings(max_examples=15, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_no_personal_data_reach_logs_messages_or_files(tmp_path: Path, name: str, phone: str) -> None:
    identity = Identity(name, f"{name} x", "1990-01-01", name, phone, f"{phone}@example.org")
    said, logged = io.StringIO(), io.StringIO()
    handler = logging.StreamHandler(logged)
    logging.getLogger().addHandler(handler)
    try:
        with redirect_stdout(said), redirect_stderr(said):
            vault = open_vault(tmp_path)
            vault.keep("limoges", "LIM-009Z", identity, WHO)
            said.write(f"{identity!r} {vault!r} {vault.log('limoges')}")
            for wrong in ({"email": name}, {"birth_date": name}, {"language": name}):
                with pytest.raises(RefusedError) as refused:
                    vault.keep("limoges", "LIM-009Z", Identity(**(identity.values() | wrong)), WHO)
                said.write(f"{refused.value!r} {refused.value}")
    finally:
        logging.getLogger().removeHandler(handler)
    for text in (said.getvalue() + logged.getvalue(), everything_in(tmp_path).decode("latin-1")):
        assert phone not in text and name not in text and name.encode().decode("latin-1") not in text


def test_ten_at_once_keep_one_key_and_every_look(vault: Vault) -> None:
    def one(number: int) -> None:
        vault.keep("limoges", "LIM-001A", Identity("Marie", f"Version {number}"), WHO)

    with ThreadPoolExecutor(10) as pool:
        list(pool.map(one, range(10)))
    assert vault.look("limoges", "LIM-001A", WHO) is not None
    assert len(vault.log("limoges")) == 11 and vault.fault() == ""


def test_the_age_comes_from_the_day_of_birth(vault: Vault) -> None:
    assert vault.age("limoges", "LIM-001A", date(2026, 3, 8)) is None
    vault.keep("limoges", "LIM-001A", MARIE, WHO)
    assert [vault.age("limoges", "LIM-001A", date(2026, 3, day)) for day in (8, 9)] == [11, 12]
    assert "birth_date" in FIELDS


def test_ages_follow_every_change_although_days_of_birth_are_kept(vault: Vault, tmp_path: Path) -> None:
    on, study, code = date(2026, 6, 1), "limoges", "LIM-001A"
    assert vault.ages(study, on) == {}
    vault.keep(study, code, MARIE, WHO)
    again = open_vault(tmp_path, vault.clock)
    assert vault.ages(study, on) == again.ages(study, on) == {code: 12}
    assert vault.ages(study, date(2027, 3, 9)) == {code: 13} and vault.ages("stsinj", on) == {}
    vault.keep(study, code, Identity("Marie", "Quatrefages", "2016-03-09"), WHO)
    assert vault.ages(study, on) == again.ages(study, on) == {code: 10}
    vault.keep(study, code, Identity("Marie", "Quatrefages"), WHO)
    assert vault.ages(study, on) == {}
    vault.keep(study, "LIM-002B", MARIE, WHO)
    assert vault.ages(study, on) == {"LIM-002B": 12}
    again.erase(study, "LIM-002B", WHO)
    assert vault.ages(study, on) == {}
    assert "LIM-002B" not in _born[vault.file, study]


def test_two_homes_do_not_share_ages(vault: Vault, tmp_path: Path) -> None:
    vault.keep("limoges", "LIM-001A", MARIE, WHO)
    assert vault.ages("limoges", date(2026, 6, 1))
    assert open_vault(tmp_path / "other", vault.clock).ages("limoges", date(2026, 6, 1)) == {}
