"""The second factor: codes of an app and recovery codes, each good once; the key does not lie open."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pyotp
import pytest
from django.db import connection

from calcitrial import people
from calcitrial.people import NewAccount, add_account, enrol_factor, new_key, second_factor_holds
from calcitrial.protocol import RefusedError

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)


def code(key: str, moment: datetime = NOW) -> str:
    return pyotp.TOTP(key).at(moment)


@pytest.fixture
def nora(home: Path) -> str:
    first = add_account(NewAccount("nora", "Nora", "badge"), "ada")
    people.change_password("nora", first, "my own long words")
    return new_key()


def test_the_first_code_proves_that_the_app_has_the_key(nora: str) -> None:
    with pytest.raises(RefusedError, match="not the code that the app shows"):
        enrol_factor("nora", nora, "000000" if code(nora) != "000000" else "111111", NOW)
    assert not people.has_factor("nora")
    assert len(enrol_factor("nora", nora, code(nora), NOW)) == 10 and people.has_factor("nora")


@pytest.mark.requirement("21 CFR 11.300(a–e)")
def test_a_code_is_good_once_and_only_about_now(nora: str) -> None:
    enrol_factor("nora", nora, code(nora), NOW)
    assert not second_factor_holds("nora", code(nora), NOW), "the code of the enrolment is used up"
    later = NOW + timedelta(minutes=5)
    assert second_factor_holds("nora", code(nora, later), later)
    assert not second_factor_holds("nora", code(nora, later), later)
    assert not second_factor_holds("nora", code(nora, later), later + timedelta(minutes=2))
    assert not second_factor_holds("nora", "", later) and not second_factor_holds("nora", "é²", later)


def test_each_recovery_code_is_good_once(nora: str) -> None:
    codes = enrol_factor("nora", nora, code(nora), NOW)
    assert second_factor_holds("nora", codes[3], NOW) and not second_factor_holds("nora", codes[3], NOW)
    assert second_factor_holds("nora", codes[4], NOW)
    assert [one.detail for one in people.events("nora") if one.kind == "recovered"] == ["9 left", "8 left"]


def test_neither_key_nor_recovery_code_lies_open_in_the_database(nora: str, home: Path) -> None:
    codes = enrol_factor("nora", nora, code(nora), NOW)
    with connection.cursor() as cursor:
        cursor.execute("SELECT totp, recovery FROM people_card")
        kept = str(cursor.fetchall())
    assert nora not in kept and not [one for one in codes if one in kept]


@pytest.mark.requirement("21 CFR 11.200(a)(3)")
def test_enrolling_anew_lifts_the_bar_after_a_reset_and_a_first_password_does_not_do(nora: str) -> None:
    enrol_factor("nora", nora, code(nora), NOW)
    given = people.reset_account("nora", "ada", "lost the phone")
    with pytest.raises(RefusedError, match="first password is not changed"):
        enrol_factor("nora", nora, code(nora), NOW)
    people.change_password("nora", given, "words nobody gave me")
    assert people.card_of("nora").reset
    enrol_factor("nora", nora, code(nora), NOW)
    assert not people.card_of("nora").reset
